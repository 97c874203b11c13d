//! Everything between a client and the socket. The only place that knows ureq.
//!
//! ureq speaks HTTP/1.1; certpush gives it a transport of its own, so that the secrets never enter
//! ureq, the last byte's fate is known, deadlines hold, and no connection crosses a fork.

mod connection;
mod exchange;
mod hooks;
mod pool;
mod refusal;
mod resolve;
mod socket;
mod tls;
mod tunnel;
mod verifier;
mod watch;

use std::io::Read;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use ureq::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use ureq::http::{HeaderMap, Request, Response};

use crate::answer::{Answer, Body, oversized};
use crate::config::Settings;
use crate::credentials::SecretHeader;
use crate::endpoint::Endpoint;
use crate::proxy::Proxy;
use crate::report::{Error, Phase};
use crate::request::limits;
use crate::status::Status;
use connection::{Connection, Via};
use exchange::Exchange;
use hooks::{NoResolver, OwnConnector};
use pool::Pool;
use resolve::Addresses;
use socket::Socket;
pub use watch::Interrupt;
pub(crate) use watch::Watch;

/// Why an exchange brought no answer.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) status: Status,
    pub(crate) phase: Phase,
    pub(crate) message: String,
    /// Whether the same may succeed when tried again, if nothing was pushed.
    pub(crate) may_pass: bool,
}

impl Failure {
    pub(crate) fn new(status: Status, phase: Phase, message: impl Into<String>) -> Failure {
        let may_pass = matches!(
            status,
            Status::Resolve
                | Status::Connect
                | Status::ConnectionLost
                | Status::Timeout
                | Status::Proxy
        );
        Failure {
            status,
            phase,
            message: message.into(),
            may_pass,
        }
    }
}

/// What came of an exchange.
pub(crate) struct Outcome {
    /// Whether the request's last byte may have been handed over.
    pub(crate) handed_over: bool,
    pub(crate) result: Result<Answer, Failure>,
}

/// The connections of a client to one endpoint. Any number of threads may use it at once.
pub(crate) struct Transport {
    plan: Arc<Plan>,
    process: ArcSwap<Process>,
}

/// What does not change over a client's life, in whatever process.
struct Plan {
    endpoint: Endpoint,
    tls: Option<(ClientConfig, ServerName<'static>)>,
    connect_timeout: Duration,
    max_idle_connections: usize,
    idle_timeout: Duration,
    user_agent: String,
    language: String,
    proxy: Option<Proxy>,
}

/// What belongs to one process: after a fork the child makes its own, and never touches a lock or
/// a connection of its parent's.
struct Process {
    id: u32,
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
    /// Whether a proxy reads the requests and may answer for itself.
    fn is_plain_through_proxy(&self) -> bool {
        self.proxy.is_some() && !self.endpoint.secure
    }
}

impl Transport {
    /// Reads what the settings trust. Opens no connection.
    pub(crate) fn new(settings: &Settings) -> Result<Transport, Error> {
        let endpoint = settings.endpoint.clone();
        let tls = if endpoint.secure {
            Some((
                tls::configuration(&settings.trust, settings.client_certificate.as_ref())?,
                tls::server_name(&endpoint.host)?,
            ))
        } else {
            None
        };
        let plan = Arc::new(Plan {
            endpoint,
            tls,
            connect_timeout: settings.connect_timeout,
            max_idle_connections: settings.max_idle_connections,
            idle_timeout: settings.idle_timeout,
            user_agent: settings.user_agent.clone(),
            language: settings.language.clone(),
            proxy: settings.proxy.clone(),
        });
        let process = ArcSwap::from_pointee(Process::new(&plan));
        Ok(Transport { plan, process })
    }

    /// Posts a JSON body with a secret header, and reads the answer.
    ///
    /// On a kept connection that turns out to be dead before it took one byte, a new one is used:
    /// provably nothing of the request was seen.
    pub(crate) fn post(
        &self,
        path: &str,
        body: &[u8],
        secret: SecretHeader,
        watch: &Rc<Watch>,
    ) -> Outcome {
        let process = self.current_process();
        let run = |may_reuse| {
            let exchange = Exchange::new(
                Rc::clone(watch),
                vec![secret.clone()],
                body.len(),
                may_reuse,
            );
            let result = self.run(&process, path, body, &exchange);
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
    pub(crate) fn warm(&self, watch: &Watch) -> Result<(), Failure> {
        let process = self.current_process();
        let pool = &process.shared.pool;
        let connection = match pool.take() {
            Some(connection) => connection,
            None => process.shared.open(watch)?,
        };
        pool.give_back(connection);
        Ok(())
    }

    fn run(
        &self,
        process: &Process,
        path: &str,
        body: &[u8],
        exchange: &Rc<Exchange>,
    ) -> Result<Answer, Failure> {
        let _entered = exchange.enter();
        let request = Request::post(self.plan.endpoint.url(path))
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .header("user-agent", self.plan.user_agent.as_str())
            .header("x-language", self.plan.language.as_str())
            .body(body)
            .map_err(|_| {
                Failure::new(Status::Internal, Phase::Send, "the request cannot be made")
            })?;
        let response = process
            .agent
            .run(request)
            .map_err(|error| failure_of(&error, exchange))?;
        exchange.head_read.set(true);
        exchange.phase.set(Phase::Receive);
        read_answer(response, exchange, self.plan.is_plain_through_proxy())
    }

    /// The state of this process, made anew in a forked child.
    fn current_process(&self) -> Arc<Process> {
        let id = std::process::id();
        let current = self.process.load();
        if current.id == id {
            return Arc::clone(&current);
        }
        let own = Arc::new(Process::new(&self.plan));
        let before = self.process.compare_and_swap(&current, Arc::clone(&own));
        if Arc::ptr_eq(&before, &current) {
            own
        } else {
            // Another thread of this process was faster.
            Arc::clone(&before)
        }
    }
}

impl Process {
    fn new(plan: &Arc<Plan>) -> Process {
        let shared = Arc::new(Shared {
            plan: Arc::clone(plan),
            pool: Pool::new(plan.max_idle_connections, plan.idle_timeout),
            addresses: Addresses::default(),
            tls: plan
                .tls
                .as_ref()
                .map(|(configuration, name)| (tls::for_this_process(configuration), name.clone())),
        });
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .accept_encoding("identity")
            .max_response_header_size(limits::ANSWER_HEAD_BYTES)
            .max_idle_connections(0)
            .build();
        Process {
            id: std::process::id(),
            agent: ureq::Agent::with_parts(config, OwnConnector(Arc::clone(&shared)), NoResolver),
            shared,
        }
    }
}

impl Shared {
    /// Opens a connection to the service, through the proxy if there is one.
    fn open(&self, watch: &Watch) -> Result<Connection, Failure> {
        let plan = &self.plan;
        let endpoint = &plan.endpoint;
        let (socket, via) = match &plan.proxy {
            None => (self.connect(&endpoint.host, endpoint.port, watch)?, None),
            Some(proxy) => {
                let reach = || -> Result<Socket, Failure> {
                    let socket = self.connect(&proxy.host, proxy.port, watch)?;
                    if endpoint.secure {
                        tunnel::open(&socket, proxy, endpoint, &plan.user_agent, watch)?;
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
                Some(tls::handshake(&socket, configuration, name, watch)?)
            }
            None => None,
        };
        Ok(Connection::new(socket, tls, via))
    }

    /// Connects to the first address of a host that takes a connection.
    fn connect(&self, host: &str, port: u16, watch: &Watch) -> Result<Socket, Failure> {
        let mut failure = None;
        for address in self.addresses.of(host, port, watch)? {
            match Socket::connect(address, self.plan.connect_timeout, watch) {
                Ok(socket) => return Ok(socket),
                Err(failed) if failed.status == Status::Connect => {
                    failure.get_or_insert(failed);
                }
                Err(ended) => return Err(ended),
            }
        }
        self.addresses.forget();
        Err(failure.unwrap_or_else(|| {
            Failure::new(
                Status::Connect,
                Phase::Connect,
                "there is no address to connect to",
            )
        }))
    }
}

/// A failure on the way to the proxy or in it. Time-outs and cancels stay what they are.
fn of_proxy(failure: Failure, proxy: &Proxy) -> Failure {
    let status = match failure.status {
        Status::Timeout | Status::Cancelled => failure.status,
        _ => Status::Proxy,
    };
    Failure {
        status,
        phase: Phase::Proxy,
        message: format!("proxy {}: {}", proxy.shown(), failure.message),
        ..failure
    }
}

/// The failure that the transport kept, or what ureq itself found wrong with the answer.
fn failure_of(error: &ureq::Error, exchange: &Exchange) -> Failure {
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
    Failure::new(Status::UnexpectedResponse, Phase::Receive, what)
}

fn read_answer(
    response: Response<ureq::Body>,
    exchange: &Exchange,
    via_proxy: bool,
) -> Result<Answer, Failure> {
    if let Some(fault) = fault_of_head(response.headers()) {
        return Err(Failure::new(
            Status::UnexpectedResponse,
            Phase::Receive,
            format!("the answer {} {fault}", response.status().as_u16()),
        ));
    }
    let http_status = response.status().as_u16();
    let header = |name| {
        response
            .headers()
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let request_id = header("x-request-id").unwrap_or_default();
    let retry_after =
        header("retry-after").and_then(|value| retry_after(&value, header("date").as_deref()));
    let body = match http_status {
        200 | 400..=599 => read_body(response, exchange),
        // Nothing depends on it, and the connection is not kept.
        _ => Body::Complete(Vec::new()),
    };
    Ok(Answer {
        http_status,
        request_id,
        retry_after,
        from_proxy: via_proxy && http_status == 407,
        body,
    })
}

/// How long the service asks to wait: in seconds, or until a date, which counts from the answer's
/// own date where it has one.
fn retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(value.trim()).ok()?;
    let now = date
        .and_then(|date| httpdate::parse_http_date(date.trim()).ok())
        .unwrap_or_else(SystemTime::now);
    Some(until.duration_since(now).unwrap_or_default())
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
fn read_body(response: Response<ureq::Body>, exchange: &Exchange) -> Body {
    let mut reader = response.into_body().into_reader();
    let mut body = Vec::new();
    let mut part = [0; 4096];
    loop {
        match reader.read(&mut part) {
            Ok(0) => return Body::Complete(body),
            Ok(count) if body.len() + count > limits::ANSWER_BODY_BYTES => {
                return Body::Missing(Status::UnexpectedResponse, oversized());
            }
            Ok(count) => body.extend_from_slice(&part[..count]),
            Err(error) => {
                let (status, why) = match exchange.take_failure() {
                    Some(failure) => (failure.status, failure.message),
                    None if error.kind() == std::io::ErrorKind::UnexpectedEof => (
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
