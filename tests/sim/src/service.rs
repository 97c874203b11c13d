//! The service behind the listeners: it reads a request, writes it down, and answers.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap, SERVER};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};

use crate::account::Account;
use crate::faults::Fault;
use crate::introspection;
use crate::ledger::{Ledger, ReceivedRequest, shown};
use crate::options::SimOptions;
use crate::push::{Refusal, TokenRule, certificate_id_in, read_push};
use crate::scenario::Answer;
use crate::wire::{Played, Wire};

/// Largest request body that is read: a push has some hundred bytes.
const LARGEST_BODY: usize = 1024 * 1024;

/// The connection that a request came on.
#[derive(Clone)]
pub(crate) struct Arrival {
    pub(crate) connection: u64,
    pub(crate) scheme: &'static str,
    pub(crate) port: u16,
    pub(crate) wire: Wire,
}

/// The one service of a simulation, shared by all its connections.
pub(crate) struct Service {
    tokens: TokenRule,
    scenarios: HashMap<String, Answer>,
    elsewhere: String,
    account: Mutex<Account>,
    ledger: Mutex<Ledger>,
    request_ids: RequestIds,
}

impl Service {
    pub(crate) fn new(options: SimOptions, elsewhere: String) -> Self {
        Service {
            tokens: TokenRule {
                known: options.tokens,
                any: options.any_token,
            },
            scenarios: options
                .scenarios
                .into_iter()
                .map(|scenario| (scenario.certificate_id, scenario.answer))
                .collect(),
            elsewhere,
            account: Mutex::new(Account::new(options.certificates, options.repeat_policy)),
            ledger: Mutex::default(),
            request_ids: RequestIds::new(),
        }
    }

    pub(crate) fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets requests, copies and counts.
    pub(crate) fn reset(&self) {
        *self.ledger() = Ledger::default();
        self.account().forget_copies();
    }

    /// Answers one request. An error ends its connection without another byte.
    pub(crate) async fn answer(
        &self,
        request: Request<Incoming>,
        arrival: Arrival,
    ) -> io::Result<Response<Full<Bytes>>> {
        arrival.wire.unmute_server();
        let (parts, body) = request.into_parts();
        let body = read_body(body).await?;
        if parts.uri.path().starts_with("/sim/") {
            return introspection::answer(self, &parts);
        }
        let push = read_push(&parts, &body, arrival.port, &self.tokens);
        let received = received_request(&parts, &body, &arrival, &push);
        if let Some(answer) = self.scenario_for(&parts) {
            return self.play(answer, received, &arrival).await;
        }
        let request_id = self.request_ids.next();
        let outcome = match push {
            Ok(push) => self.account().push(&push, &request_id),
            Err(refusal) => Err(refusal.fault),
        };
        let answer = documented_answer(outcome, &request_id, wants_english(&parts.headers))?;
        self.record(received, Some(answer.status()));
        Ok(answer)
    }

    fn scenario_for(&self, parts: &Parts) -> Option<&Answer> {
        self.scenarios.get(certificate_id_in(parts.uri.path())?)
    }

    async fn play(
        &self,
        answer: &Answer,
        received: ReceivedRequest,
        arrival: &Arrival,
    ) -> io::Result<Response<Full<Bytes>>> {
        match answer {
            Answer::Complete {
                status,
                headers,
                body,
            } => {
                self.record(received, Some(*status));
                let mut response = Response::builder().status(*status);
                for (name, value) in headers {
                    response = response.header(name, value.replace("{elsewhere}", &self.elsewhere));
                }
                response
                    .body(Full::from(body.clone()))
                    .map_err(io::Error::other)
            }
            Answer::Steps(steps) => {
                self.record(received, None);
                match arrival.wire.play(steps).await? {
                    Played::StillOpen => Ok(Response::new(Full::default())),
                    Played::Ended => Err(io::ErrorKind::ConnectionAborted.into()),
                }
            }
        }
    }

    fn record(&self, received: ReceivedRequest, answered: Option<StatusCode>) {
        self.ledger().record(ReceivedRequest {
            answered: answered.map(|status| status.as_u16()),
            ..received
        });
    }
}

async fn read_body(body: impl Body<Data = Bytes, Error = hyper::Error>) -> io::Result<Bytes> {
    let body = Limited::new(body, LARGEST_BODY).collect().await;
    Ok(body.map_err(io::Error::other)?.to_bytes())
}

fn received_request(
    parts: &Parts,
    body: &[u8],
    arrival: &Arrival,
    push: &Result<impl Sized, Refusal>,
) -> ReceivedRequest {
    ReceivedRequest {
        connection: arrival.connection,
        scheme: arrival.scheme,
        method: parts.method.to_string(),
        path: parts
            .uri
            .path_and_query()
            .map_or_else(String::new, ToString::to_string),
        headers: shown(&parts.headers),
        body: String::from_utf8_lossy(body).into_owned(),
        problem: push.as_ref().err().map(|refusal| refusal.problem.clone()),
        answered: None,
    }
}

fn wants_english(headers: &HeaderMap) -> bool {
    headers
        .get("x-language")
        .is_some_and(|language| language.as_bytes().eq_ignore_ascii_case(b"en-us"))
}

fn documented_answer(
    outcome: Result<(), &'static Fault>,
    request_id: &str,
    english: bool,
) -> io::Result<Response<Full<Bytes>>> {
    let response = Response::builder()
        .header(SERVER, "api-gateway")
        .header("X-Request-Id", request_id);
    match outcome {
        Ok(()) => response
            .status(StatusCode::NO_CONTENT)
            .body(Full::default()),
        Err(fault) => response
            .status(fault.status)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(fault.body(english, request_id)?)),
    }
    .map_err(io::Error::other)
}

/// Makes request ids, 32 hexadecimal digits as the gateway's are, unique across runs.
struct RequestIds {
    run: u64,
    made: AtomicU64,
}

impl RequestIds {
    fn new() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        RequestIds {
            run: since_epoch.map_or(0, |duration| duration.as_nanos() as u64),
            made: AtomicU64::new(0),
        }
    }

    fn next(&self) -> String {
        let number = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        format!("{:016x}{number:016x}", self.run)
    }
}
