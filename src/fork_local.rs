//! State that belongs to one process: a forked child makes its own, and never waits for a lock or
//! uses a connection of its parent's.

use std::sync::Arc;

use arc_swap::ArcSwap;
use certpush_system::fork_generation;

/// A value for each process that uses it.
pub(crate) struct ForkLocal<T> {
    current: ArcSwap<Owned<T>>,
}

struct Owned<T> {
    generation: u64,
    value: Arc<T>,
}

impl<T> Owned<T> {
    fn new(generation: u64, value: T) -> Arc<Owned<T>> {
        Arc::new(Owned {
            generation,
            value: Arc::new(value),
        })
    }
}

impl<T> ForkLocal<T> {
    /// The value of the process that makes it.
    pub(crate) fn new(value: T) -> ForkLocal<T> {
        ForkLocal {
            current: ArcSwap::new(Owned::new(fork_generation(), value)),
        }
    }

    /// This process's value, made by `make` at a forked child's first use. Takes no lock.
    pub(crate) fn get(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let generation = fork_generation();
        let current = self.current.load();
        if current.generation == generation {
            return Arc::clone(&current.value);
        }
        let own = Owned::new(generation, make());
        let before = self.current.compare_and_swap(&current, Arc::clone(&own));
        if Arc::ptr_eq(&before, &current) {
            Arc::clone(&own.value)
        } else {
            // Another thread of this process was faster.
            Arc::clone(&before.value)
        }
    }
}
