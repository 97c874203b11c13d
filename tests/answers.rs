//! What an answer means that is all there, but is not what the API documents.

mod faults;

use std::time::Duration;

use certpush::{Error, Status};
use faults::{BOTH, FaultServer, ID, Kind, Peer};

const PATIENCE: Duration = Duration::from_secs(10);
const OK: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";
const TIMED_OUT: &str =
    "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
const REFUSAL: &str = r#"{"error_code":"SCM.0005","error_msg":"m"}"#;

/// The error of a push that gets these bytes and then the end of the connection.
fn error_of(answer: impl Into<Vec<u8>>) -> Error {
    let answer = answer.into();
    let server = FaultServer::start(Kind::Plain, move |peer| {
        peer.read_request();
        peer.write(&answer);
    });
    let told = server.client(PATIENCE).push(ID, "p", "ELB");
    told.expect_err("the push must fail")
}

fn with_headers(http_status: u16, headers: &str, body: &str) -> Error {
    error_of(format!(
        "HTTP/1.1 {http_status} Told\r\n{headers}\r\n{body}"
    ))
}

#[test]
fn a_400_in_another_coding_may_have_pushed() {
    let length = format!("Content-Length: {}\r\n", REFUSAL.len());
    for coding in [
        "Content-Encoding: gzip\r\n",
        "Content-Encoding: deflate\r\n",
        "content-encoding: BR\r\n",
        "Content-Encoding: zstd\r\n",
        "Content-Encoding: x-unheard-of\r\n",
        "Content-Encoding: identity, gzip\r\n",
        "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n",
        "Content-Type: application/json; charset=utf-16\r\n",
        "Content-Type: text/plain;charset=\"UTF-32LE\"\r\n",
        "Content-Type: text/html; charset=utf-7\r\n",
    ] {
        let error = with_headers(400, &format!("{length}{coding}"), REFUSAL);
        assert_eq!(error.status(), Status::BadRequest, "{coding}");
        assert!(error.outcome_unknown() && !error.retryable(), "{coding}");
        assert!(error.message().contains("its body is "), "{error}");
        let error = with_headers(403, &format!("{length}{coding}"), REFUSAL);
        assert!(!error.outcome_unknown(), "{coding}");
        let excuse = REFUSAL.replace("SCM.0005", "SCM.4001");
        let error = with_headers(500, &format!("{length}{coding}"), &excuse);
        assert!(error.outcome_unknown() && !error.retryable(), "{coding}");
    }
    for coding in [
        "Content-Encoding: identity\r\n",
        "Content-Encoding: \r\n",
        "Content-Type: application/json; charset=utf-8\r\n",
        "Content-Type: application/json; charset=GBK\r\n",
    ] {
        let error = with_headers(400, &format!("{length}{coding}"), REFUSAL);
        assert!(!error.outcome_unknown(), "{coding}");
    }
}

#[test]
fn a_400_that_is_cut_by_the_connections_end_may_have_pushed() {
    for (headers, body, may_have_pushed) in [
        ("", "", true),
        ("Connection: close\r\n", "", true),
        ("Content-Length: 0\r\n", "", false),
        ("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", false),
        ("", REFUSAL, false),
        ("", &REFUSAL[..25], true),
        ("", "<html>", false),
        ("Content-Length: 99\r\n", REFUSAL, true),
        ("Content-Length: 99\r\n", "<html>", true),
        ("Transfer-Encoding: chunked\r\n", "5\r\n<html", true),
    ] {
        let error = with_headers(400, headers, body);
        assert_eq!(error.status(), Status::BadRequest, "{headers}{body}");
        assert_eq!(
            error.outcome_unknown(),
            may_have_pushed,
            "{headers}{body}: {error}"
        );
    }
    let too_large = format!(
        "HTTP/1.1 400 Told\r\nContent-Length: 2000000\r\n\r\n{}",
        " ".repeat(2_000_000)
    );
    assert!(error_of(too_large).outcome_unknown());
}

/// What is told of the second push on a connection, whose first one succeeded.
fn second_push(kind: Kind, answer: impl Fn(&mut Peer) + Send + Sync + 'static) -> Error {
    let server = FaultServer::start(kind, move |peer| {
        peer.read_request();
        peer.write(OK);
        if peer.read_request().is_some() {
            answer(peer);
        }
    });
    let client = server.client(PATIENCE);
    assert!(client.push(ID, "p", "ELB").is_ok());
    let error = client.push(ID, "p", "ELB").unwrap_err();
    assert_eq!(server.accepted(), 1, "the connection was not kept");
    drop(client);
    error
}

#[test]
fn a_408_that_met_the_request_on_a_kept_connection_pushed_nothing() {
    for kind in BOTH {
        // It must be there within 10 ms, which a busy machine does not always manage.
        let told = (0..100).map(|_| {
            second_push(kind, |peer| {
                peer.write(TIMED_OUT.as_bytes());
            })
        });
        let error = told
            .inspect(|error| assert_eq!(error.http_status(), Some(408)))
            .find(|error| !error.outcome_unknown())
            .expect("none of a hundred was there in time");
        assert_eq!(error.status(), Status::ConnectionLost);
        assert!(error.retryable());
    }
}

#[test]
fn any_other_408_may_have_pushed() {
    for kind in BOTH {
        let late = second_push(kind, |peer| {
            peer.wait_without_reading(Duration::from_millis(50));
            peer.write(TIMED_OUT.as_bytes());
        });
        let stays_open = second_push(kind, |peer| {
            peer.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
        });
        let not_the_first = second_push(kind, |peer| {
            let interim = "HTTP/1.1 102 Processing\r\n\r\n";
            peer.write(format!("{interim}{TIMED_OUT}").as_bytes());
        });
        let server = FaultServer::answering(kind, TIMED_OUT);
        let new_connection = server.client(PATIENCE).push(ID, "p", "ELB").unwrap_err();
        for (what, error) in [
            ("late", late),
            ("stays open", stays_open),
            ("not the first", not_the_first),
            ("new connection", new_connection),
        ] {
            let told = (
                error.status(),
                error.outcome_unknown(),
                error.retryable(),
                error.http_status(),
            );
            assert_eq!(
                told,
                (Status::Rejected, true, false, Some(408)),
                "{kind:?}, {what}"
            );
        }
    }
}

#[test]
fn a_push_that_met_an_idle_timer_is_made_again() {
    let server = FaultServer::start(Kind::Plain, |peer| {
        peer.read_request();
        peer.write(OK);
        if peer.number == 1 && peer.read_request().is_some() {
            peer.write(TIMED_OUT.as_bytes());
        }
    });
    let config = server
        .config()
        .timeout(PATIENCE)
        .retries(2)
        .retry_base(Duration::from_millis(1));
    let client = faults::Client::new(&config).unwrap();
    assert!(client.push(ID, "p", "ELB").is_ok());
    match client.push(ID, "p", "ELB") {
        Ok(receipt) => assert_eq!(receipt.attempts(), 2),
        // The machine was too busy for 10 ms.
        Err(error) => assert!(error.outcome_unknown() && error.http_status() == Some(408)),
    }
    drop(client);
}

#[test]
fn a_408_before_the_requests_end_pushed_nothing() {
    for kind in BOTH {
        let server = FaultServer::narrow(kind, |peer| {
            let mut part = [0; 1000];
            peer.read(&mut part);
            peer.write(TIMED_OUT.as_bytes());
            peer.wait_without_reading(Duration::from_millis(300));
        });
        let token = "t".repeat(2_097_152);
        let config = server.config().timeout(PATIENCE).token(&token);
        let told = faults::Client::new(&config).unwrap().push(ID, "p", "ELB");
        let error = told.unwrap_err();
        let told = (error.status(), error.outcome_unknown(), error.http_status());
        assert_eq!(
            told,
            (Status::Rejected, false, Some(408)),
            "{kind:?}: {error}"
        );
    }
}

#[test]
fn a_redirect_names_the_host_that_it_leads_to_and_nothing_else_of_it() {
    for (location, named) in [
        ("https://login.example/?token=abc", " to login.example,"),
        (
            "http://user:secret@login.example:8080/x",
            " to login.example:8080,",
        ),
        ("//login.example", " to login.example,"),
        ("https://login.example\\@evil", " to login.example,"),
        ("/login?secret", "is a redirect,"),
        ("", "is a redirect,"),
    ] {
        let headers = format!("Location: {location}\r\nContent-Length: 0\r\n");
        let error = with_headers(302, &headers, "");
        let message = error.message();
        assert!(message.contains(named), "{location}: {message}");
        assert!(!message.contains("secret") && !message.contains("abc"));
    }
}

#[test]
fn the_longest_of_several_pauses_counts_and_what_is_none_is_none() {
    for (headers, pause) in [
        ("Retry-After: 30\r\n", Some(30_000)),
        ("Retry-After: 30\r\nRetry-After: 70\r\n", Some(70_000)),
        ("Retry-After:  0070 \r\n", Some(70_000)),
        ("Retry-After: +3\r\n", None),
        ("Retry-After: -1\r\n", None),
        ("Retry-After: 0.493\r\n", None),
        ("Retry-After: 3, 4\r\n", None),
        ("Retry-After: 3s\r\n", None),
        ("Retry-After:\r\n", None),
        ("Retry-After: 18446744073709551616\r\n", Some((1 << 53) - 1)),
        ("Retry-After: 99999999999999999999\r\n", Some((1 << 53) - 1)),
        ("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n", Some(0)),
        ("Retry-After: Wed, 99 Oct 2015 07:28:00 GMT\r\n", None),
    ] {
        let headers = format!("{headers}Content-Length: 0\r\n");
        let server =
            FaultServer::answering(Kind::Plain, format!("HTTP/1.1 429 Told\r\n{headers}\r\n"));
        let config = server.config().timeout(PATIENCE).retries(2);
        let config = config.retry_base(Duration::from_millis(1));
        let client = faults::Client::new(&config).unwrap();
        let error = client.push(ID, "p", "ELB").unwrap_err();
        assert_eq!(
            error.retry_after(),
            pause.map(Duration::from_millis),
            "{headers}"
        );
        // What is longer than retry_max_ms or cannot be read ends the retries.
        let attempts = if pause == Some(0) { 3 } else { 1 };
        assert_eq!(error.attempts(), attempts, "{headers}");
        assert!(error.retryable(), "{headers}");
        drop(client);
    }
}
