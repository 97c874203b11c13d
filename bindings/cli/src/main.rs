//! The command `certpush`: push a certificate from a shell script, a cron table or a hook.
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

use std::process::ExitCode;

use certpush_allocator::Wiping;
use command_line::{BATCH_PUSH, CHECK, COMPLETIONS, EXPLAIN, PUSH, PUSH_ALL, SETTLE, parse};

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
