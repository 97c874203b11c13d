//! Reads a push or batch push as strictly as the API's documentation is written.
//!
//! Nothing is mended and nothing is tolerated: whatever a client gets past this module, the real
//! service has no documented reason to refuse.

use hyper::Method;
use hyper::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use serde::Deserialize;

use crate::faults;
use crate::identity::Identity;
use crate::refusal::{Refusal, refuse};
use crate::rules::{check_host, content_type_problem};

const LONGEST_PROJECT: usize = 255;
const LONGEST_PROJECT_OF_A_BATCH: usize = 32;
const PROJECTS_OF_A_BATCH: std::ops::RangeInclusive<usize> = 1..=10;
const SERVICE_LENGTH: std::ops::RangeInclusive<usize> = 1..=64;

/// A well-formed push or batch push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Push {
    pub(crate) certificate_id: String,
    pub(crate) target_projects: TargetProjects,
    pub(crate) target_service: String,
}

/// The projects that a certificate is pushed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TargetProjects {
    /// That of a push.
    One(String),
    /// Those of a batch push.
    Several(Vec<String>),
}

/// The two operations that push.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Push,
    BatchPush,
}

/// Reads a push that came in on `port`.
pub(crate) fn read_push(
    parts: &Parts,
    body: &[u8],
    port: u16,
    identity: &Identity,
) -> Result<Push, Refusal> {
    check_host(parts, port)?;
    let (certificate_id, operation) = read_path(parts)?;
    identity.authenticate(parts, body)?;
    identity.check_account(&parts.headers)?;
    check_certificate_id(certificate_id)?;
    if let Some(problem) = content_type_problem(&parts.headers) {
        return refuse(&faults::INCORRECT_PARAMETER, problem);
    }
    check_framing(&parts.headers)?;
    let (target_projects, target_service) = match operation {
        Operation::Push => read_target(body)?,
        Operation::BatchPush => read_targets(body)?,
    };
    Ok(Push {
        certificate_id: certificate_id.to_owned(),
        target_projects,
        target_service,
    })
}

/// The certificate id in a path of an operation that pushes, well formed or not.
pub(crate) fn certificate_id_in(path: &str) -> Option<&str> {
    certificate_id_and_operation_in(path).map(|(certificate_id, _)| certificate_id)
}

fn certificate_id_and_operation_in(path: &str) -> Option<(&str, Operation)> {
    let (certificate_id, operation) = path
        .strip_prefix("/v3/scm/certificates/")?
        .split_once('/')?;
    match operation {
        "push" => Some((certificate_id, Operation::Push)),
        "batch-push" => Some((certificate_id, Operation::BatchPush)),
        _ => None,
    }
}

fn read_path(parts: &Parts) -> Result<(&str, Operation), Refusal> {
    if parts.uri.authority().is_some() {
        return refuse(&faults::NO_SUCH_API, "the request target is not a path");
    }
    if parts.uri.query().is_some() {
        return refuse(&faults::NO_SUCH_API, "the path has a query");
    }
    let Some(read) = certificate_id_and_operation_in(parts.uri.path()) else {
        return refuse(&faults::NO_SUCH_API, "no operation has this path");
    };
    if parts.method != Method::POST {
        return refuse(&faults::NO_SUCH_API, "the method is not POST");
    }
    Ok(read)
}

fn check_certificate_id(certificate_id: &str) -> Result<(), Refusal> {
    let well_formed = certificate_id.len() == 16
        && certificate_id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric());
    if !well_formed {
        return refuse(
            &faults::INCORRECT_CERTIFICATE_ID,
            "certificate_id is not 16 ASCII letters or digits",
        );
    }
    Ok(())
}

fn check_framing(headers: &HeaderMap) -> Result<(), Refusal> {
    let lengths = headers.get_all(CONTENT_LENGTH).iter().count();
    let codings: Vec<_> = headers.get_all(TRANSFER_ENCODING).iter().collect();
    match (lengths, codings.as_slice()) {
        (1, []) => Ok(()),
        (0, [coding]) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => refuse(
            &faults::INCORRECT_PARAMETER,
            "the body needs exactly one Content-Length, or Transfer-Encoding: chunked",
        ),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    target_project: String,
    target_service: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Targets {
    target_projects: Vec<String>,
    target_service: String,
}

fn read_target(body: &[u8]) -> Result<(TargetProjects, String), Refusal> {
    let Target {
        target_project: project,
        target_service: service,
    } = read_object(body, "a push")?;
    check_service(&service)?;
    let has_region = !service.eq_ignore_ascii_case("CDN");
    let length = project.chars().count();
    if (length == 0 && has_region) || length > LONGEST_PROJECT {
        return wrong("target_project is not 1 to 255 characters long");
    }
    check_no_control(&project)?;
    Ok((TargetProjects::One(project), service))
}

fn read_targets(body: &[u8]) -> Result<(TargetProjects, String), Refusal> {
    let Targets {
        target_projects: projects,
        target_service: service,
    } = read_object(body, "a batch push")?;
    check_service(&service)?;
    if !PROJECTS_OF_A_BATCH.contains(&projects.len()) {
        return wrong("target_projects are not 1 to 10");
    }
    for project in &projects {
        if !(1..=LONGEST_PROJECT_OF_A_BATCH).contains(&project.chars().count()) {
            return wrong("one of target_projects is not 1 to 32 characters long");
        }
        check_no_control(project)?;
    }
    Ok((TargetProjects::Several(projects), service))
}

fn read_object<T: for<'de> Deserialize<'de>>(body: &[u8], what: &str) -> Result<T, Refusal> {
    // serde would read a struct from an array as well.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return wrong("the body is not a JSON object");
    }
    serde_json::from_slice(body).or_else(|error| wrong(format!("the body is not {what}: {error}")))
}

fn check_service(service: &str) -> Result<(), Refusal> {
    if !SERVICE_LENGTH.contains(&service.chars().count()) {
        return wrong("target_service is not 1 to 64 characters long");
    }
    check_no_control(service)
}

fn check_no_control(text: &str) -> Result<(), Refusal> {
    if text.contains(char::is_control) {
        return wrong("the target has a control character");
    }
    Ok(())
}

fn wrong<T>(problem: impl Into<String>) -> Result<T, Refusal> {
    refuse(&faults::INCORRECT_PARAMETER, problem)
}
