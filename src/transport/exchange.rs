//! One attempt under way: what it may do, and what is known of it.
//!
//! The HTTP client calls its hooks without telling for which call, but always on the caller's own
//! thread: the exchange of the moment stands in a thread-local, put there and taken away by a guard.

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::request::{Request, RequestBody};
use crate::call_context::CallContext;
use crate::failure::TransportFailure;
use crate::limits;
use crate::phase::Phase;
use crate::secret::{Secret, SecretHeader};

thread_local! {
    /// It has no destructor, so that a push can be made while a thread ends: in the destructor of
    /// another thread-local, of the host's. Whoever enters takes away what it put here.
    static CURRENT: RefCell<ManuallyDrop<Option<Rc<Exchange>>>> =
        const { RefCell::new(ManuallyDrop::new(None)) };
}

/// What one attempt may do and what is known of it so far.
pub(super) struct Exchange {
    pub(super) context: Rc<CallContext>,
    /// The lines of the headers that every request has.
    pub(super) headers: Arc<[u8]>,
    /// Headers that the HTTP client never sees.
    pub(super) secrets: Vec<SecretHeader>,
    pub(super) body_length: usize,
    /// The body that is sent in place of the HTTP client's.
    pub(super) secret_body: Option<Arc<Zeroizing<Vec<u8>>>>,
    /// Whether X-Subject-Token is still to be cut out of the response's head.
    pub(super) cuts_subject_token: Cell<bool>,
    subject_token: RefCell<Option<Secret>>,
    request_id: RefCell<Option<String>>,
    /// Whether a kept connection may be used.
    pub(super) may_reuse: bool,
    /// Whether a kept connection is used.
    pub(super) reused: Cell<bool>,
    pub(super) phase: Cell<Phase>,
    /// Whether the request's last byte may have been handed to the connection: set before the last
    /// write begins, cleared only if that write provably fell short.
    pub(super) handed_over: Cell<bool>,
    /// When the latest write of the request began; the last one is that of its last byte.
    pub(super) last_write: Cell<Option<Instant>>,
    /// When the first byte of a response was there.
    pub(super) first_input: Cell<Option<Instant>>,
    /// Whether any byte of the request was taken by the connection.
    pub(super) any_byte_taken: Cell<bool>,
    /// Whether the final head has been read.
    pub(super) head_read: Cell<bool>,
    /// Heads taken so far, interim ones included.
    pub(super) heads: Cell<usize>,
    failure: RefCell<Option<TransportFailure>>,
}

impl Exchange {
    /// A response that is there this soon after the last byte of the request was not made for it.
    const TOO_SOON: Duration = Duration::from_millis(10);

    pub(super) fn new(
        context: Rc<CallContext>,
        request: &Request,
        headers: &Arc<[u8]>,
        may_reuse: bool,
    ) -> Rc<Exchange> {
        Rc::new(Exchange {
            context,
            headers: Arc::clone(headers),
            secrets: request.secret_headers.clone(),
            body_length: request.body.len(),
            secret_body: match &request.body {
                RequestBody::Plain(_) => None,
                RequestBody::Secret(body) => Some(Arc::clone(body)),
            },
            cuts_subject_token: Cell::new(request.takes_subject_token),
            subject_token: RefCell::new(None),
            request_id: RefCell::new(None),
            may_reuse,
            reused: Cell::new(false),
            phase: Cell::new(Phase::Connect),
            handed_over: Cell::new(false),
            last_write: Cell::new(None),
            first_input: Cell::new(None),
            any_byte_taken: Cell::new(false),
            head_read: Cell::new(false),
            heads: Cell::new(0),
            failure: RefCell::new(None),
        })
    }

    /// The exchange that the current thread is in.
    pub(super) fn current() -> Option<Rc<Exchange>> {
        CURRENT.with_borrow(|current| Option::clone(current))
    }

    /// Makes this the current thread's exchange until the guard is dropped. A call made from
    /// within another's hook finds its own, and the outer one stands again afterwards.
    pub(super) fn enter(self: &Rc<Exchange>) -> ExchangeGuard {
        ExchangeGuard {
            outer: replace_current(Some(Rc::clone(self))),
        }
    }

    pub(super) fn check(&self) -> Result<(), TransportFailure> {
        self.context.check(self.phase.get())
    }

    pub(super) fn check_after_wait(&self) -> Result<(), TransportFailure> {
        self.context.check_after_wait(self.phase.get())
    }

    /// Keeps the token that was cut out of the response's head.
    pub(super) fn keep_subject_token(&self, token: Secret) {
        self.cuts_subject_token.set(false);
        *self.subject_token.borrow_mut() = Some(token);
    }

    /// The token that was cut out of the response's head.
    pub(super) fn take_subject_token(&self) -> Option<Secret> {
        self.subject_token.borrow_mut().take()
    }

    /// Keeps the request's id that was taken out of the response's head, if one was.
    pub(super) fn keep_request_id(&self, request_id: Option<String>) {
        if request_id.is_some() {
            *self.request_id.borrow_mut() = request_id;
        }
    }

    /// The request's id that was taken out of the response's head.
    pub(super) fn take_request_id(&self) -> Option<String> {
        self.request_id.borrow_mut().take()
    }

    /// Keeps a failure within a hook, which can give the HTTP client no such error. The first
    /// counts.
    pub(super) fn keep_failure(&self, failure: TransportFailure) {
        self.failure.borrow_mut().get_or_insert(failure);
    }

    /// The failure that was kept, if any.
    pub(super) fn take_failure(&self) -> Option<TransportFailure> {
        self.failure.borrow_mut().take()
    }

    /// Notes that something of a response is there.
    pub(super) fn note_input(&self) {
        if self.first_input.get().is_none() {
            self.first_input.set(Some(Instant::now()));
        }
    }

    /// Whether the final response is the first one on a kept connection, and was there as soon as
    /// the request's last byte was sent, or before: it was sent before the request came.
    pub(super) fn was_sent_before_the_request(&self) -> bool {
        let waited = match (self.last_write.get(), self.first_input.get()) {
            (Some(written), Some(come)) => come.saturating_duration_since(written),
            _ => return false,
        };
        self.reused.get() && self.heads.get() <= 1 && waited <= Self::TOO_SOON
    }

    /// Whether more interim responses came than a sane server sends.
    pub(super) fn has_too_many_interim_responses(&self) -> bool {
        !self.head_read.get() && self.heads.get() > limits::INTERIM_ANSWERS
    }
}

/// Ends an exchange's time as the current one.
pub(super) struct ExchangeGuard {
    outer: Option<Rc<Exchange>>,
}

impl Drop for ExchangeGuard {
    fn drop(&mut self) {
        drop(replace_current(self.outer.take()));
    }
}

fn replace_current(exchange: Option<Rc<Exchange>>) -> Option<Rc<Exchange>> {
    ManuallyDrop::into_inner(CURRENT.replace(ManuallyDrop::new(exchange)))
}
