//! Why a step of a call brought no response: a transport's failure, a time that ran out, a cancel.

use crate::phase::Phase;
use crate::report::Report;
use crate::status::Status;

/// Why an exchange brought no answer.
#[derive(Clone, Debug)]
pub(crate) struct TransportFailure {
    pub(crate) status: Status,
    pub(crate) phase: Phase,
    pub(crate) message: String,
    /// Whether the same may succeed when tried again, if nothing was pushed.
    pub(crate) may_pass: bool,
    /// What to do about it, if more is known than the status says.
    pub(crate) hint: Option<&'static str>,
}

impl TransportFailure {
    pub(crate) fn new(
        status: Status,
        phase: Phase,
        message: impl Into<String>,
    ) -> TransportFailure {
        let may_pass = matches!(
            status,
            Status::Resolve
                | Status::Connect
                | Status::ConnectionLost
                | Status::Timeout
                | Status::Proxy
        );
        TransportFailure {
            status,
            phase,
            message: message.into(),
            may_pass,
            hint: None,
        }
    }
}

impl From<&TransportFailure> for Report {
    /// The report of a failure before anything of a push was sent.
    fn from(failure: &TransportFailure) -> Report {
        Report {
            hint: failure.hint.unwrap_or(failure.status.hint()).into(),
            retryable: failure.may_pass,
            ..Report::new(failure.status, failure.phase, failure.message.as_str())
        }
    }
}
