//! The native half of the Python package `certpush`: it translates types, and nothing else.
//!
//! Exceptions and `Status` are written in Python: what a program meets only after a failure must not
//! slow its start.

#![forbid(unsafe_code)]

mod arguments;
mod call;
mod cancel;
mod client;
mod errors;
mod explain;
mod imports;
mod limits;
mod logging;
mod options;
mod plain;
mod receipt;
mod signals;
mod token_source;

use certpush_memory::Wiping;
use pyo3::prelude::*;

/// Memory is wiped when it is freed: a secret may have passed through it in hands other than certpush's.
#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

/// The native module of certpush. Import from the package `certpush` instead.
#[pymodule]
mod _certpush {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::cancel::Cancel;
    #[pymodule_export]
    use crate::client::{Client, push};
    #[pymodule_export]
    use crate::explain::{Explanation, explain};
    #[pymodule_export]
    use crate::receipt::Receipt;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        // A panic becomes an InternalError that says what happened. The default hook would write
        // to the program's standard error as well; it is this library's own, not the program's.
        std::panic::set_hook(Box::new(|_| {}));
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("OPTIONS", crate::options::keys_and_types(module.py())?)?;
        Client::document_options(module.py())
    }
}
