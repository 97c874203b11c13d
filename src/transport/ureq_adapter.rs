//! The only file that names ureq, and that implements its `unversioned` hooks.
//!
//! ureq is asked for the grammar of HTTP/1.1: it writes a request's head, frames the body, and parses
//! a response's head and the framing of its body. All else is certpush's: connecting, TLS, keeping
//! connections, proxies, time. ureq's own pool and resolver stay unused, and it follows no redirect.
//!
//! - ureq writes the request line, Host and Content-Length. The transport has all other headers ready.
//! - Secrets never enter ureq, which wipes nothing and can log what it writes. Secret headers are
//!   sent behind its own; the token in a response's head is cut out first. For a secret body it is
//!   given a stand-in, as many blanks, for the right Content-Length; the body is sent in their place.
//! - Head and body go out in one write: the head is held back until the body is there.
//! - Input is counted. ureq would parse interim responses (1xx) without end and tells nobody how many
//!   there were; what it takes before the final head is read is one head each time.
//! - A hook is not told for which request it is called, but is called on the caller's own thread: it
//!   finds the request's `Exchange` there, and leaves the true failure in it.

use std::fmt;
use std::io::{self, Read};
use std::rc::Rc;
use std::sync::Arc;

use http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use super::connect::Connections;
use super::connection::Connection;
use super::exchange::Exchange;
use super::request::RequestBody;
use crate::failure::TransportFailure;
use crate::limits;
use crate::phase::Phase;
use crate::status::Status;

/// What ureq is told. Making it reads the proxy variables, although they are not used: it is made
/// while nobody changes them, and kept for a forked child.
#[derive(Clone)]
pub(crate) struct AgentSettings(ureq::config::Config);

impl AgentSettings {
    pub(crate) fn new() -> AgentSettings {
        AgentSettings(
            ureq::Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .proxy(None)
                // "" is none: the transport writes these itself.
                .user_agent("")
                .accept("")
                .accept_encoding("")
                .max_response_header_size(limits::ANSWER_HEAD_BYTES)
                .max_idle_connections(0)
                .build(),
        )
    }
}

/// Writes requests to the connections of a process, and parses the responses.
pub(super) struct HttpClient(ureq::Agent);

impl HttpClient {
    pub(super) fn new(settings: AgentSettings, connections: Arc<Connections>) -> HttpClient {
        HttpClient(ureq::Agent::with_parts(
            settings.0,
            UreqConnector(connections),
            NoResolver,
        ))
    }

    /// Sends a request and reads the head of the response. The exchange must be the current one, also
    /// while the body is read.
    pub(super) fn send(
        &self,
        head: http::Request<()>,
        body: &RequestBody,
        exchange: &Exchange,
    ) -> Result<http::Response<impl Read>, TransportFailure> {
        let stand_in;
        let body = match body {
            RequestBody::Plain(body) => body.as_slice(),
            RequestBody::Secret(body) => {
                stand_in = vec![b' '; body.len()];
                stand_in.as_slice()
            }
        };
        let response = if head.method() == http::Method::GET {
            self.0.run(head)
        } else {
            self.0.run(head.map(|()| body))
        };
        let response = response.map_err(|error| failure_of(&error, exchange))?;
        exchange.head_read.set(true);
        exchange.phase.set(Phase::Receive);
        Ok(response.map(|body| BodyReader(body.into_reader())))
    }
}

/// Reads a response's body.
struct BodyReader(ureq::BodyReader<'static>);

impl Read for BodyReader {
    /// ureq has an error of its own for a chunk whose length or end is cut short: here that is an
    /// unexpected end, too.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
            match inner {
                Some(ureq::Error::BodyStalled) => io::ErrorKind::UnexpectedEof.into(),
                _ => error,
            }
        })
    }
}

/// The failure that the transport kept, or what ureq itself found wrong with the response.
fn failure_of(error: &ureq::Error, exchange: &Exchange) -> TransportFailure {
    if let Some(failure) = exchange.take_failure() {
        return failure;
    }
    let what = match error {
        ureq::Error::LargeResponseHeader(..) => format!(
            "the answer's head is larger than {} bytes",
            limits::ANSWER_HEAD_BYTES
        ),
        ureq::Error::Protocol(_) | ureq::Error::Http(_) => {
            "the answer is not valid HTTP".to_owned()
        }
        _ => "the answer could not be read".to_owned(),
    };
    TransportFailure::new(Status::UnexpectedResponse, Phase::Receive, what)
}

/// Keeps the true failure, and gives ureq an error to carry out.
fn fail(exchange: &Exchange, failure: TransportFailure) -> ureq::Error {
    exchange.keep_failure(failure);
    ureq::Error::ConnectionFailed
}

/// Leaves name look-up to the connector, which knows the call's deadline.
#[derive(Debug)]
struct NoResolver;

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
struct UreqConnector(Arc<Connections>);

impl fmt::Debug for UreqConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UreqConnector")
    }
}

impl Connector for UreqConnector {
    type Out = UreqConnection;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<UreqConnection>, ureq::Error> {
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
                .map_err(|failure| fail(&exchange, failure))?,
        };
        Ok(Some(UreqConnection {
            connection: Some(connection),
            written: 0,
            head: None,
            progress: false,
            connections: Arc::clone(&self.0),
        }))
    }
}

fn current() -> Result<Rc<Exchange>, ureq::Error> {
    Exchange::current().ok_or(ureq::Error::ConnectionFailed)
}

/// What ureq sees of a connection, for the time of one exchange.
struct UreqConnection {
    /// `None` once it was given back.
    connection: Option<Connection>,
    /// How much of the request is written and not yet sent.
    written: usize,
    /// How much of that is the head, once it is complete, its empty line included.
    head: Option<usize>,
    /// Whether the last taking of input took any.
    progress: bool,
    connections: Arc<Connections>,
}

impl fmt::Debug for UreqConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UreqConnection")
    }
}

impl UreqConnection {
    fn connection(&mut self) -> Result<&mut Connection, ureq::Error> {
        self.connection
            .as_mut()
            .ok_or(ureq::Error::ConnectionFailed)
    }
}

impl Transport for UreqConnection {
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
        // A response that came early is there to be parsed: nothing more may ever come.
        self.progress = !self.input().is_empty();
        if self.progress {
            exchange.note_input();
        }
        sent.map_err(|failure| fail(&exchange, failure))
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        let exchange = current()?;
        if exchange.has_too_many_interim_responses() {
            return Err(fail(
                &exchange,
                TransportFailure::new(
                    Status::UnexpectedResponse,
                    Phase::Receive,
                    "the service sent too many interim answers (1xx)",
                ),
            ));
        }
        let received = self
            .connection()?
            .receive(&exchange)
            .map_err(|failure| fail(&exchange, failure))?;
        if received {
            exchange.note_input();
        } else if !exchange.head_read.get() {
            let what = if self.input().is_empty() {
                "the connection was closed without an answer"
            } else {
                "the connection was closed before the answer's head was complete"
            };
            return Err(fail(
                &exchange,
                TransportFailure::new(Status::ConnectionLost, exchange.phase.get(), what),
            ));
        }
        Ok(received)
    }

    /// ureq asks this once, when an exchange has ended and the connection could be kept: it goes
    /// into certpush's own pool, and ureq's stays empty.
    fn is_open(&mut self) -> bool {
        if let Some(connection) = self.connection.take() {
            self.connections.pool.give_back(connection);
        }
        false
    }

    fn is_tls(&self) -> bool {
        self.connection.as_ref().is_some_and(Connection::is_tls)
    }
}

impl Buffers for UreqConnection {
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
            Exchange::current().is_some_and(|exchange| exchange.has_too_many_interim_responses());
        self.progress && !too_many && !self.input().is_empty()
    }
}
