//! What one thread at a time may use, each in its turn, and what a forked child is told of it.

use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use certpush_system::fork_generation;

/// The longest wait without a look at what may end it.
const SLICE: Duration = Duration::from_millis(20);

/// What threads use in turn. They wait for it without the GIL.
pub(crate) struct Turns<T> {
    queue: Mutex<Queue>,
    changed: Condvar,
    value: Mutex<T>,
    /// The process that has made it.
    generation: u64,
}

struct Queue {
    /// The thread whose turn it is.
    holder: Option<ThreadId>,
    waiting: VecDeque<u64>,
    /// The last ticket that was given out.
    last: u64,
    /// The process that these are threads of.
    generation: u64,
}

/// Why a thread has no turn.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NoTurn {
    /// What ends the wait has come first.
    Ended,
    /// It is this thread's own turn already: it was called back within it.
    IsOwn,
    /// This is a forked child, and it was the turn of a thread that only the parent has.
    Forked,
}

impl<T> Turns<T> {
    pub(crate) fn new(value: T) -> Turns<T> {
        let generation = fork_generation();
        Turns {
            queue: Mutex::new(Queue {
                holder: None,
                waiting: VecDeque::new(),
                last: 0,
                generation,
            }),
            changed: Condvar::new(),
            value: Mutex::new(value),
            generation,
        }
    }

    /// Waits for its turn; `ends` is asked meanwhile whether to give up.
    pub(crate) fn take(&self, ends: impl Fn() -> bool) -> Result<Turn<'_, T>, NoTurn> {
        let me = thread::current().id();
        let mut queue = self.queue()?;
        if queue.holder == Some(me) {
            return Err(NoTurn::IsOwn);
        }
        queue.last += 1;
        let ticket = queue.last;
        queue.waiting.push_back(ticket);
        while queue.holder.is_some() || queue.waiting.front() != Some(&ticket) {
            drop(self.changed.wait_timeout(queue, SLICE));
            // Not with the lock: it may take the GIL.
            let is_ended = ends();
            queue = self.queue()?;
            if is_ended {
                queue.waiting.retain(|it| *it != ticket);
                self.changed.notify_all();
                return Err(NoTurn::Ended);
            }
        }
        queue.waiting.pop_front();
        queue.holder = Some(me);
        drop(queue);
        Ok(self.turn())
    }

    /// Its turn, if nobody else is using it or waiting to.
    pub(crate) fn try_take(&self) -> Option<Turn<'_, T>> {
        let mut queue = self.queue().ok()?;
        if queue.holder.is_some() || !queue.waiting.is_empty() {
            return None;
        }
        queue.holder = Some(thread::current().id());
        drop(queue);
        Some(self.turn())
    }

    fn turn(&self) -> Turn<'_, T> {
        Turn {
            turns: self,
            // Nobody else has it: it is this thread's turn.
            value: self.value.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// The queue. A forked child has none of the threads that wait in its parent's.
    fn queue(&self) -> Result<MutexGuard<'_, Queue>, NoTurn> {
        let generation = fork_generation();
        if generation == self.generation {
            return Ok(self.queue.lock().unwrap_or_else(PoisonError::into_inner));
        }
        let mut queue = self.queue_of_parent().ok_or(NoTurn::Forked)?;
        if queue.generation != generation {
            if queue.holder.is_some_and(|it| it != thread::current().id()) {
                return Err(NoTurn::Forked);
            }
            queue.waiting.clear();
            queue.generation = generation;
        }
        Ok(queue)
    }

    /// The queue, unless a thread had its lock when this child was forked.
    fn queue_of_parent(&self) -> Option<MutexGuard<'_, Queue>> {
        let until = Instant::now() + SLICE;
        loop {
            match self.queue.try_lock() {
                Ok(queue) => return Some(queue),
                Err(TryLockError::Poisoned(error)) => return Some(error.into_inner()),
                Err(TryLockError::WouldBlock) if Instant::now() >= until => return None,
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
            }
        }
    }
}

/// A thread's turn.
pub(crate) struct Turn<'a, T> {
    turns: &'a Turns<T>,
    value: MutexGuard<'a, T>,
}

impl<T> Deref for Turn<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Turn<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        // Whose turn is next waits for the value's lock, for as long as this takes.
        if let Ok(mut queue) = self.turns.queue() {
            queue.holder = None;
        }
        self.turns.changed.notify_all();
    }
}
