//! What is known of one push: the [`Report`], and its two forms [`Receipt`] and [`Error`].

use std::borrow::Cow;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use crate::advice;
use crate::message::{self, Word};
use crate::outcome::Outcome;
use crate::phase::Phase;
use crate::sanitize::{self, sanitize};
use crate::secret::NoMemory;
use crate::status::Status;

/// How the message about an argument ends.
const NOTHING_SENT: &str = "; nothing was sent";

/// Everything that is known of one call: what a [`Receipt`] and an [`Error`] have in common.
///
/// No field ever holds a secret. Text from the service is bounded and has its control
/// characters escaped. It displays as its message. Since 0.1.0.
///
/// ```
/// # let sim = certpush_sim::Sim::start(certpush_sim::SimOptions::default()).unwrap();
/// # let config = certpush::Config::new().endpoint(sim.http_url()).token(certpush_sim::DEFAULT_TOKEN);
/// use certpush::{Outcome, Report, Status};
///
/// # let client = certpush::Client::new(&config)?;
/// let report: Report = match client.push("scs1600313391074", "ap-southeast-3", "ELB") {
///     Ok(receipt) => receipt.into_report(),
///     Err(error) => error.into_report(),
/// };
/// assert_eq!((report.status(), report.outcome()), (Status::Ok, Outcome::Pushed));
/// println!("{}", report.to_json());
/// # Ok::<(), certpush::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Report {
    pub(crate) status: Status,
    pub(crate) message: String,
    pub(crate) hint: Cow<'static, str>,
    /// `None` after a success and nowhere else.
    pub(crate) phase: Option<Phase>,
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
    /// Whether it tells of a list of pushes as a whole, which has no certificate_id of its own.
    pub(crate) of_many: bool,
    pub(crate) target_certificate_id: String,
    /// Of a push to several targets that the service has told of: each one's own report, in the order
    /// asked for.
    pub(crate) targets: Vec<Report>,
    /// Whether at least one of them got the certificate.
    pub(crate) reached_some: bool,
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
    pub(crate) fn new(
        status: Status,
        phase: impl Into<Option<Phase>>,
        message: impl Into<String>,
    ) -> Report {
        Report {
            status,
            message: message.into(),
            hint: Cow::Borrowed(""),
            phase: phase.into(),
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
            of_many: false,
            target_certificate_id: String::new(),
            targets: Vec::new(),
            reached_some: false,
            cause: None,
            after: String::new(),
            words: Vec::new(),
        }
    }

    /// What a call that succeeded tells where nothing was to be pushed. For bindings that tell something
    /// after every call.
    #[doc(hidden)]
    pub fn done() -> Report {
        let message = "the call succeeded; nothing was pushed";
        Report::new(Status::Ok, None, message)
    }

    /// What is told where there is no report: nothing that reads as a success, or as a failure that
    /// pushed nothing. For bindings whose callers may have none.
    #[doc(hidden)]
    pub fn missing() -> Report {
        Report {
            outcome_unknown: true,
            ..Report::new(Status::InvalidArgument, None, "")
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

    /// How far the call had come when it failed, `None` after a success.
    pub fn phase(&self) -> Option<Phase> {
        self.phase
    }

    /// The message as a binding tells it whose callers know arguments and options by other names:
    /// `name` is asked for the name of each that the message is about, and is given the core's.
    #[doc(hidden)]
    pub fn message_naming(&self, name: impl Fn(&str) -> Option<String>) -> String {
        // A message that was changed since is no longer made of these words.
        if message::plain(&self.words) == self.message {
            message::message(&self.words, &name)
        } else {
            self.message.clone()
        }
    }

    /// What the program's own code failed with, if that is what failed. For bindings whose failures have
    /// causes.
    #[doc(hidden)]
    pub fn source(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        self.cause.as_deref()
    }

    /// Which argument or option was refused, by the core's name; "" if the message is about none, or
    /// about more than one.
    #[doc(hidden)]
    pub fn refused(&self) -> &str {
        match self.words.as_slice() {
            [Word::Name(name), Word::Text(_)] => name,
            _ => "",
        }
    }
}

/// What is told of.
trait Told {
    fn told(&self) -> &Report;
}

impl Told for Report {
    fn told(&self) -> &Report {
        self
    }
}

impl Told for Receipt {
    fn told(&self) -> &Report {
        &self.0
    }
}

impl Told for Error {
    fn told(&self) -> &Report {
        &self.report
    }
}

/// Gives the types what they tell alike.
macro_rules! accessors {
    ($($type:ident),+ => $methods:tt) => {
        $(impl $type $methods)+
    };
}

accessors!(Report, Receipt, Error => {
    /// What happened, in one line that is fit for a log. Never a secret.
    pub fn message(&self) -> &str {
        &self.told().message
    }

    /// What to do about it, if anything is known.
    pub fn hint(&self) -> Option<&str> {
        known(&self.told().hint)
    }

    /// The service's id of the request, if it gave one: Huawei Cloud's support asks for it.
    pub fn request_id(&self) -> Option<&str> {
        known(&self.told().request_id)
    }

    /// How many attempts were begun, 0 if nothing was tried.
    pub fn attempts(&self) -> u32 {
        self.told().attempts
    }
});

accessors!(Report, Error => {
    /// What became of the call.
    pub fn status(&self) -> Status {
        self.told().status
    }

    /// Whether the certificate was pushed. Of a batch push as a whole that reached some targets and not
    /// others, no word is true, and it is `Unknown`: each target's own report tells.
    pub fn outcome(&self) -> Outcome {
        let told = self.told();
        match told.status {
            Status::Incomplete if told.reached_some => Outcome::Unknown,
            // A connection that was made has pushed nothing.
            Status::Ok if told.certificate_id.is_empty() && !told.of_many => Outcome::NotPushed,
            Status::Ok => Outcome::Pushed,
            _ if told.outcome_unknown => Outcome::Unknown,
            _ => Outcome::NotPushed,
        }
    }

    /// Whether the certificate **may have been pushed** although the call failed.
    pub fn outcome_unknown(&self) -> bool {
        self.told().outcome_unknown
    }

    /// Whether the same call may simply be made again: it provably pushed nothing, and what
    /// stopped it may pass.
    pub fn retryable(&self) -> bool {
        self.told().retryable
    }

    /// How long the service asks to wait before another call, if it does.
    pub fn retry_after(&self) -> Option<Duration> {
        self.told().retry_after_ms.map(Duration::from_millis)
    }

    /// The HTTP status of the last answer, if there was one.
    pub fn http_status(&self) -> Option<u16> {
        let http_status = self.told().http_status;
        (http_status != 0).then_some(http_status)
    }

    /// The service's `error_code`, such as `SCM.0069`, if it gave one.
    pub fn service_code(&self) -> Option<&str> {
        known(&self.told().service_code)
    }

    /// The service's `error_msg`, if it gave one.
    pub fn service_message(&self) -> Option<&str> {
        known(&self.told().service_message)
    }

    /// The certificate's id, unless the call was no push or an argument was refused.
    pub fn certificate_id(&self) -> Option<&str> {
        known(&self.told().certificate_id)
    }

    /// The project that the certificate was to be pushed to, "" for the CDN without one; of a batch
    /// push as a whole, all of them with commas between. `None` as for
    /// [`certificate_id`](Self::certificate_id).
    pub fn target_project(&self) -> Option<&str> {
        self.certificate_id().map(|_| self.told().target_project.as_str())
    }

    /// The service that the certificate was to be pushed to; `None` as for
    /// [`certificate_id`](Self::certificate_id).
    pub fn target_service(&self) -> Option<&str> {
        known(&self.told().target_service)
    }
});

accessors!(Report, Receipt => {
    /// The id that the certificate has on its target, if the service told it: only a batch push
    /// tells, of each target that got the certificate.
    pub fn target_certificate_id(&self) -> Option<&str> {
        known(&self.told().target_certificate_id)
    }
});

fn known(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.show(f, "Report")
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(f, "Receipt")
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.show(f, "Error")
    }
}

impl Report {
    /// Shows what is known: a field that has nothing to tell is left out.
    fn show(&self, f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
        let mut shown = f.debug_struct(name);
        let mut field = |name, value: Option<&dyn fmt::Debug>| {
            if let Some(value) = value {
                shown.field(name, value);
            }
        };
        field("status", Some(&self.status));
        field("outcome", Some(&self.outcome()));
        field("message", Some(&self.message));
        field("hint", self.hint().as_ref().map(debug));
        field("phase", self.phase.as_ref().map(debug));
        field("http_status", self.http_status().as_ref().map(debug));
        field("service_code", self.service_code().as_ref().map(debug));
        field(
            "service_message",
            self.service_message().as_ref().map(debug),
        );
        field("request_id", self.request_id().as_ref().map(debug));
        field("retryable", Some(&self.retryable));
        field("retry_after", self.retry_after().as_ref().map(debug));
        field("attempts", Some(&self.attempts));
        field("certificate_id", self.certificate_id().as_ref().map(debug));
        field("target_project", self.target_project().as_ref().map(debug));
        field("target_service", self.target_service().as_ref().map(debug));
        field(
            "target_certificate_id",
            self.target_certificate_id().as_ref().map(debug),
        );
        field("source", self.cause.as_ref().map(debug));
        shown.finish()
    }
}

fn debug<T: fmt::Debug>(value: &T) -> &dyn fmt::Debug {
    value
}

/// The proof of a push: the service answered that the certificate is on its target.
///
/// It is stored there, not yet bound to a listener or domain. It displays as its one-line message.
/// Since 0.1.0.
///
/// ```
/// # let sim = certpush_sim::Sim::start(certpush_sim::SimOptions::default()).unwrap();
/// # let config = certpush::Config::new().endpoint(sim.http_url()).token(certpush_sim::DEFAULT_TOKEN);
/// # let client = certpush::Client::new(&config)?;
/// let receipt = client.push("scs1600313391074", "ap-southeast-3", "ELB")?;
/// println!("{receipt}; request {}", receipt.request_id().unwrap_or("without id"));
/// assert_eq!(receipt.target_service(), "ELB");
/// # Ok::<(), certpush::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt(Report);

impl Receipt {
    pub(crate) fn new(report: Report) -> Receipt {
        debug_assert_eq!(report.status, Status::Ok);
        Receipt(report)
    }

    /// The certificate's id.
    pub fn certificate_id(&self) -> &str {
        &self.0.certificate_id
    }

    /// The project that the certificate was pushed to, "" for the CDN without one.
    pub fn target_project(&self) -> &str {
        &self.0.target_project
    }

    /// The service that the certificate was pushed to.
    pub fn target_service(&self) -> &str {
        &self.0.target_service
    }

    /// The HTTP status of the answer: 204, or 200; 0 if the service was not asked, for the client's
    /// journal says that it was pushed before.
    pub fn http_status(&self) -> u16 {
        self.0.http_status
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

/// Why a call failed, and whether the certificate may have been pushed all the same.
///
/// Displays as its one-line message. Its [`source`](std::error::Error::source) is what a
/// [`TokenSource`](crate::TokenSource) returned, if that is what failed. Its outcome is never
/// [`Pushed`](Outcome::Pushed). Since 0.1.0.
///
/// ```
/// # let sim = certpush_sim::Sim::start(certpush_sim::SimOptions::default()).unwrap();
/// # let config = certpush::Config::new().endpoint(sim.http_url()).token(certpush_sim::DEFAULT_TOKEN);
/// use certpush::Status;
///
/// # let client = certpush::Client::new(&config)?;
/// let error = client.push("scs0000000000000", "ap-southeast-3", "ELB").unwrap_err();
/// let advice = match error.status() {
///     _ if error.outcome_unknown() => "look at the target before you push again",
///     _ if error.retryable() => "push again",
///     Status::Unauthorized | Status::Forbidden => "correct the credentials",
///     _ => error.hint().unwrap_or("see the message"),
/// };
/// eprintln!("{error} ({advice})");
/// assert_eq!((error.status(), error.http_status()), (Status::BadRequest, Some(400)));
/// assert_eq!(error.service_code(), Some("SCM.0008"));
/// # Ok::<(), certpush::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
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
    #[doc(hidden)]
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
    #[doc(hidden)]
    pub fn invalid_config(message: impl Into<String>) -> Error {
        Error::new(Report::new(Status::InvalidConfig, Phase::Config, message))
    }

    /// A defect that was caught at a binding's boundary: whether the certificate may have been
    /// pushed is for the binding to say.
    #[doc(hidden)]
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

    /// What this process cannot do, or cannot know, for no defect of certpush: `what`, and `hint`, what to do
    /// about it. For bindings that have to tell of such.
    #[doc(hidden)]
    pub fn unable(what: impl Into<String>, hint: &'static str, outcome_unknown: bool) -> Error {
        Error::new(Report {
            hint: hint.into(),
            outcome_unknown,
            ..Report::new(Status::Internal, Phase::Start, what)
        })
    }

    /// No thread could be started, and nothing was sent.
    #[doc(hidden)]
    pub fn no_thread(error: &std::io::Error) -> Error {
        let what = format!("no thread could be started: {error}{NOTHING_SENT}");
        let hint = "Let the process have more threads (ulimit -u) or memory, then try again.";
        Error::unable(what, hint, false)
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

    /// How far the call had come.
    pub fn phase(&self) -> Phase {
        self.report.phase.unwrap_or(Phase::Start)
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

// What the program's own code failed with is shared, and never changed.
impl UnwindSafe for Cause {}
impl RefUnwindSafe for Cause {}

impl From<NoMemory> for Error {
    fn from(NoMemory { bytes }: NoMemory) -> Error {
        Error::no_memory(&format!("a value of {bytes} bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A failure of which everything is known, and the push that it is of.
    fn full() -> Report {
        Report {
            hint: "look".into(),
            http_status: 500,
            service_code: "SCM.0005".to_owned(),
            service_message: "oh".to_owned(),
            request_id: "r-1".to_owned(),
            outcome_unknown: true,
            retry_after_ms: Some(1500),
            attempts: 2,
            certificate_id: "scs1600313391074".to_owned(),
            target_project: "ap-southeast-3".to_owned(),
            target_service: "ELB".to_owned(),
            ..Report::new(Status::ServerError, Phase::Receive, "said 500")
        }
    }

    #[test]
    fn what_nobody_told_is_none() {
        let error = Error::new(Report::new(Status::Connect, Phase::Connect, "refused"));
        assert_eq!((error.hint(), error.request_id()), (None, None));
        assert_eq!(
            (error.service_code(), error.service_message()),
            (None, None)
        );
        assert_eq!((error.http_status(), error.retry_after()), (None, None));
        assert_eq!(
            (error.certificate_id(), error.target_service()),
            (None, None)
        );
        assert_eq!(error.target_project(), None);
        assert_eq!(error.phase(), Phase::Connect);
    }

    #[test]
    fn an_error_tells_what_its_report_does() {
        let report = full();
        let error = Error::new(report.clone());
        assert_eq!(error.status(), report.status());
        assert_eq!(error.message(), report.message());
        assert_eq!(
            (error.hint(), error.request_id()),
            (Some("look"), Some("r-1"))
        );
        assert_eq!(error.http_status(), Some(500));
        assert_eq!(error.service_code(), Some("SCM.0005"));
        assert_eq!(error.service_message(), Some("oh"));
        assert_eq!(error.retry_after(), Some(Duration::from_millis(1500)));
        assert_eq!(error.certificate_id(), Some("scs1600313391074"));
        assert_eq!(error.target_project(), Some("ap-southeast-3"));
        assert_eq!(error.target_service(), Some("ELB"));
        assert_eq!((error.attempts(), error.retryable()), (2, false));
        assert!(error.outcome_unknown());
        assert_eq!(
            (error.phase(), report.phase()),
            (Phase::Receive, Some(Phase::Receive))
        );
        assert_eq!(error.report(), &report);
        assert_eq!(error.into_report(), report);
    }

    #[test]
    fn a_cdn_without_a_project_is_no_unknown_target() {
        let report = Report {
            target_project: String::new(),
            ..full()
        };
        assert_eq!(report.target_project(), Some(""));
    }

    #[test]
    fn only_a_push_has_pushed() {
        let pushed = Report {
            status: Status::Ok,
            phase: None,
            outcome_unknown: false,
            ..full()
        };
        assert_eq!(pushed.outcome(), Outcome::Pushed);
        assert_eq!(Report::done().outcome(), Outcome::NotPushed);
        assert_eq!(Report::missing().outcome(), Outcome::Unknown);
        let whole = Report {
            of_many: true,
            ..Report::new(Status::Ok, None, "")
        };
        assert_eq!(whole.outcome(), Outcome::Pushed);
        assert_eq!(full().outcome(), Outcome::Unknown);
        let refused = Report {
            outcome_unknown: false,
            ..full()
        };
        assert_eq!(refused.outcome(), Outcome::NotPushed);
    }

    #[test]
    fn debug_shows_what_is_known_and_nothing_else() {
        let shown = format!("{:?}", Error::new(full()));
        for known in [
            "ServerError",
            "outcome: Unknown",
            "SCM.0005",
            "1.5s",
            "scs16",
            "Receive",
        ] {
            assert!(shown.contains(known), "{known}: {shown}");
        }
        let shown = format!("{:?}", Report::new(Status::Tls, Phase::Tls, "no"));
        assert!(
            !shown.contains("None") && !shown.contains("http_status"),
            "{shown}"
        );
    }
}
