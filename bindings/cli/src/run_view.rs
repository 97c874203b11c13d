//! What is told while a run goes on: a line or an object for each entry that has ended, and how far the
//! run has come.

use std::ffi::OsStr;
use std::fmt;
use std::io::{self, IsTerminal};

use certpush::{Error, Report, Status};
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::output::{Format, in_json, in_json_with_hint, in_one_line, journal_is_new, with_member};
use crate::printer::{ErrorLines, Printer};
use crate::settling;
use crate::signals::Interrupted;

const BAR: &str = "[{wide_bar}] {pos}/{len}{msg}; {elapsed}{left}";
/// Of so few entries nobody can tell how long they will take: the last ones may be those that are slow.
const FEW: u64 = 64;

/// The view of a run.
pub(crate) struct RunView {
    format: Format,
    /// Whether only what failed is told.
    quiet: bool,
    /// Whether a push that was made is told in a line.
    tells_success: bool,
    bar: Option<ProgressBar>,
    printer: Printer,
    errors: ErrorLines,
    failures: usize,
}

impl RunView {
    /// Starts to tell of so many entries. On a terminal, a bar tells how many were pushed, instead of a
    /// line for each.
    pub(crate) fn start(format: Format, quiet: bool, total: usize) -> Result<RunView, Error> {
        let has_bar = format == Format::Text && !quiet && can_move_its_cursor();
        let bar = has_bar.then(|| bar(total));
        let tells_success = !(quiet || has_bar && io::stdout().is_terminal());
        let printer = Printer::start(bar.clone())?;
        Ok(RunView {
            format,
            quiet,
            tells_success,
            bar,
            errors: printer.errors(),
            printer,
            failures: 0,
        })
    }

    /// What prints log lines.
    pub(crate) fn errors(&self) -> ErrorLines {
        self.errors.clone()
    }

    /// Tells that nothing was kept in the journal before.
    pub(crate) fn journal_is_new(&self, journal: &OsStr) {
        if self.format == Format::Text && !self.quiet {
            self.errors.print(journal_is_new(journal));
        }
    }

    /// Tells of an entry that has ended.
    /// Where it is to be settled, `journal` is the one that has it.
    pub(crate) fn ended(
        &mut self,
        index: usize,
        line: usize,
        report: &Report,
        journal: Option<&OsStr>,
    ) {
        match self.format {
            Format::Json => {
                let object = match journal {
                    Some(journal) => in_json(report, &settling::hint(journal, report)),
                    None => in_json_with_hint(report),
                };
                let object = with_member(&object, "index", &index.to_string());
                let object = with_member(&object, "line", &line.to_string());
                self.printer.output(object);
            }
            Format::Text => self.tell(line, report),
        }
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    /// Tells of an entry in a line, unless nothing was tried: the end counts those.
    fn tell(&mut self, line: usize, report: &Report) {
        let told = in_one_line(report);
        match report.status() {
            Status::NotTried => {}
            Status::Ok if self.tells_success && report.attempts() > 0 => {
                self.printer.output(format!("line {line}: {told}"));
            }
            Status::Ok => {}
            _ => {
                self.failures += 1;
                self.errors.print(format!("certpush: line {line}: {told}"));
                if let Some(bar) = &self.bar {
                    bar.set_message(format!(", {} failed", self.failures));
                }
            }
        }
    }

    /// Shows that time goes by.
    pub(crate) fn tick(&self) {
        if let Some(bar) = &self.bar {
            bar.tick();
        }
    }

    /// Why standard output cannot be written any more, if that is so.
    pub(crate) fn lost(&self) -> Option<&str> {
        self.printer.lost()
    }

    /// Waits until all is told, and takes the bar away. Whether standard output can still be written.
    pub(crate) fn finish(self, interrupted: Option<&Interrupted>) -> bool {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.printer.finish(interrupted)
    }
}

/// Whether standard error is a terminal on which a line can be drawn anew.
fn can_move_its_cursor() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_some_and(|term| term != "dumb")
}

fn bar(total: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(BAR) {
        bar.set_style(style.progress_chars("=> ").with_key("left", write_left));
    }
    bar
}

fn write_left(state: &ProgressState, text: &mut dyn fmt::Write) {
    let left = state.len().unwrap_or_default().saturating_sub(state.pos());
    if left > FEW {
        let _ = write!(text, ", {:#} left", HumanDuration(state.eta()));
    }
}
