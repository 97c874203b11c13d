//! What plain data has in common: it is shown and pickled by its fields, in the order in which its
//! class takes them.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

/// `Class(name='value', ...)`.
pub(crate) fn shown(object: &Bound<'_, PyAny>, fields: &[&str]) -> PyResult<String> {
    let mut shown = Vec::new();
    for name in fields {
        shown.push(format!("{name}={}", object.getattr(*name)?.repr()?));
    }
    let class = object.get_type();
    Ok(format!("{}({})", class.name()?, shown.join(", ")))
}

/// What makes the object anew: its class and the fields.
pub(crate) fn reduced<'py>(
    object: &Bound<'py, PyAny>,
    fields: &[&str],
) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
    let mut values = Vec::new();
    for name in fields {
        values.push(object.getattr(*name)?);
    }
    Ok((object.get_type(), PyTuple::new(object.py(), values)?))
}

/// The fields by their names.
pub(crate) fn dict<'py>(
    object: &Bound<'py, PyAny>,
    fields: &[&str],
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(object.py());
    for name in fields {
        dict.set_item(name, object.getattr(*name)?)?;
    }
    Ok(dict)
}
