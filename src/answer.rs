//! Bytes to outcome: what an HTTP answer says of a push. Never touches a connection.
//!
//! The rules are certpush's central promise. Success is exact: a 204, or a 200 whose body is a
//! JSON object without an error in it. A 4xx says that nothing was pushed and a 5xx that something
//! may have been, but for the few codes named here; a 400 whose code is lost may have had one. Anything else is an answer that the API does
//! not define, and then the certificate may have been pushed.

use std::time::{Duration, SystemTime};

use serde_json::Value;
use zeroize::Zeroizing;

use crate::hints::{self, GENERIC_PUSH_FAILURES};
use crate::mask::Masker;
use crate::report::{Phase, Report};
use crate::request::limits;
use crate::secret::Secret;
use crate::status::Status;

/// How deep an error is looked for in a body.
const DEEPEST_ERROR: usize = 8;

/// A head, and what came of its body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) http_status: u16,
    /// The header X-Request-Id, or "".
    pub(crate) request_id: String,
    /// The header Retry-After, as a time from now.
    pub(crate) retry_after: Option<Duration>,
    /// The header Date.
    pub(crate) date: Option<SystemTime>,
    /// The header X-Subject-Token, cut out of the answer.
    pub(crate) subject_token: Option<Secret>,
    /// Whether a proxy answered, and not the service.
    pub(crate) from_proxy: bool,
    pub(crate) body: Body,
}

/// The body of an answer, as far as it came.
#[derive(Debug)]
pub(crate) enum Body {
    /// The whole body. A metadata service's holds keys.
    Complete(Zeroizing<Vec<u8>>),
    /// The body did not come, or not as a whole: why, in a status, a phase and words.
    Missing(Status, String),
}

/// Codes of a 5xx that were given before the push began, so that nothing was pushed.
pub(crate) fn decides_nothing_was_pushed(code: &str) -> bool {
    matches!(code, "APIGW.0613" | "APIG.0613" | "SCM.4001")
}

/// Reads an answer to a request whose last byte was handed over, if `handed_over` is true. What it
/// echoes of the call's secrets is masked.
pub(crate) fn read_answer(answer: &Answer, handed_over: bool, masker: &Masker) -> Report {
    let mut report = match (answer.http_status, &answer.body) {
        (204, _) => Report::new(Status::Ok, Phase::Done, ""),
        (200, Body::Complete(body)) => read_ok_body(body, handed_over, masker),
        (400..=599, body) => read_error(answer.http_status, body, handed_over, masker),
        (200, Body::Missing(status, why)) => Report {
            outcome_unknown: handed_over,
            ..Report::new(*status, Phase::Receive, format!("200, but {why}"))
        },
        (300..=399, _) => unexpected(
            answer.http_status,
            "is a redirect, which is never followed",
            handed_over,
        ),
        _ => unexpected(
            answer.http_status,
            "is no answer that the API defines",
            handed_over,
        ),
    };
    report.http_status = answer.http_status;
    if report.request_id.is_empty() || !answer.request_id.trim().is_empty() {
        report.set_request_id(&answer.request_id, masker);
    }
    report.retry_after_ms = answer
        .retry_after
        .filter(|_| answer.http_status >= 400)
        .map(|pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX));
    if answer.from_proxy {
        report.status = Status::Proxy;
        report.phase = Phase::Proxy;
        report.message =
            "the proxy asks for a user name and password, or refuses the ones it was given (407)"
                .to_owned();
    }
    report.hint = hints::for_answer(&report).into();
    report
}

/// Reads an error answer of a service that pushes nothing, such as IAM.
pub(crate) fn read_error_body(answer: &Answer, masker: &Masker) -> Report {
    read_answer(answer, false, masker)
}

fn unexpected(http_status: u16, why: &str, handed_over: bool) -> Report {
    Report {
        outcome_unknown: handed_over,
        ..Report::new(
            Status::UnexpectedResponse,
            Phase::Receive,
            format!("the answer {http_status} {why}"),
        )
    }
}

fn read_ok_body(body: &[u8], handed_over: bool, masker: &Masker) -> Report {
    let parsed = serde_json::from_slice::<Value>(body);
    let Ok(Value::Object(members)) = &parsed else {
        let what = if body.is_empty() {
            "has no body, which the API does not define".to_owned()
        } else {
            format!(
                "has a body that is no JSON object{}",
                quoted(": ", body, masker)
            )
        };
        return unexpected(200, &what, handed_over);
    };
    let is_error = [
        "error",
        "error_code",
        "error_msg",
        "errorCode",
        "errorMsg",
        "code",
    ]
    .iter()
    .any(|name| {
        members
            .get(*name)
            .is_some_and(|value| !means_nothing(value))
    });
    let mut report = if is_error {
        unexpected(200, "carries an error in its body", handed_over)
    } else {
        Report::new(Status::Ok, Phase::Done, "")
    };
    if let Ok(value) = &parsed {
        if is_error {
            take_error(&mut report, value, masker);
        }
        take_request_id(&mut report, value, masker);
    }
    report
}

/// The start of a body behind `before`; or that it is not shown.
fn quoted(before: &str, body: &[u8], masker: &Masker) -> String {
    match masker.quote(body) {
        Some(quote) => format!("{before}\"{quote}\""),
        None => format!("{before}that is not shown, for a secret may be in it"),
    }
}

/// Whether a member that could tell of an error tells of none.
fn means_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

fn read_error(http_status: u16, body: &Body, handed_over: bool, masker: &Masker) -> Report {
    let status = Status::from_http_error(http_status).unwrap_or(Status::UnexpectedResponse);
    let mut report = Report::new(status, Phase::Receive, "");
    let mut remark = String::new();
    // As it came: what is shown of it may be masked.
    let mut code = String::new();
    match body {
        Body::Complete(bytes) => match serde_json::from_slice::<Value>(bytes) {
            Ok(value) => {
                match take_error(&mut report, &value, masker) {
                    Some(told) => code = told,
                    None => remark = quoted(" with the body ", bytes, masker),
                }
                take_request_id(&mut report, &value, masker);
            }
            Err(_) if bytes.is_empty() => {}
            Err(_) => remark = quoted(" with the body ", bytes, masker),
        },
        Body::Missing(Status::Cancelled, why) => {
            report.status = Status::Cancelled;
            remark = format!(", but {why}");
        }
        Body::Missing(_, why) => remark = format!(", but {why}"),
    }
    // A 400 whose body is lost may have had the code of a generic push failure.
    let code_is_lost = http_status == 400 && matches!(body, Body::Missing(..));
    report.outcome_unknown =
        handed_over && (code_is_lost || may_have_been_pushed(http_status, &code));
    report.retryable = !report.outcome_unknown
        && (report.status == Status::Throttled || decides_nothing_was_pushed(&code));
    report.message = format!(
        "the service answered {http_status}{}{}{remark}",
        prefixed(" ", &report.service_code),
        prefixed(" ", &report.service_message),
    );
    report
}

fn may_have_been_pushed(http_status: u16, code: &str) -> bool {
    if http_status < 500 {
        GENERIC_PUSH_FAILURES.contains(&code)
    } else {
        !decides_nothing_was_pushed(code)
    }
}

fn prefixed(prefix: &str, text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("{prefix}{text}")
    }
}

/// Takes the first error found in the body, in the order of the document, and gives its code.
fn take_error(report: &mut Report, value: &Value, masker: &Masker) -> Option<String> {
    let (code, message) = find_error(value, 0)?;
    report.set_service_answer(&code, &message, masker);
    Some(code)
}

/// The shapes that Huawei Cloud's services, gateways and IAM are documented or seen to use: an
/// object with one of these pairs, at any depth within other objects.
fn find_error(value: &Value, depth: usize) -> Option<(String, String)> {
    const CODES: [&str; 3] = ["error_code", "errorCode", "code"];
    const MESSAGES: [&str; 4] = ["error_msg", "errorMsg", "errorMessage", "message"];
    let members = value.as_object()?;
    let code = CODES.iter().find_map(|name| text_of(members.get(*name)?));
    let message = MESSAGES
        .iter()
        .find_map(|name| text_of(members.get(*name)?));
    if code.is_some() || message.is_some() {
        return Some((code.unwrap_or_default(), message.unwrap_or_default()));
    }
    if depth == DEEPEST_ERROR {
        return None;
    }
    members
        .values()
        .find_map(|member| find_error(member, depth + 1))
}

/// A string, or a whole number as text: IAM's codes are numbers.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => number.as_i64().map(|number| number.to_string()),
        _ => None,
    }
}

fn take_request_id(report: &mut Report, value: &Value, masker: &Masker) {
    if let Some(request_id) = value.get("request_id").and_then(Value::as_str) {
        report.set_request_id(request_id, masker);
    }
}

/// The words for a body that is larger than the limit.
pub(crate) fn oversized() -> String {
    format!(
        "its body is larger than {} bytes",
        limits::ANSWER_BODY_BYTES
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(http_status: u16, body: &str) -> Report {
        read_answer(
            &Answer {
                http_status,
                request_id: String::new(),
                retry_after: None,
                date: None,
                subject_token: None,
                from_proxy: false,
                body: Body::Complete(body.as_bytes().to_vec().into()),
            },
            true,
            &Masker::none(),
        )
    }

    #[test]
    fn success_is_exact() {
        assert_eq!(read(204, "").status, Status::Ok);
        for body in [
            "{}",
            "{ }",
            r#"{"message":"success"}"#,
            r#"{"error":null,"code":0,"error_msg":""}"#,
        ] {
            assert_eq!(read(200, body).status, Status::Ok, "{body}");
        }
        for (http_status, body) in [
            (200, ""),
            (200, "<html>"),
            (200, "[]"),
            (200, "null"),
            (200, r#"{"error":{}}"#),
            (200, r#"{"code":1}"#),
            (200, r#"{"error_code":"SCM.0005"}"#),
            (201, "{}"),
            (202, ""),
            (302, ""),
        ] {
            let report = read(http_status, body);
            assert_eq!(
                report.status,
                Status::UnexpectedResponse,
                "{http_status} {body}"
            );
            assert!(report.outcome_unknown && !report.retryable);
        }
    }

    #[test]
    fn an_error_in_a_200_is_read() {
        let report = read(200, r#"{"error_code":"SCM.0201","error_msg":"no"}"#);
        assert_eq!(
            (
                report.service_code.as_str(),
                report.service_message.as_str()
            ),
            ("SCM.0201", "no")
        );
    }

    #[test]
    fn every_shape_of_an_error_is_read() {
        for body in [
            r#"{"error_code":"C.1","error_msg":"m"}"#,
            r#"{"error_msg":"m","error_code":"C.1","request_id":"r"}"#,
            r#"{"errorCode":"C.1","errorMsg":"m"}"#,
            r#"{"errorCode":"C.1","errorMessage":"m"}"#,
            r#"{"code":"C.1","message":"m","details":[{"code":"C.2"}]}"#,
            r#"{"error":{"code":"C.1","message":"m","encoded_authorization_message":null}}"#,
            r#"{"a":{"b":{"error":{"code":"C.1","message":"m"}}}}"#,
        ] {
            let report = read(400, body);
            assert_eq!(
                (
                    report.service_code.as_str(),
                    report.service_message.as_str()
                ),
                ("C.1", "m"),
                "{body}"
            );
        }
        let report = read(
            401,
            r#"{"error":{"code":401,"message":"m","title":"Unauthorized"}}"#,
        );
        assert_eq!(report.service_code, "401");
        let report = read(401, r#"{"error":{"message":"m","title":"Unauthorized"}}"#);
        assert_eq!(
            (
                report.service_code.as_str(),
                report.service_message.as_str()
            ),
            ("", "m")
        );
        assert_eq!(
            read(400, r#"{"error_code":"SCM.0005","error_msg":""}"#).service_code,
            "SCM.0005"
        );
    }

    #[test]
    fn a_4xx_pushed_nothing_but_for_the_generic_push_failures() {
        assert!(!read(400, r#"{"error_code":"SCM.0201","error_msg":""}"#).outcome_unknown);
        assert!(!read(404, "<html>").outcome_unknown);
        for code in ["SCM.0028", "SCM.0203"] {
            let report = read(400, &format!(r#"{{"error_code":"{code}","error_msg":""}}"#));
            assert!(report.outcome_unknown && !report.retryable, "{code}");
        }
    }

    #[test]
    fn a_5xx_may_have_pushed_but_for_what_came_before_the_push() {
        assert!(read(500, r#"{"error_code":"SCM.3000","error_msg":""}"#).outcome_unknown);
        assert!(read(502, "").outcome_unknown);
        for code in ["APIGW.0613", "APIG.0613", "SCM.4001"] {
            let report = read(503, &format!(r#"{{"error_code":"{code}","error_msg":""}}"#));
            assert!(!report.outcome_unknown && report.retryable, "{code}");
        }
    }

    #[test]
    fn nothing_was_pushed_by_a_request_that_was_not_sent_whole() {
        let early = Answer {
            http_status: 500,
            request_id: String::new(),
            retry_after: None,
            date: None,
            subject_token: None,
            from_proxy: false,
            body: Body::Complete(Zeroizing::default()),
        };
        assert!(!read_answer(&early, false, &Masker::none()).outcome_unknown);
    }

    #[test]
    fn a_lost_body_leaves_the_heads_status() {
        let answer = |http_status, status| Answer {
            http_status,
            request_id: "r1".into(),
            retry_after: None,
            date: None,
            subject_token: None,
            from_proxy: false,
            body: Body::Missing(status, "its body did not come".into()),
        };
        let report = read_answer(&answer(404, Status::Timeout), true, &Masker::none());
        assert_eq!(
            (report.status, report.outcome_unknown),
            (Status::NotFound, false)
        );
        assert_eq!(report.request_id, "r1");
        let report = read_answer(&answer(503, Status::ConnectionLost), true, &Masker::none());
        assert_eq!(
            (report.status, report.outcome_unknown),
            (Status::ServerError, true)
        );
        let report = read_answer(&answer(200, Status::Timeout), true, &Masker::none());
        assert_eq!(
            (report.status, report.outcome_unknown),
            (Status::Timeout, true)
        );
        let report = read_answer(&answer(404, Status::Cancelled), true, &Masker::none());
        assert_eq!(
            (report.status, report.http_status, report.outcome_unknown),
            (Status::Cancelled, 404, false)
        );
    }

    #[test]
    fn a_400_whose_code_is_lost_may_have_been_a_generic_push_failure() {
        for status in [Status::ConnectionLost, Status::Timeout, Status::Cancelled] {
            let answer = Answer {
                http_status: 400,
                request_id: String::new(),
                retry_after: None,
                date: None,
                subject_token: None,
                from_proxy: false,
                body: Body::Missing(status, "its body did not come".into()),
            };
            assert!(
                read_answer(&answer, true, &Masker::none()).outcome_unknown,
                "{status}"
            );
            assert!(
                !read_answer(&answer, false, &Masker::none()).outcome_unknown,
                "{status}"
            );
        }
        assert!(!read(400, "<html>").outcome_unknown);
    }

    #[test]
    fn the_headers_request_id_comes_first() {
        let mut answer = Answer {
            http_status: 400,
            request_id: "from-header".into(),
            retry_after: None,
            date: None,
            subject_token: None,
            from_proxy: false,
            body: Body::Complete(
                br#"{"request_id":"from-body","error_code":"C.1"}"#.to_vec().into(),
            ),
        };
        assert_eq!(
            read_answer(&answer, true, &Masker::none()).request_id,
            "from-header"
        );
        answer.request_id = String::new();
        assert_eq!(
            read_answer(&answer, true, &Masker::none()).request_id,
            "from-body"
        );
    }
}
