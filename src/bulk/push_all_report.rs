//! What became of many pushes: of each, and of the whole.

use crate::outcome::Outcome;
use crate::phase::Phase;
use crate::report::{Error, Report};
use crate::status::Status;

/// What became of a run of many pushes: one report for each entry, in the list's order, whatever
/// happened to the others, and one of the whole. Since 0.2.0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushAllReport {
    report: Box<Report>,
    reports: Vec<Report>,
    counts: PushAllCounts,
    stopped: Option<String>,
}

/// How many entries came to what. Since 0.2.0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PushAllCounts {
    /// Those that are pushed, now or earlier.
    pub pushed: usize,
    /// Those of them that the client's journal had as pushed: nothing was sent now.
    pub pushed_earlier: usize,
    /// Those that were tried and provably not pushed.
    pub not_pushed: usize,
    /// Those that may have been pushed.
    pub unknown: usize,
    /// Those that were not tried, because the run was stopped before them.
    pub not_tried: usize,
}

impl PushAllReport {
    /// `why` the run was stopped, if it was.
    pub(super) fn new(reports: Vec<Report>, why: Option<String>) -> PushAllReport {
        let counts = PushAllCounts::of(&reports);
        // What was stopped when nothing was left to do was not stopped.
        let stopped = why.filter(|_| counts.not_tried > 0);
        let is_complete = counts.pushed == reports.len();
        let mut message = counts.message();
        if let Some(why) = &stopped {
            message.push_str("; the run was stopped: ");
            message.push_str(why);
        }
        let (status, phase) = if is_complete {
            (Status::Ok, None)
        } else {
            (Status::Incomplete, furthest(&reports))
        };
        let attempts = reports.iter().map(|report| report.attempts);
        let hint = if reports.is_empty() {
            ""
        } else {
            status.hint()
        };
        let report = Report {
            hint: hint.into(),
            outcome_unknown: counts.unknown > 0,
            attempts: attempts.fold(0, u32::saturating_add),
            of_many: !reports.is_empty(),
            reached_some: counts.pushed > 0,
            ..Report::new(status, phase, message)
        };
        PushAllReport {
            report: Box::new(report),
            reports,
            counts,
            stopped,
        }
    }

    /// What is known of the whole: `OK` if every entry is pushed, now or earlier, else `INCOMPLETE`. Its
    /// `outcome_unknown` is true if any entry's is.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// One for each entry, in the order of the list.
    pub fn reports(&self) -> &[Report] {
        &self.reports
    }

    /// The report of the whole, and one for each entry, in the order of the list.
    pub fn into_reports(self) -> (Report, Vec<Report>) {
        (*self.report, self.reports)
    }

    /// How many entries came to what.
    pub fn counts(&self) -> PushAllCounts {
        self.counts
    }

    /// Why the run was stopped before all was tried, to continue a sentence; `None` if it was not.
    pub fn stopped(&self) -> Option<&str> {
        self.stopped.as_deref()
    }

    /// Itself if every entry is pushed, now or earlier.
    ///
    /// # Errors
    ///
    /// [`PushAllError::Incomplete`] with itself if not.
    pub fn into_result(self) -> Result<PushAllReport, PushAllError> {
        match self.report.status {
            Status::Ok => Ok(self),
            _ => Err(PushAllError::Incomplete(self)),
        }
    }
}

/// How far the entry came that came furthest.
fn furthest(reports: &[Report]) -> Option<Phase> {
    let reached = reports.iter().map(|report| match report.phase {
        // The journal has it as pushed.
        None if report.attempts == 0 => Phase::Start,
        phase => phase.unwrap_or(Phase::Receive),
    });
    reached.max_by_key(|phase| Phase::ALL.iter().position(|it| it == phase))
}

/// Why a run did not push every entry of its list. Displays as the message of the whole. Since 0.2.0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushAllError {
    /// The run could not be started: nothing was sent.
    #[error(transparent)]
    Failed(Error),
    /// At least one entry was not pushed: the report has what became of each.
    #[error("{}", .0.report().message())]
    Incomplete(PushAllReport),
}

impl PushAllError {
    /// What is known of the whole.
    pub fn report(&self) -> &Report {
        match self {
            PushAllError::Failed(error) => error.report(),
            PushAllError::Incomplete(report) => report.report(),
        }
    }
}

impl From<Error> for PushAllError {
    fn from(error: Error) -> PushAllError {
        PushAllError::Failed(error)
    }
}

impl PushAllCounts {
    pub(super) fn of<'a>(reports: impl IntoIterator<Item = &'a Report>) -> PushAllCounts {
        let mut counts = PushAllCounts::default();
        for report in reports {
            match report.outcome() {
                Outcome::Pushed => {
                    counts.pushed += 1;
                    counts.pushed_earlier += usize::from(report.attempts == 0);
                }
                Outcome::Unknown => counts.unknown += 1,
                Outcome::NotPushed if report.status == Status::NotTried => counts.not_tried += 1,
                Outcome::NotPushed => counts.not_pushed += 1,
            }
        }
        counts
    }

    fn message(&self) -> String {
        let total = self.pushed + self.not_pushed + self.unknown + self.not_tried;
        let targets = if total == 1 { "target" } else { "targets" };
        let earlier = match self.pushed_earlier {
            0 => String::new(),
            earlier => format!(" ({earlier} earlier)"),
        };
        format!(
            "{total} {targets}: {} pushed{earlier}, {} not pushed, {} unknown, {} not tried",
            self.pushed, self.not_pushed, self.unknown, self.not_tried
        )
    }
}
