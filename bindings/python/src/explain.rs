//! `certpush.explain` and its answer, `certpush.Explanation`.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::{arguments, plain};

/// What a status or a service's error code means, and what to do about it.
#[pyclass(frozen, eq, hash, get_all, module = "certpush")]
#[derive(PartialEq, Hash)]
pub(crate) struct Explanation {
    /// The name of the status or the code, such as CERTPUSH_TIMEOUT or SCM.0069.
    name: String,
    /// The number of a status, or None for a service's code.
    status_number: Option<i32>,
    /// What it means.
    meaning: String,
    /// What to do, "" if nothing is known.
    hint: String,
    /// Whether the certificate may have been pushed, in words.
    outcome: String,
}

const FIELDS: &[&str] = &["name", "status_number", "meaning", "hint", "outcome"];

#[pymethods]
impl Explanation {
    #[new]
    #[pyo3(signature = (name, status_number, meaning, hint, outcome))]
    fn new(
        name: String,
        status_number: Option<i32>,
        meaning: String,
        hint: String,
        outcome: String,
    ) -> Explanation {
        Explanation {
            name,
            status_number,
            meaning,
            hint,
            outcome,
        }
    }

    /// Its fields, as plain JSON.
    fn to_dict<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        plain::dict(slf, FIELDS)
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

/// Explain a status (by number or name) or a service's error code such as "SCM.0069".
///
/// Returns None for a code that is not known.
#[pyfunction]
pub(crate) fn explain(code: &Bound<'_, PyAny>) -> PyResult<Option<Explanation>> {
    let known = certpush::explain(&arguments::code("code", code)?);
    Ok(known.map(|known| Explanation {
        name: known.name,
        status_number: known.status.map(certpush::Status::number),
        meaning: known.meaning.to_owned(),
        hint: known.hint.unwrap_or_default().to_owned(),
        outcome: known.outcome.to_owned(),
    }))
}
