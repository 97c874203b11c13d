//! `certpush batch-push`: one certificate to several projects by one request.

use certpush::{Client, Error, Report};
use clap::ArgMatches;

use crate::command_line::Targets;
use crate::configuration::configuration;
use crate::output::{Format, Output};
use crate::signals::Interrupted;

pub(crate) fn run(given: &ArgMatches) -> Output {
    let format = Format::given(given);
    let (whole, targets) = match batch_push(given) {
        Ok(told) => told,
        Err(error) => (error.into_report(), Vec::new()),
    };
    Output::of_several(format, &whole, &targets)
}

/// What is known of the whole, and of each project if the service told of them.
fn batch_push(given: &ArgMatches) -> Result<(Report, Vec<Report>), Error> {
    let Targets {
        certificate_id,
        projects,
        service,
    } = Targets::given(given)?;
    let config = configuration(given)?;
    Client::check_batch_push(&config)?;
    let client = Client::new(&config)?;
    let options = Interrupted::watch()?.ending_a_call();
    let told = client.batch_push_with(certificate_id, &projects, service, &options);
    Ok(match told {
        Ok(done) => done.into_reports(),
        Err(error) => error.into_reports(),
    })
}
