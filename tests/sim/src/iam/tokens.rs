//! `POST /v3/auth/tokens`: a token for a password.

use hyper::http::request::Parts;
use serde_json::{Value, json};

use super::IAM_URL;
use super::errors::{bad_request, too_long, unauthorized};
use super::passwords::{is_domain, is_named, prove};
use super::token_request::{Scope, TokenRequest, read_token_request};
use crate::clock::Moment;
use crate::identity::{IamOptions, Identity, Named, User};
use crate::reply::Reply;
use crate::rules::content_type_problem;

/// The header that brings a new token.
pub(crate) const SUBJECT_TOKEN: &str = "X-Subject-Token";

/// IAM reads bodies of so many bytes.
const LONGEST_BODY: usize = 32 * 1024;

/// Issues a token, or says why not.
pub(crate) fn create_token(identity: &Identity, parts: &Parts, body: &[u8]) -> Reply {
    let now = identity.clock.now();
    let request = match read(parts, body) {
        Ok(request) => request,
        Err(reply) => return reply,
    };
    let account = &identity.options;
    let state = &mut *identity.state();
    let user = match prove(
        &request,
        account,
        &mut state.passwords,
        &mut state.counts,
        now,
    ) {
        Ok(user) => user,
        Err(reply) => return reply,
    };
    let Some((kind, scope)) = scope(&request.scope, account) else {
        return unauthorized("the scope is none of this user");
    };
    let expires_at = now.after(account.token_lifetime);
    let token = identity.fresh.token(account.token_length);
    state.tokens.issue(token.clone(), expires_at);
    state.counts.tokens_issued += 1;
    let mut description = description(&request, user, &account.domain, now, expires_at);
    description[kind] = scope;
    description["catalog"] = catalog(parts.uri.query());
    Reply::json(201, &json!({"token": description})).with(SUBJECT_TOKEN, token)
}

fn read(parts: &Parts, body: &[u8]) -> Result<TokenRequest, Reply> {
    if let Some(problem) = content_type_problem(&parts.headers) {
        return Err(bad_request(problem));
    }
    if body.len() > LONGEST_BODY {
        return Err(too_long());
    }
    read_token_request(body).map_err(bad_request)
}

/// What the token is good for: a kind and its description.
fn scope(scope: &Scope, account: &IamOptions) -> Option<(&'static str, Value)> {
    let domain = &account.domain;
    match scope {
        Scope::Project(asked) => {
            let is_here = asked
                .domain
                .as_ref()
                .is_none_or(|asked| is_domain(asked, domain));
            let is_asked =
                |project: &&Named| is_named(asked.id.as_deref(), asked.name.as_deref(), project);
            let project = account.projects.iter().find(is_asked).filter(|_| is_here)?;
            let domain = json!({"id": domain.id, "name": domain.name});
            let project = json!({"domain": domain, "id": project.id, "name": project.name});
            Some(("project", project))
        }
        Scope::Domain(asked) if !is_domain(asked, domain) => None,
        Scope::Domain(_) | Scope::Unspecified => {
            Some(("domain", json!({"id": domain.id, "name": domain.name})))
        }
    }
}

fn description(
    request: &TokenRequest,
    user: &User,
    domain: &Named,
    issued_at: Moment,
    expires_at: Moment,
) -> Value {
    let methods: &[&str] = match request.passcode {
        Some(_) => &["password", "totp"],
        None => &["password"],
    };
    json!({
        "expires_at": expires_at.to_iam(),
        "issued_at": issued_at.to_iam(),
        "methods": methods,
        "roles": [{"id": "0", "name": "te_admin"}, {"id": "0", "name": "op_gated_scm"}],
        "user": {
            "domain": {"id": domain.id, "name": domain.name},
            "id": user.id,
            "name": user.name,
            "password_expires_at": "",
        },
    })
}

/// Every service there is, unless `nocatalog` has any value at all.
fn catalog(query: Option<&str>) -> Value {
    let unwanted = query
        .unwrap_or_default()
        .split('&')
        .filter_map(|parameter| parameter.strip_prefix("nocatalog="))
        .any(|value| !value.is_empty());
    if unwanted {
        return json!([]);
    }
    json!([{
        "endpoints": [{
            "id": "d2983f677ce14f1e81cbb6a9345a107a",
            "interface": "public",
            "region": "*",
            "region_id": "*",
            "url": format!("{IAM_URL}/v3"),
        }],
        "id": "fd631b3426cb40f0919091d5861d8fea",
        "name": "iam",
        "type": "iam",
    }])
}
