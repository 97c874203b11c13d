//! `certpush.PushAll`, a run of many pushes.
//!
//! The threads that push run no Python code. Whoever waits for the run does it for them: its own thread
//! calls the token source and the logger.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use certpush::{
    Error, PushAllCounts, PushAllOptions, PushAllReport, PushAllRun, PushAllStep, PushAllStopper,
    Report, Status,
};
use certpush_system::fork_generation;
use pyo3::PyTraverseError;
use pyo3::exceptions::{PyException, PyGeneratorExit, PyRuntimeError, PyTypeError};
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::call::{self, Ended, MayPush};
use crate::client::Client;
use crate::limits::Limits;
use crate::targets::Targets;
use crate::turns::{NoTurn, Turns};
use crate::{errors, signals};

/// The longest wait after which another thread may have its turn.
const SLICE: Duration = Duration::from_millis(20);
/// How many ended entries are fetched at once.
const BATCH: usize = 256;
/// How long a cancelled run may take to end when the interpreter does.
const CANCELLED: Duration = Duration::from_millis(150);

/// The runs that are to be ended with the interpreter.
static RUNS: Mutex<Vec<Weak<Inner>>> = Mutex::new(Vec::new());

/// A run of many pushes, which Client.push_all has started: an iterator of its results.
///
/// It gives a PushResult for each target as it ends. Any number of threads may iterate over it;
/// each result is given to one of them. The threads that push call nothing of the program's:
/// token_source and the logger are called on the thread that iterates, and as long as none does,
/// they soon wait. len() is the number of targets.
///
/// In a with statement it is over when the block is. What leaves the block, or a loop whose run
/// nobody else has, stops it: no more is begun, and what is under way comes to its end and is
/// waited for. KeyboardInterrupt and the like cancel it instead, within 100 ms, and their chain of
/// causes ends with the BatchIncomplete that tells all outcomes; results has them, too.
#[pyclass(frozen, module = "certpush")]
pub(crate) struct PushAll {
    inner: Arc<Inner>,
    /// It has the token source that the run asks, which the garbage collector must see.
    client: Py<Client>,
}

struct Inner {
    run: Turns<Run>,
    stopper: PushAllStopper,
    lines: Vec<Option<usize>>,
    total: usize,
    ended: AtomicUsize,
    is_over: AtomicBool,
    generation: u64,
}

/// The run, and what of it is not yet told.
struct Run {
    /// None once all have ended, and `over` has what became of them.
    under_way: Option<Box<PushAllRun>>,
    over: Option<PushAllReport>,
    untold: VecDeque<usize>,
}

/// What comes of waiting for the next result.
enum Next {
    Ended(usize, Box<Report>),
    Done,
    /// An exception is to be raised instead.
    Disturbed,
}

impl PushAll {
    /// Starts a run.
    pub(crate) fn start(
        client: &Bound<'_, Client>,
        core: &certpush::Client,
        targets: Targets,
        limits: &Limits,
        again: bool,
    ) -> PyResult<PushAll> {
        let py = client.py();
        let Targets { list, lines } = targets;
        let mut options = PushAllOptions::new()
            .again(again)
            .interrupt(signals::end_a_wait_here);
        if let Some(timeout) = limits.timeout {
            options = options.timeout(timeout);
        }
        if let Some(cancel) = &limits.cancel {
            options = options.cancel(cancel);
        }
        let started = call::run(py, MayPush::Yes, || core.start_push_all(&list, &options))?;
        match started {
            Ended::Undisturbed(run) => Ok(PushAll::new(client.clone().unbind(), run, lines)),
            Ended::Disturbed(run, exception) => {
                let run = PushAll::new(client.clone().unbind(), run, lines);
                Err(run.disturbed(py, exception))
            }
        }
    }

    fn new(client: Py<Client>, run: PushAllRun, lines: Vec<Option<usize>>) -> PushAll {
        let inner = Arc::new(Inner {
            stopper: run.stopper(),
            total: lines.len(),
            lines,
            run: Turns::new(Run {
                under_way: Some(Box::new(run)),
                over: None,
                untold: VecDeque::new(),
            }),
            ended: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            generation: fork_generation(),
        });
        let mut runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
        runs.retain(|run| run.strong_count() > 0);
        runs.push(Arc::downgrade(&inner));
        drop(runs);
        PushAll { inner, client }
    }
}

#[pymethods]
impl PushAll {
    /// Have no more begun: the rest is NotTried. What is under way comes to its own end.
    ///
    /// It may be called on any thread, and waits for nothing.
    fn stop(&self) {
        self.inner.stopper.stop();
    }

    /// Stop the run, and what is under way within 100 ms, as its cancel= does.
    ///
    /// It may be called on any thread, and waits for nothing.
    fn cancel(&self) {
        self.inner.stopper.cancel();
    }

    /// Wait for all, and return their results in the order of the targets.
    ///
    /// Raises BatchIncomplete, whose results are the same, if a target is not pushed, now or
    /// earlier.
    fn raise_if_incomplete<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let inner = &*self.inner;
        match self.wait(py, || inner.drain(signals::are_kept))? {
            Ok(()) => {}
            Err(no_turn) => return Err(refused(py, no_turn)),
        }
        let total = inner.total;
        let (whole, ended) = self.ask(py, |run| (run.whole(), run.ended(total)))?;
        match whole {
            Some(whole) if whole.status() != Status::Ok => Err(errors::raise_incomplete_run(
                py,
                &whole,
                &ended,
                &self.inner.lines,
            )),
            _ => self
                .results_of(py, &ended)
                .map_err(|exception| self.tell_all(py, exception)),
        }
    }

    /// What has ended so far, in the order of the targets, iterated over or not.
    #[getter]
    fn results<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let total = self.inner.total;
        let ended = self.ask(py, |run| run.ended(total))?;
        self.results_of(py, &ended)
    }

    /// How many targets came to what so far.
    ///
    /// The keys are pushed, pushed_earlier (those of them that the journal had as pushed),
    /// not_pushed, unknown and not_tried.
    #[getter]
    fn counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = self.ask(py, |run| run.counts())?;
        let told = PyDict::new(py);
        told.set_item("pushed", counts.pushed)?;
        told.set_item("pushed_earlier", counts.pushed_earlier)?;
        told.set_item("not_pushed", counts.not_pushed)?;
        told.set_item("unknown", counts.unknown)?;
        told.set_item("not_tried", counts.not_tried)?;
        Ok(told)
    }

    /// What became of the whole, in one line that is fit for a log; "" until all have ended.
    #[getter]
    fn message(&self, py: Python<'_>) -> PyResult<String> {
        let whole = self.ask(py, |run| run.whole())?;
        Ok(whole.map_or_else(String::new, |whole| whole.message().to_owned()))
    }

    fn __len__(&self) -> usize {
        self.inner.total
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let inner = &*self.inner;
        let at_hand = inner.run.try_take().and_then(|mut run| run.tell());
        let next = match at_hand {
            Some((index, report)) => Ok(Next::Ended(index, Box::new(report))),
            None => self.wait(py, || inner.next())?,
        };
        match next {
            // A signal's handler may run while it is made, too.
            Ok(Next::Ended(index, report)) => errors::push_result(py, index, &inner.lines, &report)
                .map(Some)
                .map_err(|exception| self.disturbed(py, exception)),
            Ok(Next::Done | Next::Disturbed) => Ok(None),
            Err(no_turn) => Err(refused(py, no_turn)),
        }
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    #[pyo3(signature = (_kind = None, exception = None, _traceback = None))]
    fn __exit__(
        &self,
        py: Python<'_>,
        _kind: Option<&Bound<'_, PyAny>>,
        exception: Option<&Bound<'_, PyAny>>,
        _traceback: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        if self.inner.is_over() {
            return Ok(());
        }
        let leaving = exception.map(|it| PyErr::from_value(it.clone()));
        match self.leave(py, leaving.as_ref()) {
            Some(exception) => Err(exception),
            None => Ok(()),
        }
    }

    fn __repr__(&self) -> String {
        let ended = self.inner.ended.load(Ordering::Relaxed);
        format!(
            "<certpush.PushAll {ended} of {} targets ended>",
            self.inner.total
        )
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "a certpush.PushAll cannot be pickled or copied: it is under way in this process. \
             Its results can",
        ))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.client)
    }
}

impl PushAll {
    /// Waits for the run without the GIL. An exception that comes meanwhile cancels it and tells all
    /// outcomes.
    fn wait<T: Send>(&self, py: Python<'_>, wait: impl FnOnce() -> T + Send) -> PyResult<T> {
        match call::wait_for_run(py, wait) {
            Ok(Ended::Undisturbed(value)) => Ok(value),
            Ok(Ended::Disturbed(_, exception)) | Err(exception) => {
                Err(self.disturbed(py, exception))
            }
        }
    }

    /// Asks the run something that needs no wait but for other threads that are in it.
    fn ask<T: Send>(&self, py: Python<'_>, ask: impl FnOnce(&mut Run) -> T + Send) -> PyResult<T> {
        let inner = &*self.inner;
        let asked = py.detach(|| inner.run.take(|| false).map(|mut run| ask(&mut run)));
        asked.map_err(|no_turn| refused(py, no_turn))
    }

    fn results_of<'py>(
        &self,
        py: Python<'py>,
        ended: &[(usize, Report)],
    ) -> PyResult<Bound<'py, PyList>> {
        let results = PyList::empty(py);
        for (index, report) in ended {
            results.append(errors::push_result(py, *index, &self.inner.lines, report)?)?;
        }
        Ok(results)
    }

    /// The exception to raise when one has come while the run was waited for.
    fn disturbed(&self, py: Python<'_>, exception: PyErr) -> PyErr {
        self.inner.stopper.cancel();
        let inner = &*self.inner;
        // Nothing ends this wait: the run does, within 100 ms.
        let _ = call::wait_for_run(py, || inner.drain(|| false));
        self.tell_all(py, exception)
    }

    /// Ends the exception's chain of causes with what tells all outcomes.
    fn tell_all(&self, py: Python<'_>, exception: PyErr) -> PyErr {
        let total = self.inner.total;
        match self.ask(py, |run| (run.whole(), run.ended(total))) {
            Ok((Some(whole), ended)) => {
                let told = match whole.status() {
                    Status::Ok => errors::receipt_is_lost(py, &whole),
                    _ => errors::raise_incomplete_run(py, &whole, &ended, &self.inner.lines),
                };
                signals::chain(py, exception, told)
            }
            Ok((None, _)) => exception,
            Err(lost) => signals::chain(py, exception, lost),
        }
    }

    /// Ends the run, because nobody waits for it any more. Returns what has come meanwhile and is to be
    /// raised.
    fn leave(&self, py: Python<'_>, leaving: Option<&PyErr>) -> Option<PyErr> {
        let is_impatient = leaving.is_some_and(|exception| {
            !exception.is_instance_of::<PyException>(py)
                && !exception.is_instance_of::<PyGeneratorExit>(py)
        });
        if is_impatient {
            self.inner.stopper.cancel();
        } else {
            self.inner.stopper.stop();
        }
        let inner = &*self.inner;
        let come = match call::wait_for_run(py, || inner.drain(signals::are_kept)) {
            Ok(Ended::Undisturbed(_)) => None,
            Ok(Ended::Disturbed(_, exception)) | Err(exception) => {
                Some(self.disturbed(py, exception))
            }
        };
        if let (true, Some(exception)) = (is_impatient, leaving) {
            self.tell_all(py, exception.clone_ref(py));
        }
        come
    }
}

impl Drop for PushAll {
    fn drop(&mut self) {
        if !self.inner.is_own() {
            // A thread that this child does not have may have left it in the middle of something.
            std::mem::forget(Arc::clone(&self.inner));
            return;
        }
        if self.inner.is_over() {
            return;
        }
        let left = Python::try_attach(|py| {
            // The exception that leaves the loop, if one does.
            let leaving = PyErr::take(py);
            if let Some(come) = self.leave(py, leaving.as_ref()) {
                signals::raise_soon(py, come);
            }
            if let Some(leaving) = leaving {
                leaving.restore(py);
            }
        });
        if left.is_none() {
            self.inner.stopper.cancel();
        }
    }
}

impl Inner {
    fn is_own(&self) -> bool {
        self.generation == fork_generation()
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    /// Waits for the next result, each wait of this thread in turn with those of others.
    fn next(&self) -> Result<Next, NoTurn> {
        loop {
            let mut run = match self.run.take(signals::end_a_wait_here) {
                Err(NoTurn::Ended) if signals::are_kept() => return Ok(Next::Disturbed),
                Err(NoTurn::Ended) => continue,
                taken => taken?,
            };
            if let Some((index, report)) = run.tell() {
                return Ok(Next::Ended(index, Box::new(report)));
            }
            if run.under_way.is_none() {
                return Ok(Next::Done);
            }
            self.fetch(&mut run);
            if signals::are_kept() {
                return Ok(Next::Disturbed);
            }
        }
    }

    /// Waits until all have ended, unless `ends` says that something has come first.
    fn drain(&self, ends: impl Fn() -> bool) -> Result<(), NoTurn> {
        loop {
            let mut run = match self.run.take(|| {
                signals::end_a_wait_here();
                ends()
            }) {
                Err(NoTurn::Ended) => return Ok(()),
                taken => taken?,
            };
            if run.under_way.is_none() {
                return Ok(());
            }
            self.fetch(&mut run);
            if ends() {
                return Ok(());
            }
        }
    }

    fn fetch(&self, run: &mut Run) {
        let before = run.untold.len();
        run.fetch();
        self.ended
            .fetch_add(run.untold.len() - before, Ordering::Relaxed);
        if run.under_way.is_none() {
            self.is_over.store(true, Ordering::Release);
        }
    }
}

impl Run {
    /// Waits a little for an entry to end, and takes with it what else has.
    fn fetch(&mut self) {
        let Some(run) = &mut self.under_way else {
            return;
        };
        let mut longest = SLICE;
        for _ in 0..BATCH {
            match run.wait(longest) {
                PushAllStep::Ended(index) => self.untold.push_back(index),
                PushAllStep::Waiting => return,
                PushAllStep::Done => {
                    self.over = self.under_way.take().map(|run| run.finish());
                    return;
                }
            }
            longest = Duration::ZERO;
        }
    }

    /// The next result that nobody was told.
    fn tell(&mut self) -> Option<(usize, Report)> {
        let index = self.untold.pop_front()?;
        self.report(index).cloned().map(|report| (index, report))
    }

    fn report(&self, index: usize) -> Option<&Report> {
        match (&self.under_way, &self.over) {
            (Some(run), _) => run.report(index),
            (None, over) => over.as_ref()?.reports().get(index),
        }
    }

    /// Every report so far, in the order of the targets.
    fn ended(&self, total: usize) -> Vec<(usize, Report)> {
        let reports = (0..total).filter_map(|index| Some((index, self.report(index)?.clone())));
        reports.collect()
    }

    /// The report of the whole, once all have ended.
    fn whole(&self) -> Option<Report> {
        self.over.as_ref().map(|over| over.report().clone())
    }

    fn counts(&self) -> PushAllCounts {
        match (&self.under_way, &self.over) {
            (Some(run), _) => run.counts(),
            (None, over) => over
                .as_ref()
                .map_or_else(PushAllCounts::default, PushAllReport::counts),
        }
    }
}

/// Ends all runs with the interpreter: no more is begun, what is under way may come to its end until
/// then, and is cancelled after that.
pub(crate) fn end_all(py: Python<'_>, until: Instant) {
    let runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
    let runs: Vec<_> = runs
        .iter()
        .filter_map(Weak::upgrade)
        .filter(|run| run.is_own() && !run.is_over())
        .collect();
    if runs.is_empty() {
        return;
    }
    for run in &runs {
        run.stopper.stop();
    }
    let drain = |until: Instant| {
        for run in &runs {
            let _ = run.drain(|| signals::are_kept() || Instant::now() >= until);
        }
    };
    let ended = call::wait_for_run(py, || {
        drain(until);
        for run in &runs {
            run.stopper.cancel();
        }
        drain(Instant::now() + CANCELLED);
    });
    if let Err(exception) = ended.and_then(Ended::value) {
        exception.write_unraisable(py, None);
    }
}

/// Why a thread has no turn, as what is raised.
fn refused(py: Python<'_>, no_turn: NoTurn) -> PyErr {
    match no_turn {
        NoTurn::IsOwn => PyRuntimeError::new_err(
            "this thread is waiting for the run: what it calls meanwhile, a token source or a log \
             handler, cannot ask it for more than stop() and cancel()",
        ),
        NoTurn::Ended | NoTurn::Forked => errors::raise(
            py,
            &Error::unable(
                "the process was forked while another thread waited for the run, and its parent goes on \
                 with it",
                "Its parent's results tell what became of it.",
                true,
            ),
        ),
    }
}
