//! The command `certpush`: push a certificate from a shell script, a cron table or a hook. A program of its own, and
//! a part of the Python package.
//!
//! It turns a command line into calls of the core, and their reports into lines and an exit status.
//! What a push means is decided in the core alone.

#![forbid(unsafe_code)]

mod batch_push;
mod check;
mod command_line;
mod completions;
mod configuration;
mod exit_status;
mod explain;
mod help;
mod list_file;
#[cfg(test)]
mod manual;
mod names;
mod output;
mod printer;
mod push;
mod push_all;
mod run_summary;
mod run_view;
mod settle;
mod settling;
mod shell_status;
mod shell_word;
mod signals;
mod standard_input;
mod usage;

use std::ffi::OsString;

use command_line::{BATCH_PUSH, CHECK, COMPLETIONS, EXPLAIN, PUSH, PUSH_ALL, SETTLE, parse};

/// Does what a command line asks for, and gives the exit status. The first argument is the command's own name.
///
/// Signals that end a push are taken over once there is something to tell.
#[must_use]
pub fn run(arguments: &[OsString]) -> u8 {
    let given = match parse(arguments) {
        Ok(given) => given,
        Err(stop) => return usage::print(&stop, arguments),
    };
    let output = match given.subcommand() {
        Some((PUSH, given)) => push::run(given),
        Some((PUSH_ALL, given)) => push_all::run(given),
        Some((SETTLE, given)) => settle::run(given),
        Some((BATCH_PUSH, given)) => batch_push::run(given),
        Some((CHECK, given)) => check::run(given),
        Some((EXPLAIN, given)) => explain::run(given),
        Some((COMPLETIONS, given)) => completions::run(given),
        _ => unreachable!("clap lets no other verb through"),
    };
    output.print()
}
