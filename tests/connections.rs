//! Connections are kept, probed before they are used again, and never answer for another push.

mod faults;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use certpush::Status;
use faults::{BOTH, Client, FaultServer, ID, Kind};

const OK: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";
const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn pushes_one_after_the_other_share_a_connection() {
    for kind in BOTH {
        let server = FaultServer::answering(kind, OK);
        let client = server.client(PATIENCE);
        for _ in 0..20 {
            assert!(client.push(ID, "p", "ELB").is_ok());
        }
        assert_eq!(server.accepted(), 1, "{kind:?}");
        drop(client);
    }
}

#[test]
fn a_refusal_keeps_its_connection() {
    for answer in [
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 27\r\n\r\n{\"error_code\":\"SCM.0005\"}  ",
        "HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ] {
        let server = FaultServer::answering(Kind::Tls, answer);
        let client = server.client(PATIENCE);
        for _ in 0..5 {
            let error = client.push(ID, "p", "ELB").unwrap_err();
            assert_eq!(error.status(), Status::BadRequest);
        }
        assert_eq!(server.accepted(), 1, "{answer}");
        drop(client);
    }
}

#[test]
fn thirty_two_threads_use_at_most_thirty_two_connections() {
    let server = FaultServer::answering(Kind::Tls, OK);
    let client = server.client(PATIENCE);
    std::thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                for _ in 0..100 {
                    assert!(client.push(ID, "p", "ELB").is_ok());
                }
            });
        }
    });
    assert!(server.accepted() <= 32, "{} connections", server.accepted());
    drop(client);
}

#[test]
fn connect_warms_a_connection_and_sends_no_request() {
    for kind in BOTH {
        let server = FaultServer::answering(kind, OK);
        let client = server.client(PATIENCE);
        client.connect().unwrap();
        client.connect().unwrap();
        assert!(client.push(ID, "p", "ELB").is_ok());
        assert_eq!(server.accepted(), 1, "{kind:?}");
        drop(client);
    }
}

#[test]
fn keep_alive_can_be_turned_off() {
    let server = FaultServer::answering(Kind::Plain, OK);
    let config = server.config();
    for config in [
        config.clone().max_idle_connections(0),
        config.idle_timeout(Duration::ZERO),
    ] {
        let before = server.accepted();
        let client = Client::new(&config).unwrap();
        for _ in 0..3 {
            assert!(client.push(ID, "p", "ELB").is_ok());
        }
        assert_eq!(server.accepted() - before, 3);
    }
}

#[test]
fn a_connection_that_was_idle_for_too_long_is_not_used() {
    let server = FaultServer::answering(Kind::Plain, OK);
    let config = server.config().idle_timeout(Duration::from_millis(1));
    let client = Client::new(&config).unwrap();
    assert!(client.push(ID, "p", "ELB").is_ok());
    std::thread::sleep(Duration::from_millis(20));
    assert!(client.push(ID, "p", "ELB").is_ok());
    assert_eq!(server.accepted(), 2);
}

#[test]
fn a_connection_that_the_server_closed_is_replaced() {
    for kind in BOTH {
        let (closed, when_closed) = std::sync::mpsc::channel();
        let server = FaultServer::start(kind, move |peer| {
            peer.read_request();
            peer.write(OK);
            peer.cut();
            let _ = closed.send(());
        });
        let client = server.client(PATIENCE);
        for _ in 0..3 {
            assert!(client.push(ID, "p", "ELB").is_ok(), "{kind:?}");
            when_closed.recv().unwrap();
        }
        assert_eq!(server.accepted(), 3);
    }
}

#[test]
fn what_was_sent_unasked_never_answers_the_next_push() {
    for kind in BOTH {
        let server = FaultServer::start(kind, |peer| {
            if peer.read_request().is_none() {
                return;
            }
            peer.write(OK);
            if peer.number == 1 {
                peer.write(b"HTTP/1.1 400 Smuggled\r\nContent-Length: 0\r\n\r\n");
            }
            peer.wait_for_close();
        });
        let client = server.client(PATIENCE);
        assert!(client.push(ID, "p", "ELB").is_ok());
        // Gives the unasked answer time to arrive; without it the test only tests less.
        std::thread::sleep(Duration::from_millis(50));
        assert!(client.push(ID, "p", "ELB").is_ok(), "{kind:?}");
        drop(client);
    }
}

#[test]
fn what_was_decrypted_unasked_never_answers_the_next_push() {
    // The first answer fills the client's buffer to its last byte, so that under TLS the second is
    // decrypted with it and yet not taken.
    const BUFFER: usize = 16 * 1024;
    let head = "HTTP/1.1 404 Not Found\r\nContent-Length: ";
    let length = BUFFER - head.len() - "12345\r\n\r\n".len();
    let asked = format!("{head}{length}\r\n\r\n{}", "a".repeat(length));
    assert_eq!(asked.len(), BUFFER);
    let both = format!("{asked}HTTP/1.1 400 Smuggled\r\nContent-Length: 0\r\n\r\n");
    for kind in BOTH {
        let both = both.clone();
        let server = FaultServer::start(kind, move |peer| {
            if peer.read_request().is_none() {
                return;
            }
            peer.write(if peer.number == 1 {
                both.as_bytes()
            } else {
                OK
            });
            peer.wait_for_close();
        });
        let client = server.client(PATIENCE);
        let error = client.push(ID, "p", "ELB").unwrap_err();
        assert_eq!(error.status(), Status::NotFound, "{kind:?}: {error}");
        assert!(client.push(ID, "p", "ELB").is_ok(), "{kind:?}");
        drop(client);
    }
}

#[test]
fn a_body_after_a_204_closes_the_connection() {
    for kind in BOTH {
        let server = FaultServer::start(kind, |peer| {
            while peer.read_request().is_some() {
                peer.write(b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n{}");
            }
        });
        let client = server.client(PATIENCE);
        assert!(client.push(ID, "p", "ELB").is_ok());
        assert!(client.push(ID, "p", "ELB").is_ok());
        assert_eq!(server.accepted(), 2, "{kind:?}");
        drop(client);
    }
}

#[test]
fn a_kept_connection_that_dies_under_a_push_is_lost_and_nothing_is_sent_twice() {
    for kind in BOTH {
        let requests = std::sync::Arc::new(AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&requests);
        let server = FaultServer::start(kind, move |peer| {
            let mut answered = false;
            while peer.read_request().is_some() {
                counted.fetch_add(1, Ordering::SeqCst);
                if answered {
                    return;
                }
                peer.write(OK);
                answered = true;
            }
        });
        let client = server.client(PATIENCE);
        assert!(client.push(ID, "p", "ELB").is_ok());
        let error = client.push(ID, "p", "ELB").unwrap_err();
        assert_eq!(
            (error.status(), error.outcome_unknown()),
            (Status::ConnectionLost, true),
            "{kind:?}"
        );
        assert_eq!(requests.load(Ordering::SeqCst), 2);
    }
}

#[test]
fn a_host_name_is_tried_at_all_its_addresses() {
    // localhost is ::1 and 127.0.0.1 on most machines; the server listens at the second only.
    let server = FaultServer::answering(Kind::Tls, OK);
    let config = server
        .config()
        .endpoint(format!("https://localhost:{}", server.address().port()));
    let client = Client::new(&config).unwrap();
    for _ in 0..2 {
        assert!(client.push(ID, "p", "ELB").is_ok());
    }
    drop(client);
}
