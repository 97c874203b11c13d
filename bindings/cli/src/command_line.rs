//! The command line: four verbs, and a flag for each option of the core's table.
//!
//! Values are taken as they come, even when they are not UTF-8: the core judges them, so that a bad
//! value has the same status here as in every other binding.

use std::ffi::{OsStr, OsString};

use certpush::{Error, Kind, OPTIONS, OptionSpec};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

pub(crate) const PUSH: &str = "push";
pub(crate) const BATCH_PUSH: &str = "batch-push";
pub(crate) const CHECK: &str = "check";
pub(crate) const EXPLAIN: &str = "explain";

pub(crate) const CONNECT: &str = "connect";
pub(crate) const JSON: &str = "json";
pub(crate) const VERBOSE: &str = "verbose";

const CERTIFICATE_ID: &str = "certificate_id";
const TARGET_PROJECT: &str = "target_project";
const TARGET_PROJECTS: &str = "target_projects";
const TARGET_SERVICE: &str = "target_service";
/// Project and service by their place, behind the id.
const TARGET: &str = "target";
const CODE: &str = "code";

const EXIT_STATUS: &str = "Exit status: 0 when the certificate was pushed, otherwise the number of \
    the status (certpush explain NUMBER tells), plus 64 when the certificate may have been pushed \
    all the same.";
const BATCH_EXIT_STATUS: &str = "Exit status: 0 when the certificate was pushed to every project, 30 \
    when it was not pushed to at least one, otherwise the number of the status (certpush explain \
    NUMBER tells), plus 64 when it may have been pushed to one of those all the same. One time-out \
    leaves all of them unknown.";
const OPTIONS_HEADING: &str = "Options that are also variables; a flag hides its variable";

/// What this process was started with.
pub(crate) fn parse() -> Result<ArgMatches, clap::Error> {
    let given = command_line().try_get_matches()?;
    match given.subcommand() {
        Some((PUSH | CHECK, verb)) => check_target(verb, false)?,
        Some((BATCH_PUSH, verb)) => check_target(verb, true)?,
        _ => {}
    }
    Ok(given)
}

/// A target is given by place or by flags, and as a whole.
fn check_target(given: &ArgMatches, needs_project: bool) -> Result<(), clap::Error> {
    let refuse = |kind, word: &str| {
        let mut stop = clap::Error::new(kind);
        let word = ContextValue::String(word.to_owned());
        stop.insert(ContextKind::InvalidArg, word);
        Err(stop)
    };
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
fn command_line() -> Command {
    Command::new("certpush")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Pushes an SSL certificate held by Huawei Cloud's certificate manager to ELB, WAF or CDN")
        .after_help(EXIT_STATUS)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new(PUSH)
                .about("Pushes a certificate, and tells after a failure whether it may have been pushed")
                .after_help(EXIT_STATUS)
                .args([certificate_id().required(true), target()])
                .args([target_project(), target_service()])
                .args([verbose(), json()])
                .next_help_heading(OPTIONS_HEADING)
                .args(flags()),
        )
        .subcommand(
            Command::new(BATCH_PUSH)
                .about("Pushes a certificate to several projects by one request, and tells of each")
                .after_help(BATCH_EXIT_STATUS)
                .args([certificate_id().required(true), targets()])
                .args([target_projects(), target_service()])
                .args([verbose(), json()])
                .next_help_heading(OPTIONS_HEADING)
                .args(flags()),
        )
        .subcommand(
            Command::new(CHECK)
                .about("Shows what would be sent where and with which credentials; sends nothing")
                .args([certificate_id(), target()])
                .args([target_project(), target_service()])
                .arg(
                    Arg::new(CONNECT)
                        .long("connect")
                        .action(ArgAction::SetTrue)
                        .help("Also connect to the endpoint; no request is sent"),
                )
                .args([verbose(), json()])
                .next_help_heading(OPTIONS_HEADING)
                .args(flags()),
        )
        .subcommand(
            Command::new(EXPLAIN)
                .about("Tells what a status, an exit status or a service's error code means")
                .arg(
                    Arg::new(CODE)
                        .value_name("CODE")
                        .value_parser(value_parser!(OsString))
                        .required(true)
                        .help("Such as 14, 78, TIMEOUT or SCM.0069"),
                )
                .arg(json()),
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

fn verbose() -> Arg {
    Arg::new(VERBOSE)
        .short('v')
        .long("verbose")
        .action(ArgAction::SetTrue)
        .help("Log to standard error, a line for each push and each warning")
}

fn json() -> Arg {
    Arg::new(JSON)
        .long("json")
        .action(ArgAction::SetTrue)
        .help("Print one JSON object in one line on standard output, whatever happens")
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
        .help(help(option));
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

fn help(option: &OptionSpec) -> String {
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
