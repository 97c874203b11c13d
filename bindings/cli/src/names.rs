//! What the command calls the core's arguments and options: by their flags.

use certpush::{OptionSpec, Report, Status};

/// The command's name of an argument or option, if it has another one.
pub(crate) fn of(key: &str) -> Option<String> {
    match key {
        "certificate_id" => Some("ID".to_owned()),
        "target_project" | "target_projects" => Some("--project".to_owned()),
        "target_service" => Some("--service".to_owned()),
        _ => {
            let option = OptionSpec::find(key)?;
            // The value of a secret comes from standard input or a variable; that one names itself.
            Some(if option.is_secret() {
                format!("{}-file -", option.flag())
            } else {
                option.flag()
            })
        }
    }
}

/// What happened, with the command's names of arguments and options.
pub(crate) fn message(report: &Report) -> String {
    let message = report.message_naming(of);
    match report.status() {
        Status::NotTried | Status::Incomplete => reason(&message),
        _ => message,
    }
}

/// Why a run was stopped, with the command's names of the options that stop one.
pub(crate) fn reason(why: &str) -> String {
    why.replace("(max_failures)", "(--max-failures)")
        .replace("than retry_max_ms allows", "than --retry-max-ms allows")
}

/// What to do about a report, with the command's names where the core's hint has its own.
pub(crate) fn hint(report: &Report) -> &str {
    match report.refused() {
        "target_project" => {
            return "--project is a project's name: a region such as ap-southeast-3, or region_name.";
        }
        "target_projects" => {
            return "--project is a project's name, once for each of 1 to 10, or all with commas between: regions such as ap-southeast-3, or region_name.";
        }
        _ => {}
    }
    let hint = report.hint().unwrap_or_default();
    // Only what the core says of a status alone: it may know more of what happened.
    let general = certpush::explain(report.status().as_str()).and_then(|known| known.hint);
    if general != report.hint() {
        return hint;
    }
    match report.status() {
        Status::NoCredentials => {
            "Give a token (--token-file), an access key (--access-key, --secret-key-file) or a password (--user-name, --user-password-file)."
        }
        Status::Resolve => "Check --region or --endpoint, and this machine's name server.",
        Status::Tls => "Check this machine's clock, its trust store, --ca-file and --trust.",
        Status::Unsettled => {
            "Look on the target whether the certificate is there, and write it down with certpush settle JOURNAL ID PROJECT SERVICE --pushed, or --not-pushed; then run again."
        }
        Status::Timeout => "Check the network, or allow more time with --timeout-ms.",
        Status::NotFound => {
            "Check --region or --endpoint: a wrong host or path gives 404, while an unknown ID gives 400."
        }
        Status::Unauthorized => "Get a new token, from the same site as --region or --endpoint.",
        _ => hint,
    }
}
