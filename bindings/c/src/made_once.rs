//! What is made when it is first asked for.

use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A value that is made when it is first asked for, and stays. Threads that ask at the same time each
/// make one, and all get the first: none waits for another, for a forked child would wait in vain.
pub(crate) struct MadeOnce<T> {
    made: AtomicPtr<T>,
    owned: PhantomData<T>,
}

impl<T> MadeOnce<T> {
    pub(crate) const fn new() -> MadeOnce<T> {
        MadeOnce {
            made: AtomicPtr::new(ptr::null_mut()),
            owned: PhantomData,
        }
    }

    /// The value, which `make` makes if nobody has asked before.
    pub(crate) fn get(&self, make: impl FnOnce() -> T) -> &T {
        // SAFETY: what is stored was made by Box::into_raw, stays until `self` is dropped, and is never
        // changed.
        if let Some(made) = unsafe { self.made.load(Ordering::Acquire).as_ref() } {
            return made;
        }
        let own = Box::into_raw(Box::new(make()));
        let none = ptr::null_mut();
        let order = (Ordering::AcqRel, Ordering::Acquire);
        match self.made.compare_exchange(none, own, order.0, order.1) {
            // SAFETY: `own` is stored now, see above.
            Ok(_) => unsafe { &*own },
            Err(first) => {
                // SAFETY: `own` was made by Box::into_raw, and nobody else has it.
                drop(unsafe { Box::from_raw(own) });
                // SAFETY: `first` is stored, see above.
                unsafe { &*first }
            }
        }
    }

    /// Whether `pointer` points to the value.
    pub(crate) fn is(&self, pointer: *const T) -> bool {
        !pointer.is_null() && ptr::eq(self.made.load(Ordering::Acquire), pointer)
    }
}

impl<T> Drop for MadeOnce<T> {
    fn drop(&mut self) {
        let made = *self.made.get_mut();
        if !made.is_null() {
            // SAFETY: made by Box::into_raw, and borrowed no longer than `self` lives.
            drop(unsafe { Box::from_raw(made) });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::AtomicUsize;

    use super::*;

    static ALIVE: AtomicUsize = AtomicUsize::new(0);

    struct Counted;

    impl Counted {
        fn new() -> Counted {
            ALIVE.fetch_add(1, Ordering::Relaxed);
            Counted
        }
    }

    impl Drop for Counted {
        fn drop(&mut self) {
            ALIVE.fetch_sub(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn threads_that_ask_at_once_get_the_same() {
        let value = MadeOnce::new();
        let together = Barrier::new(4);
        let addresses = std::thread::scope(|scope| {
            let ask = || {
                together.wait();
                ptr::from_ref(value.get(Counted::new)).addr()
            };
            let threads = [(); 4].map(|()| scope.spawn(ask));
            threads.map(|thread| thread.join().unwrap())
        });
        assert!(addresses.iter().all(|address| *address == addresses[0]));
        assert!(value.is(value.get(Counted::new)));
        assert_eq!(ALIVE.load(Ordering::Relaxed), 1);
        drop(value);
        assert_eq!(ALIVE.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn nothing_is_what_was_never_made() {
        let value: MadeOnce<Counted> = MadeOnce::new();
        assert!(!value.is(ptr::null()));
    }
}
