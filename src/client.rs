//! The client: one method for each operation, a few lines each.

use std::fmt;
use std::ops::ControlFlow;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::batch_report::{BatchError, BatchReceipt};
use crate::bulk::{
    self, Journal, JournalLost, PushAllError, PushAllOptions, PushAllReport, PushAllRun, PushList,
};
use crate::call_context::CallContext;
use crate::call_options::CallOptions;
use crate::cancel::Cancel;
use crate::config::{Config, Settings};
use crate::credentials::{CredentialInputs, Credentials};
use crate::describe::describe;
use crate::file::Waiting;
use crate::log::Log;
use crate::operations::{BatchPush, PushRequest};
use crate::phase::Phase;
use crate::report::{Error, Receipt, Report};
use crate::shared::{Shared, into_result, kept_nowhere};
use crate::transport::{TransportFactory, TransportOptions};

/// Pushes certificates to one endpoint with one credential.
///
/// A client is immutable and may be shared by any number of threads; it keeps connections for
/// further calls, and closes them with the last clone. Clones are the same client, and cost as
/// little as an `Arc`: what [closes](Client::close) one closes all. It may be used after `fork()`
/// in parent and child, and after a panic: none leaves a call. Since 0.1.0.
///
/// A program makes one and keeps it: each new one connects anew, and with a password logs in anew.
///
/// ```
/// # let sim = certpush_sim::Sim::start(certpush_sim::SimOptions::default()).unwrap();
/// # let config = certpush::Config::new().endpoint(sim.http_url()).token(certpush_sim::DEFAULT_TOKEN);
/// use std::thread;
/// use certpush::Client;
///
/// let client = Client::new(&config)?;
/// let pushes: Vec<_> = ["ap-southeast-1", "ap-southeast-3"]
///     .into_iter()
///     .map(|project| {
///         let client = client.clone();
///         thread::spawn(move || client.push("scs1600313391074", project, "ELB"))
///     })
///     .collect();
/// for push in pushes {
///     println!("{}", push.join().expect("a push does not panic")?);
/// }
/// # Ok::<(), certpush::Error>(())
/// ```
#[derive(Clone)]
pub struct Client(Arc<Shared>);

impl Client {
    /// Makes a client. Reads the files that the options name; sends nothing.
    ///
    /// ```
    /// use certpush::{Client, Config, Status};
    ///
    /// let refused = Client::new(&Config::new()).unwrap_err();
    /// assert_eq!(refused.status(), Status::InvalidConfig);
    /// assert!(refused.message().starts_with("no region or endpoint is set"));
    /// ```
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
        Shared::new(config, options, Opens::Journal).map(Client::of)
    }

    /// A client that is looked at, and pushes nothing: its journal is read, and neither made nor opened.
    ///
    /// # Errors
    ///
    /// As [`Client::new`].
    #[doc(hidden)]
    pub fn to_look_at(config: &Config) -> Result<Client, Error> {
        Shared::new(config, &CallOptions::new(), Opens::Nothing).map(Client::of)
    }

    /// Refuses a batch push by a client of these options before that is made, and with it its journal,
    /// which could not keep it.
    ///
    /// # Errors
    ///
    /// `INVALID_CONFIG`, if there is a journal.
    #[doc(hidden)]
    pub fn check_batch_push(config: &Config) -> Result<(), Error> {
        match config.journal_word() {
            Some(journal) => Err(kept_nowhere::<BatchPush>(journal)),
            None => Ok(()),
        }
    }

    fn of(shared: Shared) -> Client {
        Client(Arc::new(shared))
    }

    /// A client for one call, which takes no password: each such client would log in anew, and a
    /// loop of them would lock the account. For the bindings' functions that need no client.
    ///
    /// # Errors
    ///
    /// As [`Client::new`], and `INVALID_CONFIG` for a password.
    #[doc(hidden)]
    pub fn one_off(config: &Config) -> Result<Client, Error> {
        Client::one_off_with(config, &CallOptions::new())
    }

    /// As [`Client::one_off`], with the options of the call, whose time begins here.
    ///
    /// # Errors
    ///
    /// As [`Client::one_off`] and [`Client::new_with`].
    #[doc(hidden)]
    pub fn one_off_with(config: &Config, options: &CallOptions) -> Result<Client, Error> {
        let began = Instant::now();
        let mut shared = Shared::new(config, options, Opens::Journal)?;
        shared.began = Some(began);
        shared.credentials.of_one_off_call();
        if shared.credentials.is_password() {
            return Err(Error::invalid_config(
                "a one-off call takes no password: each would log in anew, and a loop of them would lock the account; make a client, which logs in once",
            ));
        }
        Ok(Client::of(shared))
    }

    /// Pushes a certificate to a service in a project, and waits for the answer.
    ///
    /// `certificate_id` has 16 ASCII letters or digits; `target_project` is a project's name, such
    /// as the region `ap-southeast-3`, and may be empty for the CDN only; `target_service` is
    /// `ELB`, `WAF` or `CDN`, and any other is sent as given.
    ///
    /// A client with a [`journal`](Config::journal) keeps the push there. What it says was pushed gives
    /// a receipt, with attempts 0 and the date in its message, and nothing is sent.
    ///
    /// It blocks: from asynchronous code call it in `tokio::task::spawn_blocking` or the like.
    ///
    /// ```
    /// # let sim = certpush_sim::Sim::start(certpush_sim::SimOptions::default()).unwrap();
    /// # let config = certpush::Config::new().endpoint(sim.http_url()).token(certpush_sim::DEFAULT_TOKEN);
    /// # let client = certpush::Client::new(&config)?;
    /// match client.push("scs1600313391074", "ap-southeast-3", "ELB") {
    ///     Ok(receipt) => println!("{receipt}"),
    ///     Err(error) if error.outcome_unknown() => println!("look before you retry: {error}"),
    ///     Err(error) => println!("not pushed: {error}"),
    /// }
    /// # Ok::<(), certpush::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The [`Error`] tells with [`outcome_unknown`](Error::outcome_unknown) whether the
    /// certificate may have been pushed all the same. A push is not idempotent: do not repeat it
    /// unless [`retryable`](Error::retryable) is true. With a journal, a push that was begun before and
    /// of which nobody knows whether it was made is `UNSETTLED`, and nothing is sent.
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
    /// ```
    /// # let sim = certpush_sim::Sim::start(certpush_sim::SimOptions::default()).unwrap();
    /// # let config = certpush::Config::new().endpoint(sim.http_url()).token(certpush_sim::DEFAULT_TOKEN);
    /// # let client = certpush::Client::new(&config)?;
    /// use std::time::Duration;
    /// use certpush::CallOptions;
    ///
    /// let soon = CallOptions::new().timeout(Duration::from_secs(10));
    /// client.push_with("scs1600313391074", "ap-southeast-3", "ELB", &soon)?;
    /// # Ok::<(), certpush::Error>(())
    /// ```
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
        let request = PushRequest::new(certificate_id, target_project, target_service);
        self.0.push(request, options).map(Receipt::new)
    }

    /// Pushes all entries of a list, several at a time (`jobs`), and waits for all of them.
    ///
    /// Every entry's outcome is kept, whatever happens to the others. What is held back and what stops
    /// the run is told at [`Client::push_all_with`]. Since 0.2.0.
    ///
    /// ```
    /// # let sim = certpush_sim::Sim::start(certpush_sim::SimOptions::default()).unwrap();
    /// # let config = certpush::Config::new().endpoint(sim.http_url()).token(certpush_sim::DEFAULT_TOKEN);
    /// # let client = certpush::Client::new(&config)?;
    /// let mut list = certpush::PushList::new();
    /// list.add("scs1600313391074", "ap-southeast-3", "ELB")?;
    /// list.add("scs1600313391074", "", "CDN")?;
    /// let report = client.push_all(&list)?;
    /// assert_eq!(report.counts().pushed, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`PushAllError::Incomplete`] if an entry was not pushed, with what became of each.
    /// [`PushAllError::Failed`] if the run could not be started: nothing was sent.
    pub fn push_all(&self, list: &PushList) -> Result<PushAllReport, PushAllError> {
        let options = PushAllOptions::new();
        self.push_all_with(list, &options, |_, _| ControlFlow::Continue(()))
    }

    /// As [`Client::push_all`], with options for the run, and a function that is told each entry's index
    /// and report when it has ended, on the calling thread. `Break` has no more begun.
    ///
    /// The calling thread makes no push: it waits, and calls the log hook, the token source and
    /// `progress` for the threads that do, one at a time. All of those have ended when this returns. If
    /// `progress` panics it is not called again, no more is begun, and all that became of the entries is
    /// told.
    ///
    /// - With a [`journal`](Config::journal), what it has as pushed is not pushed again, and what it does
    ///   not know the end of is `UNSETTLED`.
    /// - The first push goes alone until the service has accepted the credentials; when they are refused,
    ///   no more is begun, for five failures lock an account.
    /// - A 429 makes all pushes pause, as long as the service asks for, and go on slowly; each that gets
    ///   through speeds them up again. A push is sent again after up to ten of them, unless `retries` is 0.
    /// - Ten pushes in a row without an answer of the service, as many failures as `max_failures`, a
    ///   journal that cannot be kept, and a longer pause than `retry_max_ms` stop the run. What was not
    ///   begun by then is `NOT_TRIED`.
    ///
    /// Since 0.2.0.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use std::time::Duration;
    /// use certpush::PushAllOptions;
    ///
    /// # let sim = certpush_sim::Sim::start(certpush_sim::SimOptions::default()).unwrap();
    /// # let config = certpush::Config::new().endpoint(sim.http_url()).token(certpush_sim::DEFAULT_TOKEN);
    /// # let client = certpush::Client::new(&config)?;
    /// let mut list = certpush::PushList::new();
    /// list.read("certificate_id,target_project,target_service\nscs1600313391074,ap-southeast-3,ELB\n")?;
    /// let options = PushAllOptions::new().timeout(Duration::from_secs(3600));
    /// client.push_all_with(&list, &options, |index, report| {
    ///     println!("line {:?}: {}", list.line(index), report.message());
    ///     ControlFlow::Continue(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Client::push_all`].
    pub fn push_all_with(
        &self,
        list: &PushList,
        options: &PushAllOptions,
        progress: impl FnMut(usize, &Report) -> ControlFlow<()>,
    ) -> Result<PushAllReport, PushAllError> {
        bulk::push_all(&self.0, list, options, progress)?.into_result()
    }

    /// Starts a run of [`Client::push_all_with`] that the program waits for step by step. Since 0.2.0.
    ///
    /// ```
    /// use std::time::Duration;
    /// use certpush::{PushAllOptions, PushAllStep};
    ///
    /// # let sim = certpush_sim::Sim::start(certpush_sim::SimOptions::default()).unwrap();
    /// # let config = certpush::Config::new().endpoint(sim.http_url()).token(certpush_sim::DEFAULT_TOKEN);
    /// # let client = certpush::Client::new(&config)?;
    /// # let mut list = certpush::PushList::new();
    /// # list.add("scs1600313391074", "ap-southeast-3", "ELB")?;
    /// let mut run = client.start_push_all(&list, &PushAllOptions::new())?;
    /// loop {
    ///     match run.wait(Duration::from_millis(50)) {
    ///         PushAllStep::Ended(index) => println!("{:?}", run.report(index)),
    ///         PushAllStep::Waiting => {} // Something else is done, such as a look at a window.
    ///         PushAllStep::Done => break,
    ///     }
    /// }
    /// assert!(run.finish().into_result().is_ok());
    /// # Ok::<(), certpush::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` for the options, and `INTERNAL` if no thread can be started. Nothing was sent.
    pub fn start_push_all(
        &self,
        list: &PushList,
        options: &PushAllOptions,
    ) -> Result<PushAllRun, Error> {
        PushAllRun::start(&self.0, list, options)
    }

    /// Pushes a certificate to one service in several projects by one request, and waits for the
    /// answer: [`BatchReceipt`] and [`BatchError`] have examples.
    ///
    /// Arguments are as for [`Client::push`], but that `target_projects` are 1 to 10 names of 1 to 32
    /// characters, each once, without commas, and without blanks around them; the CDN has none.
    /// Receipts and results are in the order of `target_projects`, and tell with
    /// [`target_certificate_id`](Report::target_certificate_id) which id the certificate has there.
    ///
    /// The service pushes to one project after the other and may stop anywhere. As long as its answer
    /// has not come, nobody knows how far it got: **one time-out, one lost connection leaves all of
    /// them unknown.** A push for each project keeps them apart. Since 0.2.0.
    ///
    /// ```
    /// # let sim = certpush_sim::Sim::start(certpush_sim::SimOptions { any_project: false, ..Default::default() }).unwrap();
    /// # let config = certpush::Config::new().endpoint(sim.http_url()).token(certpush_sim::DEFAULT_TOKEN);
    /// # let client = certpush::Client::new(&config)?;
    /// use certpush::{BatchError, Outcome};
    ///
    /// let projects = ["cn-north-4", "no-such-1"];
    /// match client.batch_push("scs1600313391074", &projects, "ELB") {
    ///     Ok(done) => println!("pushed to {} projects", done.receipts().len()),
    ///     Err(BatchError::Failed(error)) => println!("{error}: so for each of them"),
    ///     Err(BatchError::Incomplete(incomplete)) => {
    ///         let [pushed, refused] = incomplete.results() else { panic!() };
    ///         assert!(pushed.as_ref().is_ok_and(|it| it.target_certificate_id().is_some()));
    ///         assert!(refused.as_ref().is_err_and(|it| it.outcome() == Outcome::NotPushed));
    ///     }
    /// }
    /// # Ok::<(), certpush::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`BatchError::Incomplete`] if the service answered and at least one project did not get the
    /// certificate, with the results of all: one that the service refused (`TARGET_REFUSED`) may have
    /// got it all the same unless its result says that it did not, and one that the answer does not
    /// plainly tell of is `UNEXPECTED_RESPONSE` and unknown. [`BatchError::Failed`] for everything that
    /// [`Client::push`] fails with: what the error says of the outcome holds for every project.
    pub fn batch_push<P: AsRef<str>>(
        &self,
        certificate_id: &str,
        target_projects: &[P],
        target_service: &str,
    ) -> Result<BatchReceipt, BatchError> {
        self.batch_push_with(
            certificate_id,
            target_projects,
            target_service,
            &CallOptions::new(),
        )
    }

    /// As [`Client::batch_push`], with options for this call.
    ///
    /// # Errors
    ///
    /// As [`Client::batch_push`].
    pub fn batch_push_with<P: AsRef<str>>(
        &self,
        certificate_id: &str,
        target_projects: &[P],
        target_service: &str,
        options: &CallOptions,
    ) -> Result<BatchReceipt, BatchError> {
        let batch = BatchPush::new(certificate_id, target_projects, target_service);
        self.0
            .call(batch, options)
            .map(BatchReceipt::new)
            .map_err(BatchError::new)
    }

    /// Makes a connection, unless one is kept already, and keeps it for the next call. Sends no
    /// request: it tests the options when a program starts, and the first push goes out sooner.
    ///
    /// ```
    /// # let sim = certpush_sim::Sim::start(certpush_sim::SimOptions::default()).unwrap();
    /// # let config = certpush::Config::new().endpoint(sim.http_url()).token(certpush_sim::DEFAULT_TOKEN);
    /// # let client = certpush::Client::new(&config)?;
    /// client.connect()?;
    /// # Ok::<(), certpush::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Client::push`], up to the TLS handshake; `outcome_unknown` is always false.
    pub fn connect(&self) -> Result<(), Error> {
        self.connect_with(&CallOptions::new())
    }

    /// As [`Client::connect`], with options for this call. Since 0.2.0.
    ///
    /// # Errors
    ///
    /// As [`Client::connect`].
    pub fn connect_with(&self, options: &CallOptions) -> Result<(), Error> {
        options.check()?;
        let shared = &*self.0;
        into_result(shared.caller().connect(&shared.context(options))).map(drop)
    }

    /// The endpoint, the credentials and where they came from, one item a line, secrets masked.
    ///
    /// ```
    /// # let sim = certpush_sim::Sim::start(certpush_sim::SimOptions::default()).unwrap();
    /// # let config = certpush::Config::new().endpoint(sim.http_url()).token(certpush_sim::DEFAULT_TOKEN);
    /// # let client = certpush::Client::new(&config)?;
    /// assert!(client.describe().contains("credentials: token of 2048 characters"));
    /// # Ok::<(), certpush::Error>(())
    /// ```
    pub fn describe(&self) -> &str {
        &self.0.description
    }

    /// How long a call may take, unless its options say otherwise: `timeout_ms`. Since 0.2.0.
    ///
    /// ```
    /// use std::time::Duration;
    /// use certpush::{Client, Config};
    ///
    /// let config = Config::new().endpoint("http://127.0.0.1:8080").token("t".repeat(32));
    /// assert_eq!(Client::new(&config)?.timeout(), Duration::from_secs(60));
    /// # Ok::<(), certpush::Error>(())
    /// ```
    pub fn timeout(&self) -> Duration {
        self.0.timeout
    }

    /// What others have done to the client's journal while it was in use, if they have: the file was moved,
    /// removed, replaced, made shorter or longer. A change in place shows only when it is opened next. `None`
    /// without a journal, too. Since 0.2.0.
    pub fn journal_lost(&self) -> Option<JournalLost> {
        self.0.journal.as_ref()?.lost()
    }

    /// Whether the client has a journal that knew of no push when the client was made: there was no such
    /// file, or none was begun with it. Who expects earlier pushes in it has named another. Since 0.2.0.
    pub fn journal_is_new(&self) -> bool {
        self.0.journal.as_ref().is_some_and(Journal::is_new)
    }

    /// The URL that a push is sent to: the endpoint, its own path, and the operation's.
    ///
    /// ```
    /// use certpush::{Client, Config, PushRequest};
    ///
    /// let config = Config::new().endpoint("http://127.0.0.1:8080").token("t".repeat(32));
    /// let client = Client::new(&config)?;
    /// let request = PushRequest::new("scs1600313391074", "ap-southeast-3", "ELB")?;
    /// assert_eq!(
    ///     client.url(&request),
    ///     "http://127.0.0.1:8080/v3/scm/certificates/scs1600313391074/push"
    /// );
    /// # Ok::<(), certpush::Error>(())
    /// ```
    pub fn url(&self, request: &PushRequest) -> String {
        [self.0.transport.endpoint().url(), &request.path()].concat()
    }

    /// Ends running calls of this client and of all its clones, within 100 ms, and refuses later
    /// ones, with `CANCELLED`. Any thread may call it. To drop a client ends nothing.
    ///
    /// ```
    /// # let sim = certpush_sim::Sim::start(certpush_sim::SimOptions::default()).unwrap();
    /// # let config = certpush::Config::new().endpoint(sim.http_url()).token(certpush_sim::DEFAULT_TOKEN);
    /// # let client = certpush::Client::new(&config)?;
    /// use certpush::Status;
    ///
    /// let clone = client.clone();
    /// client.close();
    /// let refused = clone.push("scs1600313391074", "ap-southeast-3", "ELB").unwrap_err();
    /// assert_eq!(refused.status(), Status::Cancelled);
    /// # Ok::<(), certpush::Error>(())
    /// ```
    pub fn close(&self) {
        self.0.closed.trigger();
    }
}

/// What the making of a client opens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opens {
    /// Its journal, if it has one.
    Journal,
    /// Nothing.
    Nothing,
}

impl Shared {
    fn new(config: &Config, options: &CallOptions, opens: Opens) -> Result<Shared, Error> {
        options.check()?;
        let context = CallContext::start(
            options.timeout.unwrap_or_else(|| config.call_timeout()),
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
        let transports = TransportFactory::new(
            transport_options(&settings),
            &settings.proxies,
            &settings.trust,
            settings.client_certificate.as_ref(),
            &variables,
            waiting,
        );
        let proxy = transports.proxy_for(&settings.endpoint)?;
        let transport = transports.to(settings.endpoint.clone())?;
        let inputs = CredentialInputs {
            transports: &transports,
            environment: &variables,
            waiting,
            log: &log,
            iam_endpoint: settings.iam_endpoint.as_deref(),
            allow_http: settings.allow_http,
            metadata_endpoint: &settings.metadata_endpoint,
        };
        let credentials = Credentials::from_spec(credential, &inputs)?;
        let left_out = transports.left_out();
        let journal_state = match &settings.journal {
            Some(path) if opens == Opens::Nothing => {
                Some(Journal::look(path, transport.endpoint(), waiting)?)
            }
            _ => None,
        };
        let description = describe(
            &settings,
            journal_state.as_deref(),
            &credentials,
            proxy.as_ref(),
            left_out,
            &variables,
        );
        for warning in &description.warnings {
            log.warn(warning);
        }
        // Last: a client that cannot be made leaves no new journal behind.
        let journal = match &settings.journal {
            Some(path) if opens == Opens::Journal => {
                Some(Journal::open(path, transport.endpoint(), waiting)?)
            }
            _ => None,
        };
        Ok(Shared {
            transport,
            credentials,
            timeout: settings.timeout,
            retry: settings.retry,
            closed: Cancel::new(),
            log,
            journal,
            journal_word: config.journal_word(),
            jobs: settings.jobs,
            max_failures: settings.max_failures,
            description: description.text,
            began: None,
        })
    }
}

// Every panic within a call is caught there, and leaves the client usable.
impl UnwindSafe for Client {}
impl RefUnwindSafe for Client {}

impl fmt::Debug for Client {
    /// Shows where the client sends and with which credential, and no secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("endpoint", &self.0.transport.endpoint().url())
            .field("credentials", &self.0.credentials.describe())
            .field("timeout", &self.0.timeout)
            .field("closed", &self.0.closed.is_triggered())
            .finish_non_exhaustive()
    }
}

fn transport_options(settings: &Settings) -> TransportOptions {
    TransportOptions {
        connect_timeout: settings.connect_timeout,
        max_idle_connections: settings.max_idle_connections,
        idle_timeout: settings.idle_timeout,
        user_agent: settings.user_agent.clone(),
        language: settings.language.clone(),
        agent: settings.agent.clone(),
    }
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
