//! What is asked of the service by a batch push, and what its answers say of each project.

use super::*;
use crate::hints::Used;

const ID: &str = "scs1600313391074";
const PROJECTS: [&str; 3] = ["cn-north-4", "cn-north-7", "ap-southeast-3"];

fn batch() -> BatchPush {
    BatchPush::new(ID, &PROJECTS, "ELB").unwrap()
}

/// The whole report of a response to a batch push, as a client gives it.
fn told_of(batch: &BatchPush, response: &Response, handed_over: bool) -> Report {
    let attempt = Attempt {
        handed_over,
        used: Used::Token,
        masker: &Masker::none(),
    };
    let mut report = Report {
        attempts: 2,
        ..batch.read(response, &attempt)
    };
    batch.name_in(&mut report);
    report.message = batch.message(&report);
    report
}

fn answer(http_status: u16, body: &str) -> Response {
    Response {
        http_status,
        request_id: "r1".into(),
        body: Body::Complete(body.as_bytes().to_vec().into()),
        ..Response::default()
    }
}

fn read(http_status: u16, body: &str) -> Report {
    told_of(&batch(), &answer(http_status, body), true)
}

/// The answer that has these entries: project, id, message.
fn results(entries: &[(&str, &str, &str)]) -> String {
    let entries: Vec<_> = entries
        .iter()
        .map(|(project, id, message)| {
            serde_json::json!({"project_name": project, "cert_id": id, "message": message})
        })
        .collect();
    serde_json::json!({ "results": entries }).to_string()
}

/// What became of each target, in words.
fn outcomes(report: &Report) -> Vec<&'static str> {
    let words = report.targets.iter().map(Report::outcome);
    words.map(Outcome::as_str).collect()
}

#[test]
fn what_nobody_sees_in_a_name_is_shown() {
    let batch = BatchPush::new(ID, &["a\u{200b}", "b\u{202e}"], "ELB").unwrap();
    let text = results(&[("a\u{200b}", "scs1", ""), ("b\u{202e}", "", "no")]);
    let whole = told_of(&batch, &answer(200, &text), true);
    let failed = told_of(&batch, &answer(500, ""), true);
    for message in [&whole.message, &failed.message] {
        assert!(
            message.contains("a\\u{200b}") && message.contains("b\\u{202e}"),
            "{message}"
        );
    }
}

#[test]
fn the_request_is_the_documented_one() {
    let request = batch().request();
    assert_eq!(
        batch().path(),
        "/v3/scm/certificates/scs1600313391074/batch-push"
    );
    assert_eq!(request.method, Method::Post);
    assert_eq!(
        batch().body(),
        br#"{"target_projects":["cn-north-4","cn-north-7","ap-southeast-3"],"target_service":"ELB"}"#
    );
}

#[test]
fn what_is_outside_the_limits_is_refused() {
    let refusal = |id: &str, projects: &[&str], service: &str| {
        let error = BatchPush::new(id, projects, service).unwrap_err();
        assert_eq!(error.report().status(), Status::InvalidArgument);
        assert!(!error.report().outcome_unknown());
        error.report().message().to_owned()
    };
    let long = "p".repeat(33);
    let eleven: Vec<String> = (0..11).map(|number| format!("p{number}")).collect();
    let eleven: Vec<&str> = eleven.iter().map(String::as_str).collect();
    for (projects, reason) in [
        (&[][..], "must be 1 to 10 projects, not 0"),
        (&eleven, "must be 1 to 10 projects, not 11"),
        (&["a", ""], "each, but project 2 has 0"),
        (&[long.as_str()], "each, but project 1 has 33"),
        (&["a", "b", "a"], "projects 1 and 3 are the same"),
        (&["a", " b"], "no blanks around a project, as project 2 has"),
        (&["a\u{a0}"], "no blanks around a project, as project 1 has"),
        (&["a,b"], "no comma within a project, as project 1 has"),
        (&["a", "b\n"], "project 2 has U+000A"),
        (&["a\0"], "project 1 has U+0000"),
    ] {
        let message = refusal(ID, projects, "ELB");
        assert!(message.starts_with("target_projects "), "{message}");
        assert!(message.contains(reason), "{message}");
    }
    assert!(refusal("scs", &["a"], "ELB").starts_with("certificate_id "));
    assert!(refusal(ID, &["a"], "").starts_with("target_service "));
    assert!(refusal(ID, &[], "E\nLB").starts_with("target_service "));
    assert!(BatchPush::new(ID, &["p".repeat(32)], "ELB").is_ok());
    assert!(BatchPush::new(ID, &["项".repeat(32)], "ELB").is_ok());
    assert!(BatchPush::new(ID, &["a", "A"], "ELB").is_ok());
    assert!(BatchPush::new(ID, &eleven[..10], "ELB").is_ok());
}

#[test]
fn results_are_in_the_order_asked_for_with_the_ids_on_the_targets() {
    let report = read(
        200,
        &results(&[
            ("ap-southeast-3", "id3", "success"),
            ("cn-north-4", "id1", "success"),
            ("cn-north-7", "id2", "success"),
        ]),
    );
    assert_eq!(report.status, Status::Ok);
    assert_eq!((report.phase, report.http_status), (None, 200));
    assert_eq!(
        report.target_project,
        "cn-north-4,cn-north-7,ap-southeast-3"
    );
    assert_eq!(
        report.message,
        "scs1600313391074 was pushed to ELB in cn-north-4, cn-north-7 and ap-southeast-3 (stored, not yet bound)"
    );
    for (target, (project, id)) in report
        .targets
        .iter()
        .zip(PROJECTS.into_iter().zip(["id1", "id2", "id3"]))
    {
        assert_eq!(target.status, Status::Ok);
        assert_eq!(
            (&*target.target_project, &*target.target_certificate_id),
            (project, id)
        );
        assert_eq!((&*target.request_id, target.attempts), ("r1", 2));
        assert_eq!((&*target.service_message, target.phase), ("", None));
        let stored = format!("{ID} was pushed to ELB in {project} as {id} (stored, ");
        assert!(target.message.starts_with(&stored), "{}", target.message);
    }
}

#[test]
fn one_refused_target_makes_the_whole_incomplete() {
    for (message, outcome) in [
        ("Invalid region id.", "not_pushed"),
        ("Failed to push to ELB.", "unknown"),
        ("", "unknown"),
    ] {
        let report = read(
            200,
            &results(&[
                ("cn-north-4", "id1", "success"),
                ("cn-north-7", "", message),
                ("ap-southeast-3", "id3", "success"),
            ]),
        );
        assert_eq!(report.status, Status::Incomplete);
        assert_eq!(report.phase, Some(Phase::Receive));
        assert_eq!(report.outcome_unknown, outcome == "unknown");
        assert!(!report.retryable);
        assert_eq!(outcomes(&report), ["pushed", outcome, "pushed"]);
        let refused = &report.targets[1];
        assert_eq!(refused.status, Status::TargetRefused);
        assert_eq!(
            (refused.phase, refused.http_status),
            (Some(Phase::Receive), 200)
        );
        assert_eq!(refused.service_message, message);
        assert!(!refused.retryable && refused.target_certificate_id.is_empty());
        assert!(
            refused
                .message
                .contains(" to ELB in cn-north-7: the target refused it")
        );
        assert!(!refused.hint.is_empty());
        let told = match outcome {
            "unknown" => "; may have been pushed to cn-north-7",
            _ => "; not pushed to cn-north-7",
        };
        let whole = "pushed to 2 of 3 projects: cn-north-4 and ap-southeast-3";
        assert!(report.message.contains(whole), "{}", report.message);
        assert!(report.message.ends_with(told), "{}", report.message);
    }
}

#[test]
fn the_whole_is_not_pushed_only_if_no_target_may_have_it() {
    let plain = ("", "Invalid region id.");
    for (first, second, outcome) in [
        (("1", ""), ("2", ""), Outcome::Pushed),
        (("1", ""), plain, Outcome::Unknown),
        (plain, plain, Outcome::NotPushed),
        (plain, ("", "Quota."), Outcome::Unknown),
    ] {
        let batch = BatchPush::new(ID, &["a", "b"], "ELB").unwrap();
        let body = results(&[("a", first.0, first.1), ("b", second.0, second.1)]);
        let report = told_of(&batch, &answer(200, &body), true);
        assert_eq!(report.outcome(), outcome, "{body}");
    }
}

#[test]
fn what_the_answer_does_not_mention_is_unknown() {
    let report = read(200, &results(&[("cn-north-7", "id2", "success")]));
    assert_eq!(report.status, Status::Incomplete);
    assert_eq!(outcomes(&report), ["unknown", "pushed", "unknown"]);
    assert_eq!(report.targets[0].status, Status::UnexpectedResponse);
    assert!(report.targets[0].message.contains("does not tell of it"));
    assert_eq!(report.targets[0].hint, LOOK_BEFORE_RETRY);
    let report = read(200, r#"{"results":[]}"#);
    assert_eq!(report.status, Status::Incomplete);
    assert_eq!(outcomes(&report), ["unknown"; 3]);
}

#[test]
fn a_name_in_another_form_is_not_the_one_that_was_asked_for() {
    for project in ["CN-NORTH-4", " cn-north-4", "cn-north-4\0", "cn-north"] {
        let report = read(200, &results(&[(project, "id1", "success")]));
        assert_eq!(outcomes(&report), ["unknown"; 3], "{project}");
        assert!(report.message.contains("which nobody asked for"));
    }
}

#[test]
fn whom_nobody_asked_for_is_told() {
    let all = [
        ("cn-north-4", "id1", "success"),
        ("cn-north-7", "id2", "success"),
        ("ap-southeast-3", "id3", "success"),
    ];
    let report = read(
        200,
        &results(&[&all[..], &[("eu-west-101", "x", "success")]].concat()),
    );
    assert_eq!(report.status, Status::Ok);
    assert_eq!(report.targets.len(), 3);
    let told = "; the answer tells of \"eu-west-101\", which nobody asked for";
    assert!(report.message.ends_with(told), "{}", report.message);
    let many: Vec<String> = (0..500).map(|number| format!("p{number:03}\n")).collect();
    let many: Vec<_> = many.iter().map(|name| (name.as_str(), "x", "")).collect();
    let report = read(200, &results(&many));
    let told = r#"tells of "p000\u{a}", "p001\u{a}", "p002\u{a}" and 497 more, which"#;
    assert!(report.message.contains(told), "{}", report.message);
    assert!(report.message.len() < 500 && !report.message.contains('\n'));
}

#[test]
fn a_project_that_is_told_of_twice_is_told_so() {
    let twice = |first: (&str, &str), second: (&str, &str)| {
        let report = read(
            200,
            &results(&[
                ("cn-north-4", first.0, first.1),
                ("cn-north-7", "id2", "success"),
                ("cn-north-4", second.0, second.1),
                ("ap-southeast-3", "id3", "success"),
            ]),
        );
        assert!(
            report
                .message
                .contains("the answer tells of cn-north-4 2 times")
        );
        assert_eq!(outcomes(&report)[1..], ["pushed", "pushed"]);
        (report.status, report.targets[0].clone())
    };
    let (whole, target) = twice(("id1", "success"), ("id9", "success"));
    assert_eq!((whole, target.status), (Status::Ok, Status::Ok));
    assert_eq!(target.target_certificate_id, "id1");
    assert!(
        target.message.contains("has it as id1 and has it as id9"),
        "{}",
        target.message
    );
    let plain = ("", "Invalid region id.");
    let (whole, target) = twice(plain, plain);
    assert_eq!(
        (whole, target.status),
        (Status::Incomplete, Status::TargetRefused)
    );
    assert!(!target.outcome_unknown);
    let (_, target) = twice(plain, ("", "Quota."));
    assert_eq!(target.status, Status::TargetRefused);
    assert!(target.outcome_unknown);
    for (first, second) in [(("id1", "success"), plain), (plain, ("id1", "success"))] {
        let (whole, target) = twice(first, second);
        assert_eq!(whole, Status::Incomplete);
        assert_eq!(target.status, Status::UnexpectedResponse);
        assert!(target.outcome_unknown && target.target_certificate_id.is_empty());
        assert!(
            target.message.contains("contradicts itself"),
            "{}",
            target.message
        );
        assert!(
            target.message.contains("has it as id1"),
            "{}",
            target.message
        );
    }
}

#[test]
fn an_entry_that_says_two_things_leaves_only_its_own_project_open() {
    let report = read(
        200,
        r#"{"results":[{"project_name":"cn-north-4","cert_id":7},
            {"project_name":"cn-north-7","cert_id":"id2","error_code":"SCM.0201"},
            {"project_name":"ap-southeast-3","cert_id":"id3","message":"success"}]}"#,
    );
    assert_eq!(report.status, Status::Incomplete);
    assert_eq!(outcomes(&report), ["unknown", "unknown", "pushed"]);
    assert_eq!(report.targets[1].status, Status::UnexpectedResponse);
    assert_eq!(report.targets[1].service_code, "SCM.0201");
}

#[test]
fn what_tells_of_nobody_leaves_all_open() {
    let good = results(&[("cn-north-4", "id1", "success")]);
    let deep = format!(
        "{}{}",
        r#"{"results":[],"a":"#,
        "[".repeat(32) + &"]".repeat(32) + "}"
    );
    for (http_status, body) in [
        (204, ""),
        (200, ""),
        (200, "<html>"),
        (200, "null"),
        (200, "[]"),
        (200, "{}"),
        (200, r#"{"message":"success"}"#),
        (200, r#"{"results":null}"#),
        (200, r#"{"results":{}}"#),
        (200, r#"{"results":[null]}"#),
        (200, r#"{"results":[{"project_name":4,"cert_id":"id1"}]}"#),
        (
            200,
            r#"{"results":[{"cert_id":"id1","message":"success"}]}"#,
        ),
        (200, r#"{"results":[],"error_code":"SCM.0028"}"#),
        (200, &deep),
        (201, &good),
        (202, &good),
        (302, &good),
    ] {
        let report = read(http_status, body);
        assert_eq!(
            report.status,
            Status::UnexpectedResponse,
            "{http_status} {body}"
        );
        assert!(
            report.outcome_unknown && !report.retryable,
            "{http_status} {body}"
        );
        assert_eq!(report.targets, [], "{http_status} {body}");
        assert!(
            report
                .message
                .ends_with("it may have been pushed to any of them"),
            "{}",
            report.message
        );
    }
    let coded = Response {
        coding: Some("in gzip".into()),
        ..answer(200, &good)
    };
    let report = told_of(&batch(), &coded, true);
    assert_eq!(report.status, Status::UnexpectedResponse);
    assert!(report.outcome_unknown);
    assert_eq!(
        read(200, r#"{"results":[],"error_code":"SCM.0028"}"#).service_code,
        "SCM.0028"
    );
}

#[test]
fn an_answer_that_is_no_200_is_read_as_that_of_a_push() {
    let report = read(400, r#"{"error_code":"SCM.0008","error_msg":"m"}"#);
    assert_eq!(
        (report.status, report.outcome_unknown),
        (Status::BadRequest, false)
    );
    let none = "it was pushed to none of them";
    assert!(report.message.ends_with(none), "{}", report.message);
    let report = read(400, r#"{"error_code":"SCM.0203","error_msg":"m"}"#);
    assert!(report.outcome_unknown);
    let report = read(500, r#"{"error_code":"SCM.4001","error_msg":"m"}"#);
    assert!(!report.outcome_unknown && report.retryable);
    let report = read(502, "");
    assert_eq!(
        (report.status, report.outcome_unknown),
        (Status::ServerError, true)
    );
    let lost = Response {
        body: Body::Missing(Status::Timeout, "its body did not come".into()),
        ..answer(200, "")
    };
    let report = told_of(&batch(), &lost, true);
    assert_eq!(
        (report.status, report.outcome_unknown),
        (Status::Timeout, true)
    );
}

#[test]
fn what_one_of_several_targets_refused_says_nothing_of_the_others() {
    for code in ["SCM.0069", "SCM.0201", "SCM.0212", "SCM.0221"] {
        let body = format!(r#"{{"error_code":"{code}","error_msg":"m"}}"#);
        let report = read(400, &body);
        assert_eq!(report.status, Status::BadRequest);
        assert!(report.outcome_unknown && !report.retryable, "{code}");
        assert_eq!(report.hint, LOOK_BEFORE_RETRY);
        assert!(!told_of(&batch(), &answer(400, &body), false).outcome_unknown);
        let one = BatchPush::new(ID, &["cn-north-4"], "ELB").unwrap();
        assert!(
            !told_of(&one, &answer(400, &body), true).outcome_unknown,
            "{code}"
        );
    }
}

#[test]
fn a_request_that_was_not_sent_whole_pushed_to_nobody() {
    let report = told_of(&batch(), &answer(200, r#"{"results":[]}"#), false);
    assert_eq!(outcomes(&report), ["not_pushed"; 3]);
    assert!(!report.outcome_unknown);
}

#[test]
fn a_secret_that_the_answer_echoes_is_masked_everywhere() {
    const SECRET: &str = "a-token-of-some-length-for-the-tests-of-certpush";
    let secret = std::sync::Arc::new(crate::secret::Secret::new(SECRET));
    let masker = Masker::none().made(&secret);
    let attempt = Attempt {
        handed_over: true,
        used: Used::Token,
        masker: &masker,
    };
    let body = results(&[
        ("cn-north-4", SECRET, "success"),
        ("cn-north-7", "", SECRET),
        (SECRET, "id", "success"),
        ("ap-southeast-3", SECRET, "success"),
        ("ap-southeast-3", "", SECRET),
    ]);
    let mut report = batch().read(&answer(200, &body), &attempt);
    batch().name_in(&mut report);
    report.message = batch().message(&report);
    assert_eq!(outcomes(&report), ["pushed", "unknown", "unknown"]);
    assert!(!format!("{report:?}").contains(SECRET), "{report:?}");
    assert!(!report.targets[0].target_certificate_id.is_empty());
}
