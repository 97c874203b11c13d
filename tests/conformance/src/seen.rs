//! What the service saw, held against the list.

use std::collections::BTreeMap;
use std::io;

use certpush_sim::{ReceivedRequest, Sim, fingerprint};

use crate::identity::wrongly_asked;
use crate::list::{Scenario, decoded};
use crate::stage::Transport;

/// The status of a failed TLS handshake: no request, but a connection.
const TLS_STATUS: i32 = 12;

/// What the service saw and should not have, or the other way round. `sent` says whether the driver
/// should have sent something.
pub(crate) fn wrongly_seen(
    scenario: &Scenario,
    transport: Transport,
    sim: &Sim,
    sent: bool,
) -> io::Result<Vec<String>> {
    let connections = sim.connections()?;
    let none = BTreeMap::new();
    let asked = scenario
        .identity
        .as_ref()
        .map_or(&none, |identity| &identity.asked);
    let mut wrong = wrongly_asked(asked, &sim.iam())?;
    let mut received = sim.received();
    if !asked.is_empty() {
        received.retain(|request| request.path.starts_with("/v3/scm/"));
    }
    if connections.elsewhere > 0 {
        wrong.push("a connection went to the host of a redirect".to_owned());
    }
    if !sent {
        if !received.is_empty() {
            wrong.push("the service received a request".to_owned());
        }
        let connected = connections.http + connections.https > 0;
        if connected && asked.is_empty() && scenario.expect.status != TLS_STATUS {
            wrong.push("a connection was made before the request was refused".to_owned());
        }
        return Ok(wrong);
    }
    let pushes = scenario.pushes();
    let most = match scenario.expect.attempts {
        _ if scenario.expect.retryable => usize::MAX,
        Some(attempts) => pushes * attempts as usize,
        None => pushes,
    };
    if received.len() < pushes || received.len() > most {
        wrong.push(format!("the service received {} requests", received.len()));
    }
    let connected = connections.http + connections.https;
    if scenario.repeat.is_some() && connected * 10 > pushes as u64 {
        wrong.push(format!(
            "{pushes} pushes made {connected} connections, as if each had a client of its own"
        ));
    }
    for request in &received {
        wrong.extend(wrong_in(request, scenario, transport));
    }
    wrong.dedup();
    Ok(wrong)
}

/// What is wrong in a request that was meant to be sent.
fn wrong_in(request: &ReceivedRequest, scenario: &Scenario, transport: Transport) -> Vec<String> {
    let mut wrong = Vec::new();
    // Where the service judges by itself, its answer says so already.
    if let Some(problem) = &request.problem
        && scenario.answer.is_some()
    {
        wrong.push(format!("the service received a request of which {problem}"));
    }
    let certificate_id = scenario.certificate_id.as_str();
    let scheme = match transport {
        Transport::Https => "https",
        Transport::Http => "http",
    };
    let operation = match scenario.is_batch() {
        true => "batch-push",
        false => "push",
    };
    if request.scheme != scheme
        || request.path != format!("/v3/scm/certificates/{certificate_id}/{operation}")
    {
        wrong.push(format!(
            "the service received {}, over {}",
            request.path, request.scheme
        ));
    }
    let token = decoded(&scenario.request.token);
    let token = token.trim_ascii_end();
    let shown = format!(
        "<{} characters, fingerprint {}>",
        token.len(),
        fingerprint(token)
    );
    if scenario.identity.is_none() && request.header("x-auth-token") != Some(&shown) {
        wrong.push("the service received another token".to_owned());
    }
    let text = |text| String::from_utf8_lossy(&decoded(text)).into_owned();
    let project = text(&scenario.request.target_project);
    let service = text(&scenario.request.target_service);
    let target = if scenario.is_batch() {
        let projects: Vec<&str> = project.split(',').collect();
        serde_json::json!({"target_projects": projects, "target_service": service})
    } else {
        serde_json::json!({"target_project": project, "target_service": service})
    };
    if serde_json::from_str(&request.body).ok() != Some(target) {
        wrong.push(format!("the service received the body {}", request.body));
    }
    wrong
}
