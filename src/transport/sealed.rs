//! TLS on a connection, after the handshake.
//!
//! Two things must not happen here. What the server said before it broke off must not be lost to the
//! error behind it. And once a request is given up, nothing of it that TLS still has queued may
//! leave: three whole requests have arrived behind the word "not pushed".

use std::io::{self, IoSlice, Read, Write};

use rustls::{ClientConnection, ProtocolVersion};

use super::socket::{Socket, WithoutWaiting};
use super::tls::Negotiated;

/// How many reads a probe makes at most: what a server sends unasked is a few session tickets.
const PROBE_READS: usize = 16;

/// A TLS connection over a socket.
#[derive(Debug)]
pub(super) struct Sealed {
    tls: ClientConnection,
    asked_for_certificate: bool,
    /// Why no more can come. It is told when all that came before was read.
    failed: Option<rustls::Error>,
    /// Whether a part of a request is or may be queued. Then only sending it on may write.
    holds_request: bool,
}

impl Sealed {
    pub(super) fn new(negotiated: Negotiated) -> Sealed {
        Sealed {
            tls: negotiated.tls,
            asked_for_certificate: negotiated.asked_for_certificate,
            failed: None,
            holds_request: false,
        }
    }

    /// Whether the server may refuse the client's certificate only now, by an alert: under TLS 1.3
    /// the client has finished the handshake before its certificate is looked at.
    pub(super) fn may_refuse_the_client_yet(&self) -> bool {
        self.asked_for_certificate && self.tls.protocol_version() == Some(ProtocolVersion::TLSv1_3)
    }

    /// Seals what there is room for of a request. Tells how many bytes of it were taken.
    pub(super) fn seal(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.holds_request = true;
        self.tls.writer().write_vectored(pieces)
    }

    /// How many sealed bytes are queued. What is queued later, such as the reply to a key update,
    /// comes behind them.
    pub(super) fn queued(&mut self) -> io::Result<usize> {
        match self.tls.process_new_packets() {
            Ok(state) => Ok(state.tls_bytes_to_write()),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    /// Hands queued bytes to the socket. Only for a request that is being sent.
    pub(super) fn send_queued(&mut self, socket: &Socket) -> io::Result<usize> {
        self.tls.write_tls(&mut &*socket)
    }

    /// Notes that a request was handed over to its last byte.
    pub(super) fn request_was_sent(&mut self) {
        self.holds_request = false;
    }

    /// Reads application data, waiting for it a slice of time at most.
    pub(super) fn read(&mut self, socket: &Socket, space: &mut [u8]) -> io::Result<usize> {
        let read = self.read_from(&mut &*socket, space);
        if !self.holds_request && self.failed.is_none() && self.tls.wants_write() {
            // The reply to a key update. If it cannot be sent now, it goes with the next request.
            let _ = self.tls.write_tls(&mut &*socket);
        }
        read
    }

    /// Reads application data that is there already. Writes nothing.
    pub(super) fn read_now(&mut self, socket: &Socket, space: &mut [u8]) -> io::Result<usize> {
        self.read_from(&mut WithoutWaiting(socket), space)
    }

    fn read_from(&mut self, source: &mut dyn Read, space: &mut [u8]) -> io::Result<usize> {
        match self.tls.reader().read(space) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            done => return done,
        }
        if self.failed.is_none() {
            self.tls.read_tls(source)?;
            self.failed = self.tls.process_new_packets().err();
        }
        match (self.tls.reader().read(space), &self.failed) {
            (Err(error), Some(failed)) if error.kind() == io::ErrorKind::WouldBlock => {
                Err(io::Error::new(io::ErrorKind::InvalidData, failed.clone()))
            }
            (done, _) => done,
        }
    }

    /// Whether the connection is idle and can serve another request: nothing has come but records
    /// without application data.
    pub(super) fn is_idle(&mut self, socket: &Socket) -> bool {
        for _ in 0..PROBE_READS {
            // First what was decrypted before, behind the answer that was taken.
            match self.tls.process_new_packets() {
                Ok(state) if state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed() => {}
                _ => return false,
            }
            match self.tls.read_tls(&mut WithoutWaiting(socket)) {
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
        false
    }
}
