//! Huawei Cloud's IAM: a token for a user's password, and the account of an access key.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::Zeroizing;

use super::hints::Provider;
use super::refreshing_cache::Fetched;
use super::spec::Login;
use crate::call_context::CallContext;
use crate::failure::TransportFailure;
use crate::json::{Document, Kind, Value, object, text};
use crate::mask::Masker;
use crate::phase::Phase;
use crate::report::{Error, Report};
use crate::secret::Secret;
use crate::service_error::ErrorResponse;
use crate::status::Status;
use crate::transport::{
    Body, Method, Outcome, PROXY_REFUSED, Request, RequestBody, Response, Transport,
};

impl Login {
    /// The body of the token request. It holds the password.
    fn body(&self, password: &Secret, totp: Option<&Secret>) -> Zeroizing<Vec<u8>> {
        let password = text(password.expose());
        let who = if self.user_id.is_empty() {
            let domain = object(&[("name", &text(&self.user_domain))]);
            object(&[
                ("name", &text(&self.user_name)),
                ("domain", &domain),
                ("password", &password),
            ])
        } else {
            object(&[("id", &text(&self.user_id)), ("password", &password)])
        };
        let by_password = object(&[("user", &who)]);
        let identity = match totp {
            None => object(&[("methods", br#"["password"]"#), ("password", &by_password)]),
            Some(passcode) => {
                let by_totp = object(&[
                    ("id", &text(&self.user_id)),
                    ("passcode", &text(passcode.expose())),
                ]);
                object(&[
                    ("methods", br#"["password","totp"]"#),
                    ("password", &by_password),
                    ("totp", &object(&[("user", &by_totp)])),
                ])
            }
        };
        object(&[(
            "auth",
            &object(&[("identity", &identity), ("scope", &self.scope())]),
        )])
    }

    /// What the token is for. A project alone suffices for Huawei Cloud; where its domain is given
    /// too, it is said, as OpenStack's Keystone demands.
    fn scope(&self) -> Zeroizing<Vec<u8>> {
        let domain = text(&self.scope_domain);
        let domain = object(&[(id_or_name(&self.scope_domain), &domain)]);
        let project = text(&self.scope_project);
        let project = (id_or_name(&self.scope_project), project.as_slice());
        if self.scope_project.is_empty() {
            object(&[("domain", &domain)])
        } else if project.0 == "name" && !self.scope_domain.is_empty() {
            object(&[("project", &object(&[project, ("domain", &domain)]))])
        } else {
            object(&[("project", &object(&[project]))])
        }
    }
}

/// The member in which IAM takes a value: an id has 32 hexadecimal digits; anything else is a name.
fn id_or_name(value: &str) -> &'static str {
    if value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        "id"
    } else {
        "name"
    }
}

/// Why a provider of credentials gave none.
pub(super) struct ProviderFailure {
    pub(super) error: Error,
    /// Whether the provider may have seen the credential and counted a failure.
    pub(super) may_count: bool,
    /// The date of its answer, if there was one.
    pub(super) date: Option<SystemTime>,
}

/// Asks IAM for a token.
pub(super) fn fetch_token(
    iam: &Transport,
    login: &Login,
    password: &Secret,
    totp: Option<&Secret>,
    context: &Rc<CallContext>,
    masker: &Masker,
) -> Result<Fetched<Arc<Secret>>, ProviderFailure> {
    let request = Request {
        query: "nocatalog=true".into(),
        body: RequestBody::Secret(Arc::new(login.body(password, totp))),
        takes_subject_token: true,
        ..Request::new(Method::Post, "/v3/auth/tokens")
    };
    let answer = response_of(iam.exchange(&request, context), Provider::Iam, masker)?;
    let document = json_body(&answer.body);
    match (answer.http_status, answer.subject_token) {
        (201, Some(token)) if crate::limits::check_token(token.expose()).is_ok() => {
            let lifetime = document
                .as_ref()
                .and_then(|document| document.root().get("token"))
                .and_then(|token| lifetime(token, "expires_at", answer.date));
            Ok(Fetched::new(Arc::new(token), lifetime))
        }
        (201, _) => Err(not_understood(
            Provider::Iam,
            201,
            "no usable X-Subject-Token",
        )),
        (other, _) => Err(not_understood(Provider::Iam, other, "no token")),
    }
}

/// The request for the account (domain) that an access key belongs to, not yet signed.
pub(super) fn domain_request() -> Request {
    Request::new(Method::Get, "/v3/auth/domains")
}

/// Asks IAM for the id of the account (domain) that an access key belongs to, with a signed
/// [`domain_request`].
pub(super) fn fetch_domain_id(
    iam: &Transport,
    request: &Request,
    context: &Rc<CallContext>,
    masker: &Masker,
) -> Result<Fetched<String>, ProviderFailure> {
    let answer = response_of(iam.exchange(request, context), Provider::Iam, masker)?;
    let domain = json_body(&answer.body)
        .and_then(|document| {
            let domains = document.root().get("domains")?;
            let is_list = domains.kind() == Kind::Array;
            let first = domains.children().next().filter(|_| is_list)?;
            Some(first.get("id")?.text()?.to_string())
        })
        .filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    match domain {
        Some(id) if answer.http_status == 200 => Ok(Fetched::new(id, None)),
        _ => Err(not_understood(
            Provider::Iam,
            answer.http_status,
            "no account id; set domain_id",
        )),
    }
}

/// IAM's base URL in what was given for it: openrc and Terraform files name its version too.
pub(crate) fn base_url(given: &str) -> Result<&str, Error> {
    const KNOWN: [&str; 4] = ["/v3/auth/tokens", "/v3/auth/domains", "/v3/auth", "/v3"];
    let base = given.trim_end_matches('/');
    let host = base.find("://").map_or(0, |at| at + "://".len());
    let Some(path) = base[host..].find('/').map(|at| at + host) else {
        return Ok(base);
    };
    let ending = |known: &str| {
        let at = base.len().checked_sub(known.len())?;
        let is_it = at >= path
            && base
                .get(at..)
                .is_some_and(|end| end.eq_ignore_ascii_case(known));
        is_it.then_some(at)
    };
    if let Some(at) = KNOWN.into_iter().find_map(ending) {
        return Ok(base[..at].trim_end_matches('/'));
    }
    let is_version = |part: &str| {
        let mut parts = part.strip_prefix(['v', 'V']).unwrap_or_default().split('.');
        let is_number =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        parts.all(is_number)
    };
    match base[path..].split('/').find(|part| is_version(part)) {
        Some(version) => Err(Error::invalid_config(format!(
            "iam_endpoint is IAM's base URL, such as https://iam.ap-southeast-1.myhuaweicloud.com, and not a path of its version {}: version 3 is asked",
            crate::sanitize::sanitize(version, 16)
        ))),
        None => Ok(base),
    }
}

/// How long what an object tells of holds, by the provider's own clock: from when it was issued, or
/// the answer's date. `end` is the member that tells when it expires.
pub(super) fn lifetime(object: Value<'_>, end: &str, date: Option<SystemTime>) -> Option<Duration> {
    let time = |name| OffsetDateTime::parse(&object.get(name)?.text()?, &Rfc3339).ok();
    let expires = time(end)?;
    let lifetime = match time("issued_at") {
        Some(issued) => Duration::try_from(expires - issued).unwrap_or_default(),
        None => {
            // The header Date is cut to the second.
            let now = OffsetDateTime::from(date.unwrap_or_else(SystemTime::now));
            Duration::try_from(expires - now)
                .unwrap_or_default()
                .saturating_sub(Duration::from_secs(1))
        }
    };
    Some(lifetime)
}

/// The JSON body of an answer, if it is one.
pub(super) fn json_body(body: &Body) -> Option<Document<'_>> {
    match body {
        Body::Complete(bytes) => Document::read(bytes),
        Body::Missing(..) => None,
    }
}

/// The response of a provider of credentials, or what its failure means: a 4xx is a refusal, but for
/// 429 and for a page that is not IAM's; whatever else went wrong may pass. Time-outs and cancels
/// stay what they are.
pub(super) fn response_of(
    outcome: Outcome,
    provider: Provider,
    masker: &Masker,
) -> Result<Response, ProviderFailure> {
    let response = outcome.result.map_err(|failure| ProviderFailure {
        error: unreachable(provider, &failure),
        may_count: outcome.handed_over,
        date: None,
    })?;
    if response.http_status < 400 {
        return Ok(response);
    }
    let is_refusal = is_refusal(provider, &response);
    let status = match &response.body {
        Body::Missing(Status::Cancelled, _) => Status::Cancelled,
        _ if is_refusal => Status::CredentialsRefused,
        _ => Status::CredentialsUnavailable,
    };
    let read = ErrorResponse::read(&response, masker);
    let message = if response.from_proxy {
        format!("{}: {PROXY_REFUSED}", provider.name())
    } else {
        let (http_status, error) = (response.http_status, read.in_words(response.http_status));
        format!(
            "{} answered {http_status}{error}{}",
            provider.name(),
            read.remark
        )
    };
    let hint = match status {
        Status::CredentialsUnavailable if response.from_proxy => Status::Proxy.hint().into(),
        Status::CredentialsUnavailable => provider.unavailable(response.http_status),
        status => status.hint().into(),
    };
    Err(ProviderFailure {
        error: Error::new(Report {
            phase: Some(Phase::Credentials),
            // A repeated 407 locks accounts too.
            retryable: status == Status::CredentialsUnavailable && !response.from_proxy,
            hint,
            ..read.into_report(status, &response, message)
        }),
        may_count: is_refusal,
        date: response.date,
    })
}

/// What a failure to get an answer is told as.
pub(super) fn unreachable(provider: Provider, failure: &TransportFailure) -> Error {
    let mut report = Report::from(failure);
    report.phase = Some(Phase::Credentials);
    report.message = format!("{}: {}", provider.name(), failure.message);
    match failure.status {
        Status::Cancelled | Status::Internal => {}
        Status::Timeout => report.hint = provider.too_slow(),
        status => {
            report.status = Status::CredentialsUnavailable;
            // What the proxy refused it refuses again, and that locks accounts too.
            let is_refused_by_proxy = status == Status::Proxy && !failure.may_pass;
            report.retryable = !is_refused_by_proxy;
            report.hint = if status == Status::Proxy {
                status.hint().into()
            } else {
                failure
                    .hint
                    .map_or_else(|| provider.unavailable(0), Into::into)
            };
        }
    }
    Error::new(report)
}

/// Whether the provider itself has said no. A page that a proxy shows in front of IAM says nothing of
/// a password; where the body is lost, the status counts.
fn is_refusal(provider: Provider, answer: &Response) -> bool {
    if answer.http_status >= 500 || answer.http_status == 429 || answer.from_proxy {
        return false;
    }
    match (&answer.body, provider) {
        (Body::Complete(_), Provider::Iam) => {
            json_body(&answer.body).is_some_and(|document| is_iams(document.root()))
        }
        _ => true,
    }
}

/// Whether this is an error in one of the shapes that IAM and its gateway use.
fn is_iams(body: Value<'_>) -> bool {
    let has = |name| body.get(name).is_some();
    body.get("error")
        .is_some_and(|error| error.kind() == Kind::Object)
        || has("error_code")
        || has("error_msg")
        || has("errorCode")
        || (has("code") && has("message"))
}

/// IAM or the metadata service returned an undocumented response.
pub(super) fn not_understood(provider: Provider, http_status: u16, what: &str) -> ProviderFailure {
    ProviderFailure {
        error: Error::new(Report {
            http_status,
            retryable: true,
            hint: provider.unavailable(http_status),
            ..Report::new(
                Status::CredentialsUnavailable,
                Phase::Credentials,
                format!("{} answered {http_status} with {what}", provider.name()),
            )
        }),
        may_count: false,
        date: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn login() -> Login {
        Login {
            user_name: "user".into(),
            user_id: String::new(),
            user_domain: "domain".into(),
            scope_project: "ap-southeast-1".into(),
            scope_domain: String::new(),
        }
    }

    fn body(login: &Login, totp: Option<&str>) -> Value {
        let totp = totp.map(Secret::new);
        serde_json::from_slice(&login.body(&Secret::new("p\"w"), totp.as_ref())).unwrap()
    }

    #[test]
    fn asks_for_a_token_of_a_project_by_password() {
        assert_eq!(
            body(&login(), None),
            json!({ "auth": {
                "identity": { "methods": ["password"], "password": { "user": {
                    "name": "user", "password": "p\"w", "domain": { "name": "domain" } } } },
                "scope": { "project": { "name": "ap-southeast-1" } } } })
        );
    }

    #[test]
    fn the_base_url_is_found_in_what_openrc_files_have() {
        for (given, base) in [
            ("https://iam.example", "https://iam.example"),
            ("https://iam.example/", "https://iam.example"),
            ("https://iam.example/v3", "https://iam.example"),
            ("https://iam.example/v3/", "https://iam.example"),
            ("https://iam.example//v3//", "https://iam.example"),
            ("https://iam.example/V3", "https://iam.example"),
            (
                "https://iam.example:5000/v3/auth/tokens",
                "https://iam.example:5000",
            ),
            ("https://iam.example/v3/auth/tokens/", "https://iam.example"),
            ("https://iam.example/v3/auth/domains", "https://iam.example"),
            ("https://iam.example/v3/auth", "https://iam.example"),
            ("https://example/identity/v3", "https://example/identity"),
            ("https://example/identity", "https://example/identity"),
            ("https://v3", "https://v3"),
            ("https://v3/", "https://v3"),
            ("https://v3/v3", "https://v3"),
            ("https://iam.example/xv3", "https://iam.example/xv3"),
            ("", ""),
            ("v3", "v3"),
            ("/v3", ""),
        ] {
            assert_eq!(base_url(given).unwrap(), base, "{given}");
        }
        for given in [
            "https://iam.example/v2.0",
            "https://iam.example/v2.0/tokens",
            "https://iam.example/v3.0",
            "https://iam.example/v3/projects",
            "https://iam.example/identity/v2",
        ] {
            let error = base_url(given).unwrap_err();
            assert_eq!(error.status(), Status::InvalidConfig, "{given}");
            assert!(error.message().contains("iam_endpoint"), "{error}");
        }
    }

    #[test]
    fn a_second_factor_needs_the_users_id() {
        let login = Login {
            user_id: "u1".into(),
            ..login()
        };
        let body = body(&login, Some("123456"));
        assert_eq!(
            body["auth"]["identity"]["methods"],
            json!(["password", "totp"])
        );
        assert_eq!(
            body["auth"]["identity"]["totp"],
            json!({ "user": { "id": "u1", "passcode": "123456" } })
        );
        assert_eq!(body["auth"]["identity"]["password"]["user"]["id"], "u1");
    }

    #[test]
    fn scopes_are_by_name_or_id() {
        let scope = |project: &str, domain: &str| -> Value {
            let login = Login {
                scope_project: project.into(),
                scope_domain: domain.into(),
                ..login()
            };
            serde_json::from_slice(&login.scope()).unwrap()
        };
        let id = "0123456789abcdef0123456789abcdef";
        assert_eq!(scope(id, ""), json!({ "project": { "id": id } }));
        assert_eq!(scope("", "d"), json!({ "domain": { "name": "d" } }));
        assert_eq!(
            scope("p", "d"),
            json!({ "project": { "name": "p", "domain": { "name": "d" } } })
        );
    }

    #[test]
    fn a_lifetime_is_by_the_givers_clock() {
        let lifetime = |json: &str| {
            let document = Document::read(json.as_bytes()).unwrap();
            lifetime(document.root(), "expires_at", None)
        };
        assert_eq!(
            lifetime(
                r#"{"issued_at":"2020-01-03T09:05:22.701000Z","expires_at":"2020-01-04T09:05:22.701000Z"}"#
            ),
            Some(Duration::from_secs(86_400))
        );
        assert_eq!(
            lifetime(r#"{"issued_at":"2020-01-04T00:00:00Z","expires_at":"2020-01-03T00:00:00Z"}"#),
            Some(Duration::ZERO)
        );
        for unclear in [
            r#"{"expires_at":"tomorrow"}"#,
            r#"{"expires_at":null}"#,
            "{}",
        ] {
            assert_eq!(lifetime(unclear), None);
        }
    }
}
