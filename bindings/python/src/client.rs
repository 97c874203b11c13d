//! `certpush.Client` and the one-off `certpush.push`.

use std::sync::{Arc, Weak};

use arc_swap::ArcSwapOption;
use certpush::{BatchError, CallOptions, Config};
use pyo3::PyTraverseError;
use pyo3::exceptions::PyTypeError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::call::{self, Ended, MayPush};
use crate::errors;
use crate::limits::Limits;
use crate::push_all::PushAll;
use crate::receipt::Receipt;
use crate::targets::Targets;
use crate::token_source::Callable;
use crate::{arguments, options, signals};

/// Pushes certificates to one endpoint with one credential.
///
/// A client is immutable and may be shared by any number of threads; it keeps connections for
/// further calls and may be used on both sides of a fork. Making one reads the files that the
/// options name and sends nothing. Use it in a with statement, or close() it.
///
/// The options are keywords. They hide the environment's (CERTPUSH_REGION and so on), which is
/// read only if trust_env is true; None counts as not given.
///
/// token_source is a credential that is no option: a callable without arguments that returns a
/// token. It is called before each push, on the thread that pushes, and once more when the service
/// asks for a new token. If it raises an Exception, it is called again as often as retries allows;
/// then the push raises CredentialsUnavailable from that exception. Its time counts, but cannot be
/// cut short: a push ends late when the callable does.
///
/// Raises ConfigError, InvalidArgument for a token outside its limits, NoCredentials, or Timeout if
/// nobody has written to a FIFO among the files in the client's time. A signal ends that wait.
#[pyclass(frozen, module = "certpush")]
pub(crate) struct Client {
    /// None once closed. A running call has its own reference.
    open: ArcSwapOption<certpush::Client>,
    description: String,
    /// Owned by what is open: the garbage collector must see it for as long, and no longer.
    token_source: Weak<Callable>,
}

#[pymethods]
impl Client {
    #[new]
    #[pyo3(
        signature = (*, trust_env = None, token_source = None, **options),
        text_signature = "(*, trust_env=False, token_source=None, **options)"
    )]
    fn new(
        py: Python<'_>,
        trust_env: Option<&Bound<'_, PyAny>>,
        token_source: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Client> {
        let trust_env = flag("trust_env", trust_env)?;
        Client::open(py, "Client", trust_env, token_source, options)
    }

    /// Make a client with options of the environment, and these keywords, which hide it.
    ///
    /// As Client(trust_env=True, **options).
    #[staticmethod]
    #[pyo3(signature = (*, token_source = None, **options))]
    fn from_env(
        py: Python<'_>,
        token_source: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Client> {
        Client::open(py, "from_env", true, token_source, options)
    }

    /// Push a certificate to a service in a project, and wait for the answer.
    ///
    /// certificate_id: 16 ASCII letters or digits, such as "scs1600313391074".
    /// target_project: a project's name, such as the region "ap-southeast-3"; None or "" for the
    /// CDN only.
    /// target_service: "ELB", "WAF" or "CDN"; any other is sent as given.
    /// timeout, timeout_ms: how long this call may take, instead of the client's timeout.
    /// cancel: a Cancel that stops this call.
    /// again: push once more what the client's journal has as pushed.
    ///
    /// Returns a Receipt: the certificate is on its target. Otherwise raises an Error whose
    /// outcome_unknown tells whether the certificate may have been pushed all the same. A push is
    /// not idempotent: do not repeat it unless the error is retryable.
    #[pyo3(
        signature = (
            certificate_id, target_project, target_service, *,
            timeout = None, timeout_ms = None, cancel = None, again = None
        ),
        text_signature = "($self, certificate_id, target_project, target_service, *, timeout=None, \
            timeout_ms=None, cancel=None, again=False)"
    )]
    #[expect(clippy::too_many_arguments, reason = "they are Python keywords")]
    fn push(
        &self,
        py: Python<'_>,
        certificate_id: &Bound<'_, PyAny>,
        target_project: &Bound<'_, PyAny>,
        target_service: &Bound<'_, PyAny>,
        timeout: Option<&Bound<'_, PyAny>>,
        timeout_ms: Option<&Bound<'_, PyAny>>,
        cancel: Option<&Bound<'_, PyAny>>,
        again: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Receipt> {
        let push = Push::new(certificate_id, target_project, target_service, again)?;
        let limits = Limits::new(timeout, timeout_ms, cancel)?;
        push.run(py, self.core(py)?, limits)
    }

    /// Push a certificate to several projects by one request, and wait for the answer.
    ///
    /// target_projects: 1 to 10 projects' names of 1 to 32 characters, each once.
    /// The other arguments are as for push(): all projects get it for one service.
    ///
    /// Returns a BatchResult for each project, in the order of target_projects: the certificate
    /// is on each of them. Raises BatchIncomplete if the service answered and at least one
    /// project did not get the certificate; its results has all of them. A project that the
    /// service refused may have got it all the same, unless its result's outcome_unknown is
    /// false, and so may one that the answer does not plainly tell of.
    ///
    /// Any other Error is about the whole, and what its outcome_unknown says holds for every
    /// project: one time-out, one lost connection leaves all of them unknown.
    #[pyo3(signature = (
        certificate_id, target_projects, target_service, *, timeout = None, timeout_ms = None, cancel = None
    ))]
    #[expect(clippy::too_many_arguments, reason = "they are Python keywords")]
    fn batch_push<'py>(
        &self,
        py: Python<'py>,
        certificate_id: &Bound<'py, PyAny>,
        target_projects: &Bound<'py, PyAny>,
        target_service: &Bound<'py, PyAny>,
        timeout: Option<&Bound<'py, PyAny>>,
        timeout_ms: Option<&Bound<'py, PyAny>>,
        cancel: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let push = BatchPush {
            certificate_id: arguments::text("certificate_id", certificate_id)?,
            target_projects: arguments::texts("target_projects", target_projects)?,
            target_service: arguments::text("target_service", target_service)?,
        };
        let limits = Limits::new(timeout, timeout_ms, cancel)?;
        push.run(py, self.core(py)?, limits)
    }

    /// Push many certificates, several at a time, and return an iterator of their results.
    ///
    /// targets: an iterable of Target, of tuples of three values, or of mappings with three keys:
    /// certificate_id, target_project, target_service. read_targets reads them from a file.
    /// timeout, timeout_ms: how long the whole may take; each push has the client's timeout
    /// within that.
    /// cancel: a Cancel that stops all of it.
    /// again: push once more what the client's journal has as pushed.
    ///
    /// All targets are checked before anything is sent: InvalidArgument, or TypeError, names the
    /// first that is refused by its place, counted from 0. One that is there twice is refused.
    ///
    /// The options jobs, max_failures and journal say how many are pushed at a time, after how
    /// many failures no more are begun, and where each push is kept. Every target's outcome is
    /// told, whatever happens to the others: the iteration raises no failure of a push. What the
    /// journal has as pushed is not pushed again; what stops a run leaves the rest NotTried.
    #[pyo3(
        signature = (targets, *, timeout = None, timeout_ms = None, cancel = None, again = None),
        text_signature = "($self, targets, *, timeout=None, timeout_ms=None, cancel=None, again=False)"
    )]
    fn push_all(
        slf: &Bound<'_, Self>,
        targets: &Bound<'_, PyAny>,
        timeout: Option<&Bound<'_, PyAny>>,
        timeout_ms: Option<&Bound<'_, PyAny>>,
        cancel: Option<&Bound<'_, PyAny>>,
        again: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PushAll> {
        let limits = Limits::new(timeout, timeout_ms, cancel)?;
        let again = flag("again", again)?;
        let targets = Targets::new(targets)?;
        let core = slf.get().core(slf.py())?;
        PushAll::start(slf, &core, targets, &limits, again)
    }

    /// Make a connection, unless one is kept already, and keep it for the next call.
    ///
    /// Sends no request. The arguments are as for push().
    #[pyo3(signature = (*, timeout = None, timeout_ms = None, cancel = None))]
    fn connect(
        &self,
        py: Python<'_>,
        timeout: Option<&Bound<'_, PyAny>>,
        timeout_ms: Option<&Bound<'_, PyAny>>,
        cancel: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let limits = Limits::new(timeout, timeout_ms, cancel)?;
        let core = self.core(py)?;
        call::wait(py, limits, MayPush::No, move |options| {
            core.connect_with(options)
        })?
        .value()
    }

    /// The endpoint, the credentials and where they came from, one item a line.
    ///
    /// Secrets are masked.
    fn describe(&self) -> &str {
        &self.description
    }

    /// Whether close() was called.
    #[getter]
    fn closed(&self) -> bool {
        self.open.load().is_none()
    }

    /// Refuse further calls, which raise Cancelled. Running ones end as they would have.
    ///
    /// So does a run of push_all. Kept connections are closed as soon as no call is running.
    fn close(&self, py: Python<'_>) {
        let core = self.open.swap(None);
        py.detach(|| drop(core));
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyAny>) {
        self.close(py);
    }

    fn __repr__(&self) -> String {
        let first_line = self.description.lines().next().unwrap_or_default();
        let state = if self.closed() { " (closed)" } else { "" };
        format!("<certpush.Client {first_line}{state}>")
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "a certpush.Client cannot be pickled or copied: it holds a secret and connections. \
             Make one in each process; a forked child may use its parent's",
        ))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.token_source.upgrade() {
            Some(source) => source.traverse(&visit),
            None => Ok(()),
        }
    }

    fn __clear__(&self) {
        self.open.store(None);
    }
}

impl Client {
    fn open(
        py: Python<'_>,
        function: &str,
        trust_env: bool,
        token_source: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Client> {
        let token_source = token_source.map(Callable::new).transpose()?;
        let seen = token_source.as_ref().map(Arc::downgrade);
        let config = options::config(py, function, options, token_source, trust_env)?;
        let core = open(py, &config, Limits::default(), certpush::Client::new_with)?;
        let description = core.describe().to_owned();
        Ok(Client {
            open: ArcSwapOption::from_pointee(core),
            description,
            token_source: seen.unwrap_or_default(),
        })
    }

    /// Ends the documentation that help() shows with the core's options.
    pub(crate) fn document_options(py: Python<'_>) -> PyResult<()> {
        let class = py.get_type::<Client>();
        let doc: String = class.getattr("__doc__")?.extract()?;
        class.setattr("__doc__", format!("{doc}\n\n{}", options::documentation()))
    }

    pub(crate) fn core(&self, py: Python<'_>) -> PyResult<Arc<certpush::Client>> {
        self.open
            .load_full()
            .ok_or_else(|| errors::client_is_closed(py))
    }
}

/// Push one certificate without a client of one's own, and wait for the answer.
///
/// Opens a client, pushes, and closes it: as Client(trust_env=True, **options).push(...). The
/// options come from the environment (CERTPUSH_REGION, CERTPUSH_TOKEN_FILE and so on) and from
/// the keywords, which hide the environment's; they are those of Client. A password is refused:
/// each call would log in anew, and a loop of them would lock the account.
///
/// certificate_id: 16 ASCII letters or digits, such as "scs1600313391074".
/// target_project: a project's name, such as the region "ap-southeast-3"; None or "" for the
/// CDN only.
/// target_service: "ELB", "WAF" or "CDN"; any other is sent as given.
/// cancel: a Cancel that stops this call.
/// again: push once more what the journal has as pushed, if the options name one.
///
/// Returns a Receipt or raises an Error, as Client.push does.
#[pyfunction]
#[pyo3(
    signature = (
        certificate_id, target_project, target_service, *,
        cancel = None, again = None, token_source = None, **options
    ),
    text_signature = "(certificate_id, target_project, target_service, *, cancel=None, again=False, \
        token_source=None, **options)"
)]
#[expect(clippy::too_many_arguments, reason = "they are Python keywords")]
pub(crate) fn push(
    py: Python<'_>,
    certificate_id: &Bound<'_, PyAny>,
    target_project: &Bound<'_, PyAny>,
    target_service: &Bound<'_, PyAny>,
    cancel: Option<&Bound<'_, PyAny>>,
    again: Option<&Bound<'_, PyAny>>,
    token_source: Option<&Bound<'_, PyAny>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Receipt> {
    let push = Push::new(certificate_id, target_project, target_service, again)?;
    let limits = Limits::new(None, None, cancel)?;
    let token_source = token_source.map(Callable::new).transpose()?;
    let config = options::config(py, "push", options, token_source, true)?;
    let core = open(py, &config, limits.clone(), certpush::Client::one_off_with)?;
    push.run(py, Arc::new(core), limits)
}

/// A keyword that is false unless it is given.
fn flag(name: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
    value.map_or(Ok(false), |value| arguments::boolean(name, value))
}

/// Makes a client. Other threads may run meanwhile: one of them may be what feeds a file that the
/// options name. A signal ends the waiting for such a file.
fn open(
    py: Python<'_>,
    config: &Config,
    limits: Limits,
    make: impl FnOnce(&Config, &CallOptions) -> Result<certpush::Client, certpush::Error> + Send,
) -> PyResult<certpush::Client> {
    call::wait(py, limits, MayPush::No, |options| make(config, options))?.value()
}

/// What a push is given.
struct Push {
    certificate_id: String,
    target_project: String,
    target_service: String,
    again: bool,
}

impl Push {
    fn new(
        certificate_id: &Bound<'_, PyAny>,
        target_project: &Bound<'_, PyAny>,
        target_service: &Bound<'_, PyAny>,
        again: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Push> {
        Ok(Push {
            certificate_id: arguments::text("certificate_id", certificate_id)?,
            target_project: arguments::project("target_project", target_project)?,
            target_service: arguments::text("target_service", target_service)?,
            again: flag("again", again)?,
        })
    }

    fn run(self, py: Python<'_>, core: Arc<certpush::Client>, limits: Limits) -> PyResult<Receipt> {
        let ended = call::wait(py, limits, MayPush::Yes, move |options| {
            core.push_with(
                &self.certificate_id,
                &self.target_project,
                &self.target_service,
                &options.clone().again(self.again),
            )
        })?;
        match ended {
            Ended::Undisturbed(pushed) => Ok(Receipt::from(&pushed)),
            Ended::Disturbed(pushed, exception) => {
                let lost = errors::receipt_is_lost(py, pushed.report());
                Err(signals::chain(py, exception, lost))
            }
        }
    }
}

/// What a batch push is given.
struct BatchPush {
    certificate_id: String,
    target_projects: Vec<String>,
    target_service: String,
}

impl BatchPush {
    fn run(
        self,
        py: Python<'_>,
        core: Arc<certpush::Client>,
        limits: Limits,
    ) -> PyResult<Bound<'_, PyList>> {
        let ended = call::wait(py, limits, MayPush::Yes, move |options| {
            let told = core.batch_push_with(
                &self.certificate_id,
                &self.target_projects,
                &self.target_service,
                options,
            );
            match told {
                Ok(done) => Ok(Ok(done)),
                Err(BatchError::Incomplete(incomplete)) => Ok(Err(incomplete)),
                Err(BatchError::Failed(error)) => Err(error),
            }
        })?;
        let (told, exception) = match ended {
            Ended::Undisturbed(told) => (told, None),
            Ended::Disturbed(told, exception) => (told, Some(exception)),
        };
        let error = match (told, &exception) {
            (Ok(done), None) => return errors::results(py, &done.into_reports().1),
            (Ok(done), Some(_)) => errors::receipt_is_lost(py, done.report()),
            (Err(incomplete), _) => errors::raise_incomplete(py, incomplete),
        };
        Err(match exception {
            Some(exception) => signals::chain(py, exception, error),
            None => error,
        })
    }
}
