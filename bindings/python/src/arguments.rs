//! Python values to what the core takes. A wrong type is a TypeError that names the argument.

use std::ops::RangeInclusive;

use certpush::Error;
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyUnicodeEncodeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyString, PyTuple};

use crate::cancel::Cancel;
use crate::errors::raise;
use crate::{imports, interpreter};

/// A str, as UTF-8.
pub(crate) fn text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let Ok(text) = value.cast::<PyString>() else {
        return Err(wrong_type(name, "str", value));
    };
    utf8(name, text)
}

/// A project: a str, or None for the CDN's, which is "".
pub(crate) fn project(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    match value.cast::<PyString>() {
        Ok(project) => utf8(name, project),
        Err(_) if value.is_none() => Ok(String::new()),
        Err(_) => Err(wrong_type(name, "str or None", value)),
    }
}

/// An iterable of str, which a str is not meant to be.
pub(crate) fn texts(name: &str, values: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let is_one = values.is_instance_of::<PyString>() || values.is_instance_of::<PyBytes>();
    let iterator = match values.try_iter() {
        Ok(iterator) if !is_one => iterator,
        Err(error) if !error.is_instance_of::<PyTypeError>(values.py()) => return Err(error),
        _ => return Err(wrong_type(name, "an iterable of str", values)),
    };
    iterator
        .enumerate()
        .map(|(index, value)| text(&format!("{name}[{index}]"), &value?))
        .collect()
}

/// A str or an object with a path, as UTF-8.
pub(crate) fn path(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = value.py();
    let fspath = imports::os(py)?.getattr("fspath")?;
    match interpreter::call(&fspath, &PyTuple::new(py, [value])?) {
        Ok(path) if path.is_instance_of::<PyString>() => {
            let path = utf8(name, path.cast::<PyString>()?)?;
            if path.contains('\0') {
                return Err(raise(
                    py,
                    &Error::invalid_argument(name, "has a NUL inside"),
                ));
            }
            Ok(path)
        }
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

/// An int that a field has room for, and nothing that merely counts as one.
pub(crate) fn number<T: TryFrom<u64>>(name: &str, value: &Bound<'_, PyAny>) -> PyResult<T> {
    if !value.is_instance_of::<PyInt>() || value.is_instance_of::<PyBool>() {
        return Err(wrong_type(name, "int", value));
    }
    let number = value
        .extract()
        .ok()
        .and_then(|it: u64| T::try_from(it).ok());
    number.ok_or_else(|| {
        let refused = Error::invalid_argument(name, "is negative, or too large");
        raise(value.py(), &refused)
    })
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

/// Seconds as an int or a float, as milliseconds within a range; or why they are refused.
pub(crate) fn seconds(
    name: &str,
    value: &Bound<'_, PyAny>,
    range: &RangeInclusive<u64>,
) -> PyResult<Result<u64, String>> {
    let is_number = value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>();
    if !is_number || value.is_instance_of::<PyBool>() {
        return Err(wrong_type(name, "float or int", value));
    }
    let seconds = match value.extract::<f64>() {
        Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) => f64::INFINITY,
        other => other?,
    };
    let digits = format!("{:.0}", seconds * 1000.0);
    Ok(match digits.parse() {
        Ok(milliseconds) if range.contains(&milliseconds) => Ok(milliseconds),
        _ => Err(format!("{}, but is {seconds} s", must_be(range))),
    })
}

/// What a number of milliseconds must be.
pub(crate) fn must_be(range: &RangeInclusive<u64>) -> String {
    format!("must be {} ms to {} ms", range.start(), range.end())
}

/// A certpush.Cancel, as the core's.
pub(crate) fn cancel(
    name: &str,
    value: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<certpush::Cancel>> {
    let Some(value) = value else { return Ok(None) };
    match value.cast::<Cancel>() {
        Ok(cancel) => Ok(Some(cancel.get().shared())),
        Err(_) => Err(wrong_type(name, "certpush.Cancel or None", value)),
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

/// The TypeError for an argument that is not what it must be.
pub(crate) fn wrong_type(name: &str, expected: &str, value: &Bound<'_, PyAny>) -> PyErr {
    let given = value.get_type();
    match given.name() {
        Ok(given) => PyTypeError::new_err(format!("{name} must be {expected}, not {given}")),
        Err(error) => error,
    }
}
