//! The variables that steer a client. The only place that looks at the process's environment.
//!
//! Reading it is a race with whoever changes it, which only the program can prevent. A language whose
//! threads change it under a lock of their own hands in a snapshot, taken under that lock.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use crate::credentials::Environment;

/// A snapshot of the variables, else the process's own as they are when asked for; none of them if
/// they must not steer this program.
#[derive(Clone, Default)]
pub(crate) struct Variables(Option<Arc<BTreeMap<OsString, OsString>>>);

impl Variables {
    pub(crate) fn snapshot(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Variables {
        Variables(Some(Arc::new(variables.into_iter().collect())))
    }

    /// The value of a variable that is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<OsString> {
        if runs_with_foreign_rights() {
            return None;
        }
        let value = match &self.0 {
            Some(snapshot) => snapshot.get(OsStr::new(name)).cloned(),
            None => std::env::var_os(name),
        };
        value.filter(|value| !value.is_empty())
    }
}

impl Environment for Variables {
    fn variable(&self, name: &str) -> Option<String> {
        self.get(name)?.into_string().ok()
    }
}

/// Whether the program was started with rights that its caller has not (setuid, setgid): then
/// the caller's environment must not steer it.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Client, Config};

    #[test]
    fn a_snapshot_takes_the_place_of_the_processs_own() {
        assert!(Variables::default().get("PATH").is_some());
        let snapshot = Variables::snapshot([("A".into(), "1".into()), ("B".into(), "".into())]);
        assert_eq!(snapshot.variable("A").as_deref(), Some("1"));
        for unset in ["B", "PATH"] {
            assert_eq!(snapshot.variable(unset), None);
        }
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
