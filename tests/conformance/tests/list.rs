//! The list is well formed, and says what it promises to say.

use std::collections::BTreeSet;

use certpush::Status;
use certpush_conformance::{Scenario, read_list};

fn list() -> Vec<Scenario> {
    read_list(include_str!("../scenarios.json")).expect("the list can be read")
}

#[test]
fn the_list_is_long_and_no_name_or_certificate_appears_twice() {
    let list = list();
    assert!(list.len() >= 300);
    let names: BTreeSet<_> = list.iter().map(|scenario| &scenario.name).collect();
    let ids: BTreeSet<_> = list
        .iter()
        .map(|scenario| scenario.certificate_id.as_str())
        .collect();
    assert_eq!((names.len(), ids.len()), (list.len(), list.len()));
}

#[test]
fn every_status_that_a_single_push_can_have_is_covered() {
    let covered: BTreeSet<_> = list()
        .iter()
        .map(|scenario| scenario.expect.status)
        .collect();
    // A driver never cancels, pushes to one target, and must not find a defect.
    let out_of_reach = [
        Status::Cancelled,
        Status::TargetRefused,
        Status::Incomplete,
        Status::Internal,
    ];
    for status in Status::ALL {
        let expected = !out_of_reach.contains(status);
        assert_eq!(covered.contains(&status.number()), expected, "{status}");
    }
}

#[test]
fn a_request_has_an_answer_exactly_if_it_is_sent_and_not_judged_by_the_service() {
    for scenario in list() {
        let judged = scenario.identity.is_some() && scenario.answer.is_none();
        assert!(
            scenario.sent == scenario.answer.is_some() || judged,
            "{}",
            scenario.name
        );
    }
}

#[test]
fn only_what_the_simulated_services_make_up_is_not_compared() {
    for scenario in list() {
        let made_up = scenario.identity.is_some()
            && scenario.answer.is_none()
            && scenario.expect.http_status != 0;
        let expect = &scenario.expect;
        assert!(
            made_up || (expect.request_id.is_some() && expect.service_message.is_some()),
            "{}",
            scenario.name
        );
    }
}

#[test]
fn what_was_not_sent_pushed_nothing() {
    for scenario in list().iter().filter(|scenario| !scenario.sent) {
        let expect = &scenario.expect;
        assert!(!expect.outcome_unknown, "{}", scenario.name);
        assert!(
            expect.http_status == 0
                || scenario.identity.is_some()
                || expect.status == Status::Proxy.number(),
            "{}",
            scenario.name
        );
    }
}

#[test]
fn an_account_is_never_asked_for_twice_after_a_refusal() {
    let refused = Status::CredentialsRefused.number();
    for scenario in list() {
        let identity = scenario.identity.unwrap_or_default();
        assert!(
            scenario.expect.status != refused || identity.asked.values().all(|count| *count == 1),
            "{}",
            scenario.name
        );
    }
}

#[test]
fn what_may_have_been_pushed_is_never_retryable() {
    for scenario in list() {
        let expect = &scenario.expect;
        assert!(
            !(expect.retryable && expect.outcome_unknown),
            "{}",
            scenario.name
        );
    }
}

#[test]
fn every_answered_id_is_one_that_a_client_may_send() {
    for scenario in list().iter().filter(|scenario| scenario.sent) {
        let id = scenario.certificate_id.as_str();
        assert!(
            id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{id}"
        );
    }
}
