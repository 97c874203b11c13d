//! Temporary keys of a machine: from Huawei Cloud's metadata service, and where another answers, or
//! nobody, or one that falters.

mod faults;

use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use certpush::{Config, CredentialChoice, Error, Status};
use faults::{Client, FaultServer, ID, Kind, Peer};

const SECRET_KEY: &str = "the-temporary-secret-key-of-this-machine";
const KEYS: &str = r#"{"credential":{"access":"AKTEMPORARY","secret":"the-temporary-secret-key-of-this-machine","securitytoken":"STSTSTSTSTSTSTSTSTST","expires_at":"2096-01-01T00:00:00.000000Z"}}"#;

fn answer(status: u16, kind: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn text(status: u16, body: &str) -> String {
    answer(status, "text/plain", body)
}

/// The service and its metadata service in one; the latter answers as the script says.
fn machine(script: impl Fn(&str, &mut Peer) -> bool + Send + Sync + 'static) -> FaultServer {
    FaultServer::start(Kind::Plain, move |peer| {
        while let Some(request) = peer.read_request() {
            if request.contains("/push HTTP/1.1") {
                peer.write(b"HTTP/1.1 204 No Content\r\n\r\n");
            } else if !script(&request, peer) {
                return;
            }
        }
    })
}

fn answers_as_it_should(request: &str, peer: &mut Peer) -> bool {
    let is_token = request.starts_with("PUT /meta-data/latest/api/token");
    let answer = if is_token {
        text(200, "TOKENTOKEN")
    } else {
        answer(200, "application/json", KEYS)
    };
    peer.write(answer.as_bytes())
}

fn config(server: &FaultServer, credentials: CredentialChoice) -> Config {
    Config::new()
        .endpoint(server.url())
        .metadata_endpoint(server.url())
        .credentials(credentials)
        .domain_id("d")
        .retry_base(Duration::from_millis(1))
}

fn push(config: &Config) -> Result<certpush::Receipt, Error> {
    Client::new(config).unwrap().push(ID, "p", "ELB")
}

const BOTH: [CredentialChoice; 2] = [CredentialChoice::Auto, CredentialChoice::Metadata];

#[test]
fn another_clouds_metadata_service_gives_nothing_and_that_is_said_with_where_was_looked() {
    let html = "<html><h1>Not here</h1></html>";
    // The answers to the request for a token and to the one for keys.
    let answers = [
        ("AWS without IMDSv1", text(401, html), text(401, html)),
        ("AWS", text(404, html), text(404, html)),
        (
            "AWS with its token",
            text(200, "AQAAAMS4zB=="),
            text(404, html),
        ),
        (
            "GCP",
            text(403, "Missing Metadata-Flavor:Google header."),
            text(403, "Missing Metadata-Flavor:Google header."),
        ),
        (
            "Azure",
            answer(
                400,
                "application/json",
                r#"{"error":"Bad request. Required metadata header not specified"}"#,
            ),
            answer(400, "application/json", r#"{"error":"Bad request"}"#),
        ),
        ("OpenStack", text(404, html), text(404, html)),
        ("OpenStack of old", text(405, html), text(404, html)),
        (
            "a proxy",
            text(403, "denied destination"),
            text(403, "denied destination"),
        ),
        ("a proxy that asks", text(407, html), text(407, html)),
        ("a captive portal", text(200, html), text(200, html)),
        ("a redirect", text(302, ""), text(302, "")),
        (
            "JSON of another kind",
            text(404, ""),
            answer(200, "application/json", r#"{"uuid":"x"}"#),
        ),
        ("nothing", text(204, ""), text(204, "")),
        (
            "no HTTP",
            "220 mail.example ESMTP\r\n".to_owned(),
            String::new(),
        ),
    ];
    for (what, token, keys) in answers {
        for credentials in BOTH {
            let (token, keys) = (token.clone(), keys.clone());
            let server = machine(move |request, peer| {
                let answer = if request.starts_with("PUT") {
                    &token
                } else {
                    &keys
                };
                peer.write(answer.as_bytes()) && !answer.starts_with("220")
            });
            let error = push(&config(&server, credentials)).unwrap_err();
            assert_eq!(error.status(), Status::NoCredentials, "{what}: {error}");
            assert!(!error.retryable() && !error.outcome_unknown(), "{what}");
            assert_eq!(
                (error.attempts(), error.phase().as_str()),
                (0, "credentials")
            );
            assert!(error.message().contains(&server.url()), "{what}: {error}");
            assert!(
                !error.hint().unwrap().contains("lock"),
                "{what}: {}",
                error.hint().unwrap()
            );
            if credentials == CredentialChoice::Auto {
                assert!(error.message().contains("HUAWEICLOUD_SDK_AK"), "{error}");
            }
        }
    }
}

#[test]
fn a_machine_without_an_agency_has_none_unless_it_was_asked_for() {
    let server = machine(|request, peer| {
        let answer = if request.starts_with("PUT") {
            text(200, "TOKENTOKEN")
        } else {
            text(401, "Please configure Cloud Service Agency first")
        };
        peer.write(answer.as_bytes())
    });
    for (credentials, status) in [
        (CredentialChoice::Auto, Status::NoCredentials),
        (CredentialChoice::Metadata, Status::CredentialsRefused),
    ] {
        let error = push(&config(&server, credentials)).unwrap_err();
        assert_eq!(error.status(), status);
        assert!(error.message().contains("has no agency"), "{error}");
        assert!(
            error.hint().unwrap().contains("agency"),
            "{}",
            error.hint().unwrap()
        );
        assert!(
            !error.hint().unwrap().contains("IAM"),
            "{}",
            error.hint().unwrap()
        );
    }
}

#[test]
fn a_lost_connection_is_made_again_within_the_call() {
    // The first so many requests for a token, or for keys, are not answered.
    for (method, lost) in [("PUT", 1), ("PUT", 2), ("GET", 1), ("GET", 2)] {
        for credentials in BOTH {
            let asked = AtomicUsize::new(0);
            let server = machine(move |request, peer| {
                if request.starts_with(method) && asked.fetch_add(1, Ordering::SeqCst) < lost {
                    if lost == 2 {
                        peer.reset();
                    }
                    return false;
                }
                answers_as_it_should(request, peer)
            });
            let pushed = push(&config(&server, credentials).retries(0));
            assert!(pushed.is_ok(), "{method} {lost}: {pushed:?}");
        }
    }
}

#[test]
fn a_metadata_service_that_falters_may_be_asked_again() {
    type Script = fn(&str, &mut Peer) -> bool;
    let scripts: [(&str, Script); 6] = [
        ("closes", |_, _| false),
        ("resets", |_, peer| {
            peer.reset();
            false
        }),
        ("500", |_, peer| peer.write(text(500, "no").as_bytes())),
        ("429", |_, peer| peer.write(text(429, "slow").as_bytes())),
        ("half an answer", |_, peer| {
            peer.write(b"HTTP/1.1 200 OK\r\nContent-Le");
            false
        }),
        ("no usable keys", |_, peer| {
            peer.write(answer(200, "application/json", r#"{"credential":{}}"#).as_bytes())
        }),
    ];
    for (what, script) in scripts {
        for credentials in BOTH {
            let server = machine(script);
            let error = push(&config(&server, credentials).retries(1)).unwrap_err();
            assert_eq!(
                error.status(),
                Status::CredentialsUnavailable,
                "{what}: {error}"
            );
            assert!(error.retryable() && !error.outcome_unknown(), "{what}");
            assert!(
                error.hint().unwrap().contains("metadata service"),
                "{}",
                error.hint().unwrap()
            );
            assert!(
                !error.hint().unwrap().contains("IAM"),
                "{}",
                error.hint().unwrap()
            );
        }
    }
    // For as long as retries says.
    let asked = AtomicUsize::new(0);
    let server = machine(move |request, peer| {
        if asked.fetch_add(1, Ordering::SeqCst) < 6 {
            return false;
        }
        answers_as_it_should(request, peer)
    });
    assert!(push(&config(&server, CredentialChoice::Auto).retries(2)).is_ok());
}

#[test]
fn where_nobody_answers_there_is_none_unless_it_was_asked_for() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    for (credentials, status) in [
        (CredentialChoice::Auto, Status::NoCredentials),
        (CredentialChoice::Metadata, Status::CredentialsUnavailable),
    ] {
        let config = Config::new()
            .endpoint("http://127.0.0.1:9")
            .metadata_endpoint(format!("http://{address}"))
            .credentials(credentials)
            .retries(0);
        let error = push(&config).unwrap_err();
        assert_eq!(error.status(), status);
        assert_eq!(error.retryable(), status == Status::CredentialsUnavailable);
        assert!(error.message().contains("the metadata service"), "{error}");
        assert!(
            !error.hint().unwrap().contains("IAM"),
            "{}",
            error.hint().unwrap()
        );
    }
}

#[test]
fn no_temporary_key_is_shown() {
    let server = machine(answers_as_it_should);
    let client = Client::new(&config(&server, CredentialChoice::Metadata)).unwrap();
    let shown = format!("{:?} {}", client.push(ID, "p", "ELB"), client.describe());
    assert!(!shown.contains(SECRET_KEY), "{shown}");
}
