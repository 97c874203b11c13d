//! One call: without the GIL, on the caller's own thread, ended by signals.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use certpush::{CallOptions, Error};
use pyo3::prelude::*;

use crate::errors::raise;
use crate::signals;

/// What may end a call earlier than its client says.
pub(crate) struct Limits {
    pub(crate) timeout: Option<Duration>,
    pub(crate) cancel: Option<certpush::Cancel>,
}

/// How a call ended.
pub(crate) enum Ended<T> {
    /// As it would have without signals.
    Undisturbed(T),
    /// It succeeded, but the exception of a signal handler must be raised.
    Disturbed(T, PyErr),
}

/// Runs a call that waits. `pushes` says whether the certificate may have been pushed after a
/// defect.
pub(crate) fn wait<T: Send>(
    py: Python<'_>,
    limits: Limits,
    pushes: bool,
    call: impl FnOnce(&CallOptions) -> Result<T, Error> + Send,
) -> PyResult<Ended<T>> {
    let signals_are_handled_here = signals::are_handled_here(py)?;
    let (result, exception) = py.detach(|| {
        let options = options(limits, signals_are_handled_here);
        let result = without_panic(pushes, || call(&options));
        (result, signals::take_kept())
    });
    match (result, exception) {
        (Ok(value), None) => Ok(Ended::Undisturbed(value)),
        (Ok(value), Some(exception)) => Ok(Ended::Disturbed(value, exception)),
        (Err(error), None) => Err(raise(py, &error)),
        (Err(error), Some(exception)) => Err(signals::chain(py, exception, raise(py, &error))),
    }
}

/// Runs what could panic by a defect; a panic becomes an InternalError.
pub(crate) fn without_panic<T>(
    pushes: bool,
    call: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|payload| {
        let what = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or_default();
        Err(Error::internal(what, pushes))
    })
}

fn options(limits: Limits, signals_are_handled_here: bool) -> CallOptions {
    let mut options = CallOptions::new();
    if let Some(timeout) = limits.timeout {
        options = options.timeout(timeout);
    }
    if let Some(cancel) = &limits.cancel {
        options = options.cancel(cancel);
    }
    if signals_are_handled_here {
        options = options.interrupt(signals::have_raised);
    }
    options
}
