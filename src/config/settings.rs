//! What the options come to: every value checked and typed, ready to make a client from.
//!
//! Nothing here opens a socket, and no file but the official SDKs' list of regions.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::builder::Config;
use super::credential_options::CredentialOptions;
use super::option_layers::{Given, OptionsInEffect, exclude_each_other};
use crate::credentials::CredentialSpec;
use crate::endpoint::{self, Endpoint};
use crate::environment::Environment;
use crate::file::Waiting;
use crate::log::LogHook;
use crate::message::Word;
use crate::options::{OptionKey, TrustStore};
use crate::report::Error;
use crate::retry::RetryPolicy;
use crate::sanitize::sanitize;
use crate::secret::Secret;
use crate::transport::proxy::ProxyOptions;
use crate::transport::{AgentSettings, ClientCertificate, Trust};

/// How much of a region's name is shown, in characters.
const REGION_SHOWN: usize = 31;
/// Longest value of the header X-Language, in characters.
const LONGEST_LANGUAGE: usize = 35;
/// Longest text that is appended to the header User-Agent, in characters.
const LONGEST_USER_AGENT: usize = 256;

/// What a client is made from: every value checked and typed.
pub(crate) struct Settings {
    pub(crate) endpoint: Endpoint,
    pub(crate) endpoint_origin: String,
    pub(crate) allow_http: bool,
    /// IAM's base URL, as given or as it follows from the endpoint.
    pub(crate) iam_endpoint: Option<String>,
    pub(crate) metadata_endpoint: Endpoint,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) proxies: ProxyOptions,
    pub(crate) trust: Trust,
    pub(crate) client_certificate: Option<ClientCertificate>,
    pub(crate) language: String,
    pub(crate) user_agent: String,
    pub(crate) max_idle_connections: usize,
    pub(crate) idle_timeout: Duration,
    /// How many pushes of a list are under way at the same time.
    pub(crate) jobs: usize,
    /// After how many failed pushes of a list no more are begun, if after any.
    pub(crate) max_failures: Option<NonZeroU32>,
    pub(crate) journal: Option<PathBuf>,
    pub(crate) agent: AgentSettings,
    pub(crate) log: Option<Arc<dyn LogHook>>,
    /// Variables that look like an option's and are none's, for people.
    pub(crate) unknown_variables: Vec<String>,
}

impl Config {
    /// What the options come to, and for a region the official SDKs' lists in the environment.
    pub(crate) fn settings_within(
        &self,
        environment: &dyn Environment,
        waiting: Waiting<'_>,
    ) -> Result<(Settings, CredentialSpec), Error> {
        if let Some(error) = &self.refused {
            return Err(error.clone());
        }
        let options = self.in_effect();
        let service = ServiceLocation::of(&options, environment, waiting)?;
        let trust = trust(&options)?;
        let (credential, iam_endpoint) = CredentialOptions {
            program: &self.program,
            environment: &self.environment,
            in_effect: &options,
            token_source: self.token_source.as_ref(),
            region: service.region.as_deref(),
            usual_iam: service.iam,
        }
        .choose()?;
        let settings = Settings {
            endpoint: service.endpoint,
            endpoint_origin: service.origin,
            allow_http: options.allow_http(),
            iam_endpoint,
            metadata_endpoint: Endpoint::from_url(
                options.metadata_endpoint(),
                true,
                &Word::name("metadata_endpoint"),
            )?,
            timeout: options.timeout_ms(),
            connect_timeout: options.connect_timeout_ms(),
            retry: RetryPolicy {
                retries: options.retries(),
                base: options.retry_base_ms(),
                longest: options.retry_max_ms(),
                ends_at_429: false,
            },
            proxies: ProxyOptions {
                proxy: options
                    .proxy
                    .map(|given| (Secret::new(given.text()), given.origin())),
                no_proxy: options.no_proxy.map(|given| given.text().to_owned()),
            },
            trust,
            client_certificate: client_certificate(&options)?,
            language: header_value(OptionKey::language, options.language(), LONGEST_LANGUAGE)?,
            user_agent: user_agent(&options)?,
            max_idle_connections: usize::try_from(options.max_idle_connections())
                .unwrap_or(usize::MAX),
            idle_timeout: options.idle_timeout_ms(),
            jobs: usize::try_from(options.jobs()).unwrap_or(usize::MAX),
            max_failures: NonZeroU32::new(options.max_failures()),
            journal: options.journal.map(|given| given.value.clone()),
            agent: self.agent(),
            log: self.log.clone(),
            unknown_variables: self.unknown_variables.clone(),
        };
        Ok((settings, credential))
    }
}

/// Where the service is.
struct ServiceLocation {
    endpoint: Endpoint,
    origin: String,
    /// The region, as the host names it, else as the option does.
    region: Option<String>,
    /// IAM's base URL, unless it is given.
    iam: Option<String>,
}

impl ServiceLocation {
    fn of(
        options: &OptionsInEffect<'_>,
        environment: &dyn Environment,
        waiting: Waiting<'_>,
    ) -> Result<ServiceLocation, Error> {
        let allow_http = options.allow_http();
        match (options.region, options.endpoint) {
            (Some(region), Some(endpoint)) => {
                Err(exclude_each_other(region.word(), endpoint.word()))
            }
            (Some(region), None) => {
                ServiceLocation::of_region(region, allow_http, environment, waiting)
            }
            (None, Some(url)) => {
                let endpoint = Endpoint::from_url(url.text(), allow_http, &Word::name("endpoint"))?;
                Ok(ServiceLocation {
                    region: endpoint.region(),
                    iam: endpoint.sibling("iam"),
                    endpoint,
                    origin: url.origin(),
                })
            }
            (None, None) => Err(no_location()),
        }
    }

    fn of_region(
        region: &Given<Arc<Secret>>,
        allow_http: bool,
        environment: &dyn Environment,
        waiting: Waiting<'_>,
    ) -> Result<ServiceLocation, Error> {
        let name = region.text();
        let built_in = Endpoint::for_region(name);
        let iam = built_in.as_ref().ok().and_then(|it| it.sibling("iam"));
        let (endpoint, origin) = match endpoint::listed(name, allow_http, environment, waiting)? {
            Some((endpoint, list)) => {
                let shown = sanitize(name, REGION_SHOWN);
                let origin = format!("{list}, for region {shown} of {}", region.origin());
                (endpoint, origin)
            }
            None => (built_in?, region.origin()),
        };
        Ok(ServiceLocation {
            region: endpoint.region().or_else(|| Some(name.to_owned())),
            iam: endpoint.sibling("iam").or(iam),
            endpoint,
            origin,
        })
    }
}

fn no_location() -> Error {
    let names = |key: OptionKey| {
        let option = key.spec();
        format!(
            "{} ({}, {})",
            option.key,
            option.flag(),
            option.environment_name()
        )
    };
    let mut error = Error::invalid_options(vec![
        Word::text("no "),
        Word::name("region"),
        Word::text(" or "),
        Word::name("endpoint"),
        Word::text(format!(
            " is set: set {} to {}, or {} to the service's URL",
            names(OptionKey::region),
            endpoint::regions(),
            names(OptionKey::endpoint),
        )),
    ]);
    error.report_mut().hint =
        "The region is the site where the account was made, not the target's region.".into();
    error
}

fn trust(options: &OptionsInEffect<'_>) -> Result<Trust, Error> {
    match (options.ca_file, options.trust) {
        (Some(ca_file), Some(trust)) => Err(exclude_each_other(ca_file.word(), trust.word())),
        (Some(ca_file), None) => Ok(Trust::File(ca_file.value.clone())),
        (None, _) => Ok(match options.trust() {
            TrustStore::System => Trust::System,
            TrustStore::Mozilla => Trust::Mozilla,
        }),
    }
}

fn client_certificate(options: &OptionsInEffect<'_>) -> Result<Option<ClientCertificate>, Error> {
    match (options.client_cert_file, options.client_key_file) {
        (Some(cert_file), Some(key_file)) => Ok(Some(ClientCertificate {
            cert_file: cert_file.value.clone(),
            key_file: key_file.value.clone(),
        })),
        (None, None) => Ok(None),
        _ => Err(Error::invalid_options(vec![
            Word::name("client_cert_file"),
            Word::text(" and "),
            Word::name("client_key_file"),
            Word::text(" belong together, but only one is set"),
        ])),
    }
}

fn user_agent(options: &OptionsInEffect<'_>) -> Result<String, Error> {
    let own = concat!("certpush/", env!("CARGO_PKG_VERSION"));
    let added = options.user_agent.map_or("", Given::text);
    let added = header_value(OptionKey::user_agent, added, LONGEST_USER_AGENT)?;
    Ok(if added.is_empty() {
        own.to_owned()
    } else {
        format!("{own} {added}")
    })
}

fn header_value(key: OptionKey, value: &str, longest: usize) -> Result<String, Error> {
    let refuse = |why: &str| Err(Error::invalid_option(Word::name(key.name()), why));
    if value.len() > longest {
        return refuse(&format!("must have at most {longest} characters"));
    }
    if value.trim() != value || !value.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) {
        return refuse("must be printable ASCII without blanks around it");
    }
    Ok(value.to_owned())
}
