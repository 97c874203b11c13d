//! `certpush.Receipt`.

use certpush::{Getter, REPORT_FIELDS, Status};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::{arguments, plain};

/// The service answered that the certificate is on its target.
///
/// It is stored there, not yet bound to a listener or domain: hint says what is left to do.
/// Receipts are compared, hashed and pickled by their fields; a program's own tests may make one.
#[pyclass(frozen, eq, hash, get_all, module = "certpush")]
#[derive(PartialEq, Hash)]
pub(crate) struct Receipt {
    /// The certificate's id.
    certificate_id: String,
    /// The project that it was pushed to.
    target_project: String,
    /// The service that it was pushed to.
    target_service: String,
    /// 204, or 200 with a JSON object.
    http_status: u16,
    /// The service's id of the request, or "": Huawei Cloud's support asks for it.
    request_id: String,
    /// How many attempts it took.
    attempts: u32,
    /// What happened, in one line that is fit for a log.
    message: String,
    /// What is left to do.
    hint: String,
}

const FIELDS: &[&str] = &[
    "certificate_id",
    "target_project",
    "target_service",
    "http_status",
    "request_id",
    "attempts",
    "message",
    "hint",
];

impl From<&certpush::Receipt> for Receipt {
    fn from(receipt: &certpush::Receipt) -> Receipt {
        Receipt {
            certificate_id: receipt.certificate_id().to_owned(),
            target_project: receipt.target_project().to_owned(),
            target_service: receipt.target_service().to_owned(),
            http_status: receipt.http_status(),
            request_id: receipt.request_id().unwrap_or_default().to_owned(),
            attempts: receipt.attempts(),
            message: receipt.message().to_owned(),
            hint: receipt.hint().unwrap_or_default().to_owned(),
        }
    }
}

#[pymethods]
impl Receipt {
    #[new]
    #[expect(clippy::too_many_arguments, reason = "they are Python keywords")]
    fn new(
        certificate_id: &Bound<'_, PyAny>,
        target_project: &Bound<'_, PyAny>,
        target_service: &Bound<'_, PyAny>,
        http_status: &Bound<'_, PyAny>,
        request_id: &Bound<'_, PyAny>,
        attempts: &Bound<'_, PyAny>,
        message: &Bound<'_, PyAny>,
        hint: &Bound<'_, PyAny>,
    ) -> PyResult<Receipt> {
        Ok(Receipt {
            certificate_id: arguments::text("certificate_id", certificate_id)?,
            target_project: arguments::text("target_project", target_project)?,
            target_service: arguments::text("target_service", target_service)?,
            http_status: arguments::number("http_status", http_status)?,
            request_id: arguments::text("request_id", request_id)?,
            attempts: arguments::number("attempts", attempts)?,
            message: arguments::text("message", message)?,
            hint: arguments::text("hint", hint)?,
        })
    }

    // The same for every success: receipts and errors can be told alike.

    /// Status.OK.
    #[getter]
    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        static STATUS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        STATUS
            .import(py, "certpush._status", "Status")?
            .getattr("OK")
    }

    /// "": a push is not told the certificate's id on the target; BatchResult has it.
    #[classattr]
    fn target_certificate_id() -> &'static str {
        ""
    }

    #[classattr]
    fn phase() -> &'static str {
        ""
    }

    #[classattr]
    fn service_code() -> &'static str {
        ""
    }

    #[classattr]
    fn service_message() -> &'static str {
        ""
    }

    #[classattr]
    fn retryable() -> bool {
        false
    }

    #[classattr]
    fn outcome_unknown() -> bool {
        false
    }

    #[classattr]
    fn retry_after_ms() -> Option<u64> {
        None
    }

    /// Every field, as plain JSON: the object that the command certpush prints for --json.
    ///
    /// There retry_after_ms is -1, where the attribute is None.
    fn to_dict<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        let told = PyDict::new(slf.py());
        for field in REPORT_FIELDS {
            match (field.name, field.get) {
                ("status", _) => told.set_item(field.name, Status::Ok.number())?,
                ("status_name", _) => told.set_item(field.name, Status::Ok.c_name())?,
                (name, Getter::Milliseconds(_)) => {
                    let wait: Option<u64> = slf.getattr(name)?.extract()?;
                    match wait {
                        Some(wait) => told.set_item(name, wait)?,
                        None => told.set_item(name, -1)?,
                    }
                }
                (name, _) => told.set_item(name, slf.getattr(name)?)?,
            }
        }
        Ok(told)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        plain::shown(slf, FIELDS)
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
        plain::reduced(slf, FIELDS)
    }
}
