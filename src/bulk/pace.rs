//! How fast pushes are begun. A 429 makes all of them pause, and go on at a lower rate; each push that
//! gets through raises it again. Pure: the time is told. Nothing here uses floating point, which the
//! host may trap.

use std::time::{Duration, Instant};

/// The shortest and the longest time between the beginnings of two pushes, once they are slowed down.
const SHORTEST_GAP: Duration = Duration::from_micros(200);
const LONGEST_GAP: Duration = Duration::from_secs(5);
/// Each push that gets through shortens the time between two by this part of it: if fewer than one
/// in twelve is throttled, the rate rises.
const SPEED_UP: u32 = 16;

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
}

impl Pace {
    /// When the next push may begin; `None` for at once.
    pub(super) fn ready(&self) -> Option<Instant> {
        self.resumes.max(self.next)
    }

    /// One begins now.
    pub(super) fn begin(&mut self, now: Instant) {
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

    /// All pause. If that is new, they go on at half the rate; `usual` is the time between two at the
    /// highest rate.
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
            self.gap = gap.clamp(SHORTEST_GAP, LONGEST_GAP);
            self.times += 1;
            self.slowed = Some(now);
        }
    }

    /// One got through.
    pub(super) fn speed_up(&mut self) {
        self.times = 0;
        self.gap -= self.gap / SPEED_UP;
        if self.gap <= SHORTEST_GAP {
            self.gap = Duration::ZERO;
        }
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
            pace.speed_up();
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
            (0..19).for_each(|_| pace.speed_up());
        }
        assert!(pace.gap <= 2 * MS, "{:?}", pace.gap);
    }

    /// A service that takes `rate` requests a second, and 20 pushes at a time that take 50 ms each.
    #[test]
    fn the_rate_settles_near_what_the_service_takes() {
        let mut pace = Pace::default();
        let start = Instant::now();
        let (mut now, mut passed, mut throttled) = (start, 0_u32, 0_u32);
        let (mut window, mut taken) = (start, 0);
        for _ in 0..4000 {
            now = pace
                .ready()
                .map_or(now, |ready| ready.max(now))
                .max(now + 2 * MS);
            pace.begin(now);
            if now.duration_since(window) >= 1000 * MS {
                (window, taken) = (now, 0);
            }
            taken += 1;
            if taken > 50 {
                throttled += 1;
                let is_new = pace.is_new(now);
                pace.slow_down(now, 300 * MS, is_new, 2 * MS);
            } else {
                passed += 1;
                pace.speed_up();
            }
        }
        let seconds = now.duration_since(start).as_secs() as u32;
        assert!(passed / seconds >= 20, "{passed} in {seconds} s");
        assert!(throttled * 12 <= passed, "{throttled} of {passed}");
    }
}
