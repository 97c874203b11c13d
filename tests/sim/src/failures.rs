//! Failures planned for the next requests of an operation.

use serde::Deserialize;

/// An operation of IAM or the metadata service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// `POST /v3/auth/tokens`.
    #[default]
    Token,
    /// `GET /v3/auth/domains`.
    Domains,
    /// `GET /v3/projects`.
    Projects,
    /// `PUT /meta-data/latest/api/token`.
    MetadataToken,
    /// `GET /openstack/latest/securitykey`.
    InstanceKey,
    /// The path of the pod identity.
    PodKey,
}

/// What happens to a request instead of its proper answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Failure {
    /// 500.
    #[serde(rename = "500")]
    ServerError,
    /// 503.
    #[serde(rename = "503")]
    Unavailable,
    /// 429 with Retry-After.
    Throttle {
        /// The seconds in Retry-After.
        #[serde(default = "one_second")]
        retry_after_s: u32,
    },
    /// No answer, until the client closes.
    Hang,
    /// The connection is closed without an answer.
    Close,
    /// 200 with a login page in HTML.
    Html,
    /// The proper answer without its X-Subject-Token, which only a token request's answer has.
    NoToken,
    /// The proper answer, but late.
    Delay {
        /// How late.
        milliseconds: u64,
    },
}

fn one_second() -> u32 {
    1
}

/// Failures still to come, in the order in which they were planned.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    planned: Vec<Planned>,
}

#[derive(Debug)]
struct Planned {
    operation: Operation,
    failure: Failure,
    left: u64,
}

impl Failures {
    /// Plans a failure for the next `count` requests of an operation, after those planned before.
    pub(crate) fn plan(&mut self, operation: Operation, failure: Failure, count: u64) {
        self.planned.push(Planned {
            operation,
            failure,
            left: count,
        });
    }

    /// What shall happen to the request of this operation that has just come.
    pub(crate) fn next(&mut self, operation: Operation) -> Option<Failure> {
        self.planned.retain(|planned| planned.left > 0);
        let planned = self
            .planned
            .iter_mut()
            .find(|planned| planned.operation == operation)?;
        planned.left -= 1;
        Some(planned.failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_come_in_order_and_end() {
        let mut failures = Failures::default();
        failures.plan(Operation::Token, Failure::ServerError, 2);
        failures.plan(Operation::Domains, Failure::Html, 1);
        failures.plan(Operation::Token, Failure::Unavailable, 0);
        failures.plan(Operation::Token, Failure::Close, 1);
        let tokens: Vec<_> = (0..4).map(|_| failures.next(Operation::Token)).collect();
        assert_eq!(
            tokens,
            [
                Some(Failure::ServerError),
                Some(Failure::ServerError),
                Some(Failure::Close),
                None
            ]
        );
        assert_eq!(failures.next(Operation::Domains), Some(Failure::Html));
    }
}
