//! Failures that a test plans, and the other commands that it can give.

use std::time::{Duration, Instant, SystemTime};

use certpush_sim::{
    DEFAULT_DOMAIN, DEFAULT_PASSWORD, DEFAULT_TOKEN, DEFAULT_USER, Failure, Operation, Sim,
    SimOptions,
};
use serde_json::json;

use crate::client::{Answer, Request, connect};

fn start() -> Sim {
    Sim::start(SimOptions::default()).expect("the service starts")
}

fn token_request(sim: &Sim) -> Request {
    let user = json!({
        "domain": {"name": DEFAULT_DOMAIN},
        "name": DEFAULT_USER,
        "password": DEFAULT_PASSWORD,
    });
    let identity = json!({"methods": ["password"], "password": {"user": user}});
    let mut request = Request::bare(sim, "POST", "/v3/auth/tokens");
    request.set("Content-Type", "application/json");
    request.set_body(&json!({"auth": {"identity": identity}}).to_string());
    request
}

fn ask_for_token(sim: &Sim) -> Answer {
    connect(sim).ask(&token_request(sim))
}

/// Gives a command as a program in another language would.
fn command(sim: &Sim, path: &str, body: &str) -> Answer {
    let mut request = Request::bare(sim, "POST", path);
    request.set_body(body);
    connect(sim).ask(&request)
}

#[test]
fn failures_come_once_for_each_request_and_end() {
    let sim = start();
    sim.fail_next(Operation::Token, Failure::ServerError, 2);
    sim.fail_next(Operation::Token, Failure::Unavailable, 1);
    let statuses: Vec<_> = (0..4).map(|_| ask_for_token(&sim).status).collect();
    assert_eq!(statuses, [500, 500, 503, 201]);
    let counts = sim.iam();
    assert_eq!(
        (
            counts.token_requests,
            counts.failures_injected,
            counts.tokens_issued
        ),
        (4, 3, 1)
    );
}

#[test]
fn a_throttled_client_is_told_how_long() {
    let sim = start();
    let failure = Failure::Throttle { retry_after_s: 7 };
    sim.fail_next(Operation::Token, failure, 1);
    let answer = ask_for_token(&sim);
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (429, "IAM.0012")
    );
    assert_eq!(answer.header("Retry-After"), Some("7"));
}

#[test]
fn an_answer_can_be_no_answer() {
    let sim = start();
    sim.fail_next(Operation::Token, Failure::Html, 1);
    let answer = ask_for_token(&sim);
    assert_eq!(
        (answer.status, answer.header("Content-Type")),
        (200, Some("text/html"))
    );
    sim.fail_next(Operation::Token, Failure::NoToken, 1);
    let answer = ask_for_token(&sim);
    assert_eq!(
        (answer.status, answer.header("X-Subject-Token")),
        (201, None)
    );
    assert!(answer.json()["token"]["expires_at"].is_string());
}

#[test]
fn an_answer_can_be_missing() {
    let sim = start();
    sim.fail_next(Operation::Token, Failure::Close, 1);
    let mut connection = connect(&sim);
    connection.send(&token_request(&sim).bytes());
    assert_eq!(connection.read_to_end().expect("it is closed"), b"");
    assert_eq!(sim.received()[0].answered, None);
}

#[test]
fn an_answer_can_hang_while_others_do_not() {
    let sim = start();
    sim.fail_next(Operation::Token, Failure::Hang, 1);
    let mut hanging = connect(&sim);
    hanging.send(&token_request(&sim).bytes());
    // It must be the first to come.
    while sim.iam().failures_injected == 0 {
        std::thread::yield_now();
    }
    assert_eq!(ask_for_token(&sim).status, 201);
}

#[test]
fn an_answer_can_be_late() {
    let sim = start();
    let failure = Failure::Delay { milliseconds: 200 };
    sim.fail_next(Operation::Token, failure, 1);
    let begin = Instant::now();
    assert_eq!(ask_for_token(&sim).status, 201);
    assert!(begin.elapsed() >= Duration::from_millis(200));
}

#[test]
fn every_operation_has_failures_of_its_own() {
    let sim = start();
    for (operation, method, path) in [
        (Operation::Domains, "GET", "/v3/auth/domains"),
        (Operation::Projects, "GET", "/v3/projects"),
        (
            Operation::MetadataToken,
            "PUT",
            "/meta-data/latest/api/token",
        ),
        (
            Operation::InstanceKey,
            "GET",
            "/openstack/latest/securitykey",
        ),
        (Operation::PodKey, "POST", certpush_sim::DEFAULT_POD_PATH),
    ] {
        sim.fail_next(operation, Failure::Unavailable, 1);
        assert_eq!(ask_for_token(&sim).status, 201);
        let answer = connect(&sim).ask(&Request::bare(&sim, method, path));
        assert_eq!(answer.status, 503, "{path}");
    }
}

#[test]
fn failures_can_be_planned_from_any_language() {
    let sim = start();
    for (plan, status) in [
        (r#"{"what": "500"}"#, 500),
        (r#"{"what": "503", "count": 1, "operation": "token"}"#, 503),
        (r#"{"what": "throttle", "retry_after_s": 9}"#, 429),
        (r#"{"what": "html"}"#, 200),
        (r#"{"what": "no-token"}"#, 201),
        (r#"{"what": "delay", "milliseconds": 0}"#, 201),
    ] {
        assert_eq!(command(&sim, "/sim/iam/fail-next", plan).status, 204);
        assert_eq!(ask_for_token(&sim).status, status, "{plan}");
    }
    assert_eq!(sim.iam().failures_injected, 6);
    for wrong in ["", "{}", r#"{"what": "502"}"#, r#"{"what": "delay"}"#] {
        assert_eq!(command(&sim, "/sim/iam/fail-next", wrong).status, 400);
    }
}

#[test]
fn tokens_can_be_revoked_from_any_language() {
    let sim = start();
    let push = |token: &str| {
        let mut request = Request::new(&sim);
        request.set("X-Auth-Token", token);
        connect(&sim).ask(&request).status
    };
    let answer = ask_for_token(&sim);
    let token = answer.header("X-Subject-Token").expect("a token");
    assert_eq!((push(token), push(DEFAULT_TOKEN)), (204, 204));
    assert_eq!(command(&sim, "/sim/iam/revoke-tokens", "").status, 204);
    assert_eq!((push(token), push(DEFAULT_TOKEN)), (401, 204));
    let one = json!({"token": DEFAULT_TOKEN}).to_string();
    assert_eq!(command(&sim, "/sim/iam/revoke-token", &one).status, 204);
    assert_eq!(push(DEFAULT_TOKEN), 401);
}

#[test]
fn clock_and_locks_can_be_set_from_any_language() {
    let sim = start();
    assert_eq!(command(&sim, "/sim/iam/lock", "").status, 204);
    assert_eq!(ask_for_token(&sim).status, 401);
    assert_eq!(command(&sim, "/sim/iam/unlock", "").status, 204);
    assert_eq!(ask_for_token(&sim).status, 201);
    let answer = command(&sim, "/sim/iam/clock-offset", r#"{"seconds": -86400}"#);
    assert_eq!(answer.status, 204);
    let date = answer.header("Date").expect("a date");
    let date = httpdate::parse_http_date(date).expect("an HTTP date");
    let behind = SystemTime::now().duration_since(date);
    assert!(behind.expect("it is behind").as_secs() >= 86_400);
}

#[test]
fn a_command_that_is_none_is_refused() {
    let sim = start();
    assert_eq!(command(&sim, "/sim/iam/clock-offset", "{}").status, 400);
    assert_eq!(command(&sim, "/sim/iam/revoke-token", "{}").status, 400);
    assert_eq!(command(&sim, "/sim/iam/anything", "").status, 404);
}

#[test]
fn counts_are_told_and_forgotten() {
    let sim = start();
    ask_for_token(&sim);
    let counts = connect(&sim).ask(&Request::bare(&sim, "GET", "/sim/iam"));
    assert_eq!(
        counts.json(),
        serde_json::to_value(sim.iam()).expect("counts are JSON")
    );
    assert_eq!(counts.json()["tokens_issued"], 1);
    sim.reset();
    assert_eq!(sim.iam(), certpush_sim::IamCounts::default());
}
