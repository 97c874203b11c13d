//! Python values to what the core takes. A wrong type is a TypeError that names the argument.

use std::time::Duration;

use certpush::{Error, Kind, OptionSpec};
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyUnicodeEncodeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString};

use crate::cancel::Cancel;
use crate::errors::raise;

/// A str, as UTF-8.
pub(crate) fn text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let Ok(text) = value.cast::<PyString>() else {
        return Err(wrong_type(name, "str", value));
    };
    utf8(name, text)
}

/// A str or an object with a path, as UTF-8.
pub(crate) fn path(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = value.py();
    match py.import("os")?.call_method1("fspath", (value,)) {
        Ok(path) if path.is_instance_of::<PyString>() => utf8(name, path.cast::<PyString>()?),
        Err(error) if !error.is_instance_of::<PyTypeError>(py) => Err(error),
        _ => Err(wrong_type(name, "str or os.PathLike[str]", value)),
    }
}

/// A bool, and nothing that merely counts as true.
pub(crate) fn boolean(name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    match value.cast::<PyBool>() {
        Ok(value) => Ok(value.is_true()),
        Err(_) => Err(wrong_type(name, "bool", value)),
    }
}

/// An int, as decimal digits.
pub(crate) fn integer(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    if !value.is_instance_of::<PyInt>() || value.is_instance_of::<PyBool>() {
        return Err(wrong_type(name, "int", value));
    }
    match value.extract::<i64>() {
        Ok(number) => Ok(number.to_string()),
        // Beyond every option's range. Python refuses to write thousands of decimal digits.
        Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) => {
            value.call_method1("__format__", ("#x",))?.extract()
        }
        Err(error) => Err(error),
    }
}

/// What is to be explained: a str, or a status as an int.
pub(crate) fn code(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    if value.is_instance_of::<PyString>() {
        text(name, value)
    } else if value.is_instance_of::<PyInt>() {
        integer(name, value)
    } else {
        Err(wrong_type(name, "str or int", value))
    }
}

/// Seconds as an int or a float, as the decimal digits of milliseconds.
pub(crate) fn seconds(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let is_number = value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>();
    if !is_number || value.is_instance_of::<PyBool>() {
        return Err(wrong_type(name, "float or int", value));
    }
    let seconds = match value.extract::<f64>() {
        Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) => f64::INFINITY,
        other => other?,
    };
    Ok(format!("{:.0}", seconds * 1000.0))
}

/// How long one call may take, from the two arguments that say so. None: as its client.
pub(crate) fn call_timeout(
    timeout: Option<&Bound<'_, PyAny>>,
    timeout_ms: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<Duration>> {
    let (name, value, digits) = match (timeout, timeout_ms) {
        (None, None) => return Ok(None),
        (Some(value), None) => ("timeout", value, seconds("timeout", value)?),
        (None, Some(value)) => ("timeout_ms", value, integer("timeout_ms", value)?),
        (Some(value), Some(_)) => {
            let both = Error::invalid_argument("timeout", "and timeout_ms exclude each other");
            return Err(raise(value.py(), &both));
        }
    };
    match digits.parse() {
        Ok(milliseconds) if is_a_timeout(milliseconds) => {
            Ok(Some(Duration::from_millis(milliseconds)))
        }
        _ => {
            let refused = Error::invalid_argument(name, "must be 1 ms to 86,400,000 ms (a day)");
            Err(raise(value.py(), &refused))
        }
    }
}

/// Whether the option timeout_ms would take the value.
fn is_a_timeout(milliseconds: u64) -> bool {
    match OptionSpec::find("timeout_ms").map(|option| option.kind) {
        Some(Kind::Milliseconds { least, greatest }) => (least..=greatest).contains(&milliseconds),
        _ => false,
    }
}

/// A certpush.Cancel, as the core's.
pub(crate) fn cancel(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<certpush::Cancel>> {
    let Some(value) = value else { return Ok(None) };
    match value.cast::<Cancel>() {
        Ok(cancel) => Ok(Some(cancel.get().shared())),
        Err(_) => Err(wrong_type("cancel", "certpush.Cancel or None", value)),
    }
}

fn utf8(name: &str, text: &Bound<'_, PyString>) -> PyResult<String> {
    match text.to_cow() {
        Ok(text) => Ok(text.into_owned()),
        Err(error) if error.is_instance_of::<PyUnicodeEncodeError>(text.py()) => {
            let refused = Error::invalid_argument(name, "has a lone surrogate, which is not UTF-8");
            Err(raise(text.py(), &refused))
        }
        Err(error) => Err(error),
    }
}

fn wrong_type(name: &str, expected: &str, value: &Bound<'_, PyAny>) -> PyErr {
    let given = value.get_type();
    match given.name() {
        Ok(given) => PyTypeError::new_err(format!("{name} must be {expected}, not {given}")),
        Err(error) => error,
    }
}
