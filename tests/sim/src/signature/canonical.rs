//! The canonical form of a request: the text that is signed.

use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::http::request::Parts;
use sha2::{Digest, Sha256};

use super::hex;

const CONTENT_HASH: &str = "x-sdk-content-sha256";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// Method, path, query, headers, their names, and the hash of the body, each on a line of its own.
/// An error names a header that should be signed but is not there.
pub(crate) fn canonical_request<'a>(
    parts: &Parts,
    signed_headers: &[&'a str],
    body_hash: &str,
) -> Result<Vec<u8>, &'a str> {
    let mut text = format!(
        "{}\n{}\n{}\n",
        parts.method,
        canonical_path(parts.uri.path()),
        canonical_query(parts.uri.query().unwrap_or_default())
    )
    .into_bytes();
    for &name in signed_headers {
        let values: Vec<_> = parts
            .headers
            .get_all(name)
            .iter()
            .map(|value| value.as_bytes().trim_ascii())
            .collect();
        if values.is_empty() {
            return Err(name);
        }
        text.extend_from_slice(name.as_bytes());
        text.push(b':');
        text.extend_from_slice(&values.join(&b','));
        text.push(b'\n');
    }
    let rest = format!("\n{}\n{body_hash}", signed_headers.join(";"));
    text.extend_from_slice(rest.as_bytes());
    Ok(text)
}

/// What may stand for the body, the likeliest first.
///
/// A body that is neither JSON nor BSON may be left out of the signature if a header says so. Then
/// the official SDKs disagree about an empty one: for some even that is left out.
pub(crate) fn body_hashes(headers: &HeaderMap, body: &[u8]) -> Vec<String> {
    let hash = hex(&Sha256::digest(body));
    let declared_unsigned = headers
        .get(CONTENT_HASH)
        .is_some_and(|value| value.as_bytes() == UNSIGNED.as_bytes());
    if !declared_unsigned || is_always_signed(headers) {
        return vec![hash];
    }
    if body.is_empty() {
        return vec![UNSIGNED.to_owned(), hash];
    }
    vec![UNSIGNED.to_owned()]
}

fn is_always_signed(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| {
        let value = value.as_bytes();
        value.starts_with(b"application/json") || value.starts_with(b"application/bson")
    })
}

/// Each segment decoded and encoded anew. There is always a slash at the end, which the path on the
/// wire does not have.
fn canonical_path(path: &str) -> String {
    let decoded = percent_decoded(path);
    let segments: Vec<_> = decoded
        .split(|byte| *byte == b'/')
        .map(percent_encoded)
        .collect();
    let mut path = segments.join("/");
    if !path.ends_with('/') {
        path.push('/');
    }
    path
}

/// Names and values decoded, sorted by both, and encoded anew.
fn canonical_query(query: &str) -> String {
    let mut parameters: Vec<_> = query
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            (percent_decoded(name), percent_decoded(value))
        })
        .collect();
    parameters.sort();
    let written: Vec<_> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", percent_encoded(name), percent_encoded(value)))
        .collect();
    written.join("&")
}

fn percent_encoded(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|&byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// A percent sign that no two hexadecimal digits follow stands for itself.
fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => byte_of(*high, *low),
            _ => None,
        };
        if escaped.is_some() {
            rest = &rest[2..];
        }
        bytes.push(escaped.unwrap_or(*first));
    }
    bytes
}

fn byte_of(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn parts(method: &str, target: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).expect("a request").into_parts().0
    }

    #[test]
    fn every_part_of_the_request_has_its_line() {
        let parts = parts(
            "GET",
            "/v3/projects?b=2&a=x%20y&a=1&empty",
            &[("host", "iam.example:8443"), ("x-note", "  two  words ")],
        );
        let canonical = canonical_request(&parts, &["host", "x-note"], "HASH");
        assert_eq!(
            String::from_utf8(canonical.expect("all headers are there")).expect("a text"),
            "GET\n/v3/projects/\na=1&a=x%20y&b=2&empty=\n\
             host:iam.example:8443\nx-note:two  words\n\nhost;x-note\nHASH"
        );
    }

    #[test]
    fn a_signed_header_that_is_missing_is_named() {
        let parts = parts("GET", "/", &[("host", "iam.example")]);
        assert_eq!(
            canonical_request(&parts, &["host", "x-sdk-date"], "HASH"),
            Err("x-sdk-date")
        );
    }

    #[test]
    fn a_path_is_encoded_once() {
        assert_eq!(canonical_path("/"), "/");
        assert_eq!(canonical_path("/a/b/"), "/a/b/");
        assert_eq!(
            canonical_path("/urn%3afss~x/100%/%zz"),
            "/urn%3Afss~x/100%25/%25zz/"
        );
        assert_eq!(canonical_path("/%E8%AF%81*"), "/%E8%AF%81%2A/");
    }

    #[test]
    fn only_a_body_that_is_not_json_can_be_left_out() {
        let hash = hex(&Sha256::digest(b"body"));
        let empty_hash = hex(&Sha256::digest(b""));
        let headers = |content_type, content_hash| {
            let pairs = [("content-type", content_type), (CONTENT_HASH, content_hash)];
            parts("POST", "/", &pairs).headers
        };
        for (content_type, content_hash) in [
            ("application/json;charset=utf8", UNSIGNED),
            ("application/bson", UNSIGNED),
            ("text/plain", "something else"),
        ] {
            let headers = headers(content_type, content_hash);
            assert_eq!(body_hashes(&headers, b"body"), [hash.as_str()]);
        }
        let headers = headers("text/plain", UNSIGNED);
        assert_eq!(body_hashes(&headers, b"body"), [UNSIGNED]);
        assert_eq!(body_hashes(&headers, b""), [UNSIGNED, &empty_hash]);
    }
}
