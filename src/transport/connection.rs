//! One connection to the service, plain or TLS: sends a request in one go, reads an answer, and
//! knows exactly how much of the request was taken.

use std::io::{self, IoSlice, Read, Write};
use std::ops::Range;
use std::time::{Duration, Instant};

use zeroize::{Zeroize, Zeroizing};

use super::exchange::Exchange;
use super::sealed::Sealed;
use super::socket::{Socket, in_words, is_wait};
use super::tls::{Negotiated, broken, certificate_alert, client_refused};
use crate::failure::TransportFailure;
use crate::limits;
use crate::phase::Phase;
use crate::secret::Secret;
use crate::status::Status;

/// Room for a request without its secrets: the longest URL, headers and body that certpush makes.
const OUTPUT: usize = 16 * 1024;
/// The header in which IAM gives a token.
const SUBJECT_TOKEN: &[u8] = b"x-subject-token";

/// Where a status begins in an answer: after "HTTP/1.1 ".
const STATUS_DIGIT: usize = 9;

/// A connection to the service.
#[derive(Debug)]
pub(super) struct Connection {
    socket: Socket,
    tls: Option<Box<Sealed>>,
    /// How many requests it was given.
    requests: u32,
    /// Whether any byte of any answer has come.
    answered: bool,
    /// Whether it may serve another exchange.
    sound: bool,
    pub(super) input: Input,
    /// Where a request is written before it is sent, without its secrets. It is kept with the
    /// connection, for making it costs as much as a fifth of a push.
    pub(super) output: Box<[u8]>,
    idle_since: Instant,
    via: Option<Via>,
}

/// A proxy that reads the requests: plain http only.
#[derive(Debug)]
pub(super) struct Via {
    /// What goes before the path in the request's first line.
    pub(super) origin: String,
    pub(super) authorization: Option<Secret>,
}

impl Connection {
    pub(super) fn new(socket: Socket, tls: Option<Negotiated>, via: Option<Via>) -> Connection {
        Connection {
            socket,
            tls: tls.map(|negotiated| Box::new(Sealed::new(negotiated))),
            requests: 0,
            answered: false,
            sound: true,
            input: Input::default(),
            output: vec![0; OUTPUT].into(),
            idle_since: Instant::now(),
            via,
        }
    }

    pub(super) fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Sends a request: `head` ends with the empty line, and the exchange's secret headers go before
    /// that line, straight from their own memory.
    ///
    /// A write that fails is no failure yet: an answer may have come early, and reading tells. It is
    /// one at once when the connection was a kept one and took no byte at all.
    pub(super) fn send(
        &mut self,
        head: &[u8],
        body: &[u8],
        exchange: &Exchange,
    ) -> Result<(), TransportFailure> {
        exchange.phase.set(Phase::Send);
        self.requests += 1;
        // Until the request is sent whole, the connection is good for reading an answer at most.
        self.sound = false;
        let (head, empty_line) = head.split_at(head.len().saturating_sub(2));
        let mut pieces = Vec::with_capacity(4 + 4 * (exchange.secrets.len() + 1));
        let via = self.via.take();
        match &via {
            None => pieces.push(IoSlice::new(head)),
            Some(via) => {
                let path = head
                    .iter()
                    .position(|byte| *byte == b'/')
                    .unwrap_or_default();
                let (method, rest) = head.split_at(path);
                pieces.extend([
                    IoSlice::new(method),
                    IoSlice::new(via.origin.as_bytes()),
                    IoSlice::new(rest),
                ]);
                if let Some(authorization) = &via.authorization {
                    push_header(&mut pieces, "proxy-authorization", authorization);
                }
            }
        }
        for header in &exchange.secrets {
            push_header(&mut pieces, header.name, &header.value);
        }
        pieces.extend([IoSlice::new(empty_line), IoSlice::new(body)]);
        let sent = match self.tls {
            Some(_) => self.send_sealed(&mut pieces, exchange),
            None => self.send_plain(&mut pieces, exchange),
        };
        self.via = via;
        let sent = sent?;
        self.sound = matches!(sent, Sent::Whole);
        if let Sent::Broken(error) = sent
            && exchange.reused.get()
            && !exchange.any_byte_taken.get()
        {
            return Err(TransportFailure::new(
                Status::ConnectionLost,
                Phase::Send,
                in_words(&error),
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
                    if !is_wait(&error) {
                        return Ok(Sent::Broken(error));
                    }
                    exchange.check_after_wait()?;
                    if self.has_early_answer() {
                        return Ok(Sent::AnsweredEarly);
                    }
                }
            }
        }
        Ok(Sent::Whole)
    }

    fn send_sealed(
        &mut self,
        mut pieces: &mut [IoSlice<'_>],
        exchange: &Exchange,
    ) -> Result<Sent, TransportFailure> {
        IoSlice::advance_slices(&mut pieces, 0);
        loop {
            let Some(sealed) = self.tls.as_mut() else {
                return Ok(Sent::Whole);
            };
            if !pieces.is_empty() {
                match sealed.seal(pieces) {
                    Ok(count) => IoSlice::advance_slices(&mut pieces, count),
                    Err(error) => return Ok(Sent::Broken(error)),
                }
            }
            let is_last = pieces.is_empty();
            let mut left = match sealed.queued() {
                Ok(left) => left,
                Err(error) => return Ok(Sent::Broken(error)),
            };
            while left > 0 {
                exchange.check()?;
                exchange.handed_over.set(is_last);
                exchange.last_write.set(Some(Instant::now()));
                let Some(sealed) = self.tls.as_mut() else {
                    return Ok(Sent::Whole);
                };
                match sealed.send_queued(&self.socket) {
                    Ok(count) => {
                        exchange.any_byte_taken.set(true);
                        left = left.saturating_sub(count);
                        // A part of the last record is no record to the server.
                        exchange.handed_over.set(is_last && left == 0);
                    }
                    Err(error) => {
                        exchange.handed_over.set(false);
                        if !is_wait(&error) {
                            return Ok(Sent::Broken(error));
                        }
                        exchange.check_after_wait()?;
                        if self.has_early_answer() {
                            return Ok(Sent::AnsweredEarly);
                        }
                    }
                }
            }
            if is_last {
                if let Some(sealed) = self.tls.as_mut() {
                    sealed.request_was_sent();
                }
                return Ok(Sent::Whole);
            }
        }
    }

    /// Whether a final answer has begun to come while the request is still being sent.
    fn has_early_answer(&mut self) -> bool {
        let space = self.input.space();
        let read = match self.tls.as_mut() {
            None => self.socket.read_now(space),
            Some(sealed) => sealed.read_now(&self.socket, space),
        };
        match read {
            Ok(0) => true,
            Ok(count) => {
                self.answered = true;
                self.input.add(count);
                // More interim ones than anyone sends are for the reading to refuse.
                has_final_answer(self.input.bytes())
                    || self.input.bytes().len() > limits::ANSWER_HEAD_BYTES
            }
            Err(error) => !is_wait(&error),
        }
    }

    /// Reads more of the answer into the input; `false` at the end of the stream.
    pub(super) fn receive(&mut self, exchange: &Exchange) -> Result<bool, TransportFailure> {
        loop {
            exchange.check()?;
            let space = self.input.space();
            let read = match self.tls.as_mut() {
                None => (&self.socket).read(space),
                Some(sealed) => sealed.read(&self.socket, space),
            };
            match read {
                Ok(0) => return Ok(false),
                Ok(count) => {
                    self.answered = true;
                    self.input.add(count);
                    if exchange.cuts_subject_token.get()
                        && let Some(head) = self.input.final_head()
                        && let Some(token) = self.input.cut_header(head, SUBJECT_TOKEN)
                    {
                        exchange.keep_subject_token(token);
                    }
                    return Ok(true);
                }
                Err(error) if is_wait(&error) => exchange.check_after_wait()?,
                // TLS was not ended as it should, which only matters where an answer's end is.
                Err(error)
                    if error.kind() == io::ErrorKind::UnexpectedEof
                        && !exchange.head_read.get() =>
                {
                    return Ok(false);
                }
                Err(error) => return Err(self.late(&error, exchange)),
            }
        }
    }

    fn late(&mut self, error: &io::Error, exchange: &Exchange) -> TransportFailure {
        self.sound = false;
        let may_refuse_the_client = self.requests == 1
            && !self.answered
            && self
                .tls
                .as_ref()
                .is_some_and(|sealed| sealed.may_refuse_the_client_yet());
        match certificate_alert(error) {
            Some(alert) if may_refuse_the_client => {
                // The server refused the client before it looked at the request.
                exchange.handed_over.set(false);
                client_refused(alert)
            }
            _ => broken(error, exchange.phase.get()),
        }
    }

    /// Whether the connection may be kept: everything was sent, read and taken.
    pub(super) fn is_sound(&self) -> bool {
        self.sound && self.input.bytes().is_empty()
    }

    /// Marks the beginning of idleness.
    pub(super) fn rest(&mut self) {
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
            Some(sealed) => sealed.is_idle(&self.socket),
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
    AnsweredEarly,
    Broken(io::Error),
}

/// Whether an answer's start is there that is no interim one (1xx): those ask for more of the
/// request, not for an end.
fn has_final_answer(bytes: &[u8]) -> bool {
    bytes[length_of_interim_heads(bytes)..]
        .get(STATUS_DIGIT)
        .is_some_and(|digit| *digit != b'1')
}

/// How long the interim heads (1xx) are that come first, as far as they are complete.
fn length_of_interim_heads(bytes: &[u8]) -> usize {
    let mut length = 0;
    while bytes[length..].get(STATUS_DIGIT) == Some(&b'1')
        && let Some(head) = length_of_head(&bytes[length..])
    {
        length += head;
    }
    length
}

/// How long a head is, its empty line included, if it is complete.
fn length_of_head(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map(|start| start + 4)
}

/// What has come and has not been taken. It may hold what IAM or a metadata service gave, and leaves
/// no copy behind.
#[derive(Debug, Default)]
pub(super) struct Input {
    buffer: Zeroizing<Vec<u8>>,
    taken: usize,
    filled: usize,
}

impl Input {
    /// How much more is read at a time.
    const STEP: usize = 16 * 1024;

    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.taken..self.filled]
    }

    pub(super) fn take(&mut self, count: usize) {
        self.taken += count.min(self.filled - self.taken);
        if self.taken == self.filled {
            self.taken = 0;
            self.filled = 0;
        }
    }

    /// Room for more, of at least half a step.
    pub(super) fn space(&mut self) -> &mut [u8] {
        if self.buffer.len() - self.filled < Self::STEP / 2 {
            self.buffer.copy_within(self.taken..self.filled, 0);
            self.filled -= self.taken;
            self.taken = 0;
            if self.buffer.len() - self.filled < Self::STEP / 2 {
                let mut larger = Zeroizing::new(vec![0; self.filled + Self::STEP]);
                larger[..self.filled].copy_from_slice(&self.buffer[..self.filled]);
                self.buffer = larger;
            }
        }
        &mut self.buffer[self.filled..]
    }

    /// Where the final answer's head is, its empty line included, if it is complete.
    fn final_head(&self) -> Option<Range<usize>> {
        let before = length_of_interim_heads(self.bytes());
        let length = length_of_head(&self.bytes()[before..])?;
        let start = self.taken + before;
        Some(start..start + length)
    }

    /// Cuts a header's line out of the head and wipes what is left of it.
    fn cut_header(&mut self, head: Range<usize>, name: &[u8]) -> Option<Secret> {
        let mut start = head.start;
        let line = self.buffer[head]
            .split_inclusive(|byte| *byte == b'\n')
            .find(|line| {
                let is_it = line.len() > name.len()
                    && line[..name.len()].eq_ignore_ascii_case(name)
                    && line[name.len()] == b':';
                if !is_it {
                    start += line.len();
                }
                is_it
            })?;
        let secret = Secret::new(std::str::from_utf8(&line[name.len() + 1..]).ok()?.trim());
        let after = start + line.len();
        self.buffer.copy_within(after..self.filled, start);
        self.filled -= after - start;
        self.buffer[self.filled..].zeroize();
        Some(secret)
    }

    pub(super) fn add(&mut self, count: usize) {
        self.filled += count;
    }

    /// Gives back the room that one large answer needed.
    fn shrink(&mut self) {
        if self.buffer.len() > Self::STEP {
            *self = Input::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::has_final_answer;

    #[test]
    fn a_final_answer_is_found_behind_interim_ones() {
        let interim = b"HTTP/1.1 102 Processing\r\n\r\n".as_slice();
        let refusal = b"HTTP/1.1 431 Too Large\r\n".as_slice();
        assert!(has_final_answer(refusal));
        assert!(has_final_answer(&[interim, interim, refusal].concat()));
        for more_to_come in [b"HTTP/1.1 ".as_slice(), interim, &interim[..25]] {
            assert!(!has_final_answer(more_to_come));
            assert!(!has_final_answer(&[interim, more_to_come].concat()));
        }
    }
}
