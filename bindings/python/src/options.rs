//! Keyword arguments as options: the core's table says which there are and what they take.

use std::ops::RangeInclusive;
use std::sync::Arc;

use certpush::{Config, Error, Kind, OPTIONS, OptionSpec, TokenSource};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::errors::raise;
use crate::token_source::Callable;
use crate::{arguments, call, environment, logging};

/// The key of every option and the Python type of its value: what the stub is tested against.
pub(crate) fn keys_and_types(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
    PyTuple::new(
        py,
        OPTIONS
            .iter()
            .map(|option| (option.key, taken_by(option).0)),
    )
}

/// One line for each option.
pub(crate) fn documentation() -> String {
    let line = |option: &OptionSpec| {
        let key = option.key;
        let twin = match key.strip_suffix("_ms") {
            Some(in_seconds) => format!(" (or {in_seconds}, in seconds)"),
            None => String::new(),
        };
        let default = match option.default {
            "" => String::new(),
            default => format!(" Default: {default}."),
        };
        format!("{key}{twin}: {}{default}", option.doc)
    };
    OPTIONS.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The configuration that the keywords of `function` make. None counts as not given.
pub(crate) fn config(
    py: Python<'_>,
    function: &str,
    keywords: Option<&Bound<'_, PyDict>>,
    token_source: Option<Arc<Callable>>,
    trust_env: bool,
) -> PyResult<Config> {
    call::refuse_at_the_end(py)?;
    let mut config = Config::new();
    config.set_environment(environment::snapshot(py)?);
    config.set_token_source(token_source.map(|source| source as Arc<dyn TokenSource>));
    for (name, value) in keywords.into_iter().flatten() {
        let name: String = name.extract()?;
        let Some(keyword) = Keyword::find(&name) else {
            return Err(PyTypeError::new_err(format!(
                "{function}() got an unexpected keyword argument '{name}'"
            )));
        };
        if value.is_none() {
            continue;
        }
        let value = keyword.text(py, &name, &value)?;
        let key = keyword.option().key;
        config.set(key, &value).map_err(|error| raise(py, &error))?;
    }
    refuse_both_forms(keywords)?;
    if trust_env {
        config.load_env().map_err(|error| raise(py, &error))?;
    }
    config.set_log(Some(logging::hook()));
    Ok(config)
}

/// What a keyword stands for.
enum Keyword {
    /// The option of this name.
    Option(&'static OptionSpec),
    /// A `*_ms` option, named without the suffix and given in seconds.
    Seconds(&'static OptionSpec),
}

impl Keyword {
    fn find(name: &str) -> Option<Keyword> {
        if let Some(option) = OptionSpec::find(name) {
            return Some(Keyword::Option(option));
        }
        OptionSpec::find(&format!("{name}_ms"))
            .filter(|option| matches!(option.kind, Kind::Milliseconds { .. }))
            .map(Keyword::Seconds)
    }

    fn option(&self) -> &'static OptionSpec {
        match self {
            Keyword::Option(option) | Keyword::Seconds(option) => option,
        }
    }

    /// The value as the core takes it. What it says against seconds would name milliseconds.
    fn text(&self, py: Python<'_>, name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
        match self {
            Keyword::Option(option) => taken_by(option).1(name, value),
            Keyword::Seconds(option) => {
                match arguments::seconds(name, value, &milliseconds(option))? {
                    Ok(milliseconds) => Ok(milliseconds.to_string()),
                    Err(why) => {
                        let refused = Error::invalid_config(format!("{name} {why}"));
                        Err(raise(py, &refused))
                    }
                }
            }
        }
    }
}

/// What an option in milliseconds takes.
pub(crate) fn milliseconds(option: &OptionSpec) -> RangeInclusive<u64> {
    match option.kind {
        Kind::Milliseconds { least, greatest } => least..=greatest,
        _ => 0..=u64::MAX,
    }
}

/// The core's text for a value of the argument `name`.
type ToText = fn(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String>;

/// The Python type that an option takes, and how its values become the core's text.
fn taken_by(option: &OptionSpec) -> (&'static str, ToText) {
    match option.kind {
        Kind::Boolean => ("bool", |name, value| {
            arguments::boolean(name, value).map(|value| value.to_string())
        }),
        Kind::Integer { .. } | Kind::Milliseconds { .. } => ("int", arguments::integer),
        Kind::File => ("str | os.PathLike[str]", arguments::path),
        _ => ("str", arguments::text),
    }
}

/// Refuses an option that is given both in seconds and in milliseconds.
fn refuse_both_forms(keywords: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
    let Some(keywords) = keywords else {
        return Ok(());
    };
    let given = |name: &str| -> PyResult<bool> {
        Ok(keywords
            .get_item(name)?
            .is_some_and(|value| !value.is_none()))
    };
    for option in OPTIONS {
        if let Some(in_seconds) = option.key.strip_suffix("_ms")
            && given(in_seconds)?
            && given(option.key)?
        {
            let both = format!("{in_seconds} and {} exclude each other", option.key);
            return Err(raise(keywords.py(), &Error::invalid_config(both)));
        }
    }
    Ok(())
}
