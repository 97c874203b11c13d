//! Stopping calls from another thread or a signal handler.

use std::ptr;

use certpush::Cancel;

use crate::guard::guard;

/// Stops calls: made by certpush_cancel_new(), freed by certpush_cancel_free(). It works once: after
/// certpush_cancel_trigger() every call that was or is given it returns CERTPUSH_CANCELLED.
pub struct certpush_cancel(pub(crate) Cancel);

/// A cancel that has not been triggered. Free it with certpush_cancel_free().
///
/// Threads: any. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn certpush_cancel_new() -> *mut certpush_cancel {
    guard(ptr::null_mut(), || {
        Box::into_raw(Box::new(certpush_cancel(Cancel::new())))
    })
}

/// Stops the calls that were given this cancel, within 100 ms, and every one that will be given
/// it. The report tells whether the certificate may have been pushed. NULL is ignored.
///
/// It is one lock-free store, so a signal handler may call it.
///
/// Threads: any, also in a signal handler, until the cancel is freed. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_cancel_trigger(cancel: *const certpush_cancel) {
    // Without a guard, which a signal handler could not afford: nothing here can panic.
    // SAFETY: the header's contract for handles.
    if let Some(cancel) = unsafe { cancel.as_ref() } {
        cancel.0.trigger();
    }
}

/// Frees a cancel. Calls that were given it may still be running: they keep what they need of it,
/// but nothing stops them any more. NULL is ignored.
///
/// Threads: one, and no other may be handing it to a call or triggering it. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_cancel_free(cancel: *mut certpush_cancel) {
    guard((), || {
        if !cancel.is_null() {
            // SAFETY: made by Box::into_raw and, by the header's contract, freed once.
            drop(unsafe { Box::from_raw(cancel) });
        }
    });
}
