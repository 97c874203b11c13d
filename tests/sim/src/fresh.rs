//! Texts that nobody has seen before: tokens and keys.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
const CAPITALS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A source of texts, different in every run.
#[derive(Debug)]
pub(crate) struct Fresh {
    run: u64,
    made: AtomicU64,
}

impl Fresh {
    pub(crate) fn new() -> Self {
        Fresh {
            run: RandomState::new().build_hasher().finish(),
            made: AtomicU64::new(0),
        }
    }

    /// A token of so many characters, which begins as IAM's do.
    pub(crate) fn token(&self, length: usize) -> String {
        let mut token = "MII".to_owned();
        token.truncate(length);
        let missing = length - token.len();
        token + &self.text(BASE64, missing)
    }

    /// The public half of a temporary key pair.
    pub(crate) fn access_key(&self) -> String {
        "HST".to_owned() + &self.text(CAPITALS, 17)
    }

    /// The secret half.
    pub(crate) fn secret_key(&self) -> String {
        self.text(BASE64, 40)
    }

    fn text(&self, alphabet: &[u8], length: usize) -> String {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        (0_u64..)
            .flat_map(|block| {
                let seed = [self.run, number, block].map(u64::to_be_bytes);
                Sha256::digest(seed.as_flattened())
            })
            .take(length)
            .map(|byte| char::from(alphabet[usize::from(byte) % alphabet.len()]))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_texts_are_the_same() {
        let (fresh, other_run) = (Fresh::new(), Fresh::new());
        let first = fresh.secret_key();
        assert_ne!(first, fresh.secret_key());
        assert_ne!(first, other_run.secret_key());
    }

    #[test]
    fn a_token_has_the_length_asked_for() {
        let fresh = Fresh::new();
        for length in [1, 32, 2048] {
            assert_eq!(fresh.token(length).len(), length);
        }
        assert!(fresh.token(2048).starts_with("MII"));
    }
}
