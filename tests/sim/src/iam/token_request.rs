//! Reads a request for a token as strictly as IAM documents it.

use serde::Deserialize;
use serde_json::Value;

use crate::ledger::masked;

/// Members whose values are secrets.
const SECRETS: [&str; 2] = ["password", "passcode"];

/// A well-formed request for a token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TokenRequest {
    pub(crate) user: UserName,
    pub(crate) password: String,
    pub(crate) passcode: Option<Passcode>,
    pub(crate) scope: Scope,
}

/// What a token shall be good for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Project(ProjectName),
    Domain(DomainName),
    /// Nothing is asked for: the account that the user belongs to.
    Unspecified,
}

/// A user, by id or by name and account.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UserName {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) domain: Option<DomainName>,
}

/// A one-time passcode and whose it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Passcode {
    pub(crate) user: UserName,
    pub(crate) passcode: String,
}

/// An account, by id or by name.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DomainName {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
}

/// A project, by id or by name.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProjectName {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) domain: Option<DomainName>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRequest {
    auth: WrittenAuth,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAuth {
    identity: WrittenIdentity,
    scope: Option<WrittenScope>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenIdentity {
    methods: Vec<String>,
    password: Option<WrittenMethod<WrittenPassword>>,
    totp: Option<WrittenMethod<WrittenPasscode>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenMethod<User> {
    user: User,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPassword {
    id: Option<String>,
    name: Option<String>,
    domain: Option<DomainName>,
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPasscode {
    id: Option<String>,
    name: Option<String>,
    domain: Option<DomainName>,
    passcode: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenScope {
    project: Option<ProjectName>,
    domain: Option<DomainName>,
}

/// Reads the body of a request. An error says what is wrong, without a word of what was written.
pub(crate) fn read_token_request(body: &[u8]) -> Result<TokenRequest, String> {
    let request: WrittenRequest = serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("the body is not a token request, see line {line}, column {column}")
    })?;
    let WrittenAuth { identity, scope } = request.auth;
    let mut methods = identity.methods;
    methods.sort();
    let passcode_is_listed = match methods.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["password"] => false,
        ["password", "totp"] => true,
        _ => return Err("the methods are neither password nor password and totp".to_owned()),
    };
    if passcode_is_listed != identity.totp.is_some() {
        return Err("totp is given but not listed, or listed but not given".to_owned());
    }
    let Some(WrittenMethod { user }) = identity.password else {
        return Err("password is listed but not given".to_owned());
    };
    let passcode = match identity.totp {
        Some(WrittenMethod { user }) => Some(Passcode {
            user: user_name(user.id, user.name, user.domain)?,
            passcode: user.passcode,
        }),
        None => None,
    };
    Ok(TokenRequest {
        user: user_name(user.id, user.name, user.domain)?,
        password: user.password,
        passcode,
        scope: match scope {
            // A project wins over an account.
            Some(WrittenScope {
                project: Some(project),
                ..
            }) => Scope::Project(project),
            Some(WrittenScope {
                domain: Some(domain),
                ..
            }) => Scope::Domain(domain),
            _ => Scope::Unspecified,
        },
    })
}

fn user_name(
    id: Option<String>,
    name: Option<String>,
    domain: Option<DomainName>,
) -> Result<UserName, String> {
    if id.is_none() && (name.is_none() || domain.is_none()) {
        return Err("a user is named by id, or by name and domain".to_owned());
    }
    Ok(UserName { id, name, domain })
}

/// The body of a request as it may be shown. What is not JSON may hold anything.
pub(crate) fn without_secrets(body: &[u8]) -> String {
    match serde_json::from_slice(body) {
        Ok(mut json) => {
            mask(&mut json);
            json.to_string()
        }
        Err(_) => masked(body),
    }
}

fn mask(json: &mut Value) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(secret) if SECRETS.contains(&name.as_str()) => {
                        *secret = masked(secret.as_bytes());
                    }
                    _ => mask(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}
