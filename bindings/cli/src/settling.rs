//! What to do about a push that may have been made, where there is a journal: the command line that
//! settles it, ready to be copied.

use std::ffi::OsStr;

use certpush::{Report, Status};

use crate::names;
use crate::shell_word::{shell_path, shell_word};

/// Settles the push of this certificate and target.
pub(crate) fn command(
    journal: &OsStr,
    certificate_id: &str,
    project: &str,
    service: &str,
) -> String {
    let [id, project, service] =
        [certificate_id, project, service].map(|word| shell_word(OsStr::new(word)));
    // What begins with a hyphen would be taken for a flag.
    let target = if [&project, &service]
        .into_iter()
        .any(|word| word.starts_with('-'))
    {
        format!("--project={project} --service={service}")
    } else {
        format!("{project} {service}")
    };
    let journal = shell_path(journal);
    format!("certpush settle {journal} {id} {target} --pushed, or --not-pushed")
}

/// Settles the push that a report is of.
pub(crate) fn command_for(journal: &OsStr, report: &Report) -> String {
    command(
        journal,
        report.certificate_id().unwrap_or_default(),
        report.target_project().unwrap_or_default(),
        report.target_service().unwrap_or_default(),
    )
}

/// What to do about a push that may have been made, and that the journal has as unknown.
pub(crate) fn hint(journal: &OsStr, report: &Report) -> String {
    let command = command_for(journal, report);
    match (report.status(), names::hint(report)) {
        (Status::Unsettled, _) => format!(
            "Look on the target whether the certificate is there, and write it down: {command}; then run again."
        ),
        (_, "") => format!("Write down what is on the target: {command}; then run again."),
        (_, hint) => format!("{hint} Write down what is on the target: {command}; then run again."),
    }
}
