//! The lists in the Python package are those of the core: `make docs` writes them.

mod generated;

use std::fmt::Write;

use certpush::{Kind, OPTIONS, OptionSpec, Phase, Status};

use generated::{Marks, assert_has, assert_is, read, wrapped};

const PACKAGE: &str = "bindings/python/python/certpush";

#[test]
fn the_enumeration_of_the_statuses_is_the_cores() {
    let members = Status::ALL
        .iter()
        .map(|status| format!("    {} = {}\n", status.as_str(), status.number()));
    assert_has(
        &format!("{PACKAGE}/_status.py"),
        Marks::PYTHON,
        &[("statuses", members.collect::<String>() + "    ")],
    );
}

#[test]
fn the_exceptions_are_the_cores_failures() {
    let numbers = generated::python_classes()
        .into_iter()
        .map(|(_, number)| number)
        .collect::<Vec<_>>();
    let core = Status::ALL.iter().filter(|status| **status != Status::Ok);
    assert_eq!(numbers, core.map(|it| it.number()).collect::<Vec<_>>());
}

#[test]
fn an_error_tells_every_phase() {
    let errors = read(&format!("{PACKAGE}/_error.py"));
    let (_, doc) = errors
        .split_once("    phase: str\n    \"\"\"")
        .expect("phase is documented");
    let (doc, _) = doc.split_once("\"\"\"").expect("the documentation ends");
    for phase in Phase::ALL {
        let has = doc
            .split([' ', ',', '.', '\n', ':'])
            .any(|it| it == phase.as_str());
        assert!(has, "no {phase}");
    }
}

#[test]
fn the_keywords_are_the_cores_options() {
    let mut members = String::new();
    for option in OPTIONS {
        if let (Kind::Milliseconds { .. }, Some(name)) =
            (option.kind, option.key.strip_suffix("_ms"))
        {
            let doc = format!("As {}, but in seconds.", option.key);
            member(&mut members, name, "float", &doc);
        }
        let default = match option.default {
            "" => String::new(),
            default => format!(" Default: {default}."),
        };
        let doc = format!("{}{default}", option.doc);
        member(&mut members, option.key, &python_type(option), &doc);
    }
    assert_is(
        &format!("{PACKAGE}/_options.py"),
        &format!("{OPTIONS_HEAD}{members}"),
    );
}

const OPTIONS_HEAD: &str = r#""""The options as keywords of Client and push: `make docs` writes this file from the core's list."""

import os
from typing import Literal, Optional, TypedDict, Union


class Options(TypedDict, total=False):
    """The options that Client and push take as keywords, for who hands them on.

    None counts as not given. An option in milliseconds has a twin in seconds: one of the two is
    given.
    """
"#;

fn member(members: &mut String, name: &str, kind: &str, doc: &str) {
    let doc = doc.replace('\\', "\\\\");
    // Three quotes must not meet a fourth.
    let end = if doc.ends_with('"') { " " } else { "" };
    let doc = wrapped(&format!("\"\"\"{doc}{end}\"\"\""), 96).join("\n    ");
    writeln!(members, "\n    {name}: Optional[{kind}]\n    {doc}").expect("a string takes all");
}

/// The type of an option's values, as an annotation that Python 3.9 can read at run time.
fn python_type(option: &OptionSpec) -> String {
    match option.kind {
        Kind::Boolean => "bool".to_owned(),
        Kind::Integer { .. } | Kind::Milliseconds { .. } => "int".to_owned(),
        Kind::File => "Union[str, os.PathLike[str]]".to_owned(),
        Kind::Choice(words) => {
            let words = words.iter().map(|word| format!("\"{word}\""));
            format!("Literal[{}]", words.collect::<Vec<_>>().join(", "))
        }
        _ => "str".to_owned(),
    }
}
