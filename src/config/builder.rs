//! The options as given, by whom, and what they come to.
//!
//! A [`Config`] holds strings under the keys of the option table, in two layers: what the program
//! set, and what `load_env` read. `Settings` is what a client is made from. Nothing here opens a
//! file or a socket; the file of regions is `regions.rs`'s to read.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::credentials::{
    AccountSpec, CredentialSpec, KeysSpec, Login, PasswordSpec, SecretSpec, TokenSource,
};
use crate::endpoint;
use crate::endpoint::Endpoint;
use crate::environment::{Environment, Variables};
use crate::file::{self, Waiting};
use crate::log::{Level, LogHook};
use crate::message::Word;
use crate::options::{Kind, OPTIONS, OptionSpec};
use crate::report::Error;
use crate::retry::RetryPolicy;
use crate::sanitize::sanitize;
use crate::secret::Secret;
use crate::transport::proxy::ProxyOptions;
use crate::transport::{AgentSettings, ClientCertificate, Trust};

/// How the variables that are read begin.
const VARIABLE_PREFIX: &str = "CERTPUSH_";
/// How much of a variable's name a message shows, in characters.
const NAME_SHOWN: usize = 64;

/// Where a value came from. A higher source hides a lower one, whatever the order of the calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Environment,
    Program,
}

impl Source {
    const HIGHEST_FIRST: [Source; 2] = [Source::Program, Source::Environment];

    /// How a value of this source is named in a message.
    fn word(self, option: &'static OptionSpec) -> Word {
        match self {
            Source::Program => Word::Option(option.key),
            Source::Environment => Word::text(self.of(option)),
        }
    }

    /// How a value of this source is described.
    fn of(self, option: &OptionSpec) -> String {
        match self {
            Source::Program => format!("option {}", option.key),
            Source::Environment => format!("variable {}", option.environment_name()),
        }
    }
}

/// What a client shall be made from: options by key, and a log hook.
///
/// Every option of [`OPTIONS`] can be [set](Config::set) by its key; the methods named like an
/// option are the typed way. An error in a typed value is kept and told by
/// [`Client::new`](crate::Client::new). Since 0.1.0.
///
/// ```no_run
/// use std::time::Duration;
///
/// let config = certpush::Config::new()
///     .region("ap-southeast-1")
///     .token_file("/run/secrets/huaweicloud-token")
///     .timeout(Duration::from_secs(30));
/// let client = certpush::Client::new(&config)?;
/// client.push("scs1600313391074", "ap-southeast-3", "ELB")?;
/// # Ok::<(), certpush::Error>(())
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Config {
    values: BTreeMap<(&'static str, Source), Secret>,
    log: Option<Arc<dyn LogHook>>,
    token_source: Option<Arc<dyn TokenSource>>,
    environment: Option<(Variables, AgentSettings)>,
    refused: Option<Error>,
    /// Variables that look like an option's and are none's, for people.
    unknown_variables: Vec<String>,
}

macro_rules! text_options {
    ($($(#[$doc:meta])* $key:ident;)*) => {
        $($(#[$doc])*
        pub fn $key(self, value: impl AsRef<str>) -> Config {
            self.with(stringify!($key), value.as_ref())
        })*
    };
}

macro_rules! duration_options {
    ($($(#[$doc:meta])* $name:ident $key:ident;)*) => {
        $($(#[$doc])*
        pub fn $name(self, value: Duration) -> Config {
            self.with(stringify!($key), &value.as_millis().to_string())
        })*
    };
}

macro_rules! file_options {
    ($($(#[$doc:meta])* $key:ident;)*) => {
        $($(#[$doc])*
        pub fn $key(self, path: impl AsRef<Path>) -> Config {
            match path.as_ref().to_str() {
                Some(path) => self.with(stringify!($key), path),
                None => self.refusing(Error::invalid_option(
                    stringify!($key),
                    "is a path that is not UTF-8",
                )),
            }
        })*
    };
}

impl Config {
    /// No options: every one has its default.
    pub fn new() -> Config {
        Config::default()
    }

    /// Sets an option by its key. A value set here hides one from the environment.
    ///
    /// # Errors
    ///
    /// `INVALID_CONFIG` for an unknown key or a value that the option does not take,
    /// `INVALID_ARGUMENT` for a token outside its documented limits. The option keeps the value it
    /// had.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        let Some(option) = OptionSpec::find(key) else {
            return Err(unknown_option(key));
        };
        self.put(option, Source::Program, value)
    }

    /// Reads the `CERTPUSH_*` variables. Empty ones count as unset, and a program that runs
    /// with another user's or group's rights reads none.
    ///
    /// What the program sets hides them, whether it is set before or after.
    ///
    /// # Errors
    ///
    /// As [`Config::set`]; the message names the variable. `INVALID_CONFIG`, too, for one that is
    /// not UTF-8, and for a name that is an option's but for its underscores, its case or `_MS`.
    /// Other names that are no option's are told by [`Client::describe`](crate::Client::describe)
    /// and the log.
    pub fn load_env(&mut self) -> Result<(), Error> {
        self.load(&self.variables())
    }

    fn load(&mut self, environment: &dyn Environment) -> Result<(), Error> {
        self.unknown_variables = unknown_variables(environment)?;
        for option in OPTIONS {
            let name = option.environment_name();
            let Some(value) = environment.variable(&name)? else {
                continue;
            };
            self.put(option, Source::Environment, &value)
                .map_err(|mut error| {
                    let message = format!("variable {name}: {}", error.message());
                    error.report_mut().message = message;
                    error
                })?;
        }
        Ok(())
    }

    text_options! {
        /// Which site's SCM to use; see [`SITES`](crate::SITES). Not the target's region.
        region;
        /// The service's base URL, instead of a region.
        endpoint;
        /// The IAM user token.
        token;
        /// Whose certificate authorities to trust: `system` or `mozilla`.
        trust;
        /// Which kind of credential to use: `auto`, `token`, `keys`, `password` or `metadata`.
        credentials;
        /// The access key (AK) that signs requests.
        access_key;
        /// The secret key (SK) that belongs to it.
        secret_key;
        /// The security token of a temporary access key.
        security_token;
        /// The project that signed requests name.
        project_id;
        /// The account that signed requests name.
        domain_id;
        /// IAM's base URL.
        iam_endpoint;
        /// The IAM user whose password gets a token.
        user_name;
        /// The IAM user's id, instead of name and domain.
        user_id;
        /// The IAM user's password.
        user_password;
        /// The account (domain) name of the IAM user.
        user_domain;
        /// The digits of the user's virtual MFA device.
        totp;
        /// The project that the token is for.
        scope_project;
        /// The account that the token is for.
        scope_domain;
        /// The section of the profile file.
        profile;
        /// The base URL of the ECS metadata service.
        metadata_endpoint;
        /// The language of the service's messages: `en-us` or `zh-cn`.
        language;
        /// Text that is appended to `certpush/VERSION` in the header User-Agent.
        user_agent;
        /// The HTTP proxy, `http://[USER:PASSWORD@]HOST:PORT`; "" for none.
        proxy;
        /// Hosts that are reached without the proxy.
        no_proxy;
    }

    file_options! {
        /// A file that holds the token; read again when it has changed.
        token_file;
        /// A file that holds the secret key.
        secret_key_file;
        /// A file that holds the security token.
        security_token_file;
        /// A file that holds the password.
        user_password_file;
        /// A file that holds the digits of the virtual MFA device.
        totp_file;
        /// The profile file of the official SDKs.
        profile_file;
        /// A PEM file of the only certificate authorities to trust.
        ca_file;
        /// A PEM file of the certificate that the client shows to the server.
        client_cert_file;
        /// A PEM file of the private key that belongs to it.
        client_key_file;
    }

    duration_options! {
        /// How long a whole call may take. Parts of a millisecond are dropped.
        timeout timeout_ms;
        /// How long one TCP connect to one address may take.
        connect_timeout connect_timeout_ms;
        /// The longest pause before the first retry; it doubles with each.
        retry_base retry_base_ms;
        /// The longest pause of all.
        retry_max retry_max_ms;
        /// How long an idle connection is kept.
        idle_timeout idle_timeout_ms;
    }

    /// Allows an http:// endpoint on another machine.
    pub fn allow_http(self, allow: bool) -> Config {
        self.with("allow_http", if allow { "true" } else { "false" })
    }

    /// How often a push that provably pushed nothing is tried again.
    pub fn retries(self, count: u32) -> Config {
        self.with("retries", &count.to_string())
    }

    /// How many connections are kept for further calls.
    pub fn max_idle_connections(self, count: u32) -> Config {
        self.with("max_idle_connections", &count.to_string())
    }

    /// Asks `source` for the token of each push, instead of any credential option.
    pub fn token_source(mut self, source: impl TokenSource + 'static) -> Config {
        self.set_token_source(Some(Arc::new(source)));
        self
    }

    /// Sets or removes the token source: the untyped form of [`Config::token_source`].
    pub fn set_token_source(&mut self, source: Option<Arc<dyn TokenSource>>) {
        self.token_source = source;
    }

    /// Gives a line to `log` for each push and each warning. It is called on the thread that
    /// makes the call, holds no secret, and ends without a line end.
    pub fn log(mut self, log: impl Fn(Level, &str) + Send + Sync + 'static) -> Config {
        self.set_log(Some(Arc::new(log)));
        self
    }

    /// Sets or removes the log hook, which may be more than [`Config::log`]'s closure.
    pub fn set_log(&mut self, log: Option<Arc<dyn LogHook>>) {
        self.log = log;
    }

    /// Takes these for all variables that there are, for [`Config::load_env`] too, and looks at the
    /// process's environment no more. For languages whose threads may change it meanwhile.
    #[doc(hidden)]
    pub fn set_environment(&mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) {
        self.environment = Some((Variables::snapshot(variables), AgentSettings::new()));
    }

    /// The variables that count.
    pub(crate) fn variables(&self) -> Variables {
        self.environment
            .as_ref()
            .map_or_else(Variables::default, |(variables, _)| variables.clone())
    }

    fn with(mut self, key: &'static str, value: &str) -> Config {
        match self.set(key, value) {
            Ok(()) => self,
            Err(error) => self.refusing(error),
        }
    }

    fn refusing(mut self, error: Error) -> Config {
        self.refused.get_or_insert(error);
        self
    }

    fn put(
        &mut self,
        option: &'static OptionSpec,
        source: Source,
        value: &str,
    ) -> Result<(), Error> {
        option.check(value)?;
        let value = match option.kind {
            Kind::File => whole_path(option.key, value)?,
            _ => Secret::try_new(value)?,
        };
        self.values.insert((option.key, source), value);
        Ok(())
    }

    /// The value that counts for a key, and its source: the highest source that set the option
    /// or its twin decides for both.
    fn value(&self, key: &'static str) -> Result<Option<(&str, Source)>, Error> {
        let option = OptionSpec::find(key).ok_or_else(|| unknown_option(key))?;
        for source in Source::HIGHEST_FIRST {
            let own = self.values.get(&(option.key, source));
            let twin = OptionSpec::find(option.exclusive_with)
                .and_then(|twin| self.values.get(&(twin.key, source)).map(|_| twin));
            match (own, twin) {
                (Some(_), Some(twin)) => {
                    return Err(exclude_each_other(source.word(option), source.word(twin)));
                }
                (Some(own), None) => return Ok(Some((own.expose(), source))),
                (None, Some(_)) => return Ok(None),
                (None, None) => {}
            }
        }
        Ok(None)
    }

    fn value_or_default(&self, key: &'static str) -> Result<&str, Error> {
        let default = OptionSpec::find(key).map_or("", |option| option.default);
        Ok(self.value(key)?.map_or(default, |(value, _)| value))
    }

    fn number(&self, key: &'static str) -> Result<u64, Error> {
        let value = self.value_or_default(key)?;
        value
            .parse()
            .map_err(|_| Error::invalid_config(format!("{key} is no number")))
    }

    fn milliseconds(&self, key: &'static str) -> Result<Duration, Error> {
        Ok(Duration::from_millis(self.number(key)?))
    }

    fn described(&self, key: &'static str) -> Result<Option<(&str, String)>, Error> {
        let option = OptionSpec::find(key).ok_or_else(|| unknown_option(key))?;
        Ok(self
            .value(key)?
            .map(|(value, source)| (value, source.of(option))))
    }

    /// How long a call may take, the making of a client among them.
    pub(crate) fn call_timeout(&self) -> Result<Duration, Error> {
        self.milliseconds("timeout_ms")
    }

    /// What the options come to, and for a region the official SDKs' lists in the environment.
    pub(crate) fn settings_within(
        &self,
        environment: &dyn Environment,
        waiting: Waiting<'_>,
    ) -> Result<(Settings, CredentialSpec), Error> {
        if let Some(error) = &self.refused {
            return Err(error.clone());
        }
        let place = self.place(environment, waiting)?;
        let trust = match (self.value("ca_file")?, self.value_or_default("trust")?) {
            (Some((path, _)), _) => Trust::File(PathBuf::from(path)),
            (None, "mozilla") => Trust::Mozilla,
            (None, _) => Trust::System,
        };
        let (credential, iam_endpoint) = self.credential(&place)?;
        let proxies = ProxyOptions {
            proxy: self
                .described("proxy")?
                .map(|(url, origin)| (Secret::new(url), origin)),
            no_proxy: self.value("no_proxy")?.map(|(list, _)| list.to_owned()),
        };
        let settings = Settings {
            endpoint: place.endpoint,
            endpoint_origin: place.origin,
            allow_http: self.value_or_default("allow_http")? == "true",
            iam_endpoint,
            metadata_endpoint: Endpoint::from_url(
                self.value_or_default("metadata_endpoint")?,
                true,
            )
            .map_err(|error| rename_option("metadata_endpoint", &error))?,
            timeout: self.call_timeout()?,
            connect_timeout: self.milliseconds("connect_timeout_ms")?,
            retry: RetryPolicy {
                retries: u32::try_from(self.number("retries")?).unwrap_or(u32::MAX),
                base: self.milliseconds("retry_base_ms")?,
                longest: self.milliseconds("retry_max_ms")?,
            },
            proxies,
            trust,
            client_certificate: self.client_certificate()?,
            language: header_value("language", self.value_or_default("language")?, 35)?,
            user_agent: self.user_agent_header()?,
            max_idle_connections: usize::try_from(self.number("max_idle_connections")?)
                .unwrap_or(usize::MAX),
            idle_timeout: self.milliseconds("idle_timeout_ms")?,
            agent: self
                .environment
                .as_ref()
                .map_or_else(AgentSettings::new, |(_, agent)| agent.clone()),
            log: self.log.clone(),
            unknown_variables: self.unknown_variables.clone(),
        };
        Ok((settings, credential))
    }

    fn place(
        &self,
        environment: &dyn Environment,
        waiting: Waiting<'_>,
    ) -> Result<ServiceLocation, Error> {
        let allow_http = self.value_or_default("allow_http")? == "true";
        if let Some((region, origin)) = self.described("region")? {
            let built_in = Endpoint::for_region(region);
            let iam = built_in.as_ref().ok().and_then(|it| it.sibling("iam"));
            let (endpoint, origin) =
                match endpoint::listed(region, allow_http, environment, waiting)? {
                    Some((endpoint, list)) => {
                        let origin =
                            format!("{list}, for region {} of {origin}", sanitize(region, 31));
                        (endpoint, origin)
                    }
                    None => (built_in?, origin),
                };
            return Ok(ServiceLocation {
                region: endpoint.region().or_else(|| Some(region.to_owned())),
                iam: endpoint.sibling("iam").or(iam),
                endpoint,
                origin,
            });
        }
        if let Some((url, origin)) = self.described("endpoint")? {
            let endpoint = Endpoint::from_url(url, allow_http)?;
            return Ok(ServiceLocation {
                region: endpoint.region(),
                iam: endpoint.sibling("iam"),
                endpoint,
                origin,
            });
        }
        let names = |key| {
            OptionSpec::find(key).map_or_else(String::new, |option| {
                format!("{key} ({}, {})", option.flag(), option.environment_name())
            })
        };
        let mut error = Error::invalid_options(vec![
            Word::text("no "),
            Word::name("region"),
            Word::text(" or "),
            Word::name("endpoint"),
            Word::text(format!(
                " is set: set {} to {}, or {} to the service's URL",
                names("region"),
                crate::endpoint::regions(),
                names("endpoint"),
            )),
        ]);
        error.report_mut().hint =
            "The region is the site where the account was made, not the target's region.".into();
        Err(error)
    }

    /// The credential that counts, whole from the highest source that has one of the kind that is
    /// wanted, and where IAM is.
    fn credential(
        &self,
        place: &ServiceLocation,
    ) -> Result<(CredentialSpec, Option<String>), Error> {
        let wanted = self.value_or_default("credentials")?;
        let usual_iam = place.iam.clone();
        for source in Source::HIGHEST_FIRST {
            let of_program = source == Source::Program && self.token_source.is_some();
            let kinds: Vec<&CredentialOptions> = CREDENTIAL_KINDS
                .iter()
                .filter(|kind| {
                    let set = self.first_set(kind.keys, source).is_some();
                    set && (wanted == "auto" || wanted == kind.name)
                })
                .collect();
            if of_program && (wanted == "auto" || wanted == "token") {
                if let Some(kind) = kinds.first() {
                    return Err(exclude_each_other(
                        Word::text("the token source"),
                        source.word(self.first_set(kind.keys, source).unwrap_or(&OPTIONS[0])),
                    ));
                }
                let source = self.token_source.clone().map(CredentialSpec::Program);
                return Ok((source.unwrap_or_else(|| nowhere("token")), usual_iam));
            }
            let given = OptionLayer {
                config: self,
                source,
            };
            match kinds.as_slice() {
                [] => {}
                [kind] => {
                    let iam = given.text("iam_endpoint").or(usual_iam);
                    return Ok((given.credential(kind.name, place)?, iam));
                }
                [one, other, ..] => {
                    let named = |kind: &CredentialOptions| {
                        source.word(self.first_set(kind.keys, source).unwrap_or(&OPTIONS[0]))
                    };
                    return Err(Error::invalid_options(vec![
                        named(one),
                        Word::text(" and "),
                        named(other),
                        Word::text(" are two kinds of credential: remove one, or set "),
                        Word::name("credentials"),
                        Word::text(format!(" to {} or {}", one.name, other.name)),
                    ]));
                }
            }
        }
        let text = |key| Ok::<_, Error>(self.value(key)?.map(|(value, _)| value.to_owned()));
        let account = AccountSpec {
            project_id: text("project_id")?,
            domain_id: text("domain_id")?,
        };
        // Where the credential is not the options', IAM may be named by itself.
        let iam = text("iam_endpoint")?;
        Ok(match wanted {
            "metadata" => (CredentialSpec::Metadata(account), iam.or(usual_iam)),
            "auto" => {
                let chain = CredentialSpec::Chain {
                    profile_file: text("profile_file")?.map(PathBuf::from),
                    profile: text("profile")?,
                    account,
                    usual_iam,
                };
                (chain, iam)
            }
            kind => (nowhere(kind), iam),
        })
    }

    fn first_set(&self, keys: &[&str], source: Source) -> Option<&'static OptionSpec> {
        keys.iter()
            .filter_map(|key| OptionSpec::find(key))
            .find(|option| self.values.contains_key(&(option.key, source)))
    }

    fn client_certificate(&self) -> Result<Option<ClientCertificate>, Error> {
        let path = |key| -> Result<Option<PathBuf>, Error> {
            Ok(self.value(key)?.map(|(path, _)| PathBuf::from(path)))
        };
        match (path("client_cert_file")?, path("client_key_file")?) {
            (Some(cert_file), Some(key_file)) => Ok(Some(ClientCertificate {
                cert_file,
                key_file,
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

    fn user_agent_header(&self) -> Result<String, Error> {
        let added = header_value("user_agent", self.value_or_default("user_agent")?, 256)?;
        let own = concat!("certpush/", env!("CARGO_PKG_VERSION"));
        Ok(if added.is_empty() {
            own.to_owned()
        } else {
            format!("{own} {added}")
        })
    }
}

impl fmt::Debug for Config {
    /// Shows which options are set, and no values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("set", &self.values.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

fn whole_path(key: &str, path: &str) -> Result<Secret, Error> {
    let path = file::absolute(key, path)?;
    let path = path.to_str().ok_or_else(|| {
        Error::invalid_config(format!(
            "{key} is a relative path, and the current directory's is not UTF-8: give the whole path"
        ))
    })?;
    Ok(Secret::try_new(path)?)
}

fn unknown_option(key: &str) -> Error {
    let known: Vec<_> = OPTIONS.iter().map(|option| option.key).collect();
    Error::invalid_config(format!(
        "\"{}\" is no option; the options are {}",
        sanitize(key, 31),
        known.join(", ")
    ))
}

fn exclude_each_other(one: Word, other: Word) -> Error {
    let words = vec![
        one,
        Word::text(" and "),
        other,
        Word::text(" exclude each other"),
    ];
    Error::invalid_options(words)
}

/// The names that begin as an option's variable does and are none's. Refuses one that can only
/// have been meant for an option: it would be ignored.
fn unknown_variables(environment: &dyn Environment) -> Result<Vec<String>, Error> {
    let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
    let mut unknown = Vec::new();
    for name in environment.names() {
        let name = name.to_string_lossy();
        let prefix = name.get(..VARIABLE_PREFIX.len()).unwrap_or_default();
        if !prefix.eq_ignore_ascii_case(VARIABLE_PREFIX) {
            continue;
        }
        let is_known = |option: &OptionSpec| option.environment_name() == name;
        if OPTIONS.iter().any(is_known) {
            continue;
        }
        let given = plain(&name[VARIABLE_PREFIX.len()..]);
        let is_meant = |option: &&OptionSpec| {
            let without_unit = option.key.strip_suffix("_ms").unwrap_or(option.key);
            given == plain(option.key) || given == plain(without_unit)
        };
        let shown = sanitize(&name, NAME_SHOWN);
        if let Some(option) = OPTIONS.iter().find(is_meant) {
            let unit = match option.kind {
                Kind::Milliseconds { .. } => ", in milliseconds",
                _ => "",
            };
            return Err(Error::invalid_config(format!(
                "variable {shown} is no option's: the one that is read is {}{unit}",
                option.environment_name()
            )));
        }
        unknown.push(shown);
    }
    unknown.sort_unstable();
    Ok(unknown)
}

fn header_value(key: &str, value: &str, longest: usize) -> Result<String, Error> {
    if value.len() > longest {
        return Err(Error::invalid_option(
            key,
            &format!("must have at most {longest} characters"),
        ));
    }
    if value.trim() != value || !value.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) {
        return Err(Error::invalid_option(
            key,
            "must be printable ASCII without blanks around it",
        ));
    }
    Ok(value.to_owned())
}

/// A kind of credential, and the options that make one.
struct CredentialOptions {
    name: &'static str,
    keys: &'static [&'static str],
}

const CREDENTIAL_KINDS: &[CredentialOptions] = &[
    CredentialOptions {
        name: "token",
        keys: &["token", "token_file"],
    },
    CredentialOptions {
        name: "keys",
        keys: &[
            "access_key",
            "secret_key",
            "secret_key_file",
            "security_token",
            "security_token_file",
        ],
    },
    CredentialOptions {
        name: "password",
        keys: &[
            "user_password",
            "user_password_file",
            "user_name",
            "user_id",
            "user_domain",
            "totp",
            "totp_file",
        ],
    },
];

fn nowhere(kind: &str) -> CredentialSpec {
    let options = CREDENTIAL_KINDS
        .iter()
        .find(|known| known.name == kind)
        .map_or_else(String::new, |known| known.keys.join(", "));
    CredentialSpec::Missing(format!(
        "the options {options} and their CERTPUSH_ variables, for credentials is {kind}"
    ))
}

/// The options of one source alone: a credential comes whole from one.
struct OptionLayer<'a> {
    config: &'a Config,
    source: Source,
}

impl OptionLayer<'_> {
    fn credential(&self, kind: &str, place: &ServiceLocation) -> Result<CredentialSpec, Error> {
        Ok(match kind {
            "token" => CredentialSpec::Token(self.needed_secret("token")?),
            "keys" => {
                let account = AccountSpec {
                    project_id: self.text("project_id"),
                    domain_id: self.text("domain_id"),
                };
                CredentialSpec::Keys(KeysSpec {
                    access_key: self.needed("access_key", "secret_key")?,
                    secret_key: self.needed_secret("secret_key")?,
                    security_token: self.secret("security_token")?,
                    account,
                })
            }
            _ => CredentialSpec::Password(self.password(place)?),
        })
    }

    fn password(&self, place: &ServiceLocation) -> Result<PasswordSpec, Error> {
        let user_id = self.text("user_id");
        let (user_name, user_domain) = match &user_id {
            Some(_) => (String::new(), self.text("user_domain").unwrap_or_default()),
            None => (
                self.needed("user_name", "user_password")?,
                self.needed("user_domain", "user_name")?,
            ),
        };
        let totp = self.secret("totp")?;
        if totp.is_some() && user_id.is_none() {
            return Err(Error::invalid_options(vec![
                Word::name("totp"),
                Word::text(" needs "),
                Word::name("user_id"),
                Word::text(": IAM takes the user's id with it, not the name"),
            ]));
        }
        let (scope_project, scope_domain) =
            match (self.text("scope_project"), self.text("scope_domain")) {
                (None, None) => match place.region.clone() {
                    Some(region) => (region, String::new()),
                    None => (String::new(), user_domain.clone()),
                },
                (project, domain) => (project.unwrap_or_default(), domain.unwrap_or_default()),
            };
        if scope_project.is_empty() && scope_domain.is_empty() {
            return Err(Error::invalid_options(vec![
                Word::name("scope_project"),
                Word::text(" or "),
                Word::name("scope_domain"),
                Word::text(" must be set: what the token is for cannot be told from the endpoint"),
            ]));
        }
        Ok(PasswordSpec {
            login: Login {
                user_name,
                user_id: user_id.unwrap_or_default(),
                user_domain,
                scope_project,
                scope_domain,
            },
            password: self.needed_secret("user_password")?,
            totp,
        })
    }

    fn value(&self, key: &str) -> Option<&str> {
        let option = OptionSpec::find(key)?;
        let value = self.config.values.get(&(option.key, self.source))?;
        Some(value.expose())
    }

    fn text(&self, key: &str) -> Option<String> {
        self.value(key).map(str::to_owned)
    }

    fn needed(&self, key: &str, beside: &str) -> Result<String, Error> {
        self.text(key).ok_or_else(|| {
            Error::invalid_options(vec![
                Word::name(key),
                Word::text(" must be set in the same place as "),
                Word::name(beside),
            ])
        })
    }

    /// A secret or its file; both are too many.
    fn secret(&self, key: &'static str) -> Result<Option<SecretSpec>, Error> {
        let file_key = format!("{key}_file");
        let origin =
            |key: &str| OptionSpec::find(key).map_or_else(String::new, |o| self.source.of(o));
        let word = |key: &str| {
            OptionSpec::find(key).map_or_else(|| Word::name(key), |o| self.source.word(o))
        };
        match (self.value(key), self.value(&file_key)) {
            (Some(_), Some(_)) => Err(exclude_each_other(word(key), word(&file_key))),
            (Some(secret), None) => Ok(Some(SecretSpec::Text(
                Secret::try_new(secret)?,
                origin(key),
            ))),
            (None, Some(path)) => Ok(Some(SecretSpec::File(
                PathBuf::from(path),
                origin(&file_key),
            ))),
            (None, None) => Ok(None),
        }
    }

    fn needed_secret(&self, key: &'static str) -> Result<SecretSpec, Error> {
        self.secret(key)?.ok_or_else(|| {
            Error::invalid_options(vec![
                Word::name(key),
                Word::text(" or "),
                Word::name(&format!("{key}_file")),
                Word::text(" must be set in the same place as the rest of the credential"),
            ])
        })
    }
}

/// An error about the value of an option that is checked by the rules of `endpoint`.
pub(crate) fn rename_option(key: &'static str, error: &Error) -> Error {
    let words = error.words.iter().cloned().map(|word| match word {
        Word::Name(name) if name == "endpoint" => Word::name(key),
        other => other,
    });
    Error::invalid_options(words.collect())
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
    pub(crate) agent: AgentSettings,
    pub(crate) log: Option<Arc<dyn LogHook>>,
    /// Variables that look like an option's and are none's, for people.
    pub(crate) unknown_variables: Vec<String>,
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::Status;
    use crate::call_context::CallContext;

    /// An environment without variables, so that nothing that lies around is found.
    fn bare() -> HashMap<&'static str, String> {
        HashMap::new()
    }

    impl Config {
        fn settings(
            &self,
            environment: &dyn Environment,
        ) -> Result<(Settings, CredentialSpec), Error> {
            CallContext::for_tests(|waiting| self.settings_within(environment, waiting))
        }
    }

    fn refusal(config: &Config) -> String {
        match config.settings(&bare()) {
            Ok(_) => panic!("must be refused"),
            Err(error) => {
                assert_eq!(error.status(), Status::InvalidConfig);
                error.message().to_owned()
            }
        }
    }

    fn environment(config: &mut Config, key: &str, value: &str) {
        let option = OptionSpec::find(key).unwrap();
        config.put(option, Source::Environment, value).unwrap();
    }

    #[test]
    fn defaults_are_the_tables() {
        let settings = Config::new()
            .region("cn-north-4")
            .settings(&bare())
            .unwrap()
            .0;
        assert_eq!(settings.timeout, Duration::from_secs(60));
        assert_eq!(settings.connect_timeout, Duration::from_secs(5));
        assert_eq!(settings.trust, Trust::System);
        assert_eq!(
            settings.user_agent,
            concat!("certpush/", env!("CARGO_PKG_VERSION"))
        );
    }

    #[test]
    fn options_that_exclude_each_other_are_both_named() {
        let both = Config::new()
            .region("cn-north-4")
            .endpoint("https://a.example");
        let message = refusal(&both);
        assert!(
            message.contains("option region") && message.contains("option endpoint"),
            "{message}"
        );
    }

    #[test]
    fn the_program_hides_the_environment_whatever_the_order() {
        let mut config = Config::new().timeout(Duration::from_secs(1));
        environment(&mut config, "timeout_ms", "7");
        environment(&mut config, "endpoint", "https://b.example");
        config.set("region", "cn-north-4").unwrap();
        let settings = config.settings(&bare()).unwrap().0;
        assert_eq!(settings.timeout, Duration::from_secs(1));
        assert_eq!(settings.endpoint.host, "scm.cn-north-4.myhuaweicloud.com");
    }

    #[test]
    fn a_token_file_hides_the_environments_token() {
        let mut config = Config::new().region("cn-north-4").token_file("/a");
        environment(&mut config, "token", &"t".repeat(32));
        assert!(matches!(
            config.settings(&bare()).unwrap().1,
            CredentialSpec::Token(SecretSpec::File(..))
        ));
    }

    const RELAY: &str = "HUAWEICLOUD_SDK_REGION_SCM_EU_WEST_101";

    /// An environment in which one of the official SDK's variables names a relay.
    fn with_relay() -> HashMap<&'static str, String> {
        HashMap::from([(RELAY, "https://relay.example/scm".to_owned())])
    }

    #[test]
    fn a_region_is_where_the_official_sdks_list_says() {
        let config = Config::new()
            .region("eu-west-101")
            .user_name("u")
            .user_domain("d")
            .user_password("p");
        let (settings, credential) = config.settings(&with_relay()).unwrap();
        assert_eq!(settings.endpoint.url(), "https://relay.example/scm");
        assert_eq!(
            settings.endpoint_origin,
            format!("variable {RELAY}, for region eu-west-101 of option region")
        );
        // IAM, and what a token is for, go by the region: the relay's name tells neither.
        let iam = "https://iam.eu-west-101.myhuaweicloud.eu";
        assert_eq!(settings.iam_endpoint.as_deref(), Some(iam));
        assert!(matches!(
            credential,
            CredentialSpec::Password(given) if given.login.scope_project == "eu-west-101"
        ));
    }

    #[test]
    fn the_official_sdks_list_has_no_say_in_other_regions_or_an_endpoint() {
        let settings = |config: Config| config.settings(&with_relay()).unwrap().0;
        let other = settings(Config::new().region("cn-north-4"));
        assert_eq!(other.endpoint.host, "scm.cn-north-4.myhuaweicloud.com");
        let endpoint = settings(Config::new().endpoint("https://a.example"));
        assert_eq!(endpoint.endpoint.host, "a.example");
        let mut both = Config::new().endpoint("https://a.example");
        environment(&mut both, "region", "eu-west-101");
        assert_eq!(settings(both).endpoint.host, "a.example");
    }

    #[test]
    fn a_bad_typed_value_is_told_when_the_client_is_made() {
        assert!(refusal(&Config::new().trust("none").region("cn-north-4")).starts_with("trust"));
    }

    #[test]
    fn an_unknown_option_is_told_with_the_known_ones() {
        let error = Config::new().set("tiemout_ms", "1").unwrap_err();
        assert!(error.message().contains("timeout_ms"));
    }

    #[test]
    fn a_variable_that_can_only_be_meant_for_an_option_is_refused_with_the_right_name() {
        for (name, right) in [
            ("CERTPUSH_TIMEOUT", "CERTPUSH_TIMEOUT_MS, in milliseconds"),
            ("CERTPUSH_TIMEOUTMS", "CERTPUSH_TIMEOUT_MS"),
            ("CERTPUSH_CONNECT_TIMEOUT", "CERTPUSH_CONNECT_TIMEOUT_MS"),
            ("CERTPUSH_RETRYBASE", "CERTPUSH_RETRY_BASE_MS"),
            ("CERTPUSH_TOKENFILE", "CERTPUSH_TOKEN_FILE"),
            ("CERTPUSH_Token", "CERTPUSH_TOKEN"),
            ("CERTPUSH__REGION_", "CERTPUSH_REGION"),
            ("certpush_region", "CERTPUSH_REGION"),
            ("Certpush_NoProxy", "CERTPUSH_NO_PROXY"),
        ] {
            let environment = HashMap::from([(name, "hunter2"), ("CERTPUSH_TIMEOUT_MS", "30")]);
            let error = Config::new().load(&environment).unwrap_err();
            assert_eq!(error.status(), Status::InvalidConfig);
            let message = error.message();
            assert!(
                message.contains(name) && message.contains(right) && !message.contains("hunter2"),
                "{message}"
            );
            assert!(Config::new().load(&HashMap::from([(name, "")])).is_ok());
        }
    }

    #[test]
    fn other_variables_that_are_no_options_are_told() {
        let environment = HashMap::from([
            ("CERTPUSH_SERVICE_HOST", "10.0.0.1"),
            ("CERTPUSH_PORT", "tcp://10.0.0.1:443"),
            ("CERTPUSH_", "a"),
            ("CERTPUSH_EMPTY", ""),
            ("CERTPUSH_RETRIES", "1"),
            ("CERTPUS_REGION", "a"),
            ("XCERTPUSH_REGION", "a"),
            ("CERTPUSH", "a"),
            ("证书_CERTPUSH_REGION", "a"),
        ]);
        let mut config = Config::new().region("cn-north-4");
        config.load(&environment).unwrap();
        let settings = config.settings(&bare()).unwrap().0;
        assert_eq!(
            settings.unknown_variables,
            ["CERTPUSH_", "CERTPUSH_PORT", "CERTPUSH_SERVICE_HOST"]
        );
        assert_eq!(settings.retry.retries, 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_utf_8_is_refused_by_name() {
        use std::ffi::OsString;
        use std::os::unix::ffi::OsStringExt;

        for option in OPTIONS {
            let name: &str = option.environment_name().leak();
            let environment = HashMap::from([(name, OsString::from_vec(b"/a\xe4".to_vec()))]);
            let error = Config::new().load(&environment).unwrap_err();
            assert_eq!(error.status(), Status::InvalidConfig);
            assert_eq!(error.message(), format!("variable {name} is not UTF-8"));
        }
    }

    #[test]
    fn no_value_is_in_the_debug_form() {
        let config = Config::new().token("very-secret-token-of-32-characters");
        assert!(!format!("{config:?}").contains("very-secret"));
    }
}
