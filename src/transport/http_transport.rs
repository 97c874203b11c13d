//! The connections of a client to one endpoint, over which requests are sent.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::header::HOST;
use http::{HeaderValue, Uri, uri};
use rustls::ClientConfig;

use super::connect::{Connections, Route};
use super::exchange::Exchange;
use super::pool::Pool;
use super::proxy::Proxy;
use super::request::{CONTENT_TYPE_JSON, Request};
use super::response::{Response, read_response};
use super::tls;
use super::ureq_adapter::{AgentSettings, HttpClient};
use crate::call_context::CallContext;
use crate::endpoint::Endpoint;
use crate::failure::TransportFailure;
use crate::fork_local::ForkLocal;
use crate::mask::Masker;
use crate::phase::Phase;
use crate::report::Error;
use crate::status::Status;

/// What came of an exchange.
pub(crate) struct Outcome {
    /// Whether the request's last byte may have been handed over.
    pub(crate) handed_over: bool,
    pub(crate) result: Result<Response, TransportFailure>,
}

/// What all transports of a client have in common.
#[derive(Clone)]
pub(crate) struct TransportOptions {
    pub(crate) agent: AgentSettings,
    pub(crate) connect_timeout: Duration,
    pub(crate) max_idle_connections: usize,
    pub(crate) idle_timeout: Duration,
    pub(crate) user_agent: String,
    pub(crate) language: String,
}

/// The connections of a client to one endpoint. Any number of threads may use it at once.
pub(crate) struct Transport {
    route: Arc<Route>,
    /// The endpoint's URL.
    base: uri::Parts,
    host: HeaderValue,
    /// The lines of the other headers of every request, secrets aside.
    headers: Arc<[u8]>,
    options: TransportOptions,
    process: ForkLocal<ProcessState>,
}

/// What belongs to one process: locks and connections.
struct ProcessState {
    http: HttpClient,
    connections: Arc<Connections>,
}

impl Transport {
    /// A transport to an endpoint, which opens no connection yet. `tls` is called for one that is
    /// secure.
    pub(crate) fn new(
        endpoint: Endpoint,
        proxy: Option<Proxy>,
        options: &TransportOptions,
        tls: impl FnOnce() -> Result<ClientConfig, Error>,
    ) -> Result<Transport, Error> {
        let tls = if endpoint.secure {
            let name = tls::server_name(&endpoint.host)?;
            Some((tls()?, name))
        } else {
            None
        };
        let base = endpoint.url().parse::<Uri>().map(Uri::into_parts);
        let base = base.map_err(|_| Error::invalid_config("endpoint is no URL"))?;
        let host = header_value("endpoint", &endpoint.host_header())?;
        let headers = headers(options)?;
        let route = Arc::new(Route {
            endpoint,
            proxy,
            tls,
            connect_timeout: options.connect_timeout,
            user_agent: options.user_agent.clone(),
        });
        let process = ForkLocal::new(ProcessState::new(&route, options));
        Ok(Transport {
            route,
            base,
            host,
            headers,
            options: options.clone(),
            process,
        })
    }

    /// Where the transport leads.
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.route.endpoint
    }

    /// Hides what the proxy is told, where it reads the requests and may answer for itself.
    pub(crate) fn masker(&self) -> Masker {
        match &self.route.proxy {
            Some(proxy) if self.route.has_forward_proxy() => proxy.masker(),
            _ => Masker::none(),
        }
    }

    /// Sends a request and reads the response.
    ///
    /// On a kept connection that turns out to be dead before it took one byte, a new one is used:
    /// provably nothing of the request was seen.
    pub(crate) fn exchange(&self, request: &Request, context: &Rc<CallContext>) -> Outcome {
        let process = self.current_process();
        let run = |may_reuse| {
            let exchange = Exchange::new(Rc::clone(context), request, &self.headers, may_reuse);
            let result = self.run(&process, request, &exchange);
            (exchange, result)
        };
        let (mut exchange, mut result) = run(true);
        let took_nothing = exchange.reused.get() && !exchange.any_byte_taken.get();
        if took_nothing
            && matches!(&result, Err(failure) if failure.status == Status::ConnectionLost)
        {
            (exchange, result) = run(false);
        }
        Outcome {
            handed_over: exchange.handed_over.get(),
            result,
        }
    }

    /// Makes a connection, unless one is kept already, and keeps it. Sends no request.
    pub(crate) fn warm(&self, context: &Rc<CallContext>) -> Result<(), TransportFailure> {
        let process = self.current_process();
        let connections = &process.connections;
        let connection = match connections.pool.take() {
            Some(connection) => connection,
            None => connections.open(context)?,
        };
        connections.pool.give_back(connection);
        Ok(())
    }

    fn run(
        &self,
        process: &ProcessState,
        request: &Request,
        exchange: &Rc<Exchange>,
    ) -> Result<Response, TransportFailure> {
        let _entered = exchange.enter();
        let head = self.head_of(request).map_err(|_| {
            TransportFailure::new(Status::Internal, Phase::Send, "the request cannot be made")
        })?;
        let response = process.http.send(head, &request.body, exchange)?;
        read_response(response, exchange, self.route.has_forward_proxy())
    }

    /// What the HTTP client writes of a request, the body aside.
    fn head_of(&self, request: &Request) -> Result<http::Request<()>, http::Error> {
        // Only the path has to be parsed.
        let mut uri = uri::Parts::default();
        uri.scheme.clone_from(&self.base.scheme);
        uri.authority.clone_from(&self.base.authority);
        let path = self.route.endpoint.path_below(&request.path_and_query());
        uri.path_and_query = Some(path.try_into()?);
        let mut head = http::Request::builder()
            .method(request.method.name())
            .uri(Uri::from_parts(uri)?)
            .header(HOST, &self.host)
            .body(())?;
        for (name, value) in &request.headers {
            head.headers_mut()
                .insert(*name, HeaderValue::from_static(value));
        }
        Ok(head)
    }

    /// The state of this process, made anew in a forked child.
    fn current_process(&self) -> Arc<ProcessState> {
        self.process
            .get(|| ProcessState::new(&self.route, &self.options))
    }
}

impl ProcessState {
    fn new(route: &Arc<Route>, options: &TransportOptions) -> ProcessState {
        let pool = Pool::new(options.max_idle_connections, options.idle_timeout);
        let connections = Arc::new(Connections::new(route, pool));
        ProcessState {
            http: HttpClient::new(options.agent.clone(), Arc::clone(&connections)),
            connections,
        }
    }
}

/// The lines of the headers that are the same for every request. The HTTP client would copy each, and write
/// them one by one.
fn headers(options: &TransportOptions) -> Result<Arc<[u8]>, Error> {
    let user_agent = header_value("user_agent", &options.user_agent)?;
    let language = header_value("language", &options.language)?;
    let headers = [
        ("content-type", CONTENT_TYPE_JSON.as_bytes()),
        ("accept", CONTENT_TYPE_JSON.as_bytes()),
        ("accept-encoding", b"identity"),
        ("user-agent", user_agent.as_bytes()),
        ("x-language", language.as_bytes()),
    ];
    let lines = headers.map(|(name, value)| [name.as_bytes(), b": ", value, b"\r\n"].concat());
    Ok(lines.concat().into())
}

/// An option's value, if it can stand in a header.
fn header_value(option: &str, value: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(value)
        .map_err(|_| Error::invalid_config(format!("{option} cannot be sent")))
}
