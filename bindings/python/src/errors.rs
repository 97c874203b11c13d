//! The core's errors as the exceptions of `certpush._errors`, which has the table of classes.

use certpush::{Error, Incomplete, REPORT_FIELDS, Report, Status};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::token_source::Raised;
use crate::{interpreter, report_fields};

/// The table of classes, by the number of the status.
static CLASSES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();

/// What makes a result of a batch push from its fields.
static RESULT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Imports the exceptions: it may be too late when there is one to raise.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    RESULT.import(py, "certpush._batch", "restored")?;
    CLASSES
        .import(py, "certpush._errors", "CLASS_OF_STATUS")
        .map(|_| ())
}

/// The exception of a batch push that did not reach every target, with what became of each.
pub(crate) fn raise_incomplete(py: Python<'_>, incomplete: Incomplete) -> PyErr {
    let (whole, targets) = incomplete.into_reports();
    incomplete_with(py, &whole, targets.iter().map(|it| all_fields(py, it)))
}

/// The exception of a run of many pushes that did not push every target, with what became of each.
pub(crate) fn raise_incomplete_run(
    py: Python<'_>,
    whole: &Report,
    ended: &[(usize, Report)],
    lines: &[Option<usize>],
) -> PyErr {
    let fields = ended
        .iter()
        .map(|(index, report)| fields_of_result(py, *index, lines, report));
    incomplete_with(py, whole, fields)
}

fn incomplete_with<'py>(
    py: Python<'py>,
    whole: &Report,
    results: impl Iterator<Item = PyResult<Bound<'py, PyDict>>>,
) -> PyErr {
    let exception = fields(py, whole).and_then(|fields| {
        fields.set_item("results", results.collect::<PyResult<Vec<_>>>()?)?;
        exception(py, whole.status(), whole.message(), &fields)
    });
    exception.unwrap_or_else(|error| error)
}

/// What became of one target of a run, as a `PushResult`.
pub(crate) fn push_result<'py>(
    py: Python<'py>,
    index: usize,
    lines: &[Option<usize>],
    report: &Report,
) -> PyResult<Bound<'py, PyAny>> {
    let arguments = PyTuple::new(py, [fields_of_result(py, index, lines, report)?])?;
    let result = interpreter::call(
        RESULT.import(py, "certpush._batch", "restored")?,
        &arguments,
    )?;
    if let Some(cause) = cause(report.source()) {
        let error = PyErr::from_value(result.getattr("error")?);
        error.set_cause(py, Some(cause.clone_ref(py)));
    }
    Ok(result)
}

/// Every field of a `PushResult`.
fn fields_of_result<'py>(
    py: Python<'py>,
    index: usize,
    lines: &[Option<usize>],
    report: &Report,
) -> PyResult<Bound<'py, PyDict>> {
    let fields = all_fields(py, report)?;
    fields.set_item("index", index)?;
    fields.set_item("line", lines.get(index).copied().flatten())?;
    Ok(fields)
}

/// The results of a batch push, as a list of `BatchResult`.
pub(crate) fn results<'py>(py: Python<'py>, targets: &[Report]) -> PyResult<Bound<'py, PyList>> {
    let restored = RESULT.import(py, "certpush._batch", "restored")?;
    let results = PyList::empty(py);
    for target in targets {
        let arguments = PyTuple::new(py, [all_fields(py, target)?])?;
        results.append(interpreter::call(restored, &arguments)?)?;
    }
    Ok(results)
}

/// The exception that tells everything a failure does. One of the program's own that led to it is
/// its cause.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    let exception = fields(py, error.report())
        .and_then(|fields| exception(py, error.status(), error.message(), &fields))
        .unwrap_or_else(|error| error);
    if let Some(cause) = cause(error.report().source()) {
        exception.set_cause(py, Some(cause.clone_ref(py)));
    }
    exception
}

/// The exceptions of several failures, as a list of them.
pub(crate) fn list<'py>(py: Python<'py>, failures: &[Report]) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for report in failures {
        let exception = exception(py, report.status(), report.message(), &fields(py, report)?)?;
        list.append(exception.into_value(py))?;
    }
    Ok(list)
}

/// As [`raise`], of one among several: `place` says which.
pub(crate) fn raise_of(py: Python<'_>, error: &Error, place: &str) -> PyErr {
    let message = format!("{place}: {}", error.message());
    fields(py, error.report())
        .and_then(|fields| exception(py, error.status(), &message, &fields))
        .unwrap_or_else(|error| error)
}

/// What the program's token source raised, if that is what failed.
fn cause<'a>(
    source: Option<&'a (dyn std::error::Error + Send + Sync + 'static)>,
) -> Option<&'a PyErr> {
    let raised = source?.downcast_ref::<Raised>()?;
    Some(&raised.exception)
}

/// A call on a client after its close(). Python's close() lets running calls end, the core's
/// does not, so that the core cannot be asked for this one.
pub(crate) fn client_is_closed(py: Python<'_>) -> PyErr {
    before_the_start(py, "the client is closed; nothing was sent")
}

/// A call on another thread than the one that ends the interpreter.
pub(crate) fn interpreter_is_ending(py: Python<'_>) -> PyErr {
    before_the_start(py, "the interpreter is ending; nothing was sent")
}

fn before_the_start(py: Python<'_>, message: &str) -> PyErr {
    let fields = PyDict::new(py);
    let exception = fields
        .set_item("phase", "start")
        .and_then(|()| fields.set_item("outcome_unknown", false))
        .and_then(|()| exception(py, Status::Cancelled, message, &fields));
    exception.unwrap_or_else(|error| error)
}

/// The push succeeded, but an exception takes the place of its receipt.
pub(crate) fn receipt_is_lost(py: Python<'_>, receipt: &Report) -> PyErr {
    let exception = fields(py, receipt).and_then(|fields| {
        fields.set_item("outcome_unknown", true)?;
        fields.set_item("pushed", true)?;
        let message = format!(
            "{}, but an exception came before the receipt",
            receipt.message()
        );
        exception(py, Status::Cancelled, &message, &fields)
    });
    exception.unwrap_or_else(|error| error)
}

fn exception(
    py: Python<'_>,
    status: Status,
    message: &str,
    fields: &Bound<'_, PyDict>,
) -> PyResult<PyErr> {
    let classes = CLASSES.import(py, "certpush._errors", "CLASS_OF_STATUS")?;
    let class = classes.as_any().get_item(status.number())?;
    let arguments = PyTuple::new(py, [message.into_pyobject(py)?.as_any(), fields.as_any()])?;
    Ok(PyErr::from_value(interpreter::call(&class, &arguments)?))
}

/// Every field of a report: what to_dict() gives.
fn all_fields<'py>(py: Python<'py>, report: &Report) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    for field in REPORT_FIELDS {
        fields.set_item(field.name, report_fields::value(py, field, report)?)?;
    }
    Ok(fields)
}

/// What the second of an exception's arguments has: every field but what the class and the first
/// argument tell.
fn fields<'py>(py: Python<'py>, report: &Report) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    for field in REPORT_FIELDS {
        if !matches!(field.name, "status" | "status_name" | "message") {
            fields.set_item(field.name, report_fields::value(py, field, report)?)?;
        }
    }
    Ok(fields)
}
