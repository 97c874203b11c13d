//! Something that is fetched once, shared by all threads, and fetched again before it expires.
//!
//! One thread fetches at a time. While what there is still holds, the others go on with it; when
//! there is none, they wait, each within its own call's time, and share what the fetch brought,
//! a failure too: a stampede of logins would lock the account.

use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;

use crate::call_context::CallContext;
use crate::fork_local::ForkLocal;
use crate::phase::Phase;
use crate::report::{Error, Report};

/// The longest time before the end at which a new one is fetched.
const LONGEST_MARGIN: Duration = Duration::from_secs(300);

/// How long what still holds is used without another try, after a fetch that failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(10);

/// What was fetched, and how long it holds.
pub(crate) struct Fetched<T> {
    pub(crate) value: T,
    since: Instant,
    lifetime: Option<Duration>,
}

impl<T> Fetched<T> {
    /// A value that holds for `lifetime` from now on, or until it is refused.
    pub(crate) fn new(value: T, lifetime: Option<Duration>) -> Fetched<T> {
        Fetched {
            value,
            since: Instant::now(),
            lifetime,
        }
    }

    fn holds(&self) -> bool {
        self.lifetime
            .is_none_or(|lifetime| self.since.elapsed() < lifetime)
    }

    fn is_due(&self) -> bool {
        self.lifetime.is_some_and(|lifetime| {
            let margin = (lifetime / 10).min(LONGEST_MARGIN);
            self.since.elapsed() >= lifetime - margin
        })
    }
}

/// A value of which there is one at a time. Reading it takes no lock.
pub(crate) struct RefreshingCache<T> {
    current: ArcSwapOption<Fetched<T>>,
    flight: ForkLocal<Flight>,
}

/// Who is fetching, and how the last fetch failed.
#[derive(Default)]
struct Flight {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    under_way: bool,
    /// Rises with each fetch that has ended.
    round: u64,
    failure: Option<Error>,
    failed: Option<Instant>,
}

impl Flight {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to fetch; given back when dropped, whatever ends the fetch.
struct FetchGuard<'a> {
    flight: &'a Flight,
    succeeded: bool,
    failure: Option<Error>,
}

impl Drop for FetchGuard<'_> {
    fn drop(&mut self) {
        let mut state = self.flight.state();
        state.under_way = false;
        state.round += 1;
        state.failure = self.failure.take();
        state.failed = (!self.succeeded).then(Instant::now);
        self.flight.ended.notify_all();
    }
}

impl<T> RefreshingCache<T> {
    pub(crate) fn new() -> RefreshingCache<T> {
        RefreshingCache {
            current: ArcSwapOption::empty(),
            flight: ForkLocal::new(Flight::default()),
        }
    }

    /// What was fetched last, if it still holds.
    pub(crate) fn current(&self) -> Option<Arc<Fetched<T>>> {
        self.current.load_full().filter(|fetched| fetched.holds())
    }

    /// The value: what there is, or what `fetch` brings. `refused` is one that no longer serves,
    /// though it seemed to hold.
    pub(crate) fn get(
        &self,
        refused: Option<&Arc<Fetched<T>>>,
        context: &Rc<CallContext>,
        fetch: impl FnOnce() -> Result<Fetched<T>, Error>,
    ) -> Result<Arc<Fetched<T>>, Error> {
        let serves = || {
            self.current()
                .filter(|current| refused.is_none_or(|refused| !Arc::ptr_eq(current, refused)))
        };
        if let Some(current) = serves()
            && !current.is_due()
        {
            return Ok(current);
        }
        let flight = self.flight.get(Flight::default);
        let mut state = flight.state();
        let round = state.round;
        while state.under_way {
            if let Some(current) = serves() {
                return Ok(current);
            }
            let waited = flight
                .ended
                .wait_timeout(state, context.next_wait())
                .unwrap_or_else(PoisonError::into_inner);
            // The check may run the caller's own code: not with the lock held.
            drop(waited);
            context
                .check_after_wait(Phase::Credentials)
                .map_err(|ended| Error::new(Report::from(&ended)))?;
            state = flight.state();
        }
        if let Some(current) = serves() {
            let waits = state
                .failed
                .is_some_and(|when| when.elapsed() < PAUSE_AFTER_FAILURE);
            if !current.is_due() || waits {
                return Ok(current);
            }
        }
        if state.round != round
            && let Some(failure) = &state.failure
        {
            return Err(failure.clone());
        }
        state.under_way = true;
        drop(state);
        let mut permit = FetchGuard {
            flight: &flight,
            succeeded: false,
            failure: None,
        };
        match fetch() {
            Ok(fetched) => {
                permit.succeeded = true;
                let fetched = Arc::new(fetched);
                self.current.store(Some(Arc::clone(&fetched)));
                Ok(fetched)
            }
            Err(error) => match serves() {
                // It was only due, and holds for a while yet.
                Some(current) => Ok(current),
                None => {
                    permit.failure = Some(error.clone());
                    Err(error)
                }
            },
        }
    }
}
