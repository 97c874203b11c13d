//! The fields of a report as Python has them: the core's table says which there are.

use certpush::{Getter, REPORT_FIELDS, Report, ReportField};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// The name of every field and the Python type of its value: what the classes are tested against.
pub(crate) fn names_and_types(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
    PyTuple::new(
        py,
        REPORT_FIELDS.iter().map(|field| {
            let kind = match field.get {
                Getter::Text(_) => "str",
                Getter::Integer(_) => "int",
                Getter::Boolean(_) => "bool",
                Getter::Milliseconds(_) => "int | None",
            };
            (field.name, kind)
        }),
    )
}

/// The value of a field, None for milliseconds that there are none of.
pub(crate) fn value<'py>(
    py: Python<'py>,
    field: &ReportField,
    report: &Report,
) -> PyResult<Bound<'py, PyAny>> {
    match field.get {
        Getter::Text(get) => get(report).into_bound_py_any(py),
        Getter::Integer(get) => get(report).into_bound_py_any(py),
        Getter::Boolean(get) => get(report).into_bound_py_any(py),
        Getter::Milliseconds(get) => get(report).into_bound_py_any(py),
    }
}
