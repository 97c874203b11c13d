//! A call returns within its time, whatever the peer does.
//!
//! The promise is 100 ms. A machine that is busy may be late once, so each case has three tries.

mod faults;

use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use certpush::{CallOptions, Cancel, Config, Error, Phase, Status, TrustStore};
use faults::{Authority, BOTH, Client, FaultServer, ID, Kind, Peer, TOKEN};
use tempfile::NamedTempFile;

const TIMEOUT: Duration = Duration::from_millis(400);
const GRACE: Duration = Duration::from_millis(100);

/// Pushes until a try returned in time; fails with the last try's lateness.
fn in_time(what: &str, bound: Duration, push: impl Fn() -> Result<(), Error>) -> Error {
    let mut late = Duration::ZERO;
    for _ in 0..3 {
        let started = Instant::now();
        let error = push().expect_err("the push must fail");
        let took = started.elapsed();
        if took <= bound + GRACE {
            return error;
        }
        late = took;
    }
    panic!("{what}: took {late:?} of {bound:?}");
}

fn times_out(
    kind: Kind,
    what: &str,
    token: &str,
    script: impl Fn(&mut Peer) + Send + Sync + 'static,
) {
    let server = if token == TOKEN {
        FaultServer::start(kind, script)
    } else {
        FaultServer::narrow(kind, script)
    };
    let client = Client::new(&server.config().timeout(TIMEOUT).token(token)).unwrap();
    let error = in_time(what, TIMEOUT, || client.push(ID, "p", "ELB").map(drop));
    assert_eq!(error.status(), Status::Timeout, "{what} {kind:?}: {error}");
}

#[test]
fn against_a_silent_server() {
    for kind in BOTH {
        times_out(kind, "silence", TOKEN, |peer| {
            peer.read_request();
            peer.wait_for_close();
        });
    }
}

#[test]
fn against_a_server_that_trickles_its_head() {
    for kind in BOTH {
        times_out(kind, "trickled head", TOKEN, |peer| {
            peer.read_request();
            let head = format!("HTTP/1.1 204 No Content\r\na: {}\r\n\r\n", "b".repeat(5000));
            peer.trickle(head.as_bytes(), Duration::from_millis(5));
        });
    }
}

#[test]
fn against_a_server_that_trickles_the_body_of_a_success() {
    for kind in BOTH {
        times_out(kind, "trickled body", TOKEN, |peer| {
            peer.read_request();
            peer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
            peer.trickle(&[b' '; 5000], Duration::from_millis(5));
        });
    }
}

#[test]
fn against_a_server_that_drains_a_large_request_slowly() {
    let token = "t".repeat(2_097_152);
    for kind in BOTH {
        times_out(kind, "slow drain", &token, |peer| {
            let mut part = vec![0; 4096];
            while peer.read(&mut part) > 0 {
                std::thread::sleep(Duration::from_millis(10));
            }
        });
    }
}

#[test]
fn against_a_server_that_does_not_read_a_large_request() {
    let token = "t".repeat(2_097_152);
    for kind in BOTH {
        let server = FaultServer::narrow(kind, |peer| {
            peer.wait_without_reading(Duration::from_millis(2000));
        });
        let client = Client::new(&server.config().timeout(TIMEOUT).token(&token)).unwrap();
        let error = in_time("no reading", TIMEOUT, || {
            client.push(ID, "p", "ELB").map(drop)
        });
        assert_eq!(error.status(), Status::Timeout);
        assert!(!error.outcome_unknown() && error.retryable(), "{error}");
    }
}

#[test]
fn against_a_handshake_that_stalls() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = Config::new()
        .endpoint(format!("https://{}", listener.local_addr().unwrap()))
        .token(TOKEN)
        .trust(TrustStore::Mozilla)
        .timeout(TIMEOUT);
    let client = Client::new(&config).unwrap();
    let error = in_time("stalled handshake", TIMEOUT, || {
        client.push(ID, "p", "ELB").map(drop)
    });
    assert_eq!(error.status(), Status::Timeout);
    assert!(!error.outcome_unknown() && error.retryable());
    assert!(error.message().contains("TLS handshake"), "{error}");
}

#[test]
fn against_a_connect_that_nobody_answers() {
    let black_hole = certpush_sim::BlackHole::new().unwrap();
    let address = black_hole.address().unwrap();
    let config = Config::new()
        .endpoint(format!("http://{address}"))
        .token(TOKEN)
        .retries(0);
    let client = Client::new(&config.clone().timeout(TIMEOUT)).unwrap();
    let error = in_time("black hole", TIMEOUT, || {
        client.push(ID, "p", "ELB").map(drop)
    });
    assert_eq!(error.status(), Status::Timeout);
    assert!(error.message().contains("while connecting"), "{error}");

    let client = Client::new(&config.connect_timeout(TIMEOUT)).unwrap();
    let error = in_time("connect timeout", TIMEOUT, || {
        client.push(ID, "p", "ELB").map(drop)
    });
    assert_eq!(error.status(), Status::Connect);
    assert!(!error.outcome_unknown() && error.retryable());
}

#[test]
fn a_call_may_have_less_time_than_its_client() {
    let server = FaultServer::start(Kind::Plain, |peer| {
        peer.read_request();
        peer.wait_for_close();
    });
    let client = server.client(Duration::from_secs(60));
    let options = CallOptions::new().timeout(TIMEOUT);
    let error = in_time("call timeout", TIMEOUT, || {
        client.push_with(ID, "p", "ELB", &options).map(drop)
    });
    assert_eq!(error.status(), Status::Timeout);
}

/// Cancels from another thread when the server has seen the call, and returns how it ended.
fn cancelled_call(
    kind: Kind,
    token: &str,
    script: impl Fn(&mut Peer) + Send + Sync + 'static,
) -> Error {
    let (seen, when_seen) = std::sync::mpsc::channel();
    let when_seen = std::sync::Mutex::new(when_seen);
    let server = FaultServer::start(kind, move |peer| {
        script(peer);
        let _ = seen.send(());
        peer.wait_for_close();
    });
    let client = Client::new(&server.config().token(token)).unwrap();
    let mut late = Duration::ZERO;
    for _ in 0..3 {
        let cancel = Cancel::new();
        let options = CallOptions::new().cancel(&cancel);
        let (error, took) = std::thread::scope(|scope| {
            let canceller = scope.spawn(|| {
                when_seen.lock().unwrap().recv().unwrap();
                cancel.trigger();
                Instant::now()
            });
            let error = client.push_with(ID, "p", "ELB", &options).unwrap_err();
            let ended = Instant::now();
            (error, ended.duration_since(canceller.join().unwrap()))
        });
        if took <= GRACE {
            return error;
        }
        late = took;
    }
    panic!("a cancel took {late:?}");
}

#[test]
fn a_cancel_ends_a_waiting_call_at_once() {
    for kind in BOTH {
        let error = cancelled_call(kind, TOKEN, |peer| {
            peer.read_request();
        });
        assert_eq!(error.status(), Status::Cancelled);
        assert!(error.outcome_unknown() && !error.retryable());
    }
}

#[test]
fn a_cancel_after_the_head_of_a_refusal_keeps_what_the_head_said() {
    let error = cancelled_call(Kind::Plain, TOKEN, |peer| {
        peer.read_request();
        peer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\n");
        // The head must have been read before the cancel comes.
        std::thread::sleep(Duration::from_millis(100));
    });
    assert_eq!(
        (error.status(), error.http_status()),
        (Status::Cancelled, Some(404)),
        "{error}"
    );
    assert!(!error.outcome_unknown());
}

#[test]
fn a_call_that_was_cancelled_before_it_began_tries_nothing() {
    let server = FaultServer::answering(Kind::Plain, "HTTP/1.1 204 No Content\r\n\r\n");
    let client = server.client(TIMEOUT);
    let cancel = Cancel::new();
    cancel.trigger();
    let error = client
        .push_with(ID, "p", "ELB", &CallOptions::new().cancel(&cancel))
        .unwrap_err();
    assert_eq!((error.status(), error.attempts()), (Status::Cancelled, 0));
    assert!(!error.outcome_unknown());
    assert_eq!(server.accepted(), 0);
    assert!(
        client.push(ID, "p", "ELB").is_ok(),
        "other calls are not touched"
    );
}

#[test]
fn closing_a_client_ends_its_calls_and_refuses_later_ones() {
    let (seen, when_seen) = std::sync::mpsc::channel();
    let server = FaultServer::start(Kind::Plain, move |peer| {
        peer.read_request();
        let _ = seen.send(());
        peer.wait_for_close();
    });
    let client = server.client(Duration::from_secs(60));
    std::thread::scope(|scope| {
        let call = scope.spawn(|| client.push(ID, "p", "ELB").unwrap_err());
        when_seen.recv().unwrap();
        client.close();
        let error = call.join().unwrap();
        assert_eq!(
            (error.status(), error.outcome_unknown()),
            (Status::Cancelled, true)
        );
    });
    let error = client.push(ID, "p", "ELB").unwrap_err();
    assert_eq!((error.status(), error.attempts()), (Status::Cancelled, 0));
}

#[test]
fn an_interrupt_is_asked_while_the_call_waits_and_may_push_itself() {
    let server = FaultServer::start(Kind::Plain, |peer| {
        peer.read_request();
        if peer.number == 1 {
            peer.wait_for_close();
        } else {
            peer.write(b"HTTP/1.1 204 No Content\r\n\r\n");
        }
    });
    let client = server.client(Duration::from_secs(60));
    let inner = client.clone();
    let options = CallOptions::new().interrupt(move || {
        assert!(inner.push(ID, "p", "WAF").is_ok());
        true
    });
    let error = client.push_with(ID, "p", "ELB", &options).unwrap_err();
    assert_eq!(
        (error.status(), error.outcome_unknown()),
        (Status::Cancelled, true)
    );
}

/// A folder of certificate authorities whose reading takes many times as long as a call may.
fn long_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..2000 {
        let file = std::fs::File::create(folder.path().join(format!("{number}.pem"))).unwrap();
        // A hole, which takes no room on the disk, but as long to read as any other contents.
        file.set_len(1024 * 1024).unwrap();
    }
    folder
}

/// Options by which the system's certificate authorities are those of a file, if any, and a folder.
fn trusting_a_folder(file: Option<&Authority>, folder: &Path) -> (Config, NamedTempFile) {
    let bundle = NamedTempFile::new().unwrap();
    let mut variables = vec![("SSL_CERT_DIR".into(), folder.as_os_str().to_owned())];
    if let Some(authority) = file {
        std::fs::write(bundle.path(), authority.pem()).unwrap();
        variables.push(("SSL_CERT_FILE".into(), bundle.path().as_os_str().to_owned()));
    }
    let mut config = Config::new().token(TOKEN).retries(0).timeout(TIMEOUT);
    config.set_environment(variables);
    (config, bundle)
}

#[test]
fn while_a_folder_of_authorities_is_read_in_a_handshake() {
    let folder = long_folder();
    let server = FaultServer::start(Kind::Tls, |_| panic!("the handshake must fail"));
    let (config, _bundle) = trusting_a_folder(Some(&Authority::new()), folder.path());
    let client = Client::new(&config.endpoint(server.url())).unwrap();
    let connect = |options: &CallOptions| client.connect_with(options);
    let push = |options: &CallOptions| client.push_with(ID, "p", "ELB", options).map(drop);
    type Call<'a> = &'a dyn Fn(&CallOptions) -> Result<(), Error>;
    for call in [&connect as Call<'_>, &push] {
        let error = in_time("reading a folder", TIMEOUT, || call(&CallOptions::new()));
        assert_eq!(
            (error.status(), error.phase(), error.outcome_unknown()),
            (Status::Timeout, Phase::Tls, false),
            "{error}"
        );
        let soon = Duration::from_millis(200);
        let error = in_time("reading a folder, interrupted", soon, || {
            let started = Instant::now();
            call(&CallOptions::new().interrupt(move || started.elapsed() >= soon))
        });
        assert_eq!(error.status(), Status::Cancelled, "{error}");
    }
}

#[test]
fn while_a_folder_of_authorities_is_read_for_a_client() {
    let folder = long_folder();
    let (config, _) = trusting_a_folder(None, folder.path());
    let config = config.region("cn-north-4");
    let make = || Client::new(&config).map(drop);
    let error = in_time("reading a folder", TIMEOUT, make);
    assert_eq!(
        (error.status(), error.phase()),
        (Status::Timeout, Phase::Config),
        "{error}"
    );
    let folder_named = format!("SSL_CERT_DIR {}", folder.path().display());
    assert!(error.message().starts_with(&folder_named), "{error}");
}
