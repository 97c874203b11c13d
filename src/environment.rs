//! The environment variables that steer a client. Nothing else reads any.
//!
//! An empty variable is none. One that is there and cannot be read is an error that names it, and
//! never the same as none: a proxy would be passed by, a credential not found.

use std::ffi::OsString;
use std::path::PathBuf;

use zeroize::{Zeroize, Zeroizing};

use crate::report::Error;

/// The variables of a program, or none if they must not steer it.
pub(crate) trait Environment {
    /// A variable as it is set, unless it is empty.
    fn raw(&self, name: &str) -> Option<OsString>;

    /// The names of all variables that are set and not empty.
    fn names(&self) -> Vec<OsString>;

    /// A variable that holds text.
    fn variable(&self, name: &str) -> Result<Option<Zeroizing<String>>, Error> {
        let Some(value) = self.raw(name) else {
            return Ok(None);
        };
        match value.into_string() {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(value) => {
                value.into_encoded_bytes().zeroize();
                Err(Error::invalid_config(format!(
                    "variable {name} is not UTF-8"
                )))
            }
        }
    }

    /// A variable that holds a path, which may be of any bytes.
    fn path(&self, name: &str) -> Option<PathBuf> {
        self.raw(name).map(PathBuf::from)
    }
}

/// The process's own environment.
pub(crate) struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn raw(&self, name: &str) -> Option<OsString> {
        if runs_with_foreign_rights() {
            return None;
        }
        std::env::var_os(name).filter(|value| !value.is_empty())
    }

    fn names(&self) -> Vec<OsString> {
        if runs_with_foreign_rights() {
            return Vec::new();
        }
        let is_set = |(name, value): (OsString, OsString)| {
            let is_empty = value.is_empty();
            // The values come with the names, and some are secrets.
            value.into_encoded_bytes().zeroize();
            (!is_empty).then_some(name)
        };
        std::env::vars_os().filter_map(is_set).collect()
    }
}

/// What tests have for an environment.
#[cfg(test)]
impl<V: Clone + Into<OsString>> Environment for std::collections::HashMap<&'static str, V> {
    fn raw(&self, name: &str) -> Option<OsString> {
        let value = self.get(name).cloned()?.into();
        (!value.is_empty()).then_some(value)
    }

    fn names(&self) -> Vec<OsString> {
        let is_set = |name: &&&str| self.raw(name).is_some();
        self.keys().filter(is_set).map(OsString::from).collect()
    }
}

/// A variable of the process that is set and not empty, as it is.
pub(crate) fn environment_variable(name: &str) -> Option<OsString> {
    ProcessEnvironment.raw(name)
}

/// Whether the program was started with rights that its caller has not (setuid, setgid): then
/// the caller's environment must not steer it.
pub(crate) fn runs_with_foreign_rights() -> bool {
    #[cfg(unix)]
    {
        use rustix::process::{getegid, geteuid, getgid, getuid};
        getuid() != geteuid() || getgid() != getegid()
    }
    #[cfg(not(unix))]
    {
        false
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::collections::HashMap;
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn what_is_not_utf_8_is_no_text_but_may_be_a_path() {
        let value = OsString::from_vec(b"/home/jos\xe9".to_vec());
        let environment = HashMap::from([("HOME", value.clone()), ("EMPTY", OsString::new())]);
        let error = environment.variable("HOME").unwrap_err();
        assert_eq!(error.message(), "variable HOME is not UTF-8");
        assert_eq!(environment.path("HOME"), Some(PathBuf::from(value)));
        for name in ["EMPTY", "UNSET"] {
            assert!(environment.variable(name).unwrap().is_none());
            assert!(environment.path(name).is_none());
        }
        assert_eq!(environment.names(), ["HOME"]);
    }
}
