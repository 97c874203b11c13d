//! The command `certpush`, for `python -m certpush`: it has the process for itself.

use std::ffi::OsString;
use std::panic;

use pyo3::prelude::*;

/// The exit status of a Rust program that has panicked.
const PANICKED: u8 = 101;

/// Do what a command line of certpush, without its name, asks for, and return the exit status.
///
/// It prints to the process's own standard output and error, and takes its signals.
#[pyfunction]
pub(crate) fn command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    // What went wrong is told to whoever started the command.
    drop(panic::take_hook());
    let named: Vec<OsString> = std::iter::once("certpush".into())
        .chain(arguments)
        .collect();
    py.detach(|| panic::catch_unwind(|| certpush_cli::run(&named)).unwrap_or(PANICKED))
}
