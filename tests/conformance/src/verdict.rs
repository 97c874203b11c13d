//! What a face reported, held against the list.

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use crate::driver::Run;
use crate::list::{Expectation, Scenario};

/// How one face did in one scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All is as the list says.
    Passed,
    /// What is not, each difference in a line.
    Failed(Vec<String>),
    /// The language cannot express the request, for this reason.
    Cannot(String),
}

impl Verdict {
    /// The verdict once more is known to be wrong.
    pub(crate) fn and_also(self, wrong: Vec<String>) -> Self {
        match self {
            Verdict::Failed(differences) => Verdict::Failed([differences, wrong].concat()),
            Verdict::Passed | Verdict::Cannot(_) if !wrong.is_empty() => Verdict::Failed(wrong),
            Verdict::Passed | Verdict::Cannot(_) => self,
        }
    }
}

/// The line that a driver prints.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Cannot { cannot: String },
    Report(Report),
}

/// A driver's report. `phase` and others are welcome, but not compared.
#[derive(Deserialize)]
struct Report {
    status: i32,
    http_status: u16,
    service_code: String,
    service_message: String,
    request_id: String,
    retryable: bool,
    outcome_unknown: bool,
    message: String,
    attempts: u32,
}

/// Judges a run by what the driver printed alone.
pub(crate) fn judge(scenario: &Scenario, run: &Run) -> Verdict {
    let line = match read_line(run) {
        Ok(line) => line,
        Err(difference) => return Verdict::Failed(vec![difference]),
    };
    match line {
        Line::Cannot { cannot } if scenario.may_be_impossible => Verdict::Cannot(cannot),
        Line::Cannot { cannot } => Verdict::Failed(vec![format!(
            "the driver says that it cannot ({cannot}), but every language can"
        )]),
        Line::Report(report) => {
            let differences = differences(&scenario.expect, &report);
            if differences.is_empty() {
                Verdict::Passed
            } else {
                Verdict::Failed(differences)
            }
        }
    }
}

fn read_line(run: &Run) -> Result<Line, String> {
    match run {
        Run::Ended {
            status,
            stdout,
            stderr,
        } => {
            if !status.success() {
                return Err(format!(
                    "the driver ended with {status}{}",
                    last_words(stderr)
                ));
            }
            let stdout = String::from_utf8_lossy(stdout);
            let mut lines = stdout.lines();
            let (Some(line), None) = (lines.next(), lines.next()) else {
                return Err(format!(
                    "the driver printed {} lines, not one{}",
                    stdout.lines().count(),
                    last_words(stderr)
                ));
            };
            serde_json::from_str(line)
                .map_err(|_| format!("the driver printed no report: {}", beginning(line)))
        }
        Run::TimedOut => Err("the driver did not end in time and was killed".to_owned()),
        Run::NotStarted(error) => Err(format!("the driver could not be run: {error}")),
    }
}

/// The end of what a driver wrote to standard error, for the person who has to mend it.
fn last_words(stderr: &[u8]) -> String {
    match String::from_utf8_lossy(stderr).trim().lines().last() {
        Some(line) => format!(": {}", beginning(line)),
        None => String::new(),
    }
}

fn beginning(line: &str) -> String {
    const SHOWN: usize = 200;
    format!("{:?}", line.chars().take(SHOWN).collect::<String>())
}

fn differences(expect: &Expectation, report: &Report) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |name: &str, expected: &dyn Debug, got: &dyn Debug| {
        let (expected, got) = (format!("{expected:?}"), format!("{got:?}"));
        if expected != got {
            found.push(format!("{name}: expected {expected}, got {got}"));
        }
    };
    compare("status", &expect.status, &report.status);
    compare("http_status", &expect.http_status, &report.http_status);
    for (name, expected, got) in [
        (
            "service_code",
            Some(&expect.service_code),
            &report.service_code,
        ),
        (
            "service_message",
            expect.service_message.as_ref(),
            &report.service_message,
        ),
        ("request_id", expect.request_id.as_ref(), &report.request_id),
    ] {
        if let Some(expected) = expected {
            compare(name, &expected.as_str(), &got.as_str());
        }
    }
    compare("retryable", &expect.retryable, &report.retryable);
    compare(
        "outcome_unknown",
        &expect.outcome_unknown,
        &report.outcome_unknown,
    );
    if let Some(attempts) = expect.attempts {
        compare("attempts", &attempts, &report.attempts);
    }
    if !found.is_empty() {
        found.push(format!("its message: {}", beginning(&report.message)));
    }
    if report.message.contains(['\n', '\r']) {
        found.push("the message has more than one line".to_owned());
    }
    found
}
