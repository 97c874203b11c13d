//! Secrets: text that wipes itself when dropped and cannot be printed.

use std::collections::TryReserveError;
use std::fmt;

use zeroize::Zeroizing;

use crate::report::Error;

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
    pub(crate) fn try_new(text: &str) -> Result<Secret, Error> {
        let mut own = String::new();
        own.try_reserve_exact(text.len())
            .map_err(|_| Error::no_memory(&format!("a value of {} bytes", text.len())))?;
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

/// Reads the whole of a secret file into memory that is wiped, of at most `limit` bytes.
pub(crate) fn read_wiped(
    path: &std::path::Path,
    limit: usize,
) -> std::io::Result<Zeroizing<Vec<u8>>> {
    use std::io::Read;
    let mut file = std::fs::File::open(path)?;
    let metadata = file.metadata()?;
    let expected = match usize::try_from(metadata.len()) {
        Ok(length) if metadata.is_file() => length.min(limit),
        _ => limit,
    };
    // Room for one byte more than expected, so that the buffer never grows and leaves a copy.
    let mut bytes = Zeroizing::new(Vec::new());
    bytes.try_reserve_exact(expected + 1)?;
    bytes.resize(expected + 1, 0_u8);
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if filled > expected {
        return Err(std::io::Error::other(if expected == limit {
            format!("it is larger than {limit} bytes")
        } else {
            "it grew while it was read".to_owned()
        }));
    }
    bytes.truncate(filled);
    Ok(bytes)
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
