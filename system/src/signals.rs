//! Keeping the host's signal handlers off certpush's own threads, and what a program was started
//! with.

/// Runs `start`, which starts a thread, so that the thread has all signals blocked: the host's
/// handlers never run on it. The calling thread has its own signals back afterwards, also if `start`
/// panics.
pub fn with_signals_blocked<T>(start: impl FnOnce() -> T) -> T {
    #[cfg(unix)]
    let _restored = unix::Blocked::all();
    start()
}

/// Whether this process ignores a signal, as one does that nohup or a shell's background started. No
/// signal has a number that the system does not know.
pub fn is_ignored(signal: i32) -> bool {
    #[cfg(unix)]
    let ignored = unix::is_ignored(signal);
    #[cfg(not(unix))]
    let ignored = {
        let _ = signal;
        false
    };
    ignored
}

#[cfg(unix)]
mod unix {
    use std::mem::MaybeUninit;

    pub(super) fn is_ignored(signal: i32) -> bool {
        let mut action = MaybeUninit::<libc::sigaction>::uninit();
        // SAFETY: without a new action the call changes nothing; it writes `action` if it succeeds.
        unsafe {
            libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) == 0
                && action.assume_init().sa_sigaction == libc::SIG_IGN
        }
    }

    /// The signals that a thread had blocked before it blocked all, which it has again when this is
    /// dropped.
    pub(super) struct Blocked(libc::sigset_t);

    impl Blocked {
        pub(super) fn all() -> Blocked {
            let mut every = MaybeUninit::<libc::sigset_t>::uninit();
            let mut before = MaybeUninit::<libc::sigset_t>::uninit();
            // SAFETY: `sigfillset` writes the set it is given and cannot fail on one;
            // `pthread_sigmask` fails for a wrong first argument only, and otherwise writes
            // `before`.
            unsafe {
                libc::sigfillset(every.as_mut_ptr());
                libc::pthread_sigmask(libc::SIG_SETMASK, every.as_ptr(), before.as_mut_ptr());
                Blocked(before.assume_init())
            }
        }
    }

    impl Drop for Blocked {
        fn drop(&mut self) {
            // SAFETY: the set is the one that the system gave.
            unsafe {
                libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, std::ptr::null_mut());
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn is_blocked(signal: i32) -> bool {
        let mut set = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: without a new set, the call only writes the one that stands.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, std::ptr::null(), set.as_mut_ptr());
            libc::sigismember(set.as_ptr(), signal) == 1
        }
    }

    #[test]
    fn a_thread_that_is_started_so_has_all_signals_blocked_and_its_starter_none_more() {
        let before = is_blocked(libc::SIGUSR1);
        let started = with_signals_blocked(|| {
            std::thread::spawn(|| {
                [libc::SIGUSR1, libc::SIGINT, libc::SIGALRM, libc::SIGPROF].map(is_blocked)
            })
        });
        assert_eq!(is_blocked(libc::SIGUSR1), before);
        assert_eq!(started.join().unwrap(), [true; 4]);
    }

    #[test]
    fn what_is_ignored_is_told_from_the_rest() {
        // Rust ignores it in every program.
        assert!(is_ignored(libc::SIGPIPE));
        assert!(!is_ignored(libc::SIGALRM));
        assert!(!is_ignored(-1));
    }

    #[test]
    fn the_signals_are_back_after_a_panic() {
        let before = is_blocked(libc::SIGUSR2);
        let panicked = std::panic::catch_unwind(|| with_signals_blocked(|| panic!("in start")));
        assert!(panicked.is_err());
        assert_eq!(is_blocked(libc::SIGUSR2), before);
    }
}
