//! The tokens that are accepted, and those that no longer are.

use std::collections::{HashMap, HashSet};

use crate::clock::Moment;
use crate::faults::{self, Fault};
use crate::refusal::{Refusal, refuse};

/// A token has so many characters.
const LENGTH: std::ops::RangeInclusive<usize> = 32..=2_097_152;

/// Tokens given at the start, and tokens that IAM issued.
#[derive(Debug)]
pub(crate) struct Tokens {
    known: HashSet<String>,
    any: bool,
    issued: HashMap<String, Moment>,
    revoked: HashSet<String>,
}

impl Tokens {
    /// `any` accepts tokens that nobody has heard of.
    pub(crate) fn new(known: Vec<String>, any: bool) -> Self {
        Tokens {
            known: known.into_iter().collect(),
            any,
            issued: HashMap::new(),
            revoked: HashSet::new(),
        }
    }

    pub(crate) fn issue(&mut self, token: String, expires_at: Moment) {
        self.issued.insert(token, expires_at);
    }

    /// Makes one token worthless.
    pub(crate) fn revoke(&mut self, token: String) {
        self.revoked.insert(token);
    }

    /// Makes all tokens worthless that IAM has issued.
    pub(crate) fn revoke_issued(&mut self) {
        self.revoked.extend(self.issued.keys().cloned());
    }

    /// Checks a token that a request brought.
    pub(crate) fn check(&self, token: &[u8], now: Moment) -> Result<(), Refusal> {
        if !LENGTH.contains(&token.len()) {
            let problem = format!("X-Auth-Token has {} characters", token.len());
            return not_decrypted(&problem);
        }
        let graphic = token.iter().all(|byte| (0x21..=0x7e).contains(byte));
        let Some(token) = str::from_utf8(token).ok().filter(|_| graphic) else {
            return not_decrypted("X-Auth-Token has a character that no token has");
        };
        if self.revoked.contains(token) {
            let problem = "X-Auth-Token was revoked";
            return refuse(&faults::TOKEN_MUST_BE_UPDATED, problem);
        }
        match self.issued.get(token) {
            Some(expires_at) if now >= *expires_at => {
                refuse(expired(*expires_at), "X-Auth-Token has expired")
            }
            Some(_) => Ok(()),
            None if self.any || self.known.contains(token) => Ok(()),
            None => not_decrypted("X-Auth-Token is not one that this service knows"),
        }
    }
}

/// A token, or the security token of a temporary key, that has had its time.
pub(crate) fn expired(expires_at: Moment) -> Fault {
    let expires_at = expires_at.to_iam();
    Fault::not_authenticated(&format!("token expires, expires_at: {expires_at}"))
}

/// A token, or the security token of a temporary key, that is none.
pub(crate) fn not_decrypted<T>(problem: &str) -> Result<T, Refusal> {
    refuse(Fault::not_authenticated("decrypt token fail"), problem)
}
