//! The tables in docs/ are those of the core: `CERTPUSH_UPDATE=1 cargo test --test docs` writes them.

use std::fmt::Write;
use std::path::Path;

use certpush::{Explanation, OPTIONS, SITES, Status, explain, known_service_codes};

const END: &str = "<!-- end of generated -->";

#[test]
fn the_page_of_errors_has_the_cores_lists() {
    assert_up_to_date(
        "docs/errors.md",
        &[("statuses", statuses()), ("service codes", service_codes())],
    );
}

#[test]
fn the_page_of_options_has_the_cores_lists() {
    assert_up_to_date(
        "docs/options.md",
        &[
            ("pairs", pairs()),
            ("options", options()),
            ("regions", regions()),
        ],
    );
}

fn assert_up_to_date(page: &str, parts: &[(&str, String)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let written = std::fs::read_to_string(&path).unwrap();
    let fresh = parts.iter().fold(written.clone(), |text, (name, part)| {
        with_part(&text, name, part)
    });
    if std::env::var_os("CERTPUSH_UPDATE").is_some_and(|update| update == "1") {
        std::fs::write(&path, fresh).unwrap();
        return;
    }
    assert!(
        written == fresh,
        "{page} is not what the core says; CERTPUSH_UPDATE=1 cargo test --test docs writes it"
    );
}

/// The text with `part` between the marks of `name`.
fn with_part(text: &str, name: &str, part: &str) -> String {
    let mark = format!("<!-- generated: {name} -->\n");
    let (before, after) = text
        .split_once(&mark)
        .unwrap_or_else(|| panic!("no mark for {name}"));
    let (_, after) = after
        .split_once(END)
        .unwrap_or_else(|| panic!("no end of {name}"));
    format!("{before}{mark}\n{part}\n{END}{after}")
}

fn statuses() -> String {
    let rows = Status::ALL.iter().map(|&status| {
        let Explanation {
            meaning,
            hint,
            outcome,
            ..
        } = explain(status.name()).unwrap();
        [
            status.number().to_string(),
            code(status.c_name()),
            python_class(status).map(code).unwrap_or_default(),
            meaning.to_owned(),
            outcome.to_owned(),
            hint.to_owned(),
        ]
    });
    table(
        ["", "C", "Python", "meaning", "was it pushed?", "what to do"],
        rows,
    )
}

/// The exception that Python raises; a success raises none.
fn python_class(status: Status) -> Option<&'static str> {
    Some(match status {
        Status::Ok => return None,
        Status::InvalidArgument => "InvalidArgument",
        Status::InvalidConfig => "ConfigError",
        Status::NoCredentials => "NoCredentials",
        Status::CredentialsRefused => "CredentialsRefused",
        Status::CredentialsUnavailable => "CredentialsUnavailable",
        Status::Resolve => "ResolveError",
        Status::Connect => "ConnectError",
        Status::Tls => "TlsError",
        Status::Proxy => "ProxyError",
        Status::Timeout => "Timeout",
        Status::ConnectionLost => "ConnectionLost",
        Status::UnexpectedResponse => "UnexpectedResponse",
        Status::Cancelled => "Cancelled",
        Status::BadRequest => "BadRequest",
        Status::Unauthorized => "Unauthorized",
        Status::Forbidden => "Forbidden",
        Status::NotFound => "NotFound",
        Status::Throttled => "Throttled",
        Status::Rejected => "Rejected",
        Status::ServerError => "ServerError",
        Status::TargetRefused => "TargetRefused",
        Status::Incomplete => "BatchIncomplete",
        Status::Internal => "InternalError",
        _ => panic!("which exception does Python raise for {status}?"),
    })
}

fn service_codes() -> String {
    let rows = known_service_codes().map(|known| {
        [
            known.name,
            known.meaning.to_owned(),
            known.outcome.to_owned(),
            known.hint.to_owned(),
        ]
    });
    table(["code", "meaning", "was it pushed?", "what to do"], rows)
}

fn pairs() -> String {
    let mut list = String::new();
    for option in OPTIONS {
        // Each pair stands twice in the table.
        if option.key < option.exclusive_with {
            writeln!(list, "- `{}` and `{}`", option.key, option.exclusive_with).unwrap();
        }
    }
    list
}

fn options() -> String {
    let rows = OPTIONS.iter().map(|option| {
        [
            code(option.key),
            option.values(),
            if option.default.is_empty() {
                String::new()
            } else {
                code(option.default)
            },
            code(&option.environment_name()),
            if option.is_secret() {
                "none".to_owned()
            } else {
                code(&option.flag())
            },
            option.since.to_owned(),
            option.doc.to_owned(),
        ]
    });
    table(
        [
            "key", "values", "default", "variable", "flag", "since", "meaning",
        ],
        rows,
    )
}

fn regions() -> String {
    let rows = SITES
        .iter()
        .map(|site| [code(site.region), site.name.to_owned(), code(site.host)]);
    table(["region", "site", "host"], rows)
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn table<const COLUMNS: usize>(
    head: [&str; COLUMNS],
    rows: impl Iterator<Item = [String; COLUMNS]>,
) -> String {
    let mut table = row(&head.map(str::to_owned));
    table.push_str(&row(&head.map(|_| "---".to_owned())));
    for cells in rows {
        table.push_str(&row(&cells));
    }
    table
}

fn row(cells: &[String]) -> String {
    let cells = cells
        .iter()
        .map(|cell| cell.replace('|', "\\|"))
        .collect::<Vec<_>>();
    format!("| {} |\n", cells.join(" | "))
}
