//! The native half of the Python package `certpush`: it translates types, and nothing else.
//!
//! Exceptions and `Status` are written in Python: what a program meets only after a failure must not
//! slow its start.

#![deny(unsafe_code)]

mod arguments;
mod awaited;
mod call;
mod cancel;
mod client;
mod command;
mod environment;
mod errors;
mod exit;
mod explain;
mod imports;
#[expect(unsafe_code, reason = "what pyo3 has no safe form of")]
mod interpreter;
mod journal;
mod limits;
mod logging;
mod options;
mod plain;
mod push_all;
mod receipt;
mod report_fields;
mod signals;
mod targets;
mod tasks;
mod token_source;
mod turns;

use certpush_allocator::Wiping;
use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;

/// Memory is wiped when it is freed: a secret may have passed through it in hands other than certpush's.
#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

/// The native module of certpush. Import from the package `certpush` instead.
#[pymodule]
fn _certpush(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    // Before anything is made that a sub-interpreter would share with the others, or take with it.
    if !interpreter::is_main(py) {
        return Err(PyImportError::new_err(
            "certpush does not support subinterpreters",
        ));
    }
    // A panic becomes an InternalError that says what happened. The default hook would write
    // to the program's standard error as well; it is this library's own, not the program's.
    std::panic::set_hook(Box::new(|_| {}));
    imports::prepare(py)?;
    environment::prepare(py)?;
    errors::prepare(py)?;
    signals::prepare(py)?;
    exit::prepare(py)?;
    module.add_class::<awaited::Awaited>()?;
    module.add_class::<cancel::Cancel>()?;
    module.add_class::<client::Client>()?;
    module.add_class::<explain::Explanation>()?;
    module.add_class::<push_all::PushAll>()?;
    module.add_class::<receipt::Receipt>()?;
    module.add_class::<targets::Target>()?;
    module.add_function(wrap_pyfunction!(command::command, module)?)?;
    module.add_function(wrap_pyfunction!(explain::explain, module)?)?;
    module.add_function(wrap_pyfunction!(client::push, module)?)?;
    module.add_function(wrap_pyfunction!(journal::settle, module)?)?;
    module.add_function(wrap_pyfunction!(journal::unsettled, module)?)?;
    module.add_function(wrap_pyfunction!(targets::parse_targets, module)?)?;
    module.add_function(wrap_pyfunction!(targets::read_targets, module)?)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("OPTIONS", options::keys_and_types(py)?)?;
    module.add("REPORT_FIELDS", report_fields::names_and_types(py)?)?;
    client::Client::document_options(py)
}
