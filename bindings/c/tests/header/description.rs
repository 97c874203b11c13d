//! `certpush.json`: what certpush is, for programs that make other languages' files.

use certpush::{
    Getter, Kind, OPTIONS, OptionSpec, Phase, REPORT_FIELDS, Status, explain, known_service_codes,
    limits,
};
use serde_json::{Value, json};

use crate::declarations::{Declarations, Function};

/// The description, with one row of each list on a line.
pub(crate) fn description(declared: &Declarations) -> String {
    let members: Vec<(&str, Value)> = vec![
        ("version", env!("CARGO_PKG_VERSION").into()),
        ("abi", crate::abi().into()),
        ("library", crate::library().into()),
        ("statuses", list(Status::ALL, status)),
        ("phases", phases()),
        ("log_levels", log_levels(declared)),
        ("report_fields", list(REPORT_FIELDS, report_field)),
        ("options", list(OPTIONS, option)),
        ("limits", list(limits::ALL, limit)),
        ("target_services", json!(limits::KNOWN_TARGET_SERVICES)),
        ("service_codes", service_codes()),
        ("handles", handles(declared)),
        ("callbacks", list(&declared.callbacks, function)),
        ("functions", list(&declared.functions, function)),
    ];
    let members = members.iter().map(|(name, value)| match value {
        Value::Array(rows) if rows.iter().all(Value::is_object) => {
            let rows = rows.iter().map(|row| format!("\n    {row}"));
            format!("\"{name}\": [{}\n  ]", rows.collect::<Vec<_>>().join(","))
        }
        other => format!("\"{name}\": {other}"),
    });
    format!("{{\n  {}\n}}\n", members.collect::<Vec<_>>().join(",\n  "))
}

fn list<T>(rows: &[T], as_json: impl Fn(&T) -> Value) -> Value {
    rows.iter().map(as_json).collect()
}

fn status(status: &Status) -> Value {
    let known = explain(status.as_str()).expect("every status is explained");
    json!({
        "number": status.number(),
        "name": status.as_str(),
        "c_name": status.c_name(),
        "message": status.message(),
        "hint": known.hint.unwrap_or_default(),
        "outcome": known.outcome,
        "may_be_unknown": status.may_be_unknown(),
    })
}

/// The phases, and what stands in their place after a success.
fn phases() -> Value {
    let row = |name, doc| json!({"name": name, "doc": doc});
    let phases = Phase::ALL
        .iter()
        .map(|phase| row(phase.as_str(), phase.doc()));
    std::iter::once(row("", "The call succeeded."))
        .chain(phases)
        .collect()
}

fn log_levels(declared: &Declarations) -> Value {
    let levels = declared
        .enumerations
        .iter()
        .find(|it| it.name == "certpush_log_level")
        .expect("the levels are declared");
    list(
        &levels.constants,
        |level| json!({"number": level.number, "c_name": level.name, "doc": level.doc}),
    )
}

fn report_field(field: &certpush::ReportField) -> Value {
    json!({
        "name": field.name,
        "c_accessor": field.c_accessor(),
        "type": field.json_type(),
        "is_milliseconds": matches!(field.get, Getter::Milliseconds(_)),
        "doc": field.doc,
        "since": field.since,
    })
}

/// What values an option takes.
pub(crate) fn kind(option: &OptionSpec) -> &'static str {
    match option.kind {
        Kind::Boolean => "boolean",
        Kind::Integer { .. } => "integer",
        Kind::Milliseconds { .. } => "milliseconds",
        Kind::File => "file",
        Kind::Choice(_) => "choice",
        _ => "text",
    }
}

fn option(option: &OptionSpec) -> Value {
    let mut row = json!({
        "key": option.key,
        "kind": kind(option),
        "default": option.default,
        "exclusive_with": option.exclusive_with,
        "may_be_empty": option.may_be_empty,
        "is_secret": option.is_secret(),
        "environment": option.environment_name(),
        "flag": option.flag(),
        "doc": option.doc,
        "since": option.since,
    });
    match option.kind {
        Kind::Integer { least, greatest } | Kind::Milliseconds { least, greatest } => {
            row["least"] = least.into();
            row["greatest"] = greatest.into();
        }
        Kind::Choice(words) => row["choices"] = words.into(),
        _ => {}
    }
    row
}

fn limit(limit: &limits::Limit) -> Value {
    json!({
        "name": limit.name,
        "least": limit.least,
        "greatest": limit.greatest,
        "unit": limit.unit,
        "doc": limit.doc,
    })
}

fn service_codes() -> Value {
    known_service_codes()
        .map(|known| {
            json!({
                "code": known.name,
                "meaning": known.meaning,
                "hint": known.hint.unwrap_or_default(),
                "outcome": known.outcome,
            })
        })
        .collect()
}

fn handles(declared: &Declarations) -> Value {
    list(&declared.handles, |handle| {
        let free = format!("{}_free", handle.name);
        let is_freed = declared.functions.iter().any(|it| it.name == free);
        json!({
            "name": handle.name,
            "free": if is_freed { &free } else { "" },
            "doc": handle.doc,
        })
    })
}

fn function(function: &Function) -> Value {
    json!({
        "name": function.name,
        "returns": function.returns,
        "parameters": list(&function.parameters, |it| json!({"name": it.name, "type": it.kind})),
        "doc": function.doc,
        "since": function.since(),
    })
}
