//! What is known of a batch push: of each target, and of the whole.

use crate::report::{Error, Receipt, Report};
use crate::status::Status;

/// The receipts of a batch push that reached every target. Since 0.2.0.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct BatchReceipt {
    report: Report,
    receipts: Vec<Receipt>,
}

impl BatchReceipt {
    pub(crate) fn new(mut report: Report) -> BatchReceipt {
        let targets = std::mem::take(&mut report.targets);
        BatchReceipt {
            report,
            receipts: targets.into_iter().map(Receipt::new).collect(),
        }
    }

    /// What is known of the call as a whole.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// One for each project, in the order asked for.
    pub fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    /// The report of the whole, and one for each project, in the order asked for.
    pub fn into_reports(self) -> (Report, Vec<Report>) {
        let receipts = self.receipts.into_iter();
        (self.report, receipts.map(Receipt::into_report).collect())
    }
}

/// Why a batch push did not reach every target. Since 0.2.0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Nothing was told of the targets: what the error's `outcome_unknown` says holds for every one of
    /// them. After a time-out or a lost connection, any of them may have been pushed to.
    #[error(transparent)]
    Failed(Error),
    /// The service told of the targets, and not each of them got the certificate.
    #[error(transparent)]
    Incomplete(Incomplete),
}

impl From<Error> for BatchError {
    /// A failure before the service could tell of any target.
    fn from(error: Error) -> BatchError {
        BatchError::Failed(error)
    }
}

impl BatchError {
    pub(crate) fn new(mut error: Error) -> BatchError {
        let targets = std::mem::take(&mut error.report_mut().targets);
        if targets.is_empty() {
            return BatchError::Failed(error);
        }
        BatchError::Incomplete(Incomplete {
            error,
            results: targets.into_iter().map(into_result).collect(),
        })
    }

    /// What is known of the call as a whole. Its `outcome_unknown` is true if any target's is.
    pub fn error(&self) -> &Error {
        match self {
            BatchError::Failed(error) => error,
            BatchError::Incomplete(incomplete) => incomplete.error(),
        }
    }

    /// The report of the whole; and one for each project, in the order asked for, if the service told
    /// of them.
    pub fn into_reports(self) -> (Report, Vec<Report>) {
        match self {
            BatchError::Failed(error) => (error.into_report(), Vec::new()),
            BatchError::Incomplete(incomplete) => incomplete.into_reports(),
        }
    }
}

/// What became of each target, of which at least one did not get the certificate. Displays as the
/// one-line message of the whole, which names them all. Since 0.2.0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Incomplete {
    error: Error,
    results: Vec<Result<Receipt, Error>>,
}

impl Incomplete {
    /// What is known of the call as a whole: `INCOMPLETE`. Its `outcome_unknown` is true if any
    /// target's is.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// One for each project, in the order asked for.
    pub fn results(&self) -> &[Result<Receipt, Error>] {
        &self.results
    }

    /// The report of the whole, and one for each project, in the order asked for.
    pub fn into_reports(self) -> (Report, Vec<Report>) {
        let into_report = |result: Result<Receipt, Error>| match result {
            Ok(receipt) => receipt.into_report(),
            Err(error) => error.into_report(),
        };
        let results = self.results.into_iter();
        (self.error.into_report(), results.map(into_report).collect())
    }
}

fn into_result(report: Report) -> Result<Receipt, Error> {
    if report.status() == Status::Ok {
        Ok(Receipt::new(report))
    } else {
        Err(Error::new(report))
    }
}
