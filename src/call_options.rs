//! What one call does differently from its client.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::call_context::Interrupt;
use crate::cancel::Cancel;
use crate::limits;
use crate::report::Error;

/// What one call does differently from its client.
///
/// Options may be kept, cloned and used for any number of calls, by any number of threads.
/// Since 0.1.0.
///
/// ```
/// use std::time::Duration;
/// use certpush::{CallOptions, Cancel};
///
/// let cancel = Cancel::new();
/// let options = CallOptions::new()
///     .timeout(Duration::from_secs(10))
///     .cancel(&cancel);
/// # let _ = options;
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct CallOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) cancel: Option<Cancel>,
    pub(crate) interrupt: Option<Interrupt>,
    pub(crate) began: Option<Instant>,
    pub(crate) again: bool,
}

impl CallOptions {
    /// As the client does.
    pub fn new() -> CallOptions {
        CallOptions::default()
    }

    /// How long this call may take as a whole, instead of the client's `timeout_ms`: 1 ms to a day.
    /// Any other time is refused with `INVALID_ARGUMENT` when the call is made.
    pub fn timeout(mut self, timeout: Duration) -> CallOptions {
        self.timeout = Some(timeout);
        self
    }

    /// Refuses a time outside the range of `timeout_ms`.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let is_allowed = |timeout: Duration| {
            let milliseconds = u64::try_from(timeout.as_millis());
            milliseconds.is_ok_and(|it| limits::TIMEOUT_MS.contains(&it))
        };
        if self.timeout.is_none_or(is_allowed) {
            return Ok(());
        }
        let (least, greatest) = limits::TIMEOUT_MS.into_inner();
        let reason = format!("must be {least} ms to {greatest} ms");
        Err(Error::invalid_argument("timeout", &reason))
    }

    /// Lets `cancel` stop this call.
    pub fn cancel(mut self, cancel: &Cancel) -> CallOptions {
        self.cancel = Some(cancel.clone());
        self
    }

    /// Pushes once more what the client's journal says was pushed. What it does not know the end of is
    /// not pushed even so. Without a journal it changes nothing. Since 0.2.0.
    pub fn again(mut self, again: bool) -> CallOptions {
        self.again = again;
        self
    }

    /// When the call began, if that was before it was made: for a language whose calls wait for a
    /// thread, which counts towards their time.
    #[doc(hidden)]
    pub fn began(mut self, began: Instant) -> CallOptions {
        self.began = Some(began);
        self
    }

    /// Asks `interrupt` every now and then while the call waits, at least every 50 ms, on the
    /// calling thread; `true` ends the call with `CANCELLED`, a panic with `INTERNAL`. For languages
    /// in which a signal is noticed only by asking.
    #[doc(hidden)]
    pub fn interrupt(
        mut self,
        interrupt: impl Fn() -> bool + Send + Sync + 'static,
    ) -> CallOptions {
        self.interrupt = Some(Arc::new(interrupt));
        self
    }
}

// A panic of the interrupt is caught where it is asked.
impl UnwindSafe for CallOptions {}
impl RefUnwindSafe for CallOptions {}

impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOptions")
            .field("timeout", &self.timeout)
            .field("cancel", &self.cancel)
            .field("again", &self.again)
            .finish_non_exhaustive()
    }
}
