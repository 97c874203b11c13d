//! What a verb prints, and the exit status that goes with it.

use std::ffi::OsStr;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use certpush::{Error, Report, Status, json_with_results};
use clap::ArgMatches;
use serde_json::Value;

use crate::command_line::JSON;
use crate::exit_status::exit_status;
use crate::names;
use crate::shell_word::shell_path;

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
    /// What a run of many pushes came to.
    pub(crate) fn of_run(stdout: String, stderr: String, exit_status: u8) -> Output {
        Output {
            stdout,
            stderr,
            exit_status,
        }
    }

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
            Format::Text => (String::new(), with_hint(&in_one_line(error.report()), hint)),
            Format::Json => (in_json(error.report(), hint), String::new()),
        };
        Output {
            stdout,
            stderr,
            exit_status: exit_status(error.report()),
        }
    }

    /// With one more line on standard error, behind the others.
    pub(crate) fn with_error(mut self, line: &str) -> Output {
        add_line(&mut self.stderr, line);
        self
    }

    /// With one more member of the object on standard output.
    pub(crate) fn with_member(mut self, name: &str, value: impl Into<Value>) -> Output {
        self.stdout = with_member(&self.stdout, name, &value.into().to_string());
        self
    }

    /// What became of several targets, each in a line, and of the whole in a last one. What failed
    /// stands where failures do, each with what to do unless that was said just before.
    pub(crate) fn of_several(format: Format, whole: &Report, targets: &[Report]) -> Output {
        let mut output = Output {
            stdout: String::new(),
            stderr: String::new(),
            exit_status: exit_status(whole),
        };
        if format == Format::Json {
            let objects: Vec<String> = targets.iter().map(in_json_with_hint).collect();
            output.stdout = json_with_results(&in_json_with_hint(whole), &objects);
            return output;
        }
        let mut hinted = "";
        for target in targets {
            let message = names::message(target);
            if target.status() == Status::Ok {
                add_line(&mut output.stdout, &message);
                continue;
            }
            let hint = names::hint(target);
            let new = if hint == hinted { "" } else { hint };
            add_line(&mut output.stderr, &with_hint(&message, new));
            hinted = hint;
        }
        let message = in_one_line(whole);
        if whole.status() == Status::Ok {
            add_line(&mut output.stdout, &message);
        } else {
            add_line(&mut output.stderr, &with_hint(&message, names::hint(whole)));
        }
        output
    }

    /// Prints, and gives the exit status. That nobody reads the output changes nothing about what happened:
    /// the exit status is the same.
    pub(crate) fn print(self) -> u8 {
        write_line(&mut io::stderr(), &self.stderr).ok();
        if let Err(error) = write_line(&mut io::stdout(), &self.stdout)
            && error.kind() != ErrorKind::BrokenPipe
        {
            log_line(&format!(
                "certpush: standard output cannot be written: {error}"
            ));
        }
        self.exit_status
    }
}

/// Writes a line to standard error, where it can be written.
pub(crate) fn log_line(line: &str) {
    write_line(&mut io::stderr(), line).ok();
}

/// A line on a journal that has nothing yet: whoever expects earlier pushes in it has named another.
pub(crate) fn journal_is_new(journal: &OsStr) -> String {
    format!("certpush: journal {} is new", shell_path(journal))
}

/// Every field of a report, as JSON on one line.
pub(crate) fn in_json(report: &Report, hint: &str) -> String {
    report.to_json_saying(&names::message(report), hint)
}

/// A JSON object with one more member, whose value is JSON.
pub(crate) fn with_member(object: &str, name: &str, value: &str) -> String {
    let members = object.strip_suffix('}').unwrap_or(object);
    format!("{members},\"{name}\":{value}}}")
}

pub(crate) fn in_json_with_hint(report: &Report) -> String {
    in_json(report, names::hint(report))
}

/// What happened, and the id that Huawei Cloud's support asks for.
pub(crate) fn in_one_line(report: &Report) -> String {
    let message = names::message(report);
    match report.request_id() {
        None => message,
        Some(request_id) => format!("{message} (request_id {request_id})"),
    }
}

/// What happened, and what to do in a line below.
fn with_hint(message: &str, hint: &str) -> String {
    let mut lines = format!("certpush: {message}");
    if !hint.is_empty() {
        lines.push_str("\nhint: ");
        lines.push_str(hint);
    }
    lines
}

fn add_line(lines: &mut String, line: &str) {
    if !lines.is_empty() {
        lines.push('\n');
    }
    lines.push_str(line);
}

/// Writes in one go: what is written to a file or pipe at the same time does not get in between.
pub(crate) fn write_line(stream: &mut impl Write, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    stream.write_all(format!("{text}\n").as_bytes())?;
    stream.flush()
}
