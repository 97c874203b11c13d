use crate::fixture::{ID, Service, run};

#[test]
fn a_push_over_https_is_told_in_one_line() {
    let service = Service::start();
    let ended = run(&mut service.push(ID));
    let pushed = service.sim.pushed();
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!(
        ended.stdout,
        format!(
            "{ID} was pushed to ELB in ap-southeast-3 (stored, not yet bound to a listener) (request_id {})\n",
            pushed[0].request_id
        )
    );
    assert_eq!(ended.stderr, "");
}

#[test]
fn the_service_receives_exactly_one_push() {
    let service = Service::start();
    run(&mut service.push(ID));
    let received = service.sim.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].scheme, "https");
    assert_eq!(received[0].path, format!("/v3/scm/certificates/{ID}/push"));
    assert_eq!(
        received[0].body,
        r#"{"target_project":"ap-southeast-3","target_service":"ELB"}"#
    );
}

#[test]
fn the_cdn_needs_no_project() {
    let service = Service::start();
    let ended = run(service.command("push").args([ID, "--service", "CDN"]));
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!(service.sim.pushed()[0].target_project, "");
}

#[test]
fn a_refusal_is_told_in_one_line_and_a_hint() {
    let service = Service::answering(
        r#"{"scenarios": [{"certificate_id": "scs0000000000401", "answer": {
            "status": 401,
            "headers": {"X-Request-Id": "request-7"},
            "json": {"error_code": "SCM.4002", "error_msg": "No permission."}
        }}]}"#,
    );
    let ended = run(&mut service.push("scs0000000000401"));
    let hint = certpush::explain("SCM.4002").unwrap().hint.unwrap();
    assert_eq!(
        ended.stderr,
        format!(
            "certpush: push of scs0000000000401 to ELB in ap-southeast-3: the service answered 401 \
             SCM.4002 No permission.; it was not pushed (request_id request-7)\nhint: {hint}\n"
        )
    );
    assert_eq!(ended.stdout, "");
}

#[test]
fn verbose_logs_one_line_more() {
    let service = Service::start();
    let ended = run(service.push(ID).arg("-v"));
    let pushed = service.sim.pushed();
    assert_eq!(ended.stdout.lines().count(), 1, "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
    for part in [
        "status=CERTPUSH_OK",
        "outcome=pushed",
        &pushed[0].request_id,
    ] {
        assert!(ended.stderr.contains(part), "{part}: {ended:?}");
    }
}
