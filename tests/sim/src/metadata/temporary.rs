//! The temporary key that is given out at a time.

use std::time::Duration;

use crate::clock::Moment;
use crate::identity::{Identity, TemporaryKey};

/// How long the security token of a temporary key is.
const SECURITY_TOKEN_LENGTH: usize = 1024;

/// The newest key. It is given out for three quarters of its life, then there is a new one, and for
/// the last quarter both are good.
#[derive(Debug, Default)]
pub(crate) struct CurrentKey {
    newest: Option<Newest>,
}

#[derive(Debug)]
struct Newest {
    key: TemporaryKey,
    given_out_until: Moment,
}

impl CurrentKey {
    pub(crate) fn at(
        &mut self,
        now: Moment,
        lifetime: Duration,
        identity: &Identity,
    ) -> &TemporaryKey {
        let newest = self
            .newest
            .take()
            .filter(|newest| now < newest.given_out_until)
            .unwrap_or_else(|| Newest {
                key: issue(now.after(lifetime), identity),
                given_out_until: now.after(lifetime / 4 * 3),
            });
        &self.newest.insert(newest).key
    }
}

fn issue(expires_at: Moment, identity: &Identity) -> TemporaryKey {
    let key = TemporaryKey {
        access_key: identity.fresh.access_key(),
        secret_key: identity.fresh.secret_key(),
        security_token: identity.fresh.token(SECURITY_TOKEN_LENGTH),
        expires_at,
    };
    let state = &mut *identity.state();
    state.keys.add(key.clone());
    state.counts.keys_issued += 1;
    key
}
