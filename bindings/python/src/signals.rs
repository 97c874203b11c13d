//! Exceptions of signal handlers (KeyboardInterrupt is one) while a call waits.
//!
//! A waiting call has no Python code of its own in which a handler could run, so the transport
//! asks here every now and then.

use std::cell::{Cell, RefCell};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyCFunction};

use crate::imports;

thread_local! {
    /// The exception that shall end the call that this thread is in.
    static KEPT: RefCell<Option<PyErr>> = const { RefCell::new(None) };
    /// Whether Python runs signal handlers on this thread, once that is known.
    static HANDLED_HERE: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Keeps an exception that must not be lost until the call under way has ended.
pub(crate) fn keep(exception: PyErr) {
    KEPT.with_borrow_mut(|kept| {
        kept.get_or_insert(exception);
    });
}

/// Whether an exception was kept.
pub(crate) fn are_kept() -> bool {
    KEPT.with_borrow(Option::is_some)
}

/// The exception that was kept, if any.
pub(crate) fn take_kept() -> Option<PyErr> {
    KEPT.take()
}

/// Runs the handlers of signals that have arrived, and keeps the exception that one raises.
pub(crate) fn run_handlers(py: Python<'_>) {
    if let Err(exception) = py.check_signals() {
        keep(exception);
    }
}

/// Whether a handler has raised an exception: asked while a call waits.
pub(crate) fn have_raised() -> bool {
    // Not attached when the interpreter is ending: no handler runs any more.
    let _ = Python::try_attach(run_handlers);
    are_kept()
}

/// Whether this is the thread on which Python runs signal handlers. On any other thread, asking
/// would do nothing but wait for the GIL.
pub(crate) fn are_handled_here(py: Python<'_>) -> PyResult<bool> {
    if let Some(known) = HANDLED_HERE.get() {
        return Ok(known);
    }
    if !imports::has(py, intern!(py, "threading"))? {
        // A program without threads, as far as Python knows.
        return Ok(true);
    }
    follow_forks(py)?;
    let threading = py.import("threading")?;
    let main_thread = threading.call_method0("main_thread")?;
    let handled_here = main_thread
        .getattr("ident")?
        .eq(threading.call_method0("get_ident")?)?;
    HANDLED_HERE.set(Some(handled_here));
    Ok(handled_here)
}

/// The thread that forks becomes the main thread of the child, and its only one.
fn follow_forks(py: Python<'_>) -> PyResult<&()> {
    static FOLLOWED: PyOnceLock<()> = PyOnceLock::new();
    FOLLOWED.get_or_try_init(py, || {
        let in_child = PyCFunction::new_closure(py, None, None, |_, _| {
            HANDLED_HERE.set(Some(true));
        })?;
        let hooks = [("after_in_child", in_child)].into_py_dict(py)?;
        py.import("os")?
            .call_method("register_at_fork", (), Some(&hooks))?;
        Ok(())
    })
}

/// Ends the exception's chain of causes with `cause`.
pub(crate) fn chain(py: Python<'_>, exception: PyErr, cause: PyErr) -> PyErr {
    let mut last = exception.clone_ref(py);
    let mut seen = vec![last.value(py).as_ptr()];
    while let Some(next) = last.cause(py) {
        if seen.contains(&next.value(py).as_ptr()) {
            return exception;
        }
        seen.push(next.value(py).as_ptr());
        last = next;
    }
    last.set_cause(py, Some(cause));
    exception
}
