//! What a test asks of the simulated service itself: `/sim/…`.

use std::io;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::CONTENT_TYPE;
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use serde::Deserialize;

use crate::failures::{Failure, Operation};
use crate::planned::PlannedAnswer;
use crate::scenario::Answer;
use crate::service::Service;

/// Answers a request for a path below `/sim/`.
pub(crate) fn answer(
    service: &Service,
    parts: &Parts,
    body: &[u8],
) -> io::Result<Response<Full<Bytes>>> {
    let json = match (parts.method.as_str(), parts.uri.path()) {
        ("GET", "/sim/received") => serde_json::to_vec(&service.ledger().received()),
        ("GET", "/sim/pushed") => serde_json::to_vec(service.account().copies()),
        ("GET", "/sim/connections") => serde_json::to_vec(&service.ledger().connections),
        ("GET", "/sim/iam") => serde_json::to_vec(&service.identity.state().counts),
        ("POST", path) => return command(service, path, body),
        _ => return empty(StatusCode::NOT_FOUND),
    };
    Response::builder()
        .header(CONTENT_TYPE, "application/json")
        .body(Full::from(json?))
        .map_err(io::Error::other)
}

/// Does what a test asks for.
fn command(service: &Service, path: &str, body: &[u8]) -> io::Result<Response<Full<Bytes>>> {
    let done = match path {
        "/sim/reset" => {
            service.reset();
            Ok(())
        }
        "/sim/answer-next" => serde_json::from_slice(body).map(|plan: AnswerPlan| {
            let planned = PlannedAnswer {
                answer: plan.answer,
                carried_out: plan.carried_out,
            };
            service.planned().plan(planned, plan.count);
        }),
        "/sim/iam/lock" => {
            service.identity.lock();
            Ok(())
        }
        "/sim/iam/unlock" => {
            service.identity.unlock();
            Ok(())
        }
        "/sim/iam/revoke-tokens" => {
            service.identity.state().tokens.revoke_issued();
            Ok(())
        }
        "/sim/iam/revoke-token" => serde_json::from_slice(body).map(|Revocation { token }| {
            service.identity.state().tokens.revoke(token);
        }),
        "/sim/iam/clock-offset" => serde_json::from_slice(body).map(|ClockOffset { seconds }| {
            service.identity.clock.set_ahead(seconds);
        }),
        "/sim/iam/fail-next" => serde_json::from_slice(body).map(|plan: Plan| {
            let failures = &mut service.identity.state().failures;
            failures.plan(plan.operation, plan.failure, plan.count);
        }),
        _ => return empty(StatusCode::NOT_FOUND),
    };
    match done {
        Ok(()) => empty(StatusCode::NO_CONTENT),
        Err(error) => Response::builder()
            .status(StatusCode::BAD_REQUEST)
            .header(CONTENT_TYPE, "text/plain")
            .body(Full::from(error.to_string()))
            .map_err(io::Error::other),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revocation {
    token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockOffset {
    seconds: i32,
}

/// A failure, for the next token request unless another operation and number are given.
#[derive(Deserialize)]
struct Plan {
    #[serde(default)]
    operation: Operation,
    #[serde(flatten)]
    failure: Failure,
    #[serde(default = "once")]
    count: u64,
}

/// How the next pushes are answered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerPlan {
    answer: Answer,
    #[serde(default)]
    carried_out: bool,
    #[serde(default = "once")]
    count: u64,
}

fn once() -> u64 {
    1
}

fn empty(status: StatusCode) -> io::Result<Response<Full<Bytes>>> {
    Response::builder()
        .status(status)
        .body(Full::default())
        .map_err(io::Error::other)
}
