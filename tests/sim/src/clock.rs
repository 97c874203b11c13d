//! The clock of the simulated service, which can be made to differ from everyone else's.

use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, SystemTime};

use time::{Date, Month, OffsetDateTime, Time};

/// The system's clock, a number of seconds ahead.
#[derive(Debug)]
pub(crate) struct Clock {
    ahead_s: AtomicI32,
}

impl Clock {
    pub(crate) fn new(ahead_s: i32) -> Self {
        Clock {
            ahead_s: AtomicI32::new(ahead_s),
        }
    }

    pub(crate) fn set_ahead(&self, seconds: i32) {
        self.ahead_s.store(seconds, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Moment {
        let ahead_s = self.ahead_s.load(Ordering::Relaxed);
        Moment(OffsetDateTime::now_utc() + time::Duration::seconds(ahead_s.into()))
    }
}

/// A point in time, in each of the ways that the services write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(OffsetDateTime);

impl Moment {
    /// So much later, or at the end of time.
    pub(crate) fn after(self, duration: Duration) -> Moment {
        let duration = duration.try_into().unwrap_or(time::Duration::MAX);
        Moment(self.0.saturating_add(duration))
    }

    /// How far away another moment is, before or after.
    pub(crate) fn distance(self, other: Moment) -> Duration {
        (self.0 - other.0).unsigned_abs()
    }

    /// As IAM writes it: `2020-01-04T09:05:22.701000Z`.
    pub(crate) fn to_iam(self) -> String {
        let (date, time) = (self.0.date(), self.0.time());
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
            date.year(),
            u8::from(date.month()),
            date.day(),
            time.hour(),
            time.minute(),
            time.second(),
            time.microsecond()
        )
    }

    /// As X-Sdk-Date has it: `20200608T023900Z`.
    pub(crate) fn to_sdk(self) -> String {
        let (date, time) = (self.0.date(), self.0.time());
        format!(
            "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
            date.year(),
            u8::from(date.month()),
            date.day(),
            time.hour(),
            time.minute(),
            time.second()
        )
    }

    /// Reads an X-Sdk-Date.
    pub(crate) fn from_sdk(text: &str) -> Option<Moment> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if date.len() != 8 || time.len() != 6 || !digits(date) || !digits(time) {
            return None;
        }
        let month = Month::try_from(date[4..6].parse::<u8>().ok()?).ok()?;
        let date =
            Date::from_calendar_date(date[..4].parse().ok()?, month, date[6..].parse().ok()?);
        let time = Time::from_hms(
            time[..2].parse().ok()?,
            time[2..4].parse().ok()?,
            time[4..].parse().ok()?,
        );
        Some(Moment(OffsetDateTime::new_utc(date.ok()?, time.ok()?)))
    }

    /// As a Date header has it.
    pub(crate) fn to_http(self) -> String {
        httpdate::fmt_http_date(SystemTime::from(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_three_ways() {
        let moment = Moment::from_sdk("20200608T023900Z").expect("a date");
        let later = moment.after(Duration::from_micros(701_000));
        assert_eq!(later.to_iam(), "2020-06-08T02:39:00.701000Z");
        assert_eq!(later.to_sdk(), "20200608T023900Z");
        assert_eq!(later.to_http(), "Mon, 08 Jun 2020 02:39:00 GMT");
    }

    #[test]
    fn an_sdk_date_is_read_in_one_form_only() {
        for wrong in [
            "",
            "20200608T023900",
            "20200608t023900Z",
            "2020-06-08T02:39:00Z",
            "20201308T023900Z",
            "20200631T023900Z",
            "20200608T243900Z",
            "20200608T02390٠Z",
            "+2020608T023900Z",
        ] {
            assert_eq!(Moment::from_sdk(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_clock_can_be_ahead_or_behind() {
        let (right, wrong) = (Clock::new(0), Clock::new(3600));
        assert!(wrong.now() > right.now().after(Duration::from_secs(3000)));
        wrong.set_ahead(-3600);
        assert!(wrong.now().after(Duration::from_secs(3000)) < right.now());
    }

    #[test]
    fn the_end_of_time_is_not_overrun() {
        let moment = Clock::new(0).now();
        assert!(moment.after(Duration::MAX) > moment);
    }
}
