//! What a verb prints, and the exit status that goes with it.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use certpush::{Error, Report};
use clap::ArgMatches;

use crate::command_line::JSON;
use crate::exit_status::exit_status;
use crate::names;

/// For whom a verb prints.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For a person.
    Text,
    /// For a program.
    Json,
}

impl Format {
    pub(crate) fn given(given: &ArgMatches) -> Format {
        if given.get_flag(JSON) {
            Format::Json
        } else {
            Format::Text
        }
    }
}

/// The whole output of a verb.
#[must_use]
pub(crate) struct Output {
    stdout: String,
    stderr: String,
    exit_status: u8,
}

impl Output {
    /// A success, in the form that was asked for.
    pub(crate) fn success(
        format: Format,
        text: impl FnOnce() -> String,
        json: impl Display,
    ) -> Output {
        Output {
            stdout: match format {
                Format::Text => text(),
                Format::Json => json.to_string(),
            },
            stderr: String::new(),
            exit_status: 0,
        }
    }

    /// A failure, and what to do about it. A program finds it where it looks for a success.
    pub(crate) fn failure(format: Format, error: &Error) -> Output {
        Output::refusal(format, error, names::hint(error.report()))
    }

    /// As [`Output::failure`], with what to do in the words of a command line.
    pub(crate) fn refusal(format: Format, error: &Error, hint: &str) -> Output {
        let (stdout, stderr) = match format {
            Format::Text => (String::new(), lines(error.report(), hint)),
            Format::Json => (in_json(error.report(), hint), String::new()),
        };
        Output {
            stdout,
            stderr,
            exit_status: exit_status(error.report()),
        }
    }

    /// Prints. That nobody reads the output changes nothing about what happened: the exit status is
    /// the same.
    pub(crate) fn print(self) -> ExitCode {
        write_line(&mut io::stderr(), &self.stderr).ok();
        if let Err(error) = write_line(&mut io::stdout(), &self.stdout)
            && error.kind() != ErrorKind::BrokenPipe
        {
            log_line(&format!(
                "certpush: standard output cannot be written: {error}"
            ));
        }
        ExitCode::from(self.exit_status)
    }
}

/// Writes a line to standard error, where it can be written.
pub(crate) fn log_line(line: &str) {
    write_line(&mut io::stderr(), line).ok();
}

/// Every field of a report, as JSON on one line.
pub(crate) fn in_json(report: &Report, hint: &str) -> String {
    report.to_json_saying(&report.message_naming(names::of), hint)
}

/// What happened, and the id that Huawei Cloud's support asks for.
pub(crate) fn in_one_line(report: &Report) -> String {
    let message = report.message_naming(names::of);
    match report.request_id() {
        None => message,
        Some(request_id) => format!("{message} (request_id {request_id})"),
    }
}

fn lines(report: &Report, hint: &str) -> String {
    let mut lines = format!("certpush: {}", in_one_line(report));
    if !hint.is_empty() {
        lines.push_str("\nhint: ");
        lines.push_str(hint);
    }
    lines
}

/// Writes in one go: what is written to a file or pipe at the same time does not get in between.
fn write_line(stream: &mut impl Write, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    stream.write_all(format!("{text}\n").as_bytes())?;
    stream.flush()
}
