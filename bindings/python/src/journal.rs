//! `certpush.settle` and `certpush.unsettled`.

use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::call::{self, MayPush};
use crate::{arguments, errors};

/// Write into a journal what was found out of a push whose outcome it does not know.
///
/// journal: the file that the option journal named; the client that has it must have ended.
/// certificate_id, target_project, target_service: the push, as it was made.
/// pushed: True if the certificate is on its target: it counts as pushed from now on. False if it
/// is not: the next run pushes it.
///
/// When it returns, that is on the disk. Raises ConfigError if the file is no journal, is in use,
/// or has no such push that is to be settled; it stays as it was then. What was settled before may
/// be settled anew.
#[pyfunction]
#[pyo3(signature = (journal, certificate_id, target_project, target_service, *, pushed))]
pub(crate) fn settle(
    py: Python<'_>,
    journal: &Bound<'_, PyAny>,
    certificate_id: &Bound<'_, PyAny>,
    target_project: &Bound<'_, PyAny>,
    target_service: &Bound<'_, PyAny>,
    pushed: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let journal = arguments::path("journal", journal)?;
    let certificate_id = arguments::text("certificate_id", certificate_id)?;
    let target_project = arguments::project("target_project", target_project)?;
    let target_service = arguments::text("target_service", target_service)?;
    let pushed = arguments::boolean("pushed", pushed)?;
    call::run(py, MayPush::No, || {
        certpush::settle(
            &journal,
            &certificate_id,
            &target_project,
            &target_service,
            pushed,
        )
    })?
    .value()
}

/// Return what a journal does not know the end of, the oldest first: a list of Unsettled.
///
/// journal: the file that the option journal named; the client that has it must have ended.
///
/// Each has the certificate_id, target_project and target_service, in capitals, that settle()
/// takes, and the message that a run gives it. Raises ConfigError if the file is no journal or is
/// in use.
#[pyfunction]
pub(crate) fn unsettled<'py>(
    py: Python<'py>,
    journal: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyList>> {
    let journal = arguments::path("journal", journal)?;
    let pushes = call::run(py, MayPush::No, || certpush::unsettled(&journal))?.value()?;
    errors::list(py, &pushes)
}
