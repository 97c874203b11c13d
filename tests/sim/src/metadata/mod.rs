//! The metadata service of an instance, and the pod identity of a container: temporary keys without
//! a secret to keep.

mod options;
mod temporary;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::header::{AUTHORIZATION, HeaderMap};
use serde_json::json;

use crate::clock::Moment;
use crate::identity::{Identity, TemporaryKey};
use crate::reply::Reply;
pub use options::{DEFAULT_POD_AUTHORIZATION, DEFAULT_POD_PATH, MetadataMode, MetadataOptions};
use temporary::CurrentKey;

/// Where an instance asks for a token of the metadata service.
pub(crate) const TOKEN_PATH: &str = "/meta-data/latest/api/token";
/// Where an instance asks for its temporary keys.
pub(crate) const KEY_PATH: &str = "/openstack/latest/securitykey";

/// What the real service says when no agency is bound to the instance.
const NO_AGENCY: &str = "Please configure Cloud Service Agency first";
/// A token of the metadata service lasts 6 hours at most.
const LONGEST_TTL_S: u64 = 21_600;

/// The metadata service.
#[derive(Debug)]
pub(crate) struct Metadata {
    options: MetadataOptions,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When each token ends.
    tokens: HashMap<String, Moment>,
    instance_key: CurrentKey,
    pod_key: CurrentKey,
}

impl Metadata {
    pub(crate) fn new(options: MetadataOptions) -> Self {
        Metadata {
            options,
            state: Mutex::default(),
        }
    }

    pub(crate) fn options(&self) -> &MetadataOptions {
        &self.options
    }

    /// Gives a token to an instance, if this service has tokens.
    pub(crate) fn create_token(&self, identity: &Identity, headers: &HeaderMap) -> Reply {
        if let MetadataMode::V1 { status } = self.options.mode {
            return Reply::text(status, "no tokens here");
        }
        let ttl = headers
            .get("x-metadata-token-ttl-seconds")
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .filter(|ttl| (1..=LONGEST_TTL_S).contains(ttl));
        let Some(ttl) = ttl else {
            let problem = "X-Metadata-Token-Ttl-Seconds is not 1 to 21600";
            return Reply::text(400, problem).because(problem);
        };
        let token = identity.fresh.token(64);
        let ends = identity.clock.now().after(Duration::from_secs(ttl));
        self.state().tokens.insert(token.clone(), ends);
        Reply::text(200, &token)
    }

    /// Gives an instance its temporary keys.
    pub(crate) fn instance_key(&self, identity: &Identity, headers: &HeaderMap) -> Reply {
        let now = identity.clock.now();
        let mut state = self.state();
        let token = headers.get("x-metadata-token");
        let token_is_good = token.map(|token| {
            let token = String::from_utf8_lossy(token.as_bytes());
            state.tokens.get(&*token).is_some_and(|ends| now < *ends)
        });
        let problem = match (self.options.mode, token_is_good) {
            (MetadataMode::V1 { .. }, _) => None,
            (_, Some(false)) => Some("X-Metadata-Token is unknown or has expired"),
            (MetadataMode::V2, None) => Some("X-Metadata-Token is missing"),
            _ => None,
        };
        if let Some(problem) = problem {
            return Reply::text(401, "Unauthorized").because(problem);
        }
        if self.options.mode == MetadataMode::NoAgency {
            return Reply::text(401, NO_AGENCY).because("no agency is bound to the instance");
        }
        let key = state
            .instance_key
            .at(now, self.options.key_lifetime, identity);
        Reply::json(
            200,
            &json!({"credential": {
                "access": key.access_key,
                "secret": key.secret_key,
                "securitytoken": key.security_token,
                "expires_at": key.expires_at.to_iam(),
            }}),
        )
    }

    /// The temporary key of the instance, whoever asks.
    pub(crate) fn instance_key_of(&self, identity: &Identity) -> TemporaryKey {
        let now = identity.clock.now();
        let lifetime = self.options.key_lifetime;
        self.state()
            .instance_key
            .at(now, lifetime, identity)
            .clone()
    }

    /// Gives a container its temporary keys.
    pub(crate) fn pod_key(&self, identity: &Identity, headers: &HeaderMap) -> Reply {
        let right = self.options.pod_authorization.as_bytes();
        let given = headers.get(AUTHORIZATION);
        if given.is_none_or(|given| given.as_bytes() != right) {
            let problem = "Authorization is not the token of this pod";
            return Reply::text(401, "Unauthorized").because(problem);
        }
        let now = identity.clock.now();
        let mut state = self.state();
        let key = state.pod_key.at(now, self.options.key_lifetime, identity);
        Reply::json(
            200,
            &json!({"credentials": {
                "accessKeyId": key.access_key,
                "secretAccessKey": key.secret_key,
                "securityToken": key.security_token,
                "expiration": key.expires_at.to_iam(),
            }}),
        )
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
