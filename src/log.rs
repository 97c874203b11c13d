//! One line for each push and each warning, given to the client's own hook.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::report::Report;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum Level {
    /// A push that succeeded.
    Info = 1,
    /// Something to look at, though the call went on.
    Warning = 2,
    /// A push that failed.
    Error = 3,
}

impl Level {
    /// The number that C's log callback is given.
    pub const fn number(self) -> i32 {
        self as i32
    }
}

/// What a log line is given to.
pub type LogHook = Arc<dyn Fn(Level, &str) + Send + Sync>;

/// Where a client's lines go, if anywhere.
#[derive(Clone, Default)]
pub(crate) struct Log(Option<LogHook>);

impl Log {
    pub(crate) fn new(hook: Option<LogHook>) -> Log {
        Log(hook)
    }

    /// The line of a push that has ended.
    pub(crate) fn push(&self, report: &Report, took: Duration) {
        let Some(hook) = &self.0 else { return };
        let level = if report.status() == crate::Status::Ok {
            Level::Info
        } else {
            Level::Error
        };
        hook(
            level,
            &format!(
                "{} push certificate_id={} target_service={} target_project={} status={} outcome={} http_status={} service_code={} request_id={} attempts={} ms={} message={:?}",
                now(),
                or_dash(report.certificate_id()),
                or_dash(report.target_service()),
                or_dash(report.target_project()),
                report.status().c_name(),
                report.outcome(),
                report.http_status(),
                or_dash(report.service_code()),
                or_dash(report.request_id()),
                report.attempts(),
                took.as_millis(),
                report.message(),
            ),
        );
    }

    /// A warning that does not end the call.
    pub(crate) fn warn(&self, message: &str) {
        if let Some(hook) = &self.0 {
            hook(Level::Warning, &format!("{} warning {message}", now()));
        }
    }
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

/// The time in UTC, to the second: `2026-11-24T03:00:00Z`.
fn now() -> String {
    let now = OffsetDateTime::from(SystemTime::now());
    now.replace_nanosecond(0)
        .unwrap_or(now)
        .format(&Rfc3339)
        .unwrap_or_default()
}
