//! The service behind the listeners: it reads a request, writes it down, and answers.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderValue, SERVER};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use serde::Serialize;

use crate::account::{Account, BatchResult, CarriedOut, Projects};
use crate::clock::Clock;
use crate::faults::{self, Fault};
use crate::identity::{IamCounts, Identity};
use crate::introspection;
use crate::ledger::{Ledger, ReceivedRequest, shown};
use crate::metadata::Metadata;
use crate::options::SimOptions;
use crate::planned::{PlannedAnswer, PlannedAnswers};
use crate::push::{certificate_id_in, read_push};
use crate::scenario::{Answer, Step};
use crate::weather::{Draw, Fate};
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
    pub(crate) identity: Identity,
    pub(crate) metadata: Metadata,
    scenarios: HashMap<String, Answer>,
    planned: Mutex<PlannedAnswers>,
    elsewhere: String,
    draw: Draw,
    account: Mutex<Account>,
    ledger: Mutex<Ledger>,
    pub(crate) request_ids: RequestIds,
}

impl Service {
    pub(crate) fn new(options: SimOptions, elsewhere: String) -> Self {
        let projects = if options.any_project {
            Projects::Any
        } else {
            let of_iam = options.iam.projects.iter();
            let of_iam = of_iam.map(|project| project.name.clone());
            Projects::Named(options.target_projects.into_iter().chain(of_iam).collect())
        };
        Service {
            identity: Identity::new(
                options.iam,
                Clock::new(options.clock_offset_s),
                options.tokens,
                options.any_token,
            ),
            metadata: Metadata::new(options.metadata),
            scenarios: options
                .scenarios
                .into_iter()
                .map(|scenario| (scenario.certificate_id, scenario.answer))
                .collect(),
            planned: Mutex::default(),
            elsewhere,
            draw: Draw::new(options.weather),
            account: Mutex::new(Account::new(
                options.certificates,
                projects,
                options.repeat_policy,
            )),
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

    pub(crate) fn planned(&self) -> MutexGuard<'_, PlannedAnswers> {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets requests, copies, counts, and the answers planned for pushes.
    pub(crate) fn reset(&self) {
        *self.planned() = PlannedAnswers::default();
        *self.ledger() = Ledger::default();
        self.account().forget_copies();
        self.identity.state().counts = IamCounts::default();
    }

    /// Answers one request, by the service's own clock. An error ends its connection without
    /// another byte.
    pub(crate) async fn answer(
        &self,
        request: Request<Incoming>,
        arrival: Arrival,
    ) -> io::Result<Response<Full<Bytes>>> {
        arrival.wire.unmute_server();
        let (parts, body) = request.into_parts();
        let body = read_body(body).await?;
        let mut answer = if parts.uri.path().starts_with("/sim/") {
            introspection::answer(self, &parts, &body)?
        } else if let Some(operation) = self.operation(&parts) {
            self.perform(operation, &parts, &body, &arrival).await?
        } else {
            self.push(&parts, &body, &arrival).await?
        };
        let date = self.identity.clock.now().to_http();
        answer
            .headers_mut()
            .entry(DATE)
            .or_insert(HeaderValue::try_from(date).map_err(io::Error::other)?);
        Ok(answer)
    }

    async fn push(
        &self,
        parts: &Parts,
        body: &[u8],
        arrival: &Arrival,
    ) -> io::Result<Response<Full<Bytes>>> {
        let push = read_push(parts, body, arrival.port, &self.identity);
        let mut received = received_request(parts, body, arrival);
        received.problem = push.as_ref().err().map(|refusal| refusal.problem.clone());
        if let Some(answer) = self.scenario_for(parts) {
            return self.play(answer, received, arrival).await;
        }
        let request_id = self.request_ids.next();
        let english = wants_english(&parts.headers);
        let planned = self.planned().next();
        if let Some(PlannedAnswer {
            answer,
            carried_out,
        }) = planned
        {
            if let (Ok(push), true) = (push, carried_out) {
                let _ = self.account().push(&push, &request_id, english);
            }
            return self.play(&answer, received, arrival).await;
        }
        let done = match push {
            Ok(push) => {
                futures_timer::Delay::new(self.draw.weather.latency).await;
                let carry_out = || {
                    let done = self.account().push(&push, &request_id, english);
                    done.map_err(Fault::from)
                };
                match self.draw.fate(parts.uri.path(), body) {
                    Fate::Well => carry_out(),
                    Fate::Throttled => Err(faults::THROTTLED.clone()),
                    Fate::Failing { carried_out } => carried_out
                        .then(carry_out)
                        .and_then(Result::err)
                        .map_or_else(|| Err(faults::INTERNAL_ERROR.clone()), Err),
                    Fate::Reset { carried_out } => {
                        let _ = carried_out.then(carry_out);
                        let reset = Answer::Steps(vec![Step::Reset]);
                        return self.play(&reset, received, arrival).await;
                    }
                }
            }
            Err(refusal) => Err(refusal.fault),
        };
        let answer = match done {
            Ok(done) => carried_out(&done, &request_id),
            Err(fault) => refused(&fault, &request_id, &parts.headers),
        }?;
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

    pub(crate) fn record(&self, received: ReceivedRequest, answered: Option<StatusCode>) {
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

/// A request as far as it has been received: nothing is wrong with it, and nothing answered.
pub(crate) fn received_request(parts: &Parts, body: &[u8], arrival: &Arrival) -> ReceivedRequest {
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
        problem: None,
        answered: None,
    }
}

fn wants_english(headers: &HeaderMap) -> bool {
    headers
        .get("x-language")
        .is_some_and(|language| language.as_bytes().eq_ignore_ascii_case(b"en-us"))
}

/// The body of the answer to a batch push.
#[derive(Serialize)]
struct BatchResults<'a> {
    results: &'a [BatchResult],
}

fn carried_out(done: &CarriedOut, request_id: &str) -> io::Result<Response<Full<Bytes>>> {
    let response = Response::builder()
        .header(SERVER, "api-gateway")
        .header("X-Request-Id", request_id);
    let (response, body) = match done {
        CarriedOut::Push => (response.status(StatusCode::NO_CONTENT), Full::default()),
        CarriedOut::BatchPush(results) => {
            let body = serde_json::to_string(&BatchResults { results })?;
            let response = response.header(CONTENT_TYPE, "application/json");
            (response, Full::from(body))
        }
    };
    response.body(body).map_err(io::Error::other)
}

/// The answer to a request with these headers that meets a fault.
pub(crate) fn refused(
    fault: &Fault,
    request_id: &str,
    headers: &HeaderMap,
) -> io::Result<Response<Full<Bytes>>> {
    let body = fault.body(wants_english(headers), request_id)?;
    Response::builder()
        .status(fault.status)
        .header(SERVER, "api-gateway")
        .header("X-Request-Id", request_id)
        .header(CONTENT_TYPE, "application/json")
        .body(Full::from(body))
        .map_err(io::Error::other)
}

/// Makes request ids, 32 hexadecimal digits as the gateway's are, unique across runs.
pub(crate) struct RequestIds {
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

    pub(crate) fn next(&self) -> String {
        let number = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        format!("{:016x}{number:016x}", self.run)
    }
}
