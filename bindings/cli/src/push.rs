//! `certpush push`: one push, from the command line to the exit status.

use std::ffi::OsString;

use certpush::{Client, Error, JournalLost, PushRequest, Receipt};
use clap::ArgMatches;

use crate::command_line::{AGAIN, Target, journal};
use crate::configuration::configuration;
use crate::names;
use crate::output::{Format, Output, in_json, in_one_line, journal_is_new, log_line};
use crate::settling;
use crate::signals::Interrupted;

pub(crate) fn run(given: &ArgMatches) -> Output {
    let format = Format::given(given);
    let mut kept = None;
    let output = match push(given, format, &mut kept) {
        Ok(receipt) => Output::success(
            format,
            || in_one_line(receipt.report()),
            in_json(receipt.report(), receipt.hint().unwrap_or_default()),
        ),
        Err(error) => Output::refusal(format, &error, &hint(&error, kept.as_ref())),
    };
    match kept {
        Some(kept) => kept.told_in(output, format),
        None => output,
    }
}

/// Where a push is kept, and what came of that.
struct Kept {
    journal: OsString,
    is_new: bool,
    lost: Option<JournalLost>,
}

/// Makes the push, and takes note of where it was kept.
fn push(given: &ArgMatches, format: Format, kept: &mut Option<Kept>) -> Result<Receipt, Error> {
    let target = Target::given(given)?;
    // Before there is a client, and with it a journal.
    PushRequest::new(target.certificate_id, target.project, target.service)?;
    let client = Client::new(&configuration(given)?)?;
    let options = Interrupted::watch()?.ending_a_call();
    let kept = journal(given).map(|journal| {
        kept.insert(Kept {
            journal,
            is_new: client.journal_is_new(),
            lost: None,
        })
    });
    if let Some(new) = kept
        .as_ref()
        .filter(|kept| kept.is_new && format == Format::Text)
    {
        log_line(&journal_is_new(&new.journal));
    }
    let pushed = client.push_with(
        target.certificate_id,
        target.project,
        target.service,
        &options.again(given.get_flag(AGAIN)),
    );
    if let Some(kept) = kept {
        kept.lost = client.journal_lost();
    }
    pushed
}

fn hint(error: &Error, kept: Option<&Kept>) -> String {
    let report = error.report();
    match kept {
        Some(kept) if report.outcome_unknown() && kept.lost.is_none() => {
            settling::hint(&kept.journal, report)
        }
        _ => names::hint(report).to_owned(),
    }
}

impl Kept {
    /// What was told, and what is known of the journal: of one that is lost people read, whoever reads the
    /// object.
    fn told_in(&self, output: Output, format: Format) -> Output {
        let lost = self.lost.as_ref().map(JournalLost::to_string);
        let output = match &lost {
            None => output,
            Some(lost) => output.with_error(&format!("certpush: {lost}")),
        };
        match format {
            Format::Text => output,
            Format::Json => output
                .with_member("journal", self.journal.to_string_lossy().into_owned())
                .with_member("journal_is_new", self.is_new)
                .with_member("journal_lost", lost),
        }
    }
}
