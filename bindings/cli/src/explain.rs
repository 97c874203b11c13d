//! `certpush explain`: what a status, an exit status or a service's error code means.

use certpush::{Error, Explanation, Status};
use clap::ArgMatches;
use serde_json::{Value, json};

use crate::command_line::code;
use crate::exit_status::{if_known, if_unknown, unknown_from_number};
use crate::output::{Format, Output};

pub(crate) fn run(given: &ArgMatches) -> Output {
    let format = Format::given(given);
    match explain(given) {
        Ok(explanation) => Output::success(format, || in_words(&explanation), fields(&explanation)),
        Err(error) => Output::failure(format, &error),
    }
}

fn explain(given: &ArgMatches) -> Result<Explanation, Error> {
    let code = code(given)?;
    certpush::explain(code)
        .or_else(|| explain_exit_status(code))
        .ok_or_else(|| {
            Error::invalid_argument(
                "CODE",
                "is no status, no exit status of this command and no error code of the service that certpush knows",
            )
        })
}

/// Explains an exit status to which 64 was added: with it the outcome is settled.
fn explain_exit_status(code: &str) -> Option<Explanation> {
    let status = unknown_from_number(code.trim().parse().ok()?)?;
    certpush::explain(status.c_name()).map(|explanation| Explanation {
        outcome: "may have been pushed: look on the target before another push",
        ..explanation
    })
}

fn in_words(explanation: &Explanation) -> String {
    let name = match explanation.status_number {
        Some(number) => format!("{} ({number})", explanation.name),
        None => explanation.name.clone(),
    };
    let mut lines = vec![
        format!("{name}: {}", explanation.meaning),
        format!("outcome: {}", explanation.outcome),
    ];
    if let Some(status) = status(explanation) {
        lines.push(match if_unknown(status) {
            Some(unknown) => format!(
                "exit status: {}, or {unknown} when the certificate may have been pushed",
                if_known(status)
            ),
            None => format!("exit status: {}", if_known(status)),
        });
    }
    if !explanation.hint.is_empty() {
        lines.push(format!("hint: {}", explanation.hint));
    }
    lines.join("\n")
}

fn fields(explanation: &Explanation) -> Value {
    let status = status(explanation);
    json!({
        "name": explanation.name,
        "status": explanation.status_number,
        "meaning": explanation.meaning,
        "outcome": explanation.outcome,
        "hint": explanation.hint,
        "exit_status": status.map(if_known),
        "exit_status_if_unknown": status.and_then(if_unknown),
    })
}

fn status(explanation: &Explanation) -> Option<Status> {
    explanation.status_number.and_then(Status::from_number)
}
