//! When a call must end: its deadline, its cancel, and a hook that is polled while it waits.
//!
//! The transport looks here before every socket operation, not only when one has waited in vain:
//! a peer that trickles its answer never lets a wait run out.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::cancel::Cancel;
use crate::failure::TransportFailure;
use crate::phase::Phase;
use crate::status::Status;
use certpush_system::caught;

/// The longest wait in one system call. It bounds how late a cancel or a deadline is seen.
pub(crate) const SLICE: Duration = Duration::from_millis(40);

/// Asked while a call waits, on the caller's own thread; `true` ends the call.
pub(crate) type Interrupt = Arc<dyn Fn() -> bool + Send + Sync>;

/// Has a function of the program's own run on the thread on which the program has called certpush.
pub(crate) type CallingThread = Arc<dyn Fn(Box<dyn FnOnce() + Send>) + Send + Sync>;

/// What a call has that is one of many, made on a thread of certpush's own.
#[derive(Clone)]
pub(crate) struct PartOfRun {
    pub(crate) calling_thread: CallingThread,
    /// Whether no more is begun: no other attempt, too.
    pub(crate) stopped: Cancel,
}

/// A connection that was made for a call.
#[derive(Clone, Debug)]
pub struct Connected {
    /// The service's host and port.
    pub host: String,
    /// Where the connection leads, to the proxy if there is one.
    pub address: SocketAddr,
    /// The proxy's URL, "" if there is none.
    pub proxy: String,
    /// The version of TLS, "" without TLS.
    pub tls: &'static str,
    /// How long it took, TLS included.
    pub took: Duration,
}

/// What may end a call, and what it is found to have done meanwhile.
pub(crate) struct CallContext {
    started: Instant,
    allowed: Duration,
    deadline: Option<Instant>,
    cancel: Option<Cancel>,
    closed: Cancel,
    interrupt: Option<Interrupt>,
    asked: Cell<Instant>,
    run: Option<PartOfRun>,
    connected: RefCell<Vec<Connected>>,
}

impl CallContext {
    /// Starts the clock of a call that may take as long as `allowed`.
    pub(crate) fn start(
        allowed: Duration,
        cancel: Option<Cancel>,
        closed: Cancel,
        interrupt: Option<Interrupt>,
    ) -> CallContext {
        CallContext::since(Instant::now(), allowed, cancel, closed, interrupt)
    }

    /// The context of a call that began earlier.
    pub(crate) fn since(
        started: Instant,
        allowed: Duration,
        cancel: Option<Cancel>,
        closed: Cancel,
        interrupt: Option<Interrupt>,
    ) -> CallContext {
        CallContext {
            started,
            allowed,
            deadline: started.checked_add(allowed),
            cancel,
            closed,
            interrupt,
            asked: Cell::new(started),
            run: None,
            connected: RefCell::default(),
        }
    }

    /// The context of a call that is one of many.
    pub(crate) fn part_of(self, run: PartOfRun) -> CallContext {
        CallContext {
            run: Some(run),
            ..self
        }
    }

    /// The same call's context for a part of it that may take as long as `part`.
    pub(crate) fn within(&self, part: Duration) -> CallContext {
        let now = Instant::now();
        let (allowed, deadline) = match self.deadline {
            Some(deadline) if deadline.saturating_duration_since(now) <= part => {
                (self.allowed, Some(deadline))
            }
            _ => (part, now.checked_add(part)),
        };
        CallContext {
            started: self.started,
            allowed,
            deadline,
            cancel: self.cancel.clone(),
            closed: self.closed.clone(),
            interrupt: self.interrupt.clone(),
            asked: Cell::new(now),
            run: self.run.clone(),
            connected: RefCell::default(),
        }
    }

    /// Runs a function of the program's own, on the thread on which the program has called certpush,
    /// and gives what it returns.
    pub(crate) fn ask_program<T: Send + 'static>(
        &self,
        phase: Phase,
        ask: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, TransportFailure> {
        let Some(run) = &self.run else {
            return Ok(ask());
        };
        let (answer, answered) = mpsc::sync_channel(1);
        (run.calling_thread)(Box::new(move || {
            // Whoever has asked may have been cancelled meanwhile.
            let _ = answer.send(ask());
        }));
        loop {
            match answered.recv_timeout(self.next_wait()) {
                Ok(answer) => return Ok(answer),
                Err(RecvTimeoutError::Timeout) => self.check_after_wait(phase)?,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(cancelled(phase, "the program has given up the run"));
                }
            }
        }
    }

    /// Keeps that a connection was made.
    pub(crate) fn has_connected(&self, made: Connected) {
        self.connected.borrow_mut().push(made);
    }

    /// The connections that were made since this was asked.
    pub(crate) fn take_connected(&self) -> Vec<Connected> {
        self.connected.take()
    }

    /// Gives what takes a test's files the time of a call.
    #[cfg(test)]
    pub(crate) fn for_tests<T>(read: impl FnOnce(crate::file::Waiting<'_>) -> T) -> T {
        let context = CallContext::start(Duration::from_secs(30), None, Cancel::new(), None);
        read(crate::file::Waiting {
            context: &context,
            phase: Phase::Config,
        })
    }

    /// How long the call has taken.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// How long the call may take.
    pub(crate) fn allowed(&self) -> Duration {
        self.allowed
    }

    /// Does nothing for a while, unless the call must end first.
    pub(crate) fn pause(&self, pause: Duration) -> Result<(), TransportFailure> {
        let until = Instant::now() + pause;
        loop {
            self.check(Phase::Pause)?;
            if self
                .run
                .as_ref()
                .is_some_and(|run| run.stopped.is_triggered())
            {
                // As when the time is up, the last attempt says why.
                let why = "no more is begun";
                return Err(TransportFailure::new(Status::Timeout, Phase::Pause, why));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(self.next_wait()));
        }
    }

    /// The time left, in a slice at most.
    pub(crate) fn next_wait(&self) -> Duration {
        match self.deadline {
            Some(deadline) => deadline
                .saturating_duration_since(Instant::now())
                .min(SLICE),
            None => SLICE,
        }
    }

    /// Fails when the call was cancelled or its time is up.
    pub(crate) fn check(&self, phase: Phase) -> Result<(), TransportFailure> {
        let now = Instant::now();
        if self.closed.is_triggered() {
            return Err(cancelled(phase, "the client was closed"));
        }
        if self.cancel.as_ref().is_some_and(Cancel::is_triggered) {
            return Err(cancelled(phase, "the call was cancelled"));
        }
        if now.duration_since(self.asked.get()) >= SLICE {
            self.ask(now, phase)?;
        }
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            return Err(TransportFailure::new(
                Status::Timeout,
                phase,
                format!(
                    "timed out after {} ms {}",
                    self.allowed.as_millis(),
                    doing(phase)
                ),
            ));
        }
        Ok(())
    }

    /// As [`CallContext::check`], after a wait that ended without result: a signal may have ended it,
    /// so the hook is asked at once.
    pub(crate) fn check_after_wait(&self, phase: Phase) -> Result<(), TransportFailure> {
        self.ask(Instant::now(), phase)?;
        self.check(phase)
    }

    fn ask(&self, now: Instant, phase: Phase) -> Result<(), TransportFailure> {
        self.asked.set(now);
        let Some(interrupt) = &self.interrupt else {
            return Ok(());
        };
        match caught(|| interrupt()) {
            Ok(false) => Ok(()),
            Ok(true) => Err(cancelled(phase, "the call was interrupted")),
            Err(_) => Err(TransportFailure::new(
                Status::Internal,
                phase,
                format!("the program's own interrupt panicked {}", doing(phase)),
            )),
        }
    }
}

fn cancelled(phase: Phase, what: &str) -> TransportFailure {
    TransportFailure::new(Status::Cancelled, phase, format!("{what} {}", doing(phase)))
}

/// The phase in words, to end a sentence.
fn doing(phase: Phase) -> &'static str {
    match phase {
        Phase::Resolve => "while the host name was looked up",
        Phase::Connect => "while connecting",
        Phase::Tls => "during the TLS handshake",
        Phase::Proxy => "while the proxy was asked",
        Phase::Send => "while the request was being sent",
        Phase::Receive => "while waiting for the answer",
        Phase::Pause => "in the pause before another attempt",
        Phase::Credentials => "while the credentials were obtained",
        Phase::Start | Phase::Arguments | Phase::Config => "before anything was sent",
    }
}
