//! The engine with a service that answers from a list: which attempts it makes, and what it makes of
//! what they came to.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::*;
use crate::cancel::Cancel;
use crate::credentials::{CredentialInputs, CredentialSpec};
use crate::environment::Variables;
use crate::log::LogHook;
use crate::operations::PushRequest;
use crate::transport::{Body, Method, Response};

/// What an attempt comes to.
enum Came {
    Response(Response),
    /// A failure, and whether the last byte may have been handed over.
    Failure(Status, bool),
    Panic,
}

/// A service that answers from a list.
struct Service {
    endpoint: Endpoint,
    script: RefCell<VecDeque<Came>>,
    tokens: RefCell<Vec<String>>,
    /// Runs behind each exchange.
    then: Box<dyn Fn()>,
}

impl RequestSender for Service {
    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn masker(&self) -> Masker {
        Masker::none()
    }

    fn exchange(&self, request: &Request, _: &Rc<CallContext>) -> Outcome {
        let token = request.secret_headers[0].value.expose().to_owned();
        self.tokens.borrow_mut().push(token);
        (self.then)();
        let came = self.script.borrow_mut().pop_front();
        match came.expect("an attempt too many") {
            Came::Response(response) => Outcome {
                handed_over: true,
                result: Ok(response),
            },
            Came::Failure(status, handed_over) => Outcome {
                handed_over,
                result: Err(TransportFailure::new(status, Phase::Receive, "it failed")),
            },
            Came::Panic => panic!("a defect"),
        }
    }

    fn connect(&self, _: &Rc<CallContext>) -> Result<(), TransportFailure> {
        match self.script.borrow_mut().pop_front() {
            Some(Came::Failure(status, _)) => {
                Err(TransportFailure::new(status, Phase::Connect, "it failed"))
            }
            Some(Came::Panic) => panic!("a defect"),
            _ => Ok(()),
        }
    }
}

/// Looks a certificate up: an operation that changes nothing, with a query.
struct LookUp;

impl Operation for LookUp {
    const NAME: &'static str = "look_up";
    const CHANGES_SOMETHING: bool = false;

    fn request(&self) -> Request {
        Request {
            query: "limit=1".into(),
            ..Request::new(Method::Get, "/v3/scm/certificates")
        }
    }

    fn read(&self, response: &Response, attempt: &Attempt<'_>) -> Report {
        assert!(!attempt.handed_over, "nothing can have been changed");
        let status = match response.http_status {
            200 => Status::Ok,
            _ => Status::ServerError,
        };
        Report::new(status, Phase::Receive, "the service answered")
    }

    fn name_in(&self, _: &mut Report) {}

    fn message(&self, report: &Report) -> String {
        format!("look-up: {}", report.what_happened())
    }
}

/// The lines of a client's log.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl LogHook for Lines {
    fn line(&self, _: crate::Level, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
}

/// What became of a call.
struct Ended {
    report: Report,
    /// The token of each attempt.
    tokens: Vec<String>,
    log: Vec<String>,
}

/// Makes a call, with `retries`, that meets `script`. Each attempt's token is another.
fn run(
    script: Vec<Came>,
    retries: u32,
    then: impl Fn() + 'static,
    cancel: Option<Cancel>,
    call: impl FnOnce(&Caller<'_, Service>, &Rc<CallContext>) -> Report,
) -> Ended {
    let asked = std::sync::atomic::AtomicU32::new(0);
    let source = move || {
        let number = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok::<_, std::io::Error>(format!("{number:032}"))
    };
    let spec = CredentialSpec::Program(Arc::new(source));
    let credentials = CredentialInputs::for_tests(None, &Variables::default(), |inputs| {
        Credentials::from_spec(spec, inputs).unwrap()
    });
    let service = Service {
        endpoint: Endpoint::for_tests("https://scm.example", false),
        script: RefCell::new(script.into()),
        tokens: RefCell::default(),
        then: Box::new(then),
    };
    let lines = Lines::default();
    let caller = Caller {
        service: &service,
        credentials: &credentials,
        retry: &RetryPolicy {
            retries,
            base: Duration::from_nanos(1),
            longest: Duration::from_secs(1),
            ends_at_429: false,
        },
        log: &Log::new(Some(Arc::new(lines.clone()))),
    };
    let allowed = Duration::from_secs(30);
    let context = Rc::new(CallContext::start(allowed, cancel, Cancel::new(), None));
    let report = call(&caller, &context);
    assert!(service.script.borrow().is_empty(), "an attempt too few");
    let log = lines.0.lock().unwrap().clone();
    Ended {
        report,
        tokens: service.tokens.take(),
        log,
    }
}

fn push(script: Vec<Came>, retries: u32) -> Ended {
    let request = PushRequest::new("scs1600313391074", "ap-southeast-3", "ELB").unwrap();
    run(
        script,
        retries,
        || {},
        None,
        |caller, context| caller.call(&request, context),
    )
}

fn answer(http_status: u16, body: &str) -> Came {
    Came::Response(Response {
        http_status,
        body: Body::Complete(body.as_bytes().to_vec().into()),
        ..Response::default()
    })
}

#[test]
fn a_push_is_one_attempt_and_one_line_of_the_log() {
    let ended = push(vec![answer(204, "")], 2);
    assert_eq!(ended.report.status(), Status::Ok);
    assert_eq!(ended.report.attempts(), 1);
    assert_eq!(ended.report.certificate_id(), Some("scs1600313391074"));
    assert_eq!(ended.log.len(), 1);
    assert!(ended.log[0].contains(" push certificate_id=scs1600313391074 "));
}

#[test]
fn what_provably_pushed_nothing_is_tried_as_often_as_the_retries_allow() {
    for retries in [0, 1, 3] {
        let failures = (0..=retries).map(|_| Came::Failure(Status::Connect, false));
        let ended = push(failures.collect(), retries);
        assert_eq!(ended.report.attempts(), retries + 1);
        assert!(ended.report.retryable() && !ended.report.outcome_unknown());
        let pauses = ended
            .log
            .iter()
            .filter(|line| line.contains("next attempt"));
        assert_eq!(pauses.count(), retries as usize);
    }
}

#[test]
fn what_may_have_pushed_is_never_tried_again() {
    for came in [
        Came::Failure(Status::ConnectionLost, true),
        Came::Failure(Status::Timeout, true),
        answer(500, ""),
        answer(202, ""),
    ] {
        let ended = push(vec![came], 9);
        assert_eq!(ended.report.attempts(), 1);
        assert!(ended.report.outcome_unknown() && !ended.report.retryable());
        assert!(ended.report.message().ends_with("it may have been pushed"));
    }
}

#[test]
fn a_refused_credential_is_renewed_once_and_outside_the_retries() {
    let refused = || answer(401, r#"{"error_code":"APIGW.0307","error_msg":"renew"}"#);
    let ended = push(vec![refused(), answer(204, "")], 0);
    assert_eq!(ended.report.status(), Status::Ok);
    assert_eq!((ended.report.attempts(), ended.tokens.len()), (2, 2));
    assert_ne!(ended.tokens[0], ended.tokens[1]);
    let ended = push(vec![refused(), refused()], 9);
    assert_eq!(ended.report.status(), Status::Unauthorized);
    assert_eq!(ended.report.attempts(), 2);
}

#[test]
fn a_401_that_no_credential_mends_is_final() {
    let ended = push(vec![answer(401, r#"{"error_code":"SCM.4002"}"#)], 9);
    assert_eq!(ended.report.attempts(), 1);
}

#[test]
fn a_cancel_between_two_attempts_keeps_what_the_first_one_learned() {
    let cancel = Cancel::new();
    let (trigger, count) = (cancel.clone(), Cell::new(0));
    let request = PushRequest::new("scs1600313391074", "ap-southeast-3", "ELB").unwrap();
    let then = move || {
        count.set(count.get() + 1);
        trigger.trigger();
    };
    let ended = run(
        vec![answer(429, r#"{"error_code":"APIGW.0308"}"#)],
        9,
        then,
        Some(cancel),
        |caller, context| caller.call(&request, context),
    );
    let report = ended.report;
    assert_eq!(report.status(), Status::Cancelled);
    assert_eq!(report.http_status(), Some(429));
    assert_eq!(report.service_code(), Some("APIGW.0308"));
    assert!(!report.outcome_unknown() && !report.retryable());
    assert!(
        report
            .message()
            .contains(", after the service answered 429")
    );
}

#[test]
fn a_defect_behind_a_send_leaves_the_outcome_open() {
    let ended = push(vec![Came::Panic], 9);
    assert_eq!(ended.report.status(), Status::Internal);
    assert_eq!(ended.report.phase(), Some(Phase::Send));
    assert!(ended.report.outcome_unknown());
    let ended = push(vec![answer(429, ""), Came::Panic], 9);
    assert_eq!(ended.report.attempts(), 2);
    assert!(ended.report.outcome_unknown());
}

#[test]
fn what_changes_nothing_leaves_nothing_open() {
    let look_up = |script| {
        run(
            script,
            0,
            || {},
            None,
            |caller, context| caller.call(&LookUp, context),
        )
    };
    for script in [
        vec![answer(500, "")],
        vec![Came::Failure(Status::ConnectionLost, true)],
        vec![Came::Panic],
    ] {
        assert!(!look_up(script).report.outcome_unknown());
    }
    let ended = look_up(vec![answer(200, "{}")]);
    assert_eq!(ended.report.status(), Status::Ok);
    assert!(ended.log[0].contains(" look_up "));
}

#[test]
fn a_connect_is_guarded_and_told() {
    let connect = |script| {
        run(
            script,
            9,
            || {},
            None,
            |caller, context| caller.connect(context),
        )
    };
    let ended = connect(vec![Came::Panic]);
    assert_eq!(ended.report.status(), Status::Internal);
    assert!(!ended.report.outcome_unknown());
    let ended = connect(vec![Came::Failure(Status::Connect, false)]);
    assert_eq!(ended.report.status(), Status::Connect);
    assert_eq!(ended.report.attempts(), 1);
    assert!(ended.log[0].contains(" connect certificate_id=- "));
}
