//! Reads a push request as strictly as the API's documentation is written.
//!
//! Nothing is mended and nothing is tolerated: whatever a client gets past this module, the real
//! service has no documented reason to refuse.

use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::{Method, Version};
use serde::Deserialize;

use crate::faults::{self, Fault};

const TOKEN_HEADER: &str = "x-auth-token";
const TOKEN_LENGTH: std::ops::RangeInclusive<usize> = 32..=2_097_152;
const LONGEST_PROJECT: usize = 255;
const SERVICE_LENGTH: std::ops::RangeInclusive<usize> = 1..=64;

/// A well-formed push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Push {
    pub(crate) certificate_id: String,
    pub(crate) target_project: String,
    pub(crate) target_service: String,
}

/// Why a request is not a well-formed push: what the service answers, and what is wrong in words.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) fault: &'static Fault,
    pub(crate) problem: String,
}

fn refuse<T>(fault: &'static Fault, problem: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        fault,
        problem: problem.into(),
    })
}

/// Which tokens the service takes.
#[derive(Debug)]
pub(crate) struct TokenRule {
    pub(crate) known: Vec<String>,
    pub(crate) any: bool,
}

/// Reads a push that came in on `port`.
pub(crate) fn read_push(
    parts: &Parts,
    body: &[u8],
    port: u16,
    tokens: &TokenRule,
) -> Result<Push, Refusal> {
    check_host(parts, port)?;
    let certificate_id = read_path(parts)?;
    check_token(&parts.headers, tokens)?;
    check_certificate_id(certificate_id)?;
    check_content_type(&parts.headers)?;
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

fn check_host(parts: &Parts, port: u16) -> Result<(), Refusal> {
    if parts.version != Version::HTTP_11 {
        return refuse(&faults::NO_SUCH_API, "the request is not HTTP/1.1");
    }
    let mut hosts = parts.headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return refuse(&faults::NO_SUCH_API, "there must be exactly one Host");
    };
    let known = ["127.0.0.1", "localhost", "[::1]"];
    if !known
        .iter()
        .any(|name| host.as_bytes() == format!("{name}:{port}").as_bytes())
    {
        return refuse(&faults::NO_SUCH_API, "Host does not name this service");
    }
    Ok(())
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

fn check_token(headers: &HeaderMap, tokens: &TokenRule) -> Result<(), Refusal> {
    let mut values = headers.get_all(TOKEN_HEADER).iter();
    let Some(token) = values.next() else {
        return refuse(&faults::TOKEN_NOT_FOUND, "X-Auth-Token is missing");
    };
    let refused = &faults::TOKEN_NOT_DECRYPTED;
    if values.next().is_some() {
        return refuse(refused, "there is more than one X-Auth-Token");
    }
    let token = token.as_bytes();
    if !TOKEN_LENGTH.contains(&token.len()) {
        let problem = format!("X-Auth-Token has {} characters", token.len());
        return refuse(refused, problem);
    }
    if !token.iter().all(|byte| (0x21..=0x7e).contains(byte)) {
        return refuse(refused, "X-Auth-Token has a character that no token has");
    }
    if !tokens.any && !tokens.known.iter().any(|known| known.as_bytes() == token) {
        return refuse(refused, "X-Auth-Token is not one that this service knows");
    }
    Ok(())
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

fn check_content_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return refuse(
            &faults::INCORRECT_PARAMETER,
            "there must be exactly one Content-Type",
        );
    };
    let value = value.to_str().unwrap_or_default().to_ascii_lowercase();
    let (media_type, parameter) = value.split_once(';').unwrap_or((&value, ""));
    let parameter = parameter.trim();
    let parameter_fits =
        parameter.is_empty() || matches!(parameter, "charset=utf-8" | "charset=utf8");
    if media_type.trim() != "application/json" || !parameter_fits {
        return refuse(
            &faults::INCORRECT_PARAMETER,
            "Content-Type is not application/json",
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
