//! The end of the interpreter, which daemon threads do not outlive.
//!
//! It ends the calls that such threads are in, gives the threads time to tell what became of them,
//! and refuses new calls; it ends runs of many pushes, whoever has them. The thread that ends the
//! interpreter may push to the last: in an atexit hook, in a `__del__`.

use std::cell::{Cell, OnceCell};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::PyCFunction;

use crate::push_all;

/// How long the end waits for calls that it has ended and for the threads that were in them: longer
/// than any takes to notice and to tell, and not for whatever else a thread goes on with.
const PATIENCE: Duration = Duration::from_millis(500);

/// Whether the interpreter is ending.
static ENDING: AtomicBool = AtomicBool::new(false);
/// Whether other threads were given the time to end their calls.
static OVER: AtomicBool = AtomicBool::new(false);
/// The threads that calls are under way on, by Python's number for each; one that is in two calls,
/// twice. Locked for moments, and by those alone who hold the GIL.
static CALLS: Mutex<Vec<u64>> = Mutex::new(Vec::new());

thread_local! {
    /// Whether this thread ends the interpreter.
    static ENDS_IT: Cell<bool> = const { Cell::new(false) };
    /// What Python calls this thread.
    static NUMBER: OnceCell<u64> = const { OnceCell::new() };
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
    let callers = calls().clone();
    push_all::end_all(py, until);
    while !calls().is_empty() && Instant::now() < until {
        py.detach(|| std::thread::sleep(Duration::from_millis(1)));
    }
    // What a call raised is told by the thread, not by the call. One that cannot be waited for is
    // not.
    let _ = join(py, &callers, until);
    OVER.store(true, Ordering::SeqCst);
}

/// Waits for threads to end. It ends early when the program is told to end at once.
fn join(py: Python<'_>, numbers: &[u64], until: Instant) -> PyResult<()> {
    // Threads of those who have not imported it are nobody's to wait for.
    let modules = py.import("sys")?.getattr("modules")?;
    let Ok(threading) = modules.get_item("threading") else {
        return Ok(());
    };
    for thread in threading.call_method0("enumerate")?.try_iter()? {
        let thread = thread?;
        let number: Option<u64> = thread.getattr("ident")?.extract()?;
        if !number.is_some_and(|it| numbers.contains(&it)) {
            continue;
        }
        let rest = until.saturating_duration_since(Instant::now());
        match thread.call_method1("join", (rest.as_secs_f64(),)) {
            // This very thread, and what Python knows of a thread that it has not started.
            Err(error) if error.is_instance_of::<PyException>(py) => {}
            ended => drop(ended?),
        }
    }
    Ok(())
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
pub(crate) struct Call(u64);

impl Call {
    pub(crate) fn begin(py: Python<'_>) -> PyResult<Call> {
        let number = NUMBER.with(|number| match number.get() {
            Some(number) => Ok(*number),
            None => {
                let found = py.import("_thread")?.call_method0("get_ident")?.extract()?;
                PyResult::Ok(*number.get_or_init(|| found))
            }
        })?;
        calls().push(number);
        Ok(Call(number))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut calls = calls();
        // After a fork within a call, there may be none to take away.
        if let Some(at) = calls.iter().position(|it| *it == self.0) {
            calls.swap_remove(at);
        }
    }
}

/// In a forked child there is only the thread that forked.
pub(crate) fn forget_other_threads() {
    calls().clear();
}

fn calls() -> MutexGuard<'static, Vec<u64>> {
    CALLS.lock().unwrap_or_else(PoisonError::into_inner)
}
