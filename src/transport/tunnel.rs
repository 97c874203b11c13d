//! A tunnel through a proxy to a TLS server (CONNECT), within the call's time.

use std::io::{IoSlice, Read, Write};

use super::proxy::Proxy;
use super::socket::{Socket, is_transient};
use crate::call_context::CallContext;
use crate::endpoint::Endpoint;
use crate::failure::TransportFailure;
use crate::io_error::message_of;
use crate::mask::Masker;
use crate::phase::Phase;
use crate::status::Status;

/// Largest head of a proxy's answer, in bytes.
const LONGEST_HEAD: usize = 16 * 1024;

/// Asks the proxy for a connection to the endpoint. No secret but the proxy's own is sent.
pub(super) fn open(
    socket: &Socket,
    proxy: &Proxy,
    endpoint: &Endpoint,
    user_agent: &str,
    context: &CallContext,
) -> Result<(), TransportFailure> {
    let authority = endpoint.authority();
    let head = format!(
        "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: {user_agent}\r\n"
    );
    let mut pieces = vec![IoSlice::new(head.as_bytes())];
    if let Some(authorization) = &proxy.authorization {
        pieces.extend([
            IoSlice::new(b"Proxy-Authorization: "),
            IoSlice::new(authorization.expose().as_bytes()),
            IoSlice::new(b"\r\n"),
        ]);
    }
    pieces.push(IoSlice::new(b"\r\n"));
    send(socket, &mut pieces, context)?;
    let answer = read_head(socket, context)?;
    match status_of(&answer) {
        Some(200..=299) => Ok(()),
        // tinyproxy refuses a wrong password with a server's 401.
        Some(status @ (401 | 407)) => Err(refused(&format!(
            "it asks for a user name and password, or refuses the ones it was given ({status})"
        ))),
        Some(status @ 400..=499) => Err(refused(&format!(
            "it refused the connection: {}",
            status_line(&answer, status, &proxy.masker())
        ))),
        Some(status) => Err(failed(&format!(
            "it could not make the connection: {}",
            status_line(&answer, status, &proxy.masker())
        ))),
        None => Err(failed("its answer is not HTTP")),
    }
}

/// A failure that may pass.
fn failed(why: &str) -> TransportFailure {
    TransportFailure::new(Status::Proxy, Phase::Proxy, why)
}

/// A failure that will not: a repeated refusal locks accounts.
fn refused(why: &str) -> TransportFailure {
    TransportFailure {
        may_pass: false,
        ..failed(why)
    }
}

fn send(
    socket: &Socket,
    mut pieces: &mut [IoSlice<'_>],
    context: &CallContext,
) -> Result<(), TransportFailure> {
    while !pieces.is_empty() {
        context.check(Phase::Proxy)?;
        match (&mut &*socket).write_vectored(pieces) {
            Ok(count) => IoSlice::advance_slices(&mut pieces, count),
            Err(error) if is_transient(&error) => context.check_after_wait(Phase::Proxy)?,
            Err(error) => return Err(failed(&message_of(&error))),
        }
    }
    Ok(())
}

fn read_head(socket: &Socket, context: &CallContext) -> Result<Vec<u8>, TransportFailure> {
    let mut head = Vec::new();
    let mut part = [0; 2048];
    loop {
        context.check(Phase::Proxy)?;
        match (&mut &*socket).read(&mut part) {
            Ok(0) => return Err(failed("it closed the connection without an answer")),
            Ok(count) => head.extend_from_slice(&part[..count]),
            Err(error) if is_transient(&error) => context.check_after_wait(Phase::Proxy)?,
            Err(error) => return Err(failed(&message_of(&error))),
        }
        // A server of another protocol may greet and then wait: it is refused by its first bytes.
        let begins_as_http = head.iter().zip(b"HTTP/1.").all(|(is, should)| is == should);
        if !begins_as_http {
            return Err(failed("its answer is not HTTP"));
        }
        if let Some(length) = length_of_head(&head) {
            let is_tunnel = matches!(status_of(&head), Some(200..=299));
            if is_tunnel && head.len() > length {
                // A TLS server never speaks first.
                return Err(failed("it sent data that no server can have sent"));
            }
            return Ok(head);
        }
        if head.len() > LONGEST_HEAD {
            return Err(failed("its answer has no end"));
        }
    }
}

/// How long the head is, its empty line included, if it is complete. Old proxies end lines with a line
/// feed alone.
fn length_of_head(bytes: &[u8]) -> Option<usize> {
    let mut length = 0;
    bytes
        .split_inclusive(|byte| *byte == b'\n')
        .find_map(|line| {
            length += line.len();
            matches!(line, b"\n" | b"\r\n").then_some(length)
        })
}

/// The status of `HTTP/1.x NNN …`.
fn status_of(head: &[u8]) -> Option<u16> {
    let rest = head
        .strip_prefix(b"HTTP/1.0 ")
        .or_else(|| head.strip_prefix(b"HTTP/1.1 "))?;
    let digits = std::str::from_utf8(rest.get(..3)?).ok()?;
    digits.parse().ok()
}

/// The reason that the proxy gives, for people.
fn status_line(head: &[u8], status: u16, masker: &Masker) -> String {
    let line = head
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .next()
        .unwrap_or_default();
    let text = String::from_utf8_lossy(line);
    let reason = text.get(12..).unwrap_or_default().trim();
    let reason = masker.field(reason, 80);
    if reason.is_empty() {
        status.to_string()
    } else {
        format!("{status} {reason}")
    }
}
