//! Certificate ids that are answered as a scenario says.

use std::io::ErrorKind;

use crate::client::{Request, connect, connect_tls};
use certpush_sim::{Answer, Sim, SimOptions, certificate_id_of, scenarios_from_json};
use tokio_rustls::rustls::version::TLS13;

const ID: &str = "scs9000000000001";

/// A service that answers one id in one way.
fn start(answer: &str) -> Sim {
    let json = format!(r#"{{"scenarios": [{{"certificate_id": "{ID}", "answer": {answer}}}]}}"#);
    Sim::start(SimOptions {
        scenarios: scenarios_from_json(&json).expect("the scenario can be read"),
        ..SimOptions::default()
    })
    .expect("the service starts")
}

fn push(sim: &Sim) -> Request {
    Request::of(sim, ID, "ap-southeast-3", "ELB")
}

/// All that comes when the scenario's certificate is pushed.
fn bytes(answer: &str) -> Vec<u8> {
    let sim = start(answer);
    let mut connection = connect(&sim);
    connection.send(&push(&sim).bytes());
    connection.read_to_end().expect("the service closes")
}

#[test]
fn a_name_gives_an_id_like_the_services_own() {
    let ids = ["a", "b", "a"].map(certificate_id_of);
    assert_eq!(ids[0], ids[2]);
    assert_ne!(ids[0], ids[1]);
    for id in ids {
        let digits = id
            .strip_prefix("scs")
            .expect("an id of the service begins so");
        assert!(digits.len() == 13 && digits.bytes().all(|byte| byte.is_ascii_digit()));
    }
}

#[test]
fn a_scenario_has_the_id_of_its_name_unless_it_has_another() {
    let json = r#"{"scenarios": [
        {"name": "a", "answer": {"status": 204}},
        {"name": "b", "certificate_id": "scs1700000000000", "answer": {"status": 204}},
        {"name": "never sent"}
    ]}"#;
    let scenarios = scenarios_from_json(json).expect("the scenarios can be read");
    let ids: Vec<_> = scenarios
        .iter()
        .map(|scenario| scenario.certificate_id.as_str())
        .collect();
    assert_eq!(ids, [certificate_id_of("a").as_str(), "scs1700000000000"]);
    let nameless = r#"{"scenarios": [{"answer": {"status": 204}}]}"#;
    assert!(scenarios_from_json(nameless).is_err());
}

#[test]
fn an_answer_is_given_as_written() {
    let sim =
        start(r#"{"status": 494, "headers": {"X-Request-Id": "r-1"}, "json": {"b": 1,  "a": 2}}"#);
    let answer = connect(&sim).ask(&push(&sim));
    assert_eq!(answer.status, 494);
    assert_eq!(answer.header("X-Request-Id"), Some("r-1"));
    assert_eq!(answer.body, r#"{"b": 1,  "a": 2}"#);
    assert_eq!(sim.received()[0].answered, Some(494));
    assert!(sim.pushed().is_empty());
}

#[test]
fn the_request_is_checked_all_the_same() {
    let sim = start(r#"{"status": 204}"#);
    let mut request = push(&sim);
    request.remove("Content-Type");
    assert_eq!(connect(&sim).ask(&request).status, 204);
    assert!(sim.received()[0].problem.is_some());
}

#[test]
fn elsewhere_in_a_header_is_the_host_to_which_nothing_must_go() {
    let sim = start(r#"{"status": 302, "headers": {"Location": "{elsewhere}/x"}}"#);
    let answer = connect(&sim).ask(&push(&sim));
    let elsewhere = format!("{}/x", sim.elsewhere_url());
    assert_eq!(answer.header("Location"), Some(elsewhere.as_str()));
    let address = sim.elsewhere_url().replace("http://", "");
    let _visitor = std::net::TcpStream::connect(address).expect("elsewhere listens");
    assert_eq!(
        sim.connections()
            .expect("the connections are counted")
            .elsewhere,
        1
    );
}

#[test]
fn steps_send_exactly_their_bytes() {
    let sent = bytes(
        r#"{"steps": [{"send": "HTTP/1.1 204 X\r\n"}, {"wait_ms": 1}, {"trickle": {"text": "A: b", "pause_ms": 1}}, {"send_hex": "00fF"}, "close"]}"#,
    );
    assert_eq!(sent, b"HTTP/1.1 204 X\r\nA: b\x00\xff");
}

#[test]
fn long_text_is_written_as_a_repetition() {
    let sent = bytes(r#"{"steps": [{"send": ["<", {"repeat": "证", "count": 3}, ">"]}, "close"]}"#);
    assert_eq!(sent, "<证证证>".as_bytes());
}

#[test]
fn a_connection_is_usable_after_steps_that_leave_it_open() {
    let sim = start(r#"{"steps": [{"send": "HTTP/1.1 204 First\r\n\r\n"}]}"#);
    let mut connection = connect(&sim);
    let first = connection.ask(&push(&sim));
    assert!(
        first.head.starts_with("HTTP/1.1 204 First\r\n"),
        "{first:?}"
    );
    let second = connection.ask(&Request::new(&sim));
    assert_eq!(second.header("Server"), Some("api-gateway"));
    assert_eq!(sim.received()[0].answered, None);
}

#[test]
fn a_reset_is_a_reset() {
    let sim = start(r#"{"steps": ["reset"]}"#);
    let mut connection = connect(&sim);
    connection.send(&push(&sim).bytes());
    let error = connection
        .read_to_end()
        .expect_err("the connection is reset");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_close_under_tls_is_in_good_order_and_a_cut_is_not() {
    for (end, in_good_order) in [("close", true), ("cut", false)] {
        let sim = start(&format!(r#"{{"steps": [{{"send": "x"}}, "{end}"]}}"#));
        let mut connection = connect_tls(&sim, &TLS13);
        let mut request = push(&sim);
        request.set("Host", &sim.https_url().replace("https://", ""));
        connection.send(&request.bytes());
        let ended = connection.read_to_end();
        // rustls reports the missing close_notify.
        assert_eq!(ended.is_ok(), in_good_order, "{end}: {ended:?}");
    }
}

#[test]
fn a_held_connection_keeps_nobody_waiting() {
    let sim = start(r#"{"steps": ["hold"]}"#);
    let mut held = connect(&sim);
    held.send(&push(&sim).bytes());
    assert_eq!(connect(&sim).ask(&Request::new(&sim)).status, 204);
    drop(sim);
    assert!(held.read_to_end().map_or(true, |bytes| bytes.is_empty()));
}

#[test]
fn answers_that_cannot_be_given_are_refused() {
    for answer in [
        r#"{}"#,
        r#"{"status": 204, "steps": []}"#,
        r#"{"status": 99}"#,
        r#"{"status": 100}"#,
        r#"{"status": 204, "body": "x"}"#,
        r#"{"status": 200, "body": "x", "json": {}}"#,
        r#"{"status": 200, "headers": {"a b": "c"}}"#,
        r#"{"status": 200, "colour": "red"}"#,
        r#"{"steps": ["sleep"]}"#,
        r#"{"steps": [{"send_hex": "0"}]}"#,
        r#"{"steps": [{"send_hex": "+1"}]}"#,
    ] {
        let json =
            format!(r#"{{"scenarios": [{{"certificate_id": "{ID}", "answer": {answer}}}]}}"#);
        assert!(scenarios_from_json(&json).is_err(), "{answer}");
    }
}

fn answer(json: &str) -> Answer {
    serde_json::from_str(json).expect("the answer can be read")
}

#[test]
fn the_next_pushes_are_answered_as_planned_and_those_after_them_properly() {
    let sim = Sim::start(SimOptions::default()).expect("the service starts");
    sim.answer_next(answer(r#"{"status": 503}"#), false, 2);
    sim.answer_next(answer(r#"{"status": 429}"#), false, 1);
    sim.answer_next(answer(r#"{"status": 418}"#), false, 0);
    let push = Request::of(&sim, "scs1600313391074", "ap-southeast-3", "ELB");
    let statuses: Vec<_> = (0..4).map(|_| connect(&sim).ask(&push).status).collect();
    assert_eq!(statuses, [503, 503, 429, 204]);
    assert_eq!(sim.pushed().len(), 1);
}

#[test]
fn a_push_whose_answer_gets_lost_is_carried_out_if_it_was_planned_so() {
    let sim = Sim::start(SimOptions::default()).expect("the service starts");
    let push = Request::of(&sim, "scs1600313391074", "ap-southeast-3", "ELB");
    for (carried_out, copies) in [(false, 0), (true, 1)] {
        sim.answer_next(answer(r#"{"steps": ["cut"]}"#), carried_out, 1);
        let mut connection = connect(&sim);
        connection.send(&push.bytes());
        assert_eq!(connection.read_to_end().expect("it closes"), b"");
        assert_eq!(sim.pushed().len(), copies);
    }
    sim.answer_next(answer(r#"{"status": 503}"#), true, 1);
    let mut wrong = Request::of(&sim, "scs1600313391074", "ap-southeast-3", "ELB");
    wrong.remove("Content-Type");
    assert_eq!(connect(&sim).ask(&wrong).status, 503);
    assert_eq!(sim.pushed().len(), 1);
}

#[test]
fn a_plan_is_given_in_json_and_forgotten_with_all_else() {
    let sim = Sim::start(SimOptions::default()).expect("the service starts");
    let push = Request::of(&sim, "scs1600313391074", "ap-southeast-3", "ELB");
    let mut plan = Request::bare(&sim, "POST", "/sim/answer-next");
    plan.set_body(r#"{"answer": {"status": 500, "json": {}}, "carried_out": true, "count": 2}"#);
    assert_eq!(connect(&sim).ask(&plan).status, 204);
    assert_eq!(connect(&sim).ask(&push).status, 500);
    assert_eq!(sim.pushed().len(), 1);
    sim.reset();
    assert_eq!(connect(&sim).ask(&push).status, 204);
    plan.set_body(r#"{"answer": {"status": 99}}"#);
    let refused = connect(&sim).ask(&plan);
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("99"), "{}", refused.body);
}
