//! The client: one method for each operation, each the story of a call from arguments to report.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::call_context::CallContext;
use crate::call_context::Interrupt;
use crate::cancel::Cancel;
use crate::config::{Config, Settings, rename_option};
use crate::credentials::{Authorization, Connections, Credentials, ToSign, base_url};
use crate::endpoint::Endpoint;
use crate::environment::{Environment, Variables};
use crate::failure::TransportFailure;
use crate::file::Waiting;
use crate::hints::{self, Used};
use crate::limits;
use crate::log::Log;
use crate::mask::Masker;
use crate::operations::{PATH_OF_CERTIFICATES, PushRequest, read_answer};
use crate::panics::caught;
use crate::phase::Phase;
use crate::report::{Error, Receipt, Report};
use crate::retry::RetryPolicy;
use crate::status::Status;
use crate::transport::proxy::{self, Proxy};
use crate::transport::{
    Outcome, Request, TlsConfiguration, Transport, TransportOptions, Trust, tls_configuration,
};

/// How many variables that were passed over are named.
const VARIABLES_SHOWN: usize = 20;

/// What one call does differently from its client.
#[derive(Clone, Default)]
#[must_use]
pub struct CallOptions {
    timeout: Option<Duration>,
    cancel: Option<Cancel>,
    interrupt: Option<Interrupt>,
}

impl CallOptions {
    /// As the client does.
    pub fn new() -> CallOptions {
        CallOptions::default()
    }

    /// How long this call may take as a whole, instead of the client's `timeout_ms`, and within
    /// that option's range.
    pub fn timeout(mut self, timeout: Duration) -> CallOptions {
        self.timeout = Some(timeout);
        self
    }

    fn check(&self) -> Result<(), Error> {
        match self.timeout {
            Some(timeout) if !limits::TIMEOUT_MS.contains(&timeout.as_millis()) => {
                Err(Error::invalid_argument(
                    "timeout",
                    &format!(
                        "must be {} ms to {} ms",
                        limits::TIMEOUT_MS.start(),
                        limits::TIMEOUT_MS.end()
                    ),
                ))
            }
            _ => Ok(()),
        }
    }

    /// Lets `cancel` stop this call.
    pub fn cancel(mut self, cancel: &Cancel) -> CallOptions {
        self.cancel = Some(cancel.clone());
        self
    }

    /// Asks `interrupt` every now and then while the call waits, at least every 50 ms, on the
    /// calling thread; `true` ends the call with `CANCELLED`, a panic with `INTERNAL`.
    pub fn interrupt(mut self, interrupt: impl Fn() -> bool + 'static) -> CallOptions {
        self.interrupt = Some(Rc::new(interrupt));
        self
    }
}

/// Pushes certificates to one endpoint with one credential.
///
/// A client is immutable and may be shared by any number of threads; it keeps connections for
/// further calls. It may be used after `fork()` in parent and child. Since 0.1.0.
pub struct Client {
    transport: Transport,
    credentials: Credentials,
    timeout: Duration,
    retry: RetryPolicy,
    closed: Cancel,
    log: Log,
    description: String,
    /// When the making of a client for one call began, which is a part of that call.
    began: Option<Instant>,
}

impl Client {
    /// Makes a client. Reads the files that the options name; sends nothing.
    ///
    /// # Errors
    ///
    /// `INVALID_CONFIG`, `INVALID_ARGUMENT` for a token outside the documented limits, or
    /// `NO_CREDENTIALS`.
    pub fn new(config: &Config) -> Result<Client, Error> {
        Client::new_with(config, &CallOptions::new())
    }

    /// As [`Client::new`], with options for the making: how long it may wait for files that have
    /// no end yet, such as a FIFO, instead of `timeout_ms`, and what else ends that.
    ///
    /// # Errors
    ///
    /// As [`Client::new`], and `TIMEOUT` or `CANCELLED`.
    pub fn new_with(config: &Config, options: &CallOptions) -> Result<Client, Error> {
        options.check()?;
        let context = CallContext::start(
            options.timeout.map_or_else(|| config.call_timeout(), Ok)?,
            options.cancel.clone(),
            Cancel::new(),
            options.interrupt.clone(),
        );
        let waiting = Waiting {
            context: &context,
            phase: Phase::Config,
        };
        let variables = config.variables();
        let (settings, credential) = config.settings_within(&variables, waiting)?;
        let log = Log::new(settings.log.clone());
        let lines = Lines::new(&settings, &variables, waiting);
        let endpoint = settings.endpoint.clone();
        let proxy = lines.proxy_for(&endpoint)?;
        let repeated = describe_repeated(&endpoint);
        let via = describe_proxy(proxy.as_ref(), endpoint.secure, &variables);
        let transport = lines.to(endpoint, proxy)?;
        let trust = if settings.endpoint.secure {
            match &settings.trust {
                Trust::System => "the system's certificate authorities".to_owned(),
                Trust::Mozilla => "Mozilla's certificate authorities".to_owned(),
                Trust::File(path) => {
                    format!("only the certificate authorities in {}", path.display())
                }
            }
        } else {
            "nothing is encrypted (http)".to_owned()
        };
        let credentials = Credentials::new(
            credential,
            settings.iam_endpoint.as_deref(),
            &lines,
            &variables,
            waiting,
            &log,
        )?;
        let left_out = lines.left_out();
        for what in left_out {
            log.warn(&format!("left out of what is trusted: {what}"));
        }
        let trust = match left_out {
            [] => trust,
            left_out => format!("{trust}; left out: {}", left_out.join(", ")),
        };
        let mut description = format!(
            "endpoint: {}, from {}{}\ncredentials: {}\nproxy: {via}\ntrust: {trust}\ntimeout: {} ms for a call, {} ms for a connect",
            settings.endpoint.shown(),
            settings.endpoint_origin,
            repeated
                .as_ref()
                .map_or_else(String::new, |why| format!(" ({why})")),
            credentials.describe(),
            settings.timeout.as_millis(),
            settings.connect_timeout.as_millis(),
        );
        if let Some(why) = repeated {
            log.warn(&why);
        }
        if let Some(unknown) = describe_unknown(&settings.unknown_variables) {
            log.warn(&unknown);
            description.push('\n');
            description.push_str(&unknown);
        }
        Ok(Client {
            transport,
            credentials,
            timeout: settings.timeout,
            retry: settings.retry,
            closed: Cancel::new(),
            log,
            description,
            began: None,
        })
    }

    /// A client for one call, which takes no password: each such client would log in anew, and a
    /// loop of them would lock the account.
    ///
    /// # Errors
    ///
    /// As [`Client::new`], and `INVALID_CONFIG` for a password.
    pub fn one_off(config: &Config) -> Result<Client, Error> {
        Client::one_off_with(config, &CallOptions::new())
    }

    /// As [`Client::one_off`], with the options of the call, whose time begins here.
    ///
    /// # Errors
    ///
    /// As [`Client::one_off`] and [`Client::new_with`].
    pub fn one_off_with(config: &Config, options: &CallOptions) -> Result<Client, Error> {
        let began = Instant::now();
        let mut client = Client::new_with(config, options)?;
        client.began = Some(began);
        client.credentials.of_one_off_call();
        if client.credentials.is_password() {
            return Err(Error::invalid_config(
                "a one-off call takes no password: each would log in anew, and a loop of them would lock the account; make a client, which logs in once",
            ));
        }
        Ok(client)
    }

    /// Pushes a certificate to a service in a project, and waits for the answer.
    ///
    /// `certificate_id` has 16 ASCII letters or digits; `target_project` is a project's name, such
    /// as the region `ap-southeast-3`, and may be empty for the CDN only; `target_service` is
    /// `ELB`, `WAF` or `CDN`, and any other is sent as given.
    ///
    /// # Errors
    ///
    /// The [`Error`] tells with [`outcome_unknown`](Report::outcome_unknown) whether the
    /// certificate may have been pushed all the same. A push is not idempotent: do not repeat it
    /// unless [`retryable`](Report::retryable) is true.
    pub fn push(
        &self,
        certificate_id: &str,
        target_project: &str,
        target_service: &str,
    ) -> Result<Receipt, Error> {
        self.push_with(
            certificate_id,
            target_project,
            target_service,
            &CallOptions::new(),
        )
    }

    /// As [`Client::push`], with options for this call.
    ///
    /// # Errors
    ///
    /// As [`Client::push`].
    pub fn push_with(
        &self,
        certificate_id: &str,
        target_project: &str,
        target_service: &str,
        options: &CallOptions,
    ) -> Result<Receipt, Error> {
        let checked = PushRequest::new(certificate_id, target_project, target_service)
            .and_then(|request| options.check().map(|()| request));
        let request = match checked {
            Ok(request) => request,
            Err(error) => {
                self.log.push(&error, Duration::ZERO);
                return Err(error);
            }
        };
        let context = self.context(options);
        let report = guarded(|progress| self.push_request(&request, &context, progress));
        let mut report = report.about(&request);
        report.message = in_one_line(&request, &report);
        self.log.push(&report, context.elapsed());
        if report.status() == Status::Ok {
            Ok(Receipt::new(report))
        } else {
            Err(Error::new(report))
        }
    }

    /// Makes a connection and keeps it for the next call. Sends no request.
    ///
    /// # Errors
    ///
    /// As [`Client::push`], up to the TLS handshake; `outcome_unknown` is always false.
    pub fn connect(&self, options: &CallOptions) -> Result<(), Error> {
        options.check()?;
        let context = self.context(options);
        let connected = context
            .check(Phase::Connect)
            .and_then(|()| self.transport.warm(&context));
        connected.map_err(|failure| {
            Error::new(Report {
                attempts: 1,
                ..failed(&failure, false)
            })
        })
    }

    /// The endpoint, the credentials and where they came from, one item a line, secrets masked.
    pub fn describe(&self) -> &str {
        &self.description
    }

    /// The URL that a push is sent to: the endpoint, its own path, and the operation's.
    pub fn url(&self, request: &PushRequest) -> String {
        [self.transport.endpoint().shown(), &request.path()].concat()
    }

    /// Ends running calls and refuses later ones, with `CANCELLED`. Any thread may call it.
    pub fn close(&self) {
        self.closed.trigger();
    }

    fn context(&self, options: &CallOptions) -> Rc<CallContext> {
        Rc::new(CallContext::since(
            self.began.unwrap_or_else(Instant::now),
            options.timeout.unwrap_or(self.timeout),
            options.cancel.clone(),
            self.closed.clone(),
            options.interrupt.clone(),
        ))
    }

    /// Sends the push; again after a pause if it provably pushed nothing and that may pass; and
    /// once more if the credential was refused and there is another by now.
    fn push_request(
        &self,
        request: &PushRequest,
        context: &Rc<CallContext>,
        progress: &Progress,
    ) -> Report {
        let push = Push {
            body: request.body(),
            path: request.path(),
            endpoint: self.transport.endpoint(),
        };
        let mut renewed: Option<Authorization> = None;
        let mut may_renew = true;
        let mut retries = 0;
        // What the last attempt came to, and what has been done since.
        let mut last: Option<Report> = None;
        let mut phase = Phase::Start;
        loop {
            if let Err(ended) = context.check(phase) {
                return match last {
                    Some(last) => ended_after(last, &ended),
                    None => failed(&ended, false),
                };
            }
            let authorized = match renewed.take() {
                Some(renewed) => Ok(renewed),
                None => {
                    progress.phase.set(Phase::Credentials);
                    self.credentials
                        .authorize(&push.to_sign(), context, &self.log)
                }
            };
            let report = match authorized {
                Err(error) => {
                    let mut report = error.into_report();
                    report.attempts = progress.attempts.get();
                    report
                }
                Ok(authorization) => {
                    let report = self.attempt(&push, &authorization, context, progress);
                    let to_sign = push.to_sign();
                    self.credentials.settle(&authorization, &to_sign, &report);
                    if may_renew && is_fixed_by_renewal(&report) {
                        may_renew = false;
                        match self
                            .credentials
                            .renew(&authorization, &to_sign, context, &self.log)
                        {
                            Some(Ok(other)) => {
                                renewed = Some(other);
                                last = Some(report);
                                phase = Phase::Credentials;
                                continue;
                            }
                            Some(Err(failure)) => {
                                return not_renewed(&report, &failure);
                            }
                            None => {}
                        }
                    }
                    report
                }
            };
            let (elapsed, allowed) = (context.elapsed(), context.allowed());
            retries += 1;
            let random = |below| fastrand::u64(..below);
            let Some(pause) = self.retry.pause(retries, &report, elapsed, allowed, random) else {
                return report;
            };
            self.log.warn(&format!(
                "{}; the next attempt begins in {} ms",
                in_one_line(request, &report),
                pause.as_millis()
            ));
            progress.phase.set(Phase::Pause);
            if let Err(ended) = context.pause(pause) {
                return ended_after(report, &ended);
            }
            last = Some(report);
            phase = Phase::Pause;
        }
    }

    fn attempt(
        &self,
        push: &Push<'_>,
        authorization: &Authorization,
        context: &Rc<CallContext>,
        progress: &Progress,
    ) -> Report {
        progress.attempts.set(progress.attempts.get() + 1);
        progress.may_have_been_sent.set(true);
        progress.phase.set(Phase::Send);
        let outgoing = Request {
            method: "POST",
            path: &push.path,
            secrets: authorization.headers.clone(),
            body: &push.body,
            ..Request::default()
        };
        let outcome = self.transport.exchange(&outgoing, context);
        let masker = self
            .credentials
            .masker(authorization, self.transport.masker());
        let mut report = report_of(&outcome, authorization.used(), &masker);
        progress.may_have_been_sent.set(report.outcome_unknown);
        progress.phase.set(Phase::Receive);
        report.attempts = progress.attempts.get();
        if let Ok(answer) = &outcome.result
            && let Some(hint) = self.credentials.hint(authorization, &report, answer.date)
        {
            report.hint = hint;
        }
        report
    }
}

/// A push as it is sent and signed.
struct Push<'a> {
    body: Vec<u8>,
    /// The path below the endpoint.
    path: String,
    endpoint: &'a Endpoint,
}

impl Push<'_> {
    fn to_sign(&self) -> ToSign<'_> {
        ToSign {
            method: "POST",
            endpoint: self.endpoint,
            path: &self.path,
            body: &self.body,
        }
    }
}

/// Makes a client's transports: to the service, to IAM, to a metadata service.
struct Lines<'a> {
    settings: &'a Settings,
    variables: &'a Variables,
    waiting: Waiting<'a>,
    options: TransportOptions,
    /// What is trusted is read once, by the first transport that needs it.
    tls: OnceCell<TlsConfiguration>,
}

impl<'a> Lines<'a> {
    fn new(settings: &'a Settings, variables: &'a Variables, waiting: Waiting<'a>) -> Lines<'a> {
        Lines {
            settings,
            variables,
            waiting,
            options: TransportOptions {
                connect_timeout: settings.connect_timeout,
                max_idle_connections: settings.max_idle_connections,
                idle_timeout: settings.idle_timeout,
                user_agent: settings.user_agent.clone(),
                language: settings.language.clone(),
                agent: settings.agent.clone(),
            },
            tls: OnceCell::new(),
        }
    }

    fn proxy_for(&self, endpoint: &Endpoint) -> Result<Option<Proxy>, Error> {
        Proxy::choose(endpoint, &self.settings.proxies, self.variables)
    }

    fn to(&self, endpoint: Endpoint, proxy: Option<Proxy>) -> Result<Transport, Error> {
        Transport::new(endpoint, proxy, &self.options, || {
            if let Some(known) = self.tls.get() {
                return Ok(known.tls.clone());
            }
            let made = tls_configuration(
                &self.settings.trust,
                self.settings.client_certificate.as_ref(),
                self.variables,
                self.waiting,
            )?;
            Ok(self.tls.get_or_init(|| made).tls.clone())
        })
    }

    /// The certificate authorities that were left out or could not be read.
    fn left_out(&self) -> &[String] {
        self.tls.get().map_or(&[], |tls| &tls.left_out)
    }
}

impl Connections for Lines<'_> {
    fn iam(&self, endpoint: Option<&str>) -> Result<Option<Transport>, Error> {
        let Some(url) = endpoint else {
            return Ok(None);
        };
        let endpoint = Endpoint::from_url(base_url(url)?, self.settings.allow_http)
            .map_err(|error| rename_option("iam_endpoint", &error))?;
        let proxy = self.proxy_for(&endpoint)?;
        self.to(endpoint, proxy).map(Some)
    }

    fn direct(&self, endpoint: Endpoint) -> Result<Transport, Error> {
        self.to(endpoint, None)
    }

    fn metadata_endpoint(&self) -> Result<Endpoint, Error> {
        Ok(self.settings.metadata_endpoint.clone())
    }
}

fn describe_proxy(proxy: Option<&Proxy>, secure: bool, environment: &dyn Environment) -> String {
    let chosen = match proxy {
        None => "none".to_owned(),
        Some(proxy) => format!(
            "{}{}, from {}{}",
            proxy.shown(),
            if proxy.authorization.is_some() {
                " with user name and password"
            } else {
                ""
            },
            proxy.origin,
            if secure {
                ""
            } else {
                "; it sees the token, for the endpoint is http"
            },
        ),
    };
    match proxy::unread_variable(environment) {
        None => chosen,
        Some(name) => format!(
            "{chosen} ({name} is set, but never read: the option proxy, HTTPS_PROXY and HTTP_PROXY are)"
        ),
    }
}

/// What is odd about an endpoint with the beginning of the API's own paths in its path.
fn describe_repeated(endpoint: &Endpoint) -> Option<String> {
    let repeated = endpoint.repeated(&format!("{PATH_OF_CERTIFICATES}/"))?;
    Some(format!(
        "the endpoint's path ends in {repeated}, and the requests' begin with it: they go to {}{PATH_OF_CERTIFICATES}/…; most likely {repeated} is one too many",
        endpoint.shown()
    ))
}

/// Which variables were passed over, and how they are told.
fn describe_unknown(variables: &[String]) -> Option<String> {
    if variables.is_empty() {
        return None;
    }
    let shown = variables.iter().take(VARIABLES_SHOWN).map(String::as_str);
    let more = match variables.len().saturating_sub(VARIABLES_SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "variables that are no option's, and not read: {}{more}",
        shown.collect::<Vec<_>>().join(", ")
    ))
}

/// What is known of a call when a defect ends it.
struct Progress {
    attempts: Cell<u32>,
    may_have_been_sent: Cell<bool>,
    phase: Cell<Phase>,
}

/// Runs a call; a panic becomes a report that says whether the certificate may have been pushed.
fn guarded(call: impl FnOnce(&Progress) -> Report) -> Report {
    let progress = Progress {
        attempts: Cell::new(0),
        may_have_been_sent: Cell::new(false),
        phase: Cell::new(Phase::Start),
    };
    match caught(|| call(&progress)) {
        Ok(report) => report,
        Err(what) => {
            let mut report =
                Error::internal(&what, progress.may_have_been_sent.get()).into_report();
            report.attempts = progress.attempts.get();
            report.phase = progress.phase.get();
            report
        }
    }
}

fn report_of(outcome: &Outcome, used: Used, masker: &Masker) -> Report {
    match &outcome.result {
        Ok(answer) => read_answer(answer, outcome.handed_over, used, masker),
        Err(failure) => failed(failure, outcome.handed_over),
    }
}

/// The report of a call that brought no answer.
fn failed(failure: &TransportFailure, handed_over: bool) -> Report {
    Report {
        hint: failure
            .hint
            .filter(|_| !handed_over)
            .unwrap_or(hints::for_failure(failure.status, handed_over))
            .into(),
        outcome_unknown: handed_over,
        retryable: failure.may_pass && !handed_over,
        ..Report::new(failure.status, failure.phase, failure.message.as_str())
    }
}

/// The report of a call that was ended between two attempts: nothing was pushed, and what the
/// last attempt learned is kept.
fn ended_after(last: Report, ended: &TransportFailure) -> Report {
    if ended.status == Status::Timeout {
        return last;
    }
    Report {
        status: ended.status,
        phase: ended.phase,
        retryable: false,
        hint: hints::for_status(ended.status).into(),
        message: format!("{}, after {}", ended.message, last.message),
        ..last
    }
}

/// The whole story for a log: what was tried, what happened, where the certificate is. It is told
/// once, when the call has ended; until then a report's message says what happened alone.
fn in_one_line(request: &PushRequest, report: &Report) -> String {
    let target = request.target();
    if report.status() == Status::Ok {
        let bound_to = match request.target_service().to_ascii_uppercase().as_str() {
            "ELB" => "a listener",
            "WAF" | "CDN" => "a domain",
            _ => "a listener or domain",
        };
        return [
            request.certificate_id(),
            " was pushed to ",
            &target,
            " (stored, not yet bound to ",
            bound_to,
            ")",
        ]
        .concat();
    }
    let outcome = if report.outcome_unknown() {
        "it may have been pushed"
    } else {
        "it was not pushed"
    };
    format!(
        "push of {} to {target}: {}; {outcome}",
        request.certificate_id(),
        report.message()
    )
}

/// The report of a push whose credential was refused and could not be replaced: the push was not
/// made, and what stopped the renewal counts.
fn not_renewed(refused: &Report, failure: &Report) -> Report {
    Report {
        attempts: refused.attempts,
        message: format!("{}, after {}", failure.message, refused.message),
        ..failure.clone()
    }
}

/// The 401s that another token mends. SCM.4002, 1004, 1009 and 1010 are 401s that none does.
fn is_fixed_by_renewal(report: &Report) -> bool {
    report.status() == Status::Unauthorized
        && !report.outcome_unknown()
        && matches!(
            report.service_code(),
            "APIGW.0301" | "APIGW.0307" | "APIG.0301" | "APIG.0307" | "SCM.1000"
        )
}

/// One push without a client of one's own: options come from the environment (`CERTPUSH_*`), and
/// `endpoint` and `token` from the arguments if given.
///
/// # Errors
///
/// As [`Client::new`] and [`Client::push`].
pub fn push_once(
    endpoint: Option<&str>,
    token: Option<&str>,
    certificate_id: &str,
    target_project: &str,
    target_service: &str,
) -> Result<Receipt, Error> {
    let mut config = Config::new();
    if let Some(endpoint) = endpoint {
        config.set("endpoint", endpoint)?;
    }
    if let Some(token) = token {
        config.set("token", token)?;
    }
    config.load_env()?;
    let client = Client::one_off(&config)?;
    client.push(certificate_id, target_project, target_service)
}
