//! What is known of one push: the [`Report`], and its two forms [`Receipt`] and [`Error`].

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::advice;
use crate::message::{self, Word};
use crate::phase::Phase;
use crate::sanitize::{self, sanitize};
use crate::secret::NoMemory;
use crate::status::Status;

/// How the message about an argument ends.
const NOTHING_SENT: &str = "; nothing was sent";

/// Everything that is known of one call, the same for every binding.
///
/// No field ever holds a secret. Text from the service is bounded and has its control
/// characters escaped. Since 0.1.0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub(crate) status: Status,
    pub(crate) message: String,
    pub(crate) hint: Cow<'static, str>,
    pub(crate) phase: Phase,
    pub(crate) http_status: u16,
    pub(crate) service_code: String,
    pub(crate) service_message: String,
    pub(crate) request_id: String,
    pub(crate) retryable: bool,
    pub(crate) outcome_unknown: bool,
    pub(crate) retry_after_ms: Option<u64>,
    /// Whether the service asks for a pause that cannot be read: then certpush itself makes no
    /// further attempt.
    pub(crate) ends_retries: bool,
    pub(crate) attempts: u32,
    pub(crate) certificate_id: String,
    pub(crate) target_project: String,
    pub(crate) target_service: String,
    pub(crate) cause: Option<Cause>,
    /// What it came after, if that was not told yet: the message of an earlier attempt.
    pub(crate) after: String,
    /// What the message is made of, where it names arguments or options.
    pub(crate) words: Vec<Word>,
}

/// What the program's own code failed with. No report shows it: nobody knows what is in it.
#[derive(Clone)]
pub(crate) struct Cause(Arc<dyn std::error::Error + Send + Sync>);

impl Cause {
    pub(crate) fn new(error: Box<dyn std::error::Error + Send + Sync>) -> Cause {
        Cause(error.into())
    }
}

impl std::ops::Deref for Cause {
    type Target = dyn std::error::Error + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an error of the program's own")
    }
}

impl PartialEq for Cause {
    fn eq(&self, other: &Cause) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Cause {}

impl Report {
    pub(crate) fn new(status: Status, phase: Phase, message: impl Into<String>) -> Report {
        Report {
            status,
            message: message.into(),
            hint: Cow::Borrowed(""),
            phase,
            http_status: 0,
            service_code: String::new(),
            service_message: String::new(),
            request_id: String::new(),
            retryable: false,
            outcome_unknown: false,
            retry_after_ms: None,
            ends_retries: false,
            attempts: 0,
            certificate_id: String::new(),
            target_project: String::new(),
            target_service: String::new(),
            cause: None,
            after: String::new(),
            words: Vec::new(),
        }
    }

    /// What happened, and what it came after, to continue a sentence.
    pub(crate) fn what_happened(&self) -> Cow<'_, str> {
        if self.after.is_empty() {
            Cow::Borrowed(&self.message)
        } else {
            Cow::Owned([&self.message, ", after ", &self.after].concat())
        }
    }

    fn made_of(mut self, words: Vec<Word>) -> Report {
        self.words = words;
        self
    }

    /// What became of the call.
    pub fn status(&self) -> Status {
        self.status
    }

    /// What happened, in one line that is fit for a log. Never a secret.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The message as a binding tells it whose callers know arguments and options by other names:
    /// `name` is asked for the name of each that the message is about, and is given the core's.
    pub fn message_naming(&self, name: impl Fn(&str) -> Option<String>) -> String {
        // A message that was changed since is no longer made of these words.
        if message::plain(&self.words) == self.message {
            message::message(&self.words, &name)
        } else {
            self.message.clone()
        }
    }

    /// Which argument or option was refused, by the core's name; "" if the message is about none, or
    /// about more than one.
    pub fn refused(&self) -> &str {
        match self.words.as_slice() {
            [Word::Name(name), Word::Text(_)] => name,
            _ => "",
        }
    }

    /// What to do about it, "" if nothing is known.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// How far the call had come when it failed.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The HTTP status of the last answer, 0 if there was none.
    pub fn http_status(&self) -> u16 {
        self.http_status
    }

    /// The service's `error_code`, such as `SCM.0069`, or "".
    pub fn service_code(&self) -> &str {
        &self.service_code
    }

    /// The service's `error_msg`, or "".
    pub fn service_message(&self) -> &str {
        &self.service_message
    }

    /// The service's id of the request, or "": Huawei Cloud's support asks for it.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Whether the same call may simply be made again: it provably pushed nothing, and what
    /// stopped it may pass.
    pub fn retryable(&self) -> bool {
        self.retryable
    }

    /// Whether the certificate **may have been pushed** although the call failed.
    pub fn outcome_unknown(&self) -> bool {
        self.outcome_unknown
    }

    /// How long the service asks to wait, in milliseconds.
    pub fn retry_after_ms(&self) -> Option<u64> {
        self.retry_after_ms
    }

    /// How many attempts were begun, 0 if nothing was tried.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The certificate's id, "" if it was refused for its form.
    pub fn certificate_id(&self) -> &str {
        &self.certificate_id
    }

    /// The project that the certificate was pushed to, "" if it was refused for its form.
    pub fn target_project(&self) -> &str {
        &self.target_project
    }

    /// The service that the certificate was pushed to, "" if it was refused for its form.
    pub fn target_service(&self) -> &str {
        &self.target_service
    }

    /// What is known of the certificate's whereabouts, as one word for logs: `pushed`,
    /// `not_pushed` or `unknown`.
    pub fn outcome(&self) -> &'static str {
        match (self.status, self.outcome_unknown) {
            (Status::Ok, _) => "pushed",
            (_, true) => "unknown",
            (_, false) => "not_pushed",
        }
    }
}

/// The credential of a push: the service answered that the certificate is on its target.
///
/// It is stored there, not yet bound to a listener or domain. Since 0.1.0.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Receipt(Report);

impl Receipt {
    pub(crate) fn new(report: Report) -> Receipt {
        debug_assert_eq!(report.status, Status::Ok);
        Receipt(report)
    }

    /// Everything that is known of the push.
    pub fn report(&self) -> &Report {
        &self.0
    }

    /// Everything that is known of the push, owned.
    pub fn into_report(self) -> Report {
        self.0
    }
}

impl std::ops::Deref for Receipt {
    type Target = Report;

    fn deref(&self) -> &Report {
        &self.0
    }
}

/// Why a call failed, and whether the certificate may have been pushed all the same.
///
/// Displays as its one-line message. Its [`source`](std::error::Error::source) is what a
/// [`TokenSource`](crate::TokenSource) returned, if that is what failed. Since 0.1.0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .report.message)]
pub struct Error {
    report: Box<Report>,
    /// The report's own cause, where [`source`](std::error::Error::source) finds it.
    #[source]
    cause: Option<Cause>,
}

impl Error {
    pub(crate) fn new(report: Report) -> Error {
        debug_assert_ne!(report.status, Status::Ok);
        Error {
            cause: report.cause.clone(),
            report: Box::new(report),
        }
    }

    /// An argument that cannot be used: `name` is the argument's, `reason` continues the
    /// sentence. For bindings in languages whose values a Rust caller could not even pass.
    pub fn invalid_argument(name: &str, reason: &str) -> Error {
        Error::invalid_argument_in(Word::name(name.to_owned()), name, reason)
    }

    /// As [`Error::invalid_argument`], for a value of the argument that stands where `subject` says.
    pub(crate) fn invalid_argument_in(subject: Word, name: &str, reason: &str) -> Error {
        let words = vec![subject, Word::text(format!(" {reason}{NOTHING_SENT}"))];
        Error::new(Report {
            hint: advice::for_argument(name).into(),
            ..Report::new(
                Status::InvalidArgument,
                Phase::Arguments,
                message::plain(&words),
            )
            .made_of(words)
        })
    }

    /// What is wrong with an argument, to be told of one of many.
    pub(crate) fn fault(&self) -> &str {
        let message = self.report.message.as_str();
        message.strip_suffix(NOTHING_SENT).unwrap_or(message)
    }

    /// As [`Error::invalid_config`], for a sentence that begins with what it is about.
    pub(crate) fn invalid_option(subject: Word, reason: &str) -> Error {
        Error::invalid_options(vec![subject, Word::text(format!(" {reason}"))])
    }

    /// As [`Error::invalid_config`], for a sentence that names options.
    pub(crate) fn invalid_options(words: Vec<Word>) -> Error {
        let mut error = Error::invalid_config(message::plain(&words));
        error.report_mut().words = words;
        error
    }

    /// An option that cannot be used, in a sentence that names it. For bindings that take options
    /// from places which the core does not know, such as standard input.
    pub fn invalid_config(message: impl Into<String>) -> Error {
        Error::new(Report::new(Status::InvalidConfig, Phase::Config, message))
    }

    /// A defect that was caught at a binding's boundary: whether the certificate may have been
    /// pushed is for the binding to say.
    pub fn internal(what: &str, outcome_unknown: bool) -> Error {
        Error::new(Report {
            hint: Status::Internal.hint().into(),
            outcome_unknown,
            ..Report::new(
                Status::Internal,
                Phase::Start,
                format!(
                    "a defect in certpush was caught: {}",
                    sanitize(what, sanitize::QUOTE_LIMIT)
                ),
            )
        })
    }

    /// Memory that a large secret needs cannot be had. The push that it was for is not made.
    pub(crate) fn no_memory(what: &str) -> Error {
        Error::new(Report {
            hint: "Let the process have more memory, then call again.".into(),
            ..Report::new(
                Status::Internal,
                Phase::Credentials,
                format!("there is no memory for {what}"),
            )
        })
    }

    /// Everything that is known of the failure.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Everything that is known of the failure, owned.
    pub fn into_report(self) -> Report {
        *self.report
    }

    pub(crate) fn report_mut(&mut self) -> &mut Report {
        &mut self.report
    }
}

impl From<NoMemory> for Error {
    fn from(NoMemory { bytes }: NoMemory) -> Error {
        Error::no_memory(&format!("a value of {bytes} bytes"))
    }
}

impl std::ops::Deref for Error {
    type Target = Report;

    fn deref(&self) -> &Report {
        &self.report
    }
}
