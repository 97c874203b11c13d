//! What a call has that somebody awaits while another thread makes it.

use std::time::{Duration, Instant};

use pyo3::prelude::*;

use crate::client::Client;
use crate::limits::Limits;

/// A call of an AsyncClient, from the await on: its time, and what stops it.
///
/// A method of its client takes it as cancel=.
#[pyclass(frozen, module = "certpush._certpush")]
pub(crate) struct Awaited {
    began: Instant,
    timeout: Duration,
    cancel: certpush::Cancel,
}

#[pymethods]
impl Awaited {
    #[new]
    #[pyo3(signature = (client, timeout = None, timeout_ms = None, cancel = None))]
    fn new(
        client: &Bound<'_, Client>,
        timeout: Option<&Bound<'_, PyAny>>,
        timeout_ms: Option<&Bound<'_, PyAny>>,
        cancel: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Awaited> {
        let began = Instant::now();
        let limits = Limits::new(timeout, timeout_ms, cancel)?;
        let core = client.get().core(client.py())?;
        Ok(Awaited {
            began,
            timeout: limits.timeout.unwrap_or_else(|| core.timeout()),
            cancel: limits
                .cancel
                .map_or_else(certpush::Cancel::new, |it| it.child()),
        })
    }

    /// Stop this call, and no other.
    fn trigger(&self) {
        self.cancel.trigger();
    }

    /// How long it may still take, in seconds: 0 when its time is up or it was stopped.
    #[getter]
    fn left(&self) -> f64 {
        if self.cancel.is_triggered() {
            return 0.0;
        }
        self.timeout
            .saturating_sub(self.began.elapsed())
            .as_secs_f64()
    }
}

impl Awaited {
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            timeout: Some(self.timeout),
            cancel: Some(self.cancel.clone()),
            began: Some(self.began),
        }
    }
}
