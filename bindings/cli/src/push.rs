//! `certpush push`: one push, from the command line to the exit status.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use certpush::{CallOptions, Client, Error, Receipt};
use certpush_system::is_ignored;
use clap::ArgMatches;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::command_line::Target;
use crate::configuration::configuration;
use crate::output::{Format, Output, in_json, in_one_line};

/// The signals that end a push, which then tells what became of it.
pub(crate) const ENDING: [i32; 3] = [SIGHUP, SIGINT, SIGTERM];

pub(crate) fn run(given: &ArgMatches) -> Output {
    let format = Format::given(given);
    match push(given) {
        Ok(receipt) => Output::success(
            format,
            || in_one_line(receipt.report()),
            in_json(receipt.report(), receipt.hint().unwrap_or_default()),
        ),
        Err(error) => Output::failure(format, &error),
    }
}

fn push(given: &ArgMatches) -> Result<Receipt, Error> {
    let target = Target::given(given)?;
    let client = Client::new(&configuration(given)?)?;
    client.push_with(
        target.certificate_id,
        target.project,
        target.service,
        &until_interrupted()?,
    )
}

/// Lets Ctrl-C, SIGTERM and a terminal that is closed (SIGHUP) end the call instead of the process,
/// which then can still tell whether the certificate may have been pushed. Until here they end the
/// process: nothing has been sent. One that is ignored from the start (nohup) stays so.
pub(crate) fn until_interrupted() -> Result<CallOptions, Error> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in ENDING.into_iter().filter(|signal| !is_ignored(*signal)) {
        signal_hook::flag::register(signal, Arc::clone(&interrupted))
            .map_err(|error| Error::internal(&format!("no signal handler: {error}"), false))?;
    }
    Ok(CallOptions::new().interrupt(move || interrupted.load(Ordering::Relaxed)))
}
