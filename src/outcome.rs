//! Whether the certificate was pushed: the three answers, written once.

use std::fmt;

/// Whether the certificate was pushed.
///
/// There will never be a fourth answer, so a `match` needs no arm for one. Since 0.2.0.
///
/// ```
/// use certpush::Outcome;
///
/// fn next_step(outcome: Outcome) -> &'static str {
///     match outcome {
///         Outcome::Pushed => "bind it to a listener",
///         Outcome::NotPushed => "correct what the message says, and push again",
///         Outcome::Unknown => "look at the target",
///     }
/// }
/// assert_eq!(Outcome::NotPushed.to_string(), "not_pushed");
/// # let _ = next_step(Outcome::Unknown);
/// ```
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
