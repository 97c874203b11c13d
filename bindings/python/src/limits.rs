//! What may end a call earlier than its client says: the arguments that every call takes.

use std::ops::RangeInclusive;
use std::time::Duration;

use certpush::{Error, Kind, OptionSpec};
use pyo3::prelude::*;

use crate::arguments;
use crate::errors::raise;

/// When a call shall end at the latest, and what may stop it.
#[derive(Clone, Default)]
pub(crate) struct Limits {
    /// None: as its client.
    pub(crate) timeout: Option<Duration>,
    pub(crate) cancel: Option<certpush::Cancel>,
}

impl Limits {
    /// Reads the arguments timeout, timeout_ms and cancel.
    pub(crate) fn new(
        timeout: Option<&Bound<'_, PyAny>>,
        timeout_ms: Option<&Bound<'_, PyAny>>,
        cancel: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Limits> {
        Ok(Limits {
            timeout: read_timeout(timeout, timeout_ms)?,
            cancel: arguments::cancel("cancel", cancel)?,
        })
    }
}

fn read_timeout(
    timeout: Option<&Bound<'_, PyAny>>,
    timeout_ms: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<Duration>> {
    let (name, value, digits) = match (timeout, timeout_ms) {
        (None, None) => return Ok(None),
        (Some(value), None) => ("timeout", value, arguments::seconds("timeout", value)?),
        (None, Some(value)) => (
            "timeout_ms",
            value,
            arguments::integer("timeout_ms", value)?,
        ),
        (Some(value), Some(_)) => {
            let both = Error::invalid_argument("timeout", "and timeout_ms exclude each other");
            return Err(raise(value.py(), &both));
        }
    };
    let range = timeout_range();
    match digits.parse() {
        Ok(milliseconds) if range.contains(&milliseconds) => {
            Ok(Some(Duration::from_millis(milliseconds)))
        }
        _ => {
            let reason = format!("must be {} ms to {} ms", range.start(), range.end());
            Err(raise(value.py(), &Error::invalid_argument(name, &reason)))
        }
    }
}

/// What the option timeout_ms takes.
fn timeout_range() -> RangeInclusive<u64> {
    match OptionSpec::find("timeout_ms").map(|option| option.kind) {
        Some(Kind::Milliseconds { least, greatest }) => least..=greatest,
        _ => 1..=u64::MAX,
    }
}
