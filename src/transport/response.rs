//! A response: its head, and what came of its body.

use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use crate::limits;
use crate::secret::Secret;
use crate::status::Status;

/// A head, and what came of its body.
#[derive(Debug, Default)]
pub(crate) struct Response {
    pub(crate) http_status: u16,
    /// The header X-Request-Id, or "".
    pub(crate) request_id: String,
    /// The header Retry-After, as a time from now.
    pub(crate) retry_after: Option<Duration>,
    /// Whether there is a Retry-After that cannot be read.
    pub(crate) retry_after_is_unreadable: bool,
    /// The header Date.
    pub(crate) date: Option<SystemTime>,
    /// The host in the header Location, "" if there is none.
    pub(crate) redirect_host: String,
    /// The header X-Subject-Token, cut out of the answer.
    pub(crate) subject_token: Option<Secret>,
    /// Whether a proxy answered, and not the service.
    pub(crate) from_proxy: bool,
    /// How the body is coded, if it is not plain text: words that end "its body is …".
    pub(crate) coding: Option<String>,
    /// Whether nothing but the connection's end says where the body ends.
    pub(crate) ends_by_close: bool,
    /// Whether it is what a server says that gives up an idle connection: it had given it up
    /// before the request came.
    pub(crate) gave_up_idle_connection: bool,
    pub(crate) body: Body,
}

/// The body of an answer, as far as it came.
#[derive(Debug)]
pub(crate) enum Body {
    /// The whole body. A metadata service's holds keys.
    Complete(Zeroizing<Vec<u8>>),
    /// The body did not come, or not as a whole: why, in a status, a phase and words.
    Missing(Status, String),
}

impl Default for Body {
    fn default() -> Body {
        Body::Complete(Zeroizing::default())
    }
}

/// What a proxy's 407 says.
pub(crate) const PROXY_REFUSED: &str =
    "the proxy asks for a user name and password, or refuses the ones it was given (407)";

/// The words for a body that is larger than the limit.
pub(crate) fn oversized() -> String {
    format!(
        "its body is larger than {} bytes",
        limits::ANSWER_BODY_BYTES
    )
}
