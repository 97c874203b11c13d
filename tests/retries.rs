//! What provably pushed nothing is tried again, within the call's time; nothing else ever is.

mod faults;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use certpush::{CallOptions, Cancel, Config, Phase, Status};
use faults::{Client, FaultServer, ID, Kind};

const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const THROTTLED: &str = "HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n";

/// A server whose answers follow one another, the last one for ever; counts the requests.
fn server_of(answers: &[&str]) -> (FaultServer, Arc<AtomicUsize>) {
    let answers: Vec<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    let server = FaultServer::start(Kind::Plain, move |peer| {
        while peer.read_request().is_some() {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            peer.write(answers[number.min(answers.len() - 1)].as_bytes());
        }
    });
    (server, requests)
}

fn quick(server: &FaultServer) -> Config {
    server
        .config()
        .retries(2)
        .retry_base(Duration::from_millis(2))
}

fn error_with(status: u16, code: &str) -> String {
    let body = format!("{{\"error_code\":\"{code}\",\"error_msg\":\"m\"}}");
    format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn a_throttled_push_is_tried_again() {
    let throttled = format!("{THROTTLED}\r\n");
    let (server, requests) = server_of(&[&throttled, &throttled, OK]);
    let client = Client::new(&quick(&server)).unwrap();
    let receipt = client.push(ID, "p", "ELB").unwrap();
    assert_eq!(
        (receipt.attempts(), requests.load(Ordering::SeqCst)),
        (3, 3)
    );
    drop(client);
}

#[test]
fn the_last_error_is_returned_when_the_retries_are_used_up() {
    let unavailable = error_with(503, "APIGW.0613");
    let (server, requests) = server_of(&[&unavailable]);
    let client = Client::new(&quick(&server)).unwrap();
    let error = client.push(ID, "p", "ELB").unwrap_err();
    assert_eq!(
        (error.status(), error.service_code()),
        (Status::ServerError, Some("APIGW.0613"))
    );
    assert_eq!((error.attempts(), requests.load(Ordering::SeqCst)), (3, 3));
    assert!(error.retryable() && !error.outcome_unknown());
    drop(client);
}

#[test]
fn nothing_that_may_have_pushed_is_tried_again() {
    for answer in [
        error_with(500, "SCM.3000"),
        error_with(400, "SCM.0028"),
        error_with(400, "SCM.0203"),
        error_with(401, "APIGW.0301"),
        error_with(403, "APIGW.0302"),
        error_with(404, "APIGW.0101"),
        "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
        "garbage\r\n\r\n".to_owned(),
    ] {
        let (server, requests) = server_of(&[&answer]);
        let client = Client::new(&quick(&server)).unwrap();
        let error = client.push(ID, "p", "ELB").unwrap_err();
        assert_eq!(
            (error.attempts(), requests.load(Ordering::SeqCst)),
            (1, 1),
            "{answer}"
        );
        assert!(!error.retryable());
        drop(client);
    }
}

#[test]
fn a_refused_connection_is_tried_again() {
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let config = Config::new()
        .endpoint(format!("http://{address}"))
        .token(faults::TOKEN)
        .retries(4)
        .retry_base(Duration::from_millis(1));
    let error = Client::new(&config)
        .unwrap()
        .push(ID, "p", "ELB")
        .unwrap_err();
    assert_eq!((error.status(), error.attempts()), (Status::Connect, 5));
}

#[test]
fn retry_after_is_waited_for_and_never_shortened() {
    let soon = format!("{THROTTLED}Retry-After: 1\r\n\r\n");
    let (server, _) = server_of(&[&soon, OK]);
    let client = Client::new(&quick(&server)).unwrap();
    let started = Instant::now();
    assert!(client.push(ID, "p", "ELB").is_ok());
    assert!(started.elapsed() >= Duration::from_secs(1));
    drop(client);
}

#[test]
fn a_pause_that_is_too_long_returns_the_answer_at_once() {
    let late = format!("{THROTTLED}Retry-After: 3600\r\n\r\n");
    let (server, requests) = server_of(&[&late]);
    let client = Client::new(&quick(&server)).unwrap();
    let error = client.push(ID, "p", "ELB").unwrap_err();
    assert_eq!(
        (error.status(), error.retry_after()),
        (Status::Throttled, Some(Duration::from_secs(3600)))
    );
    assert_eq!(requests.load(Ordering::SeqCst), 1);

    // Two seconds are less than retry_max_ms, but more than the call has left.
    let soon = format!("{THROTTLED}Retry-After: 2\r\n\r\n");
    let (server, _) = server_of(&[&soon]);
    let client = Client::new(&quick(&server).timeout(Duration::from_secs(2))).unwrap();
    let started = Instant::now();
    let error = client.push(ID, "p", "ELB").unwrap_err();
    assert_eq!(error.status(), Status::Throttled, "{error}");
    assert!(started.elapsed() < Duration::from_secs(2));
    drop(client);
}

#[test]
fn retry_after_may_be_a_date() {
    let date =
        "Date: Tue, 24 Nov 2026 10:00:00 GMT\r\nRetry-After: Tue, 24 Nov 2026 10:02:00 GMT\r\n";
    let (server, _) = server_of(&[&format!("{THROTTLED}{date}\r\n")]);
    let client = Client::new(&quick(&server)).unwrap();
    let error = client.push(ID, "p", "ELB").unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
    drop(client);
}

#[test]
fn a_cancel_in_the_pause_keeps_what_the_last_answer_said() {
    let soon = format!("{THROTTLED}Retry-After: 10\r\nX-Request-Id: r-9\r\n\r\n");
    let (server, _) = server_of(&[&soon]);
    let cancel = Cancel::new();
    let trigger = cancel.clone();
    let warnings = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&warnings);
    let config = quick(&server).log(move |level, line| {
        // The warning says that the pause begins.
        if level == certpush::Level::Warning {
            kept.lock().unwrap().push(line.to_owned());
            trigger.trigger();
        }
    });
    let client = Client::new(&config).unwrap();
    let error = client
        .push_with(ID, "p", "ELB", &CallOptions::new().cancel(&cancel))
        .unwrap_err();
    assert_eq!(
        (error.status(), error.phase()),
        (Status::Cancelled, Phase::Pause)
    );
    assert_eq!(
        (error.http_status(), error.request_id()),
        (Some(429), Some("r-9"))
    );
    assert!(!error.outcome_unknown() && error.attempts() == 1);
    assert_eq!(
        error.message(),
        format!(
            "push of {ID} to ELB in p: the call was cancelled in the pause before another attempt, after the service answered 429; it was not pushed"
        )
    );
    assert!(warnings.lock().unwrap()[0].contains("the next attempt begins in 10000 ms"));
    drop(client);
}

#[test]
fn a_call_that_is_cancelled_before_its_start_says_so() {
    let (server, requests) = server_of(&[OK]);
    let cancel = Cancel::new();
    cancel.trigger();
    let client = Client::new(&quick(&server)).unwrap();
    let error = client
        .push_with(ID, "p", "ELB", &CallOptions::new().cancel(&cancel))
        .unwrap_err();
    assert_eq!(
        (error.status(), error.phase().as_str(), error.attempts()),
        (Status::Cancelled, "start", 0)
    );
    assert_eq!(
        error.message(),
        format!(
            "push of {ID} to ELB in p: the call was cancelled before anything was sent; it was not pushed"
        )
    );
    assert_eq!(requests.load(Ordering::SeqCst), 0);
    drop(client);
}

#[test]
fn a_refusal_that_is_remembered_is_told_once() {
    let refused = error_with(401, "APIGW.0301");
    let (server, requests) = server_of(&[&refused]);
    let config = Config::new()
        .endpoint(server.url())
        .access_key("AKTESTTESTTESTTEST00")
        .secret_key("a-secret-key-of-about-forty-characters00")
        .project_id("0123456789abcdef0123456789abcdef")
        .retries(2);
    let client = Client::new(&config).unwrap();
    let first = client.push(ID, "p", "ELB").unwrap_err();
    let second = client.push(ID, "p", "ELB").unwrap_err();
    assert_eq!(requests.load(Ordering::SeqCst), 1);
    assert_eq!((first.attempts(), second.attempts()), (1, 0));
    assert_eq!(
        first.message(),
        format!(
            "push of {ID} to ELB in p: the service answered 401 APIGW.0301 m; it was not pushed"
        )
    );
    assert_eq!(second.message(), first.message());
    drop(client);
}
