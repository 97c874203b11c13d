//! The end of the interpreter, which daemon threads do not outlive.
//!
//! It ends the calls that such threads are in while they can still tell what became of them, and
//! refuses new ones; it ends runs of many pushes, whoever has them. The thread that ends the
//! interpreter may push to the last: in an atexit hook, in a `__del__`.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::PyCFunction;

use crate::push_all;

/// How long the end waits for calls that it has ended: longer than any takes to notice, and not for
/// a program's own code that one of them may be in.
const PATIENCE: Duration = Duration::from_millis(500);

/// Whether the interpreter is ending.
static ENDING: AtomicBool = AtomicBool::new(false);
/// Whether other threads were given the time to end their calls.
static OVER: AtomicBool = AtomicBool::new(false);
/// How many calls are under way.
static CALLS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this thread ends the interpreter.
    static ENDS_IT: Cell<bool> = const { Cell::new(false) };
}

/// Lets the end of the interpreter end calls.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    let hook = PyCFunction::new_closure(py, None, None, |arguments, _| end_calls(arguments.py()))?;
    py.import("atexit")?.call_method1("register", (hook,))?;
    Ok(())
}

fn end_calls(py: Python<'_>) {
    ENDS_IT.set(true);
    ENDING.store(true, Ordering::SeqCst);
    let until = Instant::now() + PATIENCE;
    push_all::end_all(py, until);
    if CALLS.load(Ordering::SeqCst) > 0 {
        py.detach(|| {
            while CALLS.load(Ordering::SeqCst) > 0 && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(1));
            }
        });
    }
    OVER.store(true, Ordering::SeqCst);
}

/// Whether a call on this thread must end, and none may begin.
pub(crate) fn ends_calls_here() -> bool {
    ENDING.load(Ordering::SeqCst) && !ENDS_IT.get()
}

/// Whether this thread shall run no more Python code.
pub(crate) fn is_over_here() -> bool {
    OVER.load(Ordering::SeqCst) && !ENDS_IT.get()
}

/// A call under way.
pub(crate) struct Call(());

impl Call {
    pub(crate) fn begin() -> Call {
        CALLS.fetch_add(1, Ordering::SeqCst);
        Call(())
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // After a fork within a call, there may be none to take away.
        let _ = CALLS.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |calls| {
            calls.checked_sub(1)
        });
    }
}

/// In a forked child there is only the thread that forked.
pub(crate) fn forget_other_threads() {
    CALLS.store(0, Ordering::SeqCst);
}
