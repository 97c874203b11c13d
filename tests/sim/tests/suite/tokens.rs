//! Tokens by password, and what a push does with them.

use std::time::Duration;

use certpush_sim::{
    DEFAULT_DOMAIN, DEFAULT_DOMAIN_ID, DEFAULT_PASSWORD, DEFAULT_PROJECT, DEFAULT_PROJECT_ID,
    DEFAULT_USER, DEFAULT_USER_ID, IamOptions, Sim, SimOptions, User,
};
use serde_json::{Value, json};

use crate::client::{Answer, Request, connect};

fn start(iam: IamOptions) -> Sim {
    Sim::start(SimOptions {
        iam,
        ..SimOptions::default()
    })
    .expect("the service starts")
}

fn with_user(user: User) -> Sim {
    start(IamOptions {
        users: vec![user],
        ..IamOptions::default()
    })
}

/// The body of a right request.
fn right() -> Value {
    json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {
            "domain": {"name": DEFAULT_DOMAIN},
            "name": DEFAULT_USER,
            "password": DEFAULT_PASSWORD,
        }}},
        "scope": {"project": {"name": DEFAULT_PROJECT}},
    }})
}

fn with_password(password: &str) -> Value {
    let mut body = right();
    body["auth"]["identity"]["password"]["user"]["password"] = json!(password);
    body
}

fn with_scope(scope: Value) -> Value {
    let mut body = right();
    body["auth"]["scope"] = scope;
    body
}

fn with_passcode(passcode: &str) -> Value {
    let mut body = right();
    body["auth"]["identity"]["methods"] = json!(["password", "totp"]);
    body["auth"]["identity"]["totp"] =
        json!({"user": {"id": DEFAULT_USER_ID, "passcode": passcode}});
    body
}

fn ask(sim: &Sim, body: &Value) -> Answer {
    ask_at(sim, "/v3/auth/tokens?nocatalog=true", &body.to_string())
}

fn ask_at(sim: &Sim, path: &str, body: &str) -> Answer {
    let mut request = Request::bare(sim, "POST", path);
    request.set("Content-Type", "application/json;charset=utf8");
    request.set_body(body);
    connect(sim).ask(&request)
}

fn token(answer: &Answer) -> &str {
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.header("X-Subject-Token").expect("a token")
}

fn push(sim: &Sim, token: &str) -> Answer {
    let mut request = Request::new(sim);
    request.set("X-Auth-Token", token);
    connect(sim).ask(&request)
}

#[test]
fn a_password_gets_a_token_that_pushes() {
    let sim = start(IamOptions::default());
    let answer = ask(&sim, &right());
    assert_eq!(token(&answer).len(), 2048);
    assert_eq!(push(&sim, token(&answer)).status, 204);
    assert!(answer.header("X-IAM-Trace-Id").is_some());
    assert!(answer.header("X-Request-Id").is_some());
    let counts = sim.iam();
    assert_eq!((counts.token_requests, counts.tokens_issued), (1, 1));
}

#[test]
fn every_token_is_another_and_the_earlier_stay_good() {
    let sim = start(IamOptions::default());
    let (first, second) = (ask(&sim, &right()), ask(&sim, &right()));
    assert_ne!(token(&first), token(&second));
    assert_eq!(push(&sim, token(&first)).status, 204);
}

#[test]
fn a_token_is_described_as_documented() {
    let sim = start(IamOptions {
        token_lifetime: Duration::from_secs(3600),
        ..IamOptions::default()
    });
    let described = &ask(&sim, &right()).json()["token"];
    let domain = json!({"id": DEFAULT_DOMAIN_ID, "name": DEFAULT_DOMAIN});
    assert_eq!(
        described["project"],
        json!({"id": DEFAULT_PROJECT_ID, "name": DEFAULT_PROJECT, "domain": domain})
    );
    assert_eq!(described["user"]["id"], DEFAULT_USER_ID);
    assert_eq!(described["user"]["domain"], domain);
    assert_eq!(described["methods"], json!(["password"]));
    assert_eq!(described["catalog"], json!([]));
    let time = |name: &str| described[name].as_str().expect("a time").to_owned();
    let (issued_at, expires_at) = (time("issued_at"), time("expires_at"));
    assert_eq!(issued_at.len(), "2020-01-04T09:05:22.701000Z".len());
    assert!(issued_at.ends_with('Z') && issued_at < expires_at);
    // An hour later: all that is smaller than an hour is the same.
    assert_eq!(issued_at[13..], expires_at[13..]);
}

#[test]
fn the_catalog_comes_unless_it_is_unwanted() {
    let sim = start(IamOptions::default());
    let catalog = |path| {
        let body = ask_at(&sim, path, &right().to_string()).json();
        body["token"]["catalog"].as_array().expect("a list").len()
    };
    assert_eq!(catalog("/v3/auth/tokens"), 1);
    assert_eq!(catalog("/v3/auth/tokens?nocatalog="), 1);
    assert_eq!(catalog("/v3/auth/tokens?nocatalog=yes"), 0);
}

#[test]
fn a_user_and_a_scope_can_be_named_by_id() {
    let sim = start(IamOptions::default());
    let mut by_id = right();
    by_id["auth"]["identity"]["password"]["user"] =
        json!({"id": DEFAULT_USER_ID, "password": DEFAULT_PASSWORD});
    token(&ask(&sim, &by_id));
    for scope in [
        json!({"project": {"id": DEFAULT_PROJECT_ID}}),
        json!({"project": {"name": DEFAULT_PROJECT, "domain": {"name": DEFAULT_DOMAIN}}}),
        json!({"project": {"name": DEFAULT_PROJECT}, "domain": {"name": "ignored"}}),
    ] {
        let described = ask(&sim, &with_scope(scope)).json();
        assert_eq!(described["token"]["project"]["id"], DEFAULT_PROJECT_ID);
    }
    for scope in [
        json!({"domain": {"id": DEFAULT_DOMAIN_ID}}),
        json!({"domain": {"name": DEFAULT_DOMAIN}}),
        Value::Null,
    ] {
        let described = ask(&sim, &with_scope(scope)).json();
        assert_eq!(described["token"]["domain"]["id"], DEFAULT_DOMAIN_ID);
    }
}

#[test]
fn a_scope_of_somebody_else_is_refused() {
    let sim = start(IamOptions::default());
    for scope in [
        json!({"project": {"name": "af-south-1"}}),
        json!({"project": {"id": DEFAULT_DOMAIN_ID}}),
        json!({"project": {"name": DEFAULT_PROJECT, "domain": {"name": "Other"}}}),
        json!({"project": {}}),
        json!({"domain": {"name": "Other"}}),
    ] {
        let answer = ask(&sim, &with_scope(scope));
        assert_eq!(answer.status, 401);
        assert_eq!(answer.json()["error"]["title"], "Unauthorized");
    }
    assert_eq!(sim.iam().wrong_passwords, 0);
}

#[test]
fn a_wrong_password_and_an_unknown_user_look_the_same() {
    let sim = start(IamOptions::default());
    let mut nobody = right();
    nobody["auth"]["identity"]["password"]["user"]["name"] = json!("Nobody");
    let mut elsewhere = right();
    elsewhere["auth"]["identity"]["password"]["user"]["domain"]["name"] = json!("Other");
    for body in [with_password("wrong"), nobody, elsewhere] {
        let answer = ask(&sim, &body);
        assert_eq!(answer.status, 401);
        assert_eq!(
            answer.json(),
            json!({"error": {
                "code": 401,
                "message": "The username or password is wrong.",
                "title": "Unauthorized",
            }})
        );
    }
    assert_eq!(sim.iam().wrong_passwords, 3);
    assert_eq!(
        sim.received()[0].problem.as_deref(),
        Some("the password is wrong")
    );
}

#[test]
fn five_wrong_passwords_lock_even_the_right_one() {
    let sim = start(IamOptions::default());
    for _ in 0..5 {
        assert!(ask(&sim, &with_password("wrong")).body.contains("is wrong"));
    }
    for body in [right(), with_password("wrong")] {
        let answer = ask(&sim, &body);
        assert_eq!(answer.status, 401);
        assert_eq!(answer.json()["error"]["message"], "The account is locked.");
    }
    let counts = sim.iam();
    assert_eq!((counts.wrong_passwords, counts.user_locks), (5, 1));
    sim.unlock();
    token(&ask(&sim, &right()));
}

#[test]
fn a_lock_ends_after_a_quarter_of_an_hour() {
    let sim = start(IamOptions::default());
    for _ in 0..5 {
        ask(&sim, &with_password("wrong"));
    }
    sim.set_clock_offset(14 * 60);
    assert_eq!(ask(&sim, &right()).status, 401);
    sim.set_clock_offset(15 * 60);
    token(&ask(&sim, &right()));
}

#[test]
fn a_request_must_be_complete_and_nothing_else() {
    let sim = start(IamOptions::default());
    let without = |path: &[&str]| {
        let mut body = right();
        let (last, parents) = path.split_last().expect("a path");
        let mut object = &mut body;
        for parent in parents {
            object = &mut object[*parent];
        }
        object.as_object_mut().expect("an object").remove(*last);
        body.to_string()
    };
    let user = ["auth", "identity", "password", "user"];
    let mut more = right();
    more["auth"]["identity"]["password"]["user"]["passwort"] = json!(DEFAULT_PASSWORD);
    let mut unlisted = with_passcode("123456");
    unlisted["auth"]["identity"]["methods"] = json!(["password"]);
    let mut not_given = right();
    not_given["auth"]["identity"]["methods"] = json!(["password", "totp"]);
    for body in [
        String::new(),
        "{".to_owned(),
        without(&["auth"]),
        without(&["auth", "identity"]),
        without(&["auth", "identity", "methods"]),
        without(&user[..3]),
        without(&user),
        without(&[&user[..], &["name"]].concat()),
        without(&[&user[..], &["domain"]].concat()),
        without(&[&user[..], &["password"]].concat()),
        more.to_string(),
        unlisted.to_string(),
        not_given.to_string(),
    ] {
        let answer = ask_at(&sim, "/v3/auth/tokens", &body);
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.json()["error"]["code"], 400);
    }
    assert_eq!(sim.iam().tokens_issued, 0);
}

#[test]
fn a_request_must_be_short_and_say_that_it_is_json() {
    let sim = start(IamOptions::default());
    let answer = ask(&sim, &with_password(&"p".repeat(33 * 1024)));
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (400, "IAM.1101")
    );
    let mut request = Request::bare(&sim, "POST", "/v3/auth/tokens");
    request.set_body(&right().to_string());
    assert_eq!(connect(&sim).ask(&request).status, 400);
}

#[test]
fn a_passcode_is_asked_of_those_who_have_one() {
    let sim = with_user(User {
        passcode: Some("123456".to_owned()),
        ..User::default()
    });
    assert_eq!(
        ask(&sim, &with_passcode("123456")).json()["token"]["methods"],
        json!(["password", "totp"])
    );
    let mut of_another = with_passcode("123456");
    of_another["auth"]["identity"]["totp"]["user"]["id"] = json!("another");
    for body in [with_passcode("654321"), of_another, right()] {
        let answer = ask(&sim, &body);
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (400, "IAM.1061")
        );
    }
    assert_eq!(sim.iam().wrong_passcodes, 3);
    let without_one = start(IamOptions::default());
    assert_eq!(ask(&without_one, &with_passcode("123456")).status, 400);
}

#[test]
fn a_user_of_the_console_gets_no_token() {
    let sim = with_user(User {
        console_only: true,
        ..User::default()
    });
    let answer = ask(&sim, &right());
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (403, "IAM.0081")
    );
}

#[test]
fn a_token_ends_with_its_lifetime() {
    let sim = start(IamOptions {
        token_lifetime: Duration::from_secs(60),
        ..IamOptions::default()
    });
    let issued = ask(&sim, &right());
    sim.set_clock_offset(60);
    let answer = push(&sim, token(&issued));
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (401, "APIGW.0301")
    );
    let issued_as = issued.json();
    let expires_at = issued_as["token"]["expires_at"].as_str().expect("a time");
    let message = format!("token expires, expires_at: {expires_at}");
    assert!(answer.body.contains(&message), "{answer:?}");
    sim.set_clock_offset(0);
    assert_eq!(push(&sim, token(&issued)).status, 204);
}

#[test]
fn a_revoked_token_must_be_updated() {
    let sim = start(IamOptions::default());
    let issued = ask(&sim, &right());
    sim.revoke_tokens();
    let answer = push(&sim, token(&issued));
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (401, "APIGW.0307")
    );
    assert_eq!(push(&sim, token(&ask(&sim, &right()))).status, 204);
    assert_eq!(push(&sim, certpush_sim::DEFAULT_TOKEN).status, 204);
    sim.revoke_token(certpush_sim::DEFAULT_TOKEN);
    assert_eq!(push(&sim, certpush_sim::DEFAULT_TOKEN).status, 401);
}

#[test]
fn a_token_can_be_longer_than_the_gateway_takes() {
    let sim = start(IamOptions {
        token_length: 40_000,
        ..IamOptions::default()
    });
    assert_eq!(token(&ask(&sim, &right())).len(), 40_000);
}

#[test]
fn passwords_and_passcodes_are_never_shown() {
    let sim = start(IamOptions::default());
    ask(&sim, &with_passcode("123456"));
    ask_at(
        &sim,
        "/v3/auth/tokens",
        &format!("{DEFAULT_PASSWORD} 123456"),
    );
    let received = sim.received();
    assert_eq!(received.len(), 2);
    assert!(received[0].body.contains(DEFAULT_USER), "{received:?}");
    let shown = format!("{received:?}");
    assert!(
        !shown.contains(DEFAULT_PASSWORD) && !shown.contains("123456"),
        "{shown}"
    );
}
