//! A request: built by an operation or for a provider of credentials, signed as it is and sent as
//! it is.

use std::borrow::Cow;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::secret::SecretHeader;

/// The Content-Type of every request.
pub(crate) const CONTENT_TYPE_JSON: &str = "application/json";

/// The methods that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// Has no body.
    Get,
    Post,
    Put,
}

impl Method {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
        }
    }
}

/// The body of a request.
#[derive(Clone)]
pub(crate) enum RequestBody {
    Plain(Vec<u8>),
    /// A body with a password in it, which the HTTP client never sees.
    Secret(Arc<Zeroizing<Vec<u8>>>),
}

impl RequestBody {
    pub(crate) fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// The bytes that are sent. Those of a secret body must not be kept.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            RequestBody::Plain(bytes) => bytes,
            RequestBody::Secret(bytes) => bytes,
        }
    }
}

/// A request below an endpoint.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path below the endpoint's own, as it is sent.
    pub(crate) path: Cow<'static, str>,
    /// The query as it is sent, percent-encoded and without its question mark; "" for none.
    pub(crate) query: Cow<'static, str>,
    /// Headers beside those of every request, which are no secrets.
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    /// Headers that the HTTP client never sees.
    pub(crate) secret_headers: Vec<SecretHeader>,
    pub(crate) body: RequestBody,
    /// Whether the response's header X-Subject-Token is cut out before the HTTP client sees it.
    pub(crate) takes_subject_token: bool,
}

impl Request {
    /// A request with neither query, headers of its own nor body.
    pub(crate) fn new(method: Method, path: impl Into<Cow<'static, str>>) -> Request {
        Request {
            method,
            path: path.into(),
            query: Cow::Borrowed(""),
            headers: Vec::new(),
            secret_headers: Vec::new(),
            body: RequestBody::Plain(Vec::new()),
            takes_subject_token: false,
        }
    }

    /// The path with the query behind it, as both stand in the request line below the endpoint.
    pub(crate) fn path_and_query(&self) -> Cow<'_, str> {
        if self.query.is_empty() {
            Cow::Borrowed(&self.path)
        } else {
            Cow::Owned([&self.path, "?", &*self.query].concat())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_stands_behind_the_path() {
        let request = Request::new(Method::Get, "/v3/scm/certificates");
        assert_eq!(request.path_and_query(), "/v3/scm/certificates");
        let request = Request {
            query: "limit=10&offset=0".into(),
            ..request
        };
        assert_eq!(
            request.path_and_query(),
            "/v3/scm/certificates?limit=10&offset=0"
        );
    }
}
