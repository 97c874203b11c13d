//! Access keys: a pair from the options, the environment or a profile, or temporary ones that are
//! fetched; and what a request signed with them carries.

use std::sync::Arc;
use std::time::SystemTime;

use super::signer::{self, Signable};
use crate::endpoint::Endpoint;
use crate::mask::Masker;
use crate::options::OptionKey;
use crate::secret::{Secret, SecretHeader};
use crate::transport::{CONTENT_TYPE_JSON, Request};

/// An access key, its secret, and the security token that temporary ones need.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct KeyPair {
    pub(crate) access_key: String,
    pub(crate) secret_key: Arc<Secret>,
    pub(crate) security_token: Option<Arc<Secret>>,
}

/// What a signed request says of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Account {
    Project(String),
    Domain(String),
    /// Nothing: as in the look-up of the account itself.
    Unsaid,
}

impl KeyPair {
    /// Whether it passes the checks of the options that it could have been given with.
    pub(crate) fn is_sendable(&self) -> bool {
        let fits = |key: OptionKey, value: &str| key.spec().fault(value).is_none();
        fits(OptionKey::access_key, &self.access_key)
            && fits(OptionKey::secret_key, self.secret_key.expose())
            && self
                .security_token
                .as_ref()
                .is_none_or(|token| fits(OptionKey::security_token, token.expose()))
    }

    /// The headers that sign a request, at a time.
    pub(crate) fn sign(
        &self,
        request: &Request,
        endpoint: &Endpoint,
        account: &Account,
        now: SystemTime,
    ) -> Vec<SecretHeader> {
        let date = signer::sdk_date(now);
        let host = endpoint.host_header();
        let path = endpoint.path_below(&request.path);
        let account = match account {
            Account::Project(id) => Some(("x-project-id", id.as_str())),
            Account::Domain(id) => Some(("x-domain-id", id.as_str())),
            Account::Unsaid => None,
        };
        let mut headers = vec![
            ("content-type", CONTENT_TYPE_JSON),
            ("host", host.as_str()),
            ("x-sdk-date", date.as_str()),
        ];
        headers.extend(account);
        if let Some(token) = &self.security_token {
            headers.push(("x-security-token", token.expose()));
        }
        let signable = Signable {
            method: request.method.name(),
            path: &path,
            query: &request.query,
            body: request.body.as_bytes(),
        };
        let authorization =
            signer::authorization(&signable, &headers, &self.access_key, &self.secret_key);
        let header = |name, value: &str| SecretHeader {
            name,
            value: Arc::new(Secret::new(value)),
        };
        let mut signed = vec![
            header("x-sdk-date", &date),
            header("authorization", &authorization),
        ];
        signed.extend(account.map(|(name, id)| header(name, id)));
        signed.extend(self.security_token.as_ref().map(|token| SecretHeader {
            name: "x-security-token",
            value: Arc::clone(token),
        }));
        signed
    }

    /// Hides the key where a peer echoes it; of the access key, the beginning is shown.
    pub(crate) fn hidden(&self, masker: Masker) -> Masker {
        let masker = masker
            .made(&self.secret_key)
            .access_key(&self.access_key, self.masked_key());
        match &self.security_token {
            Some(token) => masker.made(token),
            None => masker,
        }
    }

    /// The access key for people: enough to tell which it is.
    pub(crate) fn masked_key(&self) -> String {
        masked(&self.access_key)
    }
}

/// The first four characters of an access key.
pub(crate) fn masked(access_key: &str) -> String {
    let start: String = access_key.chars().take(4).collect();
    format!("{start}****")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Method;

    #[test]
    fn keys_that_are_fetched_pass_the_checks_of_the_options() {
        let pair = |access_key: &str, secret_key: &str, security_token: &str| KeyPair {
            access_key: access_key.to_owned(),
            secret_key: Arc::new(Secret::new(secret_key)),
            security_token: Some(Arc::new(Secret::new(security_token))),
        };
        assert!(pair("AK", "SK", "T").is_sendable());
        for bad in ["", "a b", "a\n", "\u{200b}a", "\"a\"", "{a}", "ä"] {
            assert!(!pair(bad, "SK", "T").is_sendable(), "{bad:?}");
            assert!(!pair("AK", bad, "T").is_sendable(), "{bad:?}");
            assert!(!pair("AK", "SK", bad).is_sendable(), "{bad:?}");
        }
        assert!(!pair("A,K", "SK", "T").is_sendable());
    }

    #[test]
    fn the_endpoints_own_path_is_signed_too() {
        let pair = KeyPair {
            access_key: "AK".to_owned(),
            secret_key: Arc::new(Secret::new("SK")),
            security_token: None,
        };
        let signature = |url, path: &'static str| {
            let request = Request::new(Method::Get, path);
            let endpoint = Endpoint::for_tests(url, false);
            let now = SystemTime::UNIX_EPOCH;
            let mut headers = pair.sign(&request, &endpoint, &Account::Unsaid, now);
            headers.remove(1).value
        };
        let below = signature("https://iam.example/base", "/v3");
        assert!(below == signature("https://iam.example", "/base/v3"));
        assert!(below != signature("https://iam.example", "/v3"));
    }

    #[test]
    fn the_query_is_signed_as_it_is_sent() {
        let pair = KeyPair {
            access_key: "AccessKey".to_owned(),
            secret_key: Arc::new(Secret::new("SecretKey")),
            security_token: None,
        };
        let endpoint = Endpoint::for_tests("https://scm.cn-north-4.myhuaweicloud.com", false);
        let signature = |query: &'static str| {
            let request = Request {
                query: query.into(),
                ..Request::new(Method::Get, "/v3/scm/certificates")
            };
            assert!(request.path_and_query().ends_with(query));
            let now = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_591_583_940);
            let headers = pair.sign(&request, &endpoint, &Account::Unsaid, now);
            headers[1].value.expose().to_owned()
        };
        let signed = signature("limit=10&name=a%20b");
        assert_eq!(signed, signature("name=a%20b&limit=10"));
        assert_ne!(signed, signature("limit=10"));
    }
}
