//! Why a request is refused.

use crate::faults::Fault;

/// What the service answers, and what is wrong in words.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) fault: Fault,
    pub(crate) problem: String,
}

pub(crate) fn refuse<T>(fault: impl Into<Fault>, problem: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        fault: fault.into(),
        problem: problem.into(),
    })
}
