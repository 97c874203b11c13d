//! Temporary keys that a machine or a container is given: the ECS metadata service, and the pod
//! identity that an environment variable points to.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::SecretHeader;
use super::iam::{answer_of, json_body, lifetime, not_understood};
use super::keys::KeyPair;
use super::renewing::Fetched;
use crate::answer::{Answer, Body};
use crate::endpoint::Endpoint;
use crate::file::{self, Waiting};
use crate::json::Value;
use crate::report::{Error, Phase, Report};
use crate::secret::Secret;
use crate::status::Status;
use crate::transport::{Outgoing, Transport, Watch};

/// How long each request to a metadata service may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a metadata token is asked to hold, in seconds.
const TOKEN_SECONDS: &str = "21600";
/// Longest authorization token file of a container, in bytes.
const LONGEST_TOKEN_FILE: usize = 64 * 1024;
/// What the metadata service says of a machine without an agency.
const NO_AGENCY: &str = "Please configure Cloud Service Agency first";

/// The metadata service of an ECS machine.
pub(crate) struct Metadata {
    pub(crate) service: Transport,
}

impl Metadata {
    /// Fetches the temporary keys of the machine's agency: with a metadata token, or without one
    /// where the service knows none.
    pub(crate) fn fetch(&self, watch: &Rc<Watch>) -> Result<Fetched<KeyPair>, Error> {
        const WHO: &str = "the metadata service";
        let watch = Rc::new(watch.within(PATIENCE));
        let request = Outgoing {
            method: "PUT",
            path: "/meta-data/latest/api/token",
            headers: &[("x-metadata-token-ttl-seconds", TOKEN_SECONDS)],
            ..Outgoing::default()
        };
        let token = match self.service.exchange(&request, &watch).result {
            Ok(answer) if answer.http_status == 200 => plain_token(&answer),
            // An older service, which knows no tokens.
            Ok(answer) if matches!(answer.http_status, 404 | 405 | 503) => None,
            other => {
                let outcome = crate::transport::Outcome {
                    handed_over: false,
                    result: other,
                };
                let answer = answer_of(outcome, WHO)?;
                return Err(not_understood(WHO, answer.http_status, "no metadata token"));
            }
        };
        let request = Outgoing {
            method: "GET",
            path: "/openstack/latest/securitykey",
            secrets: token
                .map(|value| SecretHeader {
                    name: "x-metadata-token",
                    value: Arc::new(value),
                })
                .into_iter()
                .collect(),
            ..Outgoing::default()
        };
        let answer = answer_of(self.service.exchange(&request, &watch), WHO).map_err(|error| {
            if error.message().contains(NO_AGENCY) {
                Error::new(Report {
                    hint: "Give the ECS machine an agency that may push certificates (scm:cert:push), or set other credentials.".into(),
                    message: "the metadata service has no keys: the machine has no agency".to_owned(),
                    ..error.into_report()
                })
            } else {
                error
            }
        })?;
        keys_of(&answer).ok_or_else(|| not_understood(WHO, answer.http_status, "no usable keys"))
    }
}

/// The identity of a container, at a URL that the environment names.
pub(crate) struct PodIdentity {
    pub(crate) service: Transport,
    pub(crate) path: String,
    pub(crate) token_file: Option<PathBuf>,
}

impl PodIdentity {
    pub(crate) const TOKEN_FILE_VARIABLE: &'static str = "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE";

    /// Fetches the temporary keys. The token file is read each time: it is rotated.
    pub(crate) fn fetch(&self, watch: &Rc<Watch>) -> Result<Fetched<KeyPair>, Error> {
        const WHO: &str = "the container's identity service";
        let secrets = match &self.token_file {
            None => Vec::new(),
            Some(path) => {
                let named = format!("{} {}", PodIdentity::TOKEN_FILE_VARIABLE, path.display());
                let waiting = Waiting {
                    watch,
                    phase: Phase::Credentials,
                };
                let contents = file::read(path, LONGEST_TOKEN_FILE, waiting)
                    .map_err(|fault| fault.of(&named))?;
                let token = file::text(&contents.bytes)
                    .map_err(|why| Error::invalid_config(format!("{named} {why}")))?
                    .trim();
                if token.is_empty() || !token.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) {
                    return Err(Error::invalid_config(format!(
                        "{named} has no usable token in it"
                    )));
                }
                vec![SecretHeader {
                    name: "authorization",
                    value: Arc::new(Secret::new(token)),
                }]
            }
        };
        // As the official SDK asks.
        let request = Outgoing {
            method: "POST",
            path: &self.path,
            secrets,
            body: b"{}",
            ..Outgoing::default()
        };
        let watch = Rc::new(watch.within(PATIENCE));
        let answer = answer_of(self.service.exchange(&request, &watch), WHO)?;
        keys_of(&answer).ok_or_else(|| not_understood(WHO, answer.http_status, "no usable keys"))
    }

    /// Splits the URL of HC_CONTAINER_CREDENTIALS_FULL_URI. Plain http is usual: the service is on
    /// the same host or link.
    pub(crate) fn split(url: &str) -> Result<(Endpoint, String), Error> {
        let after_scheme = url.find("://").map_or(0, |at| at + 3);
        let slash = url[after_scheme..].find('/').map(|at| at + after_scheme);
        let (base, path) = url.split_at(slash.unwrap_or(url.len()));
        let endpoint = Endpoint::from_url(base, true).map_err(|error| {
            Error::invalid_config(format!(
                "HC_CONTAINER_CREDENTIALS_FULL_URI: {}",
                error.message()
            ))
        })?;
        Ok((
            endpoint,
            if path.is_empty() {
                "/".into()
            } else {
                path.into()
            },
        ))
    }
}

fn plain_token(answer: &Answer) -> Option<Secret> {
    let Body::Complete(bytes) = &answer.body else {
        return None;
    };
    let token = std::str::from_utf8(bytes).ok()?.trim();
    let is_one = !token.is_empty() && token.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    is_one.then(|| Secret::new(token))
}

/// The keys in any of the spellings that the services use.
fn keys_of(answer: &Answer) -> Option<Fetched<KeyPair>> {
    if answer.http_status != 200 {
        return None;
    }
    keys_in(json_body(&answer.body)?.root(), answer.date)
}

fn keys_in(body: Value<'_>, date: Option<SystemTime>) -> Option<Fetched<KeyPair>> {
    let keys = ["credential", "credentials"]
        .iter()
        .find_map(|name| body.get(name))
        .unwrap_or(body);
    let text = |names: [&str; 2]| {
        names
            .iter()
            .find_map(|name| keys.get(name)?.text())
            .filter(|text| !text.is_empty())
    };
    let pair = KeyPair {
        access_key: text(["access", "accessKeyId"])?.to_string(),
        secret_key: Arc::new(Secret::new(&text(["secret", "secretAccessKey"])?)),
        security_token: text(["securitytoken", "securityToken"])
            .map(|token| Arc::new(Secret::new(&token))),
    };
    if !pair.is_sendable() {
        return None;
    }
    let end = if keys.get("expires_at").is_some() {
        "expires_at"
    } else {
        "expiration"
    };
    Some(Fetched::new(pair, lifetime(keys, end, date)))
}

/// Whether a failure says that there is no such service here at all.
pub(crate) fn is_absent(report: &Report) -> bool {
    report.status() == Status::CredentialsUnavailable && report.http_status() == 0
        || report.status() == Status::Timeout
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::{AgentSettings, TransportOptions};

    #[test]
    fn a_token_file_that_nobody_writes_to_ends_with_the_call() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("token");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.unwrap().success());
        let options = TransportOptions {
            agent: AgentSettings::new(),
            connect_timeout: Duration::from_secs(10),
            max_idle_connections: 0,
            idle_timeout: Duration::ZERO,
            user_agent: "certpush".to_owned(),
            language: "en-us".to_owned(),
        };
        let endpoint = Endpoint::from_url("http://127.0.0.1:1", true).unwrap();
        let no_tls = || Err(Error::invalid_config("there is no TLS here"));
        let pod = PodIdentity {
            service: Transport::new(endpoint, None, &options, no_tls).unwrap(),
            path: "/".to_owned(),
            token_file: Some(fifo),
        };
        let patience = Duration::from_millis(50);
        let watch = Watch::for_tests(|waiting| Rc::new(waiting.watch.within(patience)));
        let error = pod.fetch(&watch).err().unwrap();
        assert_eq!(
            (error.status(), error.phase()),
            (Status::Timeout, Phase::Credentials)
        );
        assert!(error.message().contains("TOKEN_FILE"), "{error}");
    }
}
