//! What no driver may print.

use certpush_sim::{
    DEFAULT_ACCESS_KEY, DEFAULT_PASSWORD, DEFAULT_POD_AUTHORIZATION, DEFAULT_SECRET_KEY,
    InstanceKey,
};

use crate::driver::Run;
use crate::list::{Scenario, decoded};

/// How much of a secret is too much: the longest part that a limit may leave of it.
const ENOUGH: usize = 16;

/// What the driver was given or could find that nobody must see.
pub(crate) fn secrets(
    scenario: &Scenario,
    env: &[(String, String)],
    key: &InstanceKey,
) -> Vec<Vec<u8>> {
    let is_secret = |name: &str| {
        ["_TOKEN", "_PASSWORD", "_KEY", "_TOTP", "_AK", "_SK"]
            .iter()
            .any(|end| name.ends_with(end))
    };
    let known = [
        DEFAULT_ACCESS_KEY,
        DEFAULT_SECRET_KEY,
        DEFAULT_PASSWORD,
        DEFAULT_POD_AUTHORIZATION,
        &key.access_key,
        &key.secret_key,
        &key.security_token,
    ];
    let given = env.iter().filter(|(name, _)| is_secret(name));
    let texts = known
        .into_iter()
        .chain(given.map(|(_, value)| value.as_str()));
    let mut secrets: Vec<_> = texts.map(|text| text.as_bytes().to_vec()).collect();
    // A text that is too short to be a token may be in any message.
    secrets.extend(Some(decoded(&scenario.request.token)).filter(|token| token.len() >= ENOUGH));
    secrets
}

/// Whether a driver printed a secret, or enough of its beginning.
pub(crate) fn shows_one_of(secrets: &[Vec<u8>], run: &Run) -> bool {
    let (Run::Ended { stdout, stderr, .. } | Run::Answered { stdout, stderr }) = run else {
        return false;
    };
    secrets.iter().any(|secret| {
        let beginning = &secret[..secret.len().min(ENOUGH)];
        [stdout, stderr].iter().any(|output| {
            output
                .windows(beginning.len())
                .any(|window| window == beginning)
        })
    })
}
