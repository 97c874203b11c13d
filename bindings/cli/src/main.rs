//! The command `certpush`: push a certificate from a shell script, a cron table or a hook.
//!
//! It turns a command line into calls of the core, and their reports into lines and an exit status.
//! What a push means is decided in the core alone.

#![forbid(unsafe_code)]

mod batch_push;
mod check;
mod command_line;
mod configuration;
mod exit_status;
mod explain;
mod names;
mod output;
mod push;
mod shell_status;
mod standard_input;
mod usage;

use std::process::ExitCode;

use certpush_allocator::Wiping;
use command_line::{BATCH_PUSH, CHECK, EXPLAIN, PUSH, parse};

/// Memory is wiped when it is freed: a secret may have passed through it in hands other than certpush's.
#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

fn main() -> ExitCode {
    let given = match parse() {
        Ok(given) => given,
        Err(stop) => return usage::print(&stop),
    };
    let output = match given.subcommand() {
        Some((PUSH, given)) => push::run(given),
        Some((BATCH_PUSH, given)) => batch_push::run(given),
        Some((CHECK, given)) => check::run(given),
        Some((EXPLAIN, given)) => explain::run(given),
        _ => unreachable!("clap lets no other verb through"),
    };
    output.print()
}
