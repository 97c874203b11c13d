//! Many pushes of a list: every outcome is kept, what holds the run back does, and what stops it stops
//! it before more harm is done.

mod faults;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use certpush::{
    Cancel, Config, Error, Level, LogHook, Outcome, Phase, PushAllError, PushAllOptions,
    PushAllReport, PushAllRun, PushAllStep, PushList, Report, Status, TokenSource,
};
use certpush_sim::{DEFAULT_ACCESS_KEY, DEFAULT_DOMAIN_ID, Sim, SimOptions};
use faults::{Client, FaultServer, Kind, Peer, TOKEN};

const PUSHED: &str = "HTTP/1.1 204 No Content\r\nX-Request-Id: r-1\r\n\r\n";
const PAGE: &str = "HTTP/1.1 503 X\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>";

fn answer(status: u16, code: &str, headers: &str) -> String {
    let body = format!("{{\"error_code\":\"{code}\",\"error_msg\":\"no\"}}");
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\n{headers}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// A request, as the service got it.
#[derive(Clone, Debug)]
struct Seen {
    id: String,
    at: Instant,
}

/// What the service got, in the order in which it came, and how many it has not answered.
#[derive(Default)]
struct Record {
    seen: Mutex<Vec<Seen>>,
    open: AtomicUsize,
    most_open: AtomicUsize,
    came: Condvar,
}

impl Record {
    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// How often each certificate was asked to be pushed.
    fn by_id(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for seen in self.seen() {
            *counts.entry(seen.id).or_default() += 1;
        }
        counts
    }

    fn wait_for(&self, count: usize) {
        let seen = self.seen.lock().unwrap();
        let patience = Duration::from_secs(30);
        let waited = self
            .came
            .wait_timeout_while(seen, patience, |seen| seen.len() < count);
        assert!(
            !waited.unwrap().1.timed_out(),
            "{count} requests never came"
        );
    }
}

/// One push that the service has not answered.
struct Open<'a>(&'a Record);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Service {
    server: FaultServer,
    record: Arc<Record>,
}

impl Service {
    /// Answers each push as `reply` says, which is given its place among all and its certificate, and
    /// returns whether the connection goes on. The push is open until `reply` drops the last argument:
    /// before it answers, for by then the next one may be there.
    fn start(
        reply: impl Fn(usize, &str, &mut Peer, Open<'_>) -> bool + Send + Sync + 'static,
    ) -> Service {
        let record = Arc::new(Record::default());
        let kept = Arc::clone(&record);
        let server = FaultServer::start(Kind::Plain, move |peer| {
            while let Some(request) = peer.read_request() {
                let id = request.split('/').nth(4).unwrap().to_owned();
                let number = {
                    let mut seen = kept.seen.lock().unwrap();
                    seen.push(Seen {
                        id: id.clone(),
                        at: Instant::now(),
                    });
                    seen.len() - 1
                };
                kept.came.notify_all();
                let open = kept.open.fetch_add(1, Ordering::SeqCst) + 1;
                kept.most_open.fetch_max(open, Ordering::SeqCst);
                if !reply(number, &id, peer, Open(&kept)) {
                    return;
                }
            }
        });
        Service { server, record }
    }

    /// Answers each push with what `text` says.
    fn answering(text: impl Fn(usize, &str) -> String + Send + Sync + 'static) -> Service {
        Service::start(move |number, id, peer, open| {
            let text = text(number, id);
            drop(open);
            peer.write(text.as_bytes())
        })
    }

    fn config(&self) -> Config {
        self.server.config().timeout(Duration::from_secs(30))
    }

    fn client(&self, jobs: u32) -> Client {
        Client::new(&self.config().jobs(jobs)).unwrap()
    }
}

fn id_of(number: usize) -> String {
    format!("scs{number:013}")
}

fn number_of(id: &str) -> usize {
    id[3..].parse().unwrap()
}

fn list(count: usize) -> PushList {
    let mut list = PushList::new();
    for number in 0..count {
        list.add(&id_of(number), "p", "ELB").unwrap();
    }
    list
}

/// The report of a run, complete or not.
fn whole(outcome: Result<PushAllReport, PushAllError>) -> PushAllReport {
    match outcome {
        Ok(report) => report,
        Err(PushAllError::Incomplete(report)) => report,
        Err(PushAllError::Failed(error)) => panic!("{error}"),
    }
}

fn push_all(client: &Client, list: &PushList) -> PushAllReport {
    check(whole(client.push_all(list)), list)
}

/// Each entry has its own report, in the list's order, and the whole says what they say.
fn check(report: PushAllReport, list: &PushList) -> PushAllReport {
    let reports = report.reports();
    assert_eq!(reports.len(), list.len());
    for (report, push) in reports.iter().zip(list) {
        assert_eq!(report.certificate_id(), Some(push.certificate_id()));
        assert_eq!(report.target_project(), Some(push.target_project()));
        assert!(
            report.message().contains(push.certificate_id()),
            "{report:?}"
        );
        assert!(!(report.outcome_unknown() && report.retryable()));
    }
    let count = |is: &dyn Fn(&Report) -> bool| reports.iter().filter(|it| is(it)).count();
    let counts = report.counts();
    assert_eq!(counts.pushed, count(&|it| it.status() == Status::Ok));
    assert_eq!(counts.unknown, count(&|it| it.outcome_unknown()));
    assert_eq!(
        counts.not_tried,
        count(&|it| it.status() == Status::NotTried)
    );
    assert_eq!(
        counts.pushed + counts.not_pushed + counts.unknown + counts.not_tried,
        list.len()
    );
    let told = report.report();
    let is_complete = counts.pushed == list.len();
    // As far as any entry of it.
    let place = |it: &Report| match it.phase() {
        None if it.attempts() == 0 => Phase::Start,
        reached => reached.unwrap_or(Phase::Receive),
    };
    let furthest = Phase::ALL
        .iter()
        .rev()
        .find(|phase| reports.iter().any(|it| place(it) == **phase));
    let (status, phase) = match is_complete {
        true => (Status::Ok, None),
        false => (Status::Incomplete, furthest.copied()),
    };
    assert_eq!((told.status(), told.phase()), (status, phase));
    assert_eq!(told.outcome_unknown(), counts.unknown > 0);
    // Of a whole of which a part is pushed no word is true.
    let outcome = match (is_complete, counts.pushed + counts.unknown) {
        (true, 1..) => Outcome::Pushed,
        (_, 0) => Outcome::NotPushed,
        (false, _) => Outcome::Unknown,
    };
    assert_eq!(told.outcome(), outcome);
    assert_eq!(
        report.stopped().is_some(),
        counts.not_tried > 0,
        "{}",
        told.message()
    );
    for not_tried in reports.iter().filter(|it| it.status() == Status::NotTried) {
        assert_eq!(
            (not_tried.attempts(), not_tried.outcome()),
            (0, Outcome::NotPushed)
        );
        let why = report.stopped().unwrap();
        assert!(not_tried.message().contains(why), "{}", not_tried.message());
    }
    report
}

fn statuses(report: &PushAllReport) -> BTreeMap<Status, usize> {
    let mut counts = BTreeMap::new();
    for report in report.reports() {
        *counts.entry(report.status()).or_default() += 1;
    }
    counts
}

#[test]
fn of_a_list_with_a_token_that_is_refused_one_attempt_reaches_the_service() {
    for code in ["APIGW.0301", "APIGW.0307", "SCM.4002", "SCM.1000"] {
        let service = Service::answering(move |_, _| answer(401, code, ""));
        let report = push_all(&service.client(8), &list(40));
        assert_eq!(service.record.count(), 1, "{code}");
        assert_eq!(
            statuses(&report),
            BTreeMap::from([(Status::Unauthorized, 1), (Status::NotTried, 39)])
        );
        assert_eq!(report.reports()[0].status(), Status::Unauthorized);
        assert_eq!(
            report.report().message(),
            "40 targets: 0 pushed, 1 not pushed, 0 unknown, 39 not tried; the run was stopped: the credentials were refused (CERTPUSH_UNAUTHORIZED), and more failures may lock the account"
        );
    }
}

#[test]
fn of_a_list_with_a_wrong_access_key_one_signature_reaches_the_service() {
    let sim = Sim::start(SimOptions::default()).unwrap();
    let config = Config::new()
        .endpoint(sim.http_url())
        .iam_endpoint(sim.http_url())
        .access_key(DEFAULT_ACCESS_KEY)
        .secret_key("not-the-secret-key-of-that-access-key")
        .jobs(16);
    for config in [config.clone(), config.domain_id(DEFAULT_DOMAIN_ID)] {
        let before = sim.iam().signatures_refused;
        let report = push_all(&Client::new(&config).unwrap(), &list(20));
        assert_eq!(
            report.counts().not_tried,
            19,
            "{}",
            report.report().message()
        );
        let counts = sim.iam();
        assert_eq!(
            (counts.signatures_refused - before, counts.key_locks),
            (1, 0)
        );
    }
    assert!(sim.pushed().is_empty());
}

#[test]
fn credentials_that_cannot_be_had_are_asked_for_as_often_as_the_network() {
    let service = Service::answering(|_, _| PUSHED.to_owned());
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let config = Config::new()
        .endpoint(service.server.url())
        .retries(0)
        .jobs(8);
    let config = config.token_source(move || -> Result<String, String> {
        counted.fetch_add(1, Ordering::SeqCst);
        Err("the vault is sealed".to_owned())
    });
    let report = push_all(&Client::new(&config).unwrap(), &list(40));
    assert_eq!(report.counts().not_tried, 30);
    assert_eq!(
        (asked.load(Ordering::SeqCst), service.record.count()),
        (10, 0)
    );
    assert!(
        report.reports()[0]
            .message()
            .contains("the vault is sealed")
    );
}

#[test]
fn the_first_push_goes_alone_until_the_credentials_are_proved() {
    // What any server may answer proves nothing; what the service itself says does.
    let service = Service::answering(|number, _| match number {
        0 => PAGE.to_owned(),
        1 => answer(404, "APIGW.0101", ""),
        2 => {
            thread::sleep(Duration::from_millis(200));
            answer(400, "SCM.0069", "")
        }
        _ => {
            thread::sleep(Duration::from_millis(50));
            PUSHED.to_owned()
        }
    });
    let report = push_all(&service.client(8), &list(30));
    let seen = service.record.seen();
    assert!(seen[3].at - seen[2].at >= Duration::from_millis(200));
    assert!(service.record.most_open.load(Ordering::SeqCst) > 4);
    assert_eq!((report.counts().pushed, seen.len()), (27, 30));
}

#[test]
fn credentials_that_are_refused_later_stop_the_run() {
    let service = Service::answering(|number, _| match number {
        0..30 => PUSHED.to_owned(),
        _ => answer(401, "APIGW.0307", ""),
    });
    let report = push_all(&service.client(4), &list(200));
    let counts = report.counts();
    assert_eq!(counts.pushed, 30);
    // Those that were under way at the same time.
    assert!((1..=4).contains(&counts.not_pushed), "{counts:?}");
    assert_eq!(service.record.count(), counts.pushed + counts.not_pushed);
}

#[test]
fn without_an_answer_of_the_service_ten_are_tried() {
    let refused = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let config = Config::new()
        .endpoint(format!("http://{refused}"))
        .token(TOKEN);
    let config = config.retries(0).jobs(8);
    let report = push_all(&Client::new(&config).unwrap(), &list(100));
    let expected = BTreeMap::from([(Status::Connect, 10), (Status::NotTried, 90)]);
    assert_eq!(statuses(&report), expected);
    assert_eq!(
        report.stopped(),
        Some("10 pushes in a row had no answer of the service (the last: CERTPUSH_CONNECT)")
    );
    // It was asked nothing, and shall not be told to be silent.
    let config = Config::new().endpoint(format!("http://{refused}"));
    let config = config
        .retries(0)
        .token_source(|| Err::<String, _>("the vault is sealed"));
    let report = push_all(&Client::new(&config).unwrap(), &list(100));
    assert_eq!(
        report.stopped(),
        Some(
            "10 pushes in a row could be given no credentials \
             (the last: CERTPUSH_CREDENTIALS_UNAVAILABLE)"
        )
    );
    let service = Service::answering(|_, _| PAGE.to_owned());
    let report = push_all(&service.client(8), &list(100));
    assert_eq!((report.counts().unknown, service.record.count()), (10, 10));
    let service = Service::answering(|_, _| {
        "HTTP/1.1 302 Found\r\nLocation: https://portal.example/\r\nContent-Length: 0\r\n\r\n"
            .to_owned()
    });
    let report = push_all(&service.client(8), &list(100));
    assert_eq!((report.counts().unknown, service.record.count()), (10, 10));
}

#[test]
fn failures_of_the_targets_stop_nothing() {
    let service = Service::answering(|number, _| match number % 3 {
        0 => answer(400, "SCM.0201", ""),
        1 => answer(500, "SCM.0222", ""),
        _ => answer(403, "SCM.0003", ""),
    });
    let report = push_all(&service.client(4), &list(60));
    assert_eq!(service.record.count(), 60);
    assert_eq!(
        (report.counts().not_pushed, report.counts().unknown),
        (40, 20)
    );
    assert_eq!(report.stopped(), None);
    // Now and then no answer is not ten in a row.
    let service = Service::answering(|number, _| match number % 10 {
        0 => PUSHED.to_owned(),
        _ => PAGE.to_owned(),
    });
    let report = push_all(&service.client(1), &list(60));
    assert_eq!((report.counts().pushed, report.counts().unknown), (6, 54));
}

#[test]
fn so_many_failures_as_are_allowed_stop_the_run() {
    let service = Service::answering(|number, _| match number {
        0..10 => PUSHED.to_owned(),
        _ => answer(400, "SCM.0201", ""),
    });
    let client = Client::new(&service.config().jobs(1).max_failures(3)).unwrap();
    let report = push_all(&client, &list(40));
    let expected = [
        (Status::Ok, 10),
        (Status::BadRequest, 3),
        (Status::NotTried, 27),
    ];
    assert_eq!(statuses(&report), BTreeMap::from(expected));
    assert_eq!(report.stopped(), Some("3 pushes had failed (max_failures)"));
    assert_eq!(service.record.count(), 13);
}

#[test]
fn every_outcome_is_kept_in_the_lists_order_whatever_happens_to_the_others() {
    let service = Service::start(|_, id, peer, _| match number_of(id) % 7 {
        0 => peer.write(answer(400, "SCM.0201", "").as_bytes()),
        1 => peer.write(answer(500, "SCM.0222", "").as_bytes()),
        2 => {
            peer.reset();
            false
        }
        3 => peer.write(answer(403, "SCM.0003", "").as_bytes()),
        4 => peer
            .write(b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{\"error_code\":\"SCM.0028\"}"),
        _ => peer.write(PUSHED.as_bytes()),
    });
    let list = list(140);
    let mut told = Vec::new();
    let client = service.client(8);
    let outcome = client.push_all_with(&list, &PushAllOptions::new(), |index, report| {
        told.push((index, report.clone()));
        ControlFlow::Continue(())
    });
    let report = check(whole(outcome), &list);
    for (index, report) in report.reports().iter().enumerate() {
        let expected = match index % 7 {
            0 => (Status::BadRequest, Outcome::NotPushed),
            1 => (Status::ServerError, Outcome::Unknown),
            2 => (Status::ConnectionLost, Outcome::Unknown),
            3 => (Status::Forbidden, Outcome::NotPushed),
            4 => (Status::UnexpectedResponse, Outcome::Unknown),
            _ => (Status::Ok, Outcome::Pushed),
        };
        assert_eq!((report.status(), report.outcome()), expected, "{index}");
        assert_eq!(report.attempts(), 1);
    }
    assert_eq!(report.counts().pushed, 40);
    // Each was told once, as it is in the report, and sent once.
    told.sort_by_key(|(index, _)| *index);
    let (indexes, told): (Vec<_>, Vec<_>) = told.into_iter().unzip();
    assert!(indexes.into_iter().eq(0..140));
    assert_eq!(told, report.reports());
    assert!(service.record.by_id().values().eq(&[1; 140]));
    assert_eq!(report.report().attempts(), 140);
}

/// A service that throttles, fails and loses connections, with and without having pushed.
fn unsteady(kind: Kind, seed: u64) -> (FaultServer, Arc<Mutex<BTreeMap<String, usize>>>) {
    let pushed: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
    let random = Mutex::new(fastrand::Rng::with_seed(seed));
    let kept = Arc::clone(&pushed);
    let server = FaultServer::start(kind, move |peer| {
        while let Some(request) = peer.read_request() {
            let id = request.split('/').nth(4).unwrap().to_owned();
            let (what, is_pushed) = {
                let mut random = random.lock().unwrap();
                (random.u8(..100), random.bool())
            };
            let is_pushed = match what {
                0..5 => false,
                5..8 => is_pushed,
                _ => true,
            };
            if is_pushed {
                *kept.lock().unwrap().entry(id).or_default() += 1;
            }
            match what {
                0..5 => peer.write(answer(429, "APIGW.0308", "Retry-After: 0\r\n").as_bytes()),
                5 => peer.write(answer(500, "SCM.0222", "").as_bytes()),
                6 => {
                    peer.reset();
                    return;
                }
                7 => return,
                _ => peer.write(PUSHED.as_bytes()),
            };
        }
    });
    (server, pushed)
}

#[test]
fn what_an_unsteady_service_has_done_is_what_the_report_says_entry_by_entry() {
    for kind in faults::BOTH {
        let seed = fastrand::u64(..);
        println!("{kind:?}: seed {seed}");
        let (server, pushed) = unsteady(kind, seed);
        let config = server
            .config()
            .retries(2)
            .jobs(8)
            .timeout(Duration::from_secs(30));
        let config = config.retry_base(Duration::from_millis(1));
        let list = list(1500);
        let report = push_all(&Client::new(&config).unwrap(), &list);
        println!("{}", report.report().message());
        let counts = report.counts();
        assert!(
            counts.pushed > 1300 && counts.unknown > 5,
            "seed {seed}: {counts:?}"
        );
        assert_eq!(
            (counts.not_pushed, counts.not_tried),
            (0, 0),
            "seed {seed}: {counts:?}"
        );
        let pushed = pushed.lock().unwrap();
        for report in report.reports() {
            let id = report.certificate_id().unwrap();
            let times = pushed.get(id).copied().unwrap_or_default();
            let agrees = match report.outcome() {
                Outcome::Pushed => times == 1,
                Outcome::NotPushed => times == 0,
                Outcome::Unknown => times <= 1,
            };
            assert!(agrees, "seed {seed}: pushed {times} times: {report:?}");
        }
    }
}

#[test]
fn a_429_makes_all_pause_as_long_as_the_service_asks_and_nothing_is_lost() {
    let service = Service::answering(|number, _| match number {
        20 => answer(429, "APIGW.0308", "Retry-After: 1\r\n"),
        _ => {
            thread::sleep(Duration::from_millis(5));
            PUSHED.to_owned()
        }
    });
    let client = Client::new(&service.config().retries(2).jobs(8)).unwrap();
    let report = push_all(&client, &list(100));
    assert_eq!((report.counts().pushed, service.record.count()), (100, 101));
    let attempts: Vec<_> = report.reports().iter().map(Report::attempts).collect();
    assert_eq!(attempts.iter().filter(|count| **count == 2).count(), 1);
    let seen = service.record.seen();
    let throttled = seen[20].at;
    let after = |seen: &&Seen| seen.at - throttled > Duration::from_millis(100);
    let resumed = seen[21..].iter().find(after).expect("they go on");
    assert!(resumed.at - throttled >= Duration::from_millis(1000));
    // Those that were under way by then are all that came meanwhile.
    let meanwhile = seen[21..].iter().take_while(|seen| !after(seen)).count();
    assert!(meanwhile < 8, "{meanwhile}");
}

#[test]
fn what_is_throttled_again_and_again_ends_and_the_rest_goes_on() {
    let service = Service::answering(|_, id| match number_of(id) {
        3 => answer(429, "APIGW.0308", "Retry-After: 0\r\n"),
        _ => PUSHED.to_owned(),
    });
    let config = service.config().retries(1).jobs(2);
    let config = config.retry_base(Duration::from_millis(1));
    let report = push_all(&Client::new(&config).unwrap(), &list(20));
    let expected = [(Status::Ok, 19), (Status::Throttled, 1)];
    assert_eq!(statuses(&report), BTreeMap::from(expected));
    assert_eq!(report.reports()[3].attempts(), 11);
    assert_eq!(service.record.by_id()[&id_of(3)], 11);
    // Who wants no repeats gets none.
    let service = Service::answering(|_, id| match number_of(id) {
        3 => answer(429, "APIGW.0308", "Retry-After: 0\r\n"),
        _ => PUSHED.to_owned(),
    });
    let report = push_all(&service.client(2), &list(20));
    assert_eq!(statuses(&report), BTreeMap::from(expected));
    assert_eq!(service.record.count(), 20);
}

#[test]
fn a_longer_pause_than_may_be_made_stops_the_run() {
    for retry_after in ["600", "soon", "99999999999999999999"] {
        let headers = format!("Retry-After: {retry_after}\r\n");
        let service = Service::answering(move |number, _| match number {
            0..5 => PUSHED.to_owned(),
            _ => answer(429, "APIGW.0308", &headers),
        });
        let client = Client::new(&service.config().retries(2).jobs(1)).unwrap();
        let report = push_all(&client, &list(20));
        let expected = [
            (Status::Ok, 5),
            (Status::Throttled, 1),
            (Status::NotTried, 14),
        ];
        assert_eq!(statuses(&report), BTreeMap::from(expected), "{retry_after}");
        assert_eq!(service.record.count(), 6);
        assert!(report.stopped().unwrap().contains("retry_max_ms"));
    }
}

#[test]
fn a_pause_in_which_the_time_would_be_up_stops_the_run() {
    let service = Service::answering(|number, _| match number {
        0..5 => PUSHED.to_owned(),
        _ => answer(429, "APIGW.0308", "Retry-After: 9\r\n"),
    });
    let client = Client::new(&service.config().retries(2).jobs(4)).unwrap();
    let list = list(20);
    let begun = Instant::now();
    let options = PushAllOptions::new().timeout(Duration::from_secs(5));
    let report = whole(client.push_all_with(&list, &options, |_, _| ControlFlow::Continue(())));
    assert!(begun.elapsed() < Duration::from_secs(4));
    let report = check(report, &list);
    assert_eq!((report.counts().pushed, report.counts().unknown), (5, 0));
    assert_eq!(report.stopped(), Some("the time for it was up"));
}

/// A service that answers nothing from the push with this number on.
fn silent_from(number: usize) -> Service {
    Service::start(move |place, _, peer, _| {
        if place < number {
            return peer.write(PUSHED.as_bytes());
        }
        peer.wait_for_close();
        false
    })
}

#[test]
fn a_cancel_ends_what_is_under_way_and_nothing_more_is_begun() {
    type Stop = fn(&Client, &Cancel);
    let ways: [(Stop, &str); 2] = [
        (|_, cancel| cancel.trigger(), "it was cancelled"),
        (|client, _| client.close(), "the client was closed"),
    ];
    for (stop, why) in ways {
        let service = silent_from(10);
        let (client, cancel, list) = (service.client(4), Cancel::new(), list(40));
        let options = PushAllOptions::new().cancel(&cancel);
        let (report, took) = thread::scope(|scope| {
            let run = scope.spawn(|| {
                let outcome =
                    client.push_all_with(&list, &options, |_, _| ControlFlow::Continue(()));
                (whole(outcome), Instant::now())
            });
            service.record.wait_for(14);
            let stopped = Instant::now();
            stop(&client, &cancel);
            let (report, ended) = run.join().unwrap();
            (report, ended - stopped)
        });
        println!("{why}: {} ms", took.as_millis());
        assert!(took < Duration::from_millis(1000));
        let report = check(report, &list);
        let expected = [
            (Status::Ok, 10),
            (Status::Cancelled, 4),
            (Status::NotTried, 26),
        ];
        assert_eq!(statuses(&report), BTreeMap::from(expected));
        // They were sent.
        assert_eq!(report.counts().unknown, 4);
        assert_eq!(report.stopped(), Some(why));
        assert_eq!(service.record.count(), 14);
    }
}

#[test]
fn what_was_cancelled_or_closed_before_begins_nothing_and_says_so() {
    type Stop = fn(&Client, &Cancel);
    let ways: [(Stop, &str); 2] = [
        (|_, cancel| cancel.trigger(), "it was cancelled"),
        (|client, _| client.close(), "the client was closed"),
    ];
    for (stop, why) in ways {
        let service = silent_from(0);
        let (client, cancel, list) = (service.client(4), Cancel::new(), list(5));
        stop(&client, &cancel);
        let options = PushAllOptions::new().cancel(&cancel);
        let outcome = client.push_all_with(&list, &options, |_, _| ControlFlow::Continue(()));
        let report = check(whole(outcome), &list);
        assert_eq!(statuses(&report), BTreeMap::from([(Status::NotTried, 5)]));
        assert_eq!(report.stopped(), Some(why));
        assert_eq!(report.report().phase(), Some(Phase::Start));
        assert_eq!(service.record.count(), 0);
    }
}

#[test]
fn an_interrupt_ends_the_run_and_a_panic_of_it_too() {
    type Stop = fn() -> bool;
    let stops: [(Stop, &str); 2] = [
        (|| true, "it was interrupted"),
        (
            || panic!("thrown by a test"),
            "the program's own interrupt panicked",
        ),
    ];
    for (stop, why) in stops {
        let service = silent_from(10);
        let (client, list) = (service.client(4), list(40));
        let record = Arc::clone(&service.record);
        let here = thread::current().id();
        let options = PushAllOptions::new().interrupt(move || {
            assert_eq!(thread::current().id(), here);
            record.count() == 14 && stop()
        });
        let outcome = client.push_all_with(&list, &options, |_, _| ControlFlow::Continue(()));
        let report = check(whole(outcome), &list);
        let expected = [
            (Status::Ok, 10),
            (Status::Cancelled, 4),
            (Status::NotTried, 26),
        ];
        assert_eq!(statuses(&report), BTreeMap::from(expected));
        assert_eq!((report.stopped(), report.counts().unknown), (Some(why), 4));
    }
}

#[test]
fn the_time_of_a_run_is_one_for_all() {
    let service = silent_from(10);
    let (client, list) = (service.client(4), list(40));
    let options = PushAllOptions::new().timeout(Duration::from_millis(400));
    let begun = Instant::now();
    let outcome = client.push_all_with(&list, &options, |_, _| ControlFlow::Continue(()));
    let took = begun.elapsed();
    println!("took {} ms", took.as_millis());
    assert!(took >= Duration::from_millis(400) && took < Duration::from_millis(1400));
    let report = check(whole(outcome), &list);
    let expected = [
        (Status::Ok, 10),
        (Status::Timeout, 4),
        (Status::NotTried, 26),
    ];
    assert_eq!(statuses(&report), BTreeMap::from(expected));
    assert_eq!(
        (report.stopped(), report.counts().unknown),
        (Some("the time for it was up"), 4)
    );
    for timeout in [Duration::ZERO, Duration::from_micros(999)] {
        let options = PushAllOptions::new().timeout(timeout);
        let error = client.start_push_all(&list, &options).err().unwrap();
        assert_eq!(error.status(), Status::InvalidArgument);
    }
}

#[test]
fn what_would_hardly_end_in_time_is_not_begun() {
    let service = Service::answering(|_, _| {
        thread::sleep(Duration::from_millis(130));
        PUSHED.to_owned()
    });
    let (client, list) = (service.client(2), list(100));
    let options = PushAllOptions::new().timeout(Duration::from_millis(1000));
    let outcome = client.push_all_with(&list, &options, |_, _| ControlFlow::Continue(()));
    let report = check(whole(outcome), &list);
    let counts = report.counts();
    assert_eq!((counts.unknown, counts.not_pushed), (0, 0), "{counts:?}");
    assert!(counts.pushed >= 4 && counts.not_tried >= 80, "{counts:?}");
    assert_eq!(service.record.count(), counts.pushed);
}

#[test]
fn the_program_may_ask_for_no_more() {
    let service = Service::answering(|_, _| PUSHED.to_owned());
    let list = list(100);
    let mut told = BTreeSet::new();
    let outcome = service
        .client(4)
        .push_all_with(&list, &PushAllOptions::new(), |index, _| {
            assert!(told.insert(index));
            match told.len() {
                10 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        });
    let report = check(whole(outcome), &list);
    assert_eq!(told.len(), 100);
    let counts = report.counts();
    assert!(counts.pushed >= 10 && counts.not_tried >= 70, "{counts:?}");
    assert_eq!(service.record.count(), counts.pushed);
    assert_eq!(report.stopped(), Some("the program asked for no more"));
}

#[test]
fn a_panic_of_the_progress_function_loses_no_outcome() {
    let service = Service::answering(|_, _| PUSHED.to_owned());
    let list = list(100);
    let mut calls = 0;
    let outcome = service
        .client(4)
        .push_all_with(&list, &PushAllOptions::new(), |_, _| {
            calls += 1;
            assert!(calls < 10, "thrown by a test");
            ControlFlow::Continue(())
        });
    let report = check(whole(outcome), &list);
    assert_eq!(calls, 10);
    let counts = report.counts();
    assert!(counts.pushed >= 10 && counts.not_tried >= 70, "{counts:?}");
    assert_eq!(service.record.count(), counts.pushed);
    assert_eq!(
        report.stopped(),
        Some("the program's own progress function panicked")
    );
}

/// On which threads, and whether at the same time, the program's own functions are called.
#[derive(Default)]
struct Calls {
    threads: Mutex<BTreeMap<&'static str, BTreeSet<String>>>,
    counts: Mutex<BTreeMap<&'static str, usize>>,
    inside: AtomicUsize,
}

impl Calls {
    fn call<T>(&self, name: &'static str, body: impl FnOnce() -> T) -> T {
        assert_eq!(
            self.inside.fetch_add(1, Ordering::SeqCst),
            0,
            "{name} is not alone"
        );
        let here: ThreadId = thread::current().id();
        let mut threads = self.threads.lock().unwrap();
        threads.entry(name).or_default().insert(format!("{here:?}"));
        drop(threads);
        *self.counts.lock().unwrap().entry(name).or_default() += 1;
        let result = body();
        self.inside.fetch_sub(1, Ordering::SeqCst);
        result
    }
}

struct Hook(Arc<Calls>);

impl LogHook for Hook {
    fn wants(&self, level: Level) -> bool {
        self.0.call("wants", || level >= Level::Info)
    }

    fn line(&self, _: Level, line: &str) {
        self.0.call("line", || {
            assert!(line.contains(" push certificate_id=scs"))
        });
    }
}

struct Source(Arc<Calls>);

impl TokenSource for Source {
    fn token(&self) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        self.0.call("token", || {
            thread::yield_now();
            Ok(TOKEN.to_owned())
        })
    }
}

#[test]
fn what_the_program_has_given_is_called_on_its_own_thread_one_at_a_time() {
    let service = Service::answering(|_, _| PUSHED.to_owned());
    let calls = Arc::new(Calls::default());
    let mut config = Config::new().endpoint(service.server.url()).jobs(8);
    config.set_log(Some(Arc::new(Hook(Arc::clone(&calls)))));
    let config = config.token_source(Source(Arc::clone(&calls)));
    let client = Client::new(&config).unwrap();
    let asked = Arc::clone(&calls);
    let options = PushAllOptions::new().interrupt(move || asked.call("interrupt", || false));
    let list = list(60);
    let outcome = client.push_all_with(&list, &options, |_, _| {
        calls.call("progress", || ControlFlow::Continue(()))
    });
    assert_eq!(check(whole(outcome), &list).counts().pushed, 60);
    let counts = calls.counts.lock().unwrap();
    for name in ["wants", "line", "progress", "token"] {
        assert_eq!(counts[name], 60, "{name}");
    }
    let here = BTreeSet::from([format!("{:?}", thread::current().id())]);
    for (name, threads) in &*calls.threads.lock().unwrap() {
        assert_eq!(*threads, here, "{name}");
    }
}

#[test]
fn a_log_hook_and_a_token_source_that_panic_lose_no_outcome() {
    let service = Service::answering(|_, _| PUSHED.to_owned());
    let config = service
        .config()
        .jobs(4)
        .log(|_, _| panic!("thrown by a test"));
    let report = push_all(&Client::new(&config).unwrap(), &list(20));
    assert_eq!(report.counts().pushed, 20);
    let asked = AtomicUsize::new(0);
    let source = move || -> Result<String, Error> {
        match asked.fetch_add(1, Ordering::SeqCst) {
            5 => panic!("thrown by a test"),
            _ => Ok(TOKEN.to_owned()),
        }
    };
    let config = Config::new()
        .endpoint(service.server.url())
        .jobs(4)
        .token_source(source);
    let report = push_all(&Client::new(&config).unwrap(), &list(20));
    let expected = BTreeMap::from([(Status::Ok, 19), (Status::Internal, 1)]);
    assert_eq!((statuses(&report), report.counts().unknown), (expected, 0));
}

#[test]
fn the_threads_block_all_signals() {
    let service = silent_from(1);
    let (client, cancel, list) = (service.client(4), Cancel::new(), list(20));
    let options = PushAllOptions::new().cancel(&cancel);
    thread::scope(|scope| {
        let run =
            scope.spawn(|| client.push_all_with(&list, &options, |_, _| ControlFlow::Continue(())));
        service.record.wait_for(5);
        let mut seen = 0;
        for task in fs::read_dir("/proc/self/task").unwrap() {
            let folder = task.unwrap().path();
            let name = fs::read_to_string(folder.join("comm")).unwrap_or_default();
            let status = fs::read_to_string(folder.join("status")).unwrap_or_default();
            let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:"));
            let (true, Some(blocked)) = (name.trim() == "certpush-push", blocked) else {
                continue;
            };
            seen += 1;
            let blocked = u64::from_str_radix(blocked.trim(), 16).unwrap();
            // SIGINT, SIGTERM, SIGALRM, SIGCHLD, SIGUSR1; the C library keeps a few of its own.
            for signal in [2, 15, 14, 17, 10] {
                assert!(blocked & 1 << (signal - 1) != 0, "{signal}: {blocked:x}");
            }
        }
        assert!(seen >= 4, "{seen}");
        cancel.trigger();
        assert!(run.join().unwrap().is_err());
    });
}

#[test]
fn when_a_run_returns_none_of_its_threads_has_anything_of_the_client() {
    let service = Service::answering(|number, _| {
        // Most threads are at work when the last entry has ended.
        thread::sleep(Duration::from_millis(number as u64 % 20));
        PUSHED.to_owned()
    });
    let source: Arc<dyn TokenSource> = Arc::new(Source(Arc::default()));
    for way in 0..4 {
        let mut config = Config::new().endpoint(service.server.url()).jobs(16);
        config.set_token_source(Some(Arc::clone(&source)));
        let client = Client::new(&config).unwrap();
        drop(config);
        let (list, options) = (list(40), PushAllOptions::new());
        match way {
            0 => drop(client.push_all(&list)),
            1 => drop(client.push_all_with(&list, &options, |_, _| ControlFlow::Break(()))),
            2 => drop(client.push_all_with(&list, &options, |_, _| panic!("thrown by a test"))),
            _ => drop(client.start_push_all(&list, &options).unwrap()),
        }
        drop(client);
        assert_eq!(Arc::strong_count(&source), 1, "{way}");
    }
}

#[test]
fn an_empty_list_is_pushed_at_once() {
    let service = silent_from(0);
    let report = push_all(&service.client(4), &PushList::new());
    let message = "0 targets: 0 pushed, 0 not pushed, 0 unknown, 0 not tried";
    assert_eq!(
        (report.report().message(), service.record.count()),
        (message, 0)
    );
    // There is no certificate to tell of.
    assert_eq!(report.report().outcome(), Outcome::NotPushed);
    assert_eq!(report.report().hint(), None);
}

#[test]
fn with_one_job_the_order_is_the_lists() {
    let service = Service::answering(|_, _| PUSHED.to_owned());
    push_all(&service.client(1), &list(30));
    let ids: Vec<_> = service
        .record
        .seen()
        .into_iter()
        .map(|seen| seen.id)
        .collect();
    assert!(ids.into_iter().eq((0..30).map(id_of)));
    assert_eq!(service.record.most_open.load(Ordering::SeqCst), 1);
}

#[test]
fn as_many_are_under_way_as_there_are_jobs_and_no_more() {
    let service = Service::answering(|_, _| {
        thread::sleep(Duration::from_millis(20));
        PUSHED.to_owned()
    });
    push_all(&service.client(6), &list(60));
    assert_eq!(service.record.most_open.load(Ordering::SeqCst), 6);
}

fn step(run: &mut PushAllRun) -> PushAllStep {
    run.wait(Duration::from_secs(30))
}

#[test]
fn a_run_can_be_waited_for_step_by_step() {
    let service = silent_from(10);
    let (client, list) = (service.client(4), list(40));
    let mut run = client
        .start_push_all(&list, &PushAllOptions::new())
        .unwrap();
    for _ in 0..10 {
        let PushAllStep::Ended(index) = step(&mut run) else {
            panic!("ten have an answer");
        };
        assert_eq!(run.report(index).unwrap().status(), Status::Ok);
    }
    assert_eq!(run.wait(Duration::from_millis(50)), PushAllStep::Waiting);
    assert_eq!(run.wait(Duration::ZERO), PushAllStep::Waiting);
    assert_eq!(run.counts().pushed, 10);
    assert!(run.report(39).is_none() && run.report(40).is_none());
    run.cancel();
    let mut ended = 0;
    while let PushAllStep::Ended(_) = step(&mut run) {
        ended += 1;
    }
    assert_eq!(ended, 30);
    assert_eq!(step(&mut run), PushAllStep::Done);
    let report = check(run.finish(), &list);
    assert_eq!(
        (report.counts().unknown, report.counts().not_tried),
        (4, 26)
    );
    assert!(report.clone().into_result().is_err());
    let (told, reports) = report.into_reports();
    assert_eq!((told.status(), reports.len()), (Status::Incomplete, 40));
}

#[test]
fn a_run_can_be_stopped_from_a_thread_that_does_not_have_it() {
    let service = silent_from(2);
    let (client, list) = (service.client(1), list(5));
    let run = client
        .start_push_all(&list, &PushAllOptions::new())
        .unwrap();
    let stopper = run.stopper();
    let waiting = thread::spawn(move || run.finish());
    service.record.wait_for(3);
    stopper.stop();
    stopper.cancel();
    let report = check(waiting.join().unwrap(), &list);
    let counts = report.counts();
    assert_eq!((counts.pushed, counts.unknown, counts.not_tried), (2, 1, 2));
    assert_eq!(report.stopped(), Some("the program asked for no more"));
    // It is over, and there is nothing to stop.
    stopper.cancel();
}

#[test]
fn a_run_that_is_dropped_begins_no_more_and_waits_for_what_is_under_way() {
    let service = Service::answering(|number, _| {
        if number >= 10 {
            thread::sleep(Duration::from_millis(100));
        }
        PUSHED.to_owned()
    });
    let client = service.client(4);
    let mut run = client
        .start_push_all(&list(1000), &PushAllOptions::new())
        .unwrap();
    assert!(matches!(step(&mut run), PushAllStep::Ended(_)));
    service.record.wait_for(11);
    drop(run);
    let sent = service.record.count();
    assert!(sent < 30, "{sent}");
    assert_eq!(service.record.open.load(Ordering::SeqCst), 0);
    // The client is as good as before.
    assert_eq!(push_all(&client, &list(20)).counts().pushed, 20);
}

#[test]
fn a_run_may_move_to_another_thread() {
    fn moves<T: Send>(_: &T) {}
    let service = Service::answering(|_, _| PUSHED.to_owned());
    let client = service.client(4);
    let run = client
        .start_push_all(&list(20), &PushAllOptions::new())
        .unwrap();
    moves(&run);
    let report = thread::spawn(move || run.finish()).join().unwrap();
    assert_eq!(report.counts().pushed, 20);
}

#[test]
fn two_runs_of_one_client_do_not_know_of_each_other() {
    let service = Service::answering(|_, _| PUSHED.to_owned());
    let (client, list) = (service.client(4), list(50));
    thread::scope(|scope| {
        let runs = [(); 2].map(|()| scope.spawn(|| push_all(&client, &list)));
        for run in runs {
            assert_eq!(run.join().unwrap().counts().pushed, 50);
        }
    });
    assert_eq!(service.record.count(), 100);
}
