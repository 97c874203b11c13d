//! `certpush completions`: what a shell needs to complete the command's words.

use certpush::Error;
use clap::ArgMatches;
use clap_complete::{Shell, generate};

use crate::command_line::{command_line, shell};
use crate::output::{Format, Output};

pub(crate) fn run(given: &ArgMatches) -> Output {
    match completions(given) {
        Ok(script) => Output::success(Format::Text, || script, ""),
        Err(error) => Output::failure(Format::Text, &error),
    }
}

fn completions(given: &ArgMatches) -> Result<String, Error> {
    let shell = match shell(given)? {
        "bash" => Shell::Bash,
        "zsh" => Shell::Zsh,
        "fish" => Shell::Fish,
        _ => {
            let reason = "must be bash, zsh or fish";
            return Err(Error::invalid_argument("SHELL", reason));
        }
    };
    let mut script = Vec::new();
    generate(shell, &mut command_line(), "certpush", &mut script);
    let script = String::from_utf8_lossy(&script);
    Ok(script.trim_end().to_owned())
}
