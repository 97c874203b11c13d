//! What a test asks the simulated service about itself: `/sim/…`.

use std::io;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::CONTENT_TYPE;
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};

use crate::service::Service;

/// Answers a request for a path below `/sim/`.
pub(crate) fn answer(service: &Service, parts: &Parts) -> io::Result<Response<Full<Bytes>>> {
    let json = match (parts.method.as_str(), parts.uri.path()) {
        ("GET", "/sim/received") => serde_json::to_vec(&service.ledger().received()),
        ("GET", "/sim/pushed") => serde_json::to_vec(service.account().copies()),
        ("GET", "/sim/connections") => serde_json::to_vec(&service.ledger().connections),
        ("POST", "/sim/reset") => {
            service.reset();
            return empty(StatusCode::NO_CONTENT);
        }
        _ => return empty(StatusCode::NOT_FOUND),
    };
    Response::builder()
        .header(CONTENT_TYPE, "application/json")
        .body(Full::from(json?))
        .map_err(io::Error::other)
}

fn empty(status: StatusCode) -> io::Result<Response<Full<Bytes>>> {
    Response::builder()
        .status(status)
        .body(Full::default())
        .map_err(io::Error::other)
}
