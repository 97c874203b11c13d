//! Modules that certpush uses, and what the program has imported so far. What it has not, it does
//! not use: certpush need not import it to find that out.
//!
//! At the end of the interpreter nothing can be imported any more, and a push may still be made: in
//! a `__del__`. What every push needs is imported with certpush.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};

static MODULES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
static OS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();

/// Imports what is needed later.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    MODULES.import(py, "sys", "modules")?;
    os(py)?;
    Ok(())
}

/// Whether the program has imported a module.
pub(crate) fn has(py: Python<'_>, module: &Bound<'_, PyString>) -> PyResult<bool> {
    MODULES.import(py, "sys", "modules")?.contains(module)
}

/// The module os.
pub(crate) fn os<'py>(py: Python<'py>) -> PyResult<&'py Bound<'py, PyModule>> {
    let os = OS.get_or_try_init(py, || py.import("os").map(Bound::unbind))?;
    Ok(os.bind(py))
}
