//! What a Rust program may do with the types: hand them to threads, keep, clone and print them.

mod faults;

use std::error::Error as AnyError;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use certpush::{
    BatchError, BatchReceipt, CallOptions, Cancel, Client, Config, DropGuard, Error, Explanation,
    Incomplete, Level, Outcome, Phase, PushRequest, Receipt, Report, Status, UnknownStatus,
};
use faults::{FaultServer, ID, Kind, TOKEN};

const PUSHED: &str = "HTTP/1.1 204 No Content\r\nX-Request-Id: r-1\r\n\r\n";

trait Everywhere: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + Debug + 'static {}
impl<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + Debug + 'static> Everywhere for T {}

const fn is_everywhere<T: Everywhere>() {}
const fn is_cloned<T: Everywhere + Clone>() {}

const _: () = {
    is_everywhere::<DropGuard>();
    is_cloned::<BatchError>();
    is_cloned::<BatchReceipt>();
    is_cloned::<CallOptions>();
    is_cloned::<Cancel>();
    is_cloned::<Client>();
    is_cloned::<Config>();
    is_cloned::<Error>();
    is_cloned::<Explanation>();
    is_cloned::<Incomplete>();
    is_cloned::<Level>();
    is_cloned::<Outcome>();
    is_cloned::<Phase>();
    is_cloned::<PushRequest>();
    is_cloned::<Receipt>();
    is_cloned::<Report>();
    is_cloned::<Status>();
    is_cloned::<UnknownStatus>();
};

/// A service of a program that pushes, as such a program has it.
#[derive(Clone, Debug)]
struct Pusher {
    client: faults::Client,
    options: CallOptions,
}

impl Pusher {
    fn push(&self) -> Result<Receipt, Box<dyn AnyError + Send + Sync>> {
        Ok(self.client.push_with(ID, "p", "ELB", &self.options)?)
    }
}

fn pusher(config: &Config) -> Pusher {
    Pusher {
        client: faults::Client::new(config).unwrap(),
        options: CallOptions::new().timeout(Duration::from_secs(30)),
    }
}

/// A server that never answers, and tells of each request that it has read.
fn silent() -> (FaultServer, Receiver<()>) {
    let (read, requests) = mpsc::channel();
    let server = FaultServer::start(Kind::Plain, move |peer| {
        peer.read_request();
        read.send(()).ok();
        peer.wait_for_close();
    });
    (server, requests)
}

#[test]
fn clones_push_from_threads_of_their_own() {
    let server = FaultServer::answering(Kind::Plain, PUSHED);
    let pusher = pusher(&server.config());
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let pusher = pusher.clone();
            thread::spawn(move || pusher.push().unwrap().http_status())
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), 204);
    }
}

#[test]
fn what_closes_a_client_closes_its_clones() {
    let (server, requests) = silent();
    let pusher = pusher(&server.config());
    let other = pusher.clone();
    let waiting = thread::spawn(move || pusher.push());
    requests.recv().unwrap();
    other.client.close();
    let ended = waiting.join().unwrap().unwrap_err();
    let ended = ended.downcast_ref::<Error>().unwrap();
    assert_eq!(
        (ended.status(), ended.outcome()),
        (Status::Cancelled, Outcome::Unknown)
    );
    let refused = other.client.push(ID, "p", "ELB").unwrap_err();
    assert_eq!(
        (refused.status(), refused.outcome()),
        (Status::Cancelled, Outcome::NotPushed)
    );
    assert_eq!(refused.attempts(), 0);
    assert!(format!("{:?}", other.client).contains("closed: true"));
}

#[test]
fn to_drop_a_clone_ends_nothing() {
    let server = FaultServer::answering(Kind::Plain, PUSHED);
    let client = faults::Client::new(&server.config()).unwrap();
    drop(client.clone());
    assert!(client.push(ID, "p", "ELB").is_ok());
}

#[test]
fn debug_shows_no_secret() {
    let config = Config::new()
        .endpoint("https://scm.example.com")
        .token(TOKEN);
    let client = faults::Client::new(&config).unwrap();
    let shown = format!("{config:?} {client:?} {:?}", CallOptions::new());
    assert!(
        shown.contains("https://scm.example.com") && shown.contains("token"),
        "{shown}"
    );
    assert!(!shown.contains(TOKEN), "{shown}");
}

#[test]
fn a_guard_that_is_dropped_cancels() {
    let cancel = Cancel::new();
    let guard = cancel.clone().drop_guard();
    assert!(!cancel.is_triggered());
    drop(guard);
    assert!(cancel.is_triggered());
}

#[test]
fn a_guard_that_is_disarmed_cancels_nothing() {
    let cancel = Cancel::new();
    let same = cancel.clone().drop_guard().disarm();
    assert!(!cancel.is_triggered());
    same.trigger();
    assert!(cancel.is_triggered());
}

#[test]
fn a_child_is_cancelled_with_its_parent_and_without_it() {
    let parent = Cancel::new();
    let (child, sibling) = (parent.child(), parent.child());
    let grandchild = child.child();
    child.trigger();
    assert!(child.is_triggered() && grandchild.is_triggered());
    assert!(!parent.is_triggered() && !sibling.is_triggered());
    parent.trigger();
    assert!(sibling.is_triggered());
}

#[test]
fn a_child_of_a_cancel_stops_the_call_that_has_it() {
    let (server, requests) = silent();
    let parent = Cancel::new();
    let client = faults::Client::new(&server.config()).unwrap();
    let options = CallOptions::new().cancel(&parent.child());
    let call = thread::spawn(move || client.push_with(ID, "ap-southeast-3", "ELB", &options));
    requests.recv().unwrap();
    parent.trigger();
    let error = call.join().unwrap().unwrap_err();
    assert_eq!(error.status(), Status::Cancelled);
    assert!(error.outcome_unknown());
}

#[test]
fn a_call_that_began_before_it_was_made_has_what_is_left_of_its_time() {
    let (server, _requests) = silent();
    let client = faults::Client::new(&server.config()).unwrap();
    let second = Duration::from_secs(1);
    let push = |began| {
        let options = CallOptions::new().timeout(second).began(began);
        let since = Instant::now();
        let pushed = client.push_with(ID, "ap-southeast-3", "ELB", &options);
        (pushed.unwrap_err(), since.elapsed())
    };
    let (error, took) = push(Instant::now() - Duration::from_millis(700));
    assert!(
        error
            .message()
            .contains("timed out after 1000 ms while waiting for the answer")
    );
    assert!(took < Duration::from_millis(700), "{took:?}");
    let (error, _) = push(Instant::now() - second);
    assert!(
        error
            .message()
            .contains("timed out after 1000 ms before anything was sent")
    );
    assert!(!error.outcome_unknown() && error.retryable());
}

#[test]
fn a_panic_that_drops_the_guard_stops_the_call() {
    let (server, requests) = silent();
    let cancel = Cancel::new();
    let client = faults::Client::new(&server.config()).unwrap();
    let options = CallOptions::new().cancel(&cancel);
    let waiting = thread::spawn(move || client.push_with(ID, "p", "ELB", &options));
    let gave_up = catch_unwind(AssertUnwindSafe(|| {
        let _guard = cancel.drop_guard();
        requests.recv().unwrap();
        panic!("whoever waited gives up");
    }));
    assert!(gave_up.is_err());
    assert_eq!(
        waiting.join().unwrap().unwrap_err().status(),
        Status::Cancelled
    );
}

#[test]
fn a_client_is_usable_after_a_panic_around_it() {
    let server = FaultServer::answering(Kind::Plain, PUSHED);
    let client = faults::Client::new(&server.config()).unwrap();
    let same: Client = (*client).clone();
    let panicked = catch_unwind(move || {
        same.push(ID, "p", "ELB").unwrap();
        panic!("after the push");
    });
    assert!(panicked.is_err());
    assert!(client.push(ID, "p", "ELB").is_ok());
}
