//! The core's log lines to Python's logger "certpush".

use std::sync::Arc;

use certpush::{Level, LogHook};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

use crate::signals;

/// A hook that gives each line to the logger, if the logger takes lines of its level by then.
pub(crate) fn hook(py: Python<'_>) -> PyResult<LogHook> {
    let logger = py.import("certpush._logging")?.getattr("logger")?;
    let is_enabled_for = logger.getattr("isEnabledFor")?.unbind();
    let log = logger.getattr("log")?.unbind();
    Ok(Arc::new(move |level, line| {
        // None when the interpreter is ending: there is nobody left to read.
        let _ = Python::try_attach(|py| {
            let level = number(level);
            let written = is_enabled_for
                .bind(py)
                .call1((level,))
                .and_then(|enabled| enabled.is_truthy())
                .and_then(|enabled| {
                    if enabled {
                        log.bind(py).call1((level, line)).map(|_| ())
                    } else {
                        Ok(())
                    }
                });
            if let Err(error) = written {
                if error.is_instance_of::<PyException>(py) {
                    // A broken handler must not make a push look failed.
                    error.write_unraisable(py, Some(log.bind(py)));
                } else {
                    signals::keep(error);
                }
            }
        });
    }))
}

/// The number that Python's logging gives a level.
fn number(level: Level) -> u8 {
    match level {
        Level::Info => 20,
        Level::Warning => 30,
        _ => 40,
    }
}
