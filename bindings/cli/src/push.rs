//! `certpush push`: one push, from the command line to the exit status.

use certpush::{Client, Error, Receipt};
use clap::ArgMatches;

use crate::command_line::{AGAIN, Target};
use crate::configuration::configuration;
use crate::output::{Format, Output, in_json, in_one_line};
use crate::signals::Interrupted;

pub(crate) fn run(given: &ArgMatches) -> Output {
    let format = Format::given(given);
    match push(given) {
        Ok(receipt) => Output::success(
            format,
            || in_one_line(receipt.report()),
            in_json(receipt.report(), receipt.hint().unwrap_or_default()),
        ),
        Err(error) => Output::failure(format, &error),
    }
}

fn push(given: &ArgMatches) -> Result<Receipt, Error> {
    let target = Target::given(given)?;
    let client = Client::new(&configuration(given)?)?;
    let options = Interrupted::watch()?.ending_a_call();
    client.push_with(
        target.certificate_id,
        target.project,
        target.service,
        &options.again(given.get_flag(AGAIN)),
    )
}
