//! The thread that cancels other threads' calls.

use std::collections::BinaryHeap;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use certpush::Cancel;

/// How long the thread waits when nothing is to be cancelled.
const IDLE: Duration = Duration::from_secs(1);

/// Cancels calls from a thread of its own, each at its time.
pub(crate) struct Cancels {
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

struct Order {
    due: Instant,
    cancel: Cancel,
}

impl Cancels {
    pub(crate) fn start() -> Cancels {
        let (orders, received) = mpsc::channel();
        let thread = std::thread::spawn(move || carry_out(&received));
        Cancels {
            orders: Some(orders),
            thread: Some(thread),
        }
    }

    /// A cancel that is triggered after `delay`.
    pub(crate) fn after(&self, delay: Duration) -> Cancel {
        let cancel = Cancel::new();
        let order = Order {
            due: Instant::now() + delay,
            cancel: cancel.clone(),
        };
        if let Some(orders) = &self.orders {
            orders.send(order).expect("the thread waits for orders");
        }
        cancel
    }
}

impl Drop for Cancels {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the thread does not fail");
        }
    }
}

fn carry_out(orders: &Receiver<Order>) {
    let mut waiting = BinaryHeap::new();
    loop {
        let now = Instant::now();
        while waiting.peek().is_some_and(|order: &Order| order.due <= now) {
            if let Some(order) = waiting.pop() {
                order.cancel.trigger();
            }
        }
        let wait = waiting
            .peek()
            .map_or(IDLE, |order| order.due.saturating_duration_since(now));
        match orders.recv_timeout(wait) {
            Ok(order) => waiting.push(order),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// The heap's greatest is the order that is due first.
impl Ord for Order {
    fn cmp(&self, other: &Order) -> std::cmp::Ordering {
        other.due.cmp(&self.due)
    }
}

impl PartialOrd for Order {
    fn partial_cmp(&self, other: &Order) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Order {
    fn eq(&self, other: &Order) -> bool {
        self.due == other.due
    }
}

impl Eq for Order {}
