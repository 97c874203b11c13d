//! The command `certpush`, as a program of its own.

#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::process::ExitCode;

use certpush_allocator::Wiping;

/// Memory is wiped when it is freed: a secret may have passed through it in hands other than certpush's.
#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    ExitCode::from(certpush_cli::run(&arguments))
}
