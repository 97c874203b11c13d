//! `certpush settle`: what a journal does not know the end of, and what a person has found out about it.

use std::ffi::OsStr;

use certpush::{Error, PushRequest, Report, Status, json_list, settle, unsettled};
use clap::ArgMatches;
use serde_json::json;

use crate::command_line::{Settlement, Target};
use crate::names;
use crate::output::{Format, Output, in_json, with_member};
use crate::settling;
use crate::shell_word::shell_path;

pub(crate) fn run(given: &ArgMatches) -> Output {
    let format = Format::given(given);
    match carry_out(given, format) {
        Ok(output) => output,
        Err(error) => Output::failure(format, &error),
    }
}

fn carry_out(given: &ArgMatches, format: Format) -> Result<Output, Error> {
    let Settlement { journal, found_out } = Settlement::given(given)?;
    if journal.is_empty() {
        return Err(Error::invalid_config("JOURNAL must not be empty"));
    }
    match found_out {
        None => {
            let open = unsettled(journal)?;
            Ok(Output::success(
                format,
                || in_words(&open, journal),
                as_json(&open),
            ))
        }
        Some((target, pushed)) => {
            let Target {
                certificate_id,
                project,
                service,
            } = target;
            settle(journal, certificate_id, project, service, pushed)?;
            let push = PushRequest::new(certificate_id, project, service)?;
            let how = if pushed { "pushed" } else { "not pushed" };
            let message = format!(
                "{} to {} is settled as {how}",
                push.certificate_id(),
                push.target()
            );
            let fields = done(&message).to_string();
            Ok(Output::success(format, || message, fields))
        }
    }
}

fn in_words(open: &[Report], journal: &OsStr) -> String {
    let mut lines: Vec<String> = open.iter().map(names::message).collect();
    lines.push(summary(open));
    match open {
        [] => {}
        [one] => lines.push(format!(
            "next: look on the target, then {}",
            settling::command_for(journal, one)
        )),
        _ => lines.push(format!(
            "next: look on each target, then certpush settle {} ID PROJECT SERVICE --pushed, or --not-pushed",
            shell_path(journal)
        )),
    }
    lines.join("\n")
}

fn as_json(open: &[Report]) -> String {
    let reports: Vec<_> = open
        .iter()
        .map(|report| in_json(report, names::hint(report)))
        .collect();
    let whole = done(&summary(open)).to_string();
    with_member(&whole, "unsettled", &json_list(&reports))
}

fn summary(open: &[Report]) -> String {
    match open.len() {
        0 => "nothing is unsettled".to_owned(),
        1 => "1 push is unsettled".to_owned(),
        more => format!("{more} pushes are unsettled"),
    }
}

fn done(message: &str) -> serde_json::Value {
    json!({
        "status": Status::Ok.number(),
        "status_name": Status::Ok.c_name(),
        "message": message,
    })
}
