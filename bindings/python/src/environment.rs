//! The variables that the core is given: a snapshot of `os.environ`.
//!
//! Python changes the environment with the GIL held. Whoever reads it without, as the core would,
//! reads memory that another thread is just freeing.

use std::ffi::OsString;

use pyo3::prelude::*;

use crate::imports;

/// Every variable that is set.
pub(crate) fn snapshot(py: Python<'_>) -> PyResult<Vec<(OsString, OsString)>> {
    let environ = imports::os(py)?.getattr("environ")?;
    let names = environ.try_iter()?.collect::<PyResult<Vec<_>>>()?;
    let mut variables = Vec::with_capacity(names.len());
    for name in names {
        let value = environ.call_method1("get", (&name,))?;
        // Another thread may have removed it meanwhile.
        if !value.is_none() {
            variables.push((name.extract()?, value.extract()?));
        }
    }
    Ok(variables)
}
