//! The list is well formed, and says what it promises to say.

use std::collections::BTreeSet;

use certpush::Status;
use certpush_conformance::{Expectation, Scenario, built_in_topics, read_topic};
use certpush_sim::{BUILT_IN_TOPICS, Text};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

fn list() -> Vec<Scenario> {
    let topics = built_in_topics().expect("the topics can be read");
    topics
        .into_values()
        .flat_map(|topic| topic.scenarios)
        .collect()
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
fn every_topic_says_what_it_is_about_in_one_sentence() {
    for (name, topic) in built_in_topics().expect("the topics can be read") {
        let about = &topic.about;
        assert!(
            about.ends_with('.') && !about.contains(". ") && about.len() > 20,
            "{name}"
        );
        assert!(!topic.scenarios.is_empty(), "{name}");
    }
}

/// What some language cannot pass on: see "cannot" in README.md.
#[test]
fn only_what_some_language_cannot_express_may_be_impossible() {
    for scenario in list() {
        let texts = [
            scenario.certificate_id.as_str(),
            scenario.request.target_project.as_str(),
            scenario.request.target_service.as_str(),
        ];
        let is_hard = |text: &str| match percent_decode_str(text).decode_utf8() {
            Ok(text) => text.contains('\0') || text.ends_with(' '),
            Err(_) => true,
        };
        let is_hard = scenario.repeat.is_some() || texts.into_iter().any(is_hard);
        assert!(!scenario.may_be_impossible || is_hard, "{}", scenario.name);
    }
}

#[test]
fn every_status_that_a_push_can_have_is_covered() {
    let list = list();
    let of_targets = list
        .iter()
        .flat_map(|scenario| scenario.expect.results.iter().flatten())
        .map(|target| target.report.status);
    let covered: BTreeSet<_> = list
        .iter()
        .map(|scenario| scenario.expect.status)
        .chain(of_targets)
        .collect();
    // A driver never cancels, keeps no journal, pushes no list, and must not find a defect.
    let out_of_reach = [
        Status::Cancelled,
        Status::Unsettled,
        Status::NotTried,
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

/// What is expected of an entry, or why it cannot be read.
fn expected(entry: &Value) -> Result<Expectation, String> {
    let topic = json!({"about": "One entry.", "scenarios": [entry]}).to_string();
    let mut topic = read_topic(&topic).map_err(|error| error.to_string())?;
    Ok(topic.scenarios.remove(0).expect)
}

#[test]
fn nothing_is_written_that_follows_anyway() {
    for (topic, json) in BUILT_IN_TOPICS {
        let topic_read: Value = serde_json::from_str(json).expect("a topic is JSON");
        for entry in topic_read["scenarios"].as_array().expect("a list") {
            let whole = expected(entry);
            for member in entry["expect"]
                .as_object()
                .into_iter()
                .flat_map(|all| all.keys())
            {
                let mut shorter = entry.clone();
                shorter["expect"]
                    .as_object_mut()
                    .expect("an object")
                    .remove(member);
                assert_ne!(
                    expected(&shorter),
                    whole,
                    "{topic}: {}: {member}",
                    entry["name"]
                );
            }
        }
    }
}

#[test]
fn what_is_expected_follows_from_a_plain_answer() {
    let text = |text: &str| Text::from(text);
    let answered = |status: u16| {
        let body = json!({"error_code": "SCM.1", "error_msg": "no"});
        let answer = json!({"status": status, "headers": {"x-request-id": "r-1"}, "json": body});
        expected(&json!({"name": "a", "answer": answer})).expect("the entry can be read")
    };
    assert_eq!(
        answered(400),
        Expectation {
            status: 20,
            http_status: 400,
            service_code: text("SCM.1"),
            service_message: Some(text("no")),
            request_id: Some(text("r-1")),
            retryable: false,
            outcome_unknown: false,
            attempts: Some(1),
            results: None,
        }
    );
    for (http_status, status, retryable, outcome_unknown) in [
        (200, 16, false, true),
        (302, 16, false, true),
        (401, 21, false, false),
        (403, 22, false, false),
        (404, 23, false, false),
        (429, 24, true, false),
        (402, 25, false, false),
        (499, 25, false, false),
        (500, 26, false, true),
        (599, 26, false, true),
    ] {
        let told = answered(http_status);
        assert_eq!(
            (told.status, told.retryable, told.outcome_unknown),
            (status, retryable, outcome_unknown),
            "{http_status}"
        );
        assert_eq!(told.attempts, (!retryable).then_some(1), "{http_status}");
    }
}

#[test]
fn what_is_expected_of_a_batch_follows_from_what_is_expected_of_its_targets() {
    let told = |results: Value| {
        let headers = json!({"x-request-id": "r-1"});
        let answer = json!({"status": 200, "headers": headers, "json": {"results": []}});
        let expect = json!({"results": results});
        expected(&json!({
            "name": "a", "operation": "batch_push", "answer": answer, "expect": expect
        }))
        .expect("the entry can be read")
    };
    let pushed = json!({"target_project": "a", "target_certificate_id": "1"});
    let refused = json!({"target_project": "b", "status": 27});
    let plainly = json!({"target_project": "b", "status": 27, "outcome_unknown": false});
    let unclear = json!({"target_project": "c", "status": 16});
    for (results, status, outcome_unknown) in [
        (json!([]), 16, true),
        (json!([pushed]), 0, false),
        (json!([pushed, refused]), 30, true),
        (json!([pushed, plainly]), 30, false),
        (json!([unclear, pushed]), 30, true),
    ] {
        let told = told(results.clone());
        assert_eq!(
            (told.status, told.outcome_unknown, told.retryable),
            (status, outcome_unknown, false),
            "{results}"
        );
        let targets = told.results.expect("a batch has results");
        assert_eq!(Some(targets.len()), results.as_array().map(Vec::len));
        for target in targets {
            let report = target.report;
            assert_eq!((report.http_status, report.attempts), (200, Some(1)));
            assert_eq!(report.request_id, Some(Text::from("r-1")));
        }
    }
    let no_batch = json!({"name": "a", "expect": {"status": 1, "results": [pushed]}});
    let error = expected(&no_batch).expect_err("a push has no results");
    assert!(error.contains("only a batch push"), "{error}");
}

#[test]
fn what_was_never_sent_must_say_its_status() {
    let error = expected(&json!({"name": "a"})).expect_err("nothing says what is expected");
    assert!(
        error.contains("a: its status follows from nothing"),
        "{error}"
    );
    let told = expected(&json!({"name": "a", "expect": {"status": 1}})).expect("it says it");
    assert_eq!(
        (told.status, told.attempts, told.outcome_unknown),
        (1, Some(0), false)
    );
}
