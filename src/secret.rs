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
pub(crate) struct Secret {
    text: Zeroizing<String>,
    /// Looked for once: a token has kilobytes, and its echoes are looked for in every call.
    has_blanks: bool,
}

impl Secret {
    /// Copies a short `text` into memory of exactly its length, so that nothing is left behind by
    /// growth.
    pub(crate) fn new(text: &str) -> Secret {
        let mut own = String::with_capacity(text.len());
        own.push_str(text);
        Secret::of(own)
    }

    /// Copies a `text` of any length; without memory for it that is an error, and not the host's end.
    pub(crate) fn try_new(text: &str) -> Result<Secret, NoMemory> {
        let mut own = String::new();
        own.try_reserve_exact(text.len())
            .map_err(|_| NoMemory { bytes: text.len() })?;
        own.push_str(text);
        Ok(Secret::of(own))
    }

    fn of(text: String) -> Secret {
        Secret {
            has_blanks: text.bytes().any(is_blank),
            text: Zeroizing::new(text),
        }
    }

    /// The text itself. Never hand it to anything that prints or keeps it.
    pub(crate) fn expose(&self) -> &str {
        &self.text
    }

    /// Whether there are blanks or control characters in it.
    pub(crate) fn has_blanks(&self) -> bool {
        self.has_blanks
    }
}

/// Whether a byte is a blank or a control character.
pub(crate) fn is_blank(byte: u8) -> bool {
    byte <= b' ' || byte == 0x7f
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} characters)", self.text.chars().count())
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
