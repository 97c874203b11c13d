//! The variables that the core is given: a snapshot of `os.environ`.
//!
//! Python changes the environment with the GIL held. Whoever reads it without, as the core would,
//! reads memory that another thread is just freeing.

use std::ffi::OsString;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyTuple};

use crate::{imports, interpreter};

/// The variables when certpush was imported: at the end of the interpreter, modules are emptied.
static ENVIRON: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Looks up what is needed later.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    ENVIRON.get_or_try_init(py, || {
        imports::os(py)?.getattr("environ").map(Bound::unbind)
    })?;
    Ok(())
}

fn environ(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let environ = imports::os(py)?.getattr("environ")?;
    match ENVIRON.get(py) {
        Some(known) if environ.is_none() => Ok(known.bind(py).clone()),
        _ => Ok(environ),
    }
}

/// Every variable that is set.
pub(crate) fn snapshot(py: Python<'_>) -> PyResult<Vec<(OsString, OsString)>> {
    let environ = environ(py)?;
    let names = interpreter::call(
        py.get_type::<PyList>().as_any(),
        &PyTuple::new(py, [&environ])?,
    )?;
    let names = names.cast_into::<PyList>()?;
    let get = environ.getattr("get")?;
    let mut variables = Vec::with_capacity(names.len());
    for name in names {
        let value = interpreter::call(&get, &PyTuple::new(py, [&name])?)?;
        // Another thread may have removed it meanwhile.
        if !value.is_none() {
            variables.push((name.extract()?, value.extract()?));
        }
    }
    Ok(variables)
}
