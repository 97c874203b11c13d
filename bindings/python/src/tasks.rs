//! asyncio: whether the task that makes a call was cancelled while the call waits.
//!
//! A push in a coroutine holds its event loop up, so that nothing but a signal handler can cancel its
//! task meanwhile. `asyncio.run`'s handler of Ctrl-C cancels the main task, and raises nothing.

use std::cell::Cell;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::imports;

thread_local! {
    /// How often the tasks that count had been asked to end when the call began.
    static BEFORE: Cell<u32> = const { Cell::new(0) };
}

/// A call on the thread on which signals are handled. A handler may make another meanwhile.
pub(crate) struct Call {
    outer: u32,
}

impl Call {
    pub(crate) fn begin(py: Python<'_>) -> Call {
        Call {
            outer: BEFORE.replace(asked_to_end(py)),
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        BEFORE.set(self.outer);
    }
}

/// While a call waits: raises CancelledError if its task was cancelled since it began.
pub(crate) fn check(py: Python<'_>) -> PyResult<()> {
    if asked_to_end(py) > BEFORE.get() {
        let asyncio = py.import("asyncio")?;
        return Err(PyErr::from_value(
            asyncio.getattr("CancelledError")?.call0()?,
        ));
    }
    Ok(())
}

/// How often the task that runs on this thread, and the one that Ctrl-C cancels, were asked to end: 0
/// if there is none, and before Python 3.11, where Ctrl-C raises KeyboardInterrupt in a task, too. A
/// program that has something else in the place of asyncio has no such tasks.
fn asked_to_end(py: Python<'_>) -> u32 {
    count(py).unwrap_or_default()
}

fn count(py: Python<'_>) -> PyResult<u32> {
    if !imports::has(py, intern!(py, "asyncio"))? {
        return Ok(0);
    }
    let asyncio = py.import(intern!(py, "asyncio"))?;
    let running = asyncio.call_method0(intern!(py, "_get_running_loop"))?;
    if running.is_none() {
        return Ok(0);
    }
    let task = asyncio.call_method1(intern!(py, "current_task"), (running,))?;
    let mut count = times_cancelled(&task)?;
    if let Some(main) = task_of_ctrl_c(py)?
        && !main.is(&task)
    {
        count += times_cancelled(&main)?;
    }
    Ok(count)
}

fn times_cancelled(task: &Bound<'_, PyAny>) -> PyResult<u32> {
    match task.getattr_opt(intern!(task.py(), "cancelling"))? {
        Some(cancelling) => cancelling.call0()?.extract(),
        None => Ok(0),
    }
}

/// The main task, which asyncio.run gives its handler as a keyword.
fn task_of_ctrl_c(py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
    const SIGINT: i32 = 2;
    let handler = py
        .import(intern!(py, "_signal"))?
        .call_method1(intern!(py, "getsignal"), (SIGINT,))?;
    match handler.getattr_opt(intern!(py, "keywords"))? {
        Some(keywords) => keywords.cast::<PyDict>()?.get_item("main_task"),
        None => Ok(None),
    }
}
