//! The list: what the service does, and what every face must report.

use std::collections::BTreeMap;

use certpush_sim::{Answer, Text};
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use crate::identity::Identity;

/// One entry of the list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What happens, as a sentence.
    pub name: String,
    /// The certificate that is pushed, percent-encoded. It picks the answer, so no two are alike.
    pub certificate_id: Text,
    /// What is pushed how, where it is not the usual.
    #[serde(default)]
    pub request: Request,
    /// What IAM and the metadata service do. With it, the driver gets no token file but finds its
    /// credentials in `env`.
    pub identity: Option<Identity>,
    /// What the service proves itself with, in the words of certpush-sim's `--server-certificate`.
    pub server_certificate: Option<String>,
    /// Files that the driver may read, by name.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// The driver's environment. README.md says what `{…}` stands for in it.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Whether the scenario runs over plain http as well as https.
    #[serde(default)]
    pub http_too: bool,
    /// Whether some language cannot even express this request.
    #[serde(default)]
    pub may_be_impossible: bool,
    /// What the service does. Without it, the request must not reach it; or, where there is an
    /// `identity`, the service judges by itself.
    pub answer: Option<Answer>,
    /// Whether the request reaches the service.
    pub sent: bool,
    /// What must be reported.
    pub expect: Expectation,
}

/// What is pushed. Texts are percent-encoded, so that any bytes can be asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Request {
    /// Another endpoint than the service's. README.md says what `{…}` stands for in it.
    pub endpoint: Option<String>,
    /// What the token file holds.
    pub token: Text,
    /// The project (region) of the target.
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

/// What every face must report.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The status number.
    pub status: i32,
    /// The HTTP status, 0 if there was none.
    pub http_status: u16,
    /// The service's error code.
    pub service_code: Text,
    /// The service's error message, made safe to show; left out where it is another each time.
    pub service_message: Option<Text>,
    /// The request id; left out where it is another each time.
    pub request_id: Option<Text>,
    /// Whether the push may be repeated as it is.
    pub retryable: bool,
    /// Whether the certificate may have been pushed all the same.
    pub outcome_unknown: bool,
    /// Tries begun, where the list says so.
    pub attempts: Option<u32>,
}

#[derive(Deserialize)]
struct List {
    scenarios: Vec<Scenario>,
}

/// Reads the list from JSON.
///
/// # Errors
///
/// When the text is no such list; the message has line and column.
pub fn read_list(json: &str) -> serde_json::Result<Vec<Scenario>> {
    Ok(serde_json::from_str::<List>(json)?.scenarios)
}

/// The bytes that a percent-encoded text of the list stands for.
pub(crate) fn decoded(text: &Text) -> Vec<u8> {
    percent_decode_str(text.as_str()).collect()
}
