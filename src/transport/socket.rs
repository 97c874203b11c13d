//! A TCP socket whose every operation waits a slice of time at most.

use std::io::{self, IoSlice, Read, Write};
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, IntoRawFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::fcntl_dupfd_cloexec;
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags, recv, send, sendmsg};
use socket2::{Domain, Protocol, Type};

use crate::call_context::{CallContext, SLICE};
use crate::descriptor::{self, Identity};
use crate::failure::TransportFailure;
use crate::io_error::message_of;
use crate::phase::Phase;
use crate::status::Status;

/// A connected socket. A read or write returns `WouldBlock` after [`SLICE`] at the latest.
#[derive(Debug)]
pub(super) struct Socket {
    /// `None` only while it is dropped.
    descriptor: Option<socket2::Socket>,
    /// Where it leads.
    pub(super) address: SocketAddr,
    /// What the descriptor's number stood for when it was made.
    identity: Identity,
}

impl Socket {
    /// Connects to one address, within `within` and the context.
    pub(super) fn connect(
        address: SocketAddr,
        within: Duration,
        context: &CallContext,
    ) -> Result<Socket, TransportFailure> {
        let failed = |error: &io::Error| {
            TransportFailure::new(
                Status::Connect,
                Phase::Connect,
                format!("no TCP connection to {address}: {}", message_of(error)),
            )
        };
        context.check(Phase::Connect)?;
        let socket = new_descriptor(address).map_err(|error| failed(&error))?;
        socket
            .set_nonblocking(true)
            .map_err(|error| failed(&error))?;
        match socket.connect(&address.into()) {
            Ok(()) => {}
            Err(error) if is_under_way(&error) => {
                await_connection(&socket, within, context, &failed)?;
            }
            Err(error) => return Err(failed(&error)),
        }
        let ready = || -> io::Result<Identity> {
            socket.set_nonblocking(false)?;
            socket.set_tcp_nodelay(true)?;
            socket.set_read_timeout(Some(SLICE))?;
            socket.set_write_timeout(Some(SLICE))?;
            Identity::of(&socket)
        };
        let identity = ready().map_err(|error| failed(&error))?;
        Ok(Socket {
            descriptor: Some(socket),
            address,
            identity,
        })
    }

    /// Whether the descriptor still stands for the connection that was made. A daemon closes all
    /// descriptors, and what it opens next gets their numbers.
    pub(super) fn is_still_own(&self) -> bool {
        self.descriptor()
            .is_ok_and(|descriptor| Identity::of(descriptor).is_ok_and(|now| now == self.identity))
    }

    /// Reads without waiting.
    pub(super) fn read_now(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.receive(buffer, RecvFlags::DONTWAIT)
    }

    fn receive(&self, buffer: &mut [u8], flags: RecvFlags) -> io::Result<usize> {
        let (_, length) = recv(self.descriptor()?, buffer, flags)?;
        Ok(length)
    }

    fn descriptor(&self) -> io::Result<&socket2::Socket> {
        self.descriptor
            .as_ref()
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Drop for Socket {
    /// Closes the connection. A number that stands for something else by now is the host's, and is
    /// forgotten without being closed.
    fn drop(&mut self) {
        let is_still_own = self.is_still_own();
        if let Some(descriptor) = self.descriptor.take()
            && !is_still_own
        {
            let _ = descriptor.into_raw_fd();
        }
    }
}

/// A TCP socket whose descriptor is none of the standard streams'.
fn new_descriptor(address: SocketAddr) -> io::Result<socket2::Socket> {
    let (domain, protocol) = (Domain::for_address(address), Some(Protocol::TCP));
    let socket = socket2::Socket::new(domain, Type::STREAM, protocol)?;
    if socket.as_raw_fd() >= descriptor::LOWEST {
        return Ok(socket);
    }
    Ok(fcntl_dupfd_cloexec(&socket, descriptor::LOWEST)?.into())
}

fn is_under_way(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
        || error.kind() == io::ErrorKind::Interrupted
        || error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error())
}

fn await_connection(
    socket: &socket2::Socket,
    within: Duration,
    context: &CallContext,
    failed: &dyn Fn(&io::Error) -> TransportFailure,
) -> Result<(), TransportFailure> {
    let started = Instant::now();
    loop {
        let Some(left) = within.checked_sub(started.elapsed()) else {
            return Err(failed(&io::Error::new(
                io::ErrorKind::TimedOut,
                format!("no answer within {} ms", within.as_millis()),
            )));
        };
        let wait = Timespec::try_from(left.min(context.next_wait())).unwrap_or_default();
        let mut sockets = [PollFd::new(socket, PollFlags::OUT)];
        match poll(&mut sockets, Some(&wait)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => context.check_after_wait(Phase::Connect)?,
            Ok(_) => {
                return match socket.take_error() {
                    Ok(None) => Ok(()),
                    Ok(Some(error)) | Err(error) => Err(failed(&error)),
                };
            }
            Err(error) => return Err(failed(&error.into())),
        }
    }
}

/// Whether an operation may be tried again: its wait ran out or was interrupted, and nothing was
/// transferred.
pub(super) fn is_transient(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

impl Read for &Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.receive(buffer, RecvFlags::empty())
    }
}

/// Writes in one system call that never raises SIGPIPE, which would end a host that does not expect
/// it.
impl Write for &Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(send(self.descriptor()?, bytes, SendFlags::NOSIGNAL)?)
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match pieces {
            // What TLS has encrypted is one piece, which `send` takes quicker than `sendmsg`.
            [piece] => self.write(piece),
            _ => Ok(sendmsg(
                self.descriptor()?,
                pieces,
                &mut SendAncillaryBuffer::default(),
                SendFlags::NOSIGNAL,
            )?),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads from a socket what is there already.
pub(super) struct NonBlockingReader<'a>(pub(super) &'a Socket);

impl Read for NonBlockingReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_now(buffer)
    }
}
