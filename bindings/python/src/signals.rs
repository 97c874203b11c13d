//! Exceptions of signal handlers (KeyboardInterrupt is one) while a call waits.
//!
//! A waiting call has no Python code of its own in which a handler could run, so the transport
//! asks here every now and then.

use std::cell::{Cell, RefCell};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyCFunction};

use crate::{exit, imports, interpreter, tasks};

thread_local! {
    /// The exception that shall end the call that this thread is in.
    static KEPT: RefCell<Option<PyErr>> = const { RefCell::new(None) };
    /// Whether Python runs signal handlers on this thread, once that is known.
    static HANDLED_HERE: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Looks up what is needed later, and follows forks.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    set_wakeup_fd(py)?;
    follow_forks(py)
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

/// What ends a call on a thread that handles no signals: asked while it waits.
pub(crate) fn are_kept_or_ended() -> bool {
    are_kept() || exit::ends_calls_here()
}

/// The exception that was kept, if any.
pub(crate) fn take_kept() -> Option<PyErr> {
    KEPT.take()
}

/// Runs the handlers of signals that have arrived, and keeps the exception that one raises.
pub(crate) fn run_handlers(py: Python<'_>) {
    if let Err(exception) = py.check_signals().and_then(|()| tasks::check(py)) {
        keep(exception);
    }
}

/// Whether a handler has raised an exception: asked while a call waits.
pub(crate) fn have_raised() -> bool {
    // Not attached when the interpreter is ending: no handler runs any more.
    let _ = Python::try_attach(run_handlers);
    are_kept()
}

/// What ends a call that may wait on any thread, once [`are_handled_here`] was asked on it.
pub(crate) fn end_a_wait_here() -> bool {
    match HANDLED_HERE.get() {
        Some(true) => have_raised(),
        _ => are_kept_or_ended(),
    }
}

/// Raises what has come while an object was ended, which cannot raise it itself: as soon as Python code
/// runs again. Only the thread that runs signal handlers can be told so; on others Python prints it.
pub(crate) fn raise_soon(py: Python<'_>, exception: PyErr) {
    let left = match HANDLED_HERE.get() {
        Some(true) => interpreter::raise_soon(py, exception),
        _ => Some(exception),
    };
    if let Some(exception) = left {
        exception.write_unraisable(py, None);
    }
}

/// Whether this is the thread on which Python runs signal handlers. On any other thread, asking
/// would do nothing but wait for the GIL.
///
/// Python itself is asked. What threading calls the main thread cannot be compared with: gevent and
/// eventlet put green threads in the place of threads.
pub(crate) fn are_handled_here(py: Python<'_>) -> PyResult<bool> {
    if let Some(known) = HANDLED_HERE.get() {
        return Ok(known);
    }
    // Refused with a ValueError where no handlers are run, before it looks at the descriptor; there
    // is no such descriptor, so that nothing is set anywhere.
    let handled_here = match set_wakeup_fd(py)?.call1((i32::MAX,)) {
        Err(refused) => !refused.is_instance_of::<PyValueError>(py),
        Ok(_) => true,
    };
    HANDLED_HERE.set(Some(handled_here));
    Ok(handled_here)
}

fn set_wakeup_fd<'py>(py: Python<'py>) -> PyResult<&'py Bound<'py, PyAny>> {
    static SET_WAKEUP_FD: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    // The module signal imports enum.
    SET_WAKEUP_FD.import(py, "_signal", "set_wakeup_fd")
}

/// The thread that forks becomes the main thread of the child, and its only one.
fn follow_forks(py: Python<'_>) -> PyResult<()> {
    let in_child = PyCFunction::new_closure(py, None, None, |_, _| {
        HANDLED_HERE.set(Some(true));
        exit::forget_other_threads();
    })?;
    let hooks = [("after_in_child", in_child)].into_py_dict(py)?;
    imports::os(py)?.call_method("register_at_fork", (), Some(&hooks))?;
    Ok(())
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
