//! Secrets: text that wipes itself when dropped and cannot be printed.

use std::collections::TryReserveError;
use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

/// There is no memory for a text.
#[derive(Debug)]
pub(crate) struct NoMemory {
    /// How long it is.
    pub(crate) bytes: usize,
}

/// Text that is wiped from memory when dropped and masked in every rendering.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    /// Copies a short `text` into memory of exactly its length, so that nothing is left behind by
    /// growth.
    pub(crate) fn new(text: &str) -> Secret {
        let mut own = String::with_capacity(text.len());
        own.push_str(text);
        Secret(Zeroizing::new(own))
    }

    /// Copies a `text` of any length; without memory for it that is an error, and not the host's end.
    pub(crate) fn try_new(text: &str) -> Result<Secret, NoMemory> {
        let mut own = String::new();
        own.try_reserve_exact(text.len())
            .map_err(|_| NoMemory { bytes: text.len() })?;
        own.push_str(text);
        Ok(Secret(Zeroizing::new(own)))
    }

    /// The text itself. Never hand it to anything that prints or keeps it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} characters)", self.0.chars().count())
    }
}

/// A header whose value is a secret. It never enters the HTTP client: the transport writes it itself.
#[derive(Clone, Debug)]
pub(crate) struct SecretHeader {
    pub(crate) name: &'static str,
    pub(crate) value: Arc<Secret>,
}

/// Appends to what is wiped when dropped. Growth leaves no copy behind.
pub(crate) fn extend_wiped(
    bytes: &mut Zeroizing<Vec<u8>>,
    more: &[u8],
) -> Result<(), TryReserveError> {
    let needed = bytes.len() + more.len();
    if needed > bytes.capacity() {
        let mut larger = Zeroizing::new(Vec::new());
        larger.try_reserve_exact(needed.max(2 * bytes.capacity()))?;
        larger.extend_from_slice(bytes);
        *bytes = larger;
    }
    bytes.extend_from_slice(more);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_cannot_be_printed() {
        let secret = Secret::new("correct horse");
        assert_eq!(format!("{secret:?}"), "Secret(13 characters)");
    }
}
