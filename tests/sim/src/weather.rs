//! What a service under load does to pushes that nothing is wrong with: they take a while, and some are
//! throttled, lost on their way back, or answered with an error.
//!
//! What becomes of a push is drawn by the seed, the request and how often it came: the order in which
//! requests come changes nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::ledger::fnv_1a;

/// How pushes fare that nothing is wrong with. The default is at once and well. Scenarios stand aside.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// How long each takes.
    pub latency: Duration,
    /// How many of 100 are answered with 429 APIGW.0308 and not carried out.
    pub throttled_percent: u8,
    /// How many of 100 are not answered: the connection is reset. Half of them are carried out.
    pub reset_percent: u8,
    /// How many of 100 are answered with 500 SCM.3000. Half of them are carried out.
    pub failing_percent: u8,
    /// What is drawn by.
    pub seed: u64,
}

/// What becomes of one push that nothing is wrong with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Well,
    Throttled,
    Reset { carried_out: bool },
    Failing { carried_out: bool },
}

/// Draws what becomes of pushes.
pub(crate) struct Draw {
    pub(crate) weather: Weather,
    /// How often each request came.
    came: Mutex<HashMap<u64, u32>>,
}

impl Draw {
    pub(crate) fn new(weather: Weather) -> Draw {
        Draw {
            weather,
            came: Mutex::default(),
        }
    }

    /// What becomes of a request with this path and body.
    pub(crate) fn fate(&self, path: &str, body: &[u8]) -> Fate {
        let Weather {
            throttled_percent,
            reset_percent,
            failing_percent,
            seed,
            ..
        } = self.weather;
        if throttled_percent + reset_percent + failing_percent == 0 {
            return Fate::Well;
        }
        let request = fnv_1a(&[path.as_bytes(), b" ", body].concat());
        let count = {
            let mut came = self.came.lock().unwrap_or_else(PoisonError::into_inner);
            let count = came.entry(request).or_default();
            *count += 1;
            *count
        };
        let drawn = mixed(seed ^ mixed(request ^ mixed(count.into())));
        let carried_out = drawn >> 63 == 0;
        let mut below = 0;
        for (percent, fate) in [
            (throttled_percent, Fate::Throttled),
            (reset_percent, Fate::Reset { carried_out }),
            (failing_percent, Fate::Failing { carried_out }),
        ] {
            below += u64::from(percent);
            if drawn % 100 < below {
                return fate;
            }
        }
        Fate::Well
    }
}

/// The mixing step of SplitMix64.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fates(seed: u64) -> Vec<Fate> {
        let draw = Draw::new(Weather {
            throttled_percent: 5,
            reset_percent: 1,
            failing_percent: 2,
            seed,
            ..Weather::default()
        });
        let paths = (0..20_000).map(|number| format!("/{number}"));
        paths.map(|path| draw.fate(&path, b"{}")).collect()
    }

    #[test]
    fn as_many_meet_a_fate_as_was_asked_for() {
        let fates = fates(1);
        let count = |wanted| fates.iter().filter(|fate| **fate == wanted).count();
        assert!((900..=1100).contains(&count(Fate::Throttled)));
        for carried_out in [false, true] {
            assert!((60..=140).contains(&count(Fate::Reset { carried_out })));
            assert!((140..=260).contains(&count(Fate::Failing { carried_out })));
        }
    }

    #[test]
    fn the_seed_decides_and_a_repeat_is_drawn_anew() {
        assert_eq!(fates(1), fates(1));
        assert_ne!(fates(1), fates(2));
        let draw = Draw::new(Weather {
            throttled_percent: 50,
            ..Weather::default()
        });
        let repeats: Vec<_> = (0..64).map(|_| draw.fate("/", b"{}")).collect();
        assert!(repeats.contains(&Fate::Well) && repeats.contains(&Fate::Throttled));
    }
}
