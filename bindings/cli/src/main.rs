//! The command `certpush`: push a certificate from a shell script, a cron table or a hook.
//!
//! It turns a command line into calls of the core, and their reports into lines and an exit status.
//! What a push means is decided in the core alone.

#![forbid(unsafe_code)]

mod check;
mod command_line;
mod configuration;
mod exit_status;
mod explain;
mod output;
mod push;
mod standard_input;

use std::process::ExitCode;

use command_line::{CHECK, EXPLAIN, PUSH, command_line};

fn main() -> ExitCode {
    let given = match command_line().try_get_matches() {
        Ok(given) => given,
        Err(stop) => return help_or_usage(&stop),
    };
    let output = match given.subcommand() {
        Some((PUSH, given)) => push::run(given),
        Some((CHECK, given)) => check::run(given),
        Some((EXPLAIN, given)) => explain::run(given),
        _ => unreachable!("clap lets no other verb through"),
    };
    output.print()
}

/// Prints what clap has to say: help and version on standard output, a refusal on standard error.
fn help_or_usage(stop: &clap::Error) -> ExitCode {
    // Whoever closed the stream does not want to read it.
    let _ = stop.print();
    if stop.use_stderr() {
        ExitCode::from(exit_status::USAGE)
    } else {
        ExitCode::SUCCESS
    }
}
