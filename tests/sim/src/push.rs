//! Reads a push request as strictly as the API's documentation is written.
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
const SERVICE_LENGTH: std::ops::RangeInclusive<usize> = 1..=64;

/// A well-formed push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Push {
    pub(crate) certificate_id: String,
    pub(crate) target_project: String,
    pub(crate) target_service: String,
}

/// Reads a push that came in on `port`.
pub(crate) fn read_push(
    parts: &Parts,
    body: &[u8],
    port: u16,
    identity: &Identity,
) -> Result<Push, Refusal> {
    check_host(parts, port)?;
    let certificate_id = read_path(parts)?;
    identity.authenticate(parts, body)?;
    identity.check_account(&parts.headers)?;
    check_certificate_id(certificate_id)?;
    if let Some(problem) = content_type_problem(&parts.headers) {
        return refuse(&faults::INCORRECT_PARAMETER, problem);
    }
    check_framing(&parts.headers)?;
    let target = read_target(body)?;
    Ok(Push {
        certificate_id: certificate_id.to_owned(),
        target_project: target.target_project,
        target_service: target.target_service,
    })
}

/// The certificate id in a path of the push operation, well formed or not.
pub(crate) fn certificate_id_in(path: &str) -> Option<&str> {
    path.strip_prefix("/v3/scm/certificates/")?
        .strip_suffix("/push")
        .filter(|id| !id.contains('/'))
}

fn read_path(parts: &Parts) -> Result<&str, Refusal> {
    if parts.uri.authority().is_some() {
        return refuse(&faults::NO_SUCH_API, "the request target is not a path");
    }
    if parts.uri.query().is_some() {
        return refuse(&faults::NO_SUCH_API, "the path has a query");
    }
    let Some(certificate_id) = certificate_id_in(parts.uri.path()) else {
        return refuse(&faults::NO_SUCH_API, "no operation has this path");
    };
    if parts.method != Method::POST {
        return refuse(&faults::NO_SUCH_API, "the method is not POST");
    }
    Ok(certificate_id)
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

fn read_target(body: &[u8]) -> Result<Target, Refusal> {
    let fault = &faults::INCORRECT_PARAMETER;
    // serde would read a struct from an array as well.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return refuse(fault, "the body is not a JSON object");
    }
    let target: Target = match serde_json::from_slice(body) {
        Ok(target) => target,
        Err(error) => return refuse(fault, format!("the body is not a push: {error}")),
    };
    if !SERVICE_LENGTH.contains(&target.target_service.chars().count()) {
        return refuse(fault, "target_service is not 1 to 64 characters long");
    }
    let has_region = !target.target_service.eq_ignore_ascii_case("CDN");
    let project_length = target.target_project.chars().count();
    let project_is_missing = project_length == 0 && has_region;
    if project_is_missing || project_length > LONGEST_PROJECT {
        return refuse(fault, "target_project is not 1 to 255 characters long");
    }
    let texts = [&target.target_project, &target.target_service];
    if texts.iter().any(|text| text.contains(char::is_control)) {
        return refuse(fault, "the target has a control character");
    }
    Ok(target)
}
