//! The server: a listener, a thread for each connection, and the clients' way to it.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use certpush::Config;
use fastrand::Rng;
use rustls::{ServerConfig, SupportedProtocolVersion};
use socket2::{Domain, Socket, Type};

use crate::faults::{Authority, TOKEN};
use crate::peer::Peer;
use crate::record::Record;
use crate::serve::Service;

/// The length of the token that makes a request larger than the buffers on its way.
const LONG_TOKEN: usize = 2 * 1024 * 1024;

/// What a server speaks, and how large the pushes are that it gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// The TLS version, if any.
    pub(crate) tls: Option<&'static SupportedProtocolVersion>,
    /// Whether pushes carry a long token over narrow buffers.
    pub(crate) is_large: bool,
}

/// A server that meets every request with a fault of its own choice.
pub(crate) struct Server {
    address: SocketAddr,
    token: Arc<str>,
    ca_file: Option<tempfile::NamedTempFile>,
    stop: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(manner: Manner, record: &Arc<Record>, random: Rng) -> Server {
        let listener = if manner.is_large {
            narrow_listener()
        } else {
            TcpListener::bind("127.0.0.1:0").unwrap()
        };
        let address = listener.local_addr().unwrap();
        let (tls, ca_file) = manner.tls.map(identity).unzip();
        let token: Arc<str> = if manner.is_large {
            "t".repeat(LONG_TOKEN).into()
        } else {
            TOKEN.into()
        };
        let stop = Arc::new(AtomicBool::new(false));
        let acceptor = {
            let (record, token, stop) = (Arc::clone(record), Arc::clone(&token), Arc::clone(&stop));
            std::thread::spawn(move || {
                accept(&listener, manner, tls, &record, &token, &stop, random)
            })
        };
        Server {
            address,
            token,
            ca_file,
            stop,
            acceptor: Some(acceptor),
        }
    }

    /// Options for a client of this server.
    pub(crate) fn config(&self) -> Config {
        let scheme = if self.ca_file.is_some() {
            "https"
        } else {
            "http"
        };
        let config = Config::new()
            .endpoint(format!("{scheme}://{}", self.address))
            .token(&*self.token);
        match &self.ca_file {
            Some(file) => config.ca_file(file.path()),
            None => config,
        }
    }
}

impl Drop for Server {
    /// Waits for all connections to end: the clients must have gone.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the acceptor.
        let _ = TcpStream::connect(self.address);
        let failed = self
            .acceptor
            .take()
            .is_some_and(|thread| thread.join().is_err());
        if failed && !std::thread::panicking() {
            panic!("the server failed");
        }
    }
}

fn accept(
    listener: &TcpListener,
    manner: Manner,
    tls: Option<Arc<ServerConfig>>,
    record: &Record,
    token: &str,
    stop: &AtomicBool,
    mut random: Rng,
) {
    std::thread::scope(|connections| {
        for stream in listener.incoming() {
            if stop.load(Ordering::SeqCst) {
                break;
            }
            // The client may have gone already.
            let Ok(peer) = stream.and_then(|stream| Peer::new(stream, tls.clone())) else {
                continue;
            };
            let service = Service {
                peer,
                record,
                token,
                is_large: manner.is_large,
                has_trickled: false,
                random: random.fork(),
            };
            connections.spawn(|| service.run());
        }
    });
}

/// A listener whose connections hold a few kilobytes only.
fn narrow_listener() -> TcpListener {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.set_recv_buffer_size(4096).unwrap();
    listener.set_tcp_mss(536).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    listener.bind(&any.into()).unwrap();
    listener.listen(128).unwrap();
    listener.into()
}

/// A TLS identity, and the file of the authority that vouches for it.
fn identity(
    version: &'static SupportedProtocolVersion,
) -> (Arc<ServerConfig>, tempfile::NamedTempFile) {
    let authority = Authority::new();
    let configuration = authority.identity(|_| {}).server(None, &[version]);
    let mut ca_file = tempfile::NamedTempFile::new().unwrap();
    ca_file.write_all(authority.pem().as_bytes()).unwrap();
    (configuration, ca_file)
}
