//! The program's own functions may panic: no receipt is lost to that, and the outcome is told.

mod faults;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use certpush::{CallOptions, Config, Error, Level, LogHook, Phase, Receipt, Status, TokenSource};
use faults::{BOTH, FaultServer, ID, Kind, TOKEN};

const PATIENCE: Duration = Duration::from_secs(30);
const PUSHED: &str = "HTTP/1.1 204 No Content\r\nX-Request-Id: r-1\r\n\r\n";
const FAILED: &str = "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n";
const REFUSED: &str = "HTTP/1.1 401 X\r\nContent-Length: 27\r\n\r\n{\"error_code\":\"APIGW.0301\"}";
/// The one 500 that is tried again.
const AGAIN: &str = "HTTP/1.1 500 X\r\nContent-Length: 27\r\n\r\n{\"error_code\":\"APIGW.0613\"}";

/// What is thrown: the payload's own end may panic, too.
#[derive(Clone, Copy, Debug)]
enum Thrown {
    Text,
    Number,
    WorseWhenDropped,
}

const THROWN: [Thrown; 3] = [Thrown::Text, Thrown::Number, Thrown::WorseWhenDropped];

struct Worse;

impl Drop for Worse {
    fn drop(&mut self) {
        panic!("in the payload's end");
    }
}

impl Thrown {
    fn throw(self) -> ! {
        match self {
            Thrown::Text => panic!("thrown by a test"),
            Thrown::Number => panic_any(7),
            Thrown::WorseWhenDropped => panic_any(Worse),
        }
    }
}

/// The push of a client; that nothing panics is part of what is told.
fn push(config: &Config, options: &CallOptions) -> Result<Receipt, Error> {
    let client = faults::Client::new(config).unwrap();
    catch_unwind(AssertUnwindSafe(|| {
        client.push_with(ID, "p", "ELB", options)
    }))
    .expect("no panic leaves a push")
}

/// A hook that panics where it is told to.
struct Bad {
    in_wants: bool,
    thrown: Thrown,
    asked: AtomicUsize,
}

impl LogHook for Bad {
    fn wants(&self, _: Level) -> bool {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.in_wants {
            self.thrown.throw();
        }
        true
    }

    fn line(&self, _: Level, _: &str) {
        self.thrown.throw();
    }
}

fn with_bad_hook(config: Config, in_wants: bool, thrown: Thrown) -> (Config, Arc<Bad>) {
    let hook = Arc::new(Bad {
        in_wants,
        thrown,
        asked: AtomicUsize::new(0),
    });
    let mut config = config;
    config.set_log(Some(Arc::clone(&hook) as Arc<dyn LogHook>));
    (config, hook)
}

#[test]
fn a_log_hook_that_panics_changes_nothing_of_what_is_told() {
    for in_wants in [false, true] {
        for thrown in THROWN {
            let pushed = FaultServer::answering(Kind::Plain, PUSHED);
            let (config, hook) = with_bad_hook(pushed.config(), in_wants, thrown);
            let receipt = push(&config, &CallOptions::new()).unwrap();
            assert_eq!(receipt.request_id(), Some("r-1"), "{thrown:?}");
            assert_eq!(hook.asked.load(Ordering::SeqCst), 1);

            let failed = FaultServer::answering(Kind::Plain, FAILED);
            let (config, _) = with_bad_hook(failed.config(), in_wants, thrown);
            let error = push(&config, &CallOptions::new()).unwrap_err();
            assert_eq!(
                (error.status(), error.outcome_unknown()),
                (Status::ServerError, true),
                "{thrown:?}"
            );
        }
    }
}

#[test]
fn a_log_hook_that_panics_ends_no_retries() {
    let server = FaultServer::start(Kind::Plain, |peer| {
        peer.read_request();
        peer.write(if peer.number == 1 { AGAIN } else { PUSHED }.as_bytes());
    });
    let mut config = server.config().timeout(PATIENCE);
    config.set("retries", "2").unwrap();
    config.set("retry_base_ms", "1").unwrap();
    let (config, hook) = with_bad_hook(config, false, Thrown::Text);
    let receipt = push(&config, &CallOptions::new()).unwrap();
    assert_eq!(receipt.attempts(), 2);
    assert!(hook.asked.load(Ordering::SeqCst) >= 2);
}

#[test]
fn a_log_hook_that_panics_hides_no_refused_argument() {
    let server = FaultServer::answering(Kind::Plain, PUSHED);
    let (config, _) = with_bad_hook(server.config(), false, Thrown::Text);
    let client = faults::Client::new(&config).unwrap();
    let error = client.push("short", "p", "ELB").unwrap_err();
    assert_eq!(error.status(), Status::InvalidArgument);
}

/// Options of a call whose interrupt panics when it is asked for the `nth` time.
fn interrupted(nth: usize, thrown: Thrown) -> CallOptions {
    let asked = AtomicUsize::new(0);
    CallOptions::new().interrupt(move || {
        if asked.fetch_add(1, Ordering::SeqCst) + 1 >= nth {
            thrown.throw();
        }
        false
    })
}

#[test]
fn an_interrupt_that_panics_after_the_request_leaves_the_outcome_open() {
    for kind in BOTH {
        for thrown in THROWN {
            let server = FaultServer::start(kind, |peer| {
                peer.read_request();
                peer.wait_for_close();
            });
            let config = server.config().timeout(PATIENCE);
            let error = push(&config, &interrupted(1, thrown)).unwrap_err();
            assert_eq!(
                (error.status(), error.outcome_unknown(), error.phase()),
                (Status::Internal, true, Phase::Receive),
                "{kind:?} {thrown:?}: {error}"
            );
            assert!(!error.retryable() && error.message().contains("interrupt"));
        }
    }
}

#[test]
fn an_interrupt_that_panics_before_the_request_pushed_nothing() {
    for thrown in THROWN {
        // It never answers the client's part of the TLS handshake.
        let server = FaultServer::start(Kind::Plain, |peer| peer.wait_for_close());
        let mut config = Config::new().timeout(PATIENCE).token(TOKEN);
        let url = server.url().replace("http://", "https://");
        config.set("endpoint", &url).unwrap();
        let error = push(&config, &interrupted(1, thrown)).unwrap_err();
        assert_eq!(
            (error.status(), error.outcome_unknown(), error.phase()),
            (Status::Internal, false, Phase::Tls),
            "{thrown:?}: {error}"
        );
        let client = faults::Client::new(&config).unwrap();
        let error = client.connect_with(&interrupted(1, thrown)).unwrap_err();
        assert_eq!(
            (error.status(), error.outcome_unknown(), error.phase()),
            (Status::Internal, false, Phase::Tls),
            "{thrown:?}: {error}"
        );
    }
}

#[test]
fn an_interrupt_that_panics_in_a_pause_pushed_nothing() {
    let server = FaultServer::answering(Kind::Plain, AGAIN);
    let mut config = server.config().timeout(PATIENCE);
    config.set("retries", "2").unwrap();
    config.set("retry_base_ms", "5000").unwrap();
    config.set("retry_max_ms", "600000").unwrap();
    // Not every first pause is long enough to be asked in: full jitter.
    let told = (0..20).find_map(|_| {
        let error = push(&config, &interrupted(1, Thrown::Text)).unwrap_err();
        (error.phase() == Phase::Pause).then_some(error)
    });
    let error = told.expect("there was a pause");
    assert_eq!(
        (error.status(), error.outcome_unknown(), error.http_status()),
        (Status::Internal, false, Some(500)),
        "{error}"
    );
}

#[test]
fn an_interrupt_that_panics_leaves_the_client_usable() {
    let server = FaultServer::start(Kind::Plain, |peer| {
        peer.read_request();
        if peer.number == 1 {
            peer.wait_for_close();
        } else {
            peer.write(PUSHED.as_bytes());
        }
    });
    let client = server.client(PATIENCE);
    let options = interrupted(1, Thrown::Text);
    assert!(client.push_with(ID, "p", "ELB", &options).is_err());
    assert!(client.push(ID, "p", "ELB").is_ok());
}

/// A source that panics when it is asked for the `nth` time.
struct Source {
    nth: usize,
    thrown: Thrown,
    asked: Mutex<usize>,
}

impl TokenSource for Source {
    fn token(&self) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        let asked = {
            let mut asked = self.asked.lock().unwrap();
            *asked += 1;
            *asked
        };
        if asked >= self.nth {
            self.thrown.throw();
        }
        Ok(TOKEN.to_owned())
    }
}

fn config_with(server: &FaultServer, source: Arc<dyn TokenSource>) -> Config {
    let mut config = Config::new().timeout(PATIENCE);
    config.set("endpoint", &server.url()).unwrap();
    config.set_token_source(Some(source));
    config
}

#[test]
fn a_token_source_that_panics_pushed_nothing() {
    for thrown in THROWN {
        let server = FaultServer::answering(Kind::Plain, PUSHED);
        let source = Arc::new(Source {
            nth: 1,
            thrown,
            asked: Mutex::new(0),
        });
        let config = config_with(&server, Arc::clone(&source) as Arc<dyn TokenSource>);
        let error = push(&config, &CallOptions::new()).unwrap_err();
        assert_eq!(
            (error.status(), error.outcome_unknown(), error.phase()),
            (Status::Internal, false, Phase::Credentials),
            "{thrown:?}: {error}"
        );
        assert_eq!((error.attempts(), error.retryable()), (0, false));
        assert!(error.message().contains("token source"), "{error}");
        // A defect is not asked for again.
        assert_eq!(*source.asked.lock().unwrap(), 1);
        assert_eq!(server.accepted(), 0);
    }
}

#[test]
fn a_token_source_that_panics_for_another_token_pushed_nothing() {
    let server = FaultServer::answering(Kind::Plain, REFUSED);
    let source = Arc::new(Source {
        nth: 2,
        thrown: Thrown::Text,
        asked: Mutex::new(0),
    });
    let config = config_with(&server, source);
    let error = push(&config, &CallOptions::new()).unwrap_err();
    assert_eq!(
        (error.status(), error.outcome_unknown(), error.attempts()),
        (Status::Internal, false, 1),
        "{error}"
    );
}

/// An error that cannot even be shown.
#[derive(Debug)]
struct NotToBeShown;

impl fmt::Display for NotToBeShown {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("in an error's text")
    }
}

impl std::error::Error for NotToBeShown {}

struct Failing;

impl TokenSource for Failing {
    fn token(&self) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        Err(NotToBeShown.into())
    }
}

#[test]
fn a_token_source_whose_error_panics_pushed_nothing() {
    let server = FaultServer::answering(Kind::Plain, PUSHED);
    let error = push(
        &config_with(&server, Arc::new(Failing)),
        &CallOptions::new(),
    )
    .unwrap_err();
    assert_eq!(
        (error.status(), error.outcome_unknown()),
        (Status::Internal, false),
        "{error}"
    );
}
