//! What the core logs, to Python's logger "certpush": a message that is the same for all of a kind, what
//! fills it in, and every field of the report as an attribute of the record.

use std::cell::Cell;
use std::sync::Arc;

use certpush::{Connected, Level, LogEvent, LogHook, Logged, REPORT_FIELDS, Report};
use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyDict, PyTuple};

use crate::{exit, imports, interpreter, report_fields, signals};

thread_local! {
    /// The least level that the logger took when this thread's call began. Asking when there is something
    /// to tell would take the GIL once more, for what hardly anybody reads.
    static LEAST: Cell<Level> = const { Cell::new(Level::Warning) };
}

/// A hook that gives each line to the logger, if the logger takes lines of its level.
pub(crate) fn hook() -> Arc<dyn LogHook> {
    Arc::new(Hook)
}

/// Asks the logger, before a call of the core begins, whether it takes what is no failure. What is
/// broken in it must not stop a push, but Ctrl-C must.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    let least = Logger::of_program(py).and_then(|logger| match logger {
        Some(logger) => logger.least(py),
        None => Ok(Level::Warning),
    });
    LEAST.set(match least {
        Ok(least) => least,
        Err(error) if error.is_instance_of::<PyException>(py) => {
            error.write_unraisable(py, None);
            Level::Info
        }
        Err(interrupt) => return Err(interrupt),
    });
    Ok(())
}

struct Hook;

impl LogHook for Hook {
    fn wants(&self, level: Level) -> bool {
        level >= LEAST.get()
    }

    fn takes_connections(&self) -> bool {
        true
    }

    fn line(&self, _: Level, _: &str) {
        // Nobody gives it one: it takes events.
    }

    fn event(&self, event: &LogEvent<'_>) {
        // When the interpreter is ending there is nobody left to read.
        if exit::is_over_here() {
            return;
        }
        let _ = Python::try_attach(|py| match Logger::of_program(py) {
            Ok(Some(logger)) => logger.write_and_survive(py, event),
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

    /// Writes a record. A handler that is broken must not make a push look failed, but Ctrl-C must
    /// not be lost either.
    fn write_and_survive(&self, py: Python<'_>, event: &LogEvent<'_>) {
        // Python would run them within the logger's code, and their exceptions would look like
        // the logger's.
        signals::run_handlers(py);
        if let Err(error) = self.write(py, event) {
            if error.is_instance_of::<PyException>(py) {
                error.write_unraisable(py, Some(self.log.bind(py)));
            } else {
                signals::keep(error);
            }
        }
    }

    fn write(&self, py: Python<'_>, event: &LogEvent<'_>) -> PyResult<()> {
        if !self.takes(py, event.level())? {
            return Ok(());
        }
        let record = Record::of(py, event.what())?;
        let message = (number(event.level()), record.message).into_pyobject(py)?;
        let arguments = message
            .as_sequence()
            .concat(record.arguments.as_sequence())?;
        let keywords = [("extra", record.fields)].into_py_dict(py)?;
        interpreter::call_with(self.log.bind(py), &arguments.to_tuple()?, Some(&keywords))?;
        Ok(())
    }

    /// The least level that it takes.
    fn least(&self, py: Python<'_>) -> PyResult<Level> {
        for level in [Level::Info, Level::Debug] {
            if !self.takes(py, level)? {
                return Ok(match level {
                    Level::Info => Level::Warning,
                    _ => Level::Info,
                });
            }
        }
        Ok(Level::Debug)
    }

    fn takes(&self, py: Python<'_>, level: Level) -> PyResult<bool> {
        let arguments = PyTuple::new(py, [number(level)])?;
        let takes = interpreter::call(self.is_enabled_for.bind(py), &arguments)?;
        takes.is_truthy()
    }
}

/// What a record of the log is made of.
struct Record<'py> {
    /// The same for all of a kind, which what collects records puts together by it.
    message: String,
    arguments: Bound<'py, PyTuple>,
    /// Attributes of the record.
    fields: Bound<'py, PyDict>,
}

impl<'py> Record<'py> {
    fn of(py: Python<'py>, what: &Logged<'_>) -> PyResult<Record<'py>> {
        match what {
            Logged::Call {
                operation,
                report,
                took,
            } => Record::of_call(py, operation, report, took.as_millis()),
            Logged::Connection(made) => Record::of_connection(py, made),
            Logged::Warning(message) => Ok(Record {
                message: "warning %s".to_owned(),
                arguments: PyTuple::new(py, [message])?,
                fields: PyDict::new(py),
            }),
        }
    }

    fn of_call(
        py: Python<'py>,
        operation: &str,
        report: &Report,
        milliseconds: u128,
    ) -> PyResult<Record<'py>> {
        let fields = [("operation", operation)].into_py_dict(py)?;
        for field in REPORT_FIELDS {
            // A record has a message of its own.
            if field.name != "message" {
                fields.set_item(field.name, report_fields::value(py, field, report)?)?;
            }
        }
        let outcome = report.outcome();
        fields.set_item("outcome", outcome.as_str())?;
        fields.set_item("milliseconds", milliseconds)?;
        let arguments = (
            or_dash(report.certificate_id()),
            or_dash(report.target_service()),
            or_dash(report.target_project()),
            report.http_status().unwrap_or_default(),
            or_dash(report.service_code()),
            or_dash(report.request_id()),
            report.attempts(),
            milliseconds,
            report.message(),
        );
        Ok(Record {
            message: format!(
                "{operation} certificate_id=%s target_service=%s target_project=%s status={} \
                 outcome={outcome} http_status=%s service_code=%s request_id=%s attempts=%s ms=%s \
                 message=\"%s\"",
                report.status().c_name()
            ),
            arguments: arguments.into_pyobject(py)?,
            fields,
        })
    }

    fn of_connection(py: Python<'py>, made: &Connected) -> PyResult<Record<'py>> {
        let address = made.address.to_string();
        let milliseconds = made.took.as_millis();
        let (proxy, tls) = (made.proxy.as_str(), made.tls);
        let fields = [
            ("operation", "connected"),
            ("host", &made.host),
            ("address", &address),
            ("proxy", proxy),
            ("tls", tls),
        ]
        .into_py_dict(py)?;
        fields.set_item("milliseconds", milliseconds)?;
        let (proxy, tls) = (or_dash(Some(proxy)), or_dash(Some(tls)));
        Ok(Record {
            message: "connected host=%s address=%s proxy=%s tls=%s ms=%s".to_owned(),
            arguments: (&made.host, &address, proxy, tls, milliseconds).into_pyobject(py)?,
            fields,
        })
    }
}

fn or_dash(text: Option<&str>) -> &str {
    text.filter(|text| !text.is_empty()).unwrap_or("-")
}

/// The number that Python's logging gives a level.
fn number(level: Level) -> u8 {
    match level {
        Level::Debug => 10,
        Level::Info => 20,
        Level::Warning => 30,
        _ => 40,
    }
}
