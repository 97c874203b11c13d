//! The list, written out in full: what the service does, and what every binding must report.

use std::collections::BTreeMap;

use certpush_sim::{Answer, BUILT_IN_TOPICS, Text};
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use crate::identity::Identity;
use crate::written::WrittenScenario;

/// The operation that pushes to several projects, which stand in `target_project` with commas between.
pub(crate) const BATCH_PUSH: &str = "batch_push";

/// One entry of the list.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "WrittenScenario")]
pub struct Scenario {
    /// What happens, as a sentence.
    pub name: String,
    /// The certificate that is pushed, percent-encoded. It picks the answer, so no two are alike.
    pub certificate_id: Text,
    /// The operation, where it is not a push.
    pub operation: Option<String>,
    /// Whether the driver must say that it does not know the operation.
    pub driver_refuses: bool,
    /// How often the driver pushes, on one client: its memory must not grow with that.
    pub repeat: Option<usize>,
    /// What is pushed how, where it is not the usual.
    pub request: Request,
    /// What IAM and the metadata service do. With it, the driver gets no token file but finds its
    /// credentials in `env`.
    pub identity: Option<Identity>,
    /// What the service proves itself with, in the words of certpush-sim's `--server-certificate`.
    pub server_certificate: Option<String>,
    /// Files that the driver may read, by name.
    pub files: BTreeMap<String, String>,
    /// The driver's environment. README.md says what `{…}` stands for in it.
    pub env: BTreeMap<String, String>,
    /// Whether the scenario runs over plain http as well as https.
    pub http_too: bool,
    /// Whether some language cannot even express this.
    pub may_be_impossible: bool,
    /// What the service does. Without it, the request must not reach it; or, where there is an
    /// `identity`, the service judges by itself.
    pub answer: Option<Answer>,
    /// Whether the request reaches the service.
    pub sent: bool,
    /// What must be reported.
    pub expect: Expectation,
}

impl Scenario {
    /// How often the driver pushes.
    pub(crate) fn pushes(&self) -> usize {
        self.repeat.unwrap_or(1)
    }

    /// Whether several projects are pushed to by one request.
    pub(crate) fn is_batch(&self) -> bool {
        self.operation.as_deref() == Some(BATCH_PUSH)
    }

    /// Whether it needs nothing of its driver's environment that others do not need as well.
    pub(crate) fn is_usual(&self) -> bool {
        self.operation.is_none()
            && self.repeat.is_none()
            && self.identity.is_none()
            && self.server_certificate.is_none()
            && self.files.is_empty()
            && self.env.is_empty()
    }
}

/// What is pushed. Texts are percent-encoded, so that any bytes can be asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Request {
    /// Another endpoint than the service's. README.md says what `{…}` stands for in it.
    pub endpoint: Option<String>,
    /// What the token file holds.
    pub token: Text,
    /// The project (region) of the target, or those of a batch push.
    pub target_project: Text,
    /// The service that gets the certificate.
    pub target_service: Text,
}

impl Default for Request {
    fn default() -> Self {
        Request {
            endpoint: None,
            token: certpush_sim::DEFAULT_TOKEN.into(),
            target_project: "ap-southeast-3".into(),
            target_service: "ELB".into(),
        }
    }
}

/// What every binding must report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The status number.
    pub status: i32,
    /// The HTTP status, 0 if there was none.
    pub http_status: u16,
    /// The service's error code.
    pub service_code: Text,
    /// The service's error message, made safe to show; none where it is another each time.
    pub service_message: Option<Text>,
    /// The request id; none where it is another each time.
    pub request_id: Option<Text>,
    /// Whether the push may be repeated as it is.
    pub retryable: bool,
    /// Whether the certificate may have been pushed all the same.
    pub outcome_unknown: bool,
    /// Tries begun, where the list says so.
    pub attempts: Option<u32>,
    /// Of a batch push: what is reported of each project, in the order asked for. Nothing, if the
    /// service told of none.
    pub results: Option<Vec<TargetExpectation>>,
}

/// What every binding must report of one project of a batch push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetExpectation {
    /// The project.
    pub target_project: Text,
    /// The id that the certificate has there.
    pub target_certificate_id: Text,
    /// What else is known of it, without results of its own.
    pub report: Expectation,
}

/// The scenarios of one topic.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// What the topic is, in a sentence.
    pub about: String,
    /// Its scenarios.
    pub scenarios: Vec<Scenario>,
}

/// Reads a topic from JSON, and writes out what follows from the answers.
///
/// # Errors
///
/// When the text is no such topic; the message has line and column.
pub fn read_topic(json: &str) -> serde_json::Result<Topic> {
    serde_json::from_str(json)
}

/// The built-in topics, each by its name.
///
/// # Errors
///
/// Never in a build whose tests pass: they are compiled in.
pub fn built_in_topics() -> serde_json::Result<BTreeMap<&'static str, Topic>> {
    BUILT_IN_TOPICS
        .iter()
        .map(|(name, json)| Ok((*name, read_topic(json)?)))
        .collect()
}

/// The bytes that a percent-encoded text of the list stands for.
pub(crate) fn decoded(text: &Text) -> Vec<u8> {
    percent_decode_str(text.as_str()).collect()
}
