//! `certpush explain`: what a status, an exit status or a service's error code means.

use certpush::{Error, Status};
use clap::ArgMatches;
use serde_json::{Value, json};

use crate::command_line::code;
use crate::exit_status::{if_known, if_unknown, unknown_from_number};
use crate::output::{Format, Output};
use crate::shell_status;

pub(crate) fn run(given: &ArgMatches) -> Output {
    let format = Format::given(given);
    match explain(given) {
        Ok(explained) => Output::success(format, || explained.in_words(), explained.fields()),
        Err(error) => Output::failure(format, &error),
    }
}

fn explain(given: &ArgMatches) -> Result<Explained, Error> {
    let code = code(given)?;
    explain_core(code)
        .or_else(|| explain_exit_status(code.trim().parse().ok()?))
        .ok_or_else(|| {
            Error::invalid_argument(
                "CODE",
                "is no status, no exit status of this command and no error code of the service that certpush knows",
            )
        })
}

/// What is known of a code.
struct Explained {
    name: String,
    /// The status that it is about, if it is one of certpush's own.
    status: Option<Status>,
    meaning: String,
    outcome: String,
    hint: String,
    exit_status: Option<u8>,
    exit_status_if_unknown: Option<u8>,
}

/// What every binding would say.
fn explain_core(code: &str) -> Option<Explained> {
    let explanation = certpush::explain(code)?;
    let status = explanation.status;
    Some(Explained {
        name: explanation.name,
        status,
        meaning: explanation.meaning.into(),
        outcome: explanation.outcome.into(),
        hint: explanation.hint.unwrap_or_default().into(),
        exit_status: status.map(if_known),
        exit_status_if_unknown: status
            .filter(|status| status.may_be_unknown())
            .and_then(if_unknown),
    })
}

/// Explains an exit status that is no status.
fn explain_exit_status(number: u8) -> Option<Explained> {
    match unknown_from_number(number) {
        Some(status) if status.may_be_unknown() => {
            // With the 64 that was added the outcome is settled.
            explain_core(status.c_name()).map(|explained| Explained {
                outcome: "may have been pushed: look on the target before another push".into(),
                ..explained
            })
        }
        Some(status) => Some(Explained {
            name: number.to_string(),
            status: None,
            meaning: format!(
                "no exit status of certpush: after {} ({}) it is always known that nothing was pushed, and 64 is not added",
                status.c_name(),
                status.number()
            ),
            outcome: "nobody can tell: it comes from another program".into(),
            hint: "Find out which program ended so: the shell, ssh, a script around certpush."
                .into(),
            exit_status: None,
            exit_status_if_unknown: None,
        }),
        None => shell_status::explain(number).map(|known| Explained {
            name: known.name,
            status: None,
            meaning: known.meaning.into(),
            outcome: known.outcome.into(),
            hint: known.hint.into(),
            exit_status: Some(number),
            exit_status_if_unknown: None,
        }),
    }
}

/// What the exit status of push-all says that is a status's.
fn after_push_all(status: Status) -> Option<&'static str> {
    match status {
        // No single push ends so.
        Status::TargetRefused => None,
        Status::Ok => Some("push-all: all are pushed, now or earlier"),
        Status::InvalidConfig => {
            Some("push-all: FILE, the journal or an option was refused, and nothing was sent")
        }
        Status::NotTried => {
            Some("push-all: nothing failed, but the run was stopped before all was tried")
        }
        Status::Incomplete => Some("push-all: the failures differ"),
        _ => Some("push-all: all that failed has failed so; the rest is pushed or was not tried"),
    }
}

impl Explained {
    fn in_words(&self) -> String {
        let name = match self.status {
            Some(status) => format!("{} ({})", self.name, status.number()),
            None => self.name.clone(),
        };
        let mut lines = vec![
            format!("{name}: {}", self.meaning),
            format!("outcome: {}", self.outcome),
        ];
        if let (Some(_), Some(known)) = (self.status, self.exit_status) {
            lines.push(match self.exit_status_if_unknown {
                Some(unknown) => format!(
                    "exit status: {known}, or {unknown} when the certificate may have been pushed"
                ),
                None => format!("exit status: {known}"),
            });
            lines.extend(self.status.and_then(after_push_all).map(str::to_owned));
        }
        if !self.hint.is_empty() {
            lines.push(format!("hint: {}", self.hint));
        }
        lines.join("\n")
    }

    fn fields(&self) -> Value {
        json!({
            "name": self.name,
            "status": self.status.map(Status::number),
            "meaning": self.meaning,
            "outcome": self.outcome,
            "hint": self.hint,
            "exit_status": self.exit_status,
            "exit_status_if_unknown": self.exit_status_if_unknown,
        })
    }
}
