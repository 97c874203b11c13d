//! Stopping a call from elsewhere.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Stops calls from another thread or a signal handler.
///
/// It is one-shot: once triggered, every call that was or is given it ends with
/// [`Status::Cancelled`](crate::Status::Cancelled), within 100 ms. Clones are the same cancel; a
/// [`child`](Cancel::child) is one of its own. Since 0.1.0.
///
/// ```
/// let cancel = certpush::Cancel::new();
/// let other = cancel.clone();
/// std::thread::spawn(move || other.trigger()).join().unwrap();
/// assert!(cancel.is_triggered());
/// ```
#[derive(Clone, Default)]
pub struct Cancel(Arc<State>);

#[derive(Default)]
struct State {
    triggered: AtomicBool,
    parent: Option<Cancel>,
}

impl Cancel {
    /// A cancel that has not been triggered.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Stops the calls that were given this cancel. One lock-free store: it may be called from
    /// any thread and from a signal handler.
    pub fn trigger(&self) {
        self.0.triggered.store(true, Ordering::Release);
    }

    /// Whether the cancel has been triggered, or one that it is a child of.
    pub fn is_triggered(&self) -> bool {
        self.0.triggered.load(Ordering::Acquire)
            || self.0.parent.as_ref().is_some_and(Cancel::is_triggered)
    }

    /// A cancel that is triggered when this one is, and can be triggered without it: for one of
    /// several calls that this one stops together. Since 0.2.0.
    ///
    /// ```
    /// let all = certpush::Cancel::new();
    /// let one = all.child();
    /// one.trigger();
    /// assert!(!all.is_triggered());
    /// all.trigger();
    /// assert!(all.child().is_triggered());
    /// ```
    #[must_use]
    pub fn child(&self) -> Cancel {
        Cancel(Arc::new(State {
            triggered: AtomicBool::new(false),
            parent: Some(self.clone()),
        }))
    }

    /// A guard that triggers the cancel when it is dropped, so that whoever waits for a call and
    /// gives up (a future that is dropped, a function that returns early) stops it. Since 0.2.0.
    ///
    /// ```
    /// let cancel = certpush::Cancel::new();
    /// {
    ///     let _guard = cancel.clone().drop_guard();
    ///     // … hand `cancel` to a call on another thread, and wait for it …
    /// }
    /// assert!(cancel.is_triggered());
    /// ```
    pub fn drop_guard(self) -> DropGuard {
        DropGuard(Some(self))
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancel")
            .field("triggered", &self.is_triggered())
            .finish()
    }
}

/// Triggers a [`Cancel`] when it is dropped, unless it is disarmed: see [`Cancel::drop_guard`].
///
/// Since 0.2.0.
#[derive(Debug)]
#[must_use = "a guard that is not kept stops the call at once"]
pub struct DropGuard(Option<Cancel>);

impl DropGuard {
    /// Gives the cancel back, which is not triggered.
    ///
    /// ```
    /// let guard = certpush::Cancel::new().drop_guard();
    /// let cancel = guard.disarm();
    /// assert!(!cancel.is_triggered());
    /// ```
    pub fn disarm(mut self) -> Cancel {
        self.0.take().unwrap_or_default()
    }
}

impl Drop for DropGuard {
    fn drop(&mut self) {
        if let Some(cancel) = &self.0 {
            cancel.trigger();
        }
    }
}
