//! The accounts and projects that a caller can reach.

use serde_json::{Value, json};

use super::IAM_URL;
use crate::identity::IamOptions;
use crate::reply::Reply;

/// `GET /v3/auth/domains`: the account of the caller.
pub(crate) fn list_domains(account: &IamOptions) -> Reply {
    let domain = &account.domain;
    let listed = json!({
        "description": "",
        "enabled": true,
        "id": domain.id,
        "links": {"self": format!("{IAM_URL}/v3/domains/{}", domain.id)},
        "name": domain.name,
    });
    Reply::json(
        200,
        &json!({"domains": [listed], "links": links("/v3/auth/domains")}),
    )
}

/// `GET /v3/projects?name=…`: the projects of that name, or all.
pub(crate) fn list_projects(account: &IamOptions, query: Option<&str>) -> Reply {
    let name = query
        .unwrap_or_default()
        .split('&')
        .find_map(|parameter| parameter.strip_prefix("name="));
    let listed: Vec<_> = account
        .projects
        .iter()
        .filter(|project| name.is_none_or(|name| name == project.name))
        .map(|project| {
            json!({
                "description": "",
                "domain_id": account.domain.id,
                "enabled": true,
                "id": project.id,
                "is_domain": false,
                "links": {"self": format!("{IAM_URL}/v3/projects/{}", project.id)},
                "name": project.name,
                "parent_id": account.domain.id,
            })
        })
        .collect();
    Reply::json(
        200,
        &json!({"projects": listed, "links": links("/v3/projects")}),
    )
}

fn links(path: &str) -> Value {
    json!({"self": format!("{IAM_URL}{path}"), "previous": null, "next": null})
}
