//! The connections that are kept for further calls, the freshest used first.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::connection::Connection;

/// Idle connections of one client in one process.
#[derive(Debug)]
pub(super) struct Pool {
    idle: Mutex<Vec<Connection>>,
    most: usize,
    longest_idle: Duration,
}

impl Pool {
    pub(super) fn new(most: usize, longest_idle: Duration) -> Pool {
        let most = if longest_idle.is_zero() { 0 } else { most };
        Pool {
            idle: Mutex::new(Vec::new()),
            most,
            longest_idle,
        }
    }

    /// A connection that has just been seen to be alive.
    pub(super) fn take(&self) -> Option<Connection> {
        loop {
            let mut connection = self.idle().pop()?;
            if connection.idle_for() > self.longest_idle {
                // All the others have been idle for longer.
                let stale = std::mem::take(&mut *self.idle());
                drop(stale);
                return None;
            }
            if connection.is_alive() {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection whose exchange has ended well.
    pub(super) fn give_back(&self, mut connection: Connection) {
        if !connection.is_reusable() {
            return;
        }
        connection.mark_idle();
        let mut idle = self.idle();
        if idle.len() < self.most {
            idle.push(connection);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
