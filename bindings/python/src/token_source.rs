//! A program's own source of tokens: a Python callable that is asked before each push.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use certpush::TokenSource;
use pyo3::PyTraverseError;
use pyo3::exceptions::PyException;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::{arguments, exit, interpreter, signals};

/// The callable. The core asks it on the thread that makes the call.
pub(crate) struct Callable(Py<PyAny>);

impl Callable {
    /// Takes the argument token_source.
    pub(crate) fn new(value: &Bound<'_, PyAny>) -> PyResult<Arc<Callable>> {
        if value.is_callable() {
            Ok(Arc::new(Callable(value.clone().unbind())))
        } else {
            Err(arguments::wrong_type(
                "token_source",
                "a callable or None",
                value,
            ))
        }
    }

    /// Shows the callable to Python's garbage collector: it often belongs to the object that has
    /// the client.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }

    fn ask(&self, py: Python<'_>) -> Result<String, Box<dyn Error + Send + Sync>> {
        // Python would run them within the callable, and their exceptions would look like its own.
        signals::run_handlers(py);
        if signals::are_kept() {
            return Err("the call ends before it was asked".into());
        }
        match interpreter::call(self.0.bind(py), &PyTuple::empty(py)) {
            Ok(token) => arguments::text("what token_source returns", &token)
                .map_err(|refused| kept(refused, "it returned no token")),
            Err(raised) if raised.is_instance_of::<PyException>(py) => {
                Err(Box::new(Raised::new(py, raised)))
            }
            Err(raised) => Err(kept(raised, "it ended the call")),
        }
    }
}

/// What the callable raised, and how it is told.
#[derive(Debug)]
pub(crate) struct Raised {
    pub(crate) exception: PyErr,
    told: String,
}

impl Raised {
    fn new(py: Python<'_>, exception: PyErr) -> Raised {
        let value = exception.value(py);
        let text = PyTuple::new(py, [value])
            .and_then(|value| interpreter::call(py.get_type::<PyString>().as_any(), &value));
        let kind = value.get_type();
        let told = match (kind.qualname(), text) {
            (Ok(kind), Ok(text)) => format!("{kind}: {text}"),
            (Ok(kind), Err(_)) => format!("{kind}: <exception str() failed>"),
            (Err(_), _) => "an exception without a name".to_owned(),
        };
        Raised { exception, told }
    }
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told)
    }
}

impl Error for Raised {}

/// Keeps an exception that is to be raised itself, not as the cause of another.
fn kept(exception: PyErr, told: &str) -> Box<dyn Error + Send + Sync> {
    signals::keep(exception);
    told.into()
}

impl TokenSource for Callable {
    fn token(&self) -> Result<String, Box<dyn Error + Send + Sync>> {
        if exit::is_over_here() {
            return Err("the interpreter is ending".into());
        }
        Python::try_attach(|py| self.ask(py))
            .unwrap_or_else(|| Err("the interpreter is ending".into()))
    }
}
