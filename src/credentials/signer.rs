//! Huawei Cloud's request signature, SDK-HMAC-SHA256. Pure: time and request in, headers out.
//!
//! The algorithm is the API gateway's documented one; the vectors of the tests were computed by the
//! official SDK. The signature is one HMAC keyed with the secret key itself: no key is derived.

use std::time::SystemTime;

use ring::{digest, hmac};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// What is signed of a request, apart from the headers.
pub(crate) struct Signable<'a> {
    pub(crate) method: &'a str,
    /// The path as it is sent.
    pub(crate) path: &'a str,
    /// The query as it is sent: percent-encoded, without its question mark, "" for none.
    pub(crate) query: &'a str,
    /// The body, byte for byte.
    pub(crate) body: &'a [u8],
}

/// The value of the header X-Sdk-Date: `20261124T030000Z`.
pub(crate) fn sdk_date(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time);
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// The value of the header Authorization for a request with these headers, each of which is signed.
/// X-Sdk-Date must be among them.
pub(crate) fn authorization(
    request: &Signable<'_>,
    headers: &[(&str, &str)],
    access_key: &str,
    secret_key: &Secret,
) -> String {
    let headers = headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
        // The gateway leaves names with an underscore out of the signature.
        .filter(|(name, _)| !name.contains('_'));
    let headers = sorted(headers);
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let signed_headers = names.join(";");
    let date = headers
        .iter()
        .find(|(name, _)| name == "x-sdk-date")
        .map_or("", |(_, value)| value);
    // A security token may be among the headers.
    let canonical_request = joined(
        [
            request.method,
            "\n",
            &canonical_path(request.path),
            "\n",
            &canonical_query(request.query),
            "\n",
        ]
        .into_iter()
        .chain(
            headers
                .iter()
                .flat_map(|(name, value)| [name.as_str(), ":", value, "\n"]),
        )
        .chain([
            "\n",
            &signed_headers,
            "\n",
            &hex(digest::digest(&digest::SHA256, request.body).as_ref()),
        ]),
    );
    let hash = digest::digest(&digest::SHA256, canonical_request.as_bytes());
    let text = format!("SDK-HMAC-SHA256\n{date}\n{}", hex(hash.as_ref()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret_key.expose().as_bytes());
    let signature = hex(hmac::sign(&key, text.as_bytes()).as_ref());
    format!(
        "SDK-HMAC-SHA256 Access={access_key}, SignedHeaders={signed_headers}, Signature={signature}"
    )
}

/// The pieces in memory of exactly their length: growing would leave a copy behind.
fn joined<'a>(pieces: impl Iterator<Item = &'a str> + Clone) -> Zeroizing<String> {
    let length = pieces.clone().map(str::len).sum();
    let mut text = Zeroizing::new(String::with_capacity(length));
    for piece in pieces {
        text.push_str(piece);
    }
    text
}

/// Each segment encoded, and a final slash that the path on the wire has not.
fn canonical_path(path: &str) -> String {
    let mut canonical = path
        .split('/')
        .map(|segment| encoded(segment.as_bytes()))
        .collect::<Vec<_>>()
        .join("/");
    if !canonical.ends_with('/') {
        canonical.push('/');
    }
    canonical
}

/// Names and values encoded, sorted by name and then by value.
fn canonical_query(query: &str) -> String {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    });
    sorted(pairs)
        .into_iter()
        .map(|(name, value)| format!("{}={}", encoded(&name), encoded(&value)))
        .collect::<Vec<_>>()
        .join("&")
}

/// Undoes percent-encoding; what is no such code stands for itself, as a plus sign does.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = digits
            .filter(|two| two.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        (rest, _) = match byte {
            Some(byte) if *first == b'%' => (&after[2..], bytes.push(byte)),
            _ => (after, bytes.push(*first)),
        };
    }
    bytes
}

/// The items in order. There are few: the code of a general sort is larger than the whole signer.
fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut sorted = Vec::new();
    for item in items {
        let position = sorted.partition_point(|earlier| *earlier <= item);
        sorted.insert(position, item);
    }
    sorted
}

/// Percent-encodes all but RFC 3986's unreserved characters.
pub(crate) fn encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push_str(&hex(&[byte]).to_ascii_uppercase());
        }
    }
    text
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: (&str, &str) = ("X-Sdk-Date", "20200608T023900Z");
    const HOST: (&str, &str) = ("Host", "scm.cn-north-4.myhuaweicloud.com");
    const JSON: (&str, &str) = ("Content-Type", "application/json");
    const HEX_ID: &str = "0123456789abcdef0123456789abcdef";
    const BODY: &str = r#"{"target_project":"cn-north-4","target_service":"ELB"}"#;

    fn signature(
        method: &str,
        path: &str,
        query: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> String {
        let request = Signable {
            method,
            path,
            query,
            body: body.as_bytes(),
        };
        let value = authorization(&request, headers, "AccessKey", &Secret::new("SecretKey"));
        value.rsplit_once("Signature=").unwrap().1.to_owned()
    }

    fn push(body: &str, headers: &[(&str, &str)]) -> String {
        signature(
            "POST",
            "/v3/scm/certificates/scs1600313391578/push",
            "",
            body,
            headers,
        )
    }

    #[test]
    fn signs_as_the_official_sdk_does() {
        for (headers, expected) in [
            (
                vec![HOST, DATE],
                "94d2387d15c998cb7ebcb537cf5575a07e29ca1dfe65fdf9bed8237de806d23f",
            ),
            (
                vec![JSON, HOST, DATE],
                "8d0f4d59881f1cb67e088766f9f732063321aac03624cf7686ed82540f20f54d",
            ),
            (
                vec![
                    JSON,
                    HOST,
                    ("X-Domain-Id", HEX_ID),
                    DATE,
                    ("X-Security-Token", "SecTok"),
                ],
                "70cbeeb4ff6a3b451c0757a0e32c699f31d3602bd41ce8901951103e4c753623",
            ),
            (
                vec![JSON, HOST, ("X-Project-Id", HEX_ID), DATE],
                "7319f9ec874ee7c50c1390138d0f26d4c0ee08fccb65351ccbd95ccd2ac14536",
            ),
        ] {
            assert_eq!(push(BODY, &headers), expected);
        }
        assert_eq!(
            push(&format!("{BODY}\n"), &[HOST, DATE]),
            "96d517ab934e4e200e763b4dba3a593fcfa695c81754813227ede1b27e7d37c1"
        );
        assert_eq!(
            signature("GET", "/v3/projects", "name=cn-north-4", "", &[HOST, DATE]),
            "04abe988db4f10f423db107583aec69a359140ecf67e1ebd2f72ff4af7a6a8ba"
        );
    }

    #[test]
    fn the_query_is_signed_decoded_sorted_and_encoded_anew() {
        for (query, canonical) in [
            ("limit=10&offset=0", "limit=10&offset=0"),
            ("offset=0&limit=10", "limit=10&offset=0"),
            ("name=a%20b%2fc", "name=a%20b%2Fc"),
            ("name=%E9%A1%B9&name=b", "name=b&name=%E9%A1%B9"),
            ("flag", "flag="),
            ("a=1&&b=%zz+", "a=1&b=%25zz%2B"),
            ("", ""),
        ] {
            assert_eq!(canonical_query(query), canonical, "{query}");
        }
    }

    #[test]
    fn the_header_has_the_documented_form() {
        let request = Signable {
            method: "POST",
            path: "/",
            query: "",
            body: b"",
        };
        let value = authorization(&request, &[DATE, HOST], "AK", &Secret::new("SK"));
        assert!(
            value.starts_with(
                "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature="
            )
        );
    }

    #[test]
    fn dates_are_in_the_gateways_form() {
        let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_591_583_940);
        assert_eq!(sdk_date(time), "20200608T023900Z");
    }
}
