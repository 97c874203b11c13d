//! One line for each push and each warning, given to the client's own hook and, with the feature
//! `log`, to the logger of the program.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::call_context::{CallingThread, Connected};
use crate::clock::timestamp_of;
use crate::report::Report;
use crate::status::Status;
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
    /// A connection that was made. Told with the feature `log`, and by no hook that does not ask for it.
    /// Since 0.2.0.
    Debug = 0,
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

    /// Takes what a line would tell, for who has fields of its own for it. Gives the line, by default.
    fn event(&self, event: &LogEvent<'_>) {
        self.line(event.level(), &event.line());
    }

    /// Whether it is told of connections, too, which it may be asked on any thread. By default it is not.
    fn takes_connections(&self) -> bool {
        false
    }
}

/// What is told by a line of the log.
#[derive(Debug)]
pub struct LogEvent<'a> {
    time: SystemTime,
    what: Logged<'a>,
}

/// What is told by a line of the log, in its parts.
#[derive(Clone, Copy, Debug)]
pub enum Logged<'a> {
    /// A call of an operation has ended.
    Call {
        /// Its name.
        operation: &'static str,
        /// What became of it.
        report: &'a Report,
        /// How long it took.
        took: Duration,
    },
    /// A connection was made.
    Connection(&'a Connected),
    /// Something is to be looked at.
    Warning(&'a str),
}

impl LogEvent<'_> {
    /// How much it matters.
    pub fn level(&self) -> Level {
        self.what.level()
    }

    /// What it tells.
    pub fn what(&self) -> &Logged<'_> {
        &self.what
    }

    /// The line, without a line end.
    pub fn line(&self) -> String {
        format!("{} {}", timestamp_of(self.time), self.what.text())
    }
}

impl Logged<'_> {
    fn level(&self) -> Level {
        match self {
            Logged::Call { report, .. } if report.status() == Status::Ok => Level::Info,
            Logged::Call { .. } => Level::Error,
            Logged::Connection(_) => Level::Debug,
            Logged::Warning(_) => Level::Warning,
        }
    }

    /// The line, without the time.
    fn text(&self) -> String {
        match self {
            Logged::Call {
                operation,
                report,
                took,
            } => format!(
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
            ),
            Logged::Connection(made) => format!(
                "connected host={} address={} proxy={} tls={} ms={}",
                made.host,
                made.address,
                or_dash(&made.proxy),
                or_dash(made.tls),
                made.took.as_millis(),
            ),
            Logged::Warning(message) => format!("warning {message}"),
        }
    }
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

    /// Tells of a call of an operation that has ended.
    pub(crate) fn call(&self, operation: &'static str, report: &Report, took: Duration) {
        self.write(Logged::Call {
            operation,
            report,
            took,
        });
    }

    /// Tells of connections that were made.
    pub(crate) fn connections(&self, made: &[Connected]) {
        for made in made {
            self.write(Logged::Connection(made));
        }
    }

    /// A warning that does not end the call.
    pub(crate) fn warn(&self, message: &str) {
        self.write(Logged::Warning(message));
    }

    /// Tells it to whoever wants it. That one panics must not change what is told of the push, least of
    /// all that it happened; the program's panic hook has told of the panic.
    fn write(&self, what: Logged<'_>) {
        #[cfg(feature = "log")]
        {
            let _ = caught(|| to_the_programs_logger(&what));
        }
        if let Some(hook) = self.0.as_deref() {
            let _ = caught(|| {
                let level = what.level();
                if (level > Level::Debug || hook.takes_connections()) && hook.wants(level) {
                    let time = SystemTime::now();
                    hook.event(&LogEvent { time, what });
                }
            });
        }
    }
}

/// The program's logger knows the time, and who tells.
#[cfg(feature = "log")]
fn to_the_programs_logger(what: &Logged<'_>) {
    let level = match what.level() {
        Level::Debug => log::Level::Debug,
        Level::Info => log::Level::Info,
        Level::Warning => log::Level::Warn,
        Level::Error => log::Level::Error,
    };
    if log::log_enabled!(target: "certpush", level) {
        log::log!(target: "certpush", level, "{}", what.text());
    }
}

/// A hook that is called on another thread. What it wants is asked there, too.
struct Elsewhere {
    hook: Arc<dyn LogHook>,
    thread: CallingThread,
}

/// What is logged, on its way to another thread.
enum Told {
    Call(&'static str, Box<Report>, Duration),
    Connection(Connected),
    Warning(String),
}

impl Told {
    fn of(what: Logged<'_>) -> Told {
        match what {
            Logged::Call {
                operation,
                report,
                took,
            } => Told::Call(operation, Box::new(report.clone()), took),
            Logged::Connection(made) => Told::Connection(made.clone()),
            Logged::Warning(message) => Told::Warning(message.to_owned()),
        }
    }

    fn logged(&self) -> Logged<'_> {
        match self {
            Told::Call(operation, report, took) => Logged::Call {
                operation,
                report,
                took: *took,
            },
            Told::Connection(made) => Logged::Connection(made),
            Told::Warning(message) => Logged::Warning(message),
        }
    }
}

impl LogHook for Elsewhere {
    fn line(&self, _: Level, _: &str) {
        // Nobody gives it one: it takes events.
    }

    fn event(&self, event: &LogEvent<'_>) {
        let (hook, time, told) = (Arc::clone(&self.hook), event.time, Told::of(event.what));
        (self.thread)(Box::new(move || {
            let _ = caught(|| {
                let what = told.logged();
                if hook.wants(what.level()) {
                    hook.event(&LogEvent { time, what });
                }
            });
        }));
    }

    fn takes_connections(&self) -> bool {
        self.hook.takes_connections()
    }
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}
