//! A server that does what a test scripts, plain or TLS, down to the bytes and the resets.
//!
//! Each connection runs the script on a thread of its own. What a script asserts fails the test
//! when the server is dropped.

// Each test file uses a part of this.
#![allow(dead_code, unreachable_pub)]

mod recorded;

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use certpush::Config;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

#[allow(unused_imports)]
pub use recorded::Client;

pub const ID: &str = "scs1600313391074";
pub const TOKEN: &str = "a-token-of-some-length-for-the-tests-of-certpush";

/// Whether a server speaks TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plain,
    Tls,
}

pub const BOTH: [Kind; 2] = [Kind::Plain, Kind::Tls];

type Script = dyn Fn(&mut Peer) + Send + Sync;

/// A listening server.
pub struct FaultServer {
    address: SocketAddr,
    kind: Kind,
    ca_file: Option<tempfile::NamedTempFile>,
    stop: Arc<AtomicBool>,
    accepted: Arc<AtomicUsize>,
    acceptor: Option<JoinHandle<()>>,
    workers: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl FaultServer {
    /// Starts a server that runs `script` for each connection.
    pub fn start(kind: Kind, script: impl Fn(&mut Peer) + Send + Sync + 'static) -> FaultServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        FaultServer::start_on(listener, kind, Arc::new(script))
    }

    /// As [`FaultServer::start`], on connections whose buffers hold a few kilobytes only, so that
    /// a large request cannot vanish into them.
    pub fn narrow(kind: Kind, script: impl Fn(&mut Peer) + Send + Sync + 'static) -> FaultServer {
        let listener = certpush_sim::narrow_listener().unwrap();
        FaultServer::start_on(listener, kind, Arc::new(script))
    }

    /// As [`FaultServer::narrow`], with one version of TLS only.
    pub fn narrow_tls(
        version: &'static rustls::SupportedProtocolVersion,
        script: impl Fn(&mut Peer) + Send + Sync + 'static,
    ) -> FaultServer {
        let listener = certpush_sim::narrow_listener().unwrap();
        let authority = Authority::new();
        let configuration = authority.identity(|_| {}).server(None, &[version]);
        let tls = Some((configuration, authority.pem()));
        FaultServer::start_with(listener, Kind::Tls, tls, Arc::new(script))
    }

    fn start_on(listener: TcpListener, kind: Kind, script: Arc<Script>) -> FaultServer {
        let tls = (kind == Kind::Tls).then(server_configuration);
        FaultServer::start_with(listener, kind, tls, script)
    }

    fn start_with(
        listener: TcpListener,
        kind: Kind,
        tls: Option<(Arc<ServerConfig>, String)>,
        script: Arc<Script>,
    ) -> FaultServer {
        let (tls, ca_file) = match tls {
            None => (None, None),
            Some((configuration, ca)) => {
                let mut file = tempfile::NamedTempFile::new().unwrap();
                file.write_all(ca.as_bytes()).unwrap();
                (Some(configuration), Some(file))
            }
        };
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let accepted = Arc::new(AtomicUsize::new(0));
        let workers = Arc::new(Mutex::new(Vec::new()));
        let acceptor = {
            let (stop, accepted, workers) = (
                Arc::clone(&stop),
                Arc::clone(&accepted),
                Arc::clone(&workers),
            );
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    let stream = stream.unwrap();
                    stream.set_nodelay(true).unwrap();
                    let number = accepted.fetch_add(1, Ordering::SeqCst) + 1;
                    let (script, tls) = (Arc::clone(&script), tls.clone());
                    let worker = std::thread::spawn(move || {
                        if let Some(mut peer) = Peer::new(stream, tls, number) {
                            script(&mut peer);
                        }
                    });
                    workers.lock().unwrap().push(worker);
                }
            })
        };
        FaultServer {
            address,
            kind,
            ca_file,
            stop,
            accepted,
            acceptor: Some(acceptor),
            workers,
        }
    }

    /// A TLS server with a configuration of its own, whose clients are to trust `ca`.
    pub fn tls(
        configuration: Arc<ServerConfig>,
        ca: &str,
        script: impl Fn(&mut Peer) + Send + Sync + 'static,
    ) -> FaultServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let tls = Some((configuration, ca.to_owned()));
        FaultServer::start_with(listener, Kind::Tls, tls, Arc::new(script))
    }

    /// A server that answers every request of every connection with the same bytes.
    pub fn answering(kind: Kind, answer: impl Into<Vec<u8>>) -> FaultServer {
        let answer = answer.into();
        FaultServer::start(kind, move |peer| {
            while peer.read_request().is_some() {
                peer.write(&answer);
            }
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        let scheme = match self.kind {
            Kind::Plain => "http",
            Kind::Tls => "https",
        };
        format!("{scheme}://{}", self.address)
    }

    pub fn ca_file(&self) -> Option<PathBuf> {
        self.ca_file.as_ref().map(|file| file.path().to_owned())
    }

    /// How many connections were accepted.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Options for a client of this server. It tries once only.
    pub fn config(&self) -> Config {
        let config = Config::new().endpoint(self.url()).token(TOKEN).retries(0);
        match self.ca_file() {
            Some(file) => config.ca_file(file),
            None => config,
        }
    }

    /// A client of this server that gives up after `timeout`.
    pub fn client(&self, timeout: Duration) -> Client {
        Client::new(&self.config().timeout(timeout)).unwrap()
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the acceptor.
        let _ = TcpStream::connect(self.address);
        let mut failed = self
            .acceptor
            .take()
            .is_some_and(|thread| thread.join().is_err());
        let workers = std::mem::take(&mut *self.workers.lock().unwrap());
        for worker in workers {
            failed |= worker.join().is_err();
        }
        if failed && !std::thread::panicking() {
            panic!("the server's script failed");
        }
    }
}

fn server_configuration() -> (Arc<ServerConfig>, String) {
    let authority = Authority::new();
    let identity = authority.identity(|_| {});
    (identity.server(None, rustls::ALL_VERSIONS), authority.pem())
}

static AUTHORITIES: AtomicUsize = AtomicUsize::new(1);

/// A certificate authority of this test's own.
pub struct Authority {
    params: CertificateParams,
    certificate: rcgen::Certificate,
    issuer: rcgen::Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        // Two authorities of one name would be taken for each other.
        let name = format!("authority {}", AUTHORITIES.fetch_add(1, Ordering::SeqCst));
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        let issuer = rcgen::Issuer::new(params.clone(), key);
        Authority {
            params,
            certificate,
            issuer,
        }
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// The same authority, name and key, with a certificate that is valid at other times.
    pub fn as_of(&self, from: (i32, u8, u8), until: (i32, u8, u8)) -> rcgen::Certificate {
        let mut params = self.params.clone();
        params.not_before = rcgen::date_time_ymd(from.0, from.1, from.2);
        params.not_after = rcgen::date_time_ymd(until.0, until.1, until.2);
        params.self_signed(self.issuer.key()).unwrap()
    }

    /// A certificate for 127.0.0.1 and localhost, changed by `change` before it is signed.
    pub fn identity(&self, change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let key = KeyPair::generate().unwrap();
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity { certificate, key }
    }

    /// Lets in only those who show a certificate of this authority.
    fn verifier(&self) -> Arc<dyn rustls::server::danger::ClientCertVerifier> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.certificate.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .unwrap()
    }
}

/// A certificate with its key.
pub struct Identity {
    pub certificate: rcgen::Certificate,
    pub key: KeyPair,
}

impl Identity {
    /// A certificate that nobody but itself vouches for.
    pub fn self_signed() -> Identity {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Identity { certificate, key }
    }

    /// A server's configuration; with `clients`, only clients of that authority are let in.
    pub fn server(
        &self,
        clients: Option<&Authority>,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> Arc<ServerConfig> {
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => builder.with_client_cert_verifier(authority.verifier()),
        };
        let chain = vec![self.certificate.der().clone()];
        Arc::new(builder.with_single_cert(chain, private).unwrap())
    }
}

/// A server's side of one connection.
pub struct Peer {
    stream: Stream,
    raw: TcpStream,
    /// Which connection of the server this is, from 1.
    pub number: usize,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Peer {
    fn new(stream: TcpStream, tls: Option<Arc<ServerConfig>>, number: usize) -> Option<Peer> {
        let raw = stream.try_clone().unwrap();
        // A script that waits for what never comes must not hold up the test for ever.
        raw.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let stream = match tls {
            None => Stream::Plain(stream),
            Some(configuration) => {
                let mut stream =
                    StreamOwned::new(ServerConnection::new(configuration).unwrap(), stream);
                while stream.conn.is_handshaking() {
                    stream.conn.complete_io(&mut stream.sock).ok()?;
                }
                Stream::Tls(Box::new(stream))
            }
        };
        Some(Peer {
            stream,
            raw,
            number,
        })
    }

    /// Reads a whole request, head and body; `None` when the client has closed.
    pub fn read_request(&mut self) -> Option<String> {
        let mut request = Vec::new();
        let mut part = vec![0; 64 * 1024];
        loop {
            if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
                let length: usize = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "))
                    .map_or(0, |length| length.trim().parse().unwrap());
                if request.len() >= end + 4 + length {
                    return Some(String::from_utf8_lossy(&request).into_owned());
                }
            }
            match self.read(&mut part) {
                0 => return None,
                count => request.extend_from_slice(&part[..count]),
            }
        }
    }

    /// Reads what is there; 0 when the client has closed or reset.
    pub fn read(&mut self, buffer: &mut [u8]) -> usize {
        let read = match &mut self.stream {
            Stream::Plain(stream) => stream.read(buffer),
            Stream::Tls(stream) => stream.read(buffer),
        };
        match read {
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                panic!("the client sent nothing")
            }
            Err(_) => 0,
        }
    }

    /// Writes all of it, as far as the client takes it.
    pub fn write(&mut self, bytes: &[u8]) -> bool {
        let written = match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(bytes),
            Stream::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        };
        written.is_ok()
    }

    /// Writes an answer and a fatal TLS alert (bad_record_mac, 20) behind it in one segment.
    pub fn write_with_an_alert(&mut self, answer: &[u8]) {
        let Stream::Tls(stream) = &mut self.stream else {
            panic!("only TLS has alerts");
        };
        stream.conn.writer().write_all(answer).unwrap();
        // A record that nobody can have sealed is what the alert is about.
        let mut record: &[u8] = &[&[23, 3, 3, 0, 32][..], &[0; 32]].concat();
        stream.conn.read_tls(&mut record).unwrap();
        stream.conn.process_new_packets().unwrap_err();
        let mut segment = Vec::new();
        while stream.conn.wants_write() {
            stream.conn.write_tls(&mut segment).unwrap();
        }
        stream.sock.write_all(&segment).unwrap();
    }

    /// Writes byte by byte with a pause, until the client has gone.
    pub fn trickle(&mut self, bytes: &[u8], pause: Duration) {
        for byte in bytes {
            if !self.write(&[*byte]) {
                return;
            }
            std::thread::sleep(pause);
        }
    }

    /// Waits until the client closes, taking nothing in but what TLS needs.
    pub fn wait_for_close(&mut self) {
        let mut part = [0; 4096];
        let started = Instant::now();
        while self.read(&mut part) > 0 {
            assert!(started.elapsed() < Duration::from_secs(30));
        }
    }

    /// Waits until the client closes, without reading: its data stays in the socket.
    pub fn wait_without_reading(&mut self, time: Duration) {
        std::thread::sleep(time);
    }

    /// Closes at once with a reset instead of an orderly end.
    pub fn reset(&mut self) {
        socket2::SockRef::from(&self.raw)
            .set_linger(Some(Duration::ZERO))
            .unwrap();
        // Both handles must go for the reset to be sent: the script's end drops them.
    }

    /// Whether the TLS session is an earlier one's.
    pub fn is_resumed(&self) -> bool {
        match &self.stream {
            Stream::Plain(_) => false,
            Stream::Tls(stream) => {
                stream.conn.handshake_kind() == Some(rustls::HandshakeKind::Resumed)
            }
        }
    }

    /// Another handle of the connection, below TLS.
    pub fn socket(&self) -> TcpStream {
        self.raw.try_clone().unwrap()
    }

    /// Closes below TLS: no close_notify.
    pub fn cut(&mut self) {
        let _ = self.raw.shutdown(Shutdown::Both);
    }
}
