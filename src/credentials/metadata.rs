//! Temporary keys that a machine or a container is given: the ECS metadata service, and the pod
//! identity that an environment variable points to.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::hints::{self, Provider};
use super::iam::{ProviderFailure, json_body, lifetime, not_understood, response_of};
use super::keys::KeyPair;
use super::refreshing_cache::Fetched;
use crate::call_context::CallContext;
use crate::endpoint::Endpoint;
use crate::failure::TransportFailure;
use crate::file::{self, Waiting};
use crate::json::Value;
use crate::mask::Masker;
use crate::message::Word;
use crate::phase::Phase;
use crate::report::{Error, Report};
use crate::secret::{Secret, SecretHeader};
use crate::status::Status;
use crate::transport::{Body, Method, Outcome, Request, RequestBody, Response, Transport};

/// How long all requests to a metadata service may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// So often a request is made whose connection is lost.
const TRIES: usize = 3;
/// How long a metadata token is asked to hold, in seconds.
const TOKEN_SECONDS: &str = "21600";
/// Longest authorization token file of a container, in bytes.
const LONGEST_TOKEN_FILE: usize = 64 * 1024;
/// What the metadata service says of a machine without an agency.
const NO_AGENCY: &[u8] = b"Please configure Cloud Service Agency first";

/// The metadata service of an ECS machine.
pub(crate) struct Metadata {
    pub(crate) service: Transport,
}

/// Why there are no keys of this machine.
pub(super) enum NoKeys {
    /// Nobody answers: there is no metadata service. With what happened, in words.
    Unreachable(Error, String),
    /// Somebody answers who is not Huawei Cloud's metadata service: in what way.
    Foreign(String),
    /// The machine has no agency.
    NoAgency(Error),
    /// The service could not give them now.
    Failed(Error),
}

impl Metadata {
    /// Fetches the temporary keys of the machine's agency: with a metadata token, or without one
    /// where the service knows none.
    pub(super) fn fetch(&self, context: &Rc<CallContext>) -> Result<Fetched<KeyPair>, NoKeys> {
        const PROVIDER: Provider = Provider::Metadata;
        let context = Rc::new(context.within(PATIENCE));
        let request = Request {
            headers: vec![("x-metadata-token-ttl-seconds", TOKEN_SECONDS)],
            ..Request::new(Method::Put, "/meta-data/latest/api/token")
        };
        let answer = self.ask(&request, &context, &Masker::none())?;
        let token = match answer.http_status {
            200 => plain_token(&answer).map(Arc::new),
            // An older service, which knows no tokens.
            404 | 405 | 503 => None,
            _ => return Err(refused(answer, &Masker::none())),
        };
        let masker = match &token {
            Some(token) => Masker::none().made(token),
            None => Masker::none(),
        };
        let request = Request {
            secret_headers: token
                .map(|value| SecretHeader {
                    name: "x-metadata-token",
                    value,
                })
                .into_iter()
                .collect(),
            ..Request::new(Method::Get, "/openstack/latest/securitykey")
        };
        let answer = self.ask(&request, &context, &masker)?;
        if answer.http_status != 200 {
            return Err(refused(answer, &masker));
        }
        match keys_of(&answer) {
            Some(keys) => Ok(keys),
            None if has_keys_member(&answer) => Err(NoKeys::Failed(
                not_understood(PROVIDER, 200, "no usable keys").error,
            )),
            None => Err(NoKeys::Foreign(
                "answered 200 without keys: it is not Huawei Cloud's".to_owned(),
            )),
        }
    }

    /// Makes a request, again if its connection is lost: that is no credential that there is no service.
    fn ask(
        &self,
        request: &Request,
        context: &Rc<CallContext>,
        masker: &Masker,
    ) -> Result<Response, NoKeys> {
        let mut tries = 1;
        loop {
            match self.service.exchange(request, context).result {
                Ok(answer) => return Ok(answer),
                Err(failure) if failure.status == Status::ConnectionLost && tries < TRIES => {
                    tries += 1;
                }
                Err(failure) => return Err(failed(failure, masker)),
            }
        }
    }
}

/// What a failure to get an answer says of the service.
fn failed(failure: TransportFailure, masker: &Masker) -> NoKeys {
    let before_any = matches!(failure.phase, Phase::Resolve | Phase::Connect);
    let (status, is_no_http) = (failure.status, failure.status == Status::UnexpectedResponse);
    let what = failure.message.clone();
    let outcome = Outcome {
        handed_over: false,
        result: Err(failure),
    };
    let error = match response_of(outcome, Provider::Metadata, masker) {
        Err(ProviderFailure { error, .. }) => error,
        Ok(_) => not_understood(Provider::Metadata, 0, "nothing").error,
    };
    match status {
        Status::Resolve | Status::Connect => NoKeys::Unreachable(error, what),
        Status::Timeout if before_any => NoKeys::Unreachable(error, what),
        _ if is_no_http => NoKeys::Foreign("does not answer as Huawei Cloud's does".to_owned()),
        _ => NoKeys::Failed(error),
    }
}

/// What another answer than keys says of the service.
fn refused(answer: Response, masker: &Masker) -> NoKeys {
    let http_status = answer.http_status;
    if let Body::Complete(body) = &answer.body
        && body.windows(NO_AGENCY.len()).any(|part| part == NO_AGENCY)
    {
        return NoKeys::NoAgency(Error::new(Report {
            http_status,
            hint: hints::NO_AGENCY.into(),
            ..Report::new(
                Status::CredentialsRefused,
                Phase::Credentials,
                "the metadata service has no keys: the machine has no agency",
            )
        }));
    }
    if http_status < 500 && http_status != 429 {
        return NoKeys::Foreign(format!(
            "answered {http_status}: it is not Huawei Cloud's, or gives this machine nothing"
        ));
    }
    let outcome = Outcome {
        handed_over: false,
        result: Ok(answer),
    };
    match response_of(outcome, Provider::Metadata, masker) {
        Err(ProviderFailure { error, .. }) => NoKeys::Failed(error),
        Ok(_) => NoKeys::Failed(not_understood(Provider::Metadata, http_status, "no keys").error),
    }
}

/// The identity of a container, at a URL that the environment names.
pub(crate) struct PodIdentity {
    pub(crate) service: Transport,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) token_file: Option<PathBuf>,
}

impl PodIdentity {
    pub(crate) const TOKEN_FILE_VARIABLE: &'static str = "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE";

    /// Fetches the temporary keys. The token file is read each time: it is rotated.
    pub(super) fn fetch(&self, context: &Rc<CallContext>) -> Result<Fetched<KeyPair>, Error> {
        let secrets = match &self.token_file {
            None => Vec::new(),
            Some(path) => {
                let named = format!("{} {}", PodIdentity::TOKEN_FILE_VARIABLE, path.display());
                let waiting = Waiting {
                    context,
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
        let masker = secrets
            .iter()
            .fold(Masker::none(), |masker, secret| masker.made(&secret.value));
        // As the official SDK asks.
        let request = Request {
            query: self.query.clone().into(),
            secret_headers: secrets,
            body: RequestBody::Plain(b"{}".to_vec()),
            ..Request::new(Method::Post, self.path.clone())
        };
        let context = Rc::new(context.within(PATIENCE));
        let outcome = self.service.exchange(&request, &context);
        let given = response_of(outcome, Provider::Pod, &masker).and_then(|answer| {
            keys_of(&answer)
                .ok_or_else(|| not_understood(Provider::Pod, answer.http_status, "no usable keys"))
        });
        given.map_err(|ProviderFailure { mut error, .. }| {
            if error.status() == Status::CredentialsRefused {
                error.report_mut().hint = Provider::Pod.unavailable(0);
            }
            error
        })
    }

    /// Splits the URL of HC_CONTAINER_CREDENTIALS_FULL_URI into endpoint, path and query. Plain http
    /// is usual: the service is on the same host or link.
    pub(crate) fn split(url: &str) -> Result<(Endpoint, String, String), Error> {
        let after_scheme = url.find("://").map_or(0, |at| at + 3);
        let end_of_host = url[after_scheme..].find(['/', '?']);
        let (base, target) = url.split_at(end_of_host.map_or(url.len(), |at| at + after_scheme));
        let subject = Word::text("HC_CONTAINER_CREDENTIALS_FULL_URI: endpoint");
        let endpoint = Endpoint::from_url(base, true, &subject)?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = if path.is_empty() { "/" } else { path };
        Ok((endpoint, path.to_owned(), query.to_owned()))
    }
}

fn plain_token(answer: &Response) -> Option<Secret> {
    let Body::Complete(bytes) = &answer.body else {
        return None;
    };
    let token = std::str::from_utf8(bytes).ok()?.trim();
    let is_one = !token.is_empty() && token.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    is_one.then(|| Secret::new(token))
}

/// The keys in any of the spellings that the services use.
fn keys_of(answer: &Response) -> Option<Fetched<KeyPair>> {
    if answer.http_status != 200 {
        return None;
    }
    keys_in(json_body(&answer.body)?.root(), answer.date)
}

/// Whether the answer has the member that should hold keys.
fn has_keys_member(answer: &Response) -> bool {
    json_body(&answer.body).is_some_and(|document| keys_member(document.root()).is_some())
}

/// The member that holds the keys.
fn keys_member(body: Value<'_>) -> Option<Value<'_>> {
    ["credential", "credentials"]
        .iter()
        .find_map(|name| body.get(name))
}

fn keys_in(body: Value<'_>, date: Option<SystemTime>) -> Option<Fetched<KeyPair>> {
    let keys = keys_member(body).unwrap_or(body);
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
        let endpoint = Endpoint::for_tests("http://127.0.0.1:1", true);
        let no_tls = || Err(Error::invalid_config("there is no TLS here"));
        let pod = PodIdentity {
            service: Transport::new(endpoint, None, &options, no_tls).unwrap(),
            path: "/".to_owned(),
            query: String::new(),
            token_file: Some(fifo),
        };
        let patience = Duration::from_millis(50);
        let context = CallContext::for_tests(|waiting| Rc::new(waiting.context.within(patience)));
        let error = pod.fetch(&context).err().unwrap();
        assert_eq!(
            (error.status(), error.phase()),
            (Status::Timeout, Phase::Credentials)
        );
        assert!(error.message().contains("TOKEN_FILE"), "{error}");
    }
}
