//! `certpush.Target`, and what a list of them may be given as.

use std::hash::{Hash, Hasher};

use certpush::{Error, PushList};
use pyo3::exceptions::{PyOSError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple, PyType};

use crate::errors::{raise, raise_of};
use crate::{arguments, interpreter, plain};

/// A certificate, and where to push it: what push_all takes, and what its results are about.
///
/// target_project may be None for the CDN, and is "" then. line is where read_targets found it; it
/// is told, and does not count when targets are compared. Targets are frozen, hashed and pickled.
#[pyclass(frozen, eq, hash, get_all, module = "certpush")]
#[derive(Clone)]
pub(crate) struct Target {
    /// The certificate's id.
    certificate_id: String,
    /// The project, "" for the CDN without one.
    target_project: String,
    /// The service.
    target_service: String,
    /// The line of the text that it was read from, counted from 1, or None.
    line: Option<usize>,
}

/// What a target is made of, where it is given as something else.
const KEYS: [&str; 3] = ["certificate_id", "target_project", "target_service"];
const FIELDS: &[&str] = &["certificate_id", "target_project", "target_service", "line"];

impl Target {
    fn told(&self) -> [&str; 3] {
        [
            &self.certificate_id,
            &self.target_project,
            &self.target_service,
        ]
    }
}

impl PartialEq for Target {
    fn eq(&self, other: &Target) -> bool {
        self.told() == other.told()
    }
}

impl Hash for Target {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.told().hash(state);
    }
}

#[pymethods]
impl Target {
    #[new]
    #[pyo3(signature = (certificate_id, target_project, target_service, line = None))]
    fn new(
        certificate_id: &Bound<'_, PyAny>,
        target_project: &Bound<'_, PyAny>,
        target_service: &Bound<'_, PyAny>,
        line: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Target> {
        Ok(Target {
            certificate_id: arguments::text("certificate_id", certificate_id)?,
            target_project: arguments::project("target_project", target_project)?,
            target_service: arguments::text("target_service", target_service)?,
            line: line
                .map(|line| arguments::number("line", line))
                .transpose()?,
        })
    }

    /// Its fields, as plain JSON.
    fn to_dict<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        plain::dict(slf, FIELDS)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let has_line = slf.get().line.is_some();
        plain::shown(slf, if has_line { FIELDS } else { &KEYS })
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
        plain::reduced(slf, FIELDS)
    }
}

/// Read the targets of push_all from a file: CSV, or JSON Lines.
///
/// The first line of CSV names the columns certificate_id, target_project and target_service, in
/// any order; these are also the members of each JSON object. The file is taken whole or refused:
/// ConfigError names the first faults by their lines, and OSError says why it cannot be read. Each
/// target knows its line.
#[pyfunction]
pub(crate) fn read_targets(py: Python<'_>, path: &Bound<'_, PyAny>) -> PyResult<Vec<Target>> {
    let name = arguments::path("path", path)?;
    let open = py.import("io")?.getattr("open")?;
    let file = interpreter::call(&open, &PyTuple::new(py, [name.as_str(), "rb"])?)?;
    let read = interpreter::call(&file.getattr("read")?, &PyTuple::empty(py));
    file.call_method0("close")?;
    let read = read?;
    let text = read
        .cast::<PyBytes>()
        .map_err(|_| PyOSError::new_err(format!("{name} cannot be read")))?;
    parsed(text.as_bytes()).map_err(|error| raise_of(py, &error, &name))
}

/// Read the targets of push_all from a text, as read_targets does from a file.
#[pyfunction]
pub(crate) fn parse_targets(text: &Bound<'_, PyAny>) -> PyResult<Vec<Target>> {
    let targets = match text.cast::<PyBytes>() {
        Ok(bytes) => parsed(bytes.as_bytes()),
        Err(_) if text.is_instance_of::<PyString>() => {
            parsed(arguments::text("text", text)?.as_bytes())
        }
        Err(_) => return Err(arguments::wrong_type("text", "str or bytes", text)),
    };
    targets.map_err(|error| raise(text.py(), &error))
}

fn parsed(text: &[u8]) -> Result<Vec<Target>, Error> {
    let mut list = PushList::new();
    list.read(text)?;
    let targets = list.iter().enumerate().map(|(index, push)| Target {
        certificate_id: push.certificate_id().to_owned(),
        target_project: push.target_project().to_owned(),
        target_service: push.target_service().to_owned(),
        line: list.line(index),
    });
    Ok(targets.collect())
}

/// The targets of a run: the core's list, and each one's line.
#[derive(Default)]
pub(crate) struct Targets {
    pub(crate) list: PushList,
    pub(crate) lines: Vec<Option<usize>>,
}

impl Targets {
    /// Takes the argument targets, whole or not at all.
    pub(crate) fn new(targets: &Bound<'_, PyAny>) -> PyResult<Targets> {
        let is_other = targets.is_instance_of::<PyString>()
            || targets.is_instance_of::<PyBytes>()
            || is_mapping(targets)?;
        let iterator = match targets.try_iter() {
            Ok(iterator) if !is_other => iterator,
            Err(error) if !error.is_instance_of::<PyTypeError>(targets.py()) => return Err(error),
            _ => {
                return Err(arguments::wrong_type(
                    "targets",
                    "an iterable of targets (certpush.read_targets reads them from a file)",
                    targets,
                ));
            }
        };
        let mut taken = Targets::default();
        for (index, given) in iterator.enumerate() {
            taken.add(&format!("targets[{index}]"), &given?)?;
        }
        Ok(taken)
    }

    fn add(&mut self, name: &str, given: &Bound<'_, PyAny>) -> PyResult<()> {
        let read;
        let target = match given.cast::<Target>() {
            Ok(target) => target.get(),
            Err(_) => {
                read = read_target(name, given)?;
                &read
            }
        };
        let place = match target.line {
            Some(line) => format!("{name}, line {line}"),
            None => name.to_owned(),
        };
        let [certificate_id, target_project, target_service] = target.told();
        let earlier = self
            .list
            .position(certificate_id, target_project, target_service);
        if let Some(earlier) = earlier {
            // The core tells its place as people count.
            let twice = format!("is the same target as targets[{earlier}]");
            let refused = Error::invalid_argument(&place, &twice);
            return Err(raise(given.py(), &refused));
        }
        self.list
            .add(certificate_id, target_project, target_service)
            .map_err(|error| raise_of(given.py(), &error, &place))?;
        self.lines.push(target.line);
        Ok(())
    }
}

/// A target that is given as three values, or as a mapping.
fn read_target(name: &str, given: &Bound<'_, PyAny>) -> PyResult<Target> {
    let [certificate_id, target_project, target_service] = if is_mapping(given)? {
        members(name, given)?
    } else {
        values(name, given)?
    };
    Ok(Target {
        certificate_id: arguments::text(&format!("{name}: certificate_id"), &certificate_id)?,
        target_project: arguments::project(&format!("{name}: target_project"), &target_project)?,
        target_service: arguments::text(&format!("{name}: target_service"), &target_service)?,
        line: None,
    })
}

/// Whether it is a mapping. pyo3's own question takes an exception for a no, a KeyboardInterrupt too:
/// the answer may be Python code, in which a signal's handler runs.
fn is_mapping(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    static MAPPING: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    if given.is_exact_instance_of::<PyTuple>() || given.is_exact_instance_of::<PyList>() {
        return Ok(false);
    }
    given.is_instance(MAPPING.import(given.py(), "collections.abc", "Mapping")?)
}

fn members<'py>(name: &str, mapping: &Bound<'py, PyAny>) -> PyResult<[Bound<'py, PyAny>; 3]> {
    let mut values = Vec::with_capacity(KEYS.len());
    if mapping.len()? == KEYS.len() {
        for key in KEYS {
            if mapping.contains(key)? {
                values.push(mapping.get_item(key)?);
            }
        }
    }
    values.try_into().map_err(|_| {
        let reason = format!("must have exactly the keys {}", KEYS.join(", "));
        raise(mapping.py(), &Error::invalid_argument(name, &reason))
    })
}

fn values<'py>(name: &str, given: &Bound<'py, PyAny>) -> PyResult<[Bound<'py, PyAny>; 3]> {
    let is_text = given.is_instance_of::<PyString>() || given.is_instance_of::<PyBytes>();
    let values = match given.try_iter() {
        Ok(values) if !is_text => values.collect::<PyResult<Vec<_>>>()?,
        Err(error) if !error.is_instance_of::<PyTypeError>(given.py()) => return Err(error),
        _ => {
            let expected = "certpush.Target, a tuple or a mapping";
            return Err(arguments::wrong_type(name, expected, given));
        }
    };
    let count = values.len();
    values.try_into().map_err(|_| {
        let reason = format!("must have the 3 values {}, not {count}", KEYS.join(", "));
        raise(given.py(), &Error::invalid_argument(name, &reason))
    })
}
