//! What the program has imported so far. What it has not, it does not use: certpush need not import
//! it to find that out.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};

/// Whether the program has imported a module.
pub(crate) fn has(py: Python<'_>, module: &Bound<'_, PyString>) -> PyResult<bool> {
    static MODULES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    MODULES.import(py, "sys", "modules")?.contains(module)
}
