//! Entries as the files have them, and what follows where they say nothing.
//!
//! The rules here are README.md's table, and must stay that simple: they know a few numbers and two
//! names of members, and nothing of how certpush finds out. An entry whose expectation does not
//! follow from them says so itself.

use std::collections::BTreeMap;

use certpush_sim::{Answer, Text, certificate_id_of};
use serde::Deserialize;
use serde_json::Value;

use crate::identity::Identity;
use crate::list::{BATCH_PUSH, Expectation, Request, Scenario, TargetExpectation};

/// An entry. [`Scenario`] says what its members mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenScenario {
    name: String,
    certificate_id: Option<Text>,
    operation: Option<String>,
    #[serde(default)]
    driver_refuses: bool,
    repeat: Option<usize>,
    #[serde(default)]
    request: Request,
    identity: Option<Identity>,
    server_certificate: Option<String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    http_too: bool,
    #[serde(default)]
    may_be_impossible: bool,
    answer: Option<Answer>,
    #[serde(default)]
    expect: WrittenExpectation,
}

/// What does not follow from the rest.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenExpectation {
    status: Option<i32>,
    http_status: Option<u16>,
    service_code: Option<Text>,
    service_message: Option<Text>,
    request_id: Option<Text>,
    retryable: Option<bool>,
    outcome_unknown: Option<bool>,
    attempts: Option<u32>,
    results: Vec<WrittenTarget>,
}

/// What does not follow of one project of a batch push.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTarget {
    target_project: Text,
    #[serde(default)]
    target_certificate_id: Text,
    status: Option<i32>,
    #[serde(default)]
    service_code: Text,
    #[serde(default)]
    service_message: Text,
    outcome_unknown: Option<bool>,
}

impl WrittenTarget {
    fn status(&self) -> i32 {
        self.status.unwrap_or(0)
    }

    fn outcome_unknown(&self) -> bool {
        self.outcome_unknown
            .unwrap_or(leaves_it_open(self.status()))
    }
}

impl TryFrom<WrittenScenario> for Scenario {
    type Error = String;

    fn try_from(written: WrittenScenario) -> Result<Self, Self::Error> {
        let told = Told::by(written.answer.as_ref());
        let judged = written.identity.is_some() && written.answer.is_none();
        let expect = written.expect;
        let http_status = expect.http_status.unwrap_or(told.http_status);
        let results = expect.results;
        let status = expect
            .status
            .or(status_of_all(&results))
            .or(status_of(http_status))
            .ok_or_else(|| format!("{}: its status follows from nothing", written.name))?;
        let sent = !written.driver_refuses
            && (written.answer.is_some()
                || (judged && (is_an_answer(status) || !results.is_empty())));
        let outcome_unknown = expect.outcome_unknown.unwrap_or(if results.is_empty() {
            sent && leaves_it_open(status)
        } else {
            results.iter().any(WrittenTarget::outcome_unknown)
        });
        let retryable = expect
            .retryable
            .unwrap_or(!outcome_unknown && may_pass(status));
        let may_be_retried =
            retryable && written.env.get("CERTPUSH_RETRIES").map(String::as_str) != Some("0");
        let attempts = match status {
            1..=5 => Some(0),
            _ if may_be_retried => None,
            _ => Some(1),
        };
        // What the simulated services say by themselves is their own affair.
        let as_told = |text: String| (!judged || http_status == 0).then(|| text.as_str().into());
        let is_batch = written.operation.as_deref() == Some(BATCH_PUSH);
        if !is_batch && !results.is_empty() {
            return Err(format!("{}: only a batch push has results", written.name));
        }
        let request_id = expect.request_id.or_else(|| as_told(told.request_id));
        let attempts = expect.attempts.or(attempts);
        let target = |target: WrittenTarget| TargetExpectation {
            report: Expectation {
                status: target.status(),
                http_status,
                service_code: target.service_code.clone(),
                service_message: Some(target.service_message.clone()),
                request_id: request_id.clone(),
                retryable: false,
                outcome_unknown: target.outcome_unknown(),
                attempts,
                results: None,
            },
            target_project: target.target_project,
            target_certificate_id: target.target_certificate_id,
        };
        let results = is_batch.then(|| results.into_iter().map(target).collect());
        Ok(Scenario {
            certificate_id: written
                .certificate_id
                .unwrap_or_else(|| certificate_id_of(&written.name).as_str().into()),
            name: written.name,
            operation: written.operation,
            driver_refuses: written.driver_refuses,
            repeat: written.repeat,
            request: written.request,
            identity: written.identity,
            server_certificate: written.server_certificate,
            files: written.files,
            env: written.env,
            http_too: written.http_too,
            may_be_impossible: written.may_be_impossible,
            answer: written.answer,
            sent,
            expect: Expectation {
                status,
                http_status,
                service_code: expect
                    .service_code
                    .unwrap_or_else(|| told.service_code.as_str().into()),
                service_message: expect
                    .service_message
                    .or_else(|| as_told(told.service_message)),
                request_id,
                retryable,
                outcome_unknown,
                attempts,
                results,
            },
        })
    }
}

/// What an answer says in the plainest way there is.
#[derive(Default)]
struct Told {
    http_status: u16,
    service_code: String,
    service_message: String,
    request_id: String,
}

impl Told {
    /// Of an answer that is written down byte by byte, nothing is read.
    fn by(answer: Option<&Answer>) -> Self {
        let Some(Answer::Complete {
            status,
            headers,
            body,
        }) = answer
        else {
            return Told::default();
        };
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let member = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let request_id = headers
            .iter()
            .find(|(name, _)| name.as_str() == "x-request-id");
        Told {
            http_status: status.as_u16(),
            service_code: member("error_code"),
            service_message: member("error_msg"),
            request_id: request_id.map_or_else(String::new, |(_, value)| value.clone()),
        }
    }
}

/// The status of an answer with this HTTP status; none if there was no answer.
fn status_of(http_status: u16) -> Option<i32> {
    Some(match http_status {
        0 => return None,
        204 => 0,
        400 => 20,
        401 => 21,
        403 => 22,
        404 => 23,
        429 => 24,
        402..=499 => 25,
        500..=599 => 26,
        _ => 16,
    })
}

/// The status of a batch push by those of its projects; none if it has no results.
fn status_of_all(results: &[WrittenTarget]) -> Option<i32> {
    match results {
        [] => None,
        _ if results.iter().all(|target| target.status() == 0) => Some(0),
        _ => Some(30),
    }
}

/// Whether the status is that of an error that the service answered.
fn is_an_answer(status: i32) -> bool {
    (20..=26).contains(&status)
}

/// Whether the certificate may have been pushed once the request was sent.
fn leaves_it_open(status: i32) -> bool {
    matches!(status, 14 | 15 | 16 | 26 | 27)
}

/// Whether what failed may go well the next time.
fn may_pass(status: i32) -> bool {
    matches!(status, 5 | 10 | 11 | 13 | 14 | 15 | 24 | 26)
}
