//! The threads of a run of many pushes. Each makes one push after the other, and tells the thread that
//! the program has called certpush on what came of each. What the program has given, its log hook and
//! its token source, is called on that thread alone.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};
use std::{io, iter};

use certpush_system::{caught, with_signals_blocked};

use super::brakes::{Brakes, CANCELLED, CLOSED, JOURNAL_NOT_KEPT};
use super::journal::Journal;
use super::kept_push;
use super::list::PushList;
use crate::call::Caller;
use crate::call_context::{CallContext, CallingThread, PartOfRun};
use crate::cancel::Cancel;
use crate::log::Log;
use crate::operations::{Operation, PushRequest};
use crate::report::{Error, Report};
use crate::retry::RetryPolicy;
use crate::shared::Shared;
use crate::status::Status;

/// A thread of certpush's own has so much stack, in bytes: a push takes a tenth of it.
const STACK: usize = 1024 * 1024;

/// What the threads of a run share.
pub(super) struct Run {
    pub(super) shared: Arc<Shared>,
    pub(super) list: PushList,
    /// Which entries are to be pushed, in the order of the list.
    pub(super) todo: Vec<usize>,
    /// Whether to push once more what the journal has as pushed.
    pub(super) again: bool,
    pub(super) retry: RetryPolicy,
    pub(super) cancel: Option<Cancel>,
    /// Ends what is under way.
    pub(super) given_up: Cancel,
    pub(super) deadline: Option<Instant>,
    pub(super) brakes: Brakes,
}

/// What a thread has to tell.
pub(super) enum Told {
    /// An entry of the list has ended.
    Ended(usize, Box<Report>),
    /// Something of the program's own is to be run on its own thread.
    Asks(Box<dyn FnOnce() + Send>),
}

impl Run {
    /// Has no more begun once the client is closed, or the run cancelled.
    pub(super) fn look(&self) {
        if self.shared.closed.is_triggered() {
            self.brakes.stop(CLOSED);
        }
        if self.cancel.as_ref().is_some_and(Cancel::is_triggered) {
            self.brakes.stop(CANCELLED);
        }
    }

    /// Starts so many threads, or as many as the system has room for.
    pub(super) fn start(
        run: &Arc<Run>,
        threads: usize,
        tell: &SyncSender<Told>,
    ) -> io::Result<Vec<JoinHandle<()>>> {
        let mut started = Vec::new();
        for thread in iter::repeat_with(|| run.start_one(tell)).take(threads) {
            match thread {
                Ok(thread) => started.push(thread),
                Err(error) if started.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        Ok(started)
    }

    fn start_one(self: &Arc<Run>, tell: &SyncSender<Told>) -> io::Result<JoinHandle<()>> {
        let (run, tell) = (Arc::clone(self), tell.clone());
        let builder = Builder::new()
            .name("certpush-push".to_owned())
            .stack_size(STACK);
        with_signals_blocked(|| builder.spawn(move || run.work(&tell)))
    }

    /// Makes pushes until there are none, or none may be begun any more.
    fn work(&self, tell: &SyncSender<Told>) {
        // Whoever listened may be gone: then the run is stopped, and what is under way comes to its end.
        let asks = tell.clone();
        let thread: CallingThread = Arc::new(move |what| {
            let _ = asks.send(Told::Asks(what));
        });
        let log = self.shared.log.through(&thread);
        while let Some(index) = self.brakes.next().and_then(|place| self.todo.get(place)) {
            let Some(push) = self.list.get(*index) else {
                continue;
            };
            let report = caught(|| self.push(push, &log, &thread)).unwrap_or_else(|what| {
                let mut report = Error::internal(&what, true).into_report();
                push.name_in(&mut report);
                report.message = push.message(&report);
                self.brakes.ended(&report, Duration::ZERO);
                report
            });
            let _ = tell.send(Told::Ended(*index, Box::new(report)));
        }
    }

    /// Makes one push; after a 429 once more when all may go on.
    fn push(&self, push: &PushRequest, log: &Log, thread: &CallingThread) -> Report {
        let caller = Caller {
            service: &self.shared.transport,
            credentials: &self.shared.credentials,
            retry: &self.retry,
            log,
        };
        let (mut attempts, mut throttles) = (0_u32, 0);
        loop {
            let began = Instant::now();
            let context = self.context(began, thread);
            let mut report = match &self.shared.journal {
                Some(journal) => kept_push::attempt(&caller, journal, push, self.again, &context),
                None => caller.run(push, &context),
            };
            let took = context.elapsed();
            report.attempts = report.attempts.saturating_add(attempts);
            if report.status == Status::Throttled
                && self.brakes.throttled(&report, began, throttles)
            {
                let message = &report.message;
                log.warn(&format!(
                    "{message}; all pushes pause, and then go on slowly"
                ));
                (attempts, throttles) = (report.attempts, throttles + 1);
                if self.brakes.again() {
                    continue;
                }
            }
            self.say_why_it_stops(&report);
            self.brakes.ended(&report, took);
            log.call(PushRequest::NAME, &report, took);
            return report;
        }
    }

    /// Stops the run for what the end of a push alone does not tell.
    fn say_why_it_stops(&self, report: &Report) {
        match report.status {
            Status::Cancelled if self.shared.closed.is_triggered() => self.brakes.stop(CLOSED),
            Status::InvalidConfig => {
                let why = self.shared.journal.as_ref().and_then(Journal::not_kept);
                if let Some(why) = why {
                    self.brakes.stop(format!("{JOURNAL_NOT_KEPT}: {why}"));
                }
            }
            _ => {}
        }
    }

    /// The context of one push: it has the client's time, within that of the run.
    fn context(&self, began: Instant, thread: &CallingThread) -> Rc<CallContext> {
        let left = self.deadline.map_or(Duration::MAX, |deadline| {
            deadline.saturating_duration_since(began)
        });
        let given_up = self.given_up.clone();
        let context = CallContext::since(
            began,
            self.shared.timeout.min(left),
            self.cancel.clone(),
            self.shared.closed.clone(),
            Some(Arc::new(move || given_up.is_triggered())),
        );
        Rc::new(context.part_of(PartOfRun {
            calling_thread: Arc::clone(thread),
            stopped: self.brakes.stopped().clone(),
        }))
    }
}
