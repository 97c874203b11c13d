//! The listeners: they accept connections, count them, and hand their requests to the service.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::markers::Markers;
use crate::service::{Arrival, Service};
use crate::wire::{Stream, Wire};

/// Room for a request head: the longest token, 2,097,152 characters, and as much again.
const LARGEST_HEAD: usize = 4 * 1024 * 1024;

/// What all listeners share.
pub(crate) struct Server {
    pub(crate) service: Service,
    pub(crate) markers: Markers,
    tls: TlsAcceptor,
    connections: AtomicU64,
}

/// What a listener is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Http,
    Https,
    /// The host to which nothing must ever go.
    Elsewhere,
}

impl Server {
    pub(crate) fn new(service: Service, tls: TlsAcceptor) -> Self {
        Server {
            service,
            markers: Markers::default(),
            tls,
            connections: AtomicU64::new(0),
        }
    }

    /// Accepts connections until the runtime ends.
    pub(crate) async fn listen(self: Arc<Self>, listener: TcpListener, role: Role) {
        loop {
            match listener.accept().await {
                Ok((_, from)) if self.markers.take(from) => {}
                Ok((tcp, _)) => self.clone().begin(tcp, role),
                // Out of file descriptors, most likely: let connections end first.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    fn begin(self: Arc<Self>, tcp: TcpStream, role: Role) {
        let connection = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
        {
            let counts = &mut self.service.ledger().connections;
            *match role {
                Role::Http => &mut counts.http,
                Role::Https => &mut counts.https,
                Role::Elsewhere => &mut counts.elsewhere,
            } += 1;
        }
        // A connection's end is the client's affair; what counts is in the ledger by then.
        tokio::spawn(async move {
            let _ = match role {
                Role::Http => self.serve_http(tcp, connection).await,
                Role::Https => self.serve_https(tcp, connection).await,
                Role::Elsewhere => serve_elsewhere(tcp).await,
            };
        });
    }

    async fn serve_http(&self, tcp: TcpStream, connection: u64) -> io::Result<()> {
        tcp.set_nodelay(true)?;
        let port = tcp.local_addr()?.port();
        self.serve(Arrival {
            connection,
            scheme: "http",
            port,
            wire: Wire::new(Stream::Plain(tcp)),
        })
        .await
    }

    async fn serve_https(&self, tcp: TcpStream, connection: u64) -> io::Result<()> {
        tcp.set_nodelay(true)?;
        let port = tcp.local_addr()?.port();
        let handshake = self.tls.accept(tcp).await;
        {
            let counts = &mut self.service.ledger().connections;
            *match handshake {
                Ok(_) => &mut counts.handshakes,
                Err(_) => &mut counts.failed_handshakes,
            } += 1;
        }
        self.serve(Arrival {
            connection,
            scheme: "https",
            port,
            wire: Wire::new(Stream::Tls(Box::new(handshake?))),
        })
        .await
    }

    async fn serve(&self, arrival: Arrival) -> io::Result<()> {
        let io = TokioIo::new(arrival.wire.clone());
        let answer = service_fn(|request| self.service.answer(request, arrival.clone()));
        let served = http1::Builder::new()
            .max_buf_size(LARGEST_HEAD)
            .title_case_headers(true)
            .serve_connection(io, answer)
            .await;
        if served.as_ref().is_err_and(hyper::Error::is_parse) {
            self.service.ledger().connections.unreadable += 1;
        }
        served.map_err(io::Error::other)
    }
}

/// Answers like a service that liked every push: a client that comes here believes in success.
async fn serve_elsewhere(tcp: TcpStream) -> io::Result<()> {
    let answer = service_fn(async |_| {
        let mut response = Response::new(Full::<Bytes>::default());
        *response.status_mut() = StatusCode::NO_CONTENT;
        Ok::<_, Infallible>(response)
    });
    http1::Builder::new()
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(tcp), answer)
        .await
        .map_err(io::Error::other)
}
