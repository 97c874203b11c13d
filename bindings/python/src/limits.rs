//! What may end a call earlier than its client says: the arguments that every call takes.

use std::time::{Duration, Instant};

use certpush::{Error, OptionSpec};
use pyo3::prelude::*;

use crate::awaited::Awaited;
use crate::errors::raise;
use crate::{arguments, options};

/// When a call shall end at the latest, and what may stop it.
#[derive(Clone, Default)]
pub(crate) struct Limits {
    /// None: as its client.
    pub(crate) timeout: Option<Duration>,
    pub(crate) cancel: Option<certpush::Cancel>,
    /// None: when it is made.
    pub(crate) began: Option<Instant>,
}

impl Limits {
    /// Reads the arguments timeout, timeout_ms and cancel.
    pub(crate) fn new(
        timeout: Option<&Bound<'_, PyAny>>,
        timeout_ms: Option<&Bound<'_, PyAny>>,
        cancel: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Limits> {
        if let Some(Ok(awaited)) = cancel.map(|cancel| cancel.cast::<Awaited>()) {
            return Ok(awaited.get().limits());
        }
        Ok(Limits {
            timeout: read_timeout(timeout, timeout_ms)?,
            cancel: arguments::cancel("cancel", cancel)?,
            began: None,
        })
    }
}

fn read_timeout(
    timeout: Option<&Bound<'_, PyAny>>,
    timeout_ms: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<Duration>> {
    let range = OptionSpec::find("timeout_ms").map_or(1..=u64::MAX, options::milliseconds);
    let (name, value, read) = match (timeout, timeout_ms) {
        (None, None) => return Ok(None),
        (Some(value), None) => (
            "timeout",
            value,
            arguments::seconds("timeout", value, &range)?,
        ),
        (None, Some(value)) => {
            let digits = arguments::integer("timeout_ms", value)?;
            let read = digits.parse().ok().filter(|it| range.contains(it));
            let refused = || arguments::must_be(&range);
            ("timeout_ms", value, read.ok_or_else(refused))
        }
        (Some(value), Some(_)) => {
            let both = Error::invalid_argument("timeout", "and timeout_ms exclude each other");
            return Err(raise(value.py(), &both));
        }
    };
    match read {
        Ok(milliseconds) => Ok(Some(Duration::from_millis(milliseconds))),
        Err(why) => Err(raise(value.py(), &Error::invalid_argument(name, &why))),
    }
}
