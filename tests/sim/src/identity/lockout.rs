//! How failures lock a user or a key, and for how long.

use std::time::Duration;

use crate::clock::Moment;

/// This many failures lock.
const FAILURES: usize = 5;

/// When a failure is forgotten, and how long a lock lasts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LockRule {
    pub(crate) remembered_for: Duration,
    pub(crate) locked_for: Duration,
}

/// A user's password: five failures in 15 minutes lock it for 15 minutes.
pub(crate) const PASSWORD: LockRule = LockRule {
    remembered_for: Duration::from_secs(15 * 60),
    locked_for: Duration::from_secs(15 * 60),
};

/// An access key: five failures in a row lock it for five minutes.
pub(crate) const ACCESS_KEY: LockRule = LockRule {
    remembered_for: Duration::MAX,
    locked_for: Duration::from_secs(5 * 60),
};

/// The failures of one user or key since its last success.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lockout {
    failures: Vec<Moment>,
}

impl Lockout {
    /// Whether this is locked. A lock that has ended takes its failures with it.
    pub(crate) fn is_locked(&mut self, rule: LockRule, now: Moment) -> bool {
        if self.failures.len() < FAILURES {
            return false;
        }
        let locked = self
            .failures
            .last()
            .is_some_and(|last| now < last.after(rule.locked_for));
        if !locked {
            self.failures.clear();
        }
        locked
    }

    /// Notes a failure, and tells whether it locks.
    pub(crate) fn fail(&mut self, rule: LockRule, now: Moment) -> bool {
        self.failures
            .retain(|failure| now < failure.after(rule.remembered_for));
        self.failures.push(now);
        self.failures.len() == FAILURES
    }

    /// Locks at once, as if there had been failures enough.
    pub(crate) fn lock(&mut self, now: Moment) {
        self.failures = vec![now; FAILURES];
    }

    /// Notes a success, or forgives all failures.
    pub(crate) fn clear(&mut self) {
        self.failures.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn five_failures_lock_until_the_time_is_over() {
        let start = Clock::new(0).now();
        let mut lockout = Lockout::default();
        let locks: Vec<_> = (0..5)
            .map(|_| {
                assert!(!lockout.is_locked(PASSWORD, start));
                lockout.fail(PASSWORD, start)
            })
            .collect();
        assert_eq!(locks, [false, false, false, false, true]);
        assert!(lockout.is_locked(PASSWORD, start.after(14 * MINUTE)));
        assert!(!lockout.is_locked(PASSWORD, start.after(15 * MINUTE)));
        assert!(!lockout.fail(PASSWORD, start.after(15 * MINUTE)));
    }

    #[test]
    fn a_lock_without_failures_ends_as_any_other() {
        let start = Clock::new(0).now();
        let mut lockout = Lockout::default();
        lockout.lock(start);
        assert!(lockout.is_locked(ACCESS_KEY, start.after(4 * MINUTE)));
        assert!(!lockout.is_locked(ACCESS_KEY, start.after(5 * MINUTE)));
    }

    #[test]
    fn only_failures_in_a_row_lock() {
        let start = Clock::new(0).now();
        let mut lockout = Lockout::default();
        for _ in 0..4 {
            lockout.fail(ACCESS_KEY, start);
        }
        lockout.clear();
        assert!(!lockout.fail(ACCESS_KEY, start));
    }

    #[test]
    fn a_wrong_password_is_forgotten_and_a_wrong_signature_is_not() {
        let start = Clock::new(0).now();
        let later = start.after(15 * MINUTE);
        let (mut password, mut access_key) = (Lockout::default(), Lockout::default());
        for _ in 0..4 {
            password.fail(PASSWORD, start);
            access_key.fail(ACCESS_KEY, start);
        }
        assert!(!password.fail(PASSWORD, later));
        assert!(access_key.fail(ACCESS_KEY, later));
    }
}
