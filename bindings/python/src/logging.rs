//! The core's log lines to Python's logger "certpush".

use std::cell::Cell;
use std::sync::Arc;

use certpush::{Level, LogHook};
use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;

use crate::{exit, imports, interpreter, signals};

thread_local! {
    /// Whether the logger took the line of a success when this thread's call began. Asking when the
    /// call has ended would take the GIL once more, for a line that hardly anybody reads.
    static TELLS_SUCCESS: Cell<bool> = const { Cell::new(false) };
}

/// A hook that gives each line to the logger, if the logger takes lines of its level.
pub(crate) fn hook() -> Arc<dyn LogHook> {
    Arc::new(Hook)
}

/// Asks the logger, before a call of the core begins, whether it takes the line of a success. What
/// is broken in it must not stop a push, but Ctrl-C must.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    let takes = Logger::of_program(py).and_then(|logger| match logger {
        Some(logger) => logger.takes(py, Level::Info),
        None => Ok(false),
    });
    TELLS_SUCCESS.set(match takes {
        Ok(takes) => takes,
        Err(error) if error.is_instance_of::<PyException>(py) => {
            error.write_unraisable(py, None);
            true
        }
        Err(interrupt) => return Err(interrupt),
    });
    Ok(())
}

struct Hook;

impl LogHook for Hook {
    fn wants(&self, level: Level) -> bool {
        level != Level::Info || TELLS_SUCCESS.get()
    }

    fn line(&self, level: Level, line: &str) {
        // When the interpreter is ending there is nobody left to read.
        if exit::is_over_here() {
            return;
        }
        let _ = Python::try_attach(|py| match Logger::of_program(py) {
            Ok(Some(logger)) => logger.write_and_survive(py, level, line),
            Ok(None) => {}
            Err(error) => error.write_unraisable(py, None),
        });
    }
}

/// The methods of the logger, looked up once.
struct Logger {
    is_enabled_for: Py<PyAny>,
    log: Py<PyAny>,
}

impl Logger {
    /// The logger, once the program has imported logging. Before that nobody listens, and a
    /// program that does not log need not wait for the import.
    fn of_program(py: Python<'_>) -> PyResult<Option<&Logger>> {
        static LOGGER: PyOnceLock<Logger> = PyOnceLock::new();
        if let Some(logger) = LOGGER.get(py) {
            return Ok(Some(logger));
        }
        if !imports::has(py, intern!(py, "logging"))? {
            return Ok(None);
        }
        LOGGER.get_or_try_init(py, || Logger::new(py)).map(Some)
    }

    fn new(py: Python<'_>) -> PyResult<Logger> {
        let logging = py.import("logging")?;
        let logger = logging.call_method1("getLogger", ("certpush",))?;
        // A library leaves it to the program where its lines go.
        logger.call_method1("addHandler", (logging.call_method0("NullHandler")?,))?;
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
        if let Err(error) = self.write(py, level, line) {
            if error.is_instance_of::<PyException>(py) {
                error.write_unraisable(py, Some(self.log.bind(py)));
            } else {
                signals::keep(error);
            }
        }
    }

    fn write(&self, py: Python<'_>, level: Level, line: &str) -> PyResult<()> {
        if self.takes(py, level)? {
            let arguments = (number(level), line).into_pyobject(py)?;
            interpreter::call(self.log.bind(py), &arguments)?;
        }
        Ok(())
    }

    fn takes(&self, py: Python<'_>, level: Level) -> PyResult<bool> {
        let arguments = PyTuple::new(py, [number(level)])?;
        let takes = interpreter::call(self.is_enabled_for.bind(py), &arguments)?;
        takes.is_truthy()
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
