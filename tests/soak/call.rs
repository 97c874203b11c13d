//! One call: what it was asked to do and what it told.

use std::time::Duration;

use certpush::{Error, Phase, Receipt, Report, Status};

use crate::fault::Outcome;

/// A finished call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) certificate_id: String,
    /// The client's option `retries`.
    pub(crate) retries: u32,
    pub(crate) told: Told,
    /// By how much it returned after its deadline.
    pub(crate) late: Duration,
}

/// What a call told: the parts of its report that the soak looks at.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) status: Status,
    pub(crate) phase: Option<Phase>,
    pub(crate) http_status: u16,
    pub(crate) service_code: String,
    pub(crate) request_id: String,
    pub(crate) retryable: bool,
    pub(crate) outcome_unknown: bool,
    pub(crate) attempts: u32,
}

impl Told {
    pub(crate) fn by(result: Result<Receipt, Error>) -> Told {
        match result {
            Ok(receipt) => Told::of(receipt.report()),
            Err(error) => Told::of(error.report()),
        }
    }

    fn of(report: &Report) -> Told {
        Told {
            status: report.status(),
            phase: report.phase(),
            http_status: report.http_status().unwrap_or_default(),
            service_code: report.service_code().unwrap_or_default().to_owned(),
            request_id: report.request_id().unwrap_or_default().to_owned(),
            retryable: report.retryable(),
            outcome_unknown: report.outcome_unknown(),
            attempts: report.attempts(),
        }
    }

    pub(crate) fn outcome(&self) -> Outcome {
        match (self.status, self.outcome_unknown) {
            (Status::Ok, _) => Outcome::Pushed,
            (_, true) => Outcome::Unknown,
            (_, false) => Outcome::NotPushed,
        }
    }

    /// Whether the call was ended by its own deadline or by its caller, and not by what it met.
    pub(crate) fn was_stopped(&self) -> bool {
        matches!(self.status, Status::Timeout | Status::Cancelled)
    }
}
