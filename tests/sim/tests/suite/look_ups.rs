//! The ids of accounts and projects, for those who can prove who they are.

use certpush_sim::{
    DEFAULT_DOMAIN, DEFAULT_DOMAIN_ID, DEFAULT_PROJECT, DEFAULT_PROJECT_ID, DEFAULT_PROJECTS,
    DEFAULT_TOKEN, Sim, SimOptions,
};

use crate::client::{Answer, Request, connect};
use crate::signer::{Signer, ask_signed};

fn start() -> Sim {
    Sim::start(SimOptions::default()).expect("the service starts")
}

fn ask(sim: &Sim, path: &str) -> Answer {
    ask_signed(sim, &Signer::default(), Request::bare(sim, "GET", path))
}

fn projects(answer: &Answer) -> Vec<(String, String)> {
    let body = answer.json();
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    body["projects"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|project| (text(&project["name"]), text(&project["id"])))
        .collect()
}

#[test]
fn a_signature_gets_the_account() {
    let sim = start();
    let answer = ask(&sim, "/v3/auth/domains");
    assert_eq!(answer.status, 200);
    let body = answer.json();
    assert_eq!(body["domains"].as_array().map(Vec::len), Some(1));
    assert_eq!(body["domains"][0]["id"], DEFAULT_DOMAIN_ID);
    assert_eq!(body["domains"][0]["name"], DEFAULT_DOMAIN);
    assert!(answer.header("X-IAM-Trace-Id").is_some());
    assert_eq!(sim.iam().domain_requests, 1);
}

#[test]
fn projects_are_listed_by_name_or_all() {
    let sim = start();
    let one = ask(&sim, &format!("/v3/projects?name={DEFAULT_PROJECT}"));
    let expected = (DEFAULT_PROJECT.to_owned(), DEFAULT_PROJECT_ID.to_owned());
    assert_eq!(projects(&one), [expected]);
    let none = ask(&sim, "/v3/projects?name=af-south-1");
    assert_eq!((none.status, projects(&none).len()), (200, 0));
    assert_eq!(
        projects(&ask(&sim, "/v3/projects")).len(),
        DEFAULT_PROJECTS.len()
    );
    assert_eq!(sim.iam().project_requests, 3);
}

#[test]
fn a_token_is_as_good_as_a_signature() {
    let sim = start();
    let mut request = Request::bare(&sim, "GET", "/v3/auth/domains");
    assert_eq!(connect(&sim).ask(&request).status, 401);
    request.set("X-Auth-Token", DEFAULT_TOKEN);
    assert_eq!(connect(&sim).ask(&request).status, 200);
}

#[test]
fn a_wrong_signature_gets_nothing() {
    let sim = start();
    let wrong = Signer {
        secret_key: "not-the-secret-key",
        ..Signer::default()
    };
    let request = Request::bare(&sim, "GET", "/v3/projects?name=cn-north-4");
    let answer = ask_signed(&sim, &wrong, request);
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (401, "APIGW.0301")
    );
    assert_eq!(sim.iam().signatures_refused, 1);
}
