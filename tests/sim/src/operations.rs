//! The operations of IAM and the metadata service: which one a request means, and what it answers.

use std::future::pending;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use hyper::http::request::Parts;
use tokio::time::sleep;

use crate::failures::{Failure, Operation};
use crate::iam;
use crate::metadata::{KEY_PATH, MetadataMode, TOKEN_PATH};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::rules::check_host;
use crate::service::{Arrival, Service, received_request, refused};

/// Long enough for a client that takes every 200 for a success.
const LOGIN_PAGE: &str = "<!DOCTYPE html><html><body><h1>Please log in</h1></body></html>";

impl Service {
    /// The operation that a request means, unless it is a push or nothing.
    pub(crate) fn operation(&self, parts: &Parts) -> Option<Operation> {
        let options = self.metadata.options();
        match (parts.method.as_str(), parts.uri.path()) {
            ("POST", "/v3/auth/tokens") => Some(Operation::Token),
            ("GET", "/v3/auth/domains") => Some(Operation::Domains),
            ("GET", "/v3/projects") => Some(Operation::Projects),
            ("PUT", TOKEN_PATH) if options.mode != MetadataMode::Off => {
                Some(Operation::MetadataToken)
            }
            ("GET", KEY_PATH) if options.mode != MetadataMode::Off => Some(Operation::InstanceKey),
            ("GET" | "POST", path) if path == options.pod_path => Some(Operation::PodKey),
            _ => None,
        }
    }

    /// Carries out an operation, or the failure that is planned for it.
    pub(crate) async fn perform(
        &self,
        operation: Operation,
        parts: &Parts,
        body: &[u8],
        arrival: &Arrival,
    ) -> io::Result<Response<Full<Bytes>>> {
        let mut received = received_request(parts, body, arrival);
        if operation == Operation::Token {
            received.body = iam::without_secrets(body);
        }
        let failure = self.planned_failure(operation);
        match failure {
            Some(Failure::Hang) => {
                self.record(received, None);
                // The server notices when the client closes, and drops this future.
                return pending().await;
            }
            Some(Failure::Close) => {
                self.record(received, None);
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            Some(Failure::Delay { milliseconds }) => {
                sleep(Duration::from_millis(milliseconds)).await;
            }
            _ => {}
        }
        let request_id = self.request_ids.next();
        let reply = match failure {
            Some(Failure::ServerError) => Ok(iam::unexpected()),
            Some(Failure::Unavailable) => Ok(iam::unavailable()),
            Some(Failure::Throttle { retry_after_s }) => Ok(iam::throttled(retry_after_s)),
            Some(Failure::Html) => Ok(Reply::html(200, LOGIN_PAGE)),
            Some(Failure::NoToken) => self
                .proper_reply(operation, parts, body, arrival.port)
                .map(|reply| reply.without(iam::SUBJECT_TOKEN)),
            _ => self.proper_reply(operation, parts, body, arrival.port),
        };
        let answer = match reply {
            Ok(reply) => {
                received.problem.clone_from(&reply.problem);
                match operation {
                    Operation::Token | Operation::Domains | Operation::Projects => reply
                        .with("Server", "api-gateway".to_owned())
                        .with(
                            "X-IAM-Trace-Id",
                            format!("token_cn-north-4_null_{request_id}"),
                        )
                        .with("X-Request-Id", request_id),
                    Operation::MetadataToken | Operation::InstanceKey | Operation::PodKey => reply,
                }
                .into_response()?
            }
            Err(refusal) => {
                let answer = refused(&refusal.fault, &request_id, &parts.headers)?;
                received.problem = Some(refusal.problem);
                answer
            }
        };
        self.record(received, Some(answer.status()));
        Ok(answer)
    }

    /// Counts a request, and tells what is planned for it.
    fn planned_failure(&self, operation: Operation) -> Option<Failure> {
        let state = &mut *self.identity.state();
        let counts = &mut state.counts;
        *match operation {
            Operation::Token => &mut counts.token_requests,
            Operation::Domains => &mut counts.domain_requests,
            Operation::Projects => &mut counts.project_requests,
            Operation::MetadataToken => &mut counts.metadata_token_requests,
            Operation::InstanceKey => &mut counts.instance_key_requests,
            Operation::PodKey => &mut counts.pod_key_requests,
        } += 1;
        let failure = state.failures.next(operation);
        counts.failures_injected += u64::from(failure.is_some());
        failure
    }

    fn proper_reply(
        &self,
        operation: Operation,
        parts: &Parts,
        body: &[u8],
        port: u16,
    ) -> Result<Reply, Refusal> {
        let identity = &self.identity;
        let headers = &parts.headers;
        Ok(match operation {
            Operation::Token => {
                check_host(parts, port)?;
                iam::create_token(identity, parts, body)
            }
            Operation::Domains => {
                check_host(parts, port)?;
                identity.authenticate(parts, body)?;
                iam::list_domains(&identity.options)
            }
            Operation::Projects => {
                check_host(parts, port)?;
                identity.authenticate(parts, body)?;
                iam::list_projects(&identity.options, parts.uri.query())
            }
            // Their hosts have other names wherever they are real.
            Operation::MetadataToken => self.metadata.create_token(identity, headers),
            Operation::InstanceKey => self.metadata.instance_key(identity, headers),
            Operation::PodKey => self.metadata.pod_key(identity, headers),
        })
    }
}
