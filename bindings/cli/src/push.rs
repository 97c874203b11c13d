//! `certpush push`: one push, from the command line to the exit status.

use certpush::{Client, Error, Receipt, Status};
use clap::ArgMatches;

use crate::command_line::{AGAIN, Target};
use crate::configuration::configuration;
use crate::exit_status;
use crate::output::{Format, Output, in_json, in_one_line};
use crate::signals::Interrupted;

pub(crate) fn run(given: &ArgMatches) -> Output {
    let format = Format::given(given);
    match push(given) {
        Ok((receipt, Some(lost))) if matches!(format, Format::Text) => Output::of_run(
            in_one_line(receipt.report()),
            format!(
                "certpush: {lost}: it does not have this push, and the same command would make it once more"
            ),
            exit_status::if_known(Status::Ok),
        ),
        Ok((receipt, _)) => Output::success(
            format,
            || in_one_line(receipt.report()),
            in_json(receipt.report(), receipt.hint().unwrap_or_default()),
        ),
        Err(error) => Output::failure(format, &error),
    }
}

/// Makes the push, and tells why the journal does not have it, if that is so.
fn push(given: &ArgMatches) -> Result<(Receipt, Option<String>), Error> {
    let target = Target::given(given)?;
    let client = Client::new(&configuration(given)?)?;
    let options = Interrupted::watch()?.ending_a_call();
    let receipt = client.push_with(
        target.certificate_id,
        target.project,
        target.service,
        &options.again(given.get_flag(AGAIN)),
    )?;
    Ok((receipt, client.journal_lost()))
}
