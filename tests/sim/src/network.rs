//! What a network does to a client when no service is to blame.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use socket2::{Domain, Socket, Type};

/// A listener on 127.0.0.1 whose connections have room for a few kilobytes only: a large request
/// cannot vanish into them unread.
///
/// # Errors
///
/// When the system has no sockets left.
pub fn narrow_listener() -> io::Result<TcpListener> {
    let listener = socket(0)?;
    listener.set_recv_buffer_size(4096)?;
    listener.set_tcp_mss(536)?;
    listener.listen(16)?;
    Ok(listener.into())
}

/// An address on 127.0.0.1 that takes no connection and refuses none, as long as this lives.
#[derive(Debug)]
pub struct BlackHole {
    listener: TcpListener,
    /// What keeps its queue full.
    _fillers: Vec<Socket>,
}

impl BlackHole {
    /// Opens one.
    ///
    /// # Errors
    ///
    /// When the system has no sockets left.
    pub fn new() -> io::Result<Self> {
        let listener = socket(0)?;
        listener.listen(0)?;
        let address = listener.local_addr()?;
        let fillers = (0..4).map(|_| {
            let filler = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            filler.set_nonblocking(true)?;
            // It is under way, which is all that is needed.
            let _ = filler.connect(&address);
            Ok(filler)
        });
        Ok(BlackHole {
            _fillers: fillers.collect::<io::Result<_>>()?,
            listener: listener.into(),
        })
    }

    /// Where it is.
    ///
    /// # Errors
    ///
    /// When the system cannot tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A listener on 127.0.0.1 that has room for as many connections at once as a test may make.
pub(crate) fn wide_listener(port: u16) -> io::Result<TcpListener> {
    let listener = socket(port)?;
    listener.listen(4096)?;
    Ok(listener.into())
}

fn socket(port: u16) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
    Ok(socket)
}
