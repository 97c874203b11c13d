//! The batch push: checked as strictly as its documentation is written, and told by project.

use crate::client::{Answer, CERTIFICATE, Request, connect};
use certpush_sim::{RepeatPolicy, Sim, SimOptions};
use serde_json::{Value, json};

fn start(repeat_policy: RepeatPolicy) -> Sim {
    Sim::start(SimOptions {
        repeat_policy,
        any_project: false,
        ..SimOptions::default()
    })
    .expect("the service starts")
}

fn ask(sim: &Sim, body: &Value, change: impl FnOnce(&mut Request)) -> Answer {
    let mut request = Request::new(sim);
    request.path = format!("/v3/scm/certificates/{CERTIFICATE}/batch-push");
    request.set_body(&body.to_string());
    change(&mut request);
    connect(sim).ask(&request)
}

fn batch_push(sim: &Sim, projects: &[&str], service: &str) -> Answer {
    let body = json!({"target_projects": projects, "target_service": service});
    ask(sim, &body, |_| {})
}

/// Project, id and message of each result.
fn results(answer: &Answer) -> Vec<(String, String, String)> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let results = answer.json()["results"].as_array().unwrap().clone();
    let text = |result: &Value, name: &str| result[name].as_str().unwrap().to_owned();
    let result = |result: &Value| {
        assert_eq!(result.as_object().unwrap().len(), 3);
        (
            text(result, "project_name"),
            text(result, "cert_id"),
            text(result, "message"),
        )
    };
    results.iter().map(result).collect()
}

#[test]
fn each_project_gets_a_copy_whose_id_is_told() {
    let sim = start(RepeatPolicy::default());
    let answer = batch_push(&sim, &["cn-north-4", "ap-southeast-3"], "elb");
    let told = results(&answer);
    let pushed = sim.pushed();
    assert_eq!((told.len(), pushed.len()), (2, 2));
    for (copy, (project, id, message)) in pushed.iter().zip(&told) {
        assert_eq!(&copy.target_project, project);
        assert_eq!(&copy.target_certificate_id, id);
        assert_eq!(message, "success");
        assert_eq!(copy.target_service, "ELB");
        assert_eq!(
            answer.header("X-Request-Id"),
            Some(copy.request_id.as_str())
        );
    }
    assert_eq!(told[0].1, "scs16751254852691");
    assert_ne!(told[0].1, told[1].1);
    let received = &sim.received()[0];
    assert_eq!((received.answered, &received.problem), (Some(200), &None));
}

#[test]
fn a_project_that_does_not_exist_fails_alone() {
    let sim = start(RepeatPolicy::default());
    let told = results(&batch_push(&sim, &["no-such-1", "ap-southeast-3"], "WAF"));
    let failed = (
        "no-such-1".into(),
        String::new(),
        "Invalid region id.".into(),
    );
    assert_eq!(told[0], failed);
    assert_eq!(told[1].2, "success");
    assert_eq!(sim.pushed().len(), 1);
    // The CDN has no regions.
    let told = results(&batch_push(&sim, &["no-such-1"], "CDN"));
    assert_eq!(told[0].2, "success");
}

#[test]
fn a_repeat_is_what_the_policy_says_for_each_project() {
    for (policy, copies, id_of_the_first) in [
        (RepeatPolicy::SecondCopy, 3, "scs16751254852692"),
        (RepeatPolicy::Refuse, 2, ""),
        (RepeatPolicy::Accept, 2, "scs16751254852691"),
    ] {
        let sim = start(policy);
        batch_push(&sim, &["cn-north-4"], "ELB");
        let told = results(&batch_push(&sim, &["cn-north-4", "cn-north-1"], "ELB"));
        assert_eq!(told[0].1, id_of_the_first, "{policy:?}");
        assert_eq!(told[1].2, "success");
        assert_eq!(sim.pushed().len(), copies, "{policy:?}");
    }
}

#[test]
fn what_is_wrong_with_the_whole_is_answered_as_for_a_push() {
    let right = json!({"target_projects": ["cn-north-4"], "target_service": "ELB"});
    let eleven: Vec<String> = (0..11).map(|number| format!("p{number}")).collect();
    for body in [
        json!({}),
        json!([["cn-north-4"], "ELB"]),
        json!({"target_project": "cn-north-4", "target_service": "ELB"}),
        json!({"target_projects": "cn-north-4", "target_service": "ELB"}),
        json!({"target_projects": [], "target_service": "ELB"}),
        json!({"target_projects": eleven, "target_service": "ELB"}),
        json!({"target_projects": [""], "target_service": "CDN"}),
        json!({"target_projects": ["p".repeat(33)], "target_service": "ELB"}),
        json!({"target_projects": ["a\n"], "target_service": "ELB"}),
        json!({"target_projects": [1], "target_service": "ELB"}),
        json!({"target_projects": ["a"], "target_service": ""}),
        json!({"target_projects": ["a"], "target_service": "ELB", "more": 1}),
    ] {
        let sim = start(RepeatPolicy::default());
        let answer = ask(&sim, &body, |_| {});
        assert_eq!(
            (answer.status, answer.error_code()),
            (400, "SCM.0005".into()),
            "{body}"
        );
        assert!(sim.received()[0].problem.is_some(), "{body}");
    }
    type Change = fn(&mut Request);
    let changes: [(u16, &str, Change); 5] = [
        (404, "APIGW.0101", |request| request.method = "PUT"),
        (404, "APIGW.0101", |request| request.path += "/"),
        (400, "SCM.0008", |request| {
            request.path = "/v3/scm/certificates/scs1600000000000/batch-push".into();
        }),
        (401, "APIGW.0301", |request| request.remove("X-Auth-Token")),
        (400, "SCM.0005", |request| request.remove("Content-Type")),
    ];
    for (status, code, change) in changes {
        let sim = start(RepeatPolicy::default());
        let answer = ask(&sim, &right, change);
        assert_eq!((answer.status, answer.error_code()), (status, code.into()));
        assert!(sim.pushed().is_empty());
    }
    let sim = start(RepeatPolicy::default());
    let answer = batch_push(&sim, &["cn-north-4"], "SLB");
    assert_eq!(
        (answer.status, answer.error_code()),
        (400, "SCM.0030".into())
    );
}
