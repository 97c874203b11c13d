//! `certpush.Cancel`.

use pyo3::prelude::*;

/// Stops calls from another thread.
///
/// It is one-shot: once triggered, every call that was or is given it as cancel= raises
/// Cancelled, within 100 ms. Its outcome_unknown tells whether the certificate may have been
/// pushed. One Cancel may be shared by any number of calls.
#[pyclass(frozen, module = "certpush")]
pub(crate) struct Cancel(certpush::Cancel);

impl Cancel {
    /// The same cancel, for a call.
    pub(crate) fn shared(&self) -> certpush::Cancel {
        self.0.clone()
    }
}

#[pymethods]
impl Cancel {
    #[new]
    fn new() -> Cancel {
        Cancel(certpush::Cancel::new())
    }

    /// Stop the calls that were given this cancel, and those that will be.
    fn trigger(&self) {
        self.0.trigger();
    }

    /// Whether trigger() has been called.
    #[getter]
    fn triggered(&self) -> bool {
        self.0.is_triggered()
    }

    fn __repr__(&self) -> String {
        let state = if self.0.is_triggered() {
            "triggered"
        } else {
            "not triggered"
        };
        format!("<certpush.Cancel {state}>")
    }
}
