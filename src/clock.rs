//! A clock for what must outlive a machine's sleep: it never jumps, and goes on while the machine
//! is suspended, as the clocks of those do who count against it. And the time of day, for people.

use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The time since some moment before the process began.
pub(crate) fn now() -> Duration {
    let now = since_boot();
    #[cfg(test)]
    let now = now + ahead::get();
    now
}

/// The time of day in UTC, to the second, for people: `2026-11-24T03:00:00Z`.
pub(crate) fn timestamp() -> String {
    timestamp_of(SystemTime::now())
}

/// A time of day, as [`timestamp`] tells it.
pub(crate) fn timestamp_of(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time);
    time.replace_nanosecond(0)
        .unwrap_or(time)
        .format(&Rfc3339)
        .unwrap_or_default()
}

#[cfg(target_os = "linux")]
fn since_boot() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or_default()
}

#[cfg(not(target_os = "linux"))]
fn since_boot() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// How far a test has put the clock ahead, for its own thread.
#[cfg(test)]
pub(crate) mod ahead {
    use std::cell::Cell;
    use std::time::Duration;

    thread_local! {
        static AHEAD: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    }

    pub(super) fn get() -> Duration {
        AHEAD.get()
    }

    pub(crate) fn by(more: Duration) {
        AHEAD.set(AHEAD.get() + more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_and_can_be_put_ahead() {
        let first = now();
        assert!(now() >= first);
        ahead::by(Duration::from_secs(900));
        assert!(now() >= first + Duration::from_secs(900));
    }
}
