//! What the program is told, and the options that come of it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use certpush_sim::{
    AccessKey, DEFAULT_ACCESS_KEY, DEFAULT_DOMAIN, DEFAULT_DOMAIN_ID, DEFAULT_PASSWORD,
    DEFAULT_POD_AUTHORIZATION, DEFAULT_POD_PATH, DEFAULT_SECRET_KEY, DEFAULT_USER, DEFAULT_USER_ID,
    IamOptions, MetadataMode, MetadataOptions, Named, RepeatPolicy, ServerCertificate, SimOptions,
    User, Weather, scenarios_from_json,
};
use clap::builder::RangedI64ValueParser;
use clap::{Args, Parser, value_parser};

/// Simulated Huawei Cloud SCM, IAM and metadata services. When they are ready, one line of JSON
/// with their URLs is printed.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// Port of the plain listener; 0 takes a free one
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    http_port: u16,
    /// Port of the TLS listener; 0 takes a free one
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    https_port: u16,
    /// Write the certificate that clients must trust to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Prove itself with a certificate that is valid, expired, not-yet-valid, other-host or
    /// self-signed
    #[arg(long, default_value = "valid", value_name = "KIND")]
    server_certificate: ServerCertificate,
    /// Answer the certificate ids in this list as it says, instead of the built-in list
    #[arg(long, value_name = "FILE")]
    scenarios: Option<PathBuf>,
    /// Accept this token instead of the built-in one (may be repeated)
    #[arg(long, value_name = "TOKEN")]
    token: Vec<String>,
    /// Accept the token in this file, without the line end after it (may be repeated)
    #[arg(long, value_name = "FILE")]
    token_file: Vec<PathBuf>,
    /// Accept every token that is well formed
    #[arg(long)]
    any_token: bool,
    /// A certificate that exists, instead of the built-in ones (may be repeated)
    #[arg(long, value_name = "ID")]
    certificate: Vec<String>,
    /// A project that certificates can be pushed to, instead of the built-in ones and beside those of
    /// --project (may be repeated)
    #[arg(long, value_name = "NAME")]
    target_project: Vec<String>,
    /// Push to every project, known or not
    #[arg(long)]
    any_project: bool,
    /// What a repeated push does: second-copy, refuse or accept
    #[arg(long, default_value = "second-copy", value_name = "POLICY")]
    repeat_policy: RepeatPolicy,
    /// Stop when standard input ends, as it does when the parent process dies
    #[arg(long)]
    pub(crate) stop_on_stdin_eof: bool,
    #[command(flatten)]
    weather: WeatherArguments,
    #[command(flatten)]
    iam: IamArguments,
    #[command(flatten)]
    metadata: MetadataArguments,
}

/// How pushes fare that nothing is wrong with.
#[derive(Args)]
struct WeatherArguments {
    /// How long each push takes
    #[arg(long, default_value_t = 0, value_name = "MILLISECONDS")]
    latency_ms: u64,
    /// How many of 100 pushes are throttled
    #[arg(long, default_value_t = 0, value_name = "NUMBER", value_parser = percent())]
    throttled_percent: u8,
    /// How many of 100 pushes are not answered, but their connection reset; half of them are carried
    /// out
    #[arg(long, default_value_t = 0, value_name = "NUMBER", value_parser = percent())]
    reset_percent: u8,
    /// How many of 100 pushes are answered with an error of the service; half of them are carried out
    #[arg(long, default_value_t = 0, value_name = "NUMBER", value_parser = percent())]
    failing_percent: u8,
    /// What decides which pushes those are
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    seed: u64,
}

/// Three of them are 100 at most.
fn percent() -> RangedI64ValueParser<u8> {
    value_parser!(u8).range(0..=33)
}

/// The account behind IAM.
#[derive(Args)]
struct IamArguments {
    /// The name of the account
    #[arg(long, default_value = DEFAULT_DOMAIN, value_name = "NAME")]
    domain: String,
    /// The id of the account
    #[arg(long, default_value = DEFAULT_DOMAIN_ID, value_name = "ID")]
    domain_id: String,
    /// The name of the user
    #[arg(long, default_value = DEFAULT_USER, value_name = "NAME")]
    user: String,
    /// The user's password
    #[arg(long, default_value = DEFAULT_PASSWORD, value_name = "PASSWORD")]
    password: String,
    /// The passcode that the user must give beside the password
    #[arg(long, value_name = "DIGITS")]
    passcode: Option<String>,
    /// The user may use the console only, and gets no token
    #[arg(long)]
    console_only: bool,
    /// A project that IAM knows, instead of the built-in ones; certificates can be pushed to it (may
    /// be repeated)
    #[arg(long, value_name = "NAME=ID", value_parser = named)]
    project: Vec<Named>,
    /// The public half of the access key
    #[arg(long, default_value = DEFAULT_ACCESS_KEY, value_name = "KEY")]
    access_key: String,
    /// The secret half of the access key
    #[arg(long, default_value = DEFAULT_SECRET_KEY, value_name = "KEY")]
    secret_key: String,
    /// How long a token from IAM is good for
    #[arg(long, default_value_t = 86_400_000, value_name = "MILLISECONDS")]
    token_lifetime_ms: u64,
    /// How many characters a token from IAM has
    #[arg(long, default_value_t = 2048, value_name = "NUMBER")]
    token_length: usize,
    /// How far the services' clock is ahead of the system's; may be negative
    #[arg(
        long,
        default_value_t = 0,
        value_name = "SECONDS",
        allow_negative_numbers = true
    )]
    clock_offset_s: i32,
}

/// The metadata service and the pod identity.
#[derive(Args)]
struct MetadataArguments {
    /// The metadata service: v2, optional, v1, v1-405, v1-503, no-agency or off
    #[arg(long, default_value = "v2", value_name = "MODE")]
    metadata: MetadataMode,
    /// How long a temporary key is good for
    #[arg(long, default_value_t = 86_400_000, value_name = "MILLISECONDS")]
    key_lifetime_ms: u64,
    /// The path of the pod identity
    #[arg(long, default_value = DEFAULT_POD_PATH, value_name = "PATH")]
    pod_path: String,
    /// What a pod's Authorization must be
    #[arg(long, default_value = DEFAULT_POD_AUTHORIZATION, value_name = "TOKEN")]
    pod_authorization: String,
}

impl Arguments {
    /// Reads the files that are named, and makes options of all that was given.
    pub(crate) fn into_options(self) -> io::Result<SimOptions> {
        let defaults = SimOptions::default();
        let mut tokens = self.token;
        for path in self.token_file {
            let text = fs::read_to_string(&path).map_err(|error| naming(&path, error))?;
            let token = text.strip_suffix('\n').unwrap_or(&text);
            tokens.push(token.strip_suffix('\r').unwrap_or(token).to_owned());
        }
        let scenarios = match self.scenarios {
            Some(path) => fs::read_to_string(&path)
                .and_then(|json| Ok(scenarios_from_json(&json)?))
                .map_err(|error| naming(&path, error))?,
            None => defaults.scenarios,
        };
        Ok(SimOptions {
            http_port: self.http_port,
            https_port: self.https_port,
            server_certificate: self.server_certificate,
            tokens: or_default(tokens, defaults.tokens),
            any_token: self.any_token,
            certificates: or_default(self.certificate, defaults.certificates),
            target_projects: or_default(self.target_project, defaults.target_projects),
            any_project: self.any_project,
            repeat_policy: self.repeat_policy,
            scenarios,
            weather: self.weather.into_weather(),
            clock_offset_s: self.iam.clock_offset_s,
            iam: self.iam.into_options(defaults.iam.projects),
            metadata: self.metadata.into_options(),
        })
    }
}

impl WeatherArguments {
    fn into_weather(self) -> Weather {
        Weather {
            latency: Duration::from_millis(self.latency_ms),
            throttled_percent: self.throttled_percent,
            reset_percent: self.reset_percent,
            failing_percent: self.failing_percent,
            seed: self.seed,
        }
    }
}

impl IamArguments {
    fn into_options(self, built_in_projects: Vec<Named>) -> IamOptions {
        IamOptions {
            domain: Named::new(&self.domain, &self.domain_id),
            users: vec![User {
                name: self.user,
                id: DEFAULT_USER_ID.to_owned(),
                password: self.password,
                passcode: self.passcode,
                console_only: self.console_only,
            }],
            projects: or_default(self.project, built_in_projects),
            access_keys: vec![AccessKey {
                access_key: self.access_key,
                secret_key: self.secret_key,
            }],
            token_lifetime: Duration::from_millis(self.token_lifetime_ms),
            token_length: self.token_length,
        }
    }
}

impl MetadataArguments {
    fn into_options(self) -> MetadataOptions {
        MetadataOptions {
            mode: self.metadata,
            key_lifetime: Duration::from_millis(self.key_lifetime_ms),
            pod_path: self.pod_path,
            pod_authorization: self.pod_authorization,
        }
    }
}

fn named(text: &str) -> Result<Named, &'static str> {
    let (name, id) = text.split_once('=').ok_or("must be NAME=ID")?;
    Ok(Named::new(name, id))
}

fn or_default<T>(given: Vec<T>, default: Vec<T>) -> Vec<T> {
    if given.is_empty() { default } else { given }
}

/// The same error, with the name of the file that it is about.
pub(crate) fn naming(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
