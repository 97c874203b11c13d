//! Keys that are lying around: the official SDKs' environment variables and profile file, so that
//! whoever has the SDK working has certpush working.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::keys::KeyPair;
use super::metadata::PodIdentity;
use super::profile::Profile;
use super::{AccountGiven, Connections};
use crate::file::{self, Waiting};
use crate::report::Error;
use crate::secret::Secret;

/// The environment variables of a program, or none if they must not steer it. Empty ones are unset.
pub(crate) trait Environment {
    /// The value of a variable.
    fn variable(&self, name: &str) -> Option<String>;
}

/// What tests have for an environment.
#[cfg(test)]
impl Environment for std::collections::HashMap<&'static str, String> {
    fn variable(&self, name: &str) -> Option<String> {
        self.get(name).cloned()
    }
}

/// Keys, and what was found beside them.
pub(crate) struct KeysFound {
    pub(crate) pair: KeyPair,
    pub(crate) account: AccountGiven,
    pub(crate) iam_endpoint: Option<String>,
    pub(crate) origin: String,
}

/// Looks in the profile that the options name, else in the environment, else in the usual profile.
/// What was looked at without result is added to `passed_over`.
pub(super) fn find(
    profile_file: Option<&Path>,
    profile: Option<&str>,
    environment: &dyn Environment,
    waiting: Waiting<'_>,
    passed_over: &mut Vec<String>,
) -> Result<Option<KeysFound>, Error> {
    if profile_file.is_some() || profile.is_some() {
        let path = profile_file
            .map(Path::to_owned)
            .or_else(|| usual_profile(environment))
            .ok_or_else(|| {
                Error::invalid_config(
                    "profile is set, but there is no home directory: set profile_file",
                )
            })?;
        return from_profile(&path, profile, waiting, passed_over);
    }
    if let Some(found) = from_environment(environment, passed_over) {
        return Ok(Some(found));
    }
    let named = environment.variable("HUAWEICLOUD_SDK_CREDENTIALS_FILE");
    let is_named = named.is_some();
    match named
        .map(PathBuf::from)
        .or_else(|| usual_profile(environment))
    {
        Some(path) if is_named || path.exists() => from_profile(&path, None, waiting, passed_over),
        Some(path) => {
            passed_over.push(format!("{} (not there)", path.display()));
            Ok(None)
        }
        None => Ok(None),
    }
}

fn usual_profile(environment: &dyn Environment) -> Option<PathBuf> {
    Profile::usual_path(environment.variable("HOME").as_deref())
}

fn from_environment(
    environment: &dyn Environment,
    passed_over: &mut Vec<String>,
) -> Option<KeysFound> {
    let variable = |name: &str| environment.variable(&format!("HUAWEICLOUD_SDK_{name}"));
    match (variable("AK"), variable("SK")) {
        (Some(access_key), Some(secret_key)) => {
            let secret = |text: String| Arc::new(Secret::new(&zeroize::Zeroizing::new(text)));
            Some(KeysFound {
                pair: KeyPair {
                    access_key,
                    secret_key: secret(secret_key),
                    security_token: variable("SECURITY_TOKEN").map(secret),
                },
                account: AccountGiven {
                    project_id: variable("PROJECT_ID"),
                    domain_id: variable("DOMAIN_ID"),
                },
                iam_endpoint: variable("IAM_ENDPOINT"),
                origin: "variables HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK".into(),
            })
        }
        (None, None) => {
            passed_over.push("HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK (not set)".into());
            None
        }
        (_, other) => {
            let missing = if other.is_some() { "AK" } else { "SK" };
            passed_over.push(format!(
                "HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK (HUAWEICLOUD_SDK_{missing} is not set)"
            ));
            None
        }
    }
}

fn from_profile(
    path: &Path,
    named: Option<&str>,
    waiting: Waiting<'_>,
    passed_over: &mut Vec<String>,
) -> Result<Option<KeysFound>, Error> {
    let Some(profile) = Profile::read(path, named, waiting)? else {
        passed_over.push(format!("{} (no access key in it)", path.display()));
        return Ok(None);
    };
    let (Some(access_key), Some(secret_key)) = (profile.ak, profile.sk) else {
        return Err(Error::invalid_config(format!(
            "profile_file {} has no ak and sk in its section [{}]",
            path.display(),
            profile.section
        )));
    };
    Ok(Some(KeysFound {
        pair: KeyPair {
            access_key,
            secret_key: Arc::new(secret_key),
            security_token: profile.security_token.map(Arc::new),
        },
        account: AccountGiven {
            project_id: profile.project_id,
            domain_id: profile.domain_id,
        },
        iam_endpoint: profile.iam_endpoint,
        origin: format!("{} [{}]", path.display(), profile.section),
    }))
}

/// The container's identity, if the environment names one.
pub(super) fn pod_identity(
    connections: &dyn Connections,
    environment: &dyn Environment,
) -> Result<Option<PodIdentity>, Error> {
    let Some(url) = environment.variable("HC_CONTAINER_CREDENTIALS_FULL_URI") else {
        return Ok(None);
    };
    let (endpoint, path) = PodIdentity::split(&url)?;
    Ok(Some(PodIdentity {
        service: connections.direct(endpoint)?,
        path,
        token_file: environment
            .variable(PodIdentity::TOKEN_FILE_VARIABLE)
            .map(|path| file::absolute(PodIdentity::TOKEN_FILE_VARIABLE, &path))
            .transpose()?,
    }))
}
