//! What the service has seen: connections and requests. Tokens are kept as length and fingerprint.

use std::collections::VecDeque;

use hyper::header::HeaderMap;
use serde::Serialize;

/// Requests remembered; older ones are forgotten.
const REMEMBERED: usize = 100_000;

/// Headers whose values are secrets.
const SECRET_HEADERS: [&str; 4] = [
    "x-auth-token",
    "x-security-token",
    "x-metadata-token",
    "authorization",
];

/// One request, as it was received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReceivedRequest {
    /// The connection that brought it; connections are counted from 1.
    pub connection: u64,
    /// `http` or `https`.
    pub scheme: &'static str,
    /// The method.
    pub method: String,
    /// The path, with its query if it has one.
    pub path: String,
    /// Names (lower case) and values in order. In place of a secret stands
    /// `<2048 characters, fingerprint 0123456789abcdef>`, see [`fingerprint`].
    pub headers: Vec<(String, String)>,
    /// The body. Bytes that are not UTF-8 are replaced, and so are passwords and passcodes.
    pub body: String,
    /// What the documentation forbids in this request, if anything.
    pub problem: Option<String>,
    /// The status that was answered; none if a scenario played raw bytes.
    pub answered: Option<u16>,
}

impl ReceivedRequest {
    /// The value of the first header with this name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }
}

/// How many connections there were, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Connections {
    /// TCP connections to the plain listener.
    pub http: u64,
    /// TCP connections to the TLS listener.
    pub https: u64,
    /// TCP connections to the host to which nothing must ever go.
    pub elsewhere: u64,
    /// TLS handshakes completed.
    pub handshakes: u64,
    /// TLS handshakes that failed.
    pub failed_handshakes: u64,
    /// Connections on which something came that is not an HTTP/1.1 request.
    pub unreadable: u64,
}

/// The 64-bit FNV-1a hash of a token, in 16 hexadecimal digits: enough to tell which of its tokens
/// a client sent, in any language.
pub fn fingerprint(token: &[u8]) -> String {
    format!("{:016x}", fnv_1a(token))
}

/// The 64-bit FNV-1a hash.
pub(crate) fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// What stands in place of a secret.
pub(crate) fn masked(secret: &[u8]) -> String {
    let fingerprint = fingerprint(secret);
    format!("<{} characters, fingerprint {fingerprint}>", secret.len())
}

/// The headers as they may be shown.
pub(crate) fn shown(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = value.as_bytes();
            let shown = if SECRET_HEADERS.contains(&name.as_str()) {
                masked(value)
            } else {
                String::from_utf8_lossy(value).into_owned()
            };
            (name.as_str().to_owned(), shown)
        })
        .collect()
}

/// Everything seen since the start or the last reset.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    received: VecDeque<ReceivedRequest>,
    pub(crate) connections: Connections,
}

impl Ledger {
    pub(crate) fn record(&mut self, request: ReceivedRequest) {
        if self.received.len() == REMEMBERED {
            self.received.pop_front();
        }
        self.received.push_back(request);
    }

    /// How many requests are remembered.
    pub(crate) fn received_count(&self) -> usize {
        self.received.len()
    }

    /// The requests remembered, oldest first.
    pub(crate) fn received(&self) -> Vec<ReceivedRequest> {
        self.received.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_is_fnv_1a() {
        // Vectors of the FNV authors.
        assert_eq!(fingerprint(b""), "cbf29ce484222325");
        assert_eq!(fingerprint(b"foobar"), "85944171f73967e8");
    }

    #[test]
    fn the_ledger_forgets_its_oldest_request() {
        let mut ledger = Ledger::default();
        for connection in 0..=REMEMBERED as u64 {
            ledger.record(ReceivedRequest {
                connection,
                scheme: "http",
                method: String::new(),
                path: String::new(),
                headers: Vec::new(),
                body: String::new(),
                problem: None,
                answered: None,
            });
        }
        let received = ledger.received();
        assert_eq!(received.len(), REMEMBERED);
        assert_eq!(received[0].connection, 1);
    }
}
