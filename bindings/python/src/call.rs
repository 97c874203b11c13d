//! One call of the core: without the GIL, on the caller's own thread, ended by signals.

use certpush::{CallOptions, Error};
use certpush_system::caught;
use pyo3::prelude::*;

use crate::errors::{interpreter_is_ending, raise};
use crate::limits::Limits;
use crate::{exit, logging, signals, tasks};

/// Whether the certificate may have been pushed after a defect in a call.
#[derive(Clone, Copy)]
pub(crate) enum MayPush {
    No,
    Yes,
}

/// How a call that succeeded ended.
pub(crate) enum Ended<T> {
    /// As it would have without signals.
    Undisturbed(T),
    /// An exception that was raised meanwhile must be raised instead of returning what it came to.
    Disturbed(T, PyErr),
}

impl<T> Ended<T> {
    /// What the call came to, if there is nothing to raise instead.
    pub(crate) fn value(self) -> PyResult<T> {
        match self {
            Ended::Undisturbed(value) => Ok(value),
            Ended::Disturbed(_, exception) => Err(exception),
        }
    }
}

/// Runs a call that waits for a peer.
pub(crate) fn wait<T: Send>(
    py: Python<'_>,
    limits: Limits,
    may_push: MayPush,
    call: impl FnOnce(&CallOptions) -> Result<T, Error> + Send,
) -> PyResult<Ended<T>> {
    let signals_are_handled_here = signals::are_handled_here(py)?;
    let _task = signals_are_handled_here.then(|| tasks::Call::begin(py));
    run(py, may_push, move || {
        call(&options(limits, signals_are_handled_here))
    })
}

/// Runs a call without the GIL. A panic in it becomes an InternalError.
pub(crate) fn run<T: Send>(
    py: Python<'_>,
    may_push: MayPush,
    call: impl FnOnce() -> Result<T, Error> + Send,
) -> PyResult<Ended<T>> {
    refuse_at_the_end(py)?;
    run_even_at_the_end(py, may_push, call)
}

/// Waits for what a run of many pushes tells, with the waits' own [`signals::end_a_wait_here`]. What was
/// begun is told at the end of the interpreter, too.
pub(crate) fn wait_for_run<T: Send>(
    py: Python<'_>,
    wait: impl FnOnce() -> T + Send,
) -> PyResult<Ended<T>> {
    let signals_are_handled_here = signals::are_handled_here(py)?;
    let _task = signals_are_handled_here.then(|| tasks::Call::begin(py));
    run_even_at_the_end(py, MayPush::Yes, move || Ok(wait()))
}

fn run_even_at_the_end<T: Send>(
    py: Python<'_>,
    may_push: MayPush,
    call: impl FnOnce() -> Result<T, Error> + Send,
) -> PyResult<Ended<T>> {
    let _under_way = exit::Call::begin(py)?;
    logging::prepare(py)?;
    let (result, exception) = py.detach(|| {
        let result = caught(call)
            .unwrap_or_else(|what| Err(Error::internal(&what, matches!(may_push, MayPush::Yes))));
        (result, signals::take_kept())
    });
    match (result, exception) {
        (Ok(value), None) => Ok(Ended::Undisturbed(value)),
        (Ok(value), Some(exception)) => Ok(Ended::Disturbed(value, exception)),
        (Err(error), None) => Err(raise(py, &error)),
        (Err(error), Some(exception)) => Err(signals::chain(py, exception, raise(py, &error))),
    }
}

/// Refuses what a daemon thread begins when the interpreter is ending.
pub(crate) fn refuse_at_the_end(py: Python<'_>) -> PyResult<()> {
    if exit::ends_calls_here() {
        return Err(interpreter_is_ending(py));
    }
    Ok(())
}

fn options(limits: Limits, signals_are_handled_here: bool) -> CallOptions {
    let mut options = CallOptions::new();
    if let Some(timeout) = limits.timeout {
        options = options.timeout(timeout);
    }
    if let Some(cancel) = &limits.cancel {
        options = options.cancel(cancel);
    }
    if let Some(began) = limits.began {
        options = options.began(began);
    }
    options.interrupt(if signals_are_handled_here {
        signals::have_raised
    } else {
        signals::are_kept_or_ended
    })
}
