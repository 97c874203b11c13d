//! A program's own check whether a call shall go on, and what else one call may do differently.

use std::time::Duration;

use certpush::{CallOptions, Error, PushAllOptions};
use libc::c_void;

use crate::cancel::certpush_cancel;

/// What is asked whether a call shall go on: user is the pointer given with the function. 0 says
/// yes; anything else ends the call with CERTPUSH_CANCELLED, and the report tells whether the
/// certificate may have been pushed. There a language runs what it has put off, such as its handlers
/// of signals: Ctrl-C in Perl, PHP, R, Tcl or Python's ctypes.
///
/// It is asked on the thread that makes the call, so by several threads at once if several use the
/// client: at least every 50 ms while the call waits, be it for a name, a connection, an answer,
/// the time of the next attempt or, while a client is made, a FIFO; and at once when a signal has
/// interrupted such a wait. A call that is over sooner may not ask it at all, nor is it asked while
/// a token source or a log function runs. Its own time is a part of the call's.
///
/// It must return: no longjmp, no C++ exception and no pthread_exit() may leave it, and
/// pthread_cancel() waits for it. What it has to raise it keeps, returns 1, and has raised when the
/// call has returned. It may call certpush, but not free the client or the config of the call. A
/// call that it makes on the same client asks it, too: it must answer such a question without
/// another call. Since 0.2.0.
pub type certpush_interrupt_fn = Option<unsafe extern "C" fn(user: *mut c_void) -> i32>;

/// The check of a config and of the clients that are made from it.
#[derive(Clone, Copy)]
pub(crate) struct Interrupt {
    check: unsafe extern "C" fn(user: *mut c_void) -> i32,
    user: *mut c_void,
}

// SAFETY: `Interrupt::new`'s caller promises that any thread may call the function with this pointer.
unsafe impl Send for Interrupt {}
// SAFETY: as above, several threads at once included.
unsafe impl Sync for Interrupt {}

impl Interrupt {
    /// The check that asks `check`, if there is one.
    ///
    /// # Safety
    ///
    /// `check` may be called with `user` from any thread for as long as the result or a copy of it
    /// is used.
    pub(crate) unsafe fn new(check: certpush_interrupt_fn, user: *mut c_void) -> Option<Interrupt> {
        Some(Interrupt {
            check: check?,
            user,
        })
    }

    fn ends_the_call(self) -> bool {
        // SAFETY: `Interrupt::new`'s caller promises that the function may be called.
        unsafe { (self.check)(self.user) != 0 }
    }
}

/// The options of a call that has no more than a check.
pub(crate) fn interrupted_by(interrupt: Option<Interrupt>) -> CallOptions {
    match interrupt {
        Some(interrupt) => CallOptions::new().interrupt(move || interrupt.ends_the_call()),
        None => CallOptions::new(),
    }
}

/// The options of a call; 0 as `timeout_ms` is the client's.
pub(crate) fn call_options(
    interrupt: Option<Interrupt>,
    timeout_ms: i64,
    cancel: Option<&certpush_cancel>,
) -> Result<CallOptions, Error> {
    let mut options = interrupted_by(interrupt);
    if let Some(timeout) = timeout(timeout_ms)? {
        options = options.timeout(timeout);
    }
    Ok(match cancel {
        Some(cancel) => options.cancel(&cancel.0),
        None => options,
    })
}

/// The options of a run of many pushes; 0 as `timeout_ms` is no limit for the whole.
pub(crate) fn push_all_options(
    interrupt: Option<Interrupt>,
    timeout_ms: i64,
    cancel: Option<&certpush_cancel>,
) -> Result<PushAllOptions, Error> {
    let mut options = PushAllOptions::new();
    if let Some(interrupt) = interrupt {
        options = options.interrupt(move || interrupt.ends_the_call());
    }
    if let Some(timeout) = timeout(timeout_ms)? {
        options = options.timeout(timeout);
    }
    Ok(match cancel {
        Some(cancel) => options.cancel(&cancel.0),
        None => options,
    })
}

/// A time limit of so many milliseconds; 0 is none. What is refused is not told: in C++ it may be 0 that was
/// given, which comes as a negative number.
fn timeout(milliseconds: i64) -> Result<Option<Duration>, Error> {
    match u64::try_from(milliseconds) {
        Ok(0) => Ok(None),
        Ok(milliseconds) => Ok(Some(Duration::from_millis(milliseconds))),
        Err(_) => Err(Error::invalid_argument(
            "timeout_ms",
            "must be positive, or 0 from C for the client's own",
        )),
    }
}
