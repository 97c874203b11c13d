//! The end of a run of many pushes: what it came to, what is alike among the failures, what nobody
//! knows, and what is to be done next.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::time::Duration;

use certpush::{
    JournalChange, JournalLost, Outcome, PushAllReport, PushList, PushRequest, Report, Status,
};
use serde_json::json;

use crate::exit_status;
use crate::names;
use crate::output::{in_json, with_member};
use crate::settling;
use crate::shell_word::shell_path;

/// So many groups of failures are told, and so many pushes that may have been made.
const MOST_TOLD: usize = 10;

/// A run that has ended.
pub(crate) struct RunSummary<'a> {
    pub(crate) list: &'a PushList,
    pub(crate) report: &'a PushAllReport,
    pub(crate) journal: Option<&'a OsStr>,
    pub(crate) journal_is_new: bool,
    /// Why the journal is not what was kept in it.
    pub(crate) journal_lost: Option<&'a JournalLost>,
    /// Whether what was pushed earlier was pushed once more.
    pub(crate) again: bool,
    pub(crate) took: Duration,
}

impl RunSummary<'_> {
    pub(crate) fn in_words(&self) -> String {
        let mut lines = vec![format!("{}; {}", self.counts(), duration(self.took))];
        if let Some(why) = self.report.stopped() {
            lines.push(format!("  stopped: {}", names::reason(why)));
        }
        if let Some(lost) = self.journal_lost {
            lines.push(format!("  {lost}"));
        }
        self.add_groups(&mut lines);
        self.add_unknown(&mut lines);
        if let Some(next) = self.next() {
            lines.push(format!("next: {next}"));
        }
        lines.join("\n")
    }

    /// One object: the fields of the whole, and what is known of it besides.
    pub(crate) fn in_json(&self) -> String {
        let whole = self.report.report();
        let next = self.next();
        let hint = next.as_deref().unwrap_or_else(|| names::hint(whole));
        let counts = self.report.counts();
        let more = [
            (
                "counts",
                json!({
                    "pushed": counts.pushed,
                    "pushed_earlier": counts.pushed_earlier,
                    "not_pushed": counts.not_pushed,
                    "unknown": counts.unknown,
                    "not_tried": counts.not_tried,
                }),
            ),
            ("stopped", json!(self.report.stopped().map(names::reason))),
            ("seconds", json!(rounded(self.took))),
            ("journal", json!(self.journal.map(OsStr::to_string_lossy))),
            ("journal_is_new", json!(self.journal_is_new)),
            (
                "journal_lost",
                json!(self.journal_lost.map(JournalLost::to_string)),
            ),
            ("exit_status", json!(exit_status::of_run(self.report))),
        ];
        more.iter()
            .fold(in_json(whole, hint), |object, (name, value)| {
                with_member(&object, name, &value.to_string())
            })
    }

    /// How many came to what, without why the run was stopped.
    fn counts(&self) -> &str {
        let message = self.report.report().message();
        message
            .split_once("; ")
            .map_or(message, |(counts, _)| counts)
    }

    /// What was not pushed, counted by what is to be done about it, the most frequent first.
    fn add_groups(&self, lines: &mut Vec<String>) {
        let mut groups: Vec<(usize, &str, &str)> = Vec::new();
        let mut places = HashMap::new();
        for report in self.report.reports() {
            if report.outcome() != Outcome::NotPushed || report.status() == Status::NotTried {
                continue;
            }
            let kind = (label(report), explanation(report));
            let place = *places.entry(kind).or_insert(groups.len());
            match groups.get_mut(place) {
                Some((count, ..)) => *count += 1,
                None => groups.push((1, kind.0, kind.1)),
            }
        }
        // Those that are as frequent stay in the order of the list.
        groups.sort_by_key(|(count, ..)| std::cmp::Reverse(*count));
        let told = groups.len().min(MOST_TOLD);
        let (told, more) = groups.split_at(told);
        for (count, label, explanation) in told {
            lines.push(format!("  {count} × {label}  {explanation}"));
        }
        if !more.is_empty() {
            let count: usize = more.iter().map(|(count, ..)| count).sum();
            lines.push(format!("  and {count} others, each with its line above"));
        }
    }

    /// What may have been pushed.
    fn add_unknown(&self, lines: &mut Vec<String>) {
        let mut unknown = self.unknown();
        for (line, push, report) in unknown.by_ref().take(MOST_TOLD) {
            let what = match self.settles_in() {
                Some(_) => "settle it, then run again",
                None => "look on the target",
            };
            lines.push(format!(
                "  unknown: line {line}, {} to {} ({}); {what}",
                push.certificate_id(),
                push.target(),
                why_unknown(report),
            ));
        }
        match (unknown.count(), self.settles_in()) {
            (0, _) => {}
            (more, Some(journal)) => lines.push(format!(
                "  and {more} more: certpush settle {} lists them",
                shell_path(journal)
            )),
            (more, None) => lines.push(format!("  and {more} more, each with its line above")),
        }
    }

    /// What to do, if not all is pushed.
    fn next(&self) -> Option<String> {
        let counts = self.report.counts();
        let open = counts.not_pushed + counts.not_tried;
        let total = self.list.len();
        let mut steps = Vec::new();
        let is_anything_kept = counts.pushed + counts.unknown > 0;
        if let Some(lost) = self.journal_lost.filter(|_| is_anything_kept) {
            let step = self.about_the_journal(lost.change());
            if self.settles_in().is_none() {
                return Some(step);
            }
            steps.push(step);
        }
        if open + counts.unknown == 0 {
            return (!steps.is_empty()).then(|| steps.join("; "));
        }
        if counts.unknown > 0 {
            steps.push(self.how_to_settle());
        }
        if self.report.reports().iter().any(is_to_be_corrected) {
            steps.push("correct what failed".to_owned());
        }
        let number = if open == total {
            format!("all {open}")
        } else {
            format!("only {open}")
        };
        steps.push(match self.journal {
            Some(_) if self.again => {
                "run the same command without --again: what is pushed by now is not sent".to_owned()
            }
            Some(_) if open == 0 => {
                "run the same command again: only what was settled as not pushed will be sent"
                    .to_owned()
            }
            Some(_) if counts.unknown > 0 => format!(
                "run the same command again: {number} will be sent, and what was settled as not pushed"
            ),
            None if open < total => format!(
                "do not run the same command again, for without a journal it would push all {total} once more: make a list of what was not pushed"
            ),
            _ => format!("run the same command again: {number} will be sent"),
        });
        Some(steps.join("; "))
    }

    /// What to do about what may have been pushed, ready to be copied where it is one push.
    fn how_to_settle(&self) -> String {
        let mut unknown = self.unknown();
        let (first, more) = (unknown.next(), unknown.next());
        let look = match more {
            None => "look on the target",
            Some(_) => "look on the target of each unknown",
        };
        let Some(journal) = self.journal else {
            return look.to_owned();
        };
        let command = match (first, more) {
            (Some((_, push, _)), None) => settling::command(
                journal,
                push.certificate_id(),
                push.target_project(),
                push.target_service(),
            ),
            _ => format!(
                "certpush settle {} ID PROJECT SERVICE --pushed, or --not-pushed",
                shell_path(journal)
            ),
        };
        format!("{look} and write down what is there: {command}")
    }

    /// What to do about a journal that is not what was kept in it.
    fn about_the_journal(&self, change: JournalChange) -> String {
        let counts = self.report.counts();
        let number = |of: &str| match (counts.pushed, counts.unknown) {
            (0, _) => "what may have been pushed".to_owned(),
            (pushed, 0) => format!("{of}{pushed} once more"),
            (pushed, _) => format!("{of}{pushed} once more, and what may have been pushed"),
        };
        let (would, may) = (number(""), number("up to "));
        match change {
            JournalChange::Moved => format!(
                "put the journal back, for without it the same command may push {may}"
            ),
            JournalChange::Removed => format!(
                "do not run the same command again, for it would push {would}: make a list of what was not pushed"
            ),
            JournalChange::Replaced => format!(
                "do not run the same command again before you have seen that the journal which is there now has what was pushed, for it may push {may}"
            ),
            JournalChange::Lengthened => "take away what another program has written to the journal, and settle what has no end in it".to_owned(),
            _ => format!(
                "do not run the same command again, for it may push {may}: make a list of what was not pushed"
            ),
        }
    }

    /// The journal, if what it does not know can be settled there.
    fn settles_in(&self) -> Option<&OsStr> {
        self.journal.filter(|_| {
            self.journal_lost.is_none_or(|lost| {
                matches!(
                    lost.change(),
                    JournalChange::Moved | JournalChange::Lengthened
                )
            })
        })
    }

    /// What may have been pushed, each with its line.
    fn unknown(&self) -> impl Iterator<Item = (usize, &PushRequest, &Report)> {
        let reports = self.report.reports().iter().enumerate();
        let unknown = reports.filter(|(_, report)| report.outcome() == Outcome::Unknown);
        unknown.filter_map(|(index, report)| {
            let line = self.list.line(index).unwrap_or_default();
            Some((line, self.list.get(index)?, report))
        })
    }
}

/// What failures of one kind have in common: the service's code, else the status.
fn label(report: &Report) -> &str {
    report.service_code().unwrap_or(report.status().as_str())
}

fn explanation(report: &Report) -> &str {
    match names::hint(report) {
        "" => report.status().message(),
        hint => hint,
    }
}

fn why_unknown(report: &Report) -> String {
    match (report.status(), report.service_code()) {
        (Status::Unsettled, _) => "since an earlier run".to_owned(),
        (Status::Cancelled, _) => "interrupted".to_owned(),
        (status, None) => status.message().to_owned(),
        (status, Some(code)) => format!("{}, {code}", status.message()),
    }
}

/// Whether a run that is only repeated would fail in the same way.
fn is_to_be_corrected(report: &Report) -> bool {
    report.outcome() == Outcome::NotPushed
        && !matches!(report.status(), Status::NotTried | Status::Cancelled)
}

fn rounded(took: Duration) -> f64 {
    (took.as_secs_f64() * 1000.0).round() / 1000.0
}

fn duration(took: Duration) -> String {
    let seconds = took.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", took.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} m {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} m", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_in_the_units_that_people_use() {
        for (milliseconds, told) in [
            (0, "0.0 s"),
            (1_249, "1.2 s"),
            (59_999, "59 s"),
            (130_000, "2 m 10 s"),
            (3_600_000, "1 h 0 m"),
            (90_061_000, "25 h 1 m"),
        ] {
            assert_eq!(duration(Duration::from_millis(milliseconds)), told);
        }
    }
}
