//! Holding back the cancellation of the host's threads (`pthread_cancel`).

/// Runs `body` with this thread's cancellation disabled, and restores what the thread had, also if
/// `body` panics. It may be nested.
///
/// POSIX ends a cancelled thread in its next call that waits, by unwinding its stack. Frames of Rust
/// cannot be unwound so: the process would be aborted. A thread that was cancelled meanwhile ends in
/// its next call that waits after `body`.
pub fn with_cancellation_disabled<T>(body: impl FnOnce() -> T) -> T {
    #[cfg(unix)]
    let _restored = unix::Disabled::new();
    body()
}

#[cfg(unix)]
mod unix {
    use std::marker::PhantomData;

    use libc::c_int;

    #[cfg(target_vendor = "apple")]
    pub(super) const DISABLE: c_int = 0;
    #[cfg(not(target_vendor = "apple"))]
    pub(super) const DISABLE: c_int = 1;

    unsafe extern "C" {
        // The crate libc does not declare it for Linux.
        fn pthread_setcancelstate(state: c_int, previous: *mut c_int) -> c_int;
    }

    /// The state that a thread had, which it has again when this is dropped.
    pub(super) struct Disabled {
        /// `None` if the system would not tell.
        previous: Option<c_int>,
        /// It must be dropped on the thread that made it.
        of_this_thread: PhantomData<*const ()>,
    }

    impl Disabled {
        pub(super) fn new() -> Disabled {
            Disabled {
                previous: set(DISABLE),
                of_this_thread: PhantomData,
            }
        }
    }

    impl Drop for Disabled {
        fn drop(&mut self) {
            if let Some(previous) = self.previous {
                set(previous);
            }
        }
    }

    /// Sets this thread's state, and gives the one that it had.
    pub(super) fn set(state: c_int) -> Option<c_int> {
        let mut previous = 0;
        // SAFETY: a state that the system does not know is refused, and the output is a variable.
        let refused = unsafe { pthread_setcancelstate(state, &raw mut previous) };
        (refused == 0).then_some(previous)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::unix::{DISABLE, set};
    use super::*;

    fn is_disabled() -> bool {
        let state = set(DISABLE).unwrap();
        set(state);
        state == DISABLE
    }

    #[test]
    fn the_thread_has_its_state_back() {
        assert!(!is_disabled());
        with_cancellation_disabled(|| {
            with_cancellation_disabled(|| assert!(is_disabled()));
            assert!(is_disabled());
        });
        assert!(!is_disabled());
    }

    #[test]
    fn the_state_is_back_after_a_panic() {
        let panicked =
            std::panic::catch_unwind(|| with_cancellation_disabled(|| panic!("in body")));
        assert!(panicked.is_err());
        assert!(!is_disabled());
    }

    #[test]
    fn a_thread_that_had_it_disabled_itself_still_has() {
        set(DISABLE);
        with_cancellation_disabled(|| assert!(is_disabled()));
        assert!(is_disabled());
    }
}
