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
        explanation.hint.unwrap_or_default(),
    ] {
        assert!(ended.stdout.contains(part), "{part}: {ended:?}");
    }
}

#[test]
fn every_status_is_explained_by_number_and_name() {
    for status in Status::ALL {
        let explanation = certpush::explain(status.as_str()).unwrap();
        let by_number = explain(&status.number().to_string());
        assert_tells(&by_number, &explanation);
        assert_eq!(explain(status.as_str()).stdout, by_number.stdout);
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
        if !status.may_be_unknown() {
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
fn an_exit_status_that_certpush_never_gives_is_said_to_be_anothers() {
    for (number, name) in [
        (65, "CERTPUSH_INVALID_ARGUMENT"),
        (66, "CERTPUSH_INVALID_CONFIG"),
        (67, "CERTPUSH_NO_CREDENTIALS"),
        (75, "CERTPUSH_CONNECT"),
        (85, "CERTPUSH_UNAUTHORIZED"),
    ] {
        let ended = explain(&number.to_string());
        assert_eq!(ended.status, Some(0), "{number}: {ended:?}");
        assert!(
            ended.stdout.starts_with(&format!("{number}: ")),
            "{ended:?}"
        );
        assert!(ended.stdout.contains(name), "{ended:?}");
        assert!(ended.stdout.contains("another program"), "{ended:?}");
        assert!(
            !ended.stdout.contains("outcome: may have been pushed"),
            "{ended:?}"
        );
        let told = explain_as_json(&number.to_string());
        assert_eq!(told["name"], number.to_string());
        assert_eq!(told["status"], Value::Null);
    }
    let never = explain("INVALID_ARGUMENT").stdout;
    assert!(never.contains("exit status: 1\n"), "{never}");
    assert_eq!(
        explain_as_json("INVALID_ARGUMENT")["exit_status_if_unknown"],
        Value::Null
    );
}

#[test]
fn a_shells_own_numbers_are_explained() {
    for (number, name, outcome) in [
        (126, "126", "not pushed"),
        (127, "127", "not pushed"),
        (129, "SIGHUP", "not pushed if "),
        (130, "SIGINT", "not pushed if "),
        (143, "SIGTERM", "not pushed if "),
        (131, "SIGQUIT", "may have been pushed"),
        (134, "SIGABRT", "may have been pushed"),
        (137, "SIGKILL", "may have been pushed"),
        (139, "SIGSEGV", "may have been pushed"),
        (141, "SIGPIPE", "may have been pushed"),
        (124, "124", "may have been pushed"),
    ] {
        let ended = explain(&number.to_string());
        assert_eq!(ended.status, Some(0), "{number}: {ended:?}");
        assert!(ended.stdout.starts_with(&format!("{number}")), "{ended:?}");
        assert!(ended.stdout.contains(name), "{number}: {ended:?}");
        assert!(
            ended.stdout.contains(&format!("\noutcome: {outcome}")),
            "{number}: {ended:?}"
        );
        assert!(ended.stdout.contains("\nhint: "), "{number}: {ended:?}");
        let told = explain_as_json(&number.to_string());
        assert_eq!(told["status"], Value::Null);
        assert_eq!(told["exit_status"], number);
        assert!(told["outcome"].as_str().unwrap().starts_with(outcome));
    }
}

#[test]
fn each_exit_status_means_one_thing() {
    // What the command gives, what it never gives, and what shells give do not overlap.
    for number in 0..=255 {
        let ended = explain(&number.to_string());
        let lines = ended.stdout.lines().count();
        assert!(
            ended.status == Some(0) && lines >= 2 || ended.status == Some(1),
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
fn what_a_status_says_of_a_list_is_told() {
    for (code, told) in [
        ("0", "push-all: all are pushed, now or earlier"),
        ("2", "push-all: FILE, the journal or an option was refused"),
        ("21", "push-all: all that failed has failed so"),
        ("92", "push-all: all that failed has failed so"),
        ("29", "push-all: nothing failed, but the run was stopped"),
        ("94", "push-all: the failures differ"),
    ] {
        let ended = explain(code);
        assert!(ended.stdout.contains(&format!("\n{told}")), "{ended:?}");
    }
    assert!(!explain("27").stdout.contains("push-all"));
}

#[test]
fn a_service_code_is_told_as_json() {
    let told = explain_as_json("scm.0069");
    let explanation = certpush::explain("SCM.0069").unwrap();
    assert_eq!(told["name"], "SCM.0069");
    assert_eq!(told["status"], Value::Null);
    assert_eq!(told["exit_status"], Value::Null);
    assert_eq!(told["meaning"], explanation.meaning);
    assert_eq!(told["hint"], explanation.hint.unwrap());
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
