//! What is known of a batch push: of each target, and of the whole.

use std::fmt;

use crate::report::{Error, Receipt, Report};
use crate::status::Status;

/// The receipts of a batch push that reached every target. Displays as the one-line message of the
/// whole. Since 0.2.0.
///
/// ```
/// # let sim = certpush_sim::Sim::start(certpush_sim::SimOptions::default()).unwrap();
/// # let config = certpush::Config::new().endpoint(sim.http_url()).token(certpush_sim::DEFAULT_TOKEN);
/// # let client = certpush::Client::new(&config)?;
/// let projects = ["ap-southeast-1", "ap-southeast-3"];
/// let pushed = client.batch_push("scs1600313391074", &projects, "ELB")?;
/// println!("{pushed}");
/// for receipt in pushed.receipts() {
///     let id_there = receipt.target_certificate_id().unwrap_or("an id that it does not tell");
///     println!("{}: {id_there}", receipt.target_project());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl fmt::Display for BatchReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.fmt(f)
    }
}

/// Why a batch push did not reach every target. Since 0.2.0.
///
/// ```
/// # let options = certpush_sim::SimOptions { any_project: false, ..Default::default() };
/// # let sim = certpush_sim::Sim::start(options).unwrap();
/// # let config = certpush::Config::new().endpoint(sim.http_url()).token(certpush_sim::DEFAULT_TOKEN);
/// # let client = certpush::Client::new(&config)?;
/// use certpush::BatchError;
///
/// let projects = ["ap-southeast-3", "no-such-project"];
/// match client.batch_push("scs1600313391074", &projects, "ELB") {
///     Ok(pushed) => println!("{pushed}"),
///     Err(BatchError::Failed(error)) => println!("of none is known more than of all: {error}"),
///     Err(BatchError::Incomplete(incomplete)) => {
///         for (project, result) in projects.iter().zip(incomplete.results()) {
///             match result {
///                 Ok(_) => println!("{project} has it"),
///                 Err(error) => println!("{project}, {}: {error}", error.outcome()),
///             }
///         }
///     }
/// }
/// # let error = client.batch_push("scs1600313391074", &projects, "ELB").unwrap_err();
/// # assert!(matches!(error, BatchError::Incomplete(_)), "{error}");
/// # Ok::<(), certpush::Error>(())
/// ```
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

/// What became of each target, of which at least one did not get the certificate: see [`BatchError`].
/// Displays as the one-line message of the whole, which names them all. Since 0.2.0.
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
