//! The log lines on their way to a C function.

use std::sync::Arc;

use certpush::{Level, LogHook};
use libc::{c_char, c_void};

use crate::text::c_string;

/// How much a log line matters. Since 0.1.0.
#[repr(C)]
pub enum certpush_log_level {
    /// A push that succeeded.
    CERTPUSH_LOG_INFO = 1,
    /// Something to look at, though the call went on.
    CERTPUSH_LOG_WARNING = 2,
    /// A push that failed.
    CERTPUSH_LOG_ERROR = 3,
}

/// What gets a line for each push and each warning: user is the pointer given with the function,
/// level a CERTPUSH_LOG_* number, and line one line without a line end that lives until the
/// function returns. No line ever holds a secret.
///
/// It is called on the thread that makes the call, so by several threads at once if several use
/// the client. It must return: no longjmp, no C++ exception and no pthread_exit() may leave it, and
/// pthread_cancel() waits for it. It may call certpush, but not free the client. Since 0.1.0.
pub type certpush_log_fn =
    Option<unsafe extern "C" fn(user: *mut c_void, level: i32, line: *const c_char)>;

/// The hook that hands each line to `log`, if there is one.
///
/// # Safety
///
/// `log` may be called with `user` from any thread for as long as the hook lives.
pub(crate) unsafe fn hook(log: certpush_log_fn, user: *mut c_void) -> Option<Arc<dyn LogHook>> {
    Some(Arc::new(Listener { log: log?, user }))
}

struct Listener {
    log: unsafe extern "C" fn(user: *mut c_void, level: i32, line: *const c_char),
    user: *mut c_void,
}

// SAFETY: `hook`'s caller promises that any thread may call the function with this pointer.
unsafe impl Send for Listener {}
// SAFETY: as above, several threads at once included.
unsafe impl Sync for Listener {}

impl LogHook for Listener {
    fn line(&self, level: Level, line: &str) {
        let line = c_string(line);
        // SAFETY: `hook`'s caller promises that the function may be called, and the line is a
        // NUL-terminated string.
        unsafe { (self.log)(self.user, level.number(), line.as_ptr()) }
    }
}
