//! Everything between a client and the socket. The only place that knows ureq.
//!
//! ureq speaks HTTP/1.1; certpush gives it a transport of its own, so that the secrets never enter
//! ureq, the last byte's fate is known, deadlines hold, and no connection crosses a fork.

mod connection;
mod exchange;
mod factory;
mod pool;
pub(crate) mod proxy;
mod request;
mod resolve;
mod response;
mod sealed;
mod socket;
mod tls;
mod tunnel;
mod ureq_adapter;

use std::io::Read;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::header::{
    ACCEPT, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, HOST, LOCATION,
    RETRY_AFTER, TRANSFER_ENCODING, USER_AGENT,
};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, uri};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use zeroize::Zeroizing;

use crate::call_context::CallContext;
use crate::endpoint::Endpoint;
use crate::failure::TransportFailure;
use crate::fork_local::ForkLocal;
use crate::limits;
use crate::mask::Masker;
use crate::phase::Phase;
use crate::report::Error;
use crate::sanitize::sanitize;
use crate::secret::extend_wiped;
use crate::status::Status;
use connection::{Connection, Via};
use exchange::Exchange;
pub(crate) use factory::TransportFactory;
use pool::Pool;
use proxy::Proxy;
pub(crate) use request::{CONTENT_TYPE_JSON, Method, Request, RequestBody};
use resolve::Addresses;
pub(crate) use response::{Body, PROXY_REFUSED, Response, oversized};
use socket::Socket;
pub(crate) use socket::in_words;
pub(crate) use tls::{Configuration as TlsConfiguration, configuration as tls_configuration};
use ureq_adapter::{NoResolver, OwnConnector};

/// What came of an exchange.
pub(crate) struct Outcome {
    /// Whether the request's last byte may have been handed over.
    pub(crate) handed_over: bool,
    pub(crate) result: Result<Response, TransportFailure>,
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

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

/// What ureq is told. Making it reads the proxy variables, although they are not used: it is made
/// while nobody changes them, and kept for a forked child.
#[derive(Clone)]
pub(crate) struct AgentSettings(ureq::config::Config);

impl AgentSettings {
    pub(crate) fn new() -> AgentSettings {
        AgentSettings(
            ureq::Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .proxy(None)
                .accept_encoding("identity")
                .max_response_header_size(limits::ANSWER_HEAD_BYTES)
                .max_idle_connections(0)
                .build(),
        )
    }
}

/// The connections of a client to one endpoint. Any number of threads may use it at once.
pub(crate) struct Transport {
    plan: Arc<Plan>,
    process: ForkLocal<Process>,
}

/// What does not change over a client's life, in whatever process.
struct Plan {
    endpoint: Endpoint,
    /// The endpoint's URL as ureq takes it.
    uri: uri::Parts,
    tls: Option<(ClientConfig, ServerName<'static>)>,
    options: TransportOptions,
    /// The headers of every request, secrets aside.
    headers: HeaderMap,
    proxy: Option<Proxy>,
}

/// What belongs to one process: locks and connections.
struct Process {
    agent: ureq::Agent,
    shared: Arc<Shared>,
}

/// What the connector works with.
struct Shared {
    plan: Arc<Plan>,
    pool: Pool,
    addresses: Addresses,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

impl Plan {
    /// Where a path below the endpoint is. Only the path has to be parsed.
    fn uri(&self, path: &str) -> Result<Uri, http::Error> {
        let mut uri = uri::Parts::default();
        uri.scheme.clone_from(&self.uri.scheme);
        uri.authority.clone_from(&self.uri.authority);
        uri.path_and_query = Some(self.endpoint.path_below(path).try_into()?);
        Ok(Uri::from_parts(uri)?)
    }

    /// Whether a proxy reads the requests and may answer for itself.
    fn is_plain_through_proxy(&self) -> bool {
        self.proxy.is_some() && !self.endpoint.secure
    }
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
        let headers = headers(&endpoint, options)?;
        let uri = endpoint.url().parse::<Uri>().map(Uri::into_parts);
        let plan = Arc::new(Plan {
            uri: uri.map_err(|_| Error::invalid_config("endpoint is no URL"))?,
            endpoint,
            tls,
            headers,
            options: options.clone(),
            proxy,
        });
        let process = ForkLocal::new(Process::new(&plan));
        Ok(Transport { plan, process })
    }

    /// Where the transport leads.
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.plan.endpoint
    }

    /// Hides what the proxy is told, where it reads the requests and may answer for itself.
    pub(crate) fn masker(&self) -> Masker {
        match &self.plan.proxy {
            Some(proxy) if self.plan.is_plain_through_proxy() => proxy.masker(),
            _ => Masker::none(),
        }
    }

    /// Sends a request and reads the answer.
    ///
    /// On a kept connection that turns out to be dead before it took one byte, a new one is used:
    /// provably nothing of the request was seen.
    pub(crate) fn exchange(&self, request: &Request, context: &Rc<CallContext>) -> Outcome {
        let process = self.current_process();
        let run = |may_reuse| {
            let exchange = Exchange::new(Rc::clone(context), request, may_reuse);
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
    pub(crate) fn warm(&self, context: &CallContext) -> Result<(), TransportFailure> {
        let process = self.current_process();
        let pool = &process.shared.pool;
        let connection = match pool.take() {
            Some(connection) => connection,
            None => process.shared.open(context)?,
        };
        pool.give_back(connection);
        Ok(())
    }

    fn run(
        &self,
        process: &Process,
        request: &Request,
        exchange: &Rc<Exchange>,
    ) -> Result<Response, TransportFailure> {
        let _entered = exchange.enter();
        let impossible =
            || TransportFailure::new(Status::Internal, Phase::Send, "the request cannot be made");
        let stand_in;
        let body = match &request.body {
            RequestBody::Plain(body) => body.as_slice(),
            RequestBody::Secret(body) => {
                stand_in = vec![b' '; body.len()];
                stand_in.as_slice()
            }
        };
        let uri = self.plan.uri(&request.path_and_query());
        let mut made = http::Request::builder()
            .method(request.method.name())
            .uri(uri.map_err(|_| impossible())?)
            .body(body)
            .map_err(|_| impossible())?;
        made.headers_mut().clone_from(&self.plan.headers);
        for (name, value) in &request.headers {
            made.headers_mut()
                .insert(*name, HeaderValue::from_static(value));
        }
        let response = if request.method == Method::Get {
            process.agent.run(made.map(|_| ()))
        } else {
            process.agent.run(made)
        };
        let response = response.map_err(|error| failure_of(&error, exchange))?;
        exchange.head_read.set(true);
        exchange.phase.set(Phase::Receive);
        read_answer(response, exchange, self.plan.is_plain_through_proxy())
    }

    /// The state of this process, made anew in a forked child.
    fn current_process(&self) -> Arc<Process> {
        self.process.get(|| Process::new(&self.plan))
    }
}

/// The headers that are the same for every request to an endpoint.
fn headers(endpoint: &Endpoint, options: &TransportOptions) -> Result<HeaderMap, Error> {
    let value = |option: &str, value: &str| {
        HeaderValue::from_str(value)
            .map_err(|_| Error::invalid_config(format!("{option} cannot be sent")))
    };
    let json = HeaderValue::from_static(CONTENT_TYPE_JSON);
    Ok(HeaderMap::from_iter([
        (HOST, value("endpoint", &endpoint.host_header())?),
        (CONTENT_TYPE, json.clone()),
        (ACCEPT, json),
        (USER_AGENT, value("user_agent", &options.user_agent)?),
        (
            HeaderName::from_static("x-language"),
            value("language", &options.language)?,
        ),
    ]))
}

impl Process {
    fn new(plan: &Arc<Plan>) -> Process {
        let shared = Arc::new(Shared {
            plan: Arc::clone(plan),
            pool: Pool::new(plan.options.max_idle_connections, plan.options.idle_timeout),
            addresses: Addresses::default(),
            tls: plan
                .tls
                .as_ref()
                .map(|(configuration, name)| (tls::for_this_process(configuration), name.clone())),
        });
        let AgentSettings(config) = plan.options.agent.clone();
        Process {
            agent: ureq::Agent::with_parts(config, OwnConnector(Arc::clone(&shared)), NoResolver),
            shared,
        }
    }
}

impl Shared {
    /// Opens a connection to the service, through the proxy if there is one.
    fn open(&self, context: &CallContext) -> Result<Connection, TransportFailure> {
        let plan = &self.plan;
        let endpoint = &plan.endpoint;
        let (socket, via) = match &plan.proxy {
            None => (self.connect(&endpoint.host, endpoint.port, context)?, None),
            Some(proxy) => {
                let reach = || -> Result<Socket, TransportFailure> {
                    let socket = self.connect(&proxy.host, proxy.port, context)?;
                    if endpoint.secure {
                        tunnel::open(&socket, proxy, endpoint, &plan.options.user_agent, context)?;
                    }
                    Ok(socket)
                };
                let socket = reach().map_err(|failure| of_proxy(failure, proxy))?;
                let via = (!endpoint.secure).then(|| Via {
                    origin: endpoint.origin().to_owned(),
                    authorization: proxy.authorization.clone(),
                });
                (socket, via)
            }
        };
        let tls = match &self.tls {
            Some((configuration, name)) => {
                Some(tls::handshake(&socket, configuration, name, context)?)
            }
            None => None,
        };
        Ok(Connection::new(socket, tls, via))
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
        if self.plan.endpoint.only_here {
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
            match Socket::connect(address, self.plan.options.connect_timeout, context) {
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
fn of_proxy(failure: TransportFailure, proxy: &Proxy) -> TransportFailure {
    let status = match failure.status {
        Status::Timeout | Status::Cancelled | Status::Internal => failure.status,
        _ => Status::Proxy,
    };
    TransportFailure {
        status,
        phase: Phase::Proxy,
        message: format!("proxy {}: {}", proxy.shown(), failure.message),
        ..failure
    }
}

/// The failure that the transport kept, or what ureq itself found wrong with the answer.
fn failure_of(error: &ureq::Error, exchange: &Exchange) -> TransportFailure {
    if let Some(failure) = exchange.take_failure() {
        return failure;
    }
    let what = match error {
        ureq::Error::LargeResponseHeader(..) => format!(
            "the answer's head is larger than {} bytes",
            limits::ANSWER_HEAD_BYTES
        ),
        ureq::Error::Protocol(_) | ureq::Error::Http(_) => {
            "the answer is not valid HTTP".to_owned()
        }
        _ => "the answer could not be read".to_owned(),
    };
    TransportFailure::new(Status::UnexpectedResponse, Phase::Receive, what)
}

fn read_answer(
    response: http::Response<ureq::Body>,
    exchange: &Exchange,
    via_proxy: bool,
) -> Result<Response, TransportFailure> {
    if let Some(fault) = fault_of_head(response.headers()) {
        return Err(TransportFailure::new(
            Status::UnexpectedResponse,
            Phase::Receive,
            format!("the answer {} {fault}", response.status().as_u16()),
        ));
    }
    let http_status = response.status().as_u16();
    let header = |name: HeaderName| {
        response
            .headers()
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let request_id = header(REQUEST_ID).unwrap_or_default();
    let date = match http_status {
        204 => None, // nobody will ask
        _ => header(DATE).and_then(|date| httpdate::parse_http_date(date.trim()).ok()),
    };
    let redirect_host = match http_status {
        300..=399 => header(LOCATION).map_or_else(String::new, |url| host_of(&url)),
        _ => String::new(),
    };
    let mut retry_after = None;
    let mut retry_after_is_unreadable = false;
    let mut coding = None;
    if http_status != 204 {
        for value in response.headers().get_all(RETRY_AFTER) {
            match pause_asked_for(&String::from_utf8_lossy(value.as_bytes()), date) {
                Some(pause) => retry_after = retry_after.max(Some(pause)),
                None => retry_after_is_unreadable = true,
            }
        }
        coding = coding_of(response.headers());
    }
    let says_close = response
        .headers()
        .get_all(CONNECTION)
        .iter()
        .any(|value| has_token(value.as_bytes(), "close"));
    let ends_by_close = !response.headers().contains_key(CONTENT_LENGTH)
        && !response.headers().contains_key(TRANSFER_ENCODING);
    let body = match http_status {
        200 | 201 | 400..=599 => read_body(response, exchange),
        // Nothing depends on it, and the connection is not kept.
        _ => Body::default(),
    };
    Ok(Response {
        http_status,
        request_id,
        retry_after,
        retry_after_is_unreadable,
        date,
        redirect_host,
        subject_token: exchange.take_subject_token(),
        from_proxy: via_proxy && http_status == 407,
        coding,
        ends_by_close,
        gave_up_idle_connection: http_status == 408
            && says_close
            && !via_proxy
            && exchange.crossed_the_request(),
        body,
    })
}

/// How long the service asks to wait: in seconds, or until a date, which counts from the answer's
/// own date where it has one. `None` if that cannot be read.
fn pause_asked_for(value: &str, date: Option<SystemTime>) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More than can be counted is for ever.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let now = date.unwrap_or_else(SystemTime::now);
    Some(until.duration_since(now).unwrap_or_default())
}

/// The host that a URL names, "" if it names none. What else is in it may be a secret.
fn host_of(url: &str) -> String {
    let Some((_, rest)) = url.split_once("//") else {
        return String::new();
    };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    sanitize(host.trim(), LONGEST_HOST)
}

/// The longest name that a host can have, with a port.
const LONGEST_HOST: usize = 260;

/// In what the body is not what it seems: in words that end "its body is …".
fn coding_of(headers: &HeaderMap) -> Option<String> {
    let tokens = |name: HeaderName| {
        headers
            .get_all(name)
            .iter()
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
            .map(|token| String::from_utf8_lossy(token).trim().to_ascii_lowercase())
    };
    let content = tokens(CONTENT_ENCODING).find(|token| token != "identity" && !token.is_empty());
    if let Some(token) = content {
        return Some(format!(
            "content-encoded ({})",
            sanitize(&token, CODING_SHOWN)
        ));
    }
    let transfer = tokens(TRANSFER_ENCODING).find(|token| token != "chunked");
    if let Some(token) = transfer {
        return Some(format!(
            "transfer-encoded ({})",
            sanitize(&token, CODING_SHOWN)
        ));
    }
    let charset = headers.get(CONTENT_TYPE).and_then(|value| {
        let value = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        let (_, charset) = value.split_once("charset")?;
        let charset = charset.trim_start().strip_prefix('=')?.trim_start();
        let charset = charset.trim_start_matches(['"', '\'']);
        let end = charset.find([';', '"', '\'', ' ']).unwrap_or(charset.len());
        Some(charset[..end].to_owned())
    });
    charset
        .filter(|charset| {
            NOT_LIKE_ASCII
                .iter()
                .any(|start| charset.starts_with(start))
        })
        .map(|charset| format!("in the charset {}", sanitize(&charset, CODING_SHOWN)))
}

/// How much of a coding's name is shown, in characters.
const CODING_SHOWN: usize = 32;

/// How the names of charsets begin in which ASCII text does not look like itself.
const NOT_LIKE_ASCII: [&str; 9] = [
    "utf-16",
    "utf16",
    "utf-32",
    "utf32",
    "utf-7",
    "utf7",
    "ucs",
    "iso-10646",
    "ibm",
];

/// Whether a comma-separated header has this token.
fn has_token(value: &[u8], token: &str) -> bool {
    value
        .split(|byte| *byte == b',')
        .any(|part| part.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}

/// What makes a head ill-formed although it could be parsed: how long the body is must be clear,
/// or two readers could see two different answers in the same bytes.
fn fault_of_head(headers: &HeaderMap) -> Option<&'static str> {
    if headers.len() > limits::ANSWER_HEADERS {
        return Some("has more than 100 headers");
    }
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let first = lengths.next();
    if first.is_some() && headers.contains_key(TRANSFER_ENCODING) {
        return Some("has both Content-Length and Transfer-Encoding");
    }
    if lengths.any(|other| Some(other) != first) {
        return Some("has Content-Lengths that differ");
    }
    None
}

/// Reads a body of at most the limit, however much is sent.
fn read_body(response: http::Response<ureq::Body>, exchange: &Exchange) -> Body {
    let mut reader = response.into_body().into_reader();
    let mut body = Zeroizing::default();
    let mut part = Zeroizing::new([0; 4096]);
    loop {
        match reader.read(&mut *part) {
            Ok(0) => return Body::Complete(body),
            Ok(count) if body.len() + count > limits::ANSWER_BODY_BYTES => {
                return Body::Missing(Status::UnexpectedResponse, oversized());
            }
            Ok(count) => {
                if extend_wiped(&mut body, &part[..count]).is_err() {
                    return Body::Missing(
                        Status::Internal,
                        "there is no memory for its body".to_owned(),
                    );
                }
            }
            Err(error) => {
                let (status, why) = match exchange.take_failure() {
                    Some(failure) => (failure.status, failure.message),
                    None if is_end_of_stream(&error) => (
                        Status::ConnectionLost,
                        "the connection was closed early".to_owned(),
                    ),
                    None => (
                        Status::UnexpectedResponse,
                        "the body's framing is broken".to_owned(),
                    ),
                };
                return Body::Missing(status, format!("its body did not come as a whole: {why}"));
            }
        }
    }
}

/// Whether a body's reading failed because nothing more will come: ureq has a second word for it
/// when a chunk's length or end is cut short.
fn is_end_of_stream(error: &std::io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    error.kind() == std::io::ErrorKind::UnexpectedEof
        || matches!(inner, Some(ureq::Error::BodyStalled))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::Cancel;

    /// What connects to an http endpoint, with a resolver of the test's own.
    fn connecting(url: &str, allow_http: bool, found: Vec<std::net::SocketAddr>) -> Shared {
        let options = TransportOptions {
            agent: AgentSettings::new(),
            connect_timeout: Duration::from_secs(10),
            max_idle_connections: 1,
            idle_timeout: Duration::from_secs(10),
            user_agent: "certpush".to_owned(),
            language: "en-us".to_owned(),
        };
        let endpoint = Endpoint::for_tests(url, allow_http);
        let no_tls = || Err(Error::invalid_config("there is no TLS here"));
        let transport = Transport::new(endpoint, None, &options, no_tls).unwrap();
        Shared {
            plan: Arc::clone(&transport.plan),
            pool: Pool::new(1, options.idle_timeout),
            addresses: Addresses::asking(move |_, _| Ok(found.clone())),
            tls: None,
        }
    }

    /// An address that is bound, but not listening: a connection to it is refused.
    fn refusing() -> (socket2::Socket, std::net::SocketAddr) {
        let closed = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
        let closed = closed.unwrap();
        let any: std::net::SocketAddr = "127.0.0.1:0".parse().unwrap();
        closed.bind(&any.into()).unwrap();
        let address = closed.local_addr().unwrap().as_socket().unwrap();
        (closed, address)
    }

    #[test]
    fn the_address_that_could_be_connected_to_is_the_first_from_then_on() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let there = listener.local_addr().unwrap();
        let (_closed, not_there) = refusing();
        let shared = connecting("http://a.example", true, vec![not_there, there]);
        let context = CallContext::start(Duration::from_secs(10), None, Cancel::new(), None);
        let addresses = || shared.addresses.of("a.example", 80, &context).unwrap();
        assert_eq!(addresses(), [not_there, there]);
        shared.connect("a.example", 80, &context).unwrap();
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
