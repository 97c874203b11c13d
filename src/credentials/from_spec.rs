//! From what the options give to a client's credential: reads the files that they name, and looks in
//! the official SDKs' variables and profile file where they name none. Sends nothing.

use super::access_key::{AccessKey, KeySource};
use super::chain::{self, KeysFound};
use super::client_credentials::{CredentialKind, Credentials};
use super::iam::base_url;
use super::keys;
use super::metadata::Metadata;
use super::password::Password;
use super::refreshing_cache::RefreshingCache;
use super::secret_source::SecretSource;
use super::spec::{AccountSpec, CredentialSpec, KeysSpec, PasswordSpec, SecretSpec};
use super::temporary::{Temporary, no_credentials};
use crate::endpoint::Endpoint;
use crate::environment::Environment;
use crate::file::Waiting;
use crate::log::Log;
use crate::message::Word;
use crate::options::OptionKey;
use crate::report::Error;
use crate::transport::{Transport, TransportFactory};

/// Where temporary keys come from, for hints.
const OF_THIS_MACHINE: &str = "of this machine or container";

/// What a client's credential is made with.
pub(crate) struct CredentialInputs<'a> {
    pub(crate) transports: &'a TransportFactory<'a>,
    pub(crate) environment: &'a dyn Environment,
    pub(crate) waiting: Waiting<'a>,
    pub(crate) log: &'a Log,
    /// IAM's base URL, if the options name it or the service's host tells it.
    pub(crate) iam_endpoint: Option<&'a str>,
    /// Whether IAM may be asked by http on another machine.
    pub(crate) allow_http: bool,
    /// Where the machine's metadata service is.
    pub(crate) metadata_endpoint: &'a Endpoint,
}

impl CredentialInputs<'_> {
    /// The inputs of a test: nothing is proxied, and nothing is logged.
    #[cfg(test)]
    pub(crate) fn for_tests<T>(
        iam_endpoint: Option<&str>,
        variables: &crate::environment::Variables,
        make: impl FnOnce(&CredentialInputs<'_>) -> T,
    ) -> T {
        use crate::transport::{AgentSettings, TransportOptions, proxy::ProxyOptions};
        let options = TransportOptions {
            agent: AgentSettings::new(),
            connect_timeout: std::time::Duration::from_secs(1),
            max_idle_connections: 0,
            idle_timeout: std::time::Duration::ZERO,
            user_agent: "certpush".to_owned(),
            language: "en-us".to_owned(),
        };
        let proxies = ProxyOptions {
            proxy: None,
            no_proxy: None,
        };
        let metadata_endpoint = Endpoint::for_tests("http://169.254.169.254", true);
        let trust = crate::transport::Trust::Mozilla;
        crate::call_context::CallContext::for_tests(|waiting| {
            make(&CredentialInputs {
                transports: &TransportFactory::new(
                    options, &proxies, &trust, None, variables, waiting,
                ),
                environment: variables,
                waiting,
                log: &Log::default(),
                iam_endpoint,
                allow_http: false,
                metadata_endpoint: &metadata_endpoint,
            })
        })
    }

    fn secret(&self, key: OptionKey, spec: SecretSpec) -> Result<SecretSource, Error> {
        SecretSource::new(key.spec(), spec, self.waiting, self.log)
    }

    /// A transport to IAM, `None` if nobody said where it is.
    fn iam(&self, url: Option<&str>) -> Result<Option<Transport>, Error> {
        let Some(url) = url else {
            return Ok(None);
        };
        let subject = Word::name("iam_endpoint");
        let endpoint = Endpoint::from_url(base_url(url)?, self.allow_http, &subject)?;
        self.transports.to(endpoint).map(Some)
    }

    fn access_key(
        &self,
        source: KeySource,
        origin: &str,
        account: AccountSpec,
        iam: Option<&str>,
    ) -> Result<CredentialKind, Error> {
        let key = AccessKey::new(source, origin.to_owned(), account, self.iam(iam)?);
        Ok(CredentialKind::AccessKey(Box::new(key)))
    }

    /// Temporary keys; `is_asked_for` by name, and not because there is nothing else.
    fn temporary(&self, is_asked_for: bool) -> Result<KeySource, Error> {
        let from = Temporary {
            metadata: Metadata {
                service: self.transports.direct(self.metadata_endpoint.clone())?,
            },
            pod: chain::pod_identity(self.transports, self.environment)?,
            asked_for: is_asked_for,
        };
        Ok(KeySource::Temporary {
            from: Box::new(from),
            keys: RefreshingCache::new(),
        })
    }
}

impl Credentials {
    /// The credential that the options give.
    pub(crate) fn from_spec(
        spec: CredentialSpec,
        inputs: &CredentialInputs<'_>,
    ) -> Result<Credentials, Error> {
        let mut skipped = Vec::new();
        let (kind, description) = match spec {
            CredentialSpec::Token(spec) => of_token(spec, inputs)?,
            CredentialSpec::Program(source) => (
                CredentialKind::Program(source),
                "token of the program's own source".into(),
            ),
            CredentialSpec::Password(spec) => of_password(spec, inputs)?,
            CredentialSpec::Keys(spec) => of_keys(spec, inputs)?,
            CredentialSpec::Metadata(account) => (
                inputs.access_key(
                    inputs.temporary(true)?,
                    OF_THIS_MACHINE,
                    account,
                    inputs.iam_endpoint,
                )?,
                "temporary keys of this machine or container, fetched when needed".into(),
            ),
            CredentialSpec::Chain {
                profile_file,
                profile,
                account,
                usual_iam,
            } => {
                let found = chain::find(
                    profile_file.as_deref(),
                    profile.as_deref(),
                    inputs.environment,
                    inputs.waiting,
                    &mut skipped,
                )?;
                match found {
                    Some(found) => of_found(found, account, usual_iam.as_deref(), inputs)?,
                    None => (
                        inputs.access_key(
                            inputs.temporary(false)?,
                            OF_THIS_MACHINE,
                            account,
                            inputs.iam_endpoint.or(usual_iam.as_deref()),
                        )?,
                        "none was set or found: this machine's or container's temporary keys, if it has any"
                            .into(),
                    ),
                }
            }
            CredentialSpec::Missing(what) => return Err(no_credentials(&what)),
        };
        Ok(Credentials::of_kind(kind, description, skipped))
    }
}

fn of_token(
    spec: SecretSpec,
    inputs: &CredentialInputs<'_>,
) -> Result<(CredentialKind, String), Error> {
    let source = inputs.secret(OptionKey::token, spec)?;
    let length = source.current(inputs.log).expose().len();
    let description = format!("token of {length} characters, {}", source.describe());
    Ok((CredentialKind::Token(source), description))
}

fn of_password(
    spec: PasswordSpec,
    inputs: &CredentialInputs<'_>,
) -> Result<(CredentialKind, String), Error> {
    let password = inputs.secret(OptionKey::user_password, spec.password)?;
    let totp = spec.totp.map(|totp| inputs.secret(OptionKey::totp, totp));
    let totp = totp.transpose()?;
    let iam = inputs.iam(inputs.iam_endpoint)?.ok_or_else(|| {
        Error::invalid_config(
            "iam_endpoint must be set: the endpoint is not one of Huawei Cloud's own, so where its IAM is cannot be told",
        )
    })?;
    let password = Password::new(spec.login, password, totp, iam);
    let description = password.describe();
    Ok((CredentialKind::Password(Box::new(password)), description))
}

fn of_keys(
    spec: KeysSpec,
    inputs: &CredentialInputs<'_>,
) -> Result<(CredentialKind, String), Error> {
    let secret_key = inputs.secret(OptionKey::secret_key, spec.secret_key)?;
    let security_token = spec
        .security_token
        .map(|token| inputs.secret(OptionKey::security_token, token))
        .transpose()?;
    let description = format!(
        "access key {}{}, {}",
        keys::masked(&spec.access_key),
        if security_token.is_some() {
            " (temporary)"
        } else {
            ""
        },
        secret_key.describe()
    );
    let origin = format!("its secret key {}", secret_key.describe());
    let source = KeySource::Given {
        access_key: spec.access_key,
        secret_key,
        security_token,
    };
    let key = inputs.access_key(source, &origin, spec.account, inputs.iam_endpoint)?;
    Ok((key, description))
}

fn of_found(
    found: KeysFound,
    account: AccountSpec,
    usual_iam: Option<&str>,
    inputs: &CredentialInputs<'_>,
) -> Result<(CredentialKind, String), Error> {
    let origin = format!("from {}", found.origin);
    let description = format!("access key {}, {origin}", found.pair.masked_key());
    // The one that the options name, if any, and not another beside it.
    let account = if account.is_given() {
        account
    } else {
        found.account
    };
    let iam = inputs
        .iam_endpoint
        .or(found.iam_endpoint.as_deref())
        .or(usual_iam);
    let key = inputs.access_key(KeySource::Found(found.pair), &origin, account, iam)?;
    Ok((key, description))
}
