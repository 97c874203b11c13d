//! The handshake that the current thread is in.
//!
//! rustls asks the verifier and the resolver of client certificates without telling for which
//! connection: they belong to the configuration, which all connections share, since sessions are
//! resumed only under the same one. But it asks on the thread that processes the packets. So the
//! handshake of the moment stands in a thread-local for as long as rustls processes them.

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::rc::Rc;

use crate::call_context::CallContext;
use crate::failure::TransportFailure;
use crate::file::Waiting;
use crate::phase::Phase;

thread_local! {
    /// It has no destructor, so that a push can be made while a thread ends: in the destructor of
    /// another thread-local, of the host's. Whoever enters takes away what it put here.
    static CURRENT: RefCell<ManuallyDrop<Option<Rc<CurrentHandshake>>>> =
        const { RefCell::new(ManuallyDrop::new(None)) };
}

/// What rustls' callbacks need to know of a handshake, and what they learn.
pub(super) struct CurrentHandshake {
    context: Rc<CallContext>,
    asked_for_certificate: Cell<bool>,
    ended: RefCell<Option<TransportFailure>>,
}

impl CurrentHandshake {
    pub(super) fn new(context: &Rc<CallContext>) -> Rc<CurrentHandshake> {
        Rc::new(CurrentHandshake {
            context: Rc::clone(context),
            asked_for_certificate: Cell::new(false),
            ended: RefCell::new(None),
        })
    }

    /// Runs `process` with this as the current thread's handshake. A callback may run code of the
    /// host that makes a connection of its own: that has its own, and this stands again afterwards.
    pub(super) fn during<T>(self: &Rc<CurrentHandshake>, process: impl FnOnce() -> T) -> T {
        let _outer = RestoreOnDrop(replace_current(Some(Rc::clone(self))));
        process()
    }

    /// The handshake that the current thread is in.
    pub(super) fn get() -> Option<Rc<CurrentHandshake>> {
        CURRENT.with_borrow(|current| Option::clone(current))
    }

    /// The call that a callback may read files for.
    pub(super) fn waiting(&self) -> Waiting<'_> {
        Waiting {
            context: &self.context,
            phase: Phase::Tls,
        }
    }

    /// Notes that the server asks for a client certificate.
    pub(super) fn note_certificate_request(&self) {
        self.asked_for_certificate.set(true);
    }

    /// Whether the server has asked for a client certificate, with or without getting one.
    pub(super) fn asked_for_certificate(&self) -> bool {
        self.asked_for_certificate.get()
    }

    /// Keeps why the call had to end within a callback, which can give rustls no such error.
    pub(super) fn end(&self, failure: TransportFailure) {
        self.ended.borrow_mut().get_or_insert(failure);
    }

    /// Why the call had to end within a callback, if it had to.
    pub(super) fn take_ended(&self) -> Option<TransportFailure> {
        self.ended.borrow_mut().take()
    }
}

struct RestoreOnDrop(Option<Rc<CurrentHandshake>>);

impl Drop for RestoreOnDrop {
    fn drop(&mut self) {
        drop(replace_current(self.0.take()));
    }
}

fn replace_current(handshake: Option<Rc<CurrentHandshake>>) -> Option<Rc<CurrentHandshake>> {
    ManuallyDrop::into_inner(CURRENT.replace(ManuallyDrop::new(handshake)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Cancel;

    #[test]
    fn a_handshake_within_a_callback_of_another_leaves_that_current() {
        let started = |allowed| {
            let context = CallContext::start(allowed, None, Cancel::new(), None);
            CurrentHandshake::new(&Rc::new(context))
        };
        let outer = started(Duration::from_secs(2));
        let inner = started(Duration::from_secs(1));
        let is_current = |it| CurrentHandshake::get().is_some_and(|now| Rc::ptr_eq(&now, it));
        assert!(CurrentHandshake::get().is_none());
        outer.during(|| {
            inner.during(|| assert!(is_current(&inner)));
            assert!(is_current(&outer));
        });
        assert!(CurrentHandshake::get().is_none());
    }
}
