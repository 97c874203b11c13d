//! What a binding reported, held against the list.

use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::driver::Run;
use crate::list::{Expectation, Scenario, TargetExpectation};

/// How one binding did in one scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All is as the list says.
    Passed,
    /// What is not, each difference in a line.
    Failed(Vec<String>),
    /// The language cannot express this, for this reason.
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

/// A driver's report. `phase` and others are welcome; the list says nothing of them.
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
    /// Of a batch push.
    results: Option<Vec<Value>>,
}

/// A driver's report of one project of a batch push.
#[derive(Deserialize)]
struct Target {
    target_project: String,
    target_certificate_id: String,
}

/// Judges a run by what the driver printed alone; gives its whole report, too.
pub(crate) fn judge(scenario: &Scenario, run: &Run) -> (Verdict, Option<Value>) {
    if scenario.driver_refuses {
        let wrong = wrong_in_refusal(scenario.operation.as_deref().unwrap_or_default(), run);
        let failed = wrong.map(|wrong| Verdict::Failed(vec![wrong]));
        return (failed.unwrap_or(Verdict::Passed), None);
    }
    match read_line(run) {
        Err(difference) => (Verdict::Failed(vec![difference]), None),
        Ok((Line::Cannot { cannot }, _)) if scenario.may_be_impossible => {
            (Verdict::Cannot(cannot), None)
        }
        Ok((Line::Cannot { cannot }, _)) => {
            let excuse =
                format!("the driver says that it cannot ({cannot}), but every language can");
            (Verdict::Failed(vec![excuse]), None)
        }
        Ok((Line::Report(report), whole)) => {
            let differences = differences(&scenario.expect, &report);
            let verdict = if differences.is_empty() {
                Verdict::Passed
            } else {
                Verdict::Failed(differences)
            };
            (verdict, Some(whole))
        }
    }
}

/// What is wrong if a driver should have said that it does not know the operation.
fn wrong_in_refusal(operation: &str, run: &Run) -> Option<String> {
    let Run::Ended {
        status,
        stdout,
        stderr,
    } = run
    else {
        return Some("the driver did not end by itself".to_owned());
    };
    if status.success() || !stdout.is_empty() {
        return Some(format!(
            "the driver does not know {operation}, and took it for something else"
        ));
    }
    (!String::from_utf8_lossy(stderr).contains(operation)).then(|| {
        format!(
            "the driver did not say that it does not know {operation}{}",
            last_words(stderr)
        )
    })
}

fn read_line(run: &Run) -> Result<(Line, Value), String> {
    let (stdout, stderr) = match run {
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
            (stdout, stderr)
        }
        Run::Answered { stdout, stderr } => (stdout, stderr),
        Run::TimedOut => {
            return Err("the driver did not end in time and was killed".to_owned());
        }
        Run::NotStarted(error) => return Err(format!("the driver could not be run: {error}")),
    };
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
        .and_then(|whole: Value| Ok((Line::deserialize(&whole)?, whole)))
        .map_err(|_| format!("the driver printed no report: {}", beginning(line)))
}

/// The end of what a driver wrote to standard error, for the person who has to mend it.
pub(crate) fn last_words(stderr: &[u8]) -> String {
    match String::from_utf8_lossy(stderr).trim().lines().last() {
        Some(line) => format!(": {}", beginning(line)),
        None => String::new(),
    }
}

pub(crate) fn beginning(line: &str) -> String {
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
    if let Some(expected) = &expect.results {
        found.extend(differences_in_results(expected, report.results.as_deref()));
    }
    found
}

fn differences_in_results(expected: &[TargetExpectation], told: Option<&[Value]>) -> Vec<String> {
    let Some(told) = told else {
        return vec!["there are no results".to_owned()];
    };
    if told.len() != expected.len() {
        let (expected, got) = (expected.len(), told.len());
        return vec![format!("results: expected {expected}, got {got}")];
    }
    let differences = |(target, told): (&TargetExpectation, &Value)| {
        let name = target.target_project.as_str();
        let (Ok(report), Ok(of)) = (Report::deserialize(told), Target::deserialize(told)) else {
            return vec![format!("the result of {name} is no report: {told}")];
        };
        let mut found = differences(&target.report, &report);
        for (member, expected, got) in [
            ("target_project", &target.target_project, of.target_project),
            (
                "target_certificate_id",
                &target.target_certificate_id,
                of.target_certificate_id,
            ),
        ] {
            if expected.as_str() != got {
                found.push(format!(
                    "{member}: expected {:?}, got {got:?}",
                    expected.as_str()
                ));
            }
        }
        for difference in &mut found {
            difference.insert_str(0, &format!("the result of {name}: "));
        }
        found
    };
    expected.iter().zip(told).flat_map(differences).collect()
}
