//! What was refused and must not be tried again at once: five wrong passwords lock an account for
//! 15 minutes, and five wrong signatures an access key for 5.
//!
//! A refusal is known by a fingerprint of the credential, never by a secret, and for 15 minutes. Then
//! one call may try again: one try in 15 minutes locks nothing, and a program that runs for years must
//! outlive a lock. Nothing here takes a lock, and a forked child knows what its parent knew.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use ring::hmac;
use ring::rand::SystemRandom;

use crate::clock;
use crate::report::{Error, Report};

/// How long a refusal is remembered, and how long one try is the only one.
const REMEMBERED: Duration = Duration::from_secs(15 * 60);
/// So many refusals are remembered at most, the newest.
const MOST: usize = 64;

/// What one-off calls remember: each has a client of its own.
static OF_THE_PROCESS: Refusals = Refusals::new();

/// Stands for a credential as it was used, in a way that nobody can undo.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of all the parts, in their order. `None` if the system has no randomness:
    /// then there is no TLS either.
    pub(super) fn of(parts: &[&str]) -> Option<Fingerprint> {
        let mut hash = hmac::Context::with_key(&*key()?);
        for part in parts {
            hash.update(&part.len().to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.sign().as_ref().try_into().ok().map(Fingerprint)
    }
}

/// The process's own random key: a fingerprint is worth nothing elsewhere.
fn key() -> Option<Arc<hmac::Key>> {
    static KEY: ArcSwapOption<hmac::Key> = ArcSwapOption::const_empty();
    if let Some(key) = KEY.load_full() {
        return Some(key);
    }
    let own = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).ok()?;
    KEY.compare_and_swap(&None::<Arc<hmac::Key>>, Some(Arc::new(own)));
    // Its own, or that of a thread that was faster.
    KEY.load_full()
}

/// Refusals of credentials.
pub(super) struct Refusals {
    known: ArcSwapOption<Vec<Arc<Refusal>>>,
}

struct Refusal {
    of: Fingerprint,
    error: Error,
    /// When one call may try again, in milliseconds of the clock.
    again: AtomicU64,
}

impl Refusals {
    pub(super) const fn new() -> Refusals {
        Refusals {
            known: ArcSwapOption::const_empty(),
        }
    }

    /// Those of all one-off calls of the process.
    pub(super) fn of_the_process() -> &'static Refusals {
        &OF_THE_PROCESS
    }

    /// Fails with what was refused; or gives the one try, if it is time for it; or `None` for a
    /// credential that is not known to be refused.
    pub(super) fn check(
        &self,
        of: impl FnOnce() -> Option<Fingerprint>,
    ) -> Result<Option<Turn>, Error> {
        // Most often there is none, and then no fingerprint is made.
        let known = self.known.load();
        let Some(known) = known.as_ref().filter(|known| !known.is_empty()) else {
            return Ok(None);
        };
        let of = of();
        let Some(refusal) = known.iter().find(|refusal| Some(refusal.of) == of) else {
            return Ok(None);
        };
        let again = refusal.again.load(Ordering::Acquire);
        let is_time = now() >= again;
        let claimed = || {
            let next = now() + milliseconds(REMEMBERED);
            let claim =
                refusal
                    .again
                    .compare_exchange(again, next, Ordering::AcqRel, Ordering::Acquire);
            claim.is_ok()
        };
        if is_time && claimed() {
            return Ok(Some(Turn(Arc::clone(refusal))));
        }
        Err(refusal.error.clone())
    }

    /// Remembers a refusal from now on. It is told as it was, but nothing is tried.
    pub(super) fn remember(&self, of: Option<Fingerprint>, report: &Report) {
        let Some(of) = of else {
            return;
        };
        let refusal = Arc::new(Refusal {
            of,
            error: Error::new(Report {
                attempts: 0,
                retryable: false,
                ..report.clone()
            }),
            again: AtomicU64::new(now() + milliseconds(REMEMBERED)),
        });
        self.change(|known| {
            known.retain(|other| other.of != of);
            known.push(Arc::clone(&refusal));
            let too_many = known.len().saturating_sub(MOST);
            known.drain(..too_many);
        });
    }

    /// Forgets a refusal: the credential was accepted.
    pub(super) fn forget(&self, turn: &Turn) {
        self.change(|known| known.retain(|other| other.of != turn.0.of));
    }

    fn change(&self, change: impl Fn(&mut Vec<Arc<Refusal>>)) {
        self.known.rcu(|known| {
            let mut known = known.as_deref().cloned().unwrap_or_default();
            change(&mut known);
            Some(Arc::new(known))
        });
    }
}

/// The one try of a credential that was refused 15 minutes ago. Until it is given back, there is no
/// other for 15 minutes.
pub(super) struct Turn(Arc<Refusal>);

impl Turn {
    /// Gives the try back: it cannot have been counted.
    pub(super) fn give_back(&self) {
        self.0.again.store(0, Ordering::Release);
    }
}

fn now() -> u64 {
    milliseconds(clock::now())
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Phase;
    use crate::status::Status;

    fn refused(message: &str) -> Report {
        Report {
            attempts: 1,
            ..Report::new(Status::CredentialsRefused, Phase::Credentials, message)
        }
    }

    fn of(secret: &str) -> Option<Fingerprint> {
        Fingerprint::of(&["key", secret])
    }

    #[test]
    fn a_fingerprint_is_of_all_parts_and_shows_none() {
        assert!(of("a") == of("a") && of("a") != of("b"));
        assert!(Fingerprint::of(&["ab", "c"]) != Fingerprint::of(&["a", "bc"]));
        assert!(Fingerprint::of(&["a"]) != Fingerprint::of(&["a", ""]));
        assert!(!of("a").unwrap().0.windows(1).all(|byte| byte == b"a"));
    }

    #[test]
    fn a_refusal_holds_for_15_minutes_and_then_for_all_but_one() {
        let refusals = Refusals::new();
        assert!(matches!(refusals.check(|| of("a")), Ok(None)));
        refusals.remember(of("a"), &refused("no"));
        for _ in 0..3 {
            let error = refusals.check(|| of("a")).err().unwrap();
            assert_eq!((error.message(), error.attempts()), ("no", 0));
        }
        assert!(matches!(refusals.check(|| of("b")), Ok(None)));
        clock::ahead::by(REMEMBERED - Duration::from_secs(1));
        assert!(refusals.check(|| of("a")).is_err());
        clock::ahead::by(Duration::from_secs(1));
        let turn = refusals.check(|| of("a")).unwrap().expect("one try");
        assert!(refusals.check(|| of("a")).is_err());
        // A try that ends nobody knows how is the only one for as long again.
        drop(turn);
        assert!(refusals.check(|| of("a")).is_err());
        clock::ahead::by(REMEMBERED);
        let turn = refusals.check(|| of("a")).unwrap().expect("another");
        turn.give_back();
        let turn = refusals.check(|| of("a")).unwrap().expect("the same");
        refusals.forget(&turn);
        assert!(matches!(refusals.check(|| of("a")), Ok(None)));
    }

    #[test]
    fn of_many_threads_one_tries() {
        let refusals = Refusals::new();
        refusals.remember(of("a"), &refused("no"));
        let tries: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16)
                .map(|_| {
                    scope.spawn(|| {
                        clock::ahead::by(REMEMBERED);
                        (0..100)
                            .filter(|_| refusals.check(|| of("a")).is_ok())
                            .count()
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum()
        });
        assert_eq!(tries, 1);
    }

    #[test]
    fn the_newest_64_are_remembered() {
        let refusals = Refusals::new();
        for number in 0..=MOST {
            refusals.remember(of(&number.to_string()), &refused("no"));
            refusals.remember(of(&number.to_string()), &refused("no"));
        }
        assert!(matches!(refusals.check(|| of("0")), Ok(None)));
        for number in 1..=MOST {
            assert!(refusals.check(|| of(&number.to_string())).is_err());
        }
    }
}
