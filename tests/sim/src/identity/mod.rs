//! Who a caller is: what the service in front, IAM and the metadata service know in common.

mod counts;
mod directory;
mod keys;
mod lockout;
mod options;
mod tokens;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::header::{AUTHORIZATION, HeaderMap};
use hyper::http::request::Parts;

pub use counts::IamCounts;
pub use directory::{
    AccessKey, DEFAULT_ACCESS_KEY, DEFAULT_DOMAIN, DEFAULT_DOMAIN_ID, DEFAULT_PASSWORD,
    DEFAULT_PROJECT, DEFAULT_PROJECT_ID, DEFAULT_PROJECTS, DEFAULT_SECRET_KEY, DEFAULT_USER,
    DEFAULT_USER_ID, Named, User,
};
pub(crate) use keys::TemporaryKey;
pub(crate) use lockout::{Lockout, PASSWORD};
pub use options::IamOptions;

use crate::clock::Clock;
use crate::failures::Failures;
use crate::faults::{self, Fault};
use crate::fresh::Fresh;
use crate::refusal::{Refusal, refuse};
use keys::Keys;
use tokens::{Tokens, not_decrypted};

const TOKEN_HEADER: &str = "x-auth-token";

/// Everything that the services know of callers.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) clock: Clock,
    pub(crate) fresh: Fresh,
    pub(crate) options: IamOptions,
    state: Mutex<State>,
}

/// What changes with every request.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) tokens: Tokens,
    pub(crate) keys: Keys,
    /// The wrong passwords of each user, by id.
    pub(crate) passwords: HashMap<String, Lockout>,
    pub(crate) failures: Failures,
    pub(crate) counts: IamCounts,
}

impl Identity {
    /// `known_tokens` are accepted beside those that IAM issues, and with `any_token` all others.
    pub(crate) fn new(
        mut options: IamOptions,
        clock: Clock,
        known_tokens: Vec<String>,
        any_token: bool,
    ) -> Self {
        let keys = Keys::new(std::mem::take(&mut options.access_keys));
        Identity {
            clock,
            fresh: Fresh::new(),
            options,
            state: Mutex::new(State {
                tokens: Tokens::new(known_tokens, any_token),
                keys,
                passwords: HashMap::new(),
                failures: Failures::default(),
                counts: IamCounts::default(),
            }),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks all users and keys that there are.
    pub(crate) fn lock(&self) {
        let now = self.clock.now();
        let state = &mut *self.state();
        for user in &self.options.users {
            let lockout = state.passwords.entry(user.id.clone()).or_default();
            lockout.lock(now);
        }
        state.keys.lock(now);
    }

    /// Ends all locks of users and keys.
    pub(crate) fn unlock(&self) {
        let mut state = self.state();
        state.passwords.clear();
        state.keys.unlock();
    }

    /// Checks the token or the signature of a request. A token wins over a signature, and without
    /// either a token is missing.
    pub(crate) fn authenticate(&self, parts: &Parts, body: &[u8]) -> Result<(), Refusal> {
        if is_signed(&parts.headers) {
            self.check_signature(parts, body)
        } else {
            self.check_token(&parts.headers)
        }
    }

    /// Checks that a signed request names this account, if it names one.
    pub(crate) fn check_account(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if !is_signed(headers) {
            return Ok(());
        }
        let names = |header, id: &str| {
            headers
                .get_all(header)
                .iter()
                .all(|value| value.as_bytes() == id.as_bytes())
        };
        if !names("x-domain-id", &self.options.domain.id) {
            return refuse(
                &faults::INCORRECT_TENANT,
                "X-Domain-Id is not the id of this account",
            );
        }
        let mut projects = self.options.projects.iter();
        if headers.contains_key("x-project-id")
            && !projects.any(|project| names("x-project-id", &project.id))
        {
            return refuse(
                &faults::INCORRECT_TENANT,
                "X-Project-Id is not the id of a project",
            );
        }
        Ok(())
    }

    fn check_signature(&self, parts: &Parts, body: &[u8]) -> Result<(), Refusal> {
        let now = self.clock.now();
        let state = &mut *self.state();
        match state.keys.check(parts, body, now) {
            Ok(()) => {
                state.counts.signatures_accepted += 1;
                Ok(())
            }
            Err(rejected) => {
                state.counts.signatures_refused += 1;
                state.counts.key_locks += u64::from(rejected.locks);
                Err(rejected.refusal)
            }
        }
    }

    fn check_token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let mut values = headers.get_all(TOKEN_HEADER).iter();
        let Some(token) = values.next() else {
            return refuse(
                Fault::not_authenticated("x-auth-token not found"),
                "X-Auth-Token is missing",
            );
        };
        if values.next().is_some() {
            return not_decrypted("there is more than one X-Auth-Token");
        }
        let now = self.clock.now();
        self.state().tokens.check(token.as_bytes(), now)
    }
}

fn is_signed(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION) && !headers.contains_key(TOKEN_HEADER)
}
