//! What every operation asks of a request's head.

use hyper::Version;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap};
use hyper::http::request::Parts;

use crate::faults;
use crate::refusal::{Refusal, refuse};

/// The names under which the service knows itself.
const KNOWN_HOSTS: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Checks the version and the Host of a request that came in on `port`.
pub(crate) fn check_host(parts: &Parts, port: u16) -> Result<(), Refusal> {
    if parts.version != Version::HTTP_11 {
        return refuse(&faults::NO_SUCH_API, "the request is not HTTP/1.1");
    }
    let mut hosts = parts.headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return refuse(&faults::NO_SUCH_API, "there must be exactly one Host");
    };
    if !KNOWN_HOSTS
        .iter()
        .any(|name| host.as_bytes() == format!("{name}:{port}").as_bytes())
    {
        return refuse(&faults::NO_SUCH_API, "Host does not name this service");
    }
    Ok(())
}

/// What is wrong with the Content-Type of a request whose body is JSON.
pub(crate) fn content_type_problem(headers: &HeaderMap) -> Option<&'static str> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Some("there must be exactly one Content-Type");
    };
    let value = value.to_str().unwrap_or_default().to_ascii_lowercase();
    let (media_type, parameter) = value.split_once(';').unwrap_or((&value, ""));
    let parameter_fits = matches!(parameter.trim(), "" | "charset=utf-8" | "charset=utf8");
    let is_json = media_type.trim() == "application/json" && parameter_fits;
    (!is_json).then_some("Content-Type is not application/json")
}
