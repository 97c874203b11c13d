//! A run of many pushes, from the thread that the program has called certpush on. That thread makes no
//! push: it waits for those that do, and calls for them what the program has given.

use std::collections::VecDeque;
use std::fmt;
use std::ops::ControlFlow;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use certpush_system::{caught, fork_generation};

use super::brakes::{Brakes, CANCELLED, TIME_IS_UP};
use super::journal::Journal;
use super::list::PushList;
use super::push_all_report::{PushAllCounts, PushAllReport};
use super::workers::{Run, Told};
use crate::call_context::Interrupt;
use crate::cancel::Cancel;
use crate::operations::{Operation, PushRequest};
use crate::phase::Phase;
use crate::report::{Error, Report};
use crate::retry::RetryPolicy;
use crate::shared::Shared;
use crate::status::Status;

/// The longest wait without a look at what may end the run. A push sees the end of a run as late
/// again: together that is less than 100 ms.
const SLICE: Duration = Duration::from_millis(20);

/// What a forked child can do about a run of its parent's.
const TOLD_BY_PARENT: &str = "Its parent's reports tell what became of it.";

/// What a run of many pushes does differently from its client: its time as a whole, and what stops it.
///
/// Options may be kept, cloned and used for any number of runs, by any number of threads. Since 0.2.0.
#[derive(Clone, Default)]
#[must_use]
pub struct PushAllOptions {
    timeout: Option<Duration>,
    cancel: Option<Cancel>,
    interrupt: Option<Interrupt>,
    again: bool,
}

impl PushAllOptions {
    /// No limit for the whole, and each push as the client makes it.
    pub fn new() -> PushAllOptions {
        PushAllOptions::default()
    }

    /// How long the run may take as a whole. Each push has the client's `timeout_ms` within it. What
    /// would hardly end in the time that is left is not begun, and `NOT_TRIED`. Less than a millisecond
    /// is refused with `INVALID_ARGUMENT` when the run is started.
    pub fn timeout(mut self, timeout: Duration) -> PushAllOptions {
        self.timeout = Some(timeout);
        self
    }

    /// Lets `cancel` stop the run: what is under way ends with `CANCELLED` within 100 ms, the rest is
    /// `NOT_TRIED`.
    pub fn cancel(mut self, cancel: &Cancel) -> PushAllOptions {
        self.cancel = Some(cancel.clone());
        self
    }

    /// Pushes once more what the client's journal says was pushed. What it does not know the end of is
    /// not pushed even so. Without a journal it changes nothing.
    pub fn again(mut self, again: bool) -> PushAllOptions {
        self.again = again;
        self
    }

    /// Asks `interrupt` at least every 50 ms while the run is waited for, on the calling thread; `true`
    /// or a panic stops the run as a cancel does. For languages in which a signal is noticed only by
    /// asking.
    #[doc(hidden)]
    pub fn interrupt(
        mut self,
        interrupt: impl Fn() -> bool + Send + Sync + 'static,
    ) -> PushAllOptions {
        self.interrupt = Some(Arc::new(interrupt));
        self
    }

    fn check(&self) -> Result<(), Error> {
        match self.timeout {
            Some(timeout) if timeout < Duration::from_millis(1) => {
                Err(Error::invalid_argument("timeout", "must be 1 ms at least"))
            }
            _ => Ok(()),
        }
    }
}

// A panic of the interrupt is caught where it is asked.
impl UnwindSafe for PushAllOptions {}
impl RefUnwindSafe for PushAllOptions {}

impl fmt::Debug for PushAllOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushAllOptions")
            .field("timeout", &self.timeout)
            .field("cancel", &self.cancel)
            .field("again", &self.again)
            .finish_non_exhaustive()
    }
}

/// What [`PushAllRun::wait`] has waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushAllStep {
    /// The entry with this index has ended: [`PushAllRun::report`] has what became of it.
    Ended(usize),
    /// The time to wait was over before another entry ended.
    Waiting,
    /// Every entry has ended and was told.
    Done,
}

/// A run of many pushes that is under way, from [`Client::start_push_all`](crate::Client::start_push_all).
///
/// It belongs to one thread at a time: while that one is in [`wait`](PushAllRun::wait) it calls the
/// program's log hook and token source for the threads that push, one at a time, and while it is not,
/// they wait. To drop a run has no more begun, and waits for what is under way: what becomes of that
/// is in the client's journal, if it has one, and else told by nobody. Since 0.2.0.
#[must_use]
pub struct PushAllRun {
    run: Arc<Run>,
    told: Receiver<Told>,
    threads: Vec<JoinHandle<()>>,
    /// What became of each entry, as far as it is known.
    reports: Vec<Option<Report>>,
    /// What has ended and was not told yet.
    ready: VecDeque<usize>,
    /// Whether all threads have ended, and every entry has its report.
    is_over: bool,
    /// The process that has started it: a forked child has none of its threads.
    generation: u64,
    interrupt: Option<Interrupt>,
    asked: Instant,
}

impl PushAllRun {
    /// Starts a run. What the journal knows is told without a push.
    pub(crate) fn start(
        shared: &Arc<Shared>,
        list: &PushList,
        options: &PushAllOptions,
    ) -> Result<PushAllRun, Error> {
        options.check()?;
        let now = Instant::now();
        let deadline = options.timeout.and_then(|timeout| now.checked_add(timeout));
        let mut reports = Vec::with_capacity(list.len());
        let (mut ready, mut todo) = (VecDeque::new(), Vec::new());
        for (index, push) in list.iter().enumerate() {
            let journal = shared.journal.as_ref();
            let known = journal.and_then(|journal| journal.known(push, options.again));
            match &known {
                Some(report) => {
                    shared.log.call(PushRequest::NAME, report, Duration::ZERO);
                    ready.push_back(index);
                }
                None => todo.push(index),
            }
            reports.push(known);
        }
        let retry = RetryPolicy {
            ends_at_429: true,
            ..shared.retry
        };
        let threads = shared.jobs.min(todo.len());
        let (jobs, most) = (shared.jobs, shared.max_failures);
        let brakes = Brakes::new(todo.len(), jobs, retry, most, deadline);
        let run = Arc::new(Run {
            shared: Arc::clone(shared),
            list: list.clone(),
            todo,
            again: options.again,
            retry,
            cancel: options.cancel.clone(),
            given_up: Cancel::new(),
            deadline,
            brakes,
        });
        run.look();
        // Bounded: what is told slowly is not heaped up.
        let (tell, told) = sync_channel(2 * threads);
        let threads = Run::start(&run, threads, &tell).map_err(|error| Error::no_thread(&error))?;
        Ok(PushAllRun {
            run,
            told,
            threads,
            reports,
            ready,
            is_over: false,
            generation: fork_generation(),
            interrupt: options.interrupt.clone(),
            asked: now,
        })
    }

    /// Waits until another entry has ended, for `longest` at most, and calls meanwhile what the program
    /// has given. Each entry is told once, in the order in which they end.
    pub fn wait(&mut self, longest: Duration) -> PushAllStep {
        let until = Instant::now().checked_add(longest);
        loop {
            self.look();
            if let Some(index) = self.ready.pop_front() {
                return PushAllStep::Ended(index);
            }
            if self.is_over {
                return PushAllStep::Done;
            }
            let left = until.map_or(SLICE, |until| {
                until.saturating_duration_since(Instant::now()).min(SLICE)
            });
            match self.told.recv_timeout(left) {
                Ok(Told::Ended(index, report)) => {
                    self.reports[index] = Some(*report);
                    self.ready.push_back(index);
                }
                // What it runs catches its own panics.
                Ok(Told::Asks(what)) => what(),
                Err(RecvTimeoutError::Disconnected) => {
                    self.end();
                    self.warn_of_lost_journal();
                }
                Err(RecvTimeoutError::Timeout) => {
                    if until.is_some_and(|until| Instant::now() >= until) {
                        return PushAllStep::Waiting;
                    }
                }
            }
        }
    }

    /// What became of an entry, counted from 0, if it has ended.
    pub fn report(&self, index: usize) -> Option<&Report> {
        self.reports.get(index)?.as_ref()
    }

    /// Has no more begun: the rest is `NOT_TRIED`. What is under way comes to its own end.
    pub fn stop(&self) {
        self.stopper().stop();
    }

    /// Stops the run as the cancel of its options does.
    pub fn cancel(&self) {
        self.stopper().cancel();
    }

    /// Stops the run for who does not have it: from any thread, also while another is in
    /// [`wait`](PushAllRun::wait).
    pub fn stopper(&self) -> PushAllStopper {
        PushAllStopper {
            run: Arc::downgrade(&self.run),
            generation: self.generation,
        }
    }

    /// How many entries came to what so far.
    pub fn counts(&self) -> PushAllCounts {
        PushAllCounts::of(self.reports.iter().flatten())
    }

    /// Waits for all that is under way, and gives what became of all.
    pub fn finish(mut self) -> PushAllReport {
        loop {
            match self.wait(Duration::MAX) {
                PushAllStep::Done => break,
                PushAllStep::Ended(_) | PushAllStep::Waiting => {}
            }
        }
        let reports = std::mem::take(&mut self.reports);
        let why = self.brakes().and_then(Brakes::why);
        PushAllReport::new(reports.into_iter().flatten().collect(), why)
    }

    fn cancel_for(&self, why: &str) {
        self.stopper().cancel_for(why);
    }

    /// As [`stop`](PushAllRun::stop), for a reason that is told: `why`, to continue a sentence.
    #[doc(hidden)]
    pub fn stop_for(&self, why: &str) {
        self.stopper().stop_for(why);
    }

    /// The brakes, unless this is a forked child: their lock may be held by a thread that it has not.
    fn brakes(&self) -> Option<&Brakes> {
        self.is_own().then_some(&self.run.brakes)
    }

    /// Looks at what may end the run: the threads look after what each of them is doing.
    fn look(&mut self) {
        if self.is_over {
            return;
        }
        let Some(brakes) = self.brakes() else {
            return self.end();
        };
        self.run.look();
        let now = Instant::now();
        if self.run.deadline.is_some_and(|deadline| now >= deadline) {
            brakes.stop(TIME_IS_UP);
        }
        if let Some(interrupt) = &self.interrupt
            && now.duration_since(self.asked) >= SLICE
        {
            self.asked = now;
            match caught(|| interrupt()) {
                Ok(false) => {}
                Ok(true) => self.cancel_for("it was interrupted"),
                Err(_) => self.cancel_for("the program's own interrupt panicked"),
            }
        }
    }

    /// Every thread has ended, or this process has none of them: gives every entry a report that has
    /// none yet.
    fn end(&mut self) {
        let is_own = self.is_own();
        for thread in self.threads.drain(..) {
            if is_own {
                // What panicked in it was caught.
                let _ = thread.join();
            } else {
                std::mem::forget(thread);
            }
        }
        if !is_own {
            // A thread of the parent may just have held its lock.
            std::mem::forget(std::mem::replace(&mut self.told, sync_channel(0).1));
            // What has ended meanwhile only the parent is told.
            let what = "the process was forked, and its parent goes on with the run";
            self.lose(Error::unable(what, TOLD_BY_PARENT, true).report());
        } else {
            self.lose(Error::internal("its thread has ended", true).report());
            if let Some(journal) = &self.run.shared.journal {
                journal.flush();
            }
        }
        self.is_over = true;
    }

    /// Tells the log of what others have done to the journal. Not when the run is dropped: the program's own
    /// is not called then.
    fn warn_of_lost_journal(&self) {
        let shared = &self.run.shared;
        if let Some(lost) = shared.journal.as_ref().and_then(Journal::lost) {
            shared.log.warn(&lost.to_string());
        }
    }

    /// Gives a report to what has none: what was begun is lost, and the rest was not tried.
    fn lose(&mut self, lost: &Report) {
        // A child cannot tell what its parent has begun.
        let begun = self.brakes().map_or(usize::MAX, Brakes::begun);
        let why = self.brakes().and_then(Brakes::why).unwrap_or_default();
        for (place, &index) in self.run.todo.iter().enumerate() {
            if self.reports[index].is_some() {
                continue;
            }
            let Some(push) = self.run.list.get(index) else {
                continue;
            };
            let mut report = if place < begun {
                lost.clone()
            } else {
                not_tried(&why)
            };
            push.name_in(&mut report);
            report.message = push.message(&report);
            self.reports[index] = Some(report);
            self.ready.push_back(index);
        }
    }

    fn is_own(&self) -> bool {
        self.generation == fork_generation()
    }
}

/// Stops a run of many pushes from any thread, from [`PushAllRun::stopper`]. It does nothing to a run that is
/// over, nor in a forked child. Since 0.2.0.
#[derive(Clone)]
pub struct PushAllStopper {
    /// Who has only this keeps no client, and no journal in use.
    run: Weak<Run>,
    generation: u64,
}

impl PushAllStopper {
    /// As [`PushAllRun::stop`].
    pub fn stop(&self) {
        self.stop_for("the program asked for no more");
    }

    /// As [`PushAllRun::cancel`].
    pub fn cancel(&self) {
        self.cancel_for(CANCELLED);
    }

    fn stop_for(&self, why: &str) {
        // A forked child must not ask for a lock that a thread holds which it does not have.
        if self.generation == fork_generation()
            && let Some(run) = self.run.upgrade()
        {
            run.brakes.stop(why);
        }
    }

    fn cancel_for(&self, why: &str) {
        self.stop_for(why);
        if let Some(run) = self.run.upgrade() {
            run.given_up.trigger();
        }
    }
}

impl fmt::Debug for PushAllStopper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushAllStopper").finish_non_exhaustive()
    }
}

impl fmt::Debug for PushAllRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ended = self.reports.iter().flatten().count();
        f.debug_struct("PushAllRun")
            .field("entries", &self.reports.len())
            .field("ended", &ended)
            .finish_non_exhaustive()
    }
}

impl Drop for PushAllRun {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        if self.is_own() {
            self.stop_for("the program gave it up");
            // What they ask of the program is not run any more: whoever asks is told so.
            while self.told.recv().is_ok() {}
        }
        self.end();
    }
}

/// The report of an entry that was not begun, without what it is about.
fn not_tried(why: &str) -> Report {
    Report {
        hint: Status::NotTried.hint().into(),
        ..Report::new(
            Status::NotTried,
            Phase::Start,
            format!("the run was stopped before it: {why}"),
        )
    }
}

/// Makes a run to its end, and gives each entry's index and report to `progress`.
pub(crate) fn push_all(
    shared: &Arc<Shared>,
    list: &PushList,
    options: &PushAllOptions,
    progress: impl FnMut(usize, &Report) -> ControlFlow<()>,
) -> Result<PushAllReport, Error> {
    let mut run = PushAllRun::start(shared, list, options)?;
    let mut progress = Some(progress);
    loop {
        let index = match run.wait(Duration::MAX) {
            PushAllStep::Done => return Ok(run.finish()),
            PushAllStep::Waiting => continue,
            PushAllStep::Ended(index) => index,
        };
        let (Some(tell), Some(report)) = (&mut progress, run.report(index)) else {
            continue;
        };
        match caught(|| tell(index, report)) {
            Ok(ControlFlow::Continue(())) => {}
            Ok(ControlFlow::Break(())) => run.stop(),
            Err(_) => {
                // It is not called again. What is under way comes to its end, and all of it is told.
                progress = None;
                run.stop_for("the program's own progress function panicked");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::{Client, Config};

    #[test]
    fn a_forked_child_waits_for_none_of_its_parents_threads() {
        // Nobody answers there.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let config = Config::new()
            .endpoint(format!("http://{}", listener.local_addr().unwrap()))
            .token("a-token-of-some-length-for-the-tests-of-certpush");
        let client = Client::new(&config).unwrap();
        let mut list = PushList::new();
        for number in 0..20 {
            list.add(&format!("scs{number:013}"), "p", "ELB").unwrap();
        }
        let start = || {
            client
                .start_push_all(&list, &PushAllOptions::new())
                .unwrap()
        };
        let mut run = start();
        let cancel = run.run.given_up.clone();
        run.generation += 1;
        // As one that is held by a thread which the child does not have.
        let brakes = Arc::clone(&run.run);
        let held = brakes.brakes.hold();
        let begun = Instant::now();
        let mut ended = 0;
        while let PushAllStep::Ended(index) = run.wait(Duration::MAX) {
            let report = run.report(index).unwrap();
            assert_eq!(
                (report.status(), report.outcome_unknown()),
                (Status::Internal, true)
            );
            assert!(
                report.message().contains("the process was forked"),
                "{report:?}"
            );
            assert!(!report.message().contains("defect"), "{report:?}");
            assert!(
                report.hint().unwrap().contains("parent's reports"),
                "{report:?}"
            );
            ended += 1;
        }
        assert_eq!(ended, 20);
        run.stop();
        run.cancel();
        assert_eq!(run.finish().counts().unknown, 20);
        let mut dropped = start();
        dropped.generation += 1;
        dropped.run.given_up.trigger();
        drop(dropped);
        assert!(begun.elapsed() < Duration::from_secs(5));
        drop(held);
        cancel.trigger();
    }
}
