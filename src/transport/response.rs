//! A response: its head, and what came of its body.

use std::io::{ErrorKind, Read};
use std::time::{Duration, SystemTime};

use http::header::{
    CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, LOCATION, RETRY_AFTER,
    TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderName};
use zeroize::Zeroizing;

use super::exchange::Exchange;
use crate::failure::TransportFailure;
use crate::limits;
use crate::phase::Phase;
use crate::sanitize::sanitize;
use crate::secret::{Secret, extend_wiped};
use crate::status::Status;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

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
    /// The header X-Subject-Token, cut out of the response.
    pub(crate) subject_token: Option<Secret>,
    /// Whether a proxy answered, and not the service.
    pub(crate) from_proxy: bool,
    /// How the body is encoded, if it is not plain text, to stand behind "its body is".
    pub(crate) coding: Option<String>,
    /// Whether nothing but the connection's end says where the body ends.
    pub(crate) ends_by_close: bool,
    /// Whether a server said with it that it closes an idle connection, before the request had
    /// come: a 408 that answers no request.
    pub(crate) gave_up_idle_connection: bool,
    pub(crate) body: Body,
}

/// The body of a response, as far as it came.
#[derive(Debug)]
pub(crate) enum Body {
    /// The whole body. A metadata service's holds keys.
    Complete(Zeroizing<Vec<u8>>),
    /// The body did not come, or not as a whole: the status, and why.
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

/// Reads a response whose head was parsed: judges the head, and reads the body, of at most the limit.
pub(super) fn read_response(
    response: http::Response<impl Read>,
    exchange: &Exchange,
    has_forward_proxy: bool,
) -> Result<Response, TransportFailure> {
    if let Some(fault) = fault_of_head(response.headers()) {
        return Err(TransportFailure::new(
            Status::UnexpectedResponse,
            Phase::Receive,
            format!("the answer {} {fault}", response.status().as_u16()),
        ));
    }
    let http_status = response.status().as_u16();
    let header = |name: HeaderName| {
        response
            .headers()
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let request_id = exchange.take_request_id().or_else(|| header(REQUEST_ID));
    let date = match http_status {
        204 => None, // nobody will ask
        _ => header(DATE).and_then(|date| httpdate::parse_http_date(date.trim()).ok()),
    };
    let redirect_host = match http_status {
        300..=399 => header(LOCATION).map_or_else(String::new, |url| host_of(&url)),
        _ => String::new(),
    };
    let mut retry_after = None;
    let mut retry_after_is_unreadable = false;
    let mut coding = None;
    if http_status != 204 {
        for value in response.headers().get_all(RETRY_AFTER) {
            match pause_asked_for(&String::from_utf8_lossy(value.as_bytes()), date) {
                Some(pause) => retry_after = retry_after.max(Some(pause)),
                None => retry_after_is_unreadable = true,
            }
        }
        coding = coding_of(response.headers());
    }
    let says_close = response
        .headers()
        .get_all(CONNECTION)
        .iter()
        .any(|value| has_token(value.as_bytes(), "close"));
    let ends_by_close = !response.headers().contains_key(CONTENT_LENGTH)
        && !response.headers().contains_key(TRANSFER_ENCODING);
    let body = match http_status {
        200 | 201 | 400..=599 => read_body(response.into_body(), exchange),
        // No decision depends on the body, and the connection is not kept.
        _ => Body::default(),
    };
    Ok(Response {
        http_status,
        request_id: request_id.unwrap_or_default(),
        retry_after,
        retry_after_is_unreadable,
        date,
        redirect_host,
        subject_token: exchange.take_subject_token(),
        from_proxy: has_forward_proxy && http_status == 407,
        coding,
        ends_by_close,
        gave_up_idle_connection: http_status == 408
            && says_close
            && !has_forward_proxy
            && exchange.was_sent_before_the_request(),
        body,
    })
}

/// How long the service asks to wait: in seconds, or until a date, which counts from the response's
/// own date where it has one. `None` if that cannot be read.
fn pause_asked_for(value: &str, date: Option<SystemTime>) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that is too large to be counted is a pause without end.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let now = date.unwrap_or_else(SystemTime::now);
    Some(until.duration_since(now).unwrap_or_default())
}

/// The host that a URL names, "" if it names none. What else is in it may be a secret.
fn host_of(url: &str) -> String {
    let Some((_, rest)) = url.split_once("//") else {
        return String::new();
    };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    sanitize(host.trim(), LONGEST_HOST)
}

/// The longest name that a host can have, with a port.
const LONGEST_HOST: usize = 260;

/// How the body is encoded, if its bytes are not plain text, to stand behind "its body is".
fn coding_of(headers: &HeaderMap) -> Option<String> {
    let tokens = |name: HeaderName| {
        headers
            .get_all(name)
            .iter()
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
            .map(|token| String::from_utf8_lossy(token).trim().to_ascii_lowercase())
    };
    let content = tokens(CONTENT_ENCODING).find(|token| token != "identity" && !token.is_empty());
    if let Some(token) = content {
        return Some(format!(
            "content-encoded ({})",
            sanitize(&token, CODING_SHOWN)
        ));
    }
    let transfer = tokens(TRANSFER_ENCODING).find(|token| token != "chunked");
    if let Some(token) = transfer {
        return Some(format!(
            "transfer-encoded ({})",
            sanitize(&token, CODING_SHOWN)
        ));
    }
    let charset = headers.get(CONTENT_TYPE).and_then(|value| {
        let value = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        let (_, charset) = value.split_once("charset")?;
        let charset = charset.trim_start().strip_prefix('=')?.trim_start();
        let charset = charset.trim_start_matches(['"', '\'']);
        let end = charset.find([';', '"', '\'', ' ']).unwrap_or(charset.len());
        Some(charset[..end].to_owned())
    });
    charset
        .filter(|charset| {
            NOT_LIKE_ASCII
                .iter()
                .any(|start| charset.starts_with(start))
        })
        .map(|charset| format!("in the charset {}", sanitize(&charset, CODING_SHOWN)))
}

/// How much of a coding's name is shown, in characters.
const CODING_SHOWN: usize = 32;

/// How the names of charsets begin in which ASCII text does not look like itself.
const NOT_LIKE_ASCII: [&str; 9] = [
    "utf-16",
    "utf16",
    "utf-32",
    "utf32",
    "utf-7",
    "utf7",
    "ucs",
    "iso-10646",
    "ibm",
];

/// Whether a comma-separated header has this token.
fn has_token(value: &[u8], token: &str) -> bool {
    value
        .split(|byte| *byte == b',')
        .any(|part| part.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}

/// What makes a head ill-formed although it could be parsed: how long the body is must be clear,
/// or two readers could see two different responses in the same bytes.
fn fault_of_head(headers: &HeaderMap) -> Option<&'static str> {
    if headers.len() > limits::ANSWER_HEADERS {
        return Some("has more than 100 headers");
    }
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let first = lengths.next();
    if first.is_some() && headers.contains_key(TRANSFER_ENCODING) {
        return Some("has both Content-Length and Transfer-Encoding");
    }
    if lengths.any(|other| Some(other) != first) {
        return Some("has Content-Lengths that differ");
    }
    None
}

/// Reads a body of at most the limit, however much is sent.
fn read_body(mut reader: impl Read, exchange: &Exchange) -> Body {
    let mut body = Zeroizing::default();
    let mut part = Zeroizing::new([0; 4096]);
    loop {
        match reader.read(&mut *part) {
            Ok(0) => return Body::Complete(body),
            Ok(count) if body.len() + count > limits::ANSWER_BODY_BYTES => {
                return Body::Missing(Status::UnexpectedResponse, oversized());
            }
            Ok(count) => {
                if extend_wiped(&mut body, &part[..count]).is_err() {
                    return Body::Missing(
                        Status::Internal,
                        "there is no memory for its body".to_owned(),
                    );
                }
            }
            Err(error) => {
                let (status, why) = match exchange.take_failure() {
                    Some(failure) => (failure.status, failure.message),
                    None if error.kind() == ErrorKind::UnexpectedEof => (
                        Status::ConnectionLost,
                        "the connection was closed early".to_owned(),
                    ),
                    None => (
                        Status::UnexpectedResponse,
                        "the body's framing is broken".to_owned(),
                    ),
                };
                return Body::Missing(status, format!("its body did not come as a whole: {why}"));
            }
        }
    }
}

/// The message about a body that is larger than the limit.
fn oversized() -> String {
    format!(
        "its body is larger than {} bytes",
        limits::ANSWER_BODY_BYTES
    )
}
