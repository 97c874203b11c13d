//! The Authorization header of a signed request.

/// `SDK-HMAC-SHA256 Access=AK, SignedHeaders=a;b, Signature=hex`, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Authorization<'a> {
    pub(crate) access_key: &'a str,
    /// In lower case, sorted, each once.
    pub(crate) signed_headers: Vec<&'a str>,
    pub(crate) signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Reads the header's value, which has one form only.
    pub(crate) fn parse(value: &'a str) -> Option<Self> {
        let value = value.strip_prefix("SDK-HMAC-SHA256 Access=")?;
        let (access_key, value) = value.split_once(", SignedHeaders=")?;
        let (signed_headers, signature) = value.split_once(", Signature=")?;
        let signed_headers: Vec<_> = signed_headers.split(';').collect();
        let well_formed = !access_key.is_empty()
            && access_key.bytes().all(|byte| byte.is_ascii_graphic())
            && signed_headers.is_sorted_by(|one, next| one < next)
            && signed_headers.iter().all(|name| is_lower_case_name(name))
            && signature.len() == 64
            && signature
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        well_formed.then_some(Authorization {
            access_key,
            signed_headers,
            signature,
        })
    }
}

fn is_lower_case_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &str = "94d2387d15c998cb7ebcb537cf5575a07e29ca1dfe65fdf9bed8237de806d23f";

    #[test]
    fn the_header_is_taken_apart() {
        let value = format!(
            "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature={SIGNATURE}"
        );
        assert_eq!(
            Authorization::parse(&value),
            Some(Authorization {
                access_key: "AK",
                signed_headers: vec!["host", "x-sdk-date"],
                signature: SIGNATURE,
            })
        );
    }

    #[test]
    fn any_other_form_is_refused() {
        for form in [
            "Access=AK, SignedHeaders=host, Signature={}",
            "SDK-HMAC-SHA256 Access=, SignedHeaders=host, Signature={}",
            "SDK-HMAC-SHA256 Access=A K, SignedHeaders=host, Signature={}",
            "SDK-HMAC-SHA256  Access=AK, SignedHeaders=host, Signature={}",
            "SDK-HMAC-SHA256 Access=AK,SignedHeaders=host,Signature={}",
            "SDK-HMAC-SHA256, Access=AK, SignedHeaders=host, Signature={}",
            "SDK-HMAC-SM3 Access=AK, SignedHeaders=host, Signature={}",
            "SDK-HMAC-SHA256 Access=AK, SignedHeaders=, Signature={}",
            "SDK-HMAC-SHA256 Access=AK, SignedHeaders=Host, Signature={}",
            "SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date;host, Signature={}",
            "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;host, Signature={}",
            "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;, Signature={}",
            "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature={}0",
        ] {
            let value = form.replace("{}", SIGNATURE);
            assert_eq!(Authorization::parse(&value), None, "{value}");
        }
        let capitals = format!(
            "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature={}",
            SIGNATURE.to_uppercase()
        );
        assert_eq!(Authorization::parse(&capitals), None);
    }
}
