//! `certpush.explain`.

use pyo3::prelude::*;

use crate::arguments;

/// Explain a status (by number or name) or a service's error code such as "SCM.0069".
///
/// Returns None for a code that is not known.
#[pyfunction]
pub(crate) fn explain<'py>(code: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = code.py();
    let Some(known) = certpush::explain(&arguments::code("code", code)?) else {
        return Ok(None);
    };
    let class = py.import("certpush._explanation")?.getattr("Explanation")?;
    class
        .call1((
            known.name,
            known.status_number,
            known.meaning,
            known.hint,
            known.outcome,
        ))
        .map(Some)
}
