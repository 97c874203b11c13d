use serde_json::{Value, json};

use crate::fixture::{ID, PART_OF_TOKEN, Service, TOKEN, certpush, run};

const TWO: [&str; 6] = [
    "--project",
    "cn-north-4",
    "--project",
    "cn-north-7",
    "--service",
    "ELB",
];

fn answering(answer: &Value) -> Service {
    let scenarios = json!({"scenarios": [{"certificate_id": ID, "answer": answer}]});
    Service::answering(&scenarios.to_string())
}

/// A service that answers with these results: project, id, message.
fn with_results(results: &[(&str, &str, &str)]) -> Service {
    let results: Vec<Value> = results
        .iter()
        .map(|(project, id, message)| {
            json!({"project_name": project, "cert_id": id, "message": message})
        })
        .collect();
    let headers = json!({"X-Request-Id": "request-7"});
    answering(&json!({"status": 200, "headers": headers, "json": {"results": results}}))
}

#[test]
fn each_project_is_told_in_a_line_and_the_whole_in_the_last() {
    let service = Service::start();
    let ended = run(service.command("batch-push").arg(ID).args(TWO));
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!(ended.stderr, "");
    let [first, second] = &service.sim.pushed()[..] else {
        panic!("{:?}", service.sim.pushed());
    };
    assert_eq!(
        ended.stdout,
        format!(
            "{ID} was pushed to ELB in cn-north-4 as {} (stored, not yet bound to a listener)\n\
             {ID} was pushed to ELB in cn-north-7 as {} (stored, not yet bound to a listener)\n\
             {ID} was pushed to ELB in cn-north-4 and cn-north-7 (stored, not yet bound) (request_id {})\n",
            first.target_certificate_id, second.target_certificate_id, first.request_id
        )
    );
    let received = service.sim.received();
    assert_eq!(received.len(), 1);
    assert_eq!(
        received[0].path,
        format!("/v3/scm/certificates/{ID}/batch-push")
    );
    assert_eq!(
        received[0].body,
        r#"{"target_projects":["cn-north-4","cn-north-7"],"target_service":"ELB"}"#
    );
}

#[test]
fn projects_may_be_given_with_commas_and_by_their_place() {
    for arguments in [
        &["--project", "a,b", "--project", "c", "--service", "WAF"][..],
        &["--project=a,b,c", "--service=WAF"],
        &["a,b,c", "WAF"],
    ] {
        let service = Service::start();
        let ended = run(service.command("batch-push").arg(ID).args(arguments));
        assert_eq!(ended.status, Some(0), "{ended:?}");
        assert_eq!(
            service.sim.received()[0].body,
            r#"{"target_projects":["a","b","c"],"target_service":"WAF"}"#
        );
    }
}

#[test]
fn a_refused_project_is_told_beside_those_that_were_pushed_to() {
    let service = with_results(&[
        ("cn-north-4", "id1", "success"),
        ("cn-north-7", "", "Invalid region id."),
    ]);
    let ended = run(service.command("batch-push").arg(ID).args(TWO));
    assert_eq!(ended.status, Some(30), "{ended:?}");
    let pushed = "was pushed to ELB in cn-north-4 as id1 (stored, ";
    assert!(ended.stdout.contains(pushed) && ended.stdout.lines().count() == 1);
    let lines: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!(lines.len(), 4, "{ended:?}");
    assert_eq!(
        lines[0],
        "certpush: push of scs1600313391074 to ELB in cn-north-7: the target refused it: \
         Invalid region id.; it was not pushed"
    );
    assert!(lines[1].starts_with("hint: The service knows no such project"));
    assert_eq!(
        lines[2],
        "certpush: batch push of scs1600313391074 to ELB: pushed to 1 of 2 projects: cn-north-4; \
         not pushed to cn-north-7 (request_id request-7)"
    );
    assert!(lines[3].starts_with("hint: Look at each target's own report"));
}

#[test]
fn one_project_that_may_have_it_adds_64() {
    for (results, status) in [
        (
            &[("cn-north-4", "id1", ""), ("cn-north-7", "", "No.")][..],
            94,
        ),
        (&[("cn-north-4", "id1", "")], 94),
        (&[], 94),
        (
            &[
                ("cn-north-4", "", "Invalid region id."),
                ("cn-north-7", "", "Invalid region id."),
            ],
            30,
        ),
    ] {
        let service = with_results(results);
        let ended = run(service.command("batch-push").arg(ID).args(TWO));
        assert_eq!(ended.status, Some(status), "{ended:?}");
    }
}

#[test]
fn a_hint_that_two_projects_share_is_told_once() {
    let plain = "Invalid region id.";
    let service = with_results(&[("cn-north-4", "", plain), ("cn-north-7", "", plain)]);
    let ended = run(service.command("batch-push").arg(ID).args(TWO));
    assert_eq!(
        ended.stderr.matches("no such project").count(),
        1,
        "{ended:?}"
    );
    assert_eq!(ended.stderr.lines().count(), 5, "{ended:?}");
}

#[test]
fn json_has_the_whole_and_a_list_of_results() {
    let service = with_results(&[
        ("cn-north-7", "", "Failed to push to ELB."),
        ("cn-north-4", "id1", "success"),
    ]);
    let ended = run(service
        .command("batch-push")
        .arg(ID)
        .args(TWO)
        .arg("--json"));
    assert_eq!(ended.status, Some(94), "{ended:?}");
    let told = ended.json();
    assert_eq!(told["status_name"], "CERTPUSH_INCOMPLETE");
    assert_eq!(told["target_project"], "cn-north-4,cn-north-7");
    assert_eq!(told["outcome_unknown"], true);
    let [pushed, refused] = &told["results"].as_array().unwrap()[..] else {
        panic!("{told}");
    };
    assert_eq!(pushed["status"], 0);
    assert_eq!(pushed["target_certificate_id"], "id1");
    assert_eq!(refused["status_name"], "CERTPUSH_TARGET_REFUSED");
    assert_eq!(refused["service_message"], "Failed to push to ELB.");
    assert_eq!(refused["outcome_unknown"], true);
    assert!(
        refused["hint"]
            .as_str()
            .unwrap()
            .starts_with("It may already be there")
    );
    for result in [pushed, refused] {
        let mut members: Vec<_> = told.as_object().unwrap().keys().collect();
        assert_eq!(members.pop().map(String::as_str), Some("results"));
        assert!(members.into_iter().eq(result.as_object().unwrap().keys()));
    }
}

#[test]
fn what_tells_of_no_project_has_no_results() {
    let service = answering(&json!({"status": 500}));
    let ended = run(service
        .command("batch-push")
        .arg(ID)
        .args(TWO)
        .arg("--json"));
    assert_eq!(ended.status, Some(90), "{ended:?}");
    assert_eq!(ended.json()["results"], json!([]));
    let ended = run(service.command("batch-push").arg(ID).args(TWO));
    assert_eq!(ended.stdout, "");
    let told = "certpush: batch push of scs1600313391074 to ELB in cn-north-4 and cn-north-7: \
        the service answered 500; it may have been pushed to any of them\nhint: ";
    assert!(ended.stderr.starts_with(told), "{ended:?}");
}

#[test]
fn projects_outside_the_limits_are_refused_by_the_flag() {
    let service = Service::start();
    for projects in [
        "",
        ",",
        "a,",
        "a,a",
        "a, b",
        &"p".repeat(33),
        "a,b,c,d,e,f,g,h,i,j,k",
    ] {
        let ended = run(service.command("batch-push").args([
            ID,
            "--service",
            "ELB",
            "--project",
            projects,
        ]));
        assert_eq!(ended.status, Some(1), "{ended:?}");
        assert!(
            ended.stderr.starts_with("certpush: --project must "),
            "{ended:?}"
        );
        assert!(ended.stderr.contains("hint: --project is a project's name"));
    }
    assert!(service.sim.received().is_empty());
}

#[test]
fn a_journal_which_could_not_keep_it_is_named_as_it_was_given_and_not_made() {
    let service = Service::start();
    let journal = service.token_file().with_file_name("journal");
    let mut by_flag = service.command("batch-push");
    by_flag.arg(ID).args(TWO).arg("--journal").arg(&journal);
    let mut by_variable = service.command("batch-push");
    by_variable.arg(ID).args(TWO);
    by_variable.env("CERTPUSH_JOURNAL", &journal);
    for (command, name) in [
        (&mut by_flag, "--journal"),
        (&mut by_variable, "variable CERTPUSH_JOURNAL"),
    ] {
        let ended = run(command);
        assert_eq!(ended.status, Some(2), "{ended:?}");
        let start = format!("certpush: {name} keeps no batch_push: ");
        assert!(ended.stderr.starts_with(&start), "{ended:?}");
        assert!(!journal.exists());
    }
    assert!(service.sim.received().is_empty());
}

#[test]
fn a_command_line_without_projects_or_service_is_not_understood() {
    for arguments in [
        &["batch-push"][..],
        &["batch-push", ID],
        &["batch-push", ID, "--service", "ELB"],
        &["batch-push", ID, "--project", "p"],
        &["batch-push", ID, "p"],
        &["batch-push", ID, "p", "ELB", "--project", "p"],
        &["batch-push", ID, "p", "ELB", "more"],
        &["batch-push", ID, "p", "ELB", "--service", "ELB"],
        &["batch-push", ID, TOKEN, "--service", "ELB"],
    ] {
        let ended = run(&mut certpush(arguments));
        assert_eq!(ended.status, Some(1), "{arguments:?}: {ended:?}");
        assert_eq!(ended.stdout, "", "{arguments:?}");
        assert!(ended.stderr.contains("--help"), "{ended:?}");
        assert!(!ended.stderr.contains(PART_OF_TOKEN), "{ended:?}");
    }
    let help = run(&mut certpush(["batch-push", "--help"]));
    assert_eq!(help.status, Some(0));
    assert!(help.stdout.contains("leaves all of them unknown"));
}
