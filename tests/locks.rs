//! What would lock an account or a key if it were repeated, and what would not.

mod faults;

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use certpush::{Config, Error, Status};
use certpush_sim::{
    DEFAULT_ACCESS_KEY, DEFAULT_DOMAIN, DEFAULT_DOMAIN_ID, DEFAULT_PASSWORD, DEFAULT_SECRET_KEY,
    DEFAULT_USER, Sim, SimOptions,
};
use faults::{Client, FaultServer, ID, Kind, TOKEN};

fn sim() -> Sim {
    Sim::start(SimOptions::default()).unwrap()
}

fn base(url: &str) -> Config {
    Config::new()
        .endpoint(url)
        .iam_endpoint(url)
        .retry_base(Duration::from_millis(1))
}

fn keys(sim: &Sim, secret_key: &str) -> Config {
    base(&sim.http_url())
        .access_key(DEFAULT_ACCESS_KEY)
        .secret_key(secret_key)
}

fn password(url: &str) -> Config {
    base(url)
        .user_name(DEFAULT_USER)
        .user_domain(DEFAULT_DOMAIN)
        .user_password(DEFAULT_PASSWORD)
        .scope_project("cn-north-4")
}

fn push(client: &Client) -> Result<certpush::Receipt, Error> {
    client.push(ID, "ap-southeast-3", "ELB")
}

fn one_off(config: &Config) -> Result<certpush::Receipt, Error> {
    push(&Client::one_off(config).unwrap())
}

const WRONG: &str = "not-the-secret-key-of-that-access-key";

#[test]
fn of_six_one_off_calls_with_a_wrong_secret_key_one_is_sent() {
    for is_looked_up in [false, true] {
        let sim = sim();
        let config = |secret_key| {
            let config = keys(&sim, secret_key);
            if is_looked_up {
                config
            } else {
                config.domain_id(DEFAULT_DOMAIN_ID)
            }
        };
        let expected = if is_looked_up {
            (Status::CredentialsRefused, 0)
        } else {
            (Status::Unauthorized, 1)
        };
        let first = one_off(&config(WRONG)).unwrap_err();
        assert_eq!((first.status(), first.attempts()), expected);
        for _ in 0..6 {
            let error = one_off(&config(WRONG)).unwrap_err();
            assert_eq!(error.attempts(), 0);
            assert_eq!(error.status(), first.status());
            assert_eq!(error.http_status(), Some(401));
            assert_eq!(error.service_code(), Some("APIGW.0301"));
            assert_eq!(error.hint(), first.hint());
            assert!(!error.outcome_unknown() && !error.retryable());
        }
        let counts = sim.iam();
        assert_eq!((counts.signatures_refused, counts.key_locks), (1, 0));
        assert!(one_off(&config(DEFAULT_SECRET_KEY)).is_ok());
        // A client asks for itself.
        assert!(push(&Client::new(&config(WRONG)).unwrap()).is_err());
        assert_eq!(sim.iam().signatures_refused, 2);
    }
}

#[test]
fn of_threads_that_begin_together_with_a_wrong_secret_key_one_sends() {
    const THREADS: usize = 12;
    for is_one_off in [true, false] {
        let sim = sim();
        let config = keys(&sim, WRONG).domain_id(DEFAULT_DOMAIN_ID);
        let client = Client::new(&config).unwrap();
        let begin = Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    begin.wait();
                    let error = if is_one_off {
                        one_off(&config).unwrap_err()
                    } else {
                        push(&client).unwrap_err()
                    };
                    assert_eq!(error.status(), Status::Unauthorized);
                });
            }
        });
        let counts = sim.iam();
        assert_eq!(
            (counts.signatures_refused, counts.key_locks),
            (1, 0),
            "{is_one_off}"
        );
    }
}

#[test]
fn threads_that_begin_together_with_a_right_key_all_push() {
    const THREADS: usize = 12;
    let sim = sim();
    let config = keys(&sim, DEFAULT_SECRET_KEY);
    let client = Client::new(&config).unwrap();
    let begin = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for number in 0..THREADS {
            let (client, config, begin) = (&client, &config, &begin);
            scope.spawn(move || {
                begin.wait();
                let pushed = if number % 2 == 0 {
                    push(client)
                } else {
                    one_off(config)
                };
                assert!(pushed.is_ok(), "{pushed:?}");
            });
        }
    });
    assert_eq!(sim.pushed().len(), THREADS);
}

#[test]
fn a_call_that_waits_for_anothers_first_try_ends_in_its_own_time() {
    let server = FaultServer::start(Kind::Plain, |peer| {
        peer.read_request();
        peer.wait_for_close();
    });
    let config = base(&server.url())
        .access_key("AK0123456789")
        .secret_key("SK0123456789")
        .domain_id("d");
    let client = Client::new(&config.retries(0)).unwrap();
    let push_for = |milliseconds| {
        let options = certpush::CallOptions::new().timeout(Duration::from_millis(milliseconds));
        client.push_with(ID, "p", "ELB", &options).unwrap_err()
    };
    std::thread::scope(|scope| {
        let first = scope.spawn(|| push_for(1500));
        while server.accepted() == 0 {
            std::thread::yield_now();
        }
        let begun = Instant::now();
        let error = push_for(100);
        assert!(begun.elapsed() < Duration::from_millis(1000));
        assert_eq!(
            (error.status(), error.phase().as_str(), error.attempts()),
            (Status::Timeout, "credentials", 0)
        );
        assert!(!error.outcome_unknown());
        assert!(first.join().unwrap().outcome_unknown());
    });
}

#[test]
fn a_tokens_401_is_never_remembered() {
    let server = FaultServer::start(Kind::Plain, |peer| {
        while peer.read_request().is_some() {
            peer.write(
                json(
                    401,
                    r#"{"error_code":"APIGW.0301","error_msg":"decrypt token fail"}"#,
                )
                .as_bytes(),
            );
        }
    });
    let config = base(&server.url()).token(TOKEN).retries(0);
    for _ in 0..3 {
        assert_eq!(one_off(&config).unwrap_err().attempts(), 1);
    }
    let client = Client::new(&config).unwrap();
    for _ in 0..3 {
        assert_eq!(push(&client).unwrap_err().attempts(), 1);
    }
    drop(client);
}

fn json(status: u16, body: &str) -> String {
    answer(status, "application/json", body)
}

fn answer(status: u16, kind: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

const ISSUED: &str = "a-token-that-iam-has-issued-for-a-password";

/// An IAM that answers so at first, and then gives a token; and the service beside it.
fn iam(first: Vec<String>) -> FaultServer {
    let asked = AtomicUsize::new(0);
    FaultServer::start(Kind::Plain, move |peer| {
        while let Some(request) = peer.read_request() {
            if !request.starts_with("POST /v3/auth/tokens") {
                peer.write(b"HTTP/1.1 204 No Content\r\n\r\n");
                continue;
            }
            let number = asked.fetch_add(1, Ordering::SeqCst);
            match first.get(number) {
                Some(answer) => {
                    peer.write(answer.as_bytes());
                    if !answer.contains("Content-Length") {
                        return;
                    }
                }
                None => {
                    peer.write(
                        format!("HTTP/1.1 201 C\r\nX-Subject-Token: {ISSUED}\r\nContent-Length: 2\r\n\r\n{{}}")
                            .as_bytes(),
                    );
                }
            }
        }
    })
}

#[test]
fn a_page_in_front_of_iam_is_no_refusal_and_not_remembered() {
    let pages = [
        answer(403, "text/html", "<html>denied by policy</html>"),
        answer(401, "text/plain", "who are you?"),
        answer(400, "application/json", "[]"),
        answer(403, "application/json", r#"{"message":"Forbidden"}"#),
        answer(403, "application/json", r#""Forbidden""#),
        answer(404, "text/html", ""),
        answer(451, "text/html", "\u{feff}<!DOCTYPE html>"),
        answer(403, "text/html", &"x".repeat(300_000)),
    ];
    for page in pages {
        let server = iam(vec![page.clone()]);
        let client = Client::new(&password(&server.url()).retries(0)).unwrap();
        let error = push(&client).unwrap_err();
        let shown = &page[..page.len().min(120)];
        assert_eq!(error.status(), Status::CredentialsUnavailable, "{shown}");
        assert!(error.retryable() && !error.outcome_unknown(), "{shown}");
        assert!(
            (400..500).contains(&error.http_status().unwrap()),
            "{shown}"
        );
        assert_eq!(error.phase().as_str(), "credentials");
        assert!(
            error.hint().unwrap().contains("not IAM"),
            "{}",
            error.hint().unwrap()
        );
        assert!(push(&client).is_ok(), "{shown}");
        drop(client);
        // And within one call.
        let server = iam(vec![page]);
        let client = Client::new(&password(&server.url())).unwrap();
        assert!(push(&client).is_ok());
        drop(client);
    }
}

#[test]
fn iams_own_no_is_a_refusal_and_tried_once() {
    let told = [
        (
            401,
            r#"{"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}}"#,
            "401",
        ),
        (
            400,
            r#"{"error_code":"IAM.1061","error_msg":"no"}"#,
            "IAM.1061",
        ),
        (
            403,
            r#"{"error_msg":"no","error_code":"IAM.0003"}"#,
            "IAM.0003",
        ),
        (
            404,
            r#"{"error":{"code":404,"message":"Could not find the resource","title":"Not Found"}}"#,
            "404",
        ),
        (
            401,
            r#"{"error_code":"APIGW.0301","error_msg":"no","request_id":"r"}"#,
            "APIGW.0301",
        ),
        (400, r#"{"code":"X","message":"no"}"#, "X"),
    ];
    for (status, body, code) in told {
        let server = iam(vec![json(status, body)]);
        let client = Client::new(&password(&server.url())).unwrap();
        for _ in 0..3 {
            let error = push(&client).unwrap_err();
            assert_eq!(error.status(), Status::CredentialsRefused, "{body}");
            assert_eq!(
                (error.http_status(), error.service_code(), error.attempts()),
                (Some(status), Some(code), 0)
            );
            assert!(!error.retryable() && !error.outcome_unknown(), "{body}");
            assert!(!error.message().contains("401 401"), "{error}");
            assert!(!error.message().contains("404 404"), "{error}");
        }
        drop(client);
    }
}

#[test]
fn iams_other_failures_may_pass_and_keep_its_codes() {
    for (status, body, code) in [
        (
            429,
            r#"{"error_code":"IAM.0012","error_msg":"slow down"}"#,
            Some("IAM.0012"),
        ),
        (
            500,
            r#"{"error_code":"IAM.0006","error_msg":"no"}"#,
            Some("IAM.0006"),
        ),
        (503, "<html>", None),
        (302, "", None),
    ] {
        let server = iam(vec![json(status, body)]);
        let client = Client::new(&password(&server.url()).retries(0)).unwrap();
        let error = push(&client).unwrap_err();
        assert_eq!(error.status(), Status::CredentialsUnavailable, "{status}");
        assert_eq!(
            (error.http_status(), error.service_code()),
            (Some(status), code)
        );
        assert!(error.retryable(), "{status}");
        assert!(push(&client).is_ok(), "{status}");
        drop(client);
    }
}

#[test]
fn a_refusal_whose_body_is_lost_is_one() {
    let server = iam(vec![
        "HTTP/1.1 401 X\r\nContent-Length: 99\r\n\r\n{\"er"
            .replace("Content-Length", "content-length"),
    ]);
    let client = Client::new(&password(&server.url())).unwrap();
    for _ in 0..2 {
        let error = push(&client).unwrap_err();
        assert_eq!(
            (error.status(), error.http_status()),
            (Status::CredentialsRefused, Some(401))
        );
    }
    drop(client);
}
