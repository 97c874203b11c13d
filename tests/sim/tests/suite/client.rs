//! A client that sends exactly the bytes it is told to, and reads one answer at a time.

use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::TcpStream;
use std::sync::Arc;

use certpush_sim::{DEFAULT_TOKEN, Sim};
use serde_json::Value;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
    crypto::ring,
};

/// A certificate that exists in every simulated service.
pub(crate) const CERTIFICATE: &str = "scs1600313391074";

/// A request: a right push, or bare, unless a test changes it.
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn new(sim: &Sim) -> Self {
        Request::of(sim, CERTIFICATE, "ap-southeast-3", "ELB")
    }

    pub(crate) fn of(sim: &Sim, certificate_id: &str, project: &str, service: &str) -> Self {
        let body = serde_json::json!({"target_project": project, "target_service": service});
        let host = sim.http_url().replace("http://", "");
        let mut request = Request {
            method: "POST",
            path: format!("/v3/scm/certificates/{certificate_id}/push"),
            headers: vec![
                ("Host", host),
                ("X-Auth-Token", DEFAULT_TOKEN.to_owned()),
                ("Content-Type", "application/json".to_owned()),
                ("X-Language", "en-us".to_owned()),
            ],
            body: String::new(),
        };
        request.set_body(&body.to_string());
        request
    }

    /// A request without credentials.
    pub(crate) fn bare(sim: &Sim, method: &'static str, path: &str) -> Self {
        Request {
            method,
            path: path.to_owned(),
            headers: vec![("Host", sim.http_url().replace("http://", ""))],
            body: String::new(),
        }
    }

    /// Sets the body and its length.
    pub(crate) fn set_body(&mut self, body: &str) {
        self.body = body.to_owned();
        self.set("Content-Length", &body.len().to_string());
    }

    /// Sets a header, in place of one with the same name.
    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.remove(name);
        self.headers.push((name, value.to_owned()));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.headers.retain(|(header, _)| *header != name);
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            bytes += &format!("{name}: {value}\r\n");
        }
        bytes += "\r\n";
        bytes += &self.body;
        bytes.into_bytes()
    }
}

/// An answer with its whole body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (header, value) = line.split_once(": ")?;
            header.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }

    /// The body's `error_code`.
    pub(crate) fn error_code(&self) -> String {
        self.json()["error_code"]
            .as_str()
            .expect("the code is a string")
            .to_owned()
    }
}

/// One connection.
pub(crate) struct Connection<S>(BufReader<S>);

/// Connects to the plain listener.
pub(crate) fn connect(sim: &Sim) -> Connection<TcpStream> {
    Connection(BufReader::new(tcp(&sim.http_url())))
}

/// Connects to the TLS listener, trusting the service's authority.
pub(crate) fn connect_tls(
    sim: &Sim,
    version: &'static SupportedProtocolVersion,
) -> Connection<StreamOwned<ClientConnection, TcpStream>> {
    Connection(BufReader::new(tls_stream(sim, version)))
}

/// A stream that shakes hands when it is first used.
pub(crate) fn tls_stream(
    sim: &Sim,
    version: &'static SupportedProtocolVersion,
) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(sim.ca_pem().as_bytes()).expect("the CA is PEM");
    roots.add(ca).expect("the CA can be trusted");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .expect("the version is supported")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().expect("a host name");
    let tls = ClientConnection::new(Arc::new(config), name).expect("a TLS client");
    StreamOwned::new(tls, tcp(&sim.https_url()))
}

fn tcp(url: &str) -> TcpStream {
    let (_, address) = url.split_once("://").expect("a URL");
    TcpStream::connect(address).expect("the service listens")
}

impl<S: Read + Write> Connection<S> {
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.0
            .get_mut()
            .write_all(bytes)
            .expect("the request is sent");
        self.0.get_mut().flush().expect("the request is sent");
    }

    /// Sends a request and reads its answer.
    pub(crate) fn ask(&mut self, request: &Request) -> Answer {
        self.send(&request.bytes());
        self.read_answer()
    }

    /// Reads an answer whose length is given by its head.
    pub(crate) fn read_answer(&mut self) -> Answer {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read = self.0.read_line(&mut head).expect("the head can be read");
            assert_ne!(read, 0, "the head ended early: {head:?}");
        }
        let mut answer = Answer {
            status: head[9..12].parse().expect("a status"),
            head,
            body: String::new(),
        };
        if let Some(length) = answer.header("Content-Length") {
            let mut body = vec![0; length.parse().expect("a length")];
            self.0.read_exact(&mut body).expect("the body can be read");
            answer.body = String::from_utf8(body).expect("the body is UTF-8");
        }
        answer
    }

    /// Reads until the peer closes.
    pub(crate) fn read_to_end(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.0.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Asks the service about itself.
pub(crate) fn introspect(sim: &Sim, method: &str, path: &str) -> Answer {
    let host = sim.http_url().replace("http://", "");
    let mut connection = connect(sim);
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n");
    connection.send(request.as_bytes());
    connection.read_answer()
}
