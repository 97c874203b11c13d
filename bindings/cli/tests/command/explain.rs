use certpush::{Explanation, Status, known_service_codes};
use serde_json::Value;

use crate::fixture::{Ended, certpush, run};

fn explain(code: &str) -> Ended {
    run(&mut certpush(["explain", code]))
}

fn explain_as_json(code: &str) -> Value {
    run(&mut certpush(["explain", "--json", code])).json()
}

fn assert_tells(ended: &Ended, explanation: &Explanation) {
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!(ended.stderr, "");
    for part in [
        explanation.name.as_str(),
        explanation.meaning,
        explanation.outcome,
        explanation.hint,
    ] {
        assert!(ended.stdout.contains(part), "{part}: {ended:?}");
    }
}

#[test]
fn every_status_is_explained_by_number_and_name() {
    for status in Status::ALL {
        let explanation = certpush::explain(status.name()).unwrap();
        let by_number = explain(&status.number().to_string());
        assert_tells(&by_number, &explanation);
        assert_eq!(explain(status.name()).stdout, by_number.stdout);
        assert_eq!(explain(status.c_name()).stdout, by_number.stdout);
    }
}

#[test]
fn every_known_service_code_is_explained() {
    for explanation in known_service_codes() {
        assert_tells(&explain(&explanation.name), &explanation);
    }
}

#[test]
fn an_exit_status_with_64_added_says_may_have_been_pushed() {
    for status in Status::ALL {
        let ended = explain(&(status.number() + 64).to_string());
        if matches!(status, Status::Ok | Status::Internal) {
            assert_eq!(ended.status, Some(1), "{status}: {ended:?}");
            continue;
        }
        assert_eq!(ended.status, Some(0), "{status}: {ended:?}");
        assert!(ended.stdout.starts_with(status.c_name()), "{ended:?}");
        assert!(
            ended.stdout.contains("\noutcome: may have been pushed: "),
            "{ended:?}"
        );
    }
}

#[test]
fn both_exit_statuses_of_a_status_are_told() {
    assert!(
        explain("TIMEOUT")
            .stdout
            .contains("exit status: 14, or 78 when the certificate may have been pushed\n")
    );
    assert!(explain("OK").stdout.contains("exit status: 0\n"));
    let told = explain_as_json("78");
    assert_eq!(told["status"], 14);
    assert_eq!(told["exit_status"], 14);
    assert_eq!(told["exit_status_if_unknown"], 78);
}

#[test]
fn a_service_code_is_told_as_json() {
    let told = explain_as_json("scm.0069");
    let explanation = certpush::explain("SCM.0069").unwrap();
    assert_eq!(told["name"], "SCM.0069");
    assert_eq!(told["status"], Value::Null);
    assert_eq!(told["exit_status"], Value::Null);
    assert_eq!(told["meaning"], explanation.meaning);
    assert_eq!(told["hint"], explanation.hint);
    assert_eq!(told["outcome"], explanation.outcome);
}

#[test]
fn an_unknown_code_is_refused() {
    for code in ["", "1000", "63", "SCM.9999", "TIMEOUTS"] {
        let ended = explain(code);
        assert_eq!(ended.status, Some(1), "{code}: {ended:?}");
        assert!(ended.stderr.starts_with("certpush: CODE is no status"));
    }
}
