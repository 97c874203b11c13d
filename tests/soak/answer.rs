//! The answers of the server, as the API documents them and as it does not.

use std::fmt::Write;

use fastrand::Rng;

use crate::fault::Fault;

/// Codes of a 4xx that say that nothing was done, each with its status.
const REFUSALS: [(u16, &str); 4] = [
    (400, "SCM.0005"),
    (400, "SCM.0201"),
    (401, "SCM.4002"),
    (404, "APIGW.0101"),
];
const REFUSALS_BUT_400: [(u16, &str); 4] = [
    (401, "APIGW.0301"),
    (403, "APIGW.0302"),
    (404, "APIGW.0101"),
    (409, ""),
];
/// Codes that were given before the push began, each with its status.
const NOTHING_DECIDED: [(u16, &str); 3] =
    [(503, "APIGW.0613"), (503, "APIG.0613"), (500, "SCM.4001")];
const GENERIC_FAILURES: [(u16, &str); 2] = [(400, "SCM.0028"), (400, "SCM.0203")];
/// Bodies of a 400 that have, or may have, such a code, each with the code that is read. Only a 400
/// is in doubt when its body is lost, and here a call may be cancelled at any moment: other statuses
/// with such a body are the unit tests' and the conformance list's.
const HIDDEN_FAILURES: [(&str, &str); 8] = [
    ("SCM.0203", "\u{feff}{\"error_code\":\"SCM.0203\"}"),
    ("SCM.0028", r#"{"errors":[{"error_code":"SCM.0028"}]}"#),
    (
        "SCM.0203",
        r#"{"code":400,"error":{"error_code":"SCM.0203"}}"#,
    ),
    ("", r#"{"message":"{\"error_code\":\"\\u0053CM.0203\"}"}"#),
    ("", "{\"error_code\":\"SCM.0203\",\"error_msg\":\"a\nb\"}"),
    ("", "<Error><Code>scm.0203</Code></Error>"),
    ("", r#"{"error_code":"SCM.0005","error_msg":NaN}"#),
    ("", r#"{"error_code":"SCM.00"#),
];
/// Bodies of a 500 with a code that excuses nothing there, and the code that is read.
const DOUBTFUL_EXCUSES: [(&str, &str); 5] = [
    ("SCM.4001", r#"{"error_code":"SCM.4001","code":500}"#),
    (
        "SCM.4001",
        r#"{"error_code":"SCM.4001","error_code":"SCM.4001"}"#,
    ),
    ("SCM.4001", r#"[{"error_code":"SCM.4001"}]"#),
    (
        "SCM.3000",
        r#"{"error_code":"SCM.3000","error_msg":"SCM.4001"}"#,
    ),
    ("", r#"{"error_code":"SCM.4001"};"#),
];
/// Bodies of a 200 that tell of an error, and the code that is read.
const OK_ERRORS: [(&str, &str); 6] = [
    (
        "SCM.0201",
        r#"{"error_code":"SCM.0201","error_msg":"It failed."}"#,
    ),
    ("SCM.0201", r#"{"data":{"error":{"code":"SCM.0201"}}}"#),
    ("SCM.0201", r#"{"errors":[{"error_code":"SCM.0201"}]}"#),
    ("SCM.0201", r#"{"error_code":"SCM.0201","error_code":null}"#),
    ("", r#"{"data":[{"success":false}]}"#),
    (
        "",
        r#"{"results":[{"cert_id":"","message":"Invalid region id."}]}"#,
    ),
];
const SERVER_ERRORS: [(u16, &str); 5] = [
    (500, "SCM.3000"),
    (500, "SCM.0213"),
    (502, ""),
    (503, ""),
    (504, "APIGW.0201"),
];

/// How an answer says where its body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    Length,
    Chunked,
    /// By closing the connection.
    Close,
}

/// An answer before it has a request_id.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) framing: Framing,
    headers: String,
    /// `None`: no body and nothing that says so, as a 204 must be.
    body: Option<String>,
}

impl Answer {
    /// The answer to a request that meets `fault`; `None` if it gets none.
    pub(crate) fn to(fault: Fault, random: &mut Rng) -> Option<Answer> {
        let mut pick = |from: &[(u16, &'static str)]| from[random.usize(0..from.len())];
        let answer = match fault {
            Fault::Success
            | Fault::InPieces
            | Fault::Interim
            | Fault::SlowDrain
            | Fault::TlsChatter
            | Fault::StrayBehind
            | Fault::StrayLater
            | Fault::SuccessThenFin
            | Fault::HalfHead => Answer::bare(204),
            Fault::OkObject | Fault::LostSuccess => {
                Answer::with_body(200, "", r#"{"message":"success"}"#)
            }
            Fault::Refused => Answer::error(pick(&REFUSALS)),
            Fault::LostRefusal => Answer::error(pick(&REFUSALS_BUT_400)),
            Fault::EarlyRefusal => Answer::error((431, "")).with_header("Connection: close"),
            Fault::Throttled => Answer::error((429, "APIGW.0308")),
            Fault::NothingDecided | Fault::LostExcuse => Answer::error(pick(&NOTHING_DECIDED)),
            Fault::GenericFailure | Fault::LostGenericFailure => {
                Answer::error(pick(&GENERIC_FAILURES))
            }
            Fault::ServerError | Fault::LostServerError => Answer::error(pick(&SERVER_ERRORS)),
            Fault::OkHtml => Answer::with_body(200, "", "<html><title>Log in</title></html>"),
            Fault::OkError => {
                let (code, body) = OK_ERRORS[random.usize(0..OK_ERRORS.len())];
                Answer::with_body(200, code, body)
            }
            Fault::HiddenFailure => {
                let (code, body) = HIDDEN_FAILURES[random.usize(0..HIDDEN_FAILURES.len())];
                Answer::with_body(400, code, body)
            }
            Fault::DoubtfulExcuse => {
                let (code, body) = DOUBTFUL_EXCUSES[random.usize(0..DOUBTFUL_EXCUSES.len())];
                Answer::with_body(500, code, body)
            }
            Fault::TimedOut => Answer::error((408, "")),
            Fault::Undefined => Answer::with_body(pick(&[(201, ""), (202, "")]).0, "", "{}"),
            Fault::Redirect => {
                let (status, _) = pick(&[(301, ""), (302, ""), (307, ""), (308, "")]);
                Answer::with_body(status, "", "").with_header("Location: push")
            }
            Fault::NotHttp
            | Fault::GoneUnexecuted
            | Fault::GoneExecuted
            | Fault::Silence
            | Fault::GoneMidRequest
            | Fault::GoneMidLarge
            | Fault::GoneBeforeReading
            | Fault::GoneIdle
            | Fault::GoneInHandshake => return None,
        };
        Some(match fault {
            Fault::OkObject | Fault::LostSuccess | Fault::Refused | Fault::LostRefusal => {
                let framings = [Framing::Length, Framing::Chunked, Framing::Close];
                Answer {
                    framing: framings[random.usize(0..3)],
                    ..answer
                }
            }
            Fault::Throttled | Fault::NothingDecided if random.bool() => {
                answer.with_header("Retry-After: 0")
            }
            _ => answer,
        })
    }

    fn bare(status: u16) -> Answer {
        Answer {
            status,
            code: "",
            framing: Framing::Length,
            headers: String::new(),
            body: None,
        }
    }

    fn with_body(status: u16, code: &'static str, body: impl Into<String>) -> Answer {
        Answer {
            code,
            body: Some(body.into()),
            ..Answer::bare(status)
        }
    }

    /// An error in the service's shape; a page without its code.
    fn error((status, code): (u16, &'static str)) -> Answer {
        let body = if code.is_empty() {
            "<html><title>An error</title></html>".to_owned()
        } else {
            format!(r#"{{"error_code":"{code}","error_msg":"It failed."}}"#)
        };
        Answer::with_body(status, code, body)
    }

    fn with_header(mut self, header: &str) -> Answer {
        self.headers.push_str(header);
        self.headers.push_str("\r\n");
        self
    }

    /// The answer's bytes.
    pub(crate) fn on_the_wire(&self, request_id: &str) -> Wire {
        let mut text = format!(
            "HTTP/1.1 {} Told\r\nX-Request-Id: {request_id}\r\n{}",
            self.status, self.headers
        );
        let body = self.body.as_deref().unwrap_or_default();
        let framing = match (&self.body, self.framing) {
            (None, _) | (_, Framing::Close) => String::new(),
            (_, Framing::Length) => format!("Content-Length: {}\r\n", body.len()),
            (_, Framing::Chunked) => "Transfer-Encoding: chunked\r\n".to_owned(),
        };
        text.push_str(&framing);
        text.push_str("\r\n");
        let head = text.len();
        if self.framing == Framing::Chunked {
            let (first, second) = body.split_at(body.len() / 2);
            for chunk in [first, second] {
                write!(text, "{:x}\r\n{chunk}\r\n", chunk.len()).expect("a string takes all");
            }
            text.push_str("0\r\n");
        } else {
            text.push_str(body);
        }
        let least = text.len();
        if self.framing == Framing::Chunked {
            text.push_str("\r\n");
        }
        Wire {
            bytes: text.into_bytes(),
            head,
            least,
        }
    }
}

/// An answer in bytes.
pub(crate) struct Wire {
    pub(crate) bytes: Vec<u8>,
    /// The length of the head.
    pub(crate) head: usize,
    /// Whoever has this much has the whole body and knows that it is whole.
    pub(crate) least: usize,
}
