//! The core's log lines to Python's logger "certpush".

use std::sync::Arc;

use certpush::{Level, LogHook};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::signals;

/// A hook that gives each line to the logger, if the logger takes lines of its level by then.
pub(crate) fn hook() -> LogHook {
    let logger = PyOnceLock::new();
    Arc::new(move |level, line| {
        // Not attached when the interpreter is ending: there is nobody left to read.
        let _ = Python::try_attach(|py| match Logger::of_program(py, &logger) {
            Ok(Some(logger)) => logger.write_and_survive(py, level, line),
            Ok(None) => {}
            Err(error) => error.write_unraisable(py, None),
        });
    })
}

/// The methods of the logger, looked up once.
struct Logger {
    is_enabled_for: Py<PyAny>,
    log: Py<PyAny>,
}

impl Logger {
    /// The logger, once the program has imported logging. Before that nobody listens, and a
    /// program that does not log need not wait for the import.
    fn of_program<'a>(
        py: Python<'_>,
        known: &'a PyOnceLock<Logger>,
    ) -> PyResult<Option<&'a Logger>> {
        if let Some(logger) = known.get(py) {
            return Ok(Some(logger));
        }
        if !py.import("sys")?.getattr("modules")?.contains("logging")? {
            return Ok(None);
        }
        known.get_or_try_init(py, || Logger::new(py)).map(Some)
    }

    fn new(py: Python<'_>) -> PyResult<Logger> {
        let logger = py.import("certpush._logging")?.getattr("logger")?;
        Ok(Logger {
            is_enabled_for: logger.getattr("isEnabledFor")?.unbind(),
            log: logger.getattr("log")?.unbind(),
        })
    }

    /// Writes a line. A handler that is broken must not make a push look failed, but Ctrl-C must
    /// not be lost either.
    fn write_and_survive(&self, py: Python<'_>, level: Level, line: &str) {
        // Python would run them within the logger's code, and their exceptions would look like
        // the logger's.
        signals::run_handlers(py);
        if let Err(error) = self.write(py, number(level), line) {
            if error.is_instance_of::<PyException>(py) {
                error.write_unraisable(py, Some(self.log.bind(py)));
            } else {
                signals::keep(error);
            }
        }
    }

    fn write(&self, py: Python<'_>, level: u8, line: &str) -> PyResult<()> {
        if self.is_enabled_for.bind(py).call1((level,))?.is_truthy()? {
            self.log.bind(py).call1((level, line))?;
        }
        Ok(())
    }
}

/// The number that Python's logging gives a level.
fn number(level: Level) -> u8 {
    match level {
        Level::Info => 20,
        Level::Warning => 30,
        _ => 40,
    }
}
