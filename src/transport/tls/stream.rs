//! TLS on a connection, after the handshake.
//!
//! Two things must not happen here. What the server sent before it broke off must not be lost to the
//! error behind it. And once a request is given up, nothing of it that TLS still has queued may be
//! sent: the server could complete a request that is reported as not pushed.

use std::io::{self, IoSlice, Read, Write};

use rustls::{ClientConnection, ProtocolVersion};

use crate::transport::socket::{NonBlockingReader, Socket};

/// How many reads a probe makes at most: what a server sends unasked is a few session tickets.
const PROBE_READS: usize = 16;

/// A TLS connection over a socket.
#[derive(Debug)]
pub(in crate::transport) struct TlsStream {
    tls: ClientConnection,
    asked_for_certificate: bool,
    /// Why no more can come. It is told when all that came before was read.
    failed: Option<rustls::Error>,
    /// Whether a part of a request is or may be queued. Then only sending it on may write.
    holds_request: bool,
}

impl TlsStream {
    /// A connection whose handshake has ended. `asked_for_certificate`: whether the server has asked
    /// for a client certificate, with or without getting one.
    pub(super) fn new(tls: ClientConnection, asked_for_certificate: bool) -> TlsStream {
        TlsStream {
            tls,
            asked_for_certificate,
            failed: None,
            holds_request: false,
        }
    }

    /// The version of TLS.
    pub(in crate::transport) fn version(&self) -> &'static str {
        match self.tls.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => "1.3",
            _ => "1.2",
        }
    }

    /// Whether the server may refuse the client's certificate only now, by an alert: under TLS 1.3
    /// the client has finished the handshake before its certificate is looked at.
    pub(in crate::transport) fn may_still_refuse_the_client(&self) -> bool {
        self.asked_for_certificate && self.tls.protocol_version() == Some(ProtocolVersion::TLSv1_3)
    }

    /// Encrypts what there is room for of a request, and queues it. Gives how many of its bytes were
    /// taken.
    pub(in crate::transport) fn encrypt(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.holds_request = true;
        self.tls.writer().write_vectored(pieces)
    }

    /// How many encrypted bytes are queued. What is queued later, such as the reply to a key update,
    /// comes behind them.
    pub(in crate::transport) fn queued_bytes(&mut self) -> io::Result<usize> {
        match self.tls.process_new_packets() {
            Ok(state) => Ok(state.tls_bytes_to_write()),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    /// Hands queued bytes to the socket. Only for a request that is being sent.
    pub(in crate::transport) fn send_queued(&mut self, socket: &Socket) -> io::Result<usize> {
        self.tls.write_tls(&mut &*socket)
    }

    /// Notes that a request was handed over to its last byte.
    pub(in crate::transport) fn note_request_sent(&mut self) {
        self.holds_request = false;
    }

    /// Reads application data, waiting for it a slice of time at most.
    pub(in crate::transport) fn read(
        &mut self,
        socket: &Socket,
        space: &mut [u8],
    ) -> io::Result<usize> {
        let read = self.read_from(&mut &*socket, space);
        if !self.holds_request && self.failed.is_none() && self.tls.wants_write() {
            // The reply to a key update. If it cannot be sent now, it goes with the next request.
            let _ = self.tls.write_tls(&mut &*socket);
        }
        read
    }

    /// Reads application data that is there already. Writes nothing.
    pub(in crate::transport) fn read_now(
        &mut self,
        socket: &Socket,
        space: &mut [u8],
    ) -> io::Result<usize> {
        self.read_from(&mut NonBlockingReader(socket), space)
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
    pub(in crate::transport) fn is_idle(&mut self, socket: &Socket) -> bool {
        for _ in 0..PROBE_READS {
            // First what was decrypted before, behind the response that was taken.
            match self.tls.process_new_packets() {
                Ok(state) if state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed() => {}
                _ => return false,
            }
            match self.tls.read_tls(&mut NonBlockingReader(socket)) {
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
        false
    }
}
