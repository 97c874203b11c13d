//! When a push is tried again, and after which pause. Only what provably pushed nothing is.

use std::time::Duration;

use crate::failure::TransportFailure;
use crate::phase::Phase;
use crate::report::Report;
use crate::service_codes;
use crate::status::Status;

/// How much longer the pauses are after a 429 that does not say how long to wait: the service's
/// limits are by the minute.
const THROTTLED_FACTOR: u32 = 10;

/// The options of retrying.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetryPolicy {
    /// How many more attempts are made after the first.
    pub(crate) retries: u32,
    /// The longest first pause; it doubles with each attempt.
    pub(crate) base: Duration,
    /// The longest pause of all.
    pub(crate) longest: Duration,
    /// Whether a 429 ends the call. It does where many calls are made: whoever makes them slows all of
    /// them down, which pauses within each would not.
    pub(crate) ends_at_429: bool,
}

impl RetryPolicy {
    /// The pause before the next attempt, or `None` when there must be none: `attempts` were
    /// made, the last of which ended with `report`, `elapsed` of `allowed` has passed.
    ///
    /// `random` draws a number below the one it is given; it is asked only when there is a pause.
    /// The pause is random between nothing and a bound that doubles (full jitter), and never
    /// shorter than what the service asks for. No attempt begins in the last quarter of the time.
    /// Floating point is not used: the host may trap what it raises.
    pub(crate) fn pause(
        &self,
        attempts: u32,
        report: &Report,
        elapsed: Duration,
        allowed: Duration,
        random: impl FnOnce(u64) -> u64,
    ) -> Option<Duration> {
        if attempts > self.retries || (self.ends_at_429 && report.status() == Status::Throttled) {
            return None;
        }
        let pause = self.length(attempts, report, random)?;
        let in_time = elapsed.saturating_add(pause) <= allowed / 4 * 3;
        in_time.then_some(pause)
    }

    /// How long the pause before the next attempt is, or `None` when there must be none, whatever
    /// the time and the number of attempts: what the last one came to is not to be tried again, or the
    /// service asks for a longer pause than may be made.
    pub(crate) fn length(
        &self,
        attempts: u32,
        report: &Report,
        random: impl FnOnce(u64) -> u64,
    ) -> Option<Duration> {
        if !report.retryable() || report.ends_retries {
            return None;
        }
        let asked = report.retry_after_ms.map(Duration::from_millis);
        let base = match (report.status(), asked) {
            (Status::Throttled, None) => self.base.saturating_mul(THROTTLED_FACTOR),
            _ => self.base,
        };
        let doublings = attempts.saturating_sub(1).min(31);
        let bound = base.saturating_mul(1 << doublings).min(self.longest);
        let bound = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
        let jitter = Duration::from_nanos(random(bound.saturating_add(1)));
        let pause = jitter.max(asked.unwrap_or_default());
        (pause <= self.longest).then_some(pause)
    }
}

/// Where a call stands between its attempts.
pub(crate) struct RetryState {
    /// What the last attempt came to.
    last: Option<Report>,
    /// How many attempts have ended, those aside after which the credential was renewed.
    ended: u32,
    /// Whether another credential was looked for already.
    has_renewed: bool,
    /// What the call does before its next attempt.
    phase: Phase,
}

/// What a call does after an attempt.
#[derive(Debug)]
pub(crate) enum Next {
    /// It ends with this report.
    Return(Box<Report>),
    /// It makes another attempt after a pause.
    Pause(Duration),
}

impl RetryState {
    /// That of a call which has made no attempt yet.
    pub(crate) fn new() -> RetryState {
        RetryState {
            last: None,
            ended: 0,
            has_renewed: false,
            phase: Phase::Start,
        }
    }

    /// What the call does before its next attempt.
    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    /// What the last attempt came to.
    pub(crate) fn last(&self) -> Option<&Report> {
        self.last.as_ref()
    }

    /// Whether another credential is to be looked for, which is done once: the service refused the
    /// credential in a way that another one mends.
    pub(crate) fn takes_renewal(&mut self, report: &Report) -> bool {
        let renews = !self.has_renewed && is_fixed_by_renewal(report);
        self.has_renewed |= renews;
        renews
    }

    /// Another credential was found after an attempt that came to `refused`.
    pub(crate) fn renewed(&mut self, refused: Report) {
        self.last = Some(refused);
        self.phase = Phase::Credentials;
    }

    /// What to do after an attempt: `elapsed` of `allowed` has passed.
    pub(crate) fn next(
        &mut self,
        policy: &RetryPolicy,
        report: Report,
        elapsed: Duration,
        allowed: Duration,
        random: impl FnOnce(u64) -> u64,
    ) -> Next {
        self.ended += 1;
        match policy.pause(self.ended, &report, elapsed, allowed, random) {
            None => Next::Return(Box::new(report)),
            Some(pause) => {
                self.last = Some(report);
                self.phase = Phase::Pause;
                Next::Pause(pause)
            }
        }
    }

    /// The report of a call that was ended between two attempts: nothing was changed, and what the
    /// last attempt learned is kept. When the time is up, the last attempt says why.
    pub(crate) fn ended(self, ended: &TransportFailure) -> Report {
        let Some(last) = self.last else {
            return Report::from(ended);
        };
        if ended.status == Status::Timeout {
            return last;
        }
        Report {
            status: ended.status,
            phase: Some(ended.phase),
            retryable: false,
            hint: ended.status.hint().into(),
            message: ended.message.clone(),
            after: last.message,
            ..last
        }
    }

    /// The report of a call whose credential was refused and could not be replaced: what stopped the
    /// renewal counts.
    pub(crate) fn not_renewed(refused: Report, failure: Report) -> Report {
        Report {
            attempts: refused.attempts,
            after: refused.message,
            ..failure
        }
    }
}

/// Whether another credential mends what the service refused: a 401 with a code that says so.
fn is_fixed_by_renewal(report: &Report) -> bool {
    report.status() == Status::Unauthorized
        && !report.outcome_unknown()
        && service_codes::find(&report.service_code).is_some_and(|code| code.is_fixed_by_renewal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase::Phase;

    const POLICY: RetryPolicy = RetryPolicy {
        retries: 3,
        base: Duration::from_millis(200),
        longest: Duration::from_millis(1000),
        ends_at_429: false,
    };
    const MINUTE: Duration = Duration::from_secs(60);

    fn throttled(retry_after_ms: Option<u64>) -> Report {
        Report {
            retryable: true,
            retry_after_ms,
            ..Report::new(Status::Throttled, Phase::Receive, "")
        }
    }

    fn unreachable() -> Report {
        Report {
            retryable: true,
            ..Report::new(Status::Connect, Phase::Connect, "")
        }
    }

    #[test]
    fn pauses_are_random_below_a_bound_that_doubles_up_to_the_longest() {
        let seed = 20_261_124;
        println!("seed {seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        let policy = RetryPolicy {
            retries: 10,
            ..POLICY
        };
        for (attempts, bound) in [(1, 200), (2, 400), (3, 800), (4, 1000), (9, 1000)] {
            let pauses: Vec<_> = (0..1000)
                .filter_map(|_| {
                    policy.pause(attempts, &unreachable(), Duration::ZERO, MINUTE, |n| {
                        random.u64(..n)
                    })
                })
                .collect();
            assert_eq!(pauses.len(), 1000);
            let bound = Duration::from_millis(bound);
            let longest = *pauses.iter().max().unwrap();
            let shortest = *pauses.iter().min().unwrap();
            assert!(
                longest <= bound && longest > bound.mul_f64(0.9),
                "{attempts}: {longest:?}"
            );
            assert!(shortest < bound.mul_f64(0.1), "{attempts}: {shortest:?}");
        }
    }

    #[test]
    fn what_the_service_asks_for_is_never_shortened() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut pause = |asked| {
            POLICY.pause(1, &throttled(Some(asked)), Duration::ZERO, MINUTE, |n| {
                random.u64(..n)
            })
        };
        assert_eq!(pause(900), Some(Duration::from_millis(900)));
        assert_eq!(pause(1001), None);
    }

    #[test]
    fn after_a_429_that_does_not_say_how_long_the_pauses_are_ten_times_as_long() {
        let policy = RetryPolicy {
            longest: MINUTE,
            ..POLICY
        };
        let hour = 60 * MINUTE;
        let longest = |attempts, report: &Report| {
            policy.pause(attempts, report, Duration::ZERO, hour, |below| below - 1)
        };
        assert_eq!(longest(1, &throttled(None)), Some(Duration::from_secs(2)));
        assert_eq!(longest(2, &throttled(None)), Some(Duration::from_secs(4)));
        assert_eq!(longest(1, &throttled(Some(0))), Some(policy.base));
        assert_eq!(longest(1, &unreachable()), Some(policy.base));
    }

    #[test]
    fn of_many_calls_a_429_ends_each() {
        let policy = RetryPolicy {
            ends_at_429: true,
            ..POLICY
        };
        let pause = |report: &Report| policy.pause(1, report, Duration::ZERO, MINUTE, |_| 0);
        assert_eq!(pause(&throttled(None)), None);
        assert_eq!(pause(&unreachable()), Some(Duration::ZERO));
        // How long all of them pause is the same as ever.
        let length = |asked| policy.length(9, &throttled(asked), |below| below - 1);
        assert_eq!(length(Some(900)), Some(policy.longest));
        assert_eq!(length(Some(1001)), None);
    }

    #[test]
    fn a_pause_that_cannot_be_read_or_is_huge_ends_the_retries() {
        let unreadable = Report {
            ends_retries: true,
            ..throttled(None)
        };
        for report in [unreadable, throttled(Some(u64::MAX))] {
            let pause = POLICY.pause(1, &report, Duration::ZERO, MINUTE, |_| 0);
            assert_eq!(pause, None);
        }
    }

    #[test]
    fn no_attempt_begins_in_the_last_quarter() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut pause = |elapsed| {
            POLICY.pause(
                1,
                &throttled(Some(500)),
                Duration::from_millis(elapsed),
                Duration::from_secs(4),
                |n| random.u64(..n),
            )
        };
        assert!(pause(2500).is_some());
        assert_eq!(pause(2501), None);
    }

    #[test]
    fn attempts_are_counted_and_only_the_retryable_is_retried() {
        let mut random = fastrand::Rng::with_seed(1);
        assert!(
            POLICY
                .pause(3, &throttled(None), Duration::ZERO, MINUTE, |n| random
                    .u64(..n))
                .is_some()
        );
        assert_eq!(
            POLICY.pause(4, &throttled(None), Duration::ZERO, MINUTE, |n| random
                .u64(..n)),
            None
        );
        let lost = Report::new(Status::ConnectionLost, Phase::Receive, "");
        assert_eq!(
            POLICY.pause(1, &lost, Duration::ZERO, MINUTE, |n| random.u64(..n)),
            None
        );
    }

    fn refused(code: &str) -> Report {
        Report {
            attempts: 1,
            service_code: code.to_owned(),
            ..Report::new(Status::Unauthorized, Phase::Receive, "it was refused")
        }
    }

    #[test]
    fn another_credential_is_looked_for_once_and_only_where_it_helps() {
        for code in [
            "APIGW.0301",
            "APIGW.0307",
            "APIG.0301",
            "APIG.0307",
            "SCM.1000",
        ] {
            let mut state = RetryState::new();
            assert!(state.takes_renewal(&refused(code)), "{code}");
            assert!(!state.takes_renewal(&refused(code)), "{code}, once more");
        }
        for code in [
            "SCM.4002",
            "SCM.1004",
            "SCM.1009",
            "SCM.1010",
            "APIGW.0302",
            "",
            "X",
        ] {
            assert!(!RetryState::new().takes_renewal(&refused(code)), "{code}");
        }
        let mut forbidden = refused("APIGW.0301");
        forbidden.status = Status::Forbidden;
        assert!(!RetryState::new().takes_renewal(&forbidden));
        let mut unknown = refused("APIGW.0301");
        unknown.outcome_unknown = true;
        assert!(!RetryState::new().takes_renewal(&unknown));
    }

    #[test]
    fn a_renewal_is_no_retry() {
        let policy = RetryPolicy {
            retries: 1,
            ..POLICY
        };
        let mut state = RetryState::new();
        assert_eq!(state.phase(), Phase::Start);
        state.renewed(refused("APIGW.0301"));
        assert_eq!(state.phase(), Phase::Credentials);
        let mut next = |report| state.next(&policy, report, Duration::ZERO, MINUTE, |_| 0);
        assert!(matches!(next(unreachable()), Next::Pause(_)));
        assert!(matches!(next(unreachable()), Next::Return(_)));
    }

    #[test]
    fn when_the_time_is_up_between_two_attempts_the_last_one_says_why() {
        let ended = |status| TransportFailure::new(status, Phase::Pause, "it ended");
        let paused = || {
            let mut state = RetryState::new();
            let next = state.next(&POLICY, throttled(None), Duration::ZERO, MINUTE, |_| 0);
            assert!(matches!(next, Next::Pause(_)));
            state
        };
        let report = paused().ended(&ended(Status::Timeout));
        assert_eq!(report.status(), Status::Throttled);
        let report = paused().ended(&ended(Status::Cancelled));
        assert_eq!(report.status(), Status::Cancelled);
        assert!(!report.retryable());
        let report = RetryState::new().ended(&ended(Status::Timeout));
        assert_eq!(report.status(), Status::Timeout);
    }
}
