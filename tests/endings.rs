//! What stands at a request's or an answer's edge: a request that is given up leaves no more bytes,
//! and an answer that came whole is not lost to what came behind it.

mod faults;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use certpush::{Error, Status};
use faults::{Client, FaultServer, ID, Peer};
use rustls::version::{TLS12, TLS13};

/// How long the server takes nothing: the client must look meanwhile whether an answer has come.
const PAUSE: Duration = Duration::from_millis(400);
const PATIENCE: Duration = Duration::from_secs(10);

/// Begins to answer while most of the request is under way, and goes on with both at once: each
/// byte of the answer makes the client read, which must not make it write.
fn answer_and_read_on(peer: &mut Peer, begun: &[u8], received: &AtomicUsize) {
    let mut part = vec![0; 16 * 1024];
    received.fetch_add(peer.read(&mut part[..1000]), Ordering::SeqCst);
    peer.write(begun);
    // The client sees that only when nothing more of the request is taken for a while.
    peer.wait_without_reading(PAUSE);
    loop {
        peer.write(b"a");
        match peer.read(&mut part) {
            0 => return,
            count => received.fetch_add(count, Ordering::SeqCst),
        };
    }
}

/// What a push told, and how much of its request arrived.
fn given_up(
    version: Option<&'static rustls::SupportedProtocolVersion>,
    begun: &'static str,
    request: usize,
) -> (Error, usize) {
    let received = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&received);
    let script = move |peer: &mut Peer| answer_and_read_on(peer, begun.as_bytes(), &count);
    let server = match version {
        None => FaultServer::narrow(faults::Kind::Plain, script),
        Some(version) => FaultServer::narrow_tls(version, script),
    };
    let config = server.config().timeout(PAUSE + Duration::from_secs(1));
    let client = Client::new(&config.token("t".repeat(request))).unwrap();
    let error = client.push(ID, "p", "ELB").unwrap_err();
    drop(client);
    drop(server);
    (error, received.load(Ordering::SeqCst))
}

#[test]
fn nothing_of_a_request_leaves_once_it_is_given_up() {
    for begun in ["HTTP/1.1 5", "HTTP/1.1 403 Forbidden\r\nX: "] {
        for version in [None, Some(&TLS12), Some(&TLS13)] {
            // Of one of these, the sockets' buffers hold all but the last 64 KiB, which TLS has queued
            // by then. How much they hold is the system's to say.
            let requests = (1..=40).map(|number| number * 50_000);
            let told: Vec<_> = std::thread::scope(|scope| {
                let pushes: Vec<_> = requests
                    .map(|request| {
                        (
                            request,
                            scope.spawn(move || given_up(version, begun, request)),
                        )
                    })
                    .collect();
                let told = pushes
                    .into_iter()
                    .map(|(request, push)| (request, push.join().unwrap()));
                told.collect()
            });
            let given_up = told
                .iter()
                .filter(|(_, (error, _))| !error.outcome_unknown());
            assert!(
                given_up.clone().count() > 0,
                "{version:?}, {begun}: all were sent"
            );
            for (request, (error, received)) in given_up {
                assert!(
                    received < request,
                    "{version:?}, {begun}: {received} bytes arrived, and the push told: {error}"
                );
            }
        }
    }
}

#[test]
fn an_answer_that_came_whole_counts_whatever_alert_is_behind_it() {
    let answers: [(&str, Option<Status>, bool); 5] = [
        ("204 No Content\r\n\r\n", None, false),
        ("200 OK\r\nContent-Length: 2\r\n\r\n{}", None, false),
        (
            "401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
            Some(Status::Unauthorized),
            false,
        ),
        (
            "403 Forbidden\r\nContent-Length: 0\r\n\r\n",
            Some(Status::Forbidden),
            false,
        ),
        (
            "500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
            Some(Status::ServerError),
            true,
        ),
    ];
    for version in [&TLS12, &TLS13] {
        for (answer, status, unknown) in answers {
            let server = FaultServer::narrow_tls(version, move |peer| {
                peer.read_request();
                peer.write_with_an_alert(format!("HTTP/1.1 {answer}").as_bytes());
            });
            let told = server.client(PATIENCE).push(ID, "p", "ELB");
            let seen = match &told {
                Ok(_) => (None, false),
                Err(error) => (Some(error.status()), error.outcome_unknown()),
            };
            assert_eq!(seen, (status, unknown), "{version:?}, {answer}: {told:?}");
        }
    }
}

#[test]
fn an_alert_in_place_of_an_answer_or_of_its_end_leaves_the_outcome_open() {
    for version in [&TLS12, &TLS13] {
        for half in [
            "",
            "HTTP/1.1 204 No Con",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{",
        ] {
            let server = FaultServer::narrow_tls(version, move |peer| {
                peer.read_request();
                peer.write_with_an_alert(half.as_bytes());
            });
            let error = server.client(PATIENCE).push(ID, "p", "ELB").unwrap_err();
            assert_eq!(
                (error.status(), error.outcome_unknown()),
                (Status::ConnectionLost, true),
                "{version:?}, {half}: {error}"
            );
        }
    }
}

#[test]
fn a_connection_cut_below_tls_is_told_in_words() {
    let server = FaultServer::narrow_tls(&TLS13, |peer| {
        peer.read_request();
        peer.cut();
    });
    let error = server.client(PATIENCE).push(ID, "p", "ELB").unwrap_err();
    assert_eq!(error.status(), Status::ConnectionLost);
    assert!(error.outcome_unknown());
    assert!(!error.message().contains("http"), "{error}");
}
