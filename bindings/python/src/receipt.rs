//! The core's receipts as `certpush.Receipt`.

use certpush::Report;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// The receipt that tells everything a success does.
pub(crate) fn receipt<'py>(py: Python<'py>, report: &Report) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "certpush._receipt", "Receipt")?.call1((
        report.certificate_id(),
        report.target_project(),
        report.target_service(),
        report.http_status(),
        report.request_id(),
        report.attempts(),
        report.message(),
        report.hint(),
    ))
}
