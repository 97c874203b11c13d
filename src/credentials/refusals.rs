//! What was refused and must not be tried again at once: five wrong passwords lock an account for
//! 15 minutes, and five wrong signatures an access key for 5.
//!
//! A refusal is known by a fingerprint of the credential, never by a secret, and for 15 minutes. Then
//! one call may try again: one try in 15 minutes locks nothing, and a program that runs for years must
//! outlive a lock. Until an access key was accepted, one call at a time tries it: eight threads that
//! begin together with a wrong one would lock it at once. Nothing here takes a lock, and a forked
//! child knows what its parent knew.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use certpush_system::fork_generation;
use ring::hmac;
use ring::rand::SystemRandom;

use crate::clock;
use crate::report::{Error, Report};

/// How long a refusal is remembered, and how long one try is the only one.
const REMEMBERED: Duration = Duration::from_secs(15 * 60);
/// How long a first try is the only one.
const FIRST: Duration = Duration::from_secs(5);
/// So many credentials are remembered at most, the newest.
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

/// What became of credentials.
pub(super) struct Refusals {
    known: ArcSwapOption<Vec<Arc<Known>>>,
}

struct Known {
    of: Fingerprint,
    verdict: Verdict,
    /// When one call may try again, in milliseconds of the clock.
    again: AtomicU64,
    /// The process that has made this.
    generation: u64,
}

enum Verdict {
    /// It is being tried.
    None,
    Accepted,
    Refused(Error),
}

/// What a call may do with a credential.
pub(super) enum Admission {
    /// Go on; with a permit, tell what came of it.
    Free(Option<TryPermit>),
    /// Another call is trying it.
    Wait,
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
    pub(super) fn check(&self, of: Option<Fingerprint>) -> Result<Option<TryPermit>, Error> {
        match self.find(of) {
            Some(known) if matches!(known.verdict, Verdict::Refused(_)) => known.enter(),
            _ => Ok(Admission::Free(None)),
        }
        .map(Admission::permit)
    }

    /// As [`Refusals::check`]; and one that was never accepted is tried by one call at a time.
    pub(super) fn enter(&self, of: Option<Fingerprint>) -> Result<Admission, Error> {
        let Some(of) = of else {
            return Ok(Admission::Free(None));
        };
        if let Some(known) = self.find(Some(of))
            && !known.is_tried_by_a_parent()
        {
            return known.enter();
        }
        let own = Known::new(of, Verdict::None);
        let mut before = None;
        self.change(|known| {
            known.retain(|other| other.of != of || !other.is_tried_by_a_parent());
            before = known.iter().find(|other| other.of == of).cloned();
            if before.is_none() {
                known.push(Arc::clone(&own));
            }
        });
        match before {
            // Another thread was faster.
            Some(known) => known.enter(),
            None => Ok(Admission::Free(Some(TryPermit(own)))),
        }
    }

    /// Remembers a refusal from now on. It is told as it was, but nothing is tried.
    pub(super) fn remember(&self, of: Option<Fingerprint>, report: &Report) {
        let error = Error::new(Report {
            attempts: 0,
            retryable: false,
            ..report.clone()
        });
        if let Some(of) = of {
            self.put(Known::new(of, Verdict::Refused(error)));
        }
    }

    /// Forgets a refusal: the credential was accepted.
    pub(super) fn accept(&self, permit: &TryPermit) {
        self.put(Known::new(permit.0.of, Verdict::Accepted));
    }

    fn find(&self, of: Option<Fingerprint>) -> Option<Arc<Known>> {
        let known = self.known.load();
        let known = known.as_ref()?.iter().find(|known| Some(known.of) == of);
        known.cloned()
    }

    fn put(&self, new: Arc<Known>) {
        self.change(|known| {
            known.retain(|other| other.of != new.of);
            known.push(Arc::clone(&new));
        });
    }

    fn change(&self, mut change: impl FnMut(&mut Vec<Arc<Known>>)) {
        self.known.rcu(|known| {
            let mut known = known.as_deref().cloned().unwrap_or_default();
            change(&mut known);
            let too_many = known.len().saturating_sub(MOST);
            known.drain(..too_many);
            Some(Arc::new(known))
        });
    }
}

impl Known {
    fn new(of: Fingerprint, verdict: Verdict) -> Arc<Known> {
        let again = now() + milliseconds(verdict.holds());
        Arc::new(Known {
            of,
            verdict,
            again: AtomicU64::new(again),
            generation: fork_generation(),
        })
    }

    /// Whether a try is under way that a forked child will never see the end of.
    fn is_tried_by_a_parent(&self) -> bool {
        matches!(self.verdict, Verdict::None) && self.generation != fork_generation()
    }

    fn enter(self: Arc<Known>) -> Result<Admission, Error> {
        if matches!(self.verdict, Verdict::Accepted) {
            return Ok(Admission::Free(None));
        }
        let again = self.again.load(Ordering::Acquire);
        let next = now() + milliseconds(self.verdict.holds());
        let is_own = now() >= again
            && self
                .again
                .compare_exchange(again, next, Ordering::AcqRel, Ordering::Acquire)
                .is_ok();
        match &self.verdict {
            _ if is_own => Ok(Admission::Free(Some(TryPermit(self)))),
            Verdict::Refused(error) => Err(error.clone()),
            Verdict::None | Verdict::Accepted => Ok(Admission::Wait),
        }
    }
}

impl Verdict {
    /// How long nobody else tries.
    fn holds(&self) -> Duration {
        match self {
            Verdict::Refused(_) => REMEMBERED,
            Verdict::None | Verdict::Accepted => FIRST,
        }
    }
}

impl Admission {
    fn permit(self) -> Option<TryPermit> {
        match self {
            Admission::Free(permit) => permit,
            Admission::Wait => None,
        }
    }
}

/// The one try of a credential, for as long as its verdict holds or until it is given back.
pub(super) struct TryPermit(Arc<Known>);

impl TryPermit {
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
    use crate::phase::Phase;
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
        assert!(matches!(refusals.check(of("a")), Ok(None)));
        refusals.remember(of("a"), &refused("no"));
        for _ in 0..3 {
            let error = refusals.check(of("a")).err().unwrap();
            assert_eq!((error.message(), error.attempts()), ("no", 0));
            assert!(refusals.enter(of("a")).is_err());
        }
        assert!(matches!(refusals.check(of("b")), Ok(None)));
        clock::ahead::by(REMEMBERED - Duration::from_secs(1));
        assert!(refusals.check(of("a")).is_err());
        clock::ahead::by(Duration::from_secs(1));
        let permit = refusals.check(of("a")).unwrap().expect("one try");
        assert!(refusals.check(of("a")).is_err());
        // A try that ends nobody knows how is the only one for as long again.
        drop(permit);
        assert!(refusals.check(of("a")).is_err());
        clock::ahead::by(REMEMBERED);
        let permit = refusals.check(of("a")).unwrap().expect("another");
        permit.give_back();
        let permit = refusals.check(of("a")).unwrap().expect("the same");
        refusals.accept(&permit);
        assert!(matches!(refusals.check(of("a")), Ok(None)));
        assert!(matches!(refusals.enter(of("a")), Ok(Admission::Free(None))));
    }

    #[test]
    fn what_was_never_accepted_is_tried_by_one_at_a_time() {
        let refusals = Refusals::new();
        let enter = || refusals.enter(of("a")).unwrap();
        let permit = enter().permit().expect("the first");
        assert!(matches!(enter(), Admission::Wait));
        assert!(matches!(
            refusals.enter(of("b")),
            Ok(Admission::Free(Some(_)))
        ));
        permit.give_back();
        let permit = enter().permit().expect("the second");
        assert!(matches!(enter(), Admission::Wait));
        drop(permit);
        clock::ahead::by(FIRST);
        let permit = enter().permit().expect("one that does not wait for ever");
        assert!(matches!(enter(), Admission::Wait));
        refusals.accept(&permit);
        for _ in 0..3 {
            assert!(matches!(enter(), Admission::Free(None)));
        }
        // A password's tries are one at a time without this.
        assert!(matches!(refusals.check(of("b")), Ok(None)));
    }

    #[test]
    fn a_forked_child_does_not_wait_for_its_parents_try() {
        let refusals = Refusals::new();
        let of_a_parent = Known {
            of: of("a").unwrap(),
            verdict: Verdict::None,
            again: AtomicU64::new(u64::MAX),
            generation: fork_generation() + 1,
        };
        refusals.put(Arc::new(of_a_parent));
        let permit = refusals.enter(of("a")).unwrap().permit().expect("its own");
        assert!(matches!(refusals.enter(of("a")), Ok(Admission::Wait)));
        refusals.accept(&permit);
        assert!(matches!(refusals.enter(of("a")), Ok(Admission::Free(None))));
    }

    #[test]
    fn of_many_threads_one_tries() {
        for is_refused in [true, false] {
            let refusals = Refusals::new();
            if is_refused {
                refusals.remember(of("a"), &refused("no"));
            }
            let tries: usize = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..16)
                    .map(|_| {
                        scope.spawn(|| {
                            clock::ahead::by(REMEMBERED);
                            let is_free = || match refusals.enter(of("a")) {
                                Ok(entry) => entry.permit().is_some(),
                                Err(_) => false,
                            };
                            (0..100).filter(|_| is_free()).count()
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
    }

    #[test]
    fn the_newest_64_are_remembered() {
        let refusals = Refusals::new();
        for number in 0..=MOST {
            refusals.remember(of(&number.to_string()), &refused("no"));
            refusals.remember(of(&number.to_string()), &refused("no"));
        }
        assert!(matches!(refusals.check(of("0")), Ok(None)));
        for number in 1..=MOST {
            assert!(refusals.check(of(&number.to_string())).is_err());
        }
    }
}
