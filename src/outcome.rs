//! Whether the certificate was pushed: the three answers, written once.

use std::fmt;

/// Whether the certificate was pushed.
///
/// There will never be a fourth answer, so that a `match` needs no arm for what is not known yet.
/// Since 0.1.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The service answered that the certificate is on its target.
    Pushed,
    /// It provably was not pushed.
    NotPushed,
    /// It **may have been pushed**: look at the target before you push again.
    Unknown,
}

impl Outcome {
    /// The outcome as one word for logs: `pushed`, `not_pushed` or `unknown`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Pushed => "pushed",
            Outcome::NotPushed => "not_pushed",
            Outcome::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
