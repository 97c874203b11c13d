//! After any failure the caller must know whether the certificate may have been pushed.

mod faults;

use std::sync::{Mutex, mpsc};
use std::time::Duration;

use certpush::{Error, Phase, Status, TrustStore};
use faults::{BOTH, FaultServer, ID, Kind, Peer};

const PATIENCE: Duration = Duration::from_secs(10);

fn push(server: &FaultServer, timeout: Duration) -> Result<certpush::Receipt, Error> {
    server.client(timeout).push(ID, "ap-southeast-3", "ELB")
}

fn failure(kind: Kind, script: impl Fn(&mut Peer) + Send + Sync + 'static) -> Error {
    let server = FaultServer::start(kind, script);
    push(&server, PATIENCE).expect_err("the push must fail")
}

/// The status, the outcome and the phase of a push that the script fails.
fn told(kind: Kind, script: impl Fn(&mut Peer) + Send + Sync + 'static) -> (Status, bool, Phase) {
    let error = failure(kind, script);
    (error.status(), error.outcome_unknown(), error.phase())
}

#[test]
fn a_204_is_a_push() {
    for kind in BOTH {
        let server =
            FaultServer::answering(kind, "HTTP/1.1 204 No Content\r\nX-Request-Id: r-1\r\n\r\n");
        let receipt = push(&server, PATIENCE).unwrap();
        assert_eq!(
            (receipt.http_status(), receipt.request_id()),
            (204, Some("r-1"))
        );
        assert!(!receipt.report().outcome_unknown());
    }
}

#[test]
fn a_connection_closed_after_the_request_leaves_the_outcome_open() {
    for kind in BOTH {
        let closed = told(kind, |peer| {
            peer.read_request();
        });
        assert_eq!(
            closed,
            (Status::ConnectionLost, true, Phase::Receive),
            "{kind:?}"
        );
    }
}

#[test]
fn a_connection_reset_after_the_request_leaves_the_outcome_open() {
    for kind in BOTH {
        let reset = told(kind, |peer| {
            peer.read_request();
            peer.reset();
        });
        assert_eq!(
            reset,
            (Status::ConnectionLost, true, Phase::Receive),
            "{kind:?}"
        );
    }
}

#[test]
fn a_head_cut_short_leaves_the_outcome_open() {
    for kind in BOTH {
        let cut = told(kind, |peer| {
            peer.read_request();
            peer.write(b"HTTP/1.1 204 No Con");
        });
        assert_eq!(
            cut,
            (Status::ConnectionLost, true, Phase::Receive),
            "{kind:?}"
        );
    }
}

#[test]
fn a_request_that_was_not_sent_whole_pushed_nothing() {
    // 2 MiB do not fit into the sockets' buffers: the server takes a little and goes.
    for kind in BOTH {
        let server = FaultServer::narrow(kind, |peer| {
            let mut part = [0; 1000];
            peer.read(&mut part);
            peer.reset();
        });
        let token = "t".repeat(2_097_152);
        let config = server.config().timeout(PATIENCE).token(&token);
        let error = faults::Client::new(&config)
            .unwrap()
            .push(ID, "p", "ELB")
            .unwrap_err();
        assert_eq!(error.status(), Status::ConnectionLost, "{kind:?}: {error}");
        assert_eq!(error.phase(), Phase::Send, "{kind:?}");
        assert!(
            !error.outcome_unknown() && error.retryable(),
            "{kind:?}: {error}"
        );
    }
}

/// What is told of a push whose 2 MiB were not all taken when the answer came, in several parts.
fn early(kind: Kind, parts: Vec<&'static [u8]>) -> certpush::Error {
    let (pushing, pushed) = mpsc::channel::<()>();
    let pushed = Mutex::new(pushed);
    let server = FaultServer::narrow(kind, move |peer| {
        let mut part = [0; 1000];
        peer.read(&mut part);
        for part in &parts {
            peer.write(part);
            peer.wait_without_reading(Duration::from_millis(100));
        }
        // No end of the connection helps the client to look.
        let _ = pushed.lock().unwrap().recv_timeout(2 * PATIENCE);
    });
    let token = "t".repeat(2_097_152);
    let config = server.config().timeout(PATIENCE).token(&token);
    let told = faults::Client::new(&config).unwrap().push(ID, "p", "ELB");
    drop(pushing);
    told.unwrap_err()
}

#[test]
fn an_early_answer_is_read_and_not_lost_to_the_reset() {
    let refusal = b"HTTP/1.1 431 Too Large\r\nContent-Length: 0\r\n\r\n".as_slice();
    let interim = b"HTTP/1.1 102 Processing\r\n\r\n".as_slice();
    for kind in BOTH {
        for parts in [vec![refusal], vec![interim, refusal]] {
            let error = early(kind, parts);
            assert_eq!(
                (error.status(), error.http_status()),
                (Status::Rejected, Some(431)),
                "{kind:?}: {error}"
            );
            assert!(!error.outcome_unknown());
        }
    }
}

#[test]
fn the_longest_token_is_sent_whole() {
    for kind in BOTH {
        let server = FaultServer::start(kind, |peer| {
            let request = peer.read_request().unwrap();
            assert!(request.len() > 2_097_152);
            peer.write(b"HTTP/1.1 204 No Content\r\n\r\n");
            peer.wait_for_close();
        });
        let token = "t".repeat(2_097_152);
        let client = faults::Client::new(&server.config().token(&token)).unwrap();
        assert!(client.push(ID, "p", "ELB").is_ok());
        drop(client);
    }
}

#[test]
fn a_silent_server_leaves_the_outcome_open() {
    for kind in BOTH {
        let server = FaultServer::start(kind, |peer| {
            peer.read_request();
            peer.wait_for_close();
        });
        let error = push(&server, Duration::from_millis(200)).unwrap_err();
        assert_eq!(error.status(), Status::Timeout);
        assert!(error.outcome_unknown() && !error.retryable());
        assert!(error.message().contains("may have been pushed"), "{error}");
    }
}

#[test]
fn a_lost_body_leaves_the_heads_status() {
    for kind in BOTH {
        let error = failure(kind, |peer| {
            peer.read_request();
            peer.write(
                b"HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\nX-Request-Id: r-2\r\n\r\n{\"err",
            );
        });
        assert_eq!(
            (error.status(), error.http_status()),
            (Status::NotFound, Some(404)),
            "{kind:?}"
        );
        assert!(!error.outcome_unknown());
        assert_eq!(error.request_id(), Some("r-2"));
        assert!(
            error.message().contains("its body did not come as a whole"),
            "{error}"
        );
    }
}

#[test]
fn a_success_whose_body_is_lost_leaves_the_outcome_open() {
    for start in [
        "Content-Length: 100\r\n\r\n{}",
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r",
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0",
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{",
    ] {
        for kind in BOTH {
            let lost = told(kind, move |peer| {
                peer.read_request();
                peer.write(format!("HTTP/1.1 200 OK\r\n{start}").as_bytes());
            });
            assert_eq!(
                lost,
                (Status::ConnectionLost, true, Phase::Receive),
                "{kind:?}: {start}"
            );
        }
    }
}

#[test]
fn a_body_that_ends_with_the_connection_must_not_end_with_a_reset() {
    for kind in BOTH {
        let lost = told(kind, |peer| {
            peer.read_request();
            peer.write(b"HTTP/1.1 200 OK\r\n\r\n{}");
            // The client must have read the first part before the reset discards it.
            peer.wait_without_reading(Duration::from_millis(100));
            peer.reset();
        });
        assert_eq!(
            lost,
            (Status::ConnectionLost, true, Phase::Receive),
            "{kind:?}"
        );
    }
}

#[test]
fn an_oversized_body_is_not_read_to_its_end() {
    for kind in BOTH {
        let oversized = told(kind, |peer| {
            peer.read_request();
            peer.write(b"HTTP/1.1 200 OK\r\n\r\n");
            while peer.write(&[b' '; 65_536]) {}
        });
        assert_eq!(
            oversized,
            (Status::UnexpectedResponse, true, Phase::Receive),
            "{kind:?}"
        );
    }
}

#[test]
fn answers_that_are_not_http_leave_the_outcome_open() {
    let many_headers = format!("HTTP/1.1 204 No Content\r\n{}\r\n", "a: b\r\n".repeat(101));
    let large_head = format!(
        "HTTP/1.1 204 No Content\r\na: {}\r\n\r\n",
        "b".repeat(65_536)
    );
    for answer in [
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "<html>HTTP/0.9</html>\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 400 Bad\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        &many_headers,
        &large_head,
    ] {
        let server = FaultServer::answering(Kind::Plain, answer);
        let error = push(&server, PATIENCE).unwrap_err();
        assert_eq!(
            error.status(),
            Status::UnexpectedResponse,
            "{answer:.60}: {error}"
        );
        assert!(error.outcome_unknown(), "{answer:.60}");
    }
}

#[test]
fn a_few_interim_answers_are_passed_over_and_a_flood_is_not() {
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    let server = FaultServer::answering(
        Kind::Plain,
        format!("{}HTTP/1.1 204 No Content\r\n\r\n", interim.repeat(16)),
    );
    assert!(push(&server, PATIENCE).is_ok());
    let flood = told(Kind::Plain, move |peer| {
        peer.read_request();
        while peer.write(interim.as_bytes()) {}
    });
    assert_eq!(flood, (Status::UnexpectedResponse, true, Phase::Receive));
}

#[test]
fn headers_of_an_interim_answer_are_passed_over() {
    let done = "HTTP/1.1 204 No Content\r\n\r\n";
    for interim in [
        "HTTP/1.1 100 Continue\r\nServer: nginx\r\n\r\n",
        "HTTP/1.1 100\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.0 100 Continue\nDate: d\nVia: 1.1 p\n\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\nVia: p\r\n\r\n",
    ] {
        for parts in [
            vec![interim, done],
            vec![interim.split_at(30).0, interim.split_at(30).1, done],
        ] {
            for parts in [
                vec![parts.concat()],
                parts.iter().map(|&it| it.to_owned()).collect(),
            ] {
                let count = parts.len();
                let server = FaultServer::start(Kind::Plain, move |peer| {
                    peer.read_request();
                    for part in &parts {
                        peer.write(part.as_bytes());
                        peer.wait_without_reading(Duration::from_millis(5));
                    }
                });
                let told = push(&server, PATIENCE);
                assert!(told.is_ok(), "{interim:?} in {count}: {told:?}");
            }
        }
    }
    let broken = "HTTP/1.1 100 Continue\r\nNo colon\r\n\r\n";
    let server = FaultServer::answering(Kind::Plain, format!("{broken}{done}"));
    assert!(push(&server, PATIENCE).unwrap_err().outcome_unknown());
}

#[test]
fn a_redirect_is_never_followed() {
    let elsewhere = FaultServer::answering(Kind::Plain, "HTTP/1.1 204 No Content\r\n\r\n");
    for status in [301, 302, 303, 307, 308] {
        let answer = format!(
            "HTTP/1.1 {status} Moved\r\nLocation: {}/\r\nContent-Length: 0\r\n\r\n",
            elsewhere.url()
        );
        let server = FaultServer::answering(Kind::Plain, answer);
        let error = push(&server, PATIENCE).unwrap_err();
        assert_eq!(
            (error.status(), error.http_status()),
            (Status::UnexpectedResponse, Some(status))
        );
        assert!(error.outcome_unknown());
    }
    assert_eq!(elsewhere.accepted(), 0);
}

#[test]
fn a_server_that_does_not_speak_tls_is_told() {
    let server = FaultServer::start(Kind::Plain, |peer| {
        let mut part = [0; 1000];
        peer.read(&mut part);
        peer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        peer.wait_for_close();
    });
    let config = certpush::Config::new()
        .endpoint(format!("https://{}", server.address()))
        .token(faults::TOKEN)
        .trust(TrustStore::Mozilla);
    let error = faults::Client::new(&config)
        .unwrap()
        .push(ID, "p", "ELB")
        .unwrap_err();
    assert_eq!((error.status(), error.phase()), (Status::Tls, Phase::Tls));
    assert!(!error.outcome_unknown());
    assert!(error.message().contains("does not speak TLS"), "{error}");
}

#[test]
fn a_handshake_that_is_cut_is_a_lost_connection_that_pushed_nothing() {
    let server = FaultServer::start(Kind::Plain, |peer| {
        let mut part = [0; 1000];
        peer.read(&mut part);
    });
    let config = certpush::Config::new()
        .endpoint(format!("https://{}", server.address()))
        .token(faults::TOKEN)
        .trust(TrustStore::Mozilla);
    let error = faults::Client::new(&config)
        .unwrap()
        .push(ID, "p", "ELB")
        .unwrap_err();
    assert_eq!(
        (error.status(), error.phase()),
        (Status::ConnectionLost, Phase::Tls),
        "{error}"
    );
    assert!(!error.outcome_unknown() && error.retryable());
}

#[test]
fn a_name_that_does_not_resolve_pushed_nothing() {
    let config = certpush::Config::new()
        .endpoint("https://certpush.invalid")
        .retries(0)
        .token(faults::TOKEN)
        .trust(TrustStore::Mozilla);
    let error = faults::Client::new(&config)
        .unwrap()
        .push(ID, "p", "ELB")
        .unwrap_err();
    assert_eq!(
        (error.status(), error.phase()),
        (Status::Resolve, Phase::Resolve)
    );
    assert!(!error.outcome_unknown() && error.retryable());
    assert_eq!(error.attempts(), 1);
}
