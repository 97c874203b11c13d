//! Temporary keys from the metadata service and the pod identity.

use std::time::Duration;

use certpush_sim::{
    DEFAULT_POD_AUTHORIZATION, DEFAULT_POD_PATH, MetadataMode, MetadataOptions, Sim, SimOptions,
};
use serde_json::Value;

use crate::client::{Answer, Request, connect};
use crate::signer::{Signer, ask_signed};

const TEN_MINUTES: i32 = 600;

fn start(mode: MetadataMode) -> Sim {
    Sim::start(SimOptions {
        metadata: MetadataOptions {
            mode,
            key_lifetime: Duration::from_secs(600),
            ..MetadataOptions::default()
        },
        ..SimOptions::default()
    })
    .expect("the service starts")
}

fn ask_for_token(sim: &Sim, ttl_s: &str) -> Answer {
    let mut request = Request::bare(sim, "PUT", "/meta-data/latest/api/token");
    request.set("X-Metadata-Token-Ttl-Seconds", ttl_s);
    connect(sim).ask(&request)
}

fn token(sim: &Sim, ttl_s: &str) -> String {
    let answer = ask_for_token(sim, ttl_s);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

fn ask_for_key(sim: &Sim, token: Option<&str>) -> Answer {
    let mut request = Request::bare(sim, "GET", "/openstack/latest/securitykey");
    if let Some(token) = token {
        request.set("X-Metadata-Token", token);
    }
    connect(sim).ask(&request)
}

fn key(sim: &Sim) -> Value {
    let answer = ask_for_key(sim, Some(&token(sim, "21600")));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["credential"].clone()
}

fn ask_for_pod_key(sim: &Sim, method: &'static str, authorization: &str) -> Answer {
    let mut request = Request::bare(sim, method, DEFAULT_POD_PATH);
    request.set("Authorization", authorization);
    connect(sim).ask(&request)
}

fn text<'a>(key: &'a Value, name: &str) -> &'a str {
    key[name].as_str().expect("a text")
}

/// Pushes with a key in the metadata service's spelling.
fn push(sim: &Sim, key: &Value) -> Answer {
    let signer = Signer {
        access_key: text(key, "access"),
        secret_key: text(key, "secret"),
        security_token: key["securitytoken"].as_str(),
        ..Signer::default()
    };
    ask_signed(sim, &signer, Request::new(sim))
}

fn refused(answer: &Answer, detail: &str) {
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (401, "APIGW.0301")
    );
    assert!(answer.body.contains(detail), "{}", answer.body);
}

#[test]
fn the_key_of_an_instance_is_told_as_it_is_given_out() {
    let sim = start(MetadataMode::default());
    let told = sim.instance_key();
    let key = key(&sim);
    assert_eq!(
        [told.access_key, told.secret_key, told.security_token],
        ["access", "secret", "securitytoken"].map(|name| text(&key, name).to_owned())
    );
}

#[test]
fn a_key_of_an_instance_pushes() {
    let sim = start(MetadataMode::default());
    let key = key(&sim);
    assert_eq!(push(&sim, &key).status, 204);
    let expires_at = text(&key, "expires_at");
    assert_eq!(expires_at.len(), "2020-01-08T02:56:19.587000Z".len());
    let counts = sim.iam();
    assert_eq!(
        (
            counts.metadata_token_requests,
            counts.instance_key_requests,
            counts.keys_issued
        ),
        (1, 1, 1)
    );
}

#[test]
fn a_key_without_a_good_token_is_refused() {
    let sim = start(MetadataMode::V2);
    assert_eq!(ask_for_key(&sim, None).status, 401);
    assert_eq!(ask_for_key(&sim, Some("unknown")).status, 401);
    let token = token(&sim, "60");
    assert_eq!(ask_for_key(&sim, Some(&token)).status, 200);
    sim.set_clock_offset(60);
    let answer = ask_for_key(&sim, Some(&token));
    assert_eq!(answer.status, 401);
    assert!(!answer.body.contains("Agency"), "{answer:?}");
}

#[test]
fn a_token_needs_a_time_to_live() {
    let sim = start(MetadataMode::V2);
    for ttl_s in ["", "0", "21601", "-1", "an hour"] {
        assert_eq!(ask_for_token(&sim, ttl_s).status, 400, "{ttl_s}");
    }
    let without = Request::bare(&sim, "PUT", "/meta-data/latest/api/token");
    assert_eq!(connect(&sim).ask(&without).status, 400);
}

#[test]
fn an_optional_token_may_be_missing_but_not_wrong() {
    let sim = start(MetadataMode::Optional);
    assert_eq!(ask_for_key(&sim, None).status, 200);
    assert_eq!(ask_for_key(&sim, Some(&token(&sim, "60"))).status, 200);
    assert_eq!(ask_for_key(&sim, Some("unknown")).status, 401);
}

#[test]
fn an_old_service_has_no_tokens() {
    for status in [404, 405, 503] {
        let sim = start(MetadataMode::V1 { status });
        assert_eq!(ask_for_token(&sim, "21600").status, status);
        assert_eq!(ask_for_key(&sim, None).status, 200);
    }
}

#[test]
fn an_instance_without_an_agency_is_told_so() {
    let sim = start(MetadataMode::NoAgency);
    let answer = ask_for_key(&sim, Some(&token(&sim, "21600")));
    assert_eq!(answer.status, 401);
    assert!(
        answer
            .body
            .contains("Please configure Cloud Service Agency first"),
        "{answer:?}"
    );
    assert_eq!(sim.iam().keys_issued, 0);
}

#[test]
fn without_a_metadata_service_its_paths_do_not_exist() {
    let sim = start(MetadataMode::Off);
    for answer in [ask_for_token(&sim, "21600"), ask_for_key(&sim, None)] {
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (404, "APIGW.0101")
        );
    }
    assert_eq!(sim.iam().metadata_token_requests, 0);
}

#[test]
fn a_temporary_key_needs_its_security_token() {
    let sim = start(MetadataMode::V2);
    let mut key = key(&sim);
    let of_another = ask_for_pod_key(&sim, "GET", DEFAULT_POD_AUTHORIZATION).json();
    key["securitytoken"] = of_another["credentials"]["securityToken"].clone();
    refused(&push(&sim, &key), "decrypt token fail");
    key["securitytoken"] = Value::Null;
    let detail = format!(
        "Get secretKey failed,ak:{},err:ak not exist",
        text(&key, "access")
    );
    refused(&push(&sim, &key), &detail);
}

#[test]
fn a_key_is_renewed_before_it_ends() {
    let sim = start(MetadataMode::V2);
    let first = key(&sim);
    assert_eq!(key(&sim), first);
    sim.set_clock_offset(TEN_MINUTES / 4 * 3);
    let second = key(&sim);
    assert_ne!(second["access"], first["access"]);
    assert_eq!(push(&sim, &first).status, 204);
    sim.set_clock_offset(TEN_MINUTES);
    let expires_at = text(&first, "expires_at");
    refused(
        &push(&sim, &first),
        &format!("token expires, expires_at: {expires_at}"),
    );
    assert_eq!(push(&sim, &second).status, 204);
    assert_eq!(sim.iam().keys_issued, 2);
}

#[test]
fn a_key_of_a_pod_pushes() {
    let sim = start(MetadataMode::Off);
    for method in ["GET", "POST"] {
        let answer = ask_for_pod_key(&sim, method, DEFAULT_POD_AUTHORIZATION);
        assert_eq!(answer.status, 200, "{answer:?}");
        let key = &answer.json()["credentials"];
        assert!(text(key, "expiration").ends_with('Z'));
        let signer = Signer {
            access_key: text(key, "accessKeyId"),
            secret_key: text(key, "secretAccessKey"),
            security_token: Some(text(key, "securityToken")),
            ..Signer::default()
        };
        let answer = ask_signed(&sim, &signer, Request::new(&sim));
        assert_eq!(answer.status, 204, "{answer:?}");
    }
    let counts = sim.iam();
    assert_eq!((counts.pod_key_requests, counts.keys_issued), (2, 1));
}

#[test]
fn a_pod_must_prove_itself() {
    let sim = start(MetadataMode::Off);
    for authorization in ["", "Bearer wrong"] {
        assert_eq!(ask_for_pod_key(&sim, "GET", authorization).status, 401);
    }
    let without = Request::bare(&sim, "GET", DEFAULT_POD_PATH);
    assert_eq!(connect(&sim).ask(&without).status, 401);
    assert_eq!(sim.iam().keys_issued, 0);
}

#[test]
fn tokens_of_the_metadata_service_are_never_shown() {
    let sim = start(MetadataMode::V2);
    let token = token(&sim, "60");
    ask_for_key(&sim, Some(&token));
    ask_for_pod_key(&sim, "GET", DEFAULT_POD_AUTHORIZATION);
    let received = sim.received();
    assert_eq!(received.len(), 3);
    let shown = format!("{received:?}");
    assert!(
        !shown.contains(&token) && !shown.contains(DEFAULT_POD_AUTHORIZATION),
        "{shown}"
    );
}
