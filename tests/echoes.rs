//! A peer that echoes the call's secrets: none of it is shown, in no field and in no log line.

mod faults;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use certpush::{Config, CredentialChoice, Error, Status, TrustStore};
use faults::{Client, FaultServer, ID, Kind};

const TOKEN: &str = "MIIToken/of+some=length-that-IAM-gave-to-somebody";
const SECRET_KEY: &str = "SecretKey/of+forty=characters-0123456789";
const SECURITY_TOKEN: &str = "SecurityToken/with+some=characters-of-its-own";
const PASSWORD: &str = "Pass\"word/with+all\\sorts é";
const PASSCODE: &str = "493021";
const PROXY_PASSWORD: &str = "pr0xy-Pa55word";
const METADATA_TOKEN: &str = "Tokn/Xq+7fQ2=Zb91kLw";

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// As it stands in JSON, in a text or by itself.
fn json(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    escaped.replace('/', "\\/")
}

fn unicode(text: &str) -> String {
    text.encode_utf16()
        .map(|unit| format!("\\u{unit:04X}"))
        .collect()
}

/// The secret in each of the writings, in the middle of a text and where that is cut.
fn echoes(secret: &str) -> Vec<String> {
    let writings = [
        json(secret),
        unicode(secret),
        percent(secret),
        json(&json(secret)),
        json(&unicode(secret)),
        json(&percent(&json(secret))),
    ];
    let mut echoes = Vec::new();
    for writing in writings {
        for before in [0, 30, 60, 110, 125, 1000, 1020] {
            echoes.push(format!("{}{writing} and more", "-".repeat(before)));
        }
    }
    echoes
}

/// Answers in which the text stands everywhere.
fn answers(text: &str) -> Vec<String> {
    let header = text.replace(|byte: char| !byte.is_ascii_graphic(), "~");
    let answer = |status: u16, kind: &str, body: &str| {
        format!(
            "HTTP/1.1 {status} X\r\nX-Request-Id: {header}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let whole =
        format!("{{\"error_code\":\"{text}\",\"error_msg\":\"{text}\",\"request_id\":\"{text}\"}}");
    let nested = format!("{{\"error\":{{\"code\":\"{text}\",\"message\":\"{text}\"}}}}");
    vec![
        answer(403, "application/json", &whole),
        answer(401, "application/json", &nested),
        answer(500, "application/json", &whole),
        answer(200, "application/json", &whole),
        answer(403, "text/html", &format!("<html>{text}")),
        format!("HTTP/1.1 204 No Content\r\nX-Request-Id: {header}\r\n\r\n"),
        answer(
            200,
            "application/json",
            &format!("{{\"request_id\":\"{text}\"}}"),
        ),
        answer(200, "text/html", &format!("<html>{text}")),
        answer(400, "application/json", &format!("{{\"a\":[\"{text}\"]}}")),
    ]
}

/// Six characters of the secret in a row, in any of the writings.
fn leaks(shown: &str, secret: &str) -> bool {
    let characters: Vec<char> = secret.chars().collect();
    characters.windows(6).any(|part| {
        let part: String = part.iter().collect();
        [part.clone(), json(&part), unicode(&part), percent(&part)]
            .iter()
            .any(|part| shown.contains(part.as_str()))
    })
}

fn check(config: &Config, secrets: &[&str], what: &str) -> Option<Error> {
    let lines = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&lines);
    let config = config
        .clone()
        .retry_base(Duration::from_millis(1))
        .log(move |_, line| kept.lock().unwrap().push_str(line));
    let client = Client::new(&config).unwrap();
    let result = client.push(ID, "ap-southeast-3", "ELB");
    let shown = format!("{result:?} {} {}", lines.lock().unwrap(), client.describe());
    for secret in secrets {
        assert!(!leaks(&shown, secret), "{what}: {secret} in {shown}");
    }
    result.err()
}

#[test]
fn the_service_is_told_no_secret_twice() {
    for secret in [TOKEN, SECRET_KEY, SECURITY_TOKEN] {
        for text in echoes(secret) {
            for answer in answers(&text) {
                let server = FaultServer::answering(Kind::Plain, answer.clone());
                let base = Config::new().endpoint(server.url()).retries(1);
                let config = if secret == TOKEN {
                    base.token(TOKEN)
                } else {
                    base.access_key("HPUA0123456789")
                        .secret_key(SECRET_KEY)
                        .security_token(SECURITY_TOKEN)
                        .domain_id("d")
                };
                check(&config, &[secret], &answer);
            }
        }
    }
}

#[test]
fn iam_and_the_service_echo_neither_password_nor_passcode() {
    for secret in [PASSWORD, PASSCODE] {
        for text in echoes(secret) {
            for answer in answers(&text) {
                for of_iam in [true, false] {
                    let told = answer.clone();
                    let server = FaultServer::start(Kind::Plain, move |peer| {
                        while let Some(request) = peer.read_request() {
                            let is_iam = request.starts_with("POST /v3/auth/tokens");
                            if is_iam == of_iam {
                                peer.write(told.as_bytes());
                            } else {
                                peer.write(
                                    format!("HTTP/1.1 201 C\r\nX-Subject-Token: {TOKEN}\r\nContent-Length: 2\r\n\r\n{{}}")
                                        .as_bytes(),
                                );
                            }
                        }
                    });
                    let config = Config::new()
                        .endpoint(server.url())
                        .iam_endpoint(server.url())
                        .user_id("u")
                        .user_password(PASSWORD)
                        .totp(PASSCODE)
                        .scope_project("p")
                        .retries(0);
                    check(&config, &[secret], &answer);
                }
            }
        }
    }
}

#[test]
fn iams_look_up_echoes_no_key() {
    for secret in [SECRET_KEY, SECURITY_TOKEN] {
        for text in echoes(secret) {
            for answer in answers(&text) {
                let server = FaultServer::answering(Kind::Plain, answer.clone());
                let config = Config::new()
                    .endpoint(server.url())
                    .iam_endpoint(server.url())
                    .access_key("HPUA0123456789")
                    .secret_key(SECRET_KEY)
                    .security_token(SECURITY_TOKEN)
                    .retries(0);
                check(&config, &[secret], &answer);
            }
        }
    }
}

#[test]
fn a_metadata_service_echoes_no_token() {
    for text in echoes(METADATA_TOKEN) {
        for answer in answers(&text) {
            let told = answer.clone();
            let server = FaultServer::start(Kind::Plain, move |peer| {
                while let Some(request) = peer.read_request() {
                    if request.starts_with("PUT") {
                        peer.write(
                            format!(
                                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{METADATA_TOKEN}",
                                METADATA_TOKEN.len()
                            )
                            .as_bytes(),
                        );
                    } else {
                        peer.write(told.as_bytes());
                    }
                }
            });
            let config = Config::new()
                .endpoint(server.url())
                .metadata_endpoint(server.url())
                .credentials(CredentialChoice::Metadata)
                .retries(0);
            check(&config, &[METADATA_TOKEN], &answer);
        }
    }
}

#[test]
fn a_proxy_echoes_no_password() {
    let texts = [
        PROXY_PASSWORD.to_owned(),
        percent(PROXY_PASSWORD),
        "Basic dXNlcjpwcjB4eS1QYTU1d29yZA==".to_owned(),
        format!("{}{PROXY_PASSWORD}", "-".repeat(75)),
        format!("{}dXNlcjpwcjB4eS1QYTU1d29yZA==", "-".repeat(70)),
    ];
    for text in texts {
        for status in [403, 502] {
            let server = FaultServer::answering(
                Kind::Plain,
                format!("HTTP/1.1 {status} {text}\r\nContent-Length: 0\r\n\r\n"),
            );
            let proxy = format!("http://user:{PROXY_PASSWORD}@{}", server.address());
            let config = Config::new()
                .endpoint("https://scm.example")
                .trust(TrustStore::Mozilla)
                .token(TOKEN)
                .proxy(&proxy)
                .retries(0);
            let error = check(
                &config,
                &[PROXY_PASSWORD, "dXNlcjpwcjB4eS1QYTU1d29yZA"],
                &text,
            );
            assert_eq!(error.unwrap().status(), Status::Proxy);
        }
        // A proxy that reads the request may answer for the service.
        for answer in answers(&text) {
            let server = FaultServer::answering(Kind::Plain, answer.clone());
            let proxy = format!("http://user:{PROXY_PASSWORD}@{}", server.address());
            let config = Config::new()
                .endpoint("http://scm.example")
                .set_allow_http()
                .token(TOKEN)
                .proxy(&proxy)
                .retries(0);
            check(
                &config,
                &[PROXY_PASSWORD, "dXNlcjpwcjB4eS1QYTU1d29yZA"],
                &answer,
            );
        }
    }
}

trait AllowHttp {
    fn set_allow_http(self) -> Config;
}

impl AllowHttp for Config {
    fn set_allow_http(mut self) -> Config {
        self.set("allow_http", "true").unwrap();
        self
    }
}

#[test]
fn a_field_that_may_hold_a_short_secret_is_dropped() {
    let server = FaultServer::answering(Kind::Plain, answers("no pw here").swap_remove(0));
    let config = Config::new()
        .endpoint(server.url())
        .iam_endpoint(server.url())
        .user_name("u")
        .user_domain("d")
        .user_password("pw")
        .scope_project("p")
        .retries(0);
    let error = Client::new(&config)
        .unwrap()
        .push(ID, "p", "ELB")
        .unwrap_err();
    assert_eq!(error.status(), Status::CredentialsRefused);
    assert_eq!(
        (
            error.service_code(),
            error.service_message(),
            error.request_id()
        ),
        (None, None, None)
    );
    assert!(!error.message().contains("pw"), "{error}");
}

#[test]
fn what_happened_is_decided_by_what_came_and_not_by_what_is_shown() {
    // The password is a code of the service's: it is masked, and counts all the same.
    for (code, outcome_unknown) in [("SCM.0203", true), ("SCM.0201", false)] {
        let body = format!("{{\"error_code\":\"{code}\",\"error_msg\":\"no\"}}");
        let server = FaultServer::start(Kind::Plain, move |peer| {
            while let Some(request) = peer.read_request() {
                if request.starts_with("POST /v3/auth/tokens") {
                    peer.write(
                        format!("HTTP/1.1 201 C\r\nX-Subject-Token: {TOKEN}\r\nContent-Length: 2\r\n\r\n{{}}")
                            .as_bytes(),
                    );
                } else {
                    peer.write(
                        format!(
                            "HTTP/1.1 400 X\r\nContent-Length: {}\r\n\r\n{body}",
                            body.len()
                        )
                        .as_bytes(),
                    );
                }
            }
        });
        let config = Config::new()
            .endpoint(server.url())
            .iam_endpoint(server.url())
            .user_name("u")
            .user_domain("d")
            .user_password(code)
            .scope_project("p");
        let client = Client::new(&config).unwrap();
        let error = client.push(ID, "p", "ELB").unwrap_err();
        assert_eq!(error.status(), Status::BadRequest);
        assert_eq!(error.service_code(), Some("****"));
        assert_eq!(error.outcome_unknown(), outcome_unknown, "{code}");
        drop(client);
    }
}
