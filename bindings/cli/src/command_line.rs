//! The command line: its verbs, and a flag for each option of the core's table.
//!
//! Values are taken as they come, even when they are not UTF-8: the core judges them, so that a bad
//! value has the same status here as in every other binding.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use certpush::{Error, Kind, OPTIONS, OptionSpec};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, value_parser};

use crate::help;

pub(crate) const PUSH: &str = "push";
pub(crate) const PUSH_ALL: &str = "push-all";
pub(crate) const SETTLE: &str = "settle";
pub(crate) const BATCH_PUSH: &str = "batch-push";
pub(crate) const CHECK: &str = "check";
pub(crate) const EXPLAIN: &str = "explain";
pub(crate) const COMPLETIONS: &str = "completions";

pub(crate) const CONNECT: &str = "connect";
pub(crate) const JSON: &str = "json";
pub(crate) const VERBOSE: &str = "verbose";
pub(crate) const AGAIN: &str = "again";

const QUIET: &str = "quiet";
const DEADLINE: &str = "deadline-ms";
const NO_JOURNAL: &str = "no-journal";
const PUSHED: &str = "pushed";
const NOT_PUSHED: &str = "not-pushed";
/// The option's key.
const JOURNAL: &str = "journal";

const CERTIFICATE_ID: &str = "certificate_id";
const TARGET_PROJECT: &str = "target_project";
const TARGET_PROJECTS: &str = "target_projects";
const TARGET_SERVICE: &str = "target_service";
/// Project and service by their place, behind the id.
const TARGET: &str = "target";
const CODE: &str = "code";
const SHELL: &str = "shell";
/// The list of many pushes.
const FILE: &str = "file";
/// The journal of what is to be settled.
const KEPT_IN: &str = "kept_in";

pub(crate) const OPTIONS_HEADING: &str =
    "Options that are also variables; a flag hides its variable";

/// What the command was started with; the first is its own name.
pub(crate) fn parse(arguments: &[OsString]) -> Result<ArgMatches, clap::Error> {
    let given = command_line().try_get_matches_from(arguments)?;
    match given.subcommand() {
        Some((PUSH | CHECK, verb)) => check_target(verb, false)?,
        Some((SETTLE, verb)) => {
            check_target(verb, false)?;
            check_finding(verb)?;
        }
        Some((BATCH_PUSH, verb)) => check_target(verb, true)?,
        _ => {}
    }
    Ok(given)
}

/// What is settled is settled as one of two.
fn check_finding(given: &ArgMatches) -> Result<(), clap::Error> {
    if has_target(given) && !given.get_flag(PUSHED) && !given.get_flag(NOT_PUSHED) {
        return refuse(
            ErrorKind::MissingRequiredArgument,
            "--pushed or --not-pushed",
        );
    }
    Ok(())
}

fn refuse(kind: ErrorKind, word: &str) -> Result<(), clap::Error> {
    let mut stop = clap::Error::new(kind);
    let word = ContextValue::String(word.to_owned());
    stop.insert(ContextKind::InvalidArg, word);
    Err(stop)
}

/// A target is given by place or by flags, and as a whole.
fn check_target(given: &ArgMatches, needs_project: bool) -> Result<(), clap::Error> {
    let has = |name| given.contains_id(name);
    let words = by_place(given);
    match words.as_slice() {
        [] if has(CERTIFICATE_ID) && !has(TARGET_SERVICE) => {
            refuse(ErrorKind::MissingRequiredArgument, "--service SERVICE")
        }
        [] if has(CERTIFICATE_ID) && needs_project && !has(TARGET_PROJECT) => {
            refuse(ErrorKind::MissingRequiredArgument, "--project PROJECT")
        }
        [] if !has(CERTIFICATE_ID) && (has(TARGET_PROJECT) || has(TARGET_SERVICE)) => {
            refuse(ErrorKind::MissingRequiredArgument, "ID")
        }
        [] => Ok(()),
        [_, _] if !has(TARGET_PROJECT) && !has(TARGET_SERVICE) => Ok(()),
        [word, ..] => refuse(ErrorKind::UnknownArgument, &word.to_string_lossy()),
    }
}

/// Project and service, if they are given by their place.
fn by_place(given: &ArgMatches) -> Vec<&OsString> {
    given
        .get_many(TARGET)
        .map(Iterator::collect)
        .unwrap_or_default()
}

/// Everything that the command understands.
pub(crate) fn command_line() -> Command {
    Command::new("certpush")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Pushes an SSL certificate held by Huawei Cloud's certificate manager to ELB, WAF or CDN")
        .after_help(help::COMMAND)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new(PUSH)
                .about("Pushes a certificate, and tells after a failure whether it may have been pushed")
                .after_help(help::PUSH)
                .args([certificate_id().required(true), target()])
                .args([target_project(), target_service()])
                .args([again(), verbose(), json()])
                .next_help_heading(OPTIONS_HEADING)
                .args(flags()),
        )
        .subcommand(
            Command::new(PUSH_ALL)
                .about("Pushes a list, several at a time, and keeps what became of each")
                .after_help(help::PUSH_ALL)
                .args([file(), no_journal(), again(), deadline()])
                .args([quiet(), verbose(), json_lines()])
                .next_help_heading(OPTIONS_HEADING)
                .args(flags()),
        )
        .subcommand(
            Command::new(SETTLE)
                .about("Lists what a journal does not know the end of, or writes down what was found out about it")
                .after_help(help::SETTLE)
                .args([kept_in(), certificate_id(), target()])
                .args([target_project(), target_service()])
                .args(found_out())
                .arg(json()),
        )
        .subcommand(
            Command::new(BATCH_PUSH)
                .about("Pushes a certificate to several projects by one request, and tells of each")
                .after_help(help::BATCH_PUSH)
                .args([certificate_id().required(true), targets()])
                .args([target_projects(), target_service()])
                .args([verbose(), json()])
                .next_help_heading(OPTIONS_HEADING)
                .args(flags()),
        )
        .subcommand(
            Command::new(CHECK)
                .about("Shows what would be sent where and with which credentials; sends nothing")
                .after_help(help::CHECK)
                .args([certificate_id(), target()])
                .args([target_project(), target_service()])
                .arg(switch(CONNECT, "Also connect to the endpoint; no request is sent"))
                .args([verbose(), json()])
                .next_help_heading(OPTIONS_HEADING)
                .args(flags()),
        )
        .subcommand(
            Command::new(EXPLAIN)
                .about("Tells what a status, an exit status or a service's error code means")
                .after_help(help::EXPLAIN)
                .args([word(CODE, "CODE", "Such as 14, 78, TIMEOUT or SCM.0069"), json()]),
        )
        .subcommand(
            Command::new(COMPLETIONS)
                .about("Prints what a shell needs to complete the command's words")
                .after_help(help::COMPLETIONS)
                .arg(word(SHELL, "SHELL", "bash, zsh or fish")),
        )
}

/// What a push is about, as given. Nothing but UTF-8 is checked.
pub(crate) struct Target<'a> {
    pub(crate) certificate_id: &'a str,
    pub(crate) project: &'a str,
    pub(crate) service: &'a str,
}

impl Target<'_> {
    pub(crate) fn given(given: &ArgMatches) -> Result<Target<'_>, Error> {
        let certificate_id = text_or_empty(given, CERTIFICATE_ID)?;
        let (project, service) = match by_place(given).as_slice() {
            [project, service] => (utf8("PROJECT", project)?, utf8("SERVICE", service)?),
            _ => (
                text_or_empty(given, TARGET_PROJECT)?,
                text_or_empty(given, TARGET_SERVICE)?,
            ),
        };
        Ok(Target {
            certificate_id,
            project,
            service,
        })
    }
}

/// What a list is pushed with, as given.
pub(crate) struct Run<'a> {
    /// The list's file; - is standard input.
    pub(crate) file: &'a OsStr,
    /// The journal that was asked for, by flag or variable.
    pub(crate) journal: Option<OsString>,
    /// Whether there shall be none.
    pub(crate) no_journal: bool,
    pub(crate) again: bool,
    /// The time for the whole.
    pub(crate) deadline: Option<Duration>,
    pub(crate) quiet: bool,
}

impl Run<'_> {
    pub(crate) fn given(given: &ArgMatches) -> Result<Run<'_>, Error> {
        let value = |name| given.get_one::<OsString>(name);
        let no_journal = given.get_flag(NO_JOURNAL);
        Ok(Run {
            file: value(FILE).map_or(OsStr::new(""), OsString::as_os_str),
            journal: journal(given).filter(|_| !no_journal),
            no_journal,
            again: given.get_flag(AGAIN),
            deadline: value(DEADLINE).map(|text| milliseconds(text)).transpose()?,
            quiet: given.get_flag(QUIET),
        })
    }
}

/// The journal that was asked for, by flag or variable.
pub(crate) fn journal(given: &ArgMatches) -> Option<OsString> {
    let named = given.get_one::<OsString>(JOURNAL).cloned();
    let variable = || std::env::var_os(journal_option()?.environment_name());
    named.or_else(variable).filter(|path| !path.is_empty())
}

/// The option for a journal.
pub(crate) fn journal_option() -> Option<&'static OptionSpec> {
    OptionSpec::find(JOURNAL)
}

fn milliseconds(text: &OsStr) -> Result<Duration, Error> {
    let digits = text
        .to_str()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    match digits.and_then(|text| text.parse().ok()) {
        Some(number @ 1..) => Ok(Duration::from_millis(number)),
        _ => Err(Error::invalid_config(format!(
            "--{DEADLINE} must be decimal digits, 1 to {}",
            u64::MAX
        ))),
    }
}

/// What is to be settled, as given: the journal, and the push with what was found out about it.
pub(crate) struct Settlement<'a> {
    pub(crate) journal: &'a OsStr,
    /// `None` asks for the list.
    pub(crate) found_out: Option<(Target<'a>, bool)>,
}

impl Settlement<'_> {
    pub(crate) fn given(given: &ArgMatches) -> Result<Settlement<'_>, Error> {
        let journal = given.get_one::<OsString>(KEPT_IN);
        let found_out = if has_target(given) {
            Some((Target::given(given)?, given.get_flag(PUSHED)))
        } else {
            None
        };
        Ok(Settlement {
            journal: journal.map_or(OsStr::new(""), OsString::as_os_str),
            found_out,
        })
    }
}

/// What a batch push is about, as given. Nothing but UTF-8 is checked.
pub(crate) struct Targets<'a> {
    pub(crate) certificate_id: &'a str,
    pub(crate) projects: Vec<&'a str>,
    pub(crate) service: &'a str,
}

impl Targets<'_> {
    pub(crate) fn given(given: &ArgMatches) -> Result<Targets<'_>, Error> {
        let certificate_id = text_or_empty(given, CERTIFICATE_ID)?;
        let (lists, service) = match by_place(given).as_slice() {
            [projects, service] => (vec![*projects], utf8("SERVICE", service)?),
            _ => (
                given
                    .get_many(TARGET_PROJECT)
                    .map(Iterator::collect)
                    .unwrap_or_default(),
                text_or_empty(given, TARGET_SERVICE)?,
            ),
        };
        let mut projects = Vec::new();
        for list in lists {
            projects.extend(utf8(TARGET_PROJECTS, list)?.split(','));
        }
        Ok(Targets {
            certificate_id,
            projects,
            service,
        })
    }
}

/// Whether there is a target: a check needs none.
pub(crate) fn has_target(given: &ArgMatches) -> bool {
    given.contains_id(CERTIFICATE_ID)
}

/// The code to explain.
pub(crate) fn code(given: &ArgMatches) -> Result<&str, Error> {
    text_or_empty(given, CODE)
}

/// The shell to complete for.
pub(crate) fn shell(given: &ArgMatches) -> Result<&str, Error> {
    text_or_empty(given, SHELL)
}

/// The value of an option's flag, if it was given.
pub(crate) fn flag_value<'a>(given: &'a ArgMatches, option: &OptionSpec) -> Option<&'a OsStr> {
    if has_flag(option) {
        given
            .get_one::<OsString>(option.key)
            .map(OsString::as_os_str)
    } else {
        None
    }
}

/// The option that `option` names a file for, if that is a secret.
pub(crate) fn secret_in_file(option: &OptionSpec) -> Option<&'static OptionSpec> {
    OptionSpec::find(option.exclusive_with).filter(|twin| twin.is_secret())
}

/// A value as text, or a refusal of `name`.
pub(crate) fn utf8<'a>(name: &str, value: &'a OsStr) -> Result<&'a str, Error> {
    value
        .to_str()
        .ok_or_else(|| Error::invalid_argument(name, "is not UTF-8"))
}

fn text_or_empty<'a>(given: &'a ArgMatches, name: &str) -> Result<&'a str, Error> {
    match given.get_one::<OsString>(name) {
        Some(value) => utf8(name, value),
        None => Ok(""),
    }
}

fn certificate_id() -> Arg {
    Arg::new(CERTIFICATE_ID)
        .value_name("ID")
        .value_parser(value_parser!(OsString))
        .help("The certificate's id, such as scs1600313391074")
}

fn target() -> Arg {
    Arg::new(TARGET)
        .value_names(["PROJECT", "SERVICE"])
        .num_args(0..=2)
        .value_parser(value_parser!(OsString))
        .help("Where to, as with --project and --service")
}

fn target_project() -> Arg {
    Arg::new(TARGET_PROJECT)
        .long("project")
        .value_name("PROJECT")
        .value_parser(value_parser!(OsString))
        .help("The project to push to, by name: a region such as ap-southeast-3. Not needed for the CDN")
}

/// As [`target`], for a batch push.
fn targets() -> Arg {
    target()
        .value_names(["PROJECT,PROJECT", "SERVICE"])
        .help("Where to: the projects with commas between, and the service")
}

fn target_projects() -> Arg {
    target_project()
        .action(ArgAction::Append)
        .help("A project to push to, by name: a region such as ap-southeast-3. Once for each of at most 10, or with commas between")
}

fn target_service() -> Arg {
    Arg::new(TARGET_SERVICE)
        .long("service")
        .value_name("SERVICE")
        .value_parser(value_parser!(OsString))
        .help("The service to push to: ELB, WAF or CDN")
}

fn file() -> Arg {
    word(
        FILE,
        "FILE",
        "The list of what to push where; - is standard input",
    )
    .value_hint(ValueHint::FilePath)
}

/// A word that must be there.
fn word(name: &'static str, value_name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .value_name(value_name)
        .value_parser(value_parser!(OsString))
        .required(true)
        .help(help)
}

/// A flag without a value.
fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::SetTrue)
        .help(help)
}

fn kept_in() -> Arg {
    word(
        KEPT_IN,
        "JOURNAL",
        "The journal, which no run may have meanwhile",
    )
    .value_hint(ValueHint::FilePath)
}

fn found_out() -> [Arg; 2] {
    [
        switch(
            PUSHED,
            "The certificate is on its target: it counts as pushed",
        )
        .requires(CERTIFICATE_ID)
        .conflicts_with(NOT_PUSHED),
        switch(
            NOT_PUSHED,
            "The certificate is not there: the next run pushes it",
        )
        .requires(CERTIFICATE_ID),
    ]
}

fn no_journal() -> Arg {
    switch(NO_JOURNAL, "Keep no journal, neither FILE.journal nor what the variable names: nobody will know what was pushed")
        .conflicts_with(JOURNAL)
}

fn again() -> Arg {
    switch(
        AGAIN,
        "Push once more what the journal has as pushed. What it does not know the end of is not pushed even so",
    )
}

fn deadline() -> Arg {
    Arg::new(DEADLINE)
        .long(DEADLINE)
        .value_name("MS")
        .value_parser(value_parser!(OsString))
        .help("How long the whole run may take, in milliseconds; each push has --timeout-ms within it. What would hardly end in time is not begun")
}

fn quiet() -> Arg {
    switch(
        QUIET,
        "Say nothing unless something failed: no progress, no line for what was pushed",
    )
    .short('q')
}

fn verbose() -> Arg {
    switch(
        VERBOSE,
        "Log to standard error, a line for each push and each warning",
    )
    .short('v')
}

fn json() -> Arg {
    switch(
        JSON,
        "Print one JSON object in one line on standard output, whatever happens",
    )
}

fn json_lines() -> Arg {
    json().help("Print a JSON object in a line on standard output for each entry as it ends, and one of the whole last")
}

/// Other users of the machine can read a command line: a secret has no flag.
fn has_flag(option: &OptionSpec) -> bool {
    !option.is_secret()
}

fn flags() -> impl Iterator<Item = Arg> {
    OPTIONS.iter().filter(|option| has_flag(option)).map(flag)
}

fn flag(option: &OptionSpec) -> Arg {
    let long = option.flag();
    let arg = Arg::new(option.key)
        .long(long.trim_start_matches("--").to_owned())
        .value_name(value_name(option))
        .value_parser(value_parser!(OsString))
        .value_hint(value_hint(option))
        .help(text(option));
    if option.kind == Kind::Boolean {
        arg.num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
    } else {
        arg
    }
}

fn value_name(option: &OptionSpec) -> String {
    match option.kind {
        Kind::File => "PATH".to_owned(),
        Kind::Boolean => "true|false".to_owned(),
        Kind::Integer { .. } => "N".to_owned(),
        Kind::Milliseconds { .. } => "MS".to_owned(),
        Kind::Choice(words) => words.join("|"),
        _ => "TEXT".to_owned(),
    }
}

fn value_hint(option: &OptionSpec) -> ValueHint {
    match option.kind {
        Kind::File => ValueHint::FilePath,
        _ => ValueHint::Other,
    }
}

fn text(option: &OptionSpec) -> String {
    let mut help = option.doc.to_owned();
    if secret_in_file(option).is_some() {
        help.push_str(" - is standard input.");
    }
    if !option.default.is_empty() {
        help.push_str(&format!(" [default: {}]", option.default));
    }
    help.push_str(&format!(" [env: {}]", option.environment_name()));
    help
}
