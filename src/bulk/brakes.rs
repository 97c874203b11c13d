//! What holds a run of many pushes back, and what stops it: who may begin the next one, and when.
//!
//! Credentials that were refused are not tried again, and until they are proved one push goes alone:
//! five failures lock an account. A 429 slows all down together. A run that gets no answer of the
//! service any more, or too many failures, begins no more.

use std::num::NonZeroU32;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::pace::Pace;
use crate::cancel::Cancel;
use crate::report::Report;
use crate::retry::RetryPolicy;
use crate::status::Status;

/// After so many pushes in a row that had no answer of the service no more are begun.
const MOST_UNANSWERED: u32 = 10;
/// So often one push is sent again after a 429.
const MOST_THROTTLES: u32 = 10;
/// No push is begun when less time is left than so many of them take lately: it would be cut
/// off, and nobody would know what became of it.
const TIME_FOR: u32 = 2;
/// Why a run stops whose time is up.
pub(super) const TIME_IS_UP: &str = "the time for it was up";
pub(super) const CANCELLED: &str = "it was cancelled";
pub(super) const CLOSED: &str = "the client was closed";
pub(super) const JOURNAL_NOT_KEPT: &str = "the journal could not be kept";

/// The brakes of one run.
pub(super) struct Brakes {
    total: usize,
    jobs: u32,
    retry: RetryPolicy,
    max_failures: Option<NonZeroU32>,
    deadline: Option<Instant>,
    state: Mutex<State>,
    /// Told when somebody may begin, or nobody may any more.
    changed: Condvar,
    /// Triggered when no more is begun.
    stopped: Cancel,
}

#[derive(Default)]
struct State {
    /// Why no more is begun.
    why: Option<String>,
    /// How many were begun.
    begun: usize,
    /// Whether the service has accepted the credentials.
    are_proved: bool,
    /// Whether a push is under way that may prove them.
    is_proving: bool,
    pace: Pace,
    failures: u32,
    unanswered: u32,
    /// How long a push that was answered takes, lately.
    usual: Duration,
}

impl Brakes {
    /// The brakes of a run of so many pushes.
    pub(super) fn new(
        total: usize,
        jobs: usize,
        retry: RetryPolicy,
        max_failures: Option<NonZeroU32>,
        deadline: Option<Instant>,
    ) -> Brakes {
        Brakes {
            total,
            jobs: u32::try_from(jobs).unwrap_or(u32::MAX).max(1),
            retry,
            max_failures,
            deadline,
            state: Mutex::default(),
            changed: Condvar::new(),
            stopped: Cancel::new(),
        }
    }

    /// The place of the next push, once it may begin; `None` if there is none.
    pub(super) fn next(&self) -> Option<usize> {
        let mut state = self.turn(|state| state.begun < self.total)?;
        let place = state.begun;
        state.begun += 1;
        Some(place)
    }

    /// Waits until a push that was throttled may be sent again; false if it may not.
    pub(super) fn again(&self) -> bool {
        self.turn(|_| true).is_some()
    }

    /// Waits until a push may begin; `None` if none may any more, or there is none.
    fn turn(&self, is_one: impl Fn(&State) -> bool) -> Option<MutexGuard<'_, State>> {
        let mut state = self.state();
        loop {
            if state.why.is_some() || !is_one(&state) {
                return None;
            }
            if state.is_proving && !state.are_proved {
                let waited = self.changed.wait(state);
                state = waited.unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let now = Instant::now();
            let ready = state.pace.ready().filter(|ready| *ready > now);
            if !self.has_time_for_one(&state, ready.unwrap_or(now)) {
                self.stop_with(&mut state, TIME_IS_UP);
                return None;
            }
            let Some(ready) = ready else {
                state.pace.begin(now);
                state.is_proving = !state.are_proved;
                return Some(state);
            };
            let waited = self.changed.wait_timeout(state, ready - now);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn has_time_for_one(&self, state: &State, begins: Instant) -> bool {
        self.deadline.is_none_or(|deadline| {
            let left = deadline.saturating_duration_since(begins);
            !left.is_zero() && left >= state.usual * TIME_FOR
        })
    }

    /// A push that began then was answered with 429, as often before as `times` says. All slow down;
    /// whether this one is to be sent again.
    pub(super) fn throttled(&self, report: &Report, began: Instant, times: u32) -> bool {
        let mut state = self.state();
        state.is_proving = false;
        let is_new = state.pace.is_new(began);
        let random = |below| fastrand::u64(..below);
        match self.retry.length(state.pace.times(), report, random) {
            Some(pause) => {
                let between = state.usual / self.jobs;
                state.pace.slow_down(Instant::now(), pause, is_new, between);
            }
            None => self.stop_with(
                &mut state,
                "the service asks for a longer pause than retry_max_ms allows, or for one that cannot be read",
            ),
        }
        self.changed.notify_all();
        state.why.is_none() && self.retry.retries > 0 && times < MOST_THROTTLES
    }

    /// A push has ended so.
    pub(super) fn ended(&self, report: &Report, took: Duration) {
        let mut state = self.state();
        state.is_proving = false;
        if report.http_status != 0 {
            state.usual = match state.usual {
                Duration::ZERO => took,
                usual => usual - usual / 8 + took / 8,
            };
        }
        match report.status {
            // It was not tried.
            Status::Unsettled => {}
            Status::Ok if report.attempts == 0 => {}
            Status::Ok => {
                state.are_proved = true;
                state.unanswered = 0;
                state.pace.speed_up(Instant::now());
            }
            _ => self.failed(&mut state, report),
        }
        self.changed.notify_all();
    }

    fn failed(&self, state: &mut State, report: &Report) {
        state.failures = state.failures.saturating_add(1);
        match report.status {
            // Everything else that a list and its client have is good: this is about the token.
            Status::InvalidArgument
            | Status::NoCredentials
            | Status::CredentialsRefused
            | Status::Unauthorized => {
                let name = report.status.c_name();
                let why = format!(
                    "the credentials were refused ({name}), and more failures may lock the account"
                );
                self.stop_with(state, why);
            }
            Status::InvalidConfig => self.stop_with(state, JOURNAL_NOT_KEPT),
            Status::Cancelled => self.stop_with(state, CANCELLED),
            _ if is_unanswered(report) => {
                state.unanswered += 1;
                if state.unanswered >= MOST_UNANSWERED {
                    let what = match report.status {
                        Status::CredentialsUnavailable => "could be given no credentials",
                        _ => "had no answer of the service",
                    };
                    let last = report.status.c_name();
                    let why =
                        format!("{MOST_UNANSWERED} pushes in a row {what} (the last: {last})");
                    self.stop_with(state, why);
                }
            }
            // It says nothing of the way to the service.
            Status::Throttled => {}
            _ => {
                state.are_proved |= report.service_code.starts_with("SCM.");
                state.unanswered = 0;
                state.pace.speed_up(Instant::now());
            }
        }
        if self
            .max_failures
            .is_some_and(|most| state.failures >= most.get())
        {
            let pushes = if state.failures == 1 {
                "push"
            } else {
                "pushes"
            };
            let why = format!("{} {pushes} had failed (max_failures)", state.failures);
            self.stop_with(state, why);
        }
    }

    /// Has no more begun. The first reason counts.
    pub(super) fn stop(&self, why: impl Into<String>) {
        self.stop_with(&mut self.state(), why);
    }

    fn stop_with(&self, state: &mut State, why: impl Into<String>) {
        state.why.get_or_insert_with(|| why.into());
        self.stopped.trigger();
        self.changed.notify_all();
    }

    /// Triggered when no more is begun.
    pub(super) fn stopped(&self) -> &Cancel {
        &self.stopped
    }

    /// Why no more is begun, if that is so.
    pub(super) fn why(&self) -> Option<String> {
        self.state().why.clone()
    }

    /// How many were begun.
    pub(super) fn begun(&self) -> usize {
        self.state().begun
    }

    /// Holds the lock of the brakes.
    #[cfg(test)]
    pub(super) fn hold(&self) -> impl Sized + '_ {
        self.state()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a push had no answer of the service itself: there was none, or a proxy's, a gateway's or a
/// page's.
fn is_unanswered(report: &Report) -> bool {
    match report.status {
        Status::Resolve
        | Status::Connect
        | Status::Tls
        | Status::Proxy
        | Status::Timeout
        | Status::ConnectionLost
        | Status::CredentialsUnavailable
        | Status::Internal => true,
        Status::UnexpectedResponse | Status::ServerError => report.service_code.is_empty(),
        _ => false,
    }
}
