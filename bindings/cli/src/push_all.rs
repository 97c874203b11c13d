//! `certpush push-all`: a list of pushes, from the command line to the exit status.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::time::{Duration, Instant};

use certpush::{
    Client, Config, Error, OPTIONS, PushAllOptions, PushAllReport, PushAllStep, PushList,
};
use clap::ArgMatches;

use crate::command_line::{Run, VERBOSE, flag_value, journal_option, secret_in_file, utf8};
use crate::configuration::{configuration, configuration_without};
use crate::exit_status;
use crate::list_file::{self, STANDARD_INPUT};
use crate::output::{Format, Output};
use crate::run_summary::RunSummary;
use crate::run_view::RunView;
use crate::signals::Interrupted;

/// How often the view is told that time goes by.
const TICK: Duration = Duration::from_millis(100);

pub(crate) fn run(given: &ArgMatches) -> Output {
    let format = Format::given(given);
    match push_all(given, format) {
        Ok(output) => output,
        Err(error) => Output::failure(format, &error),
    }
}

fn push_all(given: &ArgMatches, format: Format) -> Result<Output, Error> {
    let began = Instant::now();
    let run = Run::given(given)?;
    check_standard_input(given, &run)?;
    let list = list_file::read(run.file)?;
    let journal = run.journal();
    let mut view = RunView::start(format, run.quiet, list.len())?;
    let pushed = configure(given, &run, journal.as_deref(), &view)
        .and_then(|config| push_list(&config, &run, &list, &mut view));
    let (report, interrupted, journal_lost) = match pushed {
        Ok(pushed) => pushed,
        Err(error) => {
            view.finish(None);
            return Ok(refused(format, &error));
        }
    };
    let is_read = view.finish(Some(&interrupted));
    let summary = RunSummary {
        list: &list,
        report: &report,
        journal: journal.as_deref(),
        journal_lost: journal_lost.as_deref(),
        again: run.again,
        took: began.elapsed(),
    };
    let exit_status = exit_status::of_run(&report);
    let nothing = String::new();
    let (stdout, stderr) = match format {
        Format::Json if is_read => (summary.in_json(), nothing),
        Format::Text if journal_lost.is_some() => (nothing, summary.in_words()),
        Format::Text if exit_status == 0 && run.quiet => (nothing.clone(), nothing),
        Format::Text if exit_status == 0 => (summary.in_words(), nothing),
        // Where nobody reads the objects, people may read this.
        Format::Json | Format::Text => (nothing, summary.in_words()),
    };
    Ok(Output::of_run(stdout, stderr, exit_status))
}

/// What the client, or the run, was refused for.
fn refused(format: Format, error: &Error) -> Output {
    let message = error.report().message();
    let hint = if !message.starts_with("journal ") {
        return Output::failure(format, error);
    } else if message.contains(" is in use ") {
        "Another run has it: wait until that has ended, then run again."
    } else {
        "Mend or restore it: by another journal, or none, all of the list would be pushed again. Where that \
         cannot be, look at each target and make a list of what is not there."
    };
    Output::refusal(format, error, hint)
}

/// Standard input can be read for one thing.
fn check_standard_input(given: &ArgMatches, run: &Run<'_>) -> Result<(), Error> {
    let secret = OPTIONS.iter().find(|option| {
        secret_in_file(option).is_some() && flag_value(given, option) == Some(OsStr::new("-"))
    });
    match secret {
        Some(secret) if run.file == STANDARD_INPUT => Err(Error::invalid_config(format!(
            "FILE and {} are both -: standard input is read for one of them",
            secret.flag()
        ))),
        _ => Ok(()),
    }
}

/// The options of the client, which tells its log to the view.
fn configure(
    given: &ArgMatches,
    run: &Run<'_>,
    journal: Option<&OsStr>,
    view: &RunView,
) -> Result<Config, Error> {
    let mut config = match journal_option().filter(|_| run.no_journal) {
        Some(option) => configuration_without(given, option)?,
        None => configuration(given)?,
    };
    if let Some(path) = journal {
        config.set("journal", utf8("journal", path)?)?;
    }
    if given.get_flag(VERBOSE) {
        let errors = view.errors();
        config = config.log(move |_, line| errors.print(line.to_owned()));
    }
    Ok(config)
}

/// Pushes the list, and tells of each entry as it ends.
fn push_list(
    config: &Config,
    run: &Run<'_>,
    list: &PushList,
    view: &mut RunView,
) -> Result<(PushAllReport, Interrupted, Option<String>), Error> {
    let client = Client::new(config)?;
    let interrupted = Interrupted::watch()?;
    let asked = interrupted.clone();
    let mut options = PushAllOptions::new()
        .again(run.again)
        .interrupt(move || asked.is_set());
    if let Some(deadline) = run.deadline {
        options = options.timeout(deadline);
    }
    let mut pushes = client.start_push_all(list, &options)?;
    loop {
        match pushes.wait(TICK) {
            PushAllStep::Done => {
                let report = pushes.finish();
                return Ok((report, interrupted, client.journal_lost()));
            }
            PushAllStep::Waiting => view.tick(),
            PushAllStep::Ended(index) => {
                if let Some(report) = pushes.report(index) {
                    view.ended(index, list.line(index).unwrap_or_default(), report);
                }
            }
        }
        // What nobody hears of is not begun.
        if let Some(why) = view.lost() {
            pushes.stop_for(why);
        }
    }
}

impl Run<'_> {
    /// Where the run is kept: beside the list, unless another place was named.
    fn journal(&self) -> Option<Cow<'_, OsStr>> {
        match &self.journal {
            Some(path) => Some(Cow::Borrowed(path)),
            None if self.no_journal || self.file == STANDARD_INPUT => None,
            None => {
                let mut beside = OsString::from(self.file);
                beside.push(".journal");
                Some(Cow::Owned(beside))
            }
        }
    }
}
