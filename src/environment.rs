//! The environment variables that a client is configured by. Nothing else reads any.
//!
//! Reading them is a race with whoever changes them, which only the program can prevent. A language
//! whose threads change them under a lock of their own hands in a snapshot, taken under that lock.
//!
//! An empty variable counts as unset. One that is set and cannot be read is an error that names it:
//! taken for unset, it would mean to connect past a proxy, or to use another credential.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::Arc;

use zeroize::{Zeroize, Zeroizing};

use crate::report::Error;

/// The variables of a program, or none if its rights are not its caller's.
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

/// A snapshot of the variables, else the process's own as they are when asked for; none of them if
/// the program's rights are not its caller's.
#[derive(Clone, Default)]
pub(crate) struct Variables(Option<Arc<BTreeMap<OsString, OsString>>>);

impl Variables {
    pub(crate) fn snapshot(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Variables {
        Variables(Some(Arc::new(variables.into_iter().collect())))
    }
}

impl Environment for Variables {
    fn raw(&self, name: &str) -> Option<OsString> {
        if runs_with_foreign_rights() {
            return None;
        }
        let value = match &self.0 {
            Some(snapshot) => snapshot.get(OsStr::new(name)).cloned(),
            None => std::env::var_os(name),
        };
        value.filter(|value| !value.is_empty())
    }

    fn names(&self) -> Vec<OsString> {
        if runs_with_foreign_rights() {
            return Vec::new();
        }
        if let Some(snapshot) = &self.0 {
            let set = snapshot.iter().filter(|(_, value)| !value.is_empty());
            return set.map(|(name, _)| name.clone()).collect();
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

/// The environment of a test.
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

/// Whether the program was started with rights that its caller has not (setuid, setgid): the caller
/// must not choose by variables what such a program connects to or reads.
fn runs_with_foreign_rights() -> bool {
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
    use crate::{Client, Config};

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

    #[test]
    fn a_snapshot_takes_the_place_of_the_processs_own() {
        assert!(Variables::default().raw("PATH").is_some());
        let snapshot = Variables::snapshot([("A".into(), "1".into()), ("B".into(), "".into())]);
        assert_eq!(snapshot.raw("A"), Some("1".into()));
        for unset in ["B", "PATH"] {
            assert_eq!(snapshot.raw(unset), None);
        }
        assert_eq!(snapshot.names(), ["A"]);
    }

    #[test]
    fn a_client_is_made_from_the_snapshot_alone() {
        let mut config = Config::new();
        config.set_environment(
            [
                ("CERTPUSH_REGION", "cn-north-4"),
                ("CERTPUSH_TRUST", "mozilla"),
                ("HUAWEICLOUD_SDK_AK", "AKEXAMPLE"),
                ("HUAWEICLOUD_SDK_SK", "secret"),
                ("HUAWEICLOUD_SDK_PROJECT_ID", "p"),
                ("https_proxy", "http://relay.example:3128"),
            ]
            .map(|(name, value)| (name.into(), value.into())),
        );
        config.load_env().unwrap();
        let described = Client::new(&config).unwrap().describe().to_owned();
        for told in [
            "from variable CERTPUSH_REGION",
            "variables HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK",
            "http://relay.example:3128, from variable https_proxy",
        ] {
            assert!(described.contains(told), "{told}: {described}");
        }
    }

    #[test]
    fn whom_the_system_trusts_is_told_by_the_snapshot_too() {
        let mut config = Config::new().region("cn-north-4").token("t".repeat(32));
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().as_os_str().to_owned();
        config.set_environment([("SSL_CERT_DIR".into(), empty)]);
        let error = Client::new(&config).err().unwrap();
        assert!(error.message().starts_with("trust is system"), "{error}");
    }
}
