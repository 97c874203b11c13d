//! A command line that is not understood, and what clap prints when it is asked to: help, the version.

use std::ffi::{OsStr, OsString};

use certpush::{Error, OPTIONS, limits};
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::command_line::{BATCH_PUSH, COMPLETIONS, EXPLAIN, JSON, PUSH, PUSH_ALL, SETTLE};
use crate::exit_status::USAGE;
use crate::output::{Format, Output};

/// Prints help and version as clap has them, and everything else as the failure that it is.
pub(crate) fn print(stop: &clap::Error, arguments: &[OsString]) -> u8 {
    match stop.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Whoever closed the stream does not want to read it.
            let _ = stop.print();
            0
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = stop.print();
            USAGE
        }
        _ => {
            let reason = format!("is not understood: {}", what(stop));
            let error = Error::invalid_argument("the command line", &reason);
            Output::refusal(format(arguments), &error, &hint(stop, arguments)).print()
        }
    }
}

/// A program finds the refusal where it looks for the answer, even if the rest is not understood.
fn format(arguments: &[OsString]) -> Format {
    let flag = format!("--{JSON}");
    let asked = arguments
        .iter()
        .skip(1)
        .take_while(|argument| *argument != OsStr::new("--"))
        .any(|argument| argument == OsStr::new(&flag));
    if asked { Format::Json } else { Format::Text }
}

/// What is wrong, in one line.
fn what(stop: &clap::Error) -> String {
    let mut wrong = words(stop);
    let is_twice = stop.kind() == ErrorKind::ArgumentConflict
        && stop.get(ContextKind::InvalidArg) == stop.get(ContextKind::PriorArg);
    let why = match stop.kind() {
        ErrorKind::MissingRequiredArgument => "this is missing",
        ErrorKind::UnknownArgument => "unexpected argument",
        ErrorKind::InvalidSubcommand => "unknown command",
        ErrorKind::ArgumentConflict if is_twice => "this is given twice",
        ErrorKind::ArgumentConflict => "these exclude each other",
        // Any value is let through to the core, which judges it.
        ErrorKind::InvalidValue => "a value is missing",
        kind => kind.as_str().unwrap_or("something else"),
    };
    if stop.kind() == ErrorKind::ArgumentConflict && !is_twice {
        wrong.extend(words_in(stop, ContextKind::PriorArg));
    }
    if wrong.is_empty() {
        why.to_owned()
    } else {
        format!("{why}: {}", wrong.join(", "))
    }
}

/// What to do instead.
fn hint(stop: &clap::Error, arguments: &[OsString]) -> String {
    let wrong = words(stop);
    let is_wrong = |word: &str| wrong.iter().any(|known| known == word);
    if ["--dry-run", "--dryrun", "-n"].into_iter().any(is_wrong) {
        return match verb(arguments) {
            Some(PUSH_ALL) => "push-all checks all of FILE before it sends anything; certpush check ID PROJECT SERVICE shows what one push would send.",
            _ => "certpush check, with the same arguments, shows what would be sent and sends nothing.",
        }
        .to_owned();
    }
    let secret = OPTIONS
        .iter()
        .find(|option| option.is_secret() && is_wrong(&option.flag()));
    if let Some(secret) = secret {
        return format!(
            "A secret is no argument, which others could read: use {flag}-file PATH, {flag}-file - for standard input, or the variable {}.",
            secret.environment_name(),
            flag = secret.flag(),
        );
    }
    let suggested = [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
    ];
    let suggested = suggested.map(|kind| stop.get(kind).map(listed).unwrap_or_default());
    match suggested.concat().first() {
        Some(similar) => format!("Did you mean {similar}? {}", help(arguments)),
        None => help(arguments),
    }
}

/// What the verb takes.
fn help(arguments: &[OsString]) -> String {
    let (verb, what) = match verb(arguments) {
        Some(PUSH_ALL) => (PUSH_ALL, "FILE"),
        Some(SETTLE) => (
            SETTLE,
            "JOURNAL, or JOURNAL ID PROJECT SERVICE with --pushed or --not-pushed",
        ),
        Some(BATCH_PUSH) => (
            BATCH_PUSH,
            "ID PROJECT,PROJECT SERVICE, or ID with --project and --service",
        ),
        Some(EXPLAIN) => (EXPLAIN, "CODE"),
        Some(COMPLETIONS) => (COMPLETIONS, "SHELL"),
        _ => (
            PUSH,
            "ID PROJECT SERVICE, or ID with --project and --service",
        ),
    };
    format!("certpush {verb} takes {what}; certpush {verb} --help tells the rest.")
}

/// The first word of the command line.
fn verb(arguments: &[OsString]) -> Option<&str> {
    arguments.get(1)?.to_str()
}

/// The words of the command line that are wrong or missing.
fn words(stop: &clap::Error) -> Vec<String> {
    [ContextKind::InvalidArg, ContextKind::InvalidSubcommand]
        .into_iter()
        .flat_map(|place| words_in(stop, place))
        .collect()
}

fn words_in(stop: &clap::Error, place: ContextKind) -> Vec<String> {
    let words = stop.get(place).map(listed).unwrap_or_default();
    words.iter().map(|word| shown(word)).collect()
}

fn listed(value: &ContextValue) -> Vec<String> {
    match value {
        ContextValue::String(word) => vec![word.clone()],
        ContextValue::Strings(words) => words.clone(),
        _ => Vec::new(),
    }
}

/// A word for a message: on one line, and none that is as long as a token may be.
fn shown(word: &str) -> String {
    let length = word.chars().count();
    if length >= *limits::TOKEN_LENGTH.start() {
        return format!("{length} characters");
    }
    let mut shown = String::new();
    for character in word.chars() {
        if character.is_control() {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}
