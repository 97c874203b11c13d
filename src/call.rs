//! One call of any operation: authorise, send, renew the credential once, retry, guard against
//! panics, tell. It knows no operation, and neither how a request is sent nor how it is authorised.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::call_context::CallContext;
use crate::credentials::{Authorization, Credentials};
use crate::endpoint::Endpoint;
use crate::failure::TransportFailure;
use crate::hints;
use crate::log::Log;
use crate::mask::Masker;
use crate::operations::{Attempt, Operation};
use crate::phase::Phase;
use crate::report::{Error, Report};
use crate::retry::{Next, RetryPolicy, RetryState};
use crate::status::Status;
use crate::transport::{Outcome, Request, Transport};
use certpush_system::caught;

/// Sends requests to a service.
pub(crate) trait RequestSender {
    /// Where the service is.
    fn endpoint(&self) -> &Endpoint;
    /// Hides what the way to the service is told, where it may be echoed.
    fn masker(&self) -> Masker;
    /// Sends a request and reads the response.
    fn exchange(&self, request: &Request, context: &Rc<CallContext>) -> Outcome;
    /// Makes a connection, unless one is kept already, and keeps it. Sends no request.
    fn connect(&self, context: &Rc<CallContext>) -> Result<(), TransportFailure>;
}

impl RequestSender for Transport {
    fn endpoint(&self) -> &Endpoint {
        Transport::endpoint(self)
    }

    fn masker(&self) -> Masker {
        Transport::masker(self)
    }

    fn exchange(&self, request: &Request, context: &Rc<CallContext>) -> Outcome {
        Transport::exchange(self, request, context)
    }

    fn connect(&self, context: &Rc<CallContext>) -> Result<(), TransportFailure> {
        self.warm(context)
    }
}

/// What every call of a client has in common.
pub(crate) struct Caller<'a, S> {
    pub(crate) service: &'a S,
    pub(crate) credentials: &'a Credentials,
    pub(crate) retry: &'a RetryPolicy,
    pub(crate) log: &'a Log,
}

impl<S: RequestSender> Caller<'_, S> {
    /// Makes a call, and tells of it in one line of the log, behind one for each of several targets that
    /// the service told of.
    pub(crate) fn call<O: Operation>(&self, operation: &O, context: &Rc<CallContext>) -> Report {
        let report = self.run(operation, context);
        for told in report.targets.iter().chain([&report]) {
            self.log.call(O::NAME, told, context.elapsed());
        }
        report
    }

    /// As [`Caller::call`], for whom has more to tell of it before the log is told.
    pub(crate) fn run<O: Operation>(&self, operation: &O, context: &Rc<CallContext>) -> Report {
        let mut report = guarded(|progress| self.attempts(operation, context, progress));
        operation.name_in(&mut report);
        report.message = operation.message(&report);
        report
    }

    /// Makes a connection and keeps it; the report of what came of that.
    pub(crate) fn connect(&self, context: &Rc<CallContext>) -> Report {
        let report = guarded(|progress| {
            progress.attempts.set(1);
            progress.phase.set(Phase::Connect);
            let connected = context
                .check(Phase::Connect)
                .and_then(|()| self.service.connect(context));
            self.log.connections(&context.take_connected());
            match connected {
                Ok(()) => Report::new(Status::Ok, None, ""),
                Err(failure) => Report {
                    attempts: 1,
                    ..failed(&failure, false)
                },
            }
        });
        self.log.call("connect", &report, context.elapsed());
        report
    }

    /// Sends the request; again after a pause if it provably changed nothing and what stopped it may
    /// pass; and once more if the credential was refused and there is another by now.
    fn attempts<O: Operation>(
        &self,
        operation: &O,
        context: &Rc<CallContext>,
        progress: &Progress,
    ) -> Report {
        let mut request = operation.request();
        let mut state = RetryState::new();
        let mut renewed: Option<Authorization> = None;
        loop {
            if let Err(ended) = context.check(state.phase()) {
                return state.ended(&ended);
            }
            let authorized = match renewed.take() {
                Some(authorization) => Ok(authorization),
                None => {
                    progress.phase.set(Phase::Credentials);
                    self.authorize(&request, context)
                }
            };
            let (report, authorization) = match authorized {
                Err(error) => (progress.counted(error.into_report()), None),
                Ok(mut authorization) => {
                    request.secret_headers = std::mem::take(&mut authorization.headers);
                    let report =
                        self.attempt(operation, &request, &authorization, context, progress);
                    (report, Some(authorization))
                }
            };
            if let Some(authorization) = authorization
                && state.takes_renewal(&report)
            {
                let endpoint = self.service.endpoint();
                let credentials = self.credentials;
                match credentials.renew(&authorization, &request, endpoint, context, self.log) {
                    Some(Ok(other)) => {
                        renewed = Some(other);
                        state.renewed(report);
                        continue;
                    }
                    Some(Err(failure)) => {
                        return RetryState::not_renewed(report, failure.into_report());
                    }
                    None => {}
                }
            }
            let random = |below| fastrand::u64(..below);
            match state.next(
                self.retry,
                report,
                context.elapsed(),
                context.allowed(),
                random,
            ) {
                Next::Return(report) => return *report,
                Next::Pause(pause) => {
                    self.tell_of_pause(operation, state.last(), pause);
                    progress.phase.set(Phase::Pause);
                    if let Err(ended) = context.pause(pause) {
                        return state.ended(&ended);
                    }
                }
            }
        }
    }

    fn authorize(
        &self,
        request: &Request,
        context: &Rc<CallContext>,
    ) -> Result<Authorization, Error> {
        self.credentials
            .authorize(request, self.service.endpoint(), context, self.log)
    }

    /// Sends the request once.
    fn attempt<O: Operation>(
        &self,
        operation: &O,
        request: &Request,
        authorization: &Authorization,
        context: &Rc<CallContext>,
        progress: &Progress,
    ) -> Report {
        progress.attempts.set(progress.attempts.get() + 1);
        progress.may_have_been_sent.set(O::CHANGES_SOMETHING);
        progress.phase.set(Phase::Send);
        let outcome = self.service.exchange(request, context);
        self.log.connections(&context.take_connected());
        let handed_over = outcome.handed_over && O::CHANGES_SOMETHING;
        let mut report = match &outcome.result {
            Err(failure) => failed(failure, handed_over),
            Ok(response) => {
                let masker = self
                    .credentials
                    .masker(authorization, self.service.masker());
                let report = operation.read(
                    response,
                    &Attempt {
                        handed_over,
                        used: authorization.used(),
                        masker: &masker,
                    },
                );
                match self.credentials.hint(authorization, &report, response.date) {
                    Some(hint) => Report { hint, ..report },
                    None => report,
                }
            }
        };
        progress.may_have_been_sent.set(report.outcome_unknown);
        progress.phase.set(Phase::Receive);
        report = progress.counted(report);
        self.credentials
            .settle(authorization, self.service.endpoint(), &report);
        report
    }

    fn tell_of_pause<O: Operation>(&self, operation: &O, last: Option<&Report>, pause: Duration) {
        let Some(last) = last else {
            return;
        };
        self.log.warn(&format!(
            "{}; the next attempt begins in {} ms",
            operation.message(last),
            pause.as_millis()
        ));
    }
}

/// What is known of a call when a defect ends it.
struct Progress {
    attempts: Cell<u32>,
    may_have_been_sent: Cell<bool>,
    phase: Cell<Phase>,
}

impl Progress {
    /// A report with the number of attempts so far.
    fn counted(&self, report: Report) -> Report {
        Report {
            attempts: self.attempts.get(),
            ..report
        }
    }
}

/// Runs a call; a panic becomes a report that says whether something may have been changed.
fn guarded(call: impl FnOnce(&Progress) -> Report) -> Report {
    let progress = Progress {
        attempts: Cell::new(0),
        may_have_been_sent: Cell::new(false),
        phase: Cell::new(Phase::Start),
    };
    match caught(|| call(&progress)) {
        Ok(report) => report,
        Err(what) => {
            let error = Error::internal(&what, progress.may_have_been_sent.get());
            Report {
                phase: Some(progress.phase.get()),
                ..progress.counted(error.into_report())
            }
        }
    }
}

/// The report of a call that brought no response.
fn failed(failure: &TransportFailure, handed_over: bool) -> Report {
    Report {
        hint: failure
            .hint
            .filter(|_| !handed_over)
            .unwrap_or(hints::for_failure(failure.status, handed_over))
            .into(),
        outcome_unknown: handed_over,
        retryable: failure.may_pass && !handed_over,
        ..Report::new(failure.status, failure.phase, failure.message.as_str())
    }
}

#[cfg(test)]
mod tests;
