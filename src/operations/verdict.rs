//! What a response says of an operation that may have changed something. Never touches a connection.
//!
//! These rules are certpush's central promise. A 4xx says that nothing was done and a 5xx that
//! something may have been, but for the few codes that [`service_codes`](crate::service_codes) names;
//! a 400 whose code is lost may have had one of them. Success is exact: a 204, or a 200 whose body is
//! a JSON object without an error in it. Anything else is a response that the API does not define,
//! and then the operation may have been carried out.

use super::operation::Attempt;
use crate::hints;
use crate::json::{Document, Kind};
use crate::mask::Masker;
use crate::phase::Phase;
use crate::report::Report;
use crate::service_error::{
    DEEPEST, ErrorResponse, generic_failure_in, is_lost, is_page, quoted, says_never_pushed,
    tells_of_an_error,
};
use crate::status::Status;
use crate::transport::{Body, PROXY_REFUSED, Response};

/// So much of a host's name is shown, in characters.
const LONGEST_HOST: usize = 253;

/// Reads the response to an attempt of a push. What it echoes of the call's secrets is masked.
pub(crate) fn read_response(response: &Response, attempt: &Attempt<'_>) -> Report {
    match (response.http_status, &response.body) {
        (204, _) => {
            let head = ErrorResponse::of_head(response, attempt.masker);
            let report = head.into_report(Status::Ok, response, String::new());
            with_hint(report, response, attempt)
        }
        (200, Body::Complete(body)) => {
            let report = read_ok(response, body, attempt.handed_over, attempt.masker);
            with_hint(report, response, attempt)
        }
        _ => read_failure(response, attempt),
    }
}

/// Reads a response that is none of an operation's successes, masked likewise.
pub(super) fn read_failure(response: &Response, attempt: &Attempt<'_>) -> Report {
    let &Attempt {
        handed_over,
        masker,
        ..
    } = attempt;
    let head = || ErrorResponse::of_head(response, masker);
    let report = match (response.http_status, &response.body) {
        (407, _) if response.from_proxy => proxy_refused(response, handed_over, masker),
        (408, _) if response.gave_up_idle_connection => Report {
            retryable: true,
            ..head().into_report(
                Status::ConnectionLost,
                response,
                "the service had given up the kept connection (408) before the request came"
                    .to_owned(),
            )
        },
        (200, Body::Missing(status, why)) => Report {
            outcome_unknown: handed_over,
            ..head().into_report(
                *status,
                response,
                format!("the service answered 200, but {why}"),
            )
        },
        (400..=599, _) => read_error(response, handed_over, masker),
        (300..=399, _) => {
            let host = masker.field(&response.redirect_host, LONGEST_HOST);
            let to = if host.is_empty() {
                String::new()
            } else {
                format!(" to {host}")
            };
            let what = format!("is a redirect{to}, which is never followed");
            unexpected(head(), response, &what, handed_over)
        }
        _ => {
            let what = "is no answer that the API defines";
            unexpected(head(), response, what, handed_over)
        }
    };
    with_hint(report, response, attempt)
}

/// The report of a response with what to do about it.
pub(super) fn with_hint(report: Report, response: &Response, attempt: &Attempt<'_>) -> Report {
    Report {
        hint: hints::for_answer(&report, attempt.used, is_page(response)),
        ..report
    }
}

/// The report of a response that the API does not define: `what` continues "the answer 200".
pub(super) fn unexpected(
    read: ErrorResponse,
    response: &Response,
    what: &str,
    handed_over: bool,
) -> Report {
    let message = format!("the answer {} {what}", response.http_status);
    Report {
        outcome_unknown: handed_over,
        ..read.into_report(Status::UnexpectedResponse, response, message)
    }
}

fn read_ok(response: &Response, body: &[u8], handed_over: bool, masker: &Masker) -> Report {
    let mut read = ErrorResponse::of_head(response, masker);
    let document = match object_in(response, body, masker) {
        Ok(document) => document,
        Err(what) => return unexpected(read, response, &what, handed_over),
    };
    read.take_request_id(&document, masker);
    if tells_of_an_error(&document) {
        let what = error_in(&mut read, &document, response, body, masker);
        return unexpected(read, response, &what, handed_over);
    }
    if let Some(what) = too_deep(&document) {
        return unexpected(read, response, &what, handed_over);
    }
    read.into_report(Status::Ok, response, String::new())
}

/// The JSON object that the body of a 200 must be, or what is wrong with it.
pub(super) fn object_in<'a>(
    response: &Response,
    body: &'a [u8],
    masker: &Masker,
) -> Result<Document<'a>, String> {
    if body.is_empty() {
        return Err("has no body, which the API does not define".to_owned());
    }
    if let Some(coding) = &response.coding {
        return Err(format!("has a body that is {coding}"));
    }
    let document = Document::read(body).filter(|document| document.root().kind() == Kind::Object);
    document.ok_or_else(|| {
        format!(
            "has a body that is no JSON object{}",
            quoted(": ", body, masker)
        )
    })
}

/// What is wrong with a body that goes deeper than is looked at.
pub(super) fn too_deep(document: &Document<'_>) -> Option<String> {
    (document.deepest() > DEEPEST).then(|| format!("has a body that is more than {DEEPEST} deep"))
}

/// Takes the error from the body of a 200, and says what is wrong with the answer.
pub(super) fn error_in(
    read: &mut ErrorResponse,
    document: &Document<'_>,
    response: &Response,
    body: &[u8],
    masker: &Masker,
) -> String {
    read.take_body(document, masker);
    let mut error = read.in_words(response.http_status);
    if error.is_empty() {
        error = quoted(" ", body, masker);
    }
    format!("carries an error in its body:{error}")
}

fn read_error(response: &Response, handed_over: bool, masker: &Masker) -> Report {
    let http_status = response.http_status;
    let read = ErrorResponse::read(response, masker);
    let status = match &response.body {
        Body::Missing(Status::Cancelled, _) => Status::Cancelled,
        _ => Status::from_http_error(http_status).unwrap_or(Status::UnexpectedResponse),
    };
    let never_pushed = match (&response.body, &response.coding) {
        (Body::Complete(body), None) => says_never_pushed(body),
        _ => false,
    };
    let generic_failure = match &response.body {
        Body::Complete(body) if http_status < 500 => generic_failure_in(body),
        _ => None,
    };
    let outcome_unknown = handed_over
        && if http_status >= 500 {
            !never_pushed
        } else {
            // A gateway says 408 for a slow backend, too, and 499 for what was cut off on its way there.
            generic_failure.is_some()
                || matches!(http_status, 408 | 499)
                || (http_status == 400 && is_lost(response))
        };
    let hidden_code = generic_failure
        .filter(|_| handed_over && generic_failure_in(read.code.as_bytes()).is_none())
        .map_or_else(String::new, |code| format!("; {code} stands in its body"));
    let message = format!(
        "the service answered {http_status}{}{}{hidden_code}",
        read.in_words(http_status),
        read.remark
    );
    Report {
        outcome_unknown,
        retryable: !outcome_unknown && (status == Status::Throttled || never_pushed),
        ..read.into_report(status, response, message)
    }
}

/// A proxy that reads the requests wants to know who asks.
fn proxy_refused(response: &Response, handed_over: bool, masker: &Masker) -> Report {
    Report {
        status: Status::Proxy,
        phase: Some(Phase::Proxy),
        message: PROXY_REFUSED.to_owned(),
        ..read_error(response, handed_over, masker)
    }
}

#[cfg(test)]
mod tests;
