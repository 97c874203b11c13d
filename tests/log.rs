//! The feature `log`: the lines of a client go to the logger that the program has set up.
#![cfg(feature = "log")]

mod faults;

use std::sync::Mutex;

use certpush::Status;
use faults::{Client, FaultServer, ID, Kind, TOKEN};
use log::{LevelFilter, Log, Metadata, Record};

const PUSHED: &str = "HTTP/1.1 204 No Content\r\nX-Request-Id: r-1\r\n\r\n";
const FAILED: &str = "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n";

/// Keeps what certpush itself tells. A line that has `PANICS` in it is the last straw.
struct Kept(Mutex<Vec<(log::Level, String)>>);

const PANICS: &str = "panics0000000000";

impl Log for Kept {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "certpush"
    }

    fn log(&self, record: &Record<'_>) {
        let line = record.args().to_string();
        assert!(!line.contains(PANICS), "thrown by a test");
        if self.enabled(record.metadata()) {
            self.0.lock().unwrap().push((record.level(), line));
        }
    }

    fn flush(&self) {}
}

static KEPT: Kept = Kept(Mutex::new(Vec::new()));

/// One test for all: a process has one logger.
#[test]
fn each_push_and_each_warning_is_a_line_of_the_programs_logger() {
    log::set_logger(&KEPT).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let pushed = FaultServer::answering(Kind::Plain, PUSHED);
    let client = Client::new(&pushed.config()).unwrap();
    client.push(ID, "p", "ELB").unwrap();
    let error = client.push("short", "p", "ELB").unwrap_err();
    assert_eq!(error.status(), Status::InvalidArgument);
    let failed = FaultServer::answering(Kind::Plain, FAILED);
    let failing = Client::new(&failed.config()).unwrap();
    failing.push(ID, "p", "ELB").unwrap_err();
    let repeated = failed.config().endpoint(format!("{}/v3/scm", failed.url()));
    Client::new(&repeated).unwrap();
    // A logger that panics takes no receipt away.
    client.push(PANICS, "p", "ELB").unwrap();

    let lines = KEPT.0.lock().unwrap();
    let (made, lines): (Vec<_>, Vec<_>) = lines
        .iter()
        .cloned()
        .partition(|(level, _)| *level == log::Level::Debug);
    let connected = format!("connected host={} address=", pushed.address());
    assert!(made[0].1.starts_with(&connected), "{made:?}");
    assert!(made[0].1.contains(" proxy=- tls=- ms="), "{made:?}");
    let [pushed, refused, failed, warning] = lines.as_slice() else {
        panic!("{lines:#?}");
    };
    let push = format!("push certificate_id={ID} target_service=ELB target_project=p ");
    assert_eq!(pushed.0, log::Level::Info);
    assert!(pushed.1.starts_with(&push), "{}", pushed.1);
    assert!(pushed.1.contains(" status=CERTPUSH_OK outcome=pushed "));
    assert_eq!(refused.0, log::Level::Error);
    assert!(refused.1.contains(" outcome=not_pushed "), "{}", refused.1);
    assert_eq!(failed.0, log::Level::Error);
    assert!(
        failed
            .1
            .contains(" status=CERTPUSH_SERVER_ERROR outcome=unknown ")
    );
    assert_eq!(warning.0, log::Level::Warn);
    assert!(
        warning.1.contains("the endpoint's path ends in"),
        "{}",
        warning.1
    );
    assert!(lines.iter().all(|(_, line)| !line.contains(TOKEN)));
}
