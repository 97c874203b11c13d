//! ureq's `unversioned` hooks: the only place that implements them.
//!
//! ureq writes a request's head and then its body, and parses the answer. certpush connects, holds
//! back the head until the body is there so that both go out in one write, keeps the connections,
//! and measures time.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use super::Shared;
use super::connection::Connection;
use super::exchange::Exchange;
use crate::failure::TransportFailure;
use crate::phase::Phase;
use crate::status::Status;

/// Leaves name look-up to the connector, which knows the call's deadline.
#[derive(Debug)]
pub(super) struct NoResolver;

impl Resolver for NoResolver {
    fn resolve(
        &self,
        _: &Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}

/// Takes a kept connection or makes one.
pub(super) struct OwnConnector(pub(super) Arc<Shared>);

impl fmt::Debug for OwnConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnConnector")
    }
}

impl Connector for OwnConnector {
    type Out = Hook;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<Hook>, ureq::Error> {
        let exchange = current()?;
        let kept = if exchange.may_reuse {
            self.0.pool.take()
        } else {
            None
        };
        exchange.reused.set(kept.is_some());
        let connection = match kept {
            Some(connection) => connection,
            None => self
                .0
                .open(&exchange.context)
                .map_err(|failure| exchange.fail(failure))?,
        };
        Ok(Some(Hook {
            connection: Some(connection),
            written: 0,
            head: None,
            progress: false,
            shared: Arc::clone(&self.0),
        }))
    }
}

fn current() -> Result<Rc<Exchange>, ureq::Error> {
    Exchange::current().ok_or(ureq::Error::ConnectionFailed)
}

/// What ureq sees of a connection, for the time of one exchange.
pub(super) struct Hook {
    /// `None` once it was given back.
    connection: Option<Connection>,
    /// How much of the request is written and not yet sent.
    written: usize,
    /// How much of that is the head, once it is complete, its empty line included.
    head: Option<usize>,
    /// Whether the last taking of input took any.
    progress: bool,
    shared: Arc<Shared>,
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}

impl Hook {
    fn connection(&mut self) -> Result<&mut Connection, ureq::Error> {
        self.connection
            .as_mut()
            .ok_or(ureq::Error::ConnectionFailed)
    }
}

impl Transport for Hook {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self
    }

    /// Sends when head and body are both there.
    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        let exchange = current()?;
        self.written += amount;
        let written = self.written;
        let connection = self
            .connection
            .as_mut()
            .ok_or(ureq::Error::ConnectionFailed)?;
        // ureq ends a piece of its own with the head.
        if self.head.is_none() && connection.output[..written].ends_with(b"\r\n\r\n") {
            self.head = Some(written);
        }
        let is_whole = |head: &usize| written >= head + exchange.body_length;
        let Some(head) = self.head.filter(is_whole) else {
            return Ok(());
        };
        (self.written, self.head) = (0, None);
        let output = std::mem::take(&mut connection.output);
        let (head, body) = output[..written].split_at(head);
        let body = exchange
            .secret_body
            .as_ref()
            .map_or(body, |secret| &***secret);
        let sent = connection.send(head, body, &exchange);
        connection.output = output;
        // An answer that came early is there to be parsed: nothing more may ever come.
        self.progress = !self.input().is_empty();
        if self.progress {
            exchange.note_input();
        }
        sent.map_err(|failure| exchange.fail(failure))
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        let exchange = current()?;
        if exchange.has_too_many_interim_answers() {
            return Err(exchange.fail(TransportFailure::new(
                Status::UnexpectedResponse,
                Phase::Receive,
                "the service sent too many interim answers (1xx)",
            )));
        }
        let received = self
            .connection()?
            .receive(&exchange)
            .map_err(|failure| exchange.fail(failure))?;
        if received {
            exchange.note_input();
        } else if !exchange.head_read.get() {
            let what = if self.input().is_empty() {
                "the connection was closed without an answer"
            } else {
                "the connection was closed before the answer's head was complete"
            };
            return Err(exchange.fail(TransportFailure::new(
                Status::ConnectionLost,
                exchange.phase.get(),
                what,
            )));
        }
        Ok(received)
    }

    /// ureq asks this once, when an exchange has ended and the connection could be kept: it goes
    /// into certpush's own pool, and ureq's stays empty.
    fn is_open(&mut self) -> bool {
        if let Some(connection) = self.connection.take() {
            self.shared.pool.give_back(connection);
        }
        false
    }

    fn is_tls(&self) -> bool {
        self.connection.as_ref().is_some_and(Connection::is_tls)
    }
}

impl Buffers for Hook {
    fn output(&mut self) -> &mut [u8] {
        match &mut self.connection {
            Some(connection) => &mut connection.output[self.written..],
            None => &mut [],
        }
    }

    fn input(&self) -> &[u8] {
        match &self.connection {
            Some(connection) => connection.input.bytes(),
            None => &[],
        }
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        match &mut self.connection {
            Some(connection) => connection.input.space(),
            None => &mut [],
        }
    }

    fn input_appended(&mut self, amount: usize) {
        if let Some(connection) = &mut self.connection {
            connection.input.add(amount);
        }
    }

    fn input_consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        if let Some(connection) = &mut self.connection {
            connection.input.take(amount);
        }
        if amount > 0
            && let Some(exchange) = Exchange::current()
            && !exchange.head_read.get()
        {
            exchange.heads.set(exchange.heads.get() + 1);
        }
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        match &mut self.connection {
            Some(connection) => (
                connection.input.space(),
                &mut connection.output[self.written..],
            ),
            None => (&mut [], &mut []),
        }
    }

    fn can_use_input(&self) -> bool {
        let too_many =
            Exchange::current().is_some_and(|exchange| exchange.has_too_many_interim_answers());
        self.progress && !too_many && !self.input().is_empty()
    }
}
