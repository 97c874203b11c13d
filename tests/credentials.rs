//! Tokens: from the program, from a file that changes, and never shown.

mod faults;

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use certpush::{Config, CredentialChoice, Status, TrustStore};
use faults::{Client, FaultServer, ID, Kind};

const FIRST: &str = "first-token-of-two-that-differ-altogether";
const SECOND: &str = "second-one-of-the-pair-and-unlike-another";

fn write(file: &tempfile::NamedTempFile, content: &str) {
    let mut file = std::fs::File::create(file.path()).unwrap();
    file.write_all(content.as_bytes()).unwrap();
}

/// A server that takes one token only and answers others as `refusal` says.
fn server_that_takes(token: &'static str, refusal: &'static str) -> FaultServer {
    FaultServer::start(Kind::Plain, move |peer| {
        while let Some(request) = peer.read_request() {
            if request.contains(&format!("x-auth-token: {token}\r\n")) {
                peer.write(b"HTTP/1.1 204 No Content\r\n\r\n");
            } else {
                let body = format!("{{\"error_code\":\"{refusal}\",\"error_msg\":\"no\"}}");
                let head = format!(
                    "HTTP/1.1 401 Unauthorized\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                peer.write(format!("{head}{body}").as_bytes());
            }
        }
    })
}

#[test]
fn one_line_end_of_a_token_file_is_dropped() {
    let server = server_that_takes(FIRST, "APIGW.0301");
    for end in ["", "\n", "\r\n"] {
        let file = tempfile::NamedTempFile::new().unwrap();
        write(&file, &format!("{FIRST}{end}"));
        let config = Config::new().endpoint(server.url()).token_file(file.path());
        assert!(
            Client::new(&config).unwrap().push(ID, "p", "ELB").is_ok(),
            "{end:?}"
        );
    }
    for end in ["\n\n", "\r", " \n"] {
        let file = tempfile::NamedTempFile::new().unwrap();
        write(&file, &format!("{FIRST}{end}"));
        let config = Config::new().endpoint(server.url()).token_file(file.path());
        let error = Client::new(&config).expect_err("must be refused");
        assert_eq!(error.status(), Status::InvalidArgument, "{end:?}");
        assert!(!error.message().contains(FIRST));
    }
}

#[test]
fn a_changed_token_file_is_read_again() {
    let file = tempfile::NamedTempFile::new().unwrap();
    write(&file, FIRST);
    let server = server_that_takes(SECOND, "SCM.4002");
    let client =
        Client::new(&Config::new().endpoint(server.url()).token_file(file.path())).unwrap();
    let error = client.push(ID, "p", "ELB").unwrap_err();
    assert_eq!(
        (error.status(), error.attempts()),
        (Status::Unauthorized, 1)
    );
    write(&file, &format!("{SECOND}\n"));
    assert!(client.push(ID, "p", "ELB").is_ok());
    drop(client);
}

#[test]
fn a_token_that_a_new_one_mends_is_replaced_once_within_the_push() {
    let file = tempfile::NamedTempFile::new().unwrap();
    write(&file, FIRST);
    let path = file.path().to_owned();
    let server = FaultServer::start(Kind::Plain, move |peer| {
        while let Some(request) = peer.read_request() {
            if request.contains(SECOND) {
                peer.write(b"HTTP/1.1 204 No Content\r\n\r\n");
            } else {
                std::fs::write(&path, SECOND).unwrap();
                let body = r#"{"error_code":"APIGW.0307","error_msg":"The token must be updated"}"#;
                peer.write(
                    format!(
                        "HTTP/1.1 401 U\r\nContent-Length: {}\r\n\r\n{body}",
                        body.len()
                    )
                    .as_bytes(),
                );
            }
        }
    });
    let client =
        Client::new(&Config::new().endpoint(server.url()).token_file(file.path())).unwrap();
    let receipt = client.push(ID, "p", "ELB").unwrap();
    assert_eq!(receipt.attempts(), 2);
    drop(client);
}

#[test]
fn an_unchanged_token_is_not_sent_again_on_a_401() {
    let server = server_that_takes(SECOND, "APIGW.0301");
    let file = tempfile::NamedTempFile::new().unwrap();
    write(&file, FIRST);
    let client =
        Client::new(&Config::new().endpoint(server.url()).token_file(file.path())).unwrap();
    let error = client.push(ID, "p", "ELB").unwrap_err();
    assert_eq!(
        (error.status(), error.attempts()),
        (Status::Unauthorized, 1)
    );
    drop(client);
}

#[test]
fn a_broken_token_file_leaves_the_last_good_token_with_a_warning() {
    let file = tempfile::NamedTempFile::new().unwrap();
    write(&file, FIRST);
    let server = server_that_takes(FIRST, "SCM.4002");
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    let config = Config::new()
        .endpoint(server.url())
        .token_file(file.path())
        .log(move |level, line| kept.lock().unwrap().push((level, line.to_owned())));
    let client = Client::new(&config).unwrap();
    write(&file, "short");
    assert!(client.push(ID, "p", "ELB").is_ok());
    let lines = lines.lock().unwrap();
    assert_eq!(lines[0].0, certpush::Level::Warning);
    assert!(
        lines[0]
            .1
            .contains("the token that was read before is used")
    );
    drop(client);
}

#[test]
fn no_token_is_shown_anywhere() {
    let server = server_that_takes(SECOND, "APIGW.0301");
    let lines = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&lines);
    let config = Config::new()
        .endpoint(server.url())
        .token(FIRST)
        .log(move |_, line| kept.lock().unwrap().push_str(line));
    let client = Client::new(&config).unwrap();
    let error = client.push(ID, "p", "ELB").unwrap_err();
    let shown = format!(
        "{config:?} {error:?} {error} {} {}",
        client.describe(),
        lines.lock().unwrap()
    );
    assert!(
        lines
            .lock()
            .unwrap()
            .contains("status=CERTPUSH_UNAUTHORIZED")
    );
    assert!(!shown.contains(FIRST), "{shown}");
    drop(client);
}

#[test]
fn missing_credentials_say_where_was_looked() {
    let config = Config::new()
        .region("cn-north-4")
        .trust(TrustStore::Mozilla)
        .credentials(CredentialChoice::Token);
    let error = Client::new(&config).unwrap_err();
    assert_eq!(error.status(), Status::NoCredentials);
    assert!(error.message().contains("token_file"), "{error}");
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let config = Config::new()
        .region("cn-north-4")
        .token_file("/does/not/exist");
    let error = Client::new(&config).unwrap_err();
    assert_eq!(error.status(), Status::InvalidConfig);
    assert!(error.message().contains("/does/not/exist"), "{error}");
    let config = Config::new()
        .region("cn-north-4")
        .token(FIRST)
        .ca_file("/does/not/exist");
    let error = Client::new(&config).unwrap_err();
    assert_eq!(error.status(), Status::InvalidConfig);
    assert!(
        error.message().contains("ca_file /does/not/exist"),
        "{error}"
    );
}

#[test]
fn a_push_that_is_refused_for_its_arguments_has_its_line_too() {
    let server = FaultServer::answering(Kind::Plain, "HTTP/1.1 204 No Content\r\n\r\n");
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    let config = server
        .config()
        .log(move |level, line| kept.lock().unwrap().push((level, line.to_owned())));
    let client = Client::new(&config).unwrap();
    assert!(client.push("short", "p", "ELB").is_err());
    let lines = lines.lock().unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].0, certpush::Level::Error);
    assert!(
        lines[0]
            .1
            .contains("status=CERTPUSH_INVALID_ARGUMENT outcome=not_pushed")
    );
    assert_eq!(server.accepted(), 0);
}

#[test]
fn a_token_of_iam_behind_an_interim_answer_is_taken() {
    let server = FaultServer::start(Kind::Plain, |peer| {
        while let Some(request) = peer.read_request() {
            if request.starts_with("POST /v3/auth/tokens") {
                peer.write(
                    format!(
                        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 201 Created\r\nX-Subject-Token: {FIRST}\r\nContent-Length: 2\r\n\r\n{{}}"
                    )
                    .as_bytes(),
                );
            } else {
                assert!(request.contains(&format!("x-auth-token: {FIRST}\r\n")));
                peer.write(b"HTTP/1.1 204 No Content\r\n\r\n");
            }
        }
    });
    let config = Config::new()
        .endpoint(server.url())
        .iam_endpoint(server.url())
        .user_name("u")
        .user_domain("d")
        .user_password("p")
        .scope_project("cn-north-4");
    let client = Client::new(&config).unwrap();
    let receipt = client.push(ID, "p", "ELB").unwrap();
    assert_eq!(receipt.attempts(), 1);
    drop(client);
}

/// A source that takes longer than its call may.
fn slow_source(takes: Duration) -> impl Fn() -> Result<String, String> + Send + Sync + 'static {
    move || {
        std::thread::sleep(takes);
        Ok(FIRST.to_owned())
    }
}

#[test]
fn a_token_source_that_takes_longer_than_the_call_ends_it_in_the_phase_credentials() {
    let server = FaultServer::answering(Kind::Plain, "HTTP/1.1 204 No Content\r\n\r\n");
    let config = Config::new()
        .endpoint(server.url())
        .timeout(Duration::from_millis(50))
        .token_source(slow_source(Duration::from_millis(120)));
    let error = Client::new(&config)
        .unwrap()
        .push(ID, "p", "ELB")
        .unwrap_err();
    assert_eq!(
        (error.status(), error.phase().as_str(), error.attempts()),
        (Status::Timeout, "credentials", 0)
    );
    assert!(!error.outcome_unknown());
    assert!(error.message().contains("token source"), "{error}");
    assert!(
        error.hint().unwrap().contains("token source"),
        "{}",
        error.hint().unwrap()
    );
    assert!(
        !error.hint().unwrap().contains("network"),
        "{}",
        error.hint().unwrap()
    );
    assert_eq!(server.accepted(), 0);
}

#[test]
fn a_cancel_while_a_token_source_is_asked_is_one_in_the_phase_credentials() {
    let server = FaultServer::answering(Kind::Plain, "HTTP/1.1 204 No Content\r\n\r\n");
    let cancel = certpush::Cancel::new();
    let trigger = cancel.clone();
    let config =
        Config::new()
            .endpoint(server.url())
            .token_source(move || -> Result<String, String> {
                trigger.trigger();
                Ok(FIRST.to_owned())
            });
    let options = certpush::CallOptions::new().cancel(&cancel);
    let error = Client::new(&config)
        .unwrap()
        .push_with(ID, "p", "ELB", &options)
        .unwrap_err();
    assert_eq!(
        (error.status(), error.phase().as_str(), error.attempts()),
        (Status::Cancelled, "credentials", 0)
    );
    assert_eq!(server.accepted(), 0);
}

#[test]
fn what_a_token_source_says_comes_through_although_the_time_is_up() {
    let server = FaultServer::answering(Kind::Plain, "HTTP/1.1 204 No Content\r\n\r\n");
    let config = Config::new()
        .endpoint(server.url())
        .timeout(Duration::from_millis(50))
        .token_source(|| -> Result<String, String> {
            std::thread::sleep(Duration::from_millis(120));
            Err("the vault did not answer".to_owned())
        });
    let error = Client::new(&config)
        .unwrap()
        .push(ID, "p", "ELB")
        .unwrap_err();
    assert_eq!(error.status(), Status::CredentialsUnavailable);
    assert!(
        error.message().contains("the vault did not answer"),
        "{error}"
    );
    assert!(
        !error.hint().unwrap().contains("IAM"),
        "{}",
        error.hint().unwrap()
    );
}

#[test]
fn a_hint_about_a_token_says_whose_it_is() {
    let server = server_that_takes(SECOND, "APIGW.0301");
    let token_source = || -> Result<String, String> { Ok(FIRST.to_owned()) };
    let config = Config::new()
        .endpoint(server.url())
        .token_source(token_source);
    let client = Client::new(&config).unwrap();
    let error = client.push(ID, "p", "ELB").unwrap_err();
    assert_eq!(error.status(), Status::Unauthorized);
    assert!(
        error.hint().unwrap().contains("token source"),
        "{}",
        error.hint().unwrap()
    );
    drop(client);
    let server = server_that_takes(SECOND, "APIGW.0301");
    let config = Config::new().endpoint(server.url()).token(FIRST);
    let client = Client::new(&config).unwrap();
    let error = client.push(ID, "p", "ELB").unwrap_err();
    assert!(
        error.hint().unwrap().contains("token"),
        "{}",
        error.hint().unwrap()
    );
    assert!(
        !error.hint().unwrap().contains("access key"),
        "{}",
        error.hint().unwrap()
    );
    drop(client);
}
