//! SDK-HMAC-SHA256: what a request's signature must be.
//!
//! Written from the algorithm's description alone. It shares no code with any client, so that
//! neither can be wrong in the same way as the other without being noticed.

mod authorization;
mod canonical;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

pub(crate) use authorization::Authorization;
pub(crate) use canonical::{body_hashes, canonical_request};

/// The signature of a canonical request in 64 hexadecimal digits. The secret key is used as it is.
pub(crate) fn signature(secret_key: &str, sdk_date: &str, canonical_request: &[u8]) -> String {
    let string_to_sign = format!(
        "SDK-HMAC-SHA256\n{sdk_date}\n{}",
        hex(&Sha256::digest(canonical_request))
    );
    let mut hmac = Hmac::<Sha256>::new_from_slice(secret_key.as_bytes())
        .expect("HMAC takes a key of any length");
    hmac.update(string_to_sign.as_bytes());
    hex(&hmac.finalize().into_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    const BODY: &str = r#"{"target_project":"cn-north-4","target_service":"ELB"}"#;
    const PUSH: &str = "/v3/scm/certificates/scs1600313391578/push";
    const DATE: &str = "20200608T023900Z";
    const HEXADECIMAL_ID: &str = "0123456789abcdef0123456789abcdef";

    /// What the official Python SDK's signer (3.1.211) computed for the same requests.
    fn check(
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
        signature_of_the_sdk: &str,
    ) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "scm.cn-north-4.myhuaweicloud.com")
            .header("x-sdk-date", DATE);
        let mut signed_headers = vec!["host", "x-sdk-date"];
        for &(name, value) in headers {
            request = request.header(name, value);
            signed_headers.push(name);
        }
        signed_headers.sort_unstable();
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        let hashes = body_hashes(&parts.headers, body.as_bytes());
        let canonical =
            canonical_request(&parts, &signed_headers, &hashes[0]).expect("all headers are there");
        assert_eq!(
            signature("SecretKey", DATE, &canonical),
            signature_of_the_sdk,
            "{}",
            String::from_utf8_lossy(&canonical)
        );
    }

    #[test]
    fn a_push_is_signed_as_the_official_sdk_does() {
        check(
            "POST",
            PUSH,
            &[],
            BODY,
            "94d2387d15c998cb7ebcb537cf5575a07e29ca1dfe65fdf9bed8237de806d23f",
        );
        check(
            "POST",
            PUSH,
            &[("content-type", "application/json")],
            BODY,
            "8d0f4d59881f1cb67e088766f9f732063321aac03624cf7686ed82540f20f54d",
        );
    }

    #[test]
    fn account_and_security_token_are_signed_along() {
        check(
            "POST",
            PUSH,
            &[
                ("content-type", "application/json"),
                ("x-domain-id", HEXADECIMAL_ID),
                ("x-security-token", "SecTok"),
            ],
            BODY,
            "70cbeeb4ff6a3b451c0757a0e32c699f31d3602bd41ce8901951103e4c753623",
        );
        check(
            "POST",
            PUSH,
            &[
                ("content-type", "application/json"),
                ("x-project-id", HEXADECIMAL_ID),
            ],
            BODY,
            "7319f9ec874ee7c50c1390138d0f26d4c0ee08fccb65351ccbd95ccd2ac14536",
        );
    }

    #[test]
    fn a_body_counts_to_its_last_byte() {
        check(
            "POST",
            PUSH,
            &[],
            &format!("{BODY}\n"),
            "96d517ab934e4e200e763b4dba3a593fcfa695c81754813227ede1b27e7d37c1",
        );
    }

    #[test]
    fn a_query_is_signed() {
        check(
            "GET",
            "/v3/projects?name=cn-north-4",
            &[],
            "",
            "04abe988db4f10f423db107583aec69a359140ecf67e1ebd2f72ff4af7a6a8ba",
        );
    }
}
