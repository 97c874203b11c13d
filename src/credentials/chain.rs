//! Finds an access key in the official SDKs' variables or profile file, so that whoever has the SDK
//! working has certpush working.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::keys::KeyPair;
use super::metadata::PodIdentity;
use super::profile::Profile;
use super::spec::AccountSpec;
use crate::endpoint::Endpoint;
use crate::environment::Environment;
use crate::file::{self, Waiting};
use crate::message::Word;
use crate::options::OptionKey;
use crate::report::Error;
use crate::sanitize::quoted_path;
use crate::secret::Secret;
use crate::transport::TransportFactory;

/// Keys, and what was found beside them.
pub(crate) struct KeysFound {
    pub(crate) pair: KeyPair,
    pub(crate) account: AccountSpec,
    pub(crate) iam_endpoint: Option<String>,
    pub(crate) origin: String,
}

/// Looks in the profile that the options name, else in the environment, else in the usual profile.
/// What was looked at without result is added to `skipped`.
pub(super) fn find(
    profile_file: Option<&Path>,
    profile: Option<&str>,
    environment: &dyn Environment,
    waiting: Waiting<'_>,
    skipped: &mut Vec<String>,
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
        return from_profile(&path, profile, waiting, skipped);
    }
    if let Some(found) = from_environment(environment, skipped)? {
        return Ok(Some(found));
    }
    let named = environment.path("HUAWEICLOUD_SDK_CREDENTIALS_FILE");
    let is_named = named.is_some();
    match named.or_else(|| usual_profile(environment)) {
        Some(path) if is_named || path.exists() => from_profile(&path, None, waiting, skipped),
        Some(path) => {
            skipped.push(format!("{} (not there)", quoted_path(&path)));
            Ok(None)
        }
        None => Ok(None),
    }
}

fn usual_profile(environment: &dyn Environment) -> Option<PathBuf> {
    Profile::usual_path(environment.path("HOME"))
}

/// What the SDKs' variables hold, each checked as the option that it stands for.
fn from_environment(
    environment: &dyn Environment,
    skipped: &mut Vec<String>,
) -> Result<Option<KeysFound>, Error> {
    let variable = |name: &str| environment.variable(&format!("HUAWEICLOUD_SDK_{name}"));
    let missing = match (variable("AK")?, variable("SK")?) {
        (Some(_), Some(_)) => "",
        (None, None) => "not set",
        (None, Some(_)) => "HUAWEICLOUD_SDK_AK is not set",
        (Some(_), None) => "HUAWEICLOUD_SDK_SK is not set",
    };
    if !missing.is_empty() {
        skipped.push(format!(
            "HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK ({missing})"
        ));
        return Ok(None);
    }
    let text = |name: &str, key: OptionKey| {
        let Some(value) = variable(name)? else {
            return Ok::<_, Error>(None);
        };
        let subject = Word::text(format!("variable HUAWEICLOUD_SDK_{name}"));
        key.spec().check_text(&subject, &value)?;
        Ok(Some(value))
    };
    let plain = |name, key| Ok::<_, Error>(text(name, key)?.map(|value| value.to_string()));
    let secret = |name, key| match text(name, key)? {
        Some(value) => Ok::<_, Error>(Some(Arc::new(Secret::try_new(&value)?))),
        None => Ok(None),
    };
    let access_key = plain("AK", OptionKey::access_key)?;
    let secret_key = secret("SK", OptionKey::secret_key)?;
    let (Some(access_key), Some(secret_key)) = (access_key, secret_key) else {
        return Ok(None);
    };
    Ok(Some(KeysFound {
        pair: KeyPair {
            access_key,
            secret_key,
            security_token: secret("SECURITY_TOKEN", OptionKey::security_token)?,
        },
        account: AccountSpec {
            project_id: plain("PROJECT_ID", OptionKey::project_id)?,
            domain_id: plain("DOMAIN_ID", OptionKey::domain_id)?,
        },
        iam_endpoint: iam_endpoint(
            plain("IAM_ENDPOINT", OptionKey::iam_endpoint)?,
            "variable HUAWEICLOUD_SDK_IAM_ENDPOINT",
        )?,
        origin: "variables HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK".into(),
    }))
}

fn from_profile(
    path: &Path,
    named: Option<&str>,
    waiting: Waiting<'_>,
    skipped: &mut Vec<String>,
) -> Result<Option<KeysFound>, Error> {
    let Some(profile) = Profile::read(path, named, waiting)? else {
        skipped.push(format!(
            "{} (no access key in its sections [global] and [basic])",
            quoted_path(path)
        ));
        return Ok(None);
    };
    profile.check_keys()?;
    let text = |key| Ok::<_, Error>(profile.value(key)?.map(str::to_owned));
    let secret = |key| match profile.value(key)? {
        Some(value) => Ok::<_, Error>(Some(Arc::new(Secret::try_new(value)?))),
        None => Ok(None),
    };
    let account = |key| {
        if profile.account_is(key) {
            text(key)
        } else {
            Ok(None)
        }
    };
    let access_key = text(OptionKey::access_key)?;
    let secret_key = secret(OptionKey::secret_key)?;
    let (Some(access_key), Some(secret_key)) = (access_key, secret_key) else {
        return Ok(None);
    };
    Ok(Some(KeysFound {
        pair: KeyPair {
            access_key,
            secret_key,
            security_token: secret(OptionKey::security_token)?,
        },
        account: AccountSpec {
            project_id: account(OptionKey::project_id)?,
            domain_id: account(OptionKey::domain_id)?,
        },
        iam_endpoint: iam_endpoint(
            text(OptionKey::iam_endpoint)?,
            &profile.place_of(OptionKey::iam_endpoint),
        )?,
        origin: profile.describe(),
    }))
}

/// A base URL of IAM, refused under the name of its place if it is none. Whether it may be http is
/// for the client to say.
fn iam_endpoint(url: Option<String>, named: &str) -> Result<Option<String>, Error> {
    if let Some(url) = &url {
        let subject = Word::text(format!("{named}: iam_endpoint"));
        Endpoint::from_url(url, true, &subject)?;
    }
    Ok(url)
}

/// The container's identity, if the environment names one.
pub(super) fn pod_identity(
    transports: &TransportFactory<'_>,
    environment: &dyn Environment,
) -> Result<Option<PodIdentity>, Error> {
    let Some(url) = environment.variable("HC_CONTAINER_CREDENTIALS_FULL_URI")? else {
        return Ok(None);
    };
    let (endpoint, path, query) = PodIdentity::split(&url)?;
    Ok(Some(PodIdentity {
        service: transports.direct(endpoint)?,
        path,
        query,
        token_file: environment
            .path(PodIdentity::TOKEN_FILE_VARIABLE)
            .map(|path| file::absolute(PodIdentity::TOKEN_FILE_VARIABLE, &path))
            .transpose()?,
    }))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::call_context::CallContext;

    const SECRET: &str = "hunter2hunter2";

    /// Values that are no key's: what files, forms, shells and editors leave around one.
    fn spoilt(key: &str) -> Vec<String> {
        let mut spoilt: Vec<_> = [
            "\n",
            "\r\n",
            "\r",
            " # of ops",
            " ",
            "\t",
            "\u{a0}",
            "\u{200b}",
        ]
        .iter()
        .flat_map(|end| [format!("{key}{end}"), format!("{end}{key}")])
        .collect();
        spoilt.extend([
            format!("{key}\nsecond line"),
            format!("{key}\u{7f}"),
            format!("\u{1b}[0m{key}"),
            format!("\u{feff}{key}"),
            format!("\"{key}\""),
            format!("'{key}'"),
            format!("“{key}”"),
            format!("{{\"secret\":\"{key}\"}}"),
            format!("<{key}>"),
            format!("${{{key}}}"),
        ]);
        spoilt
    }

    fn found(
        profile_file: Option<&Path>,
        profile: Option<&str>,
        environment: &dyn Environment,
    ) -> Result<Option<KeysFound>, Error> {
        CallContext::for_tests(|waiting| {
            find(profile_file, profile, environment, waiting, &mut Vec::new())
        })
    }

    fn refusal(profile_file: Option<&Path>, environment: &dyn Environment) -> String {
        match found(profile_file, None, environment) {
            Err(error) => error.message().to_owned(),
            Ok(_) => panic!("must be refused"),
        }
    }

    #[test]
    fn a_variable_that_is_no_key_is_refused_by_name_and_never_shown() {
        let good = HashMap::from([
            ("HUAWEICLOUD_SDK_AK", "AK".to_owned()),
            ("HUAWEICLOUD_SDK_SK", SECRET.to_owned()),
            ("HUAWEICLOUD_SDK_SECURITY_TOKEN", SECRET.to_owned()),
            ("HUAWEICLOUD_SDK_PROJECT_ID", "p1".to_owned()),
            ("HUAWEICLOUD_SDK_DOMAIN_ID", "d1".to_owned()),
        ]);
        assert!(found(None, None, &good).unwrap().is_some());
        for name in good.keys().copied() {
            for value in spoilt(SECRET) {
                let mut environment = good.clone();
                environment.insert(name, value.clone());
                let message = refusal(None, &environment);
                assert!(
                    message.contains(name) && !message.contains(SECRET),
                    "{value:?}: {message}"
                );
            }
        }
    }

    #[test]
    fn a_value_of_a_profile_that_is_no_key_is_refused_by_line_and_never_shown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let nothing = HashMap::<&str, String>::new();
        let lines = ["ak", "sk", "security_token", "domain_id"];
        for (place, _) in lines.iter().enumerate() {
            for value in spoilt(SECRET) {
                // The blanks around a value are not its own, and a second line has a key.
                if value.trim() == SECRET || value.contains(['\n', '\r']) {
                    continue;
                }
                let mut content = "[global]\n".to_owned();
                for (number, key) in lines.iter().enumerate() {
                    let value = if number == place { &value } else { SECRET };
                    content.push_str(&format!("{key} = {value}\n"));
                }
                std::fs::write(file.path(), &content).unwrap();
                let message = refusal(Some(file.path()), &nothing);
                let line = format!("line {} ", place + 2);
                assert!(
                    message.contains(&line) && !message.contains(SECRET),
                    "{content}: {message}"
                );
            }
        }
    }

    #[test]
    fn the_account_is_what_the_sdk_takes_it_from() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let nothing = HashMap::<&str, String>::new();
        for (section, project_id, domain_id) in [
            ("global", None, Some("d1")),
            ("global-of-ops", None, Some("d1")),
            ("basic", Some("p1"), None),
            ("staging", Some("p1"), Some("d1")),
        ] {
            let content = format!(
                "[DEFAULT]\nproject_id = p1\ndomain_id = d1\n[{section}]\nak = A\nsk = S\n"
            );
            std::fs::write(file.path(), content).unwrap();
            let found = found(Some(file.path()), Some(section), &nothing);
            let account = found.unwrap().unwrap().account;
            assert_eq!(account.project_id.as_deref(), project_id, "{section}");
            assert_eq!(account.domain_id.as_deref(), domain_id, "{section}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_home_directory_may_have_any_name_and_no_key_may() {
        use std::ffi::OsString;
        use std::os::unix::ffi::OsStringExt;

        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join(OsString::from_vec(b"jos\xe9".to_vec()));
        std::fs::create_dir_all(home.join(".huaweicloud")).unwrap();
        let profile = home.join(".huaweicloud/credentials");
        std::fs::write(&profile, "[global]\nak = A\nsk = S\n").unwrap();
        let mut environment = HashMap::from([("HOME", home.clone().into_os_string())]);
        let found = |environment: &HashMap<_, _>| found(None, None, environment);
        assert!(found(&environment).unwrap().is_some());
        let named = OsString::from(profile);
        let environment_with_file = HashMap::from([("HUAWEICLOUD_SDK_CREDENTIALS_FILE", named)]);
        assert!(found(&environment_with_file).unwrap().is_some());
        for name in ["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"] {
            environment.insert(name, OsString::from_vec(b"\xe4".to_vec()));
            let message = refusal(None, &environment);
            assert_eq!(message, format!("variable {name} is not UTF-8"));
            environment.remove(name);
        }
    }
}
