//! `certpush push-all`: a list of pushes, from the command line to the exit status.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::{Duration, Instant};

use certpush::{
    Client, Config, Error, JournalLost, OPTIONS, PushAllOptions, PushAllReport, PushAllStep,
    PushList,
};
use clap::ArgMatches;

use crate::command_line::{Run, VERBOSE, flag_value, journal_option, secret_in_file};
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
    let journal = run.journal()?;
    let mut view = RunView::start(format, run.quiet, list.len())?;
    let pushed = configure(given, &run, journal.as_deref(), &view)
        .and_then(|config| push_list(&config, &run, journal.as_deref(), &list, &mut view));
    let Pushed {
        report,
        interrupted,
        journal_is_new,
        journal_lost,
    } = match pushed {
        Ok(pushed) => pushed,
        Err(error) => {
            view.finish(None);
            return Err(error);
        }
    };
    let is_read = view.finish(Some(&interrupted));
    let summary = RunSummary {
        list: &list,
        report: &report,
        journal: journal.as_deref(),
        journal_is_new,
        journal_lost: journal_lost.as_ref(),
        again: run.again,
        took: began.elapsed(),
    };
    let exit_status = exit_status::of_run(&report);
    let nothing = String::new();
    let (stdout, stderr) = match format {
        // A journal that is lost people read of, whoever reads the objects.
        Format::Json if is_read => {
            let lost = journal_lost
                .as_ref()
                .map(|lost| format!("certpush: {lost}"));
            (summary.in_json(), lost.unwrap_or_default())
        }
        Format::Text if journal_lost.is_some() => (nothing, summary.in_words()),
        Format::Text if exit_status == 0 && run.quiet => (nothing.clone(), nothing),
        Format::Text if exit_status == 0 => (summary.in_words(), nothing),
        // Where nobody reads the objects, people may read this.
        Format::Json | Format::Text => (nothing, summary.in_words()),
    };
    Ok(Output::of_run(stdout, stderr, exit_status))
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
        config = config.journal(path);
    }
    if given.get_flag(VERBOSE) {
        let errors = view.errors();
        config = config.log(move |_, line| errors.print(line.to_owned()));
    }
    Ok(config)
}

/// What came of a run.
struct Pushed {
    report: PushAllReport,
    interrupted: Interrupted,
    journal_is_new: bool,
    journal_lost: Option<JournalLost>,
}

/// Pushes the list, and tells of each entry as it ends.
fn push_list(
    config: &Config,
    run: &Run<'_>,
    journal: Option<&OsStr>,
    list: &PushList,
    view: &mut RunView,
) -> Result<Pushed, Error> {
    let client = Client::new(config)?;
    let journal_is_new = client.journal_is_new();
    if let Some(journal) = journal.filter(|_| journal_is_new) {
        view.journal_is_new(journal);
    }
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
                return Ok(Pushed {
                    report: pushes.finish(),
                    interrupted,
                    journal_is_new,
                    journal_lost: client.journal_lost(),
                });
            }
            PushAllStep::Waiting => view.tick(),
            PushAllStep::Ended(index) => {
                if let Some(report) = pushes.report(index) {
                    // What is to be done about one that is lost its own report says.
                    let has_it = || report.outcome_unknown() && client.journal_lost().is_none();
                    let journal = journal.filter(|_| has_it());
                    let line = list.line(index).unwrap_or_default();
                    view.ended(index, line, report, journal);
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
    fn journal(&self) -> Result<Option<Cow<'_, OsStr>>, Error> {
        match &self.journal {
            Some(path) => Ok(Some(Cow::Borrowed(path))),
            None if self.no_journal || self.file == STANDARD_INPUT => Ok(None),
            None => self.journal_beside().map(|path| Some(Cow::Owned(path))),
        }
    }

    /// The journal beside the list, where a later run finds it.
    fn journal_beside(&self) -> Result<OsString, Error> {
        let file = Path::new(self.file);
        let is_of_the_moment = ["/dev/fd", "/dev/stdin", "/proc"]
            .into_iter()
            .any(|it| file.starts_with(it));
        let why = match self.file.to_str() {
            None => "whose name is not UTF-8",
            Some(name) if name.contains(char::is_control) => "whose name has control characters",
            Some(_) if is_of_the_moment || !file.is_file() => {
                "which is no regular file with a name of its own"
            }
            Some(name) => return Ok(format!("{name}.journal").into()),
        };
        Err(Error::invalid_config(format!(
            "no journal can be beside FILE, {why}: name one with --journal, or use --no-journal"
        )))
    }
}
