//! One line for each push and each warning, given to the client's own hook and, with the feature
//! `log`, to the logger of the program.

use std::sync::Arc;
use std::time::Duration;

use crate::call_context::CallingThread;
use crate::clock::timestamp;
use crate::report::Report;
use certpush_system::caught;

/// How much a line of the log matters. Since 0.1.0.
///
/// ```
/// use certpush::{Config, Level};
///
/// let config = Config::new().log(|level, line| {
///     if level >= Level::Warning {
///         eprintln!("{line}");
///     }
/// });
/// # let _ = config;
/// ```
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
    #[doc(hidden)]
    pub const fn number(self) -> i32 {
        self as i32
    }
}

/// What a client's log lines are given to: a closure, or a type that can say what it wants.
///
/// It is called on the thread that makes the call, so by several threads at once if several use
/// the client. If it panics, the line is lost and nothing else: the call goes on, and tells what it
/// would have told. Since 0.1.0.
pub trait LogHook: Send + Sync {
    /// Whether a line of this level is wanted: asked before the line is made. All are, by default.
    fn wants(&self, level: Level) -> bool {
        let _ = level;
        true
    }

    /// Takes one line without a line end. It never holds a secret.
    fn line(&self, level: Level, line: &str);
}

impl<F: Fn(Level, &str) + Send + Sync> LogHook for F {
    fn line(&self, level: Level, line: &str) {
        self(level, line);
    }
}

/// Where a client's lines go, if anywhere.
#[derive(Clone, Default)]
pub(crate) struct Log(Option<Arc<dyn LogHook>>);

impl Log {
    pub(crate) fn new(hook: Option<Arc<dyn LogHook>>) -> Log {
        Log(hook)
    }

    /// The same log for another thread than the one on which the program has called certpush: the hook
    /// is called on that one.
    pub(crate) fn through(&self, thread: &CallingThread) -> Log {
        let there = self.0.as_ref().map(|hook| Elsewhere {
            hook: Arc::clone(hook),
            thread: Arc::clone(thread),
        });
        Log(there.map(|hook| Arc::new(hook) as Arc<dyn LogHook>))
    }

    /// The line of a call of an operation that has ended.
    pub(crate) fn call(&self, operation: &str, report: &Report, took: Duration) {
        let level = if report.status() == crate::Status::Ok {
            Level::Info
        } else {
            Level::Error
        };
        self.write(level, || {
            format!(
                "{operation} certificate_id={} target_service={} target_project={} status={} outcome={} http_status={} service_code={} request_id={} attempts={} ms={} message={:?}",
                or_dash(&report.certificate_id),
                or_dash(&report.target_service),
                or_dash(&report.target_project),
                report.status().c_name(),
                report.outcome(),
                report.http_status,
                or_dash(&report.service_code),
                or_dash(&report.request_id),
                report.attempts(),
                took.as_millis(),
                report.message(),
            )
        });
    }

    /// A warning that does not end the call.
    pub(crate) fn warn(&self, message: &str) {
        self.write(Level::Warning, || format!("warning {message}"));
    }

    /// Gives a line to whoever wants one. That one panics must not change what is told of the push,
    /// least of all that it happened; the program's panic hook has told of the panic.
    fn write(&self, level: Level, line: impl Fn() -> String) {
        if let Some(hook) = self.0.as_deref() {
            let _ = caught(|| {
                if hook.wants(level) {
                    hook.line(level, &format!("{} {}", timestamp(), line()));
                }
            });
        }
        #[cfg(feature = "log")]
        {
            let _ = caught(|| to_the_programs_logger(level, line));
        }
    }
}

/// The program's logger knows the time, and who tells.
#[cfg(feature = "log")]
fn to_the_programs_logger(level: Level, line: impl Fn() -> String) {
    let level = match level {
        Level::Info => log::Level::Info,
        Level::Warning => log::Level::Warn,
        Level::Error => log::Level::Error,
    };
    log::log!(target: "certpush", level, "{}", line());
}

/// A hook that is called on another thread. What it wants is asked there, too.
struct Elsewhere {
    hook: Arc<dyn LogHook>,
    thread: CallingThread,
}

impl LogHook for Elsewhere {
    fn line(&self, level: Level, line: &str) {
        let (hook, line) = (Arc::clone(&self.hook), line.to_owned());
        (self.thread)(Box::new(move || {
            let _ = caught(|| {
                if hook.wants(level) {
                    hook.line(level, &line);
                }
            });
        }));
    }
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}
