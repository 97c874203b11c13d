//! The journal on a disk that fills up, fails, and loses what it was not asked to keep.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::*;
use crate::call_context::Interrupt;
use crate::cancel::Cancel;

/// A disk in memory.
#[derive(Clone, Default)]
struct Memory(Arc<Inner>);

#[derive(Default)]
struct Inner {
    kept: Mutex<Kept>,
    syncs: AtomicUsize,
    /// A sync waits until so many lines were added.
    waits_for: AtomicUsize,
}

#[derive(Default)]
struct Kept {
    bytes: Vec<u8>,
    lines: usize,
    /// So many bytes survive a crash for certain.
    durable: usize,
    /// So many bytes more fit.
    room: Option<usize>,
    fails_to_sync: bool,
}

impl Memory {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap()
    }

    fn text(&self) -> String {
        String::from_utf8(self.kept().bytes.clone()).unwrap()
    }

    /// How many bytes survive a crash for certain, and how many were written.
    fn durable(&self) -> (usize, usize) {
        let kept = self.kept();
        (kept.durable, kept.bytes.len())
    }

    fn syncs(&self) -> usize {
        self.0.syncs.load(Ordering::SeqCst)
    }
}

impl Disk for Memory {
    fn check(&self) -> Result<(), JournalChange> {
        Ok(())
    }

    fn append(&self, line: &[u8], _: u64) -> Result<(), Refusal> {
        let mut kept = self.kept();
        if kept.room.is_some_and(|room| room < line.len()) {
            return Err("cannot be written: No space left on device"
                .to_owned()
                .into());
        }
        if let Some(room) = &mut kept.room {
            *room -= line.len();
        }
        kept.bytes.extend_from_slice(line);
        kept.lines += 1;
        Ok(())
    }

    fn sync(&self) -> Result<(), Refusal> {
        let until = self.kept().bytes.len();
        while self.kept().lines < self.0.waits_for.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        self.0.syncs.fetch_add(1, Ordering::SeqCst);
        let mut kept = self.kept();
        if kept.fails_to_sync {
            return Err("cannot be synced: Input/output error".to_owned().into());
        }
        kept.durable = kept.durable.max(until);
        Ok(())
    }
}

fn journal(disk: &Memory) -> Journal<Memory> {
    Journal::new(disk.clone(), "journal j".to_owned(), State::default(), true)
}

fn push(number: usize) -> PushRequest {
    PushRequest::new(&format!("scs{number:013}"), "p", "ELB").unwrap()
}

fn context() -> CallContext {
    CallContext::start(Duration::from_secs(30), None, Cancel::new(), None)
}

fn pushed() -> Report {
    Report::new(Status::Ok, None, "pushed")
}

fn refused() -> Report {
    Report::new(Status::BadRequest, Phase::Receive, "refused")
}

fn lost() -> Report {
    Report {
        outcome_unknown: true,
        ..Report::new(Status::ConnectionLost, Phase::Receive, "lost")
    }
}

/// Makes a push that comes to `report`, and gives what is told of it.
fn make(journal: &Journal<Memory>, push: &PushRequest, mut report: Report) -> Report {
    match journal.begin(push, false, &context()) {
        Err(report) => *report,
        Ok(begun) => {
            begun.end(&mut report);
            report
        }
    }
}

#[test]
fn what_has_begun_is_on_the_disk_and_an_end_is_with_the_next_sync() {
    let disk = Memory::default();
    let journal = journal(&disk);
    let one = push(1);
    let begun = journal.begin(&one, false, &context()).ok().unwrap();
    let (durable, written) = disk.durable();
    assert_eq!((durable, disk.syncs()), (written, 1));
    begun.end(&mut pushed());
    assert_eq!(disk.kept().lines, 2);
    let (durable, written) = disk.durable();
    assert!(durable < written);
    make(&journal, &push(2), pushed());
    assert_eq!(disk.syncs(), 2);
    drop(journal);
    let (durable, written) = disk.durable();
    assert_eq!((durable, disk.syncs()), (written, 3));
}

#[test]
fn begins_that_wait_together_share_a_sync() {
    const THREADS: usize = 16;
    let disk = Memory::default();
    // The first sync is held up until all the others wait for the second.
    disk.0.waits_for.store(THREADS, Ordering::SeqCst);
    let journal = journal(&disk);
    std::thread::scope(|scope| {
        for number in 0..THREADS {
            let journal = &journal;
            scope.spawn(move || {
                let push = push(number);
                let begun = journal.begin(&push, false, &context()).ok().unwrap();
                begun.end(&mut pushed());
            });
        }
    });
    assert_eq!(disk.syncs(), 2);
    assert_eq!(disk.kept().lines, 2 * THREADS);
}

#[test]
fn what_is_known_decides_what_is_made() {
    let disk = Memory::default();
    let journal = journal(&disk);
    assert_eq!(
        make(&journal, &push(1), refused()).status,
        Status::BadRequest
    );
    assert_eq!(make(&journal, &push(1), pushed()).message, "pushed");
    let earlier = make(&journal, &push(1), lost());
    assert_eq!((earlier.status, earlier.attempts), (Status::Ok, 0));
    assert!(
        earlier.message.contains("was pushed to ELB in p on 20"),
        "{}",
        earlier.message
    );
    assert!(
        earlier
            .message
            .ends_with("as journal j has it; nothing was sent now")
    );
    assert_eq!(
        make(&journal, &push(2), lost()).status,
        Status::ConnectionLost
    );
    for _ in 0..2 {
        let unsettled = make(&journal, &push(2), pushed());
        assert_eq!(
            (unsettled.status, unsettled.attempts),
            (Status::Unsettled, 0)
        );
        assert!(unsettled.outcome_unknown && !unsettled.retryable);
        assert!(
            unsettled
                .message
                .contains("ended with CERTPUSH_CONNECTION_LOST on 20")
                && unsettled.message.ends_with("; it may have been pushed"),
            "{}",
            unsettled.message
        );
        assert_eq!(unsettled.certificate_id, push(2).certificate_id());
    }
}

#[test]
fn a_push_that_is_being_made_is_not_made_by_another_call() {
    let journal = journal(&Memory::default());
    let one = push(1);
    let begun = journal.begin(&one, false, &context()).ok().unwrap();
    let other = make(&journal, &one, pushed());
    assert_eq!(other.status, Status::Unsettled);
    assert!(
        other
            .message
            .contains("another call of the client is making it"),
        "{}",
        other.message
    );
    // It cannot be settled while a client has the journal.
    assert!(other.hint.starts_with("Wait until"), "{}", other.hint);
    begun.end(&mut refused());
    assert_eq!(make(&journal, &one, pushed()).message, "pushed");
}

#[test]
fn again_is_for_what_was_pushed_alone_and_forgets_nothing() {
    let journal = journal(&Memory::default());
    let again = |push: &PushRequest, mut report: Report| match journal.begin(push, true, &context())
    {
        Err(report) => *report,
        Ok(begun) => {
            begun.end(&mut report);
            report
        }
    };
    make(&journal, &push(1), pushed());
    // The push before this one stays made.
    assert_eq!(again(&push(1), refused()).status, Status::BadRequest);
    assert_eq!(make(&journal, &push(1), refused()).status, Status::Ok);
    assert_eq!(again(&push(1), lost()).status, Status::ConnectionLost);
    assert_eq!(again(&push(1), pushed()).status, Status::Unsettled);
}

#[test]
fn a_full_disk_stops_before_the_next_push_and_only_until_there_is_room() {
    let disk = Memory::default();
    let journal = journal(&disk);
    make(&journal, &push(1), pushed());
    disk.kept().room = Some(10);
    for _ in 0..2 {
        let report = make(&journal, &push(2), pushed());
        assert_eq!(
            (report.status, report.outcome_unknown),
            (Status::InvalidConfig, false)
        );
        assert_eq!(
            report.message,
            "push of scs0000000000002 to ELB in p: journal j cannot be written: No space left on device; it was not pushed"
        );
    }
    disk.kept().room = None;
    assert_eq!(make(&journal, &push(2), pushed()).message, "pushed");
}

#[test]
fn an_end_that_cannot_be_written_leaves_the_push_unknown_and_says_so() {
    for report in [pushed(), refused(), lost()] {
        let disk = Memory::default();
        let journal = journal(&disk);
        let one = push(1);
        let begun = journal.begin(&one, false, &context()).ok().unwrap();
        disk.kept().room = Some(0);
        let mut told = report.clone();
        begun.end(&mut told);
        // What the service said stays what it said.
        assert_eq!(
            (told.status, told.outcome_unknown),
            (report.status, report.outcome_unknown)
        );
        assert!(
            told.message.ends_with(
                "; journal j cannot be written: No space left on device: it does not have this, and it calls the push unknown from now on, until it is settled"
            ),
            "{}",
            told.message
        );
        disk.kept().room = None;
        let next = make(&journal, &one, pushed());
        assert_eq!(next.status, Status::Unsettled);
        assert!(
            next.message.contains("does not have its end"),
            "{}",
            next.message
        );
    }
}

#[test]
fn after_a_sync_that_failed_nothing_begins() {
    let disk = Memory::default();
    let journal = journal(&disk);
    make(&journal, &push(1), pushed());
    disk.kept().fails_to_sync = true;
    let report = make(&journal, &push(2), pushed());
    assert_eq!(
        (report.status, report.outcome_unknown),
        (Status::InvalidConfig, false)
    );
    assert!(
        report
            .message
            .contains("cannot be synced: Input/output error"),
        "{}",
        report.message
    );
    // Nobody can tell what it lost, even if it works again.
    disk.kept().fails_to_sync = false;
    let syncs = disk.syncs();
    assert_eq!(
        make(&journal, &push(3), pushed()).status,
        Status::InvalidConfig
    );
    assert_eq!(make(&journal, &push(1), pushed()).status, Status::Ok);
    drop(journal);
    assert_eq!(disk.syncs(), syncs);
    assert!(
        disk.text().lines().last().unwrap().contains("not_pushed"),
        "{}",
        disk.text()
    );
}

#[test]
fn all_that_wait_for_a_sync_that_fails_are_refused() {
    const THREADS: usize = 8;
    let disk = Memory::default();
    disk.kept().fails_to_sync = true;
    disk.0.waits_for.store(THREADS, Ordering::SeqCst);
    let journal = journal(&disk);
    std::thread::scope(|scope| {
        for number in 0..THREADS {
            let journal = &journal;
            scope.spawn(move || {
                let report = make(journal, &push(number), pushed());
                assert_eq!(
                    (report.status, report.outcome_unknown),
                    (Status::InvalidConfig, false)
                );
            });
        }
    });
}

#[test]
fn a_call_that_waits_for_anothers_sync_can_be_cancelled() {
    let disk = Memory::default();
    disk.0.waits_for.store(3, Ordering::SeqCst);
    let journal = journal(&disk);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| make(&journal, &push(1), pushed()));
        while !journal.state().is_syncing {
            std::thread::yield_now();
        }
        let cancel = Cancel::new();
        let context = CallContext::start(
            Duration::from_secs(30),
            Some(cancel.clone()),
            Cancel::new(),
            None,
        );
        let waiting = &journal;
        scope.spawn(move || {
            while waiting.state().written < 2 {
                std::thread::yield_now();
            }
            cancel.trigger();
        });
        let two = push(2);
        let report = journal.begin(&two, false, &context).err().unwrap();
        assert_eq!(
            (report.status, report.outcome_unknown),
            (Status::Cancelled, false)
        );
        // Its end is the third line.
        assert_eq!(first.join().unwrap().message, "pushed");
    });
    assert_eq!(make(&journal, &push(2), pushed()).message, "pushed");
}

#[test]
fn what_is_over_before_it_begins_is_not_written() {
    let disk = Memory::default();
    let journal = journal(&disk);
    make(&journal, &push(1), pushed());
    let lines = disk.kept().lines;
    let cancel = Cancel::new();
    cancel.trigger();
    let over = || {
        let cancel = Some(cancel.clone());
        CallContext::start(Duration::from_secs(30), cancel, Cancel::new(), None)
    };
    let two = push(2);
    let report = journal.begin(&two, false, &over()).err().unwrap();
    assert_eq!(
        (report.status, report.outcome_unknown),
        (Status::Cancelled, false)
    );
    assert_eq!(disk.kept().lines, lines);
    // What is known is told all the same.
    let report = journal.begin(&push(1), false, &over()).err().unwrap();
    assert_eq!(report.status, Status::Ok);
}

#[test]
fn an_interrupt_may_use_the_journal() {
    let disk = Memory::default();
    let journal = Arc::new(journal(&disk));
    let (used, asked) = (Arc::clone(&journal), Arc::new(AtomicBool::new(false)));
    let was_asked = Arc::clone(&asked);
    let interrupt: Interrupt = Arc::new(move || {
        used.known(&push(1), false);
        was_asked.store(true, Ordering::SeqCst);
        false
    });
    let context = CallContext::since(
        Instant::now() - Duration::from_secs(1),
        Duration::from_secs(30),
        None,
        Cancel::new(),
        Some(interrupt),
    );
    let one = push(1);
    assert!(journal.begin(&one, false, &context).is_ok());
    assert!(asked.load(Ordering::SeqCst));
}

#[test]
fn a_childs_journal_is_its_parents() {
    let disk = Memory::default();
    let mut journal = journal(&disk);
    make(&journal, &push(1), pushed());
    let two = push(2);
    let begun = journal.begin(&two, false, &context()).ok().unwrap();
    let lines = disk.kept().lines;
    // The lock is held by a thread that a child does not have.
    let mut of_a_child = self::journal(&disk);
    of_a_child.generation += 1;
    std::mem::forget(of_a_child.state.lock());
    for number in [1, 2, 3] {
        let report = make(&of_a_child, &push(number), pushed());
        assert_eq!(
            (report.status, report.outcome_unknown),
            (Status::InvalidConfig, false)
        );
        assert!(
            report.message.contains("forked child"),
            "{}",
            report.message
        );
        assert!(of_a_child.known(&push(number), false).is_none());
    }
    of_a_child.flush();
    drop(of_a_child);
    assert_eq!((disk.kept().lines, disk.syncs()), (lines, 2));
    begun.end(&mut pushed());
    journal.generation += 1;
    drop(journal);
    assert_eq!(disk.syncs(), 2);
}

/// What a program was told of a push before it crashed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Told {
    /// It may have been sent, and nothing was told of it yet.
    Sent,
    Ended(Ended),
}

/// After a crash the journal never contradicts what was told or done: it agrees, or calls the push
/// unknown; and what was sent it never has as not pushed unless that was told.
#[test]
fn after_a_crash_at_any_moment_the_journal_agrees_or_does_not_know() {
    let mut seen = [0; 3];
    for seed in 0..400 {
        let mut random = fastrand::Rng::with_seed(seed);
        let disk = Memory::default();
        disk.append(&journal_line::header("http://127.0.0.1:1"), 0)
            .unwrap();
        disk.sync().unwrap();
        let journal = journal(&disk);
        let mut told: HashMap<usize, Told> = HashMap::new();
        for _ in 0..random.usize(..24) {
            match random.u8(..12) {
                0 => disk.kept().room = Some(random.usize(..600)),
                1 => disk.kept().room = None,
                2 if random.bool() => disk.kept().fails_to_sync = true,
                _ => {}
            }
            let number = random.usize(..4);
            let one = push(number);
            let Ok(begun) = journal.begin(&one, false, &context()) else {
                continue;
            };
            told.insert(number, Told::Sent);
            if random.u8(..6) == 0 {
                // Its end was not reached before the crash.
                let _is_left = begun;
                continue;
            }
            let mut report = [pushed(), refused(), lost()][random.usize(..3)].clone();
            begun.end(&mut report);
            told.insert(number, Told::Ended(Ended::of(&report)));
        }
        let mut bytes = disk.kept().bytes.clone();
        bytes.truncate(random.usize(disk.kept().durable..=bytes.len()));
        std::mem::forget(journal);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        let endpoint = Endpoint::for_tests("http://127.0.0.1:1", false);
        let reopened =
            CallContext::for_tests(|waiting| Journal::open(file.path(), &endpoint, waiting));
        let reopened = reopened.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        for (number, told) in told {
            let known = reopened
                .state()
                .pushes
                .get(&EntryKey::of(&push(number)))
                .cloned();
            let agrees = match &known {
                Some(Known::Unknown { .. }) => true,
                Some(Known::Pushed(_)) => told == Told::Ended(Ended::Pushed),
                Some(Known::SettledAsNotPushed) => false,
                None => told == Told::Ended(Ended::NotPushed),
            };
            assert!(
                agrees,
                "seed {seed}: {number} was {told:?}, and is {known:?}"
            );
            seen[match known {
                Some(Known::Pushed(_)) => 0,
                None => 1,
                _ => 2,
            }] += 1;
        }
    }
    println!("pushed, not pushed, unknown: {seen:?}");
    assert!(seen.iter().all(|count| *count > 20), "{seen:?}");
}
