//! The core's errors as the exceptions of `certpush._errors`, which has the table of classes.

use std::error::Error as _;

use certpush::{Error, Report, Status};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict};

/// The exception that tells everything a failure does. One of the program's own that led to it is
/// its cause.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    let exception = fields(py, error)
        .and_then(|fields| exception(py, error.status(), error.message(), &fields))
        .unwrap_or_else(|error| error);
    if let Some(cause) = error
        .source()
        .and_then(|cause| cause.downcast_ref::<PyErr>())
    {
        exception.set_cause(py, Some(cause.clone_ref(py)));
    }
    exception
}

/// A call on a client after its close(). Python's close() lets running calls end, the core's
/// does not, so that the core cannot be asked for this one.
pub(crate) fn client_is_closed(py: Python<'_>) -> PyErr {
    let exception = [("phase", "arguments")]
        .into_py_dict(py)
        .and_then(|fields| {
            let message = "the client is closed; nothing was sent";
            exception(py, Status::Cancelled, message, &fields)
        });
    exception.unwrap_or_else(|error| error)
}

/// The push succeeded, but an exception takes the place of its receipt.
pub(crate) fn receipt_is_lost(py: Python<'_>, receipt: &Report) -> PyErr {
    let exception = fields(py, receipt).and_then(|fields| {
        fields.set_item("outcome_unknown", true)?;
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
    let name = status.c_name();
    let class = py
        .import("certpush._errors")?
        .getattr("CLASS_OF_STATUS")?
        .get_item(name.strip_prefix("CERTPUSH_").unwrap_or(name))?;
    Ok(PyErr::from_value(class.call((message,), Some(fields))?))
}

/// The keywords that every exception class takes.
fn fields<'py>(py: Python<'py>, report: &Report) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    fields.set_item("hint", report.hint())?;
    fields.set_item("phase", report.phase().name())?;
    fields.set_item("http_status", report.http_status())?;
    fields.set_item("service_code", report.service_code())?;
    fields.set_item("service_message", report.service_message())?;
    fields.set_item("request_id", report.request_id())?;
    fields.set_item("retryable", report.retryable())?;
    fields.set_item("outcome_unknown", report.outcome_unknown())?;
    fields.set_item("retry_after_ms", report.retry_after_ms())?;
    fields.set_item("attempts", report.attempts())?;
    fields.set_item("certificate_id", report.certificate_id())?;
    fields.set_item("target_project", report.target_project())?;
    fields.set_item("target_service", report.target_service())?;
    Ok(fields)
}
