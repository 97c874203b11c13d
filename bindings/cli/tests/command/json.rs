use serde_json::json;

use crate::fixture::{ID, Service, certpush, run, target};

#[test]
fn a_success_has_every_field() {
    let service = Service::start();
    let ended = run(service.push(ID).arg("--json"));
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!(
        ended.json(),
        json!({
            "status": 0,
            "status_name": "CERTPUSH_OK",
            "message": format!("{ID} was pushed to ELB in ap-southeast-3 (stored, not yet bound to a listener)"),
            "hint": certpush::explain("0").unwrap().hint,
            "phase": "",
            "http_status": 204,
            "service_code": "",
            "service_message": "",
            "request_id": service.sim.pushed()[0].request_id,
            "retryable": false,
            "outcome_unknown": false,
            "retry_after_ms": -1,
            "attempts": 1,
            "certificate_id": ID,
            "target_project": "ap-southeast-3",
            "target_service": "ELB",
            "target_certificate_id": "",
        })
    );
}

#[test]
fn a_refusal_has_every_field_on_standard_output() {
    let service = Service::answering(
        r#"{"scenarios": [{"certificate_id": "scs0000000000401", "answer": {
            "status": 401,
            "headers": {"X-Request-Id": "request-7"},
            "json": {"error_code": "SCM.4002", "error_msg": "No permission."}
        }}]}"#,
    );
    let ended = run(service.push("scs0000000000401").arg("--json"));
    assert_eq!(ended.status, Some(21), "{ended:?}");
    assert_eq!(
        ended.json(),
        json!({
            "status": 21,
            "status_name": "CERTPUSH_UNAUTHORIZED",
            "message": "push of scs0000000000401 to ELB in ap-southeast-3: the service answered 401 SCM.4002 No permission.; it was not pushed",
            "hint": certpush::explain("SCM.4002").unwrap().hint,
            "phase": "receive",
            "http_status": 401,
            "service_code": "SCM.4002",
            "service_message": "No permission.",
            "request_id": "request-7",
            "retryable": false,
            "outcome_unknown": false,
            "retry_after_ms": -1,
            "attempts": 1,
            "certificate_id": "scs0000000000401",
            "target_project": "ap-southeast-3",
            "target_service": "ELB",
            "target_certificate_id": "",
        })
    );
}

#[test]
fn an_unknown_outcome_is_told() {
    let service = Service::answering(
        r#"{"scenarios": [{"certificate_id": "scs0000000000500", "answer": {"status": 500}}]}"#,
    );
    let ended = run(service.push("scs0000000000500").arg("--json"));
    assert_eq!(ended.status, Some(90), "{ended:?}");
    assert_eq!(ended.json()["outcome_unknown"], true);
}

#[test]
fn a_throttled_push_tells_how_long_to_wait() {
    let service = Service::answering(
        r#"{"scenarios": [{"certificate_id": "scs0000000000429", "answer": {
            "status": 429, "headers": {"Retry-After": "30"}
        }}]}"#,
    );
    let told = run(service.push("scs0000000000429").arg("--json")).json();
    assert_eq!(told["retryable"], true);
    assert_eq!(told["retry_after_ms"], 30_000);
}

#[test]
fn what_never_reached_the_service_is_told_in_the_same_fields() {
    let service = Service::start();
    let bad_id = run(service.push("short").arg("--json"));
    let bad_option = run(service.push(ID).args(["--json", "--timeout-ms", "0"]));
    let no_token = run(service
        .without_credentials("push")
        .args(target(ID))
        .arg("--json"));
    let bad_code = run(&mut certpush(["explain", "--json", "no such code"]));
    let success = run(service.push(ID).arg("--json")).json();
    for (ended, status, phase) in [
        (bad_id, 1, "arguments"),
        (bad_option, 2, "config"),
        (no_token, 3, "credentials"),
        (bad_code, 1, "arguments"),
    ] {
        assert_eq!(ended.status, Some(status), "{ended:?}");
        let told = ended.json();
        assert_eq!(told["status"], status);
        assert_eq!(told["phase"], phase);
        assert_eq!(told["attempts"], 0);
        assert!(
            told.as_object()
                .unwrap()
                .keys()
                .eq(success.as_object().unwrap().keys())
        );
    }
}
