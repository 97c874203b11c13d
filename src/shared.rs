//! What all calls of a client have in common, on whatever thread they are made.

use std::num::NonZeroU32;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::bulk::{Journal, kept_push};
use crate::call::Caller;
use crate::call_context::CallContext;
use crate::call_options::CallOptions;
use crate::cancel::Cancel;
use crate::credentials::Credentials;
use crate::log::Log;
use crate::message::Word;
use crate::operations::{Operation, PushRequest};
use crate::report::{Error, Report};
use crate::retry::RetryPolicy;
use crate::status::Status;
use crate::transport::Transport;

/// What clones of a client have in common.
pub(crate) struct Shared {
    pub(crate) transport: Transport,
    pub(crate) credentials: Credentials,
    pub(crate) timeout: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) closed: Cancel,
    pub(crate) log: Log,
    pub(crate) journal: Option<Journal>,
    /// How a message names the option for it.
    pub(crate) journal_word: Option<Word>,
    /// How many pushes of a list are under way at the same time.
    pub(crate) jobs: usize,
    /// After how many failed pushes of a list no more are begun, if after any.
    pub(crate) max_failures: Option<NonZeroU32>,
    pub(crate) description: String,
    /// When the making of a client for one call began, which is a part of that call.
    pub(crate) began: Option<Instant>,
}

impl Shared {
    pub(crate) fn context(&self, options: &CallOptions) -> Rc<CallContext> {
        Rc::new(CallContext::since(
            options.began.or(self.began).unwrap_or_else(Instant::now),
            options.timeout.unwrap_or(self.timeout),
            options.cancel.clone(),
            self.closed.clone(),
            options.interrupt.clone(),
        ))
    }

    /// Makes a push, and keeps it in the journal if there is one.
    pub(crate) fn push(
        &self,
        push: Result<PushRequest, Error>,
        options: &CallOptions,
    ) -> Result<Report, Error> {
        let Some(journal) = &self.journal else {
            return self.call(push, options);
        };
        let push = self.checked(push, options)?;
        let (caller, context) = (self.caller(), self.context(options));
        let report = kept_push::attempt(&caller, journal, &push, options.again, &context);
        self.log.call(PushRequest::NAME, &report, context.elapsed());
        into_result(report)
    }

    /// Makes a call of an operation. One that changes something, and that the journal cannot keep, is
    /// refused where there is one.
    pub(crate) fn call<O: Operation>(
        &self,
        operation: Result<O, Error>,
        options: &CallOptions,
    ) -> Result<Report, Error> {
        let journal = self.journal_word.as_ref().filter(|_| O::CHANGES_SOMETHING);
        let operation = match (operation, journal) {
            (Ok(_), Some(journal)) => Err(kept_nowhere::<O>(journal.clone())),
            (operation, _) => operation,
        };
        let operation = self.checked(operation, options)?;
        into_result(self.caller().call(&operation, &self.context(options)))
    }

    /// An operation whose arguments are within the documented limits, with options that are; tells the
    /// log of one that is not.
    fn checked<O: Operation>(
        &self,
        operation: Result<O, Error>,
        options: &CallOptions,
    ) -> Result<O, Error> {
        let checked = operation.and_then(|operation| options.check().map(|()| operation));
        checked.inspect_err(|error| self.log.call(O::NAME, error.report(), Duration::ZERO))
    }

    pub(crate) fn caller(&self) -> Caller<'_, Transport> {
        Caller {
            service: &self.transport,
            credentials: &self.credentials,
            retry: &self.retry,
            log: &self.log,
        }
    }
}

/// The error of an operation that the journal cannot keep.
pub(crate) fn kept_nowhere<O: Operation>(journal: Word) -> Error {
    Error::invalid_options(vec![
        journal,
        Word::text(format!(
            " keeps no {}: push to each target by itself, or use a client without a journal",
            O::NAME
        )),
    ])
}

pub(crate) fn into_result(report: Report) -> Result<Report, Error> {
    if report.status() == Status::Ok {
        Ok(report)
    } else {
        Err(Error::new(report))
    }
}
