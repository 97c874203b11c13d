//! Scenarios: certificate ids that are answered in a fixed way, right or wrong.

use std::collections::BTreeMap;

use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::Error;
use serde_json::value::RawValue;

use crate::ledger::fnv_1a;
use crate::text::Text;

/// A certificate id with the answer that it gets.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The id that picks this scenario, 16 ASCII letters or digits.
    pub certificate_id: String,
    /// What the service does when this certificate is pushed.
    pub answer: Answer,
}

/// What the service does with a request.
///
/// In JSON: `{"status": 400, "headers": {…}, "json": {…}}`, with `"body": "text"` instead of
/// `json` or neither, or `{"steps": […]}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "WrittenAnswer")]
pub enum Answer {
    /// A complete, well-framed answer; the connection stays usable.
    Complete {
        /// The status.
        status: StatusCode,
        /// The headers beside those of the framing. `{elsewhere}` in a value stands for the URL of
        /// the host to which nothing must ever go.
        headers: Vec<(HeaderName, String)>,
        /// The body.
        body: String,
    },
    /// Exactly these bytes and deeds, whether they make an answer or not.
    Steps(Vec<Step>),
}

/// One thing that a service does to a connection instead of answering properly.
///
/// If the last step does not end the connection, the next request on it is served.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Sends this text.
    Send(Text),
    /// Sends bytes that no text can hold, given in hexadecimal digits.
    SendHex(HexBytes),
    /// Sends these bytes one at a time, with a pause of some milliseconds after each.
    Trickle {
        /// What is sent.
        text: Text,
        /// The pause.
        pause_ms: u64,
    },
    /// Waits so many milliseconds.
    WaitMs(u64),
    /// Says and does nothing more until the peer closes.
    Hold,
    /// Closes in good order: close_notify under TLS, then FIN.
    Close,
    /// FIN without the close_notify that TLS asks for: what a cut connection looks like.
    Cut,
    /// Resets the connection.
    Reset,
}

/// Any bytes, written in JSON as pairs of hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct HexBytes(Vec<u8>);

impl HexBytes {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<String> for HexBytes {
    type Error = String;

    fn try_from(digits: String) -> Result<Self, Self::Error> {
        let value = |digit: u8| char::from(digit).to_digit(16);
        digits
            .as_bytes()
            .chunks(2)
            .map(|pair| match *pair {
                [high, low] => u8::try_from(value(high)? * 16 + value(low)?).ok(),
                _ => None,
            })
            .collect::<Option<_>>()
            .map(HexBytes)
            .ok_or_else(|| format!("{digits:?} is not pairs of hexadecimal digits"))
    }
}

/// The answer as the file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAnswer {
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    json: Option<Box<RawValue>>,
    body: Option<Text>,
    steps: Option<Vec<Step>>,
}

impl TryFrom<WrittenAnswer> for Answer {
    type Error = String;

    fn try_from(written: WrittenAnswer) -> Result<Self, Self::Error> {
        match written {
            WrittenAnswer {
                status: Some(status),
                headers,
                json,
                body,
                steps: None,
            } => complete(status, headers, json, body),
            WrittenAnswer {
                status: None,
                headers,
                json: None,
                body: None,
                steps: Some(steps),
            } if headers.is_empty() => Ok(Answer::Steps(steps)),
            _ => Err("an answer has either a status or steps".to_owned()),
        }
    }
}

fn complete(
    status: u16,
    headers: BTreeMap<String, String>,
    json: Option<Box<RawValue>>,
    body: Option<Text>,
) -> Result<Answer, String> {
    let status = StatusCode::from_u16(status)
        .ok()
        .filter(|status| !status.is_informational())
        .ok_or_else(|| format!("{status} is not the status of a final answer"))?;
    let mut fields = Vec::new();
    for (name, value) in headers {
        let name = HeaderName::try_from(&name).map_err(|_| format!("bad header name: {name}"))?;
        HeaderValue::try_from(&value).map_err(|_| format!("bad value of {name}: {value}"))?;
        fields.push((name, value));
    }
    if json.is_some() && !fields.iter().any(|(name, _)| name == CONTENT_TYPE) {
        fields.push((CONTENT_TYPE, "application/json".to_owned()));
    }
    let body = match (json, body) {
        (Some(_), Some(_)) => return Err("an answer has either json or a body".to_owned()),
        (Some(json), None) => json.get().to_owned(),
        (None, body) => body.unwrap_or_default().as_str().to_owned(),
    };
    if !body.is_empty() && matches!(status.as_u16(), 204 | 304) {
        return Err(format!("a {status} has no body; write it as steps"));
    }
    Ok(Answer::Complete {
        status,
        headers: fields,
        body,
    })
}

/// The parts of a file that a service needs; what clients should report of it is not its concern.
#[derive(Deserialize)]
struct WrittenList {
    scenarios: Vec<WrittenScenario>,
}

#[derive(Deserialize)]
struct WrittenScenario {
    name: Option<String>,
    certificate_id: Option<String>,
    answer: Option<Answer>,
}

impl WrittenScenario {
    fn certificate_id(&self) -> serde_json::Result<String> {
        match (&self.certificate_id, &self.name) {
            (Some(id), _) => Ok(id.clone()),
            (None, Some(name)) => Ok(certificate_id_of(name)),
            (None, None) => Err(serde_json::Error::custom(
                "a scenario has neither a certificate_id nor a name",
            )),
        }
    }
}

/// Reads scenarios from JSON: `{"scenarios": [{"certificate_id": "…", "answer": {…}}, …]}`, where an
/// entry without an id has a `name` that gives it one: see [`certificate_id_of`].
///
/// Other members are ignored, and so are entries without an answer: their requests are never sent.
///
/// # Errors
///
/// When the text is not such a list.
pub fn scenarios_from_json(json: &str) -> serde_json::Result<Vec<Scenario>> {
    let list: WrittenList = serde_json::from_str(json)?;
    let mut scenarios = Vec::new();
    for written in list.scenarios {
        let certificate_id = written.certificate_id()?;
        scenarios.extend(written.answer.map(|answer| Scenario {
            certificate_id,
            answer,
        }));
    }
    Ok(scenarios)
}

/// The certificate id of a scenario that needs no special one: like the service's own, and always
/// the same for the same name.
pub fn certificate_id_of(name: &str) -> String {
    const THIRTEEN_DIGITS: u64 = 10_u64.pow(13);
    format!("scs{:013}", fnv_1a(name.as_bytes()) % THIRTEEN_DIGITS)
}

/// The scenarios that every language's client is tested against: each file's topic and JSON.
pub const BUILT_IN_TOPICS: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/topics.rs"));

/// The scenarios of all built-in topics.
///
/// # Panics
///
/// Never in a build whose tests pass: the list is compiled in.
pub fn built_in_scenarios() -> Vec<Scenario> {
    BUILT_IN_TOPICS
        .iter()
        .flat_map(|(topic, json)| {
            scenarios_from_json(json)
                .unwrap_or_else(|error| panic!("the built-in topic {topic}: {error}"))
        })
        .collect()
}
