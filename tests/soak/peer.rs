//! The server's side of one connection, plain or TLS, driven by hand: nothing is read or written
//! but what a fault asks for.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use rustls::{ProtocolVersion, ServerConfig, ServerConnection};

/// How long the server waits for a client that does nothing. Every call ends long before.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A connected client.
pub(crate) struct Peer {
    socket: TcpStream,
    tls: Option<Box<ServerConnection>>,
    /// What was read and not yet used.
    pub(crate) received: Vec<u8>,
}

/// How the server ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With a close_notify under TLS.
    Orderly,
    /// Without it.
    Cut,
    /// With a reset.
    Reset,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waited {
    Input,
    Closed,
    InVain,
}

impl Ending {
    pub(crate) fn any(random: &mut Rng) -> Ending {
        [Ending::Orderly, Ending::Cut, Ending::Reset][random.usize(0..3)]
    }
}

impl Peer {
    pub(crate) fn new(
        socket: TcpStream,
        configuration: Option<Arc<ServerConfig>>,
    ) -> io::Result<Peer> {
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        // A client that has stopped reading must not hold the server either.
        socket.set_write_timeout(Some(PATIENCE))?;
        let tls = configuration.map(|configuration| {
            Box::new(ServerConnection::new(configuration).expect("the configuration is good"))
        });
        Ok(Peer {
            socket,
            tls,
            received: Vec::new(),
        })
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    pub(crate) fn is_tls13(&self) -> bool {
        self.tls
            .as_ref()
            .is_some_and(|tls| tls.protocol_version() == Some(ProtocolVersion::TLSv1_3))
    }

    /// Negotiates TLS. What TLS 1.3 sends after the handshake (session tickets) stays unsent; it
    /// goes with what is written next.
    pub(crate) fn shake_hands(&mut self) -> io::Result<()> {
        let Some(tls) = &mut self.tls else {
            return Ok(());
        };
        while tls.is_handshaking() {
            if tls.wants_write() {
                tls.write_tls(&mut self.socket)?;
            } else {
                take_in(tls, &mut self.socket)?;
            }
        }
        if self.is_tls13() {
            Ok(())
        } else {
            self.flush()
        }
    }

    /// Takes the client's part of a TLS handshake and sends less than the whole of its own.
    pub(crate) fn cut_handshake(mut self, random: &mut Rng) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            take_in(tls, &mut self.socket)?;
            let mut flight = Vec::new();
            while tls.wants_write() {
                tls.write_tls(&mut flight)?;
            }
            // The last record ends the handshake for the client.
            flight.truncate(random.usize(0..flight.len().max(1)));
            self.socket.write_all(&flight)?;
        }
        self.end(if random.bool() {
            Ending::Cut
        } else {
            Ending::Reset
        });
        Ok(())
    }

    /// Waits for input, for `time` at most, and leaves it unread.
    pub(crate) fn wait(&self, time: Duration) -> Waited {
        // A time-out of zero means none.
        let time = time.max(Duration::from_micros(1));
        let _ = self.socket.set_read_timeout(Some(time));
        let peeked = self.socket.peek(&mut [0]);
        let _ = self.socket.set_read_timeout(Some(PATIENCE));
        match peeked {
            Ok(0) => Waited::Closed,
            Ok(_) => Waited::Input,
            Err(error) if error.kind() == ErrorKind::WouldBlock => Waited::InVain,
            Err(_) => Waited::Closed,
        }
    }

    /// Reads what has come, up to `most` bytes of it; `false` when the client has closed.
    pub(crate) fn read(&mut self, most: usize) -> io::Result<bool> {
        let filled = self.received.len();
        self.received.resize(filled + most, 0);
        let read = self.read_into(filled);
        self.received
            .truncate(filled + *read.as_ref().unwrap_or(&0));
        Ok(read? > 0)
    }

    fn read_into(&mut self, filled: usize) -> io::Result<usize> {
        let space = &mut self.received[filled..];
        let Some(tls) = &mut self.tls else {
            return self.socket.read(space);
        };
        loop {
            match tls.reader().read(space) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                done => return done,
            }
            take_in(tls, &mut self.socket)?;
        }
    }

    /// Reads and forgets, until the client closes.
    pub(crate) fn read_to_end(&mut self) {
        while let Ok(true) = self.read(64 * 1024) {
            self.received.clear();
        }
    }

    /// Writes all of it, after what TLS has to say first.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.tls {
            None => self.socket.write_all(bytes),
            Some(tls) => {
                tls.writer().write_all(bytes)?;
                self.flush()
            }
        }
    }

    /// Sends what TLS has to say, such as session tickets.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            while tls.wants_write() {
                tls.write_tls(&mut self.socket)?;
            }
        }
        Ok(())
    }

    /// Changes the keys of a TLS 1.3 connection and asks the client to do the same.
    pub(crate) fn update_keys(&mut self) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            tls.refresh_traffic_keys().map_err(io::Error::other)?;
        }
        self.flush()
    }

    /// Says that nothing more will be sent; the client may still send.
    pub(crate) fn finish_writing(&mut self) {
        self.say_goodbye();
        let _ = self.socket.shutdown(Shutdown::Write);
    }

    /// Ends the connection.
    pub(crate) fn end(mut self, ending: Ending) {
        match ending {
            Ending::Orderly => self.say_goodbye(),
            Ending::Cut => {}
            Ending::Reset => {
                let _ = socket2::SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
            }
        }
    }

    fn say_goodbye(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            let _ = self.flush();
        }
    }
}

/// Reads and decrypts what has come.
fn take_in(tls: &mut ServerConnection, socket: &mut TcpStream) -> io::Result<()> {
    if tls.read_tls(socket)? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    tls.process_new_packets().map_err(io::Error::other)?;
    Ok(())
}
