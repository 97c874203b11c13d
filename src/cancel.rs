//! Stopping a call from elsewhere, and the deadline that every call has.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Stops calls from another thread or a signal handler.
///
/// It is one-shot: once triggered, every call that was or is given it ends with
/// [`Status::Cancelled`](crate::Status::Cancelled), within 100 ms. Clones are the same cancel.
/// Since 0.1.0.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A cancel that has not been triggered.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Stops the calls that were given this cancel. One lock-free store: it may be called from
    /// any thread and from a signal handler.
    pub fn trigger(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether the cancel has been triggered.
    pub fn is_triggered(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
