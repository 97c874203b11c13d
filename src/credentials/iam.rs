//! Huawei Cloud's IAM: a token for a user's password, and the account of an access key.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::Zeroizing;

use super::SecretHeader;
use super::renewing::Fetched;
use crate::answer::{Answer, Body, read_error_body};
use crate::hints;
use crate::json::{object, text};
use crate::report::{Error, Phase, Report};
use crate::secret::Secret;
use crate::status::Status;
use crate::transport::{Outcome, Outgoing, Transport, Watch};

/// Who logs in, and for what.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) user_name: String,
    pub(crate) user_id: String,
    pub(crate) user_domain: String,
    pub(crate) scope_project: String,
    pub(crate) scope_domain: String,
}

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

/// Wipes the strings of a value.
pub(super) fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => drop(Zeroizing::new(std::mem::take(text))),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Asks IAM for a token.
pub(crate) fn fetch_token(
    iam: &Transport,
    login: &Login,
    password: &Secret,
    totp: Option<&Secret>,
    watch: &Rc<Watch>,
) -> Result<Fetched<Arc<Secret>>, Error> {
    let body = login.body(password, totp);
    let stand_in = vec![b' '; body.len()];
    let request = Outgoing {
        method: "POST",
        path: "/v3/auth/tokens?nocatalog=true",
        body: &stand_in,
        secret_body: Some(Arc::new(body)),
        takes_subject_token: true,
        ..Outgoing::default()
    };
    let answer = answer_of(iam.exchange(&request, watch), "IAM")?;
    let parsed = json_body(&answer);
    match (answer.http_status, answer.subject_token) {
        (201, Some(token)) if crate::request::check_token(token.expose()).is_ok() => {
            let lifetime = parsed
                .as_ref()
                .map(|body| &body["token"])
                .and_then(|token| lifetime(&token["issued_at"], &token["expires_at"], answer.date));
            Ok(Fetched::new(Arc::new(token), lifetime))
        }
        (201, _) => Err(not_understood("IAM", 201, "no usable X-Subject-Token")),
        (other, _) => Err(not_understood("IAM", other, "no token")),
    }
}

/// Asks IAM for the id of the account (domain) that an access key belongs to. `secrets` sign the
/// request.
pub(crate) fn fetch_domain_id(
    iam: &Transport,
    secrets: Vec<SecretHeader>,
    watch: &Rc<Watch>,
) -> Result<Fetched<String>, Error> {
    let request = Outgoing {
        method: "GET",
        path: DOMAINS_PATH,
        secrets,
        ..Outgoing::default()
    };
    let answer = answer_of(iam.exchange(&request, watch), "IAM")?;
    let domain = json_body(&answer)
        .and_then(|body| Some(body["domains"][0]["id"].as_str()?.to_owned()))
        .filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    match domain {
        Some(id) if answer.http_status == 200 => Ok(Fetched::new(id, None)),
        _ => Err(not_understood(
            "IAM",
            answer.http_status,
            "no account id; set domain_id",
        )),
    }
}

/// The path of the account look-up.
pub(crate) const DOMAINS_PATH: &str = "/v3/auth/domains";

/// How long something holds, by the giver's own clock: from when it was issued, or the answer's
/// date.
pub(super) fn lifetime(
    issued: &Value,
    expires: &Value,
    date: Option<SystemTime>,
) -> Option<Duration> {
    let time = |value: &Value| OffsetDateTime::parse(value.as_str()?, &Rfc3339).ok();
    let expires = time(expires)?;
    let lifetime = match time(issued) {
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
pub(super) fn json_body(answer: &Answer) -> Option<Value> {
    match &answer.body {
        Body::Complete(bytes) => serde_json::from_slice(bytes).ok(),
        Body::Missing(..) => None,
    }
}

/// The answer of a giver of credentials, or what its failure means: a 4xx is a refusal, but for
/// 429; whatever else went wrong may pass. Time-outs and cancels stay what they are.
pub(super) fn answer_of(outcome: Outcome, who: &str) -> Result<Answer, Error> {
    let answer = outcome.result.map_err(|failure| {
        let ended = matches!(failure.status, Status::Timeout | Status::Cancelled);
        let mut report = Report::from(&failure);
        if !ended {
            report.status = Status::CredentialsUnavailable;
            report.retryable = true;
        }
        report.phase = Phase::Credentials;
        report.message = format!("{who}: {}", failure.message);
        let of_status = hints::for_status(report.status);
        report.hint = failure.hint.unwrap_or(of_status).into();
        Error::new(report)
    })?;
    if answer.http_status < 400 {
        return Ok(answer);
    }
    let mut report = read_error_body(&answer);
    let is_refusal = answer.http_status < 500 && answer.http_status != 429;
    report.message = format!(
        "{who} {}",
        report.message.trim_start_matches("the service ")
    );
    report.status = if is_refusal {
        Status::CredentialsRefused
    } else {
        Status::CredentialsUnavailable
    };
    report.retryable = !is_refusal;
    report.outcome_unknown = false;
    report.phase = Phase::Credentials;
    report.hint = hints::for_credentials(&report).into();
    Err(Error::new(report))
}

/// An answer that is none which the giver of credentials defines.
pub(super) fn not_understood(who: &str, http_status: u16, what: &str) -> Error {
    Error::new(Report {
        http_status,
        retryable: true,
        hint: hints::for_status(Status::CredentialsUnavailable).into(),
        ..Report::new(
            Status::CredentialsUnavailable,
            Phase::Credentials,
            format!("{who} answered {http_status} with {what}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
        let lifetime =
            |issued: &str, expires: &str| lifetime(&issued.into(), &expires.into(), None);
        assert_eq!(
            lifetime("2020-01-03T09:05:22.701000Z", "2020-01-04T09:05:22.701000Z"),
            Some(Duration::from_secs(86_400))
        );
        assert_eq!(
            lifetime("2020-01-04T00:00:00Z", "2020-01-03T00:00:00Z"),
            Some(Duration::ZERO)
        );
        assert_eq!(lifetime("2020-01-04T00:00:00Z", "tomorrow"), None);
        assert_eq!(super::lifetime(&Value::Null, &Value::Null, None), None);
    }
}
