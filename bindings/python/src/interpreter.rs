//! What pyo3 has no safe form of: the only unsafe code of this binding.
//!
//! Before Python 3.14, a thread that wants the GIL while the interpreter is ending is ended by
//! `pthread_exit`, which unwinds its stack. Rust ends the process when that reaches a frame of its
//! own. pyo3 lets such a thread hang instead where it takes the GIL; a Python function that is called
//! from here takes it as well, whenever it has waited for something.

use std::cell::RefCell;
use std::ffi::{c_int, c_void};
use std::hint::black_box;
use std::mem::transmute;
use std::ptr::null_mut;
use std::time::Duration;

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// `PyObject_Call`, as a function that may unwind. pyo3 declares it as one that never does, and in a
/// library that is optimised as a whole a name has one declaration: so it is called by its address,
/// which the optimiser is not shown.
type ObjectCall = unsafe extern "C-unwind" fn(
    callable: *mut PyObject,
    arguments: *mut PyObject,
    keywords: *mut PyObject,
) -> *mut PyObject;

/// Calls Python code in a way that a daemon thread survives the end of the interpreter in: it
/// hangs, as all such threads do from Python 3.14 on, until the process is gone.
pub(crate) fn call<'py>(
    callable: &Bound<'py, PyAny>,
    arguments: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    call_with(callable, arguments, None)
}

/// As [`call`], with keywords.
pub(crate) fn call_with<'py>(
    callable: &Bound<'py, PyAny>,
    arguments: &Bound<'py, PyTuple>,
    keywords: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let address = black_box(ffi::PyObject_Call as *const ());
    // SAFETY: the function has these parameters and this result, and a caller may be ready for
    // more than a function does.
    let object_call = unsafe { transmute::<*const (), ObjectCall>(address) };
    let guard = Hang;
    let keywords = keywords.map_or(null_mut(), |keywords| keywords.as_ptr());
    // SAFETY: all are objects that live as long as they are borrowed, the thread is attached, and
    // no keywords is what NULL means.
    let result = unsafe { object_call(callable.as_ptr(), arguments.as_ptr(), keywords) };
    std::mem::forget(guard);
    // SAFETY: the result is a reference of its own, or NULL with an exception set.
    unsafe { Bound::from_owned_ptr_or_err(callable.py(), result) }
}

/// What is dropped only if the stack is unwound, and then never lets that go on.
struct Hang;

impl Drop for Hang {
    fn drop(&mut self) {
        loop {
            std::thread::sleep(Duration::from_secs(3600));
        }
    }
}

thread_local! {
    /// What is to be raised on this thread.
    static LATE: RefCell<Vec<PyErr>> = const { RefCell::new(Vec::new()) };
}

/// Raises an exception as soon as the main thread, which must be this one, runs Python code again.
/// Gives it back if the interpreter has no room for that.
pub(crate) fn raise_soon(_attached: Python<'_>, exception: PyErr) -> Option<PyErr> {
    LATE.with_borrow_mut(|late| late.push(exception));
    // SAFETY: the thread is attached, and the function looks at no argument.
    match unsafe { ffi::Py_AddPendingCall(Some(raise_late), null_mut()) } {
        0 => None,
        _ => LATE.with_borrow_mut(Vec::pop),
    }
}

extern "C" fn raise_late(_: *mut c_void) -> c_int {
    let raised = Python::try_attach(|py| {
        let late = LATE.with_borrow_mut(|late| (!late.is_empty()).then(|| late.remove(0)));
        late.map(|exception| exception.restore(py))
    });
    match raised.flatten() {
        Some(()) => -1,
        None => 0,
    }
}

/// Whether this is the process's first interpreter, and no sub-interpreter.
pub(crate) fn is_main(_attached: Python<'_>) -> bool {
    // SAFETY: the thread is attached, so that there is a current interpreter.
    unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) == 0 }
}
