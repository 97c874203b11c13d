//! Telling a forked child from its parent.
//!
//! A process's number does not tell: a child that is the first process of a new pid namespace has
//! the number 1, as its parent may have. What tells is memory that the kernel clears in every child
//! (`MADV_WIPEONFORK`, Linux 4.14), whoever forks and however. Where it cannot, a handler of
//! `pthread_atfork` clears it, and the number is looked at besides, for a child that was made
//! without the C library.

use std::sync::atomic::{AtomicU64, Ordering};

/// The generation that was given last, in this process or one that it descends from.
static LAST: AtomicU64 = AtomicU64::new(0);

/// A number that a process keeps for its life, and that a forked child never shares with its parent
/// or any process before it. Takes no lock, and makes no system call once the process is known,
/// where the kernel clears memory in a child.
pub fn fork_generation() -> u64 {
    let current = platform::current();
    match current.load(Ordering::Acquire) {
        0 => {
            let next = LAST.fetch_add(1, Ordering::Relaxed) + 1;
            match current.compare_exchange(0, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => next,
                // Another thread was faster.
                Err(given) => given,
            }
        }
        known => known,
    }
}

#[cfg(unix)]
mod platform {
    use std::ptr;
    use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering};

    /// The cell that a child finds cleared. It is made at the first use and never freed.
    static CELL: AtomicPtr<AtomicU64> = AtomicPtr::new(ptr::null_mut());
    /// The cell where no memory can be had from the kernel, or the kernel does not clear it.
    static ORDINARY: AtomicU64 = AtomicU64::new(0);
    /// The process that `ORDINARY` is of.
    static PROCESS: AtomicU32 = AtomicU32::new(0);
    static HANDLER: AtomicBool = AtomicBool::new(false);

    pub(super) fn current() -> &'static AtomicU64 {
        let cell = CELL.load(Ordering::Acquire);
        let cell = if cell.is_null() { make() } else { cell };
        if ptr::eq(cell, &raw const ORDINARY) {
            let process = std::process::id();
            if PROCESS.swap(process, Ordering::AcqRel) != process {
                ORDINARY.store(0, Ordering::Release);
            }
        }
        // SAFETY: the cell is `ORDINARY` or a page that `make` mapped for it alone, aligned,
        // readable and writable, and never unmapped once it is in `CELL`.
        unsafe { &*cell }
    }

    /// Makes the cell, or finds the one that another thread made meanwhile.
    #[cold]
    fn make() -> *const AtomicU64 {
        let made = cleared_by_the_kernel().unwrap_or((&raw const ORDINARY).cast_mut());
        let before =
            CELL.compare_exchange(ptr::null_mut(), made, Ordering::AcqRel, Ordering::Acquire);
        if !HANDLER.swap(true, Ordering::AcqRel) {
            // SAFETY: `clear` takes no lock and calls nothing. The libraries of certpush are never
            // unloaded (`-z nodelete`). If there is no memory for the handler, the kernel or the
            // process's number tells.
            unsafe { libc::pthread_atfork(None, None, Some(clear)) };
        }
        match before {
            Ok(_) => made,
            Err(other) => {
                if !ptr::eq(made, &raw const ORDINARY) {
                    // SAFETY: the page was mapped by this thread just now, and nobody else knows it.
                    unsafe { libc::munmap(made.cast(), size_of::<AtomicU64>()) };
                }
                other
            }
        }
    }

    /// Runs in a child of the C library's `fork`.
    extern "C" fn clear() {
        let cell = CELL.load(Ordering::Acquire);
        if !cell.is_null() {
            // SAFETY: as in `current`.
            unsafe { &*cell }.store(0, Ordering::Release);
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn cleared_by_the_kernel() -> Option<*mut AtomicU64> {
        let length = size_of::<AtomicU64>();
        // SAFETY: a new private mapping of the kernel's choice; the kernel rounds its length up to
        // a page.
        let page = unsafe {
            libc::mmap(
                ptr::null_mut(),
                length,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if page == libc::MAP_FAILED {
            return None;
        }
        // SAFETY: the page is the one that was mapped above.
        if unsafe { libc::madvise(page, length, libc::MADV_WIPEONFORK) } != 0 {
            // SAFETY: as above; nothing refers to it.
            unsafe { libc::munmap(page, length) };
            return None;
        }
        Some(page.cast())
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn cleared_by_the_kernel() -> Option<*mut AtomicU64> {
        None
    }
}

#[cfg(not(unix))]
mod platform {
    use std::sync::atomic::AtomicU64;

    static CURRENT: AtomicU64 = AtomicU64::new(0);

    /// There is no fork.
    pub(super) fn current() -> &'static AtomicU64 {
        &CURRENT
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// Runs `child` in a forked process and gives what it returns.
    fn forked(make_process: impl FnOnce() -> libc::pid_t, child: impl FnOnce() -> u8) -> i32 {
        match make_process() {
            -1 => panic!("no process could be made"),
            // SAFETY: ends the child without running what the test's process would.
            0 => unsafe { libc::_exit(child().into()) },
            process => {
                let mut status = 0;
                // SAFETY: the child is this process's, and `status` outlives the call.
                let ended = unsafe { libc::waitpid(process, &raw mut status, 0) };
                assert_eq!(ended, process);
                assert!(libc::WIFEXITED(status), "the child ended by a signal");
                libc::WEXITSTATUS(status)
            }
        }
    }

    fn is_new_and_stays(before: u64) -> u8 {
        let own = fork_generation();
        u8::from(own != before && own == fork_generation())
    }

    #[test]
    fn a_process_keeps_its_generation_and_a_child_has_another() {
        let own = fork_generation();
        assert_ne!(own, 0);
        assert_eq!(own, fork_generation());
        // SAFETY: the child only uses what is safe after a fork of a program with threads.
        let in_child = forked(|| unsafe { libc::fork() }, || is_new_and_stays(own));
        assert_eq!(in_child, 1);
        assert_eq!(own, fork_generation());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_child_that_was_made_without_the_c_library_has_another() {
        let own = fork_generation();
        // SAFETY: as above; the arguments are those of a plain fork.
        let raw = || unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) as i32 };
        assert_eq!(forked(raw, || is_new_and_stays(own)), 1);
    }

    #[test]
    fn a_grandchild_has_yet_another() {
        let own = fork_generation();
        let child = || {
            let childs = fork_generation();
            let grandchild = || {
                let grandchilds = fork_generation();
                u8::from(grandchilds != childs && grandchilds != own)
            };
            // SAFETY: as above.
            let fork = || unsafe { libc::fork() };
            forked(fork, grandchild) as u8
        };
        // SAFETY: as above.
        assert_eq!(forked(|| unsafe { libc::fork() }, child), 1);
    }

    #[test]
    fn all_threads_of_a_process_agree() {
        let own = fork_generation();
        let others: Vec<_> = (0..8)
            .map(|_| std::thread::spawn(fork_generation))
            .collect();
        assert!(others.into_iter().all(|other| other.join().unwrap() == own));
    }
}
