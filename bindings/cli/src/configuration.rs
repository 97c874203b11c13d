//! The configuration of a call: flags, standard input and variables.

use std::ffi::OsStr;

use certpush::{Config, Error, OPTIONS, OptionSpec};
use clap::ArgMatches;

use crate::command_line::{VERBOSE, flag_value, secret_in_file, utf8};
use crate::output::log_line;
use crate::standard_input::read_secret;

/// What a flag for the file of a secret says for standard input.
const STANDARD_INPUT: &str = "-";

/// What Windows' editors put before a file's text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The options of a command line, and for those that it does not have the environment's.
pub(crate) fn configuration(given: &ArgMatches) -> Result<Config, Error> {
    read(given, Config::new())
}

/// As [`configuration`], but the environment's value of one option is passed over.
pub(crate) fn configuration_without(
    given: &ArgMatches,
    option: &OptionSpec,
) -> Result<Config, Error> {
    let mut config = Config::new();
    let name = option.environment_name();
    config.set_environment(std::env::vars_os().filter(|(other, _)| *other != *name));
    read(given, config)
}

fn read(given: &ArgMatches, mut config: Config) -> Result<Config, Error> {
    for option in OPTIONS {
        if let Some(value) = flag_value(given, option) {
            set(&mut config, option, value)?;
        }
    }
    config.load_env()?;
    if given.get_flag(VERBOSE) {
        config = config.log(|_, line| log_line(line));
    }
    Ok(config)
}

fn set(config: &mut Config, option: &OptionSpec, value: &OsStr) -> Result<(), Error> {
    match secret_in_file(option) {
        Some(secret) if value == STANDARD_INPUT => {
            let bytes = read_secret(option.key)?;
            let text = std::str::from_utf8(&bytes)
                .map_err(|_| Error::invalid_argument(secret.key, "is not UTF-8"))?;
            config.set(
                secret.key,
                without_line_end(text.trim_start_matches(BYTE_ORDER_MARK)),
            )
        }
        _ => config.set(option.key, utf8(option.key, value)?),
    }
}

/// Drops one LF or CRLF at the end, as for the file of a secret.
fn without_line_end(text: &str) -> &str {
    match text.strip_suffix('\n') {
        Some(line) => line.strip_suffix('\r').unwrap_or(line),
        None => text,
    }
}
