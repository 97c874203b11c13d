//! What the service tells of itself, and what it never tells.

use crate::client::{Request, connect, introspect};
use certpush_sim::{DEFAULT_TOKEN, Sim, SimOptions, fingerprint};
use serde_json::Value;

fn start() -> Sim {
    Sim::start(SimOptions::default()).expect("the service starts")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("the answer is JSON")
}

#[test]
fn a_request_is_told_as_it_was_received() {
    let sim = start();
    let request = Request::new(&sim);
    connect(&sim).ask(&request);
    let received = json(&introspect(&sim, "GET", "/sim/received").body);
    let received = &received[0];
    assert_eq!(received["connection"], 1);
    assert_eq!(received["scheme"], "http");
    assert_eq!(received["method"], "POST");
    assert_eq!(received["path"], request.path);
    assert_eq!(received["body"], request.body);
    assert_eq!(received["problem"], Value::Null);
    assert_eq!(received["answered"], 204);
    let names: Vec<_> = request
        .headers
        .iter()
        .map(|(name, _)| Value::from(name.to_ascii_lowercase()))
        .collect();
    let told: Vec<_> = received["headers"]
        .as_array()
        .expect("a list of headers")
        .iter()
        .map(|header| header[0].clone())
        .collect();
    assert_eq!(told, names);
}

#[test]
fn a_token_is_told_only_by_length_and_fingerprint() {
    let sim = start();
    connect(&sim).ask(&Request::new(&sim));
    let received = introspect(&sim, "GET", "/sim/received").body;
    let shown = format!(
        "<2048 characters, fingerprint {}>",
        fingerprint(DEFAULT_TOKEN.as_bytes())
    );
    assert!(received.contains(&shown), "{received}");
    assert!(!received.contains(&DEFAULT_TOKEN[..16]), "{received}");
    assert_eq!(
        sim.received()[0].header("x-auth-token"),
        Some(shown.as_str())
    );
}

#[test]
fn copies_on_targets_are_told() {
    let sim = start();
    let answer = connect(&sim).ask(&Request::new(&sim));
    let pushed = json(&introspect(&sim, "GET", "/sim/pushed").body);
    assert_eq!(
        pushed,
        serde_json::json!([{
            "certificate_id": crate::client::CERTIFICATE,
            "target_project": "ap-southeast-3",
            "target_service": "ELB",
            "target_certificate_id": "scs16751254852691",
            "request_id": answer.header("X-Request-Id"),
        }])
    );
}

#[test]
fn connections_are_counted_at_once() {
    let sim = start();
    let idle: Vec<_> = (0..20).map(|_| connect(&sim)).collect();
    let connections = sim.connections().expect("the connections are counted");
    assert_eq!(
        (connections.http, connections.https),
        (idle.len() as u64, 0)
    );
    assert_eq!(connections.elsewhere, 0);
}

#[test]
fn something_else_than_http_is_counted() {
    let sim = start();
    let mut connection = connect(&sim);
    connection.send(b"\x16\x03\x01 this is no request\r\n\r\n");
    connection.read_to_end().expect("the service closes");
    let connections = sim.connections().expect("the connections are counted");
    assert_eq!((connections.unreadable, sim.received().len()), (1, 0));
}

#[test]
fn questions_about_the_service_are_not_requests_to_it() {
    let sim = start();
    introspect(&sim, "GET", "/sim/connections");
    assert!(sim.received().is_empty());
}

#[test]
fn a_reset_forgets_everything() {
    let sim = start();
    connect(&sim).ask(&Request::new(&sim));
    assert_eq!(introspect(&sim, "POST", "/sim/reset").status, 204);
    assert!(sim.received().is_empty() && sim.pushed().is_empty());
    let connections = sim.connections().expect("the connections are counted");
    assert_eq!(connections.http, 0);
}

#[test]
fn other_questions_are_not_answered() {
    let sim = start();
    assert_eq!(introspect(&sim, "GET", "/sim/token").status, 404);
    assert_eq!(introspect(&sim, "GET", "/sim/reset").status, 404);
}
