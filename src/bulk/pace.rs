//! How fast pushes are begun. A 429 makes all of them pause, and go on at a lower rate; each push that
//! gets through raises it again. A service whose limit is used up by others throttles at any rate: a run
//! goes no slower than its pushes got through at best, pauses included, unless none gets through. Pure: the time is told. Nothing here uses floating point, which the
//! host may trap.

use std::time::{Duration, Instant};

/// The shortest and the longest time between the beginnings of two pushes, once they are slowed down.
const SHORTEST_GAP: Duration = Duration::from_micros(200);
const LONGEST_GAP: Duration = Duration::from_secs(5);
/// Each push that gets through shortens the time between two by this part of it: if fewer than one
/// in twelve is throttled, the rate rises.
const SPEED_UP: u32 = 16;
/// How fast pushes get through is known of so many in a row.
const COUNTED: u32 = 16;
/// What was measured at best is forgotten, by this part of it with each later measure: limits change.
const FORGET: u32 = 20;
/// So often in a row without a push that gets through, the rate is lowered without a bound.
const UNPASSED: u32 = 2;

/// The rate at which pushes are begun.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Before this none is begun.
    resumes: Option<Instant>,
    /// The time between two, zero while they are not slowed down.
    gap: Duration,
    /// When the next one may begin, for the gap's sake.
    next: Option<Instant>,
    /// When they were slowed down last: what began earlier says nothing of the rate since.
    slowed: Option<Instant>,
    /// How often they were slowed down since one got through.
    times: u32,
    /// The time between two that got through, when most did: a mean of many, with the pauses. A longer gap
    /// than this would make the run slower and not be heeded.
    best: Option<Duration>,
    /// Since when those are counted that get through, and how many have.
    counting: Option<Instant>,
    passed: u32,
}

impl Pace {
    /// When the next push may begin; `None` for at once.
    pub(super) fn ready(&self) -> Option<Instant> {
        self.resumes.max(self.next)
    }

    /// One begins now.
    pub(super) fn begin(&mut self, now: Instant) {
        self.counting.get_or_insert(now);
        self.next = (!self.gap.is_zero()).then(|| now + self.gap);
    }

    /// Whether a 429 to a push that began then slows the others down, and does not only tell again
    /// what is known.
    pub(super) fn is_new(&self, began: Instant) -> bool {
        self.slowed.is_none_or(|slowed| began >= slowed)
    }

    /// How often they were slowed down since one got through, this time included.
    pub(super) fn times(&self) -> u32 {
        self.times + 1
    }

    /// All pause. If that is new, they go on at half the rate, but while some get through not below
    /// that at which they did at best; `usual` is the time between two at the highest rate.
    pub(super) fn slow_down(
        &mut self,
        now: Instant,
        pause: Duration,
        is_new: bool,
        usual: Duration,
    ) {
        let resumes = now + pause;
        self.resumes = self.resumes.max(Some(resumes));
        if is_new {
            let gap = self.gap.max(usual) * 2;
            self.times += 1;
            let longest = match self.best {
                Some(best) if self.times <= UNPASSED => best.min(LONGEST_GAP),
                _ => LONGEST_GAP,
            };
            self.gap = gap.min(longest).max(SHORTEST_GAP);
            self.slowed = Some(now);
        }
    }

    /// One got through now.
    pub(super) fn speed_up(&mut self, now: Instant) {
        self.count(now);
        self.times = 0;
        self.gap -= self.gap / SPEED_UP;
        if self.gap <= SHORTEST_GAP {
            self.gap = Duration::ZERO;
        }
    }

    fn count(&mut self, now: Instant) {
        self.passed += 1;
        if self.passed < COUNTED {
            return;
        }
        self.passed = 0;
        let since = self.counting.replace(now).unwrap_or(now);
        let lately = now.saturating_duration_since(since) / COUNTED;
        self.best = Some(match self.best {
            Some(best) => lately.min(best + best / FORGET),
            None => lately,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn all_pause_and_go_on_at_half_the_rate() {
        let now = Instant::now();
        let mut pace = Pace::default();
        pace.begin(now);
        assert_eq!(pace.ready(), None);
        pace.slow_down(now, 500 * MS, true, 10 * MS);
        assert_eq!(pace.ready(), Some(now + 500 * MS));
        // What a burst tells makes no rate lower still, but a longer pause is heeded.
        let began = now.checked_sub(MS).unwrap();
        assert!(!pace.is_new(began) && pace.is_new(now));
        pace.slow_down(now, 900 * MS, false, 10 * MS);
        pace.slow_down(now, 100 * MS, false, 10 * MS);
        let resumes = now + 900 * MS;
        assert_eq!(pace.ready(), Some(resumes));
        pace.begin(resumes);
        assert_eq!(pace.ready(), Some(resumes + 20 * MS));
        pace.slow_down(resumes, MS, true, 10 * MS);
        pace.begin(resumes);
        assert_eq!(pace.ready(), Some(resumes + 40 * MS));
        assert_eq!(pace.times(), 3);
    }

    #[test]
    fn what_gets_through_brings_the_full_rate_back() {
        let now = Instant::now();
        let mut pace = Pace::default();
        for _ in 0..40 {
            pace.slow_down(now, Duration::ZERO, true, Duration::ZERO);
        }
        pace.begin(now);
        assert_eq!(pace.ready(), Some(now + LONGEST_GAP));
        let mut needed = 0;
        while pace.gap > Duration::ZERO {
            pace.speed_up(now);
            needed += 1;
        }
        assert!((100..200).contains(&needed), "{needed}");
        pace.begin(now);
        assert_eq!((pace.next, pace.times()), (None, 1));
    }

    #[test]
    fn one_in_twenty_that_is_throttled_does_not_bring_all_to_a_stop() {
        let now = Instant::now();
        let mut pace = Pace::default();
        for _ in 0..100 {
            pace.slow_down(now, Duration::ZERO, true, MS);
            (0..19).for_each(|_| pace.speed_up(now));
        }
        assert!(pace.gap <= 2 * MS, "{:?}", pace.gap);
    }

    /// What comes of so many pushes, begun every 2 ms at most, of which those are throttled that the
    /// service does not take at that time: how many got through, how many did not, in how many seconds.
    fn run(pushes: u32, mut takes: impl FnMut(Duration) -> bool) -> (u32, u32, u32) {
        let start = Instant::now();
        let (mut pace, mut now) = (Pace::default(), start);
        let mut passed = 0;
        for _ in 0..pushes {
            now = pace.ready().max(Some(now + 2 * MS)).unwrap();
            pace.begin(now);
            if takes(now - start) {
                passed += 1;
                pace.speed_up(now);
            } else {
                let is_new = pace.is_new(now);
                pace.slow_down(now, 300 * MS, is_new, 2 * MS);
            }
        }
        let seconds = (now - start).as_secs() as u32;
        (passed, pushes - passed, seconds)
    }

    #[test]
    fn the_rate_settles_near_what_the_service_takes() {
        let (mut window, mut taken) = (Duration::ZERO, 0);
        let (passed, throttled, seconds) = run(4000, |now| {
            if now - window >= 1000 * MS {
                (window, taken) = (now, 0);
            }
            taken += 1;
            taken <= 50
        });
        assert!(passed / seconds >= 20, "{passed} in {seconds} s");
        assert!(throttled * 12 <= passed, "{throttled} of {passed}");
    }

    /// Others use up the limit: going slower helps nobody, and the pauses alone take 300 s here.
    #[test]
    fn a_service_that_throttles_at_any_rate_does_not_bring_all_to_a_stop() {
        let seed = fastrand::u64(..);
        let mut random = fastrand::Rng::with_seed(seed);
        let (passed, throttled, seconds) = run(5000, |_| random.u32(..5) > 0);
        assert!(
            seconds <= 3000,
            "seed {seed}: {passed} passed, {throttled} did not, in {seconds} s"
        );
    }

    #[test]
    fn while_none_gets_through_the_rate_is_lowered_without_a_bound() {
        let start = Instant::now();
        let mut pace = Pace::default();
        pace.begin(start);
        (1..100).for_each(|push| pace.speed_up(start + push * 10 * MS));
        let mut gaps = [MS; 2].to_vec();
        for _ in 0..20 {
            pace.slow_down(start + 1000 * MS, 300 * MS, true, 2 * MS);
            gaps.push(pace.gap);
        }
        assert!(gaps[..4].iter().all(|gap| *gap <= 10 * MS), "{gaps:?}");
        assert_eq!(pace.gap, LONGEST_GAP);
    }
}
