//! Access keys, permanent and temporary, and the signatures made with them.

use std::collections::HashMap;
use std::time::Duration;

use hyper::header::{AUTHORIZATION, HeaderMap};
use hyper::http::request::Parts;

use super::directory::AccessKey;
use super::lockout::{ACCESS_KEY, Lockout};
use super::tokens::{expired, not_decrypted};
use crate::clock::Moment;
use crate::faults::Fault;
use crate::refusal::{Refusal, refuse};
use crate::signature::{Authorization, body_hashes, canonical_request, signature};

/// How far a client's clock may be from the service's.
const TOLERANCE: Duration = Duration::from_secs(15 * 60);

/// A key that is worth something only with its security token, and only for a while.
#[derive(Clone, Debug)]
pub(crate) struct TemporaryKey {
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    pub(crate) security_token: String,
    pub(crate) expires_at: Moment,
}

/// A key's secret, what must come with it, and its failures.
#[derive(Debug)]
struct Known {
    secret_key: String,
    session: Option<Session>,
    lockout: Lockout,
}

#[derive(Debug)]
struct Session {
    security_token: String,
    expires_at: Moment,
}

/// A signed request that was not accepted.
#[derive(Debug)]
pub(crate) struct Rejected {
    pub(crate) refusal: Refusal,
    /// Whether this failure locked the key.
    pub(crate) locks: bool,
}

/// All keys by their public half.
#[derive(Debug)]
pub(crate) struct Keys {
    known: HashMap<String, Known>,
}

impl Keys {
    pub(crate) fn new(permanent: Vec<AccessKey>) -> Self {
        let known = |key: AccessKey| {
            let known = Known {
                secret_key: key.secret_key,
                session: None,
                lockout: Lockout::default(),
            };
            (key.access_key, known)
        };
        Keys {
            known: permanent.into_iter().map(known).collect(),
        }
    }

    pub(crate) fn add(&mut self, key: TemporaryKey) {
        let known = Known {
            secret_key: key.secret_key,
            session: Some(Session {
                security_token: key.security_token,
                expires_at: key.expires_at,
            }),
            lockout: Lockout::default(),
        };
        self.known.insert(key.access_key, known);
    }

    pub(crate) fn lock(&mut self, now: Moment) {
        for key in self.known.values_mut() {
            key.lockout.lock(now);
        }
    }

    pub(crate) fn unlock(&mut self) {
        for key in self.known.values_mut() {
            key.lockout.clear();
        }
    }

    /// Checks the signature of a request.
    pub(crate) fn check(
        &mut self,
        parts: &Parts,
        body: &[u8],
        now: Moment,
    ) -> Result<(), Rejected> {
        let not_locking = |refusal| Rejected {
            refusal,
            locks: false,
        };
        let authorization = authorization(&parts.headers).map_err(not_locking)?;
        let access_key = authorization.access_key;
        let Some(key) = self.known.get_mut(access_key) else {
            let detail = format!("ak {access_key} not exist");
            return refuse(
                Fault::not_authenticated(&detail),
                "there is no such access key",
            )
            .map_err(not_locking);
        };
        if key.lockout.is_locked(ACCESS_KEY, now) {
            let detail = "AK access failed to reach the limit,forbidden";
            return refuse(Fault::not_authenticated(detail), "the access key is locked")
                .map_err(not_locking);
        }
        let checked = check_session(key.session.as_ref(), access_key, &parts.headers, now)
            .and_then(|()| check_date(&parts.headers, now))
            .and_then(|date| check_signature(&authorization, &key.secret_key, date, parts, body));
        match checked {
            Ok(()) => {
                key.lockout.clear();
                Ok(())
            }
            Err(refusal) => Err(Rejected {
                refusal,
                locks: key.lockout.fail(ACCESS_KEY, now),
            }),
        }
    }
}

fn authorization(headers: &HeaderMap) -> Result<Authorization<'_>, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok().and_then(Authorization::parse),
        _ => None,
    }
    .map_or_else(
        || {
            refuse(
                Fault::not_authenticated("authorization header is invalid"),
                "Authorization is not of the form \
                 SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…",
            )
        },
        Ok,
    )
}

fn check_session(
    session: Option<&Session>,
    access_key: &str,
    headers: &HeaderMap,
    now: Moment,
) -> Result<(), Refusal> {
    match (session, headers.get("x-security-token")) {
        (None, None) => Ok(()),
        (None, Some(_)) => not_decrypted("a permanent access key has no X-Security-Token"),
        (Some(_), None) => refuse(
            Fault::not_authenticated(&format!(
                "Get secretKey failed,ak:{access_key},err:ak not exist"
            )),
            "a temporary access key needs its X-Security-Token",
        ),
        (Some(session), Some(token)) if token.as_bytes() != session.security_token.as_bytes() => {
            not_decrypted("X-Security-Token is not the one of this access key")
        }
        (Some(session), Some(_)) if now >= session.expires_at => refuse(
            expired(session.expires_at),
            "the temporary access key has expired",
        ),
        (Some(_), Some(_)) => Ok(()),
    }
}

/// The request's X-Sdk-Date, if it is close enough to now.
fn check_date(headers: &HeaderMap, now: Moment) -> Result<&str, Refusal> {
    let text = headers
        .get("x-sdk-date")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let Some(date) = Moment::from_sdk(text) else {
        return refuse(
            Fault::not_authenticated("calc aksk signature fail:x-sdk-date is invalid"),
            "X-Sdk-Date is missing or not of the form 20200608T023900Z",
        );
    };
    if date.distance(now) > TOLERANCE {
        let server_time = now.to_sdk();
        return refuse(
            Fault::not_authenticated(&format!(
                "calc aksk signature fail:signature expired, \
                 signature time:{text},server time:{server_time}"
            )),
            "X-Sdk-Date is more than 15 minutes off",
        );
    }
    Ok(text)
}

fn check_signature(
    authorization: &Authorization<'_>,
    secret_key: &str,
    date: &str,
    parts: &Parts,
    body: &[u8],
) -> Result<(), Refusal> {
    let candidates: Result<Vec<_>, _> = body_hashes(&parts.headers, body)
        .iter()
        .map(|body_hash| canonical_request(parts, &authorization.signed_headers, body_hash))
        .collect();
    let candidates = match candidates {
        Ok(candidates) => candidates,
        Err(name) => {
            let detail = format!("calc aksk signature fail:signed header {name} not found");
            return refuse(
                Fault::not_authenticated(&detail),
                format!("{name} should be signed but is missing"),
            );
        }
    };
    let matches =
        |canonical: &Vec<u8>| signature(secret_key, date, canonical) == authorization.signature;
    if candidates.iter().any(matches) {
        return Ok(());
    }
    let canonical = String::from_utf8_lossy(&candidates[0]).replace('\n', "|");
    refuse(
        Fault::not_authenticated(&format!(
            "verify aksk signature fail, canonicalRequest:{canonical}"
        )),
        "the signature does not match",
    )
}
