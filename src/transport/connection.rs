//! One connection to the service, plain or TLS: sends a request in one go, reads a response, and
//! knows exactly how much of the request was taken.

use std::io::{self, IoSlice, Read, Write};
use std::time::{Duration, Instant};

use super::exchange::Exchange;
use super::input::{Input, has_final_response};
use super::socket::{Socket, is_transient};
use super::tls::{TlsStream, certificate_alert, client_refused, connection_broken};
use crate::failure::TransportFailure;
use crate::io_error::message_of;
use crate::limits;
use crate::phase::Phase;
use crate::secret::Secret;
use crate::status::Status;

/// Room for a request without its secrets: the longest URL, headers and body that certpush makes.
const OUTPUT_BYTES: usize = 16 * 1024;
/// The header in which IAM gives a token.
const SUBJECT_TOKEN: &[u8] = b"x-subject-token";

/// A connection to the service.
#[derive(Debug)]
pub(super) struct Connection {
    socket: Socket,
    tls: Option<Box<TlsStream>>,
    /// How many requests it was given.
    requests: u32,
    /// Whether any byte of any response has come.
    response_begun: bool,
    /// Whether it may serve another exchange.
    reusable: bool,
    pub(super) input: Input,
    /// Where a request is written before it is sent, without its secrets. It is kept with the
    /// connection, for making it costs as much as a fifth of a push.
    pub(super) output: Box<[u8]>,
    idle_since: Instant,
    forward_proxy: Option<ForwardProxy>,
}

/// A proxy that reads the requests: plain http only.
#[derive(Debug)]
pub(super) struct ForwardProxy {
    /// What goes before the path in the request's first line.
    pub(super) origin: String,
    pub(super) authorization: Option<Secret>,
}

impl Connection {
    pub(super) fn new(
        socket: Socket,
        tls: Option<TlsStream>,
        forward_proxy: Option<ForwardProxy>,
    ) -> Connection {
        Connection {
            socket,
            tls: tls.map(Box::new),
            requests: 0,
            response_begun: false,
            reusable: true,
            input: Input::default(),
            output: vec![0; OUTPUT_BYTES].into(),
            idle_since: Instant::now(),
            forward_proxy,
        }
    }

    pub(super) fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Sends a request: `head` ends with the empty line, and the exchange's own headers go before that
    /// line, the secret ones straight from their own memory.
    ///
    /// A write that fails is no failure yet: a response may have come early, and reading tells. It is
    /// one at once when the connection was a kept one and took no byte at all.
    pub(super) fn send(
        &mut self,
        head: &[u8],
        body: &[u8],
        exchange: &Exchange,
    ) -> Result<(), TransportFailure> {
        exchange.phase.set(Phase::Send);
        self.requests += 1;
        // Until the request is sent whole, the connection is good for reading a response at most.
        self.reusable = false;
        let (head, empty_line) = head.split_at(head.len().saturating_sub(2));
        let mut pieces = Vec::with_capacity(5 + 4 * (exchange.secrets.len() + 1));
        let forward_proxy = self.forward_proxy.take();
        match &forward_proxy {
            None => pieces.push(IoSlice::new(head)),
            Some(proxy) => {
                let path = head
                    .iter()
                    .position(|byte| *byte == b'/')
                    .unwrap_or_default();
                let (method, rest) = head.split_at(path);
                pieces.extend([
                    IoSlice::new(method),
                    IoSlice::new(proxy.origin.as_bytes()),
                    IoSlice::new(rest),
                ]);
                if let Some(authorization) = &proxy.authorization {
                    push_header(&mut pieces, "proxy-authorization", authorization);
                }
            }
        }
        pieces.push(IoSlice::new(&exchange.headers));
        for header in &exchange.secrets {
            push_header(&mut pieces, header.name, &header.value);
        }
        pieces.extend([IoSlice::new(empty_line), IoSlice::new(body)]);
        let sent = match self.tls {
            Some(_) => self.send_encrypted(&mut pieces, exchange),
            None => self.send_plain(&mut pieces, exchange),
        };
        self.forward_proxy = forward_proxy;
        let sent = sent?;
        self.reusable = matches!(sent, Sent::Whole);
        if let Sent::Broken(error) = sent
            && exchange.reused.get()
            && !exchange.any_byte_taken.get()
        {
            return Err(TransportFailure::new(
                Status::ConnectionLost,
                Phase::Send,
                message_of(&error),
            ));
        }
        if exchange.handed_over.get() {
            exchange.phase.set(Phase::Receive);
        }
        Ok(())
    }

    fn send_plain(
        &mut self,
        mut pieces: &mut [IoSlice<'_>],
        exchange: &Exchange,
    ) -> Result<Sent, TransportFailure> {
        // Advancing by nothing drops pieces that are empty.
        IoSlice::advance_slices(&mut pieces, 0);
        while !pieces.is_empty() {
            exchange.check()?;
            exchange.handed_over.set(true);
            exchange.last_write.set(Some(Instant::now()));
            match (&self.socket).write_vectored(pieces) {
                Ok(count) => {
                    exchange.any_byte_taken.set(true);
                    IoSlice::advance_slices(&mut pieces, count);
                    if !pieces.is_empty() {
                        exchange.handed_over.set(false);
                    }
                }
                Err(error) => {
                    exchange.handed_over.set(false);
                    if !is_transient(&error) {
                        return Ok(Sent::Broken(error));
                    }
                    exchange.check_after_wait()?;
                    if self.has_early_response() {
                        return Ok(Sent::RespondedEarly);
                    }
                }
            }
        }
        Ok(Sent::Whole)
    }

    fn send_encrypted(
        &mut self,
        mut pieces: &mut [IoSlice<'_>],
        exchange: &Exchange,
    ) -> Result<Sent, TransportFailure> {
        IoSlice::advance_slices(&mut pieces, 0);
        loop {
            let Some(stream) = self.tls.as_mut() else {
                return Ok(Sent::Whole);
            };
            if !pieces.is_empty() {
                match stream.encrypt(pieces) {
                    Ok(count) => IoSlice::advance_slices(&mut pieces, count),
                    Err(error) => return Ok(Sent::Broken(error)),
                }
            }
            let is_last = pieces.is_empty();
            let mut left = match stream.queued_bytes() {
                Ok(left) => left,
                Err(error) => return Ok(Sent::Broken(error)),
            };
            while left > 0 {
                exchange.check()?;
                exchange.handed_over.set(is_last);
                exchange.last_write.set(Some(Instant::now()));
                let Some(stream) = self.tls.as_mut() else {
                    return Ok(Sent::Whole);
                };
                match stream.send_queued(&self.socket) {
                    Ok(count) => {
                        exchange.any_byte_taken.set(true);
                        left = left.saturating_sub(count);
                        // A part of the last record is no record to the server.
                        exchange.handed_over.set(is_last && left == 0);
                    }
                    Err(error) => {
                        exchange.handed_over.set(false);
                        if !is_transient(&error) {
                            return Ok(Sent::Broken(error));
                        }
                        exchange.check_after_wait()?;
                        if self.has_early_response() {
                            return Ok(Sent::RespondedEarly);
                        }
                    }
                }
            }
            if is_last {
                if let Some(stream) = self.tls.as_mut() {
                    stream.note_request_sent();
                }
                return Ok(Sent::Whole);
            }
        }
    }

    /// Whether a final response has begun to come while the request is still being sent.
    fn has_early_response(&mut self) -> bool {
        let space = self.input.space();
        let read = match self.tls.as_mut() {
            None => self.socket.read_now(space),
            Some(stream) => stream.read_now(&self.socket, space),
        };
        match read {
            Ok(0) => true,
            Ok(count) => {
                self.response_begun = true;
                self.input.add(count);
                // More interim ones than anyone sends are for the reading to refuse.
                has_final_response(self.input.bytes())
                    || self.input.bytes().len() > limits::ANSWER_HEAD_BYTES
            }
            Err(error) => !is_transient(&error),
        }
    }

    /// Reads more of the response into the input; `false` at the end of the stream.
    pub(super) fn receive(&mut self, exchange: &Exchange) -> Result<bool, TransportFailure> {
        loop {
            exchange.check()?;
            let space = self.input.space();
            let read = match self.tls.as_mut() {
                None => (&self.socket).read(space),
                Some(stream) => stream.read(&self.socket, space),
            };
            match read {
                Ok(0) => return Ok(false),
                Ok(count) => {
                    self.response_begun = true;
                    self.input.add(count);
                    if exchange.cuts_subject_token.get()
                        && let Some(head) = self.input.final_head()
                        && let Some(token) = self.input.cut_header(head, SUBJECT_TOKEN)
                    {
                        exchange.keep_subject_token(token);
                    }
                    if !exchange.head_read.get() {
                        exchange.keep_request_id(self.input.thin_out_head());
                    }
                    return Ok(true);
                }
                Err(error) if is_transient(&error) => exchange.check_after_wait()?,
                // TLS was not ended as it should, which only matters where a response's end is.
                Err(error)
                    if error.kind() == io::ErrorKind::UnexpectedEof
                        && !exchange.head_read.get() =>
                {
                    return Ok(false);
                }
                Err(error) => return Err(self.receive_failure(&error, exchange)),
            }
        }
    }

    fn receive_failure(&mut self, error: &io::Error, exchange: &Exchange) -> TransportFailure {
        self.reusable = false;
        let may_refuse_the_client = self.requests == 1
            && !self.response_begun
            && self
                .tls
                .as_ref()
                .is_some_and(|stream| stream.may_still_refuse_the_client());
        match certificate_alert(error) {
            Some(alert) if may_refuse_the_client => {
                // The server refused the client before it looked at the request.
                exchange.handed_over.set(false);
                client_refused(alert)
            }
            _ => connection_broken(error, exchange.phase.get()),
        }
    }

    /// Whether the connection may be kept: everything was sent, read and taken.
    pub(super) fn is_reusable(&self) -> bool {
        self.reusable && self.input.bytes().is_empty()
    }

    /// Marks the beginning of idleness.
    pub(super) fn mark_idle(&mut self) {
        self.idle_since = Instant::now();
        self.input.shrink();
    }

    /// How long the connection has been idle.
    pub(super) fn idle_for(&self) -> Duration {
        self.idle_since.elapsed()
    }

    /// Looks whether an idle connection can serve another request: nothing must have come but
    /// TLS records without application data, such as session tickets.
    pub(super) fn is_alive(&mut self) -> bool {
        if !self.socket.is_still_own() {
            return false;
        }
        match self.tls.as_mut() {
            Some(stream) => stream.is_idle(&self.socket),
            None => {
                let mut byte = [0];
                matches!(self.socket.read_now(&mut byte), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
            }
        }
    }
}

/// Adds a header line straight from the secret's own memory.
fn push_header<'a>(pieces: &mut Vec<IoSlice<'a>>, name: &'a str, value: &'a Secret) {
    pieces.extend([
        IoSlice::new(name.as_bytes()),
        IoSlice::new(b": "),
        IoSlice::new(value.expose().as_bytes()),
        IoSlice::new(b"\r\n"),
    ]);
}

/// How a request's sending ended.
enum Sent {
    Whole,
    RespondedEarly,
    Broken(io::Error),
}
