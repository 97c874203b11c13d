//! Making connections to an endpoint: to which address, through which proxy, with or without TLS.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;

use super::connection::{Connection, ForwardProxy};
use super::pool::Pool;
use super::proxy::Proxy;
use super::resolve::Addresses;
use super::socket::Socket;
use super::tls::TlsStream;
use super::{tls, tunnel};
use crate::call_context::{CallContext, Connected};
use crate::endpoint::Endpoint;
use crate::failure::TransportFailure;
use crate::phase::Phase;
use crate::status::Status;

/// Where connections lead and how they are made: the same in every process.
pub(super) struct Route {
    pub(super) endpoint: Endpoint,
    pub(super) proxy: Option<Proxy>,
    /// For an endpoint that is secure.
    pub(super) tls: Option<(ClientConfig, ServerName<'static>)>,
    pub(super) connect_timeout: Duration,
    /// What a proxy is told.
    pub(super) user_agent: String,
}

impl Route {
    /// Whether a proxy reads the requests and may answer for itself.
    pub(super) fn has_forward_proxy(&self) -> bool {
        self.proxy.is_some() && !self.endpoint.secure
    }
}

/// The connections of one process to an endpoint: those that are kept, and the making of others.
pub(super) struct Connections {
    route: Arc<Route>,
    pub(super) pool: Pool,
    addresses: Addresses,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

impl Connections {
    pub(super) fn new(route: &Arc<Route>, pool: Pool) -> Connections {
        Connections {
            route: Arc::clone(route),
            pool,
            addresses: Addresses::default(),
            tls: route
                .tls
                .as_ref()
                .map(|(configuration, name)| (tls::for_this_process(configuration), name.clone())),
        }
    }

    /// Opens a connection to the service, through the proxy if there is one.
    pub(super) fn open(&self, context: &Rc<CallContext>) -> Result<Connection, TransportFailure> {
        let began = Instant::now();
        let endpoint = &self.route.endpoint;
        let (socket, forward_proxy) = match &self.route.proxy {
            None => (self.connect(&endpoint.host, endpoint.port, context)?, None),
            Some(proxy) => {
                let socket = self
                    .connect_through(proxy, context)
                    .map_err(|failure| as_proxy_failure(failure, proxy))?;
                let forward_proxy = (!endpoint.secure).then(|| ForwardProxy {
                    origin: endpoint.origin().to_owned(),
                    authorization: proxy.authorization.clone(),
                });
                (socket, forward_proxy)
            }
        };
        let tls = match &self.tls {
            Some((configuration, name)) => {
                Some(tls::handshake(&socket, configuration, name, context)?)
            }
            None => None,
        };
        let proxy = self.route.proxy.as_ref();
        context.has_connected(Connected {
            host: format!("{}:{}", endpoint.host, endpoint.port),
            address: socket.address,
            proxy: proxy.map_or_else(String::new, Proxy::url_without_user),
            tls: tls.as_ref().map_or("", TlsStream::version),
            took: began.elapsed(),
        });
        Ok(Connection::new(socket, tls, forward_proxy))
    }

    /// Connects to a proxy, and through it to an endpoint that is secure.
    fn connect_through(
        &self,
        proxy: &Proxy,
        context: &CallContext,
    ) -> Result<Socket, TransportFailure> {
        let route = &self.route;
        let socket = self.connect(&proxy.host, proxy.port, context)?;
        if route.endpoint.secure {
            tunnel::open(&socket, proxy, &route.endpoint, &route.user_agent, context)?;
        }
        Ok(socket)
    }

    /// Connects to the first address of a host that takes a connection.
    fn connect(
        &self,
        host: &str,
        port: u16,
        context: &CallContext,
    ) -> Result<Socket, TransportFailure> {
        let mut failure = None;
        let mut addresses = self.addresses.of(host, port, context)?;
        if self.route.endpoint.only_here {
            addresses.retain(|address| address.ip().to_canonical().is_loopback());
            if addresses.is_empty() {
                self.addresses.forget();
                return Err(TransportFailure::new(
                    Status::Resolve,
                    Phase::Resolve,
                    format!(
                        "{host} is not this machine: no address of it is a loopback one, and http:// would show the token to the network"
                    ),
                ));
            }
        }
        for address in addresses {
            match Socket::connect(address, self.route.connect_timeout, context) {
                Ok(socket) => {
                    if failure.is_some() {
                        self.addresses.prefer(address);
                    }
                    return Ok(socket);
                }
                Err(failed) if failed.status == Status::Connect => {
                    failure.get_or_insert(failed);
                }
                Err(ended) => return Err(ended),
            }
        }
        self.addresses.forget();
        Err(failure.unwrap_or_else(|| {
            TransportFailure::new(
                Status::Connect,
                Phase::Connect,
                "there is no address to connect to",
            )
        }))
    }
}

/// A failure on the way to the proxy or in it. Time-outs, cancels and defects stay what they are.
fn as_proxy_failure(failure: TransportFailure, proxy: &Proxy) -> TransportFailure {
    let status = match failure.status {
        Status::Timeout | Status::Cancelled | Status::Internal => failure.status,
        _ => Status::Proxy,
    };
    TransportFailure {
        status,
        phase: Phase::Proxy,
        message: format!("proxy {}: {}", proxy.url_without_user(), failure.message),
        ..failure
    }
}

#[cfg(test)]
mod tests {
    use std::net::{SocketAddr, TcpListener};

    use super::*;
    use crate::Cancel;

    /// What connects to an http endpoint, with a resolver of the test's own.
    fn connecting(url: &str, allow_http: bool, found: Vec<SocketAddr>) -> Connections {
        let route = Route {
            endpoint: Endpoint::for_tests(url, allow_http),
            proxy: None,
            tls: None,
            connect_timeout: Duration::from_secs(10),
            user_agent: "certpush".to_owned(),
        };
        Connections {
            addresses: Addresses::asking(move |_, _| Ok(found.clone())),
            ..Connections::new(&Arc::new(route), Pool::new(1, Duration::from_secs(10)))
        }
    }

    /// An address that is bound, but not listening: a connection to it is refused.
    fn refusing() -> (socket2::Socket, SocketAddr) {
        let closed = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
        let closed = closed.unwrap();
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        closed.bind(&any.into()).unwrap();
        let address = closed.local_addr().unwrap().as_socket().unwrap();
        (closed, address)
    }

    #[test]
    fn the_address_that_could_be_connected_to_is_the_first_from_then_on() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let there = listener.local_addr().unwrap();
        let (_closed, not_there) = refusing();
        let connections = connecting("http://a.example", true, vec![not_there, there]);
        let context = CallContext::start(Duration::from_secs(10), None, Cancel::new(), None);
        let addresses = || connections.addresses.of("a.example", 80, &context).unwrap();
        assert_eq!(addresses(), [not_there, there]);
        connections.connect("a.example", 80, &context).unwrap();
        assert_eq!(addresses(), [there, not_there]);
    }

    #[test]
    fn without_allow_http_a_name_of_this_machine_leads_to_no_other() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap();
        let elsewhere = ["192.0.2.1:80", "[2001:db8::1]:80", "0.0.0.0:80", "[::]:80"]
            .map(|address| address.parse().unwrap());
        let context = CallContext::start(Duration::from_secs(10), None, Cancel::new(), None);
        let connect = |allow_http, found| {
            connecting("http://localhost", allow_http, found).connect("localhost", 80, &context)
        };
        let failure = connect(false, elsewhere.to_vec()).err().unwrap();
        assert_eq!(
            (failure.status, failure.phase),
            (Status::Resolve, Phase::Resolve)
        );
        assert!(failure.message.contains("localhost is not this machine"));
        let both = elsewhere.iter().copied().chain([here]).collect();
        let socket = connect(false, both).unwrap();
        drop(socket);
        assert!(listener.accept().is_ok());
        // With the leave to, another machine may be asked: here one that refuses.
        let (_closed, refused) = refusing();
        assert_eq!(
            connect(true, vec![refused]).err().unwrap().status,
            Status::Connect
        );
    }
}
