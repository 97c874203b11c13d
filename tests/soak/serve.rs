//! One connection of the server: a fault for each request, until one side goes.

use std::io;
use std::thread::sleep;
use std::time::Duration;

use fastrand::Rng;

use crate::answer::{Answer, Framing, Wire};
use crate::fault::{Fault, Situation};
use crate::peer::{Ending, PATIENCE, Peer, Waited};
use crate::record::{Exchange, Record};
use crate::request::{self, Arrived};

/// More than any interim answers a client puts up with would be a fault of its own.
const MOST_INTERIM_ANSWERS: usize = 16;

const INTERIM_ANSWERS: [&[u8]; 2] = [
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
];

/// The server's side of one connection, from its first byte to its end.
pub(crate) struct Service<'a> {
    pub(crate) peer: Peer,
    pub(crate) record: &'a Record,
    /// The token that every push must show.
    pub(crate) token: &'a str,
    /// Whether a push is larger than the buffers on its way.
    pub(crate) is_large: bool,
    /// Whether the last answer was so many segments that some may be unsent. A reset drops those.
    pub(crate) has_trickled: bool,
    pub(crate) random: Rng,
}

/// Why no further request is served on a connection.
type Over = io::Result<Ending>;

impl Service<'_> {
    /// Serves the connection until one side ends it.
    pub(crate) fn run(mut self) {
        if self.peer.is_tls() && self.one_in(15) {
            self.record.count(Fault::GoneInHandshake);
            // The client may have gone first.
            let _ = self.peer.cut_handshake(&mut self.random);
            return;
        }
        if let Ok(ending) = self.until_over() {
            self.peer.end(ending);
        }
    }

    fn until_over(&mut self) -> Over {
        self.peer.shake_hands()?;
        if self.random.bool() {
            self.peer.flush()?;
        }
        let mut is_kept = false;
        loop {
            if is_kept && self.one_in(8) {
                let moment = self.moment();
                if self.peer.wait(moment) == Waited::InVain {
                    self.record.count(Fault::GoneIdle);
                    return Ok(self.ending_after_answer());
                }
            }
            let situation = Situation {
                is_large: self.is_large,
                is_tls13: self.peer.is_tls13(),
            };
            let fault = Fault::draw(situation, &mut self.random);
            if let Some(ending) = self.meet(fault)? {
                return Ok(ending);
            }
            is_kept = true;
        }
    }

    /// Treats the next request as `fault` says; `None` if the connection stays.
    fn meet(&mut self, fault: Fault) -> io::Result<Option<Ending>> {
        match fault {
            Fault::GoneBeforeReading => {
                if self.random.bool() && self.peer.wait(PATIENCE) != Waited::Input {
                    return Ok(Some(Ending::Orderly));
                }
                self.record.count(fault);
                Ok(Some(self.ending_after_answer()))
            }
            Fault::GoneMidRequest | Fault::GoneMidLarge => {
                self.read_part()?;
                self.record_part(fault, None);
                Ok(Some(Ending::any(&mut self.random)))
            }
            Fault::EarlyRefusal => self.refuse_early().map(Some),
            _ => self.answer_whole(fault),
        }
    }

    /// Reads a part of a request: never all of it.
    fn read_part(&mut self) -> io::Result<()> {
        let most = if self.is_large { 32 * 1024 } else { 300 };
        let enough = self.random.usize(1..most);
        while self.peer.received.len() < enough {
            let missing = enough - self.peer.received.len();
            if !self.peer.read(missing)? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    /// Records a request of which a part was read, if that tells whose it is.
    fn record_part(&mut self, fault: Fault, answer: Option<&Answer>) -> Option<String> {
        self.record.count(fault);
        let id = request::certificate_id(&self.peer.received)?;
        let exchange = Exchange {
            fault,
            executed: false,
            answer: answer.map(|answer| (answer.status, answer.code)),
        };
        Some(self.record.add(id, exchange))
    }

    /// Answers before the request is there, and lets the client finish or give up.
    fn refuse_early(&mut self) -> Over {
        self.read_part()?;
        while request::certificate_id(&self.peer.received).is_none() {
            if !self.peer.read(1)? {
                return Ok(Ending::Orderly);
            }
        }
        let fault = Fault::EarlyRefusal;
        let answer = Answer::to(fault, &mut self.random);
        let request_id = self.record_part(fault, answer.as_ref());
        if let (Some(answer), Some(request_id)) = (answer, request_id) {
            self.peer.write(&answer.on_the_wire(&request_id).bytes)?;
        }
        self.peer.finish_writing();
        if self.is_large && self.random.bool() {
            // Longer than the client waits before it looks for an answer.
            sleep(Duration::from_millis(60));
        }
        self.peer.read_to_end();
        Ok(Ending::Orderly)
    }

    /// Reads the whole request, executes it or not, and answers it or not.
    fn answer_whole(&mut self, fault: Fault) -> io::Result<Option<Ending>> {
        let Some(id) = self.read_whole(fault == Fault::SlowDrain)? else {
            return Ok(Some(Ending::Orderly));
        };
        self.record.count(fault);
        let executed = fault.truth().decide(&mut self.random);
        let answer = Answer::to(fault, &mut self.random);
        let exchange = Exchange {
            fault,
            executed,
            answer: answer.as_ref().map(|answer| (answer.status, answer.code)),
        };
        let request_id = self.record.add(&id, exchange);
        self.has_trickled = matches!(fault, Fault::InPieces | Fault::Interim);
        match answer {
            Some(answer) => self.deliver(fault, &answer, &request_id),
            None => self.leave_unanswered(fault).map(Some),
        }
    }

    /// Reads a whole request; `None` if the client goes before, or sends something else.
    fn read_whole(&mut self, slowly: bool) -> io::Result<Option<String>> {
        let mut pauses = if slowly { 8 } else { 0 };
        loop {
            match request::read(&self.peer.received, self.token) {
                Arrived::Part => {}
                Arrived::Push(id) => {
                    self.peer.received.clear();
                    return Ok(Some(id));
                }
                Arrived::Invalid(what) => {
                    self.record.add_invalid(what);
                    return Ok(None);
                }
            }
            let most = if pauses > 0 { 50 } else { 64 * 1024 };
            if !self.peer.read(most)? {
                return Ok(None);
            }
            if pauses > 0 {
                pauses -= 1;
                sleep(self.moment());
            }
        }
    }

    fn deliver(
        &mut self,
        fault: Fault,
        answer: &Answer,
        request_id: &str,
    ) -> io::Result<Option<Ending>> {
        let Wire { bytes, head, least } = answer.on_the_wire(request_id);
        match fault {
            Fault::HalfHead => {
                let half = self.random.usize(1..head);
                self.write_in_pieces(&bytes[..half])?;
                return Ok(Some(Ending::any(&mut self.random)));
            }
            Fault::LostSuccess
            | Fault::LostRefusal
            | Fault::LostExcuse
            | Fault::LostGenericFailure
            | Fault::LostServerError => {
                let half = self.random.usize(head..least);
                self.write_in_pieces(&bytes[..half])?;
                return Ok(Some(self.breaking_off(answer)));
            }
            Fault::InPieces => {
                for piece in bytes.chunks(self.random.usize(1..20)) {
                    self.peer.write(piece)?;
                    std::thread::yield_now();
                }
            }
            Fault::Interim => {
                for _ in 0..self.random.usize(1..=MOST_INTERIM_ANSWERS) {
                    let interim = INTERIM_ANSWERS[self.random.usize(0..INTERIM_ANSWERS.len())];
                    self.write_in_pieces(interim)?;
                }
                self.write_in_pieces(&bytes)?;
            }
            Fault::TlsChatter => {
                self.peer.flush()?;
                sleep(self.moment());
                self.peer.update_keys()?;
                self.write_in_pieces(&bytes)?;
                self.peer.update_keys()?;
            }
            Fault::StrayBehind => {
                let stray = b"HTTP/1.1 204 Stray\r\nX-Request-Id: stray\r\n\r\n";
                self.peer.write(&[&bytes, &stray[..]].concat())?;
            }
            Fault::StrayLater => {
                self.write_in_pieces(&bytes)?;
                sleep(self.moment());
                self.peer.write(b"stray")?;
                return Ok(Some(Ending::any(&mut self.random)));
            }
            Fault::SuccessThenFin => {
                self.peer.write(&bytes)?;
                let ending = if self.random.bool() {
                    Ending::Orderly
                } else {
                    Ending::Cut
                };
                return Ok(Some(ending));
            }
            _ => self.write_in_pieces(&bytes)?,
        }
        let is_over = answer.framing == Framing::Close;
        Ok(is_over.then_some(Ending::Orderly))
    }

    /// Ends an answer before its end in a way that cannot be taken for it.
    fn breaking_off(&mut self, answer: &Answer) -> Ending {
        match answer.framing {
            Framing::Length | Framing::Chunked => Ending::any(&mut self.random),
            Framing::Close => Ending::Reset,
        }
    }

    fn leave_unanswered(&mut self, fault: Fault) -> Over {
        match fault {
            Fault::Silence => self.peer.read_to_end(),
            Fault::NotHttp => self.peer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")?,
            _ => {}
        }
        Ok(Ending::any(&mut self.random))
    }

    /// Writes in one piece, or sometimes in a few.
    fn write_in_pieces(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let cuts = if self.one_in(4) {
            self.random.u32(1..4)
        } else {
            0
        };
        for _ in 0..cuts {
            let (piece, rest) = bytes.split_at(self.random.usize(0..bytes.len()));
            self.peer.write(piece)?;
            sleep(self.moment());
            bytes = rest;
        }
        self.peer.write(bytes)
    }

    /// Ends a connection without taking back the answer that was given on it.
    fn ending_after_answer(&mut self) -> Ending {
        if self.has_trickled {
            Ending::Orderly
        } else {
            Ending::any(&mut self.random)
        }
    }

    fn one_in(&mut self, count: u32) -> bool {
        self.random.u32(0..count) == 0
    }

    /// A short time, about as long as a call takes.
    fn moment(&mut self) -> Duration {
        Duration::from_micros(self.random.u64(0..2000))
    }
}
