use std::io::Cursor;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use ureq_proto::client::{Call, RecvBodyResult, RecvResponseResult, SendRequestResult, state};

use super::*;
use crate::call_context::CallContext;
use crate::cancel::Cancel;
use crate::transport::exchange::Exchange;
use crate::transport::input::Input;
use crate::transport::request::{Method, Request};
use crate::transport::response::read_response;

/// What the gateway sends beside what is read.
const OF_THE_GATEWAY: [&str; 6] = [
    "Strict-Transport-Security: max-age=31536000; includeSubdomains;",
    "X-Frame-Options: SAMEORIGIN",
    "X-Content-Type-Options: nosniff",
    "X-Download-Options: noopen",
    "X-XSS-Protection: 1; mode=block;",
    "Server: api-gateway",
];

/// What somebody reads.
const READ: [&str; 9] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "location",
    "retry-after",
    "transfer-encoding",
    "x-request-id",
];

/// Every byte that a header's name may have.
const NAME_BYTES: &[u8] =
    b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A response without what is taken out of its head, and the request's id if that was.
fn thinned(bytes: &[u8]) -> (Vec<u8>, Option<String>) {
    let mut input = Input::default();
    let mut more = bytes;
    while !more.is_empty() {
        let space = input.space();
        let count = more.len().min(space.len());
        space[..count].copy_from_slice(&more[..count]);
        input.add(count);
        more = &more[count..];
    }
    let request_id = input.thin_out_head();
    (input.bytes().to_owned(), request_id)
}

fn awaiting_response() -> Call<state::RecvResponse> {
    let request = http::Request::get("http://127.0.0.1/").body(()).unwrap();
    let mut call = Call::new(request).unwrap().proceed();
    call.write(&mut [0; 200]).unwrap();
    match call.proceed().unwrap() {
        Some(SendRequestResult::RecvResponse(call)) => call,
        _ => panic!("the request has a body"),
    }
}

/// What the HTTP client and certpush make of a response, as far as anybody is told; `None` while
/// more is needed.
fn verdict(bytes: &[u8], request_id: Option<String>) -> Option<String> {
    let mut call = awaiting_response();
    let (length, response) = match call.try_response(bytes, false) {
        Ok((0, None)) if bytes.len() <= limits::ANSWER_HEAD_BYTES => return None,
        Ok((0, None)) => return Some("larger than the limit".to_owned()),
        Ok((length, _)) if length > limits::ANSWER_HEAD_BYTES => {
            return Some("larger than the limit".to_owned());
        }
        // The HTTP client's own fault, which taking the headers out mends.
        Ok((_, None)) | Err(ureq_proto::Error::HeadersWith100) => {
            return Some("an interim response".to_owned());
        }
        Ok((length, Some(response))) => (length, response),
        Err(error) => return Some(format!("refused: {error:?}")),
    };
    let body = &bytes[length..];
    let connection = match call.proceed().unwrap() {
        RecvResponseResult::RecvBody(mut call) => {
            let mut read = Vec::new();
            let mut left = body;
            let failed = loop {
                let mut part = [0; 64];
                match call.read(left, &mut part) {
                    Ok((0, 0)) => break None,
                    Ok((taken, count)) => {
                        read.extend_from_slice(&part[..count]);
                        left = &left[taken..];
                    }
                    Err(error) => break Some(error),
                }
            };
            let mode = call.body_mode();
            let closes = match call.proceed() {
                Some(RecvBodyResult::Redirect(call)) => call.close_reason(),
                Some(RecvBodyResult::Cleanup(call)) => call.close_reason(),
                None => Some("more is needed"),
            };
            format!("{mode:?} {read:?} {left:?} {failed:?} {closes:?}")
        }
        RecvResponseResult::Redirect(call) => format!("{:?}", call.close_reason()),
        RecvResponseResult::Cleanup(call) => format!("{:?}", call.close_reason()),
    };
    let context = CallContext::start(Duration::from_secs(30), None, Cancel::new(), None);
    let exchange = Exchange::new(
        Rc::new(context),
        &Request::new(Method::Get, "/"),
        &Arc::from([]),
        false,
    );
    exchange.keep_request_id(request_id);
    let response = response.map(|()| Cursor::new(body));
    let told = read_response(response, &exchange, false).map_err(|failure| failure.message);
    Some(format!("{told:?} {connection} {body:?}"))
}

fn random_name(random: &mut Rng) -> String {
    let read = READ[random.usize(..READ.len())];
    match random.u8(..8) {
        0..=2 => read.to_owned(),
        3 => read
            .chars()
            .map(|letter| {
                if random.bool() {
                    letter.to_ascii_uppercase()
                } else {
                    letter
                }
            })
            .collect(),
        // Nearly one that is read.
        4 => format!("{read}{}", random.alphanumeric()),
        5 => read[..read.len() - 1].to_owned(),
        _ => (0..random.usize(1..20))
            .map(|_| char::from(NAME_BYTES[random.usize(..NAME_BYTES.len())]))
            .collect(),
    }
}

fn random_line(random: &mut Rng) -> Vec<u8> {
    if random.u8(..3) == 0 {
        return OF_THE_GATEWAY[random.usize(..OF_THE_GATEWAY.len())].into();
    }
    let values = [
        "close",
        "keep-alive",
        "Close, x",
        "0",
        "3",
        "chunked",
        "gzip, chunked",
        "identity",
        "",
        "  \t",
        "Wed, 21 Oct 2026 07:28:00 GMT",
        "https://host/x?y",
        "text/html; charset=utf-16",
        "6d4ab4",
    ];
    let mut value = values[random.usize(..values.len())].as_bytes().to_owned();
    if random.u8(..4) == 0 {
        let byte = [b'\t', b' ', b'~', 0x80, 0xff][random.usize(..5)];
        value.insert(random.usize(..=value.len()), byte);
    }
    let before = ["", " ", "  ", "\t"][random.usize(..4)];
    [
        random_name(random).as_bytes(),
        b":",
        before.as_bytes(),
        &value,
    ]
    .concat()
}

fn random_head(random: &mut Rng) -> Vec<u8> {
    let codes = [
        100, 101, 103, 199, 200, 201, 204, 302, 304, 400, 404, 408, 429, 500, 503, 999, 99,
    ];
    let version = if random.u8(..8) == 0 { 0 } else { 1 };
    let code = codes[random.usize(..codes.len())];
    let reason = ["", " ", " No Content", " \u{63a8}"][random.usize(..4)];
    let mut head = format!("HTTP/1.{version} {code:03}{reason}\r\n").into_bytes();
    let lines = match random.u8(..16) {
        0 => random.usize(95..135),
        1 => 0,
        _ => random.usize(..14),
    };
    for _ in 0..lines {
        head.extend(random_line(random));
        head.extend(if random.u8(..32) == 0 {
            b"\n".as_slice()
        } else {
            b"\r\n"
        });
    }
    if random.u8(..64) == 0 {
        // Up to, or beyond, the limit of a head.
        head.extend(format!("{}:", random_name(random)).bytes());
        let length = limits::ANSWER_HEAD_BYTES - random.usize(..40) + 20;
        head.resize(length.max(head.len()), b'x');
        head.extend(b"\r\n");
    }
    head.extend(if random.u8(..32) == 0 {
        b"\n".as_slice()
    } else {
        b"\r\n"
    });
    head
}

/// Changes a byte or two, as a broken server would.
fn break_it(bytes: &mut Vec<u8>, random: &mut Rng) {
    for _ in 0..random.usize(1..3) {
        let wrong = [
            0,
            b'\r',
            b'\n',
            b' ',
            b'\t',
            b':',
            b'(',
            0x7f,
            0xc3,
            random.u8(..),
        ];
        let at = random.usize(..bytes.len());
        let wrong = wrong[random.usize(..wrong.len())];
        match random.u8(..3) {
            0 => bytes[at] = wrong,
            1 => bytes.insert(at, wrong),
            _ => drop(bytes.remove(at)),
        }
    }
}

#[test]
fn what_is_told_of_a_head_is_the_same_with_and_without_the_headers_that_nobody_reads() {
    let seed =
        std::env::var("HEADS_SEED").map_or_else(|_| fastrand::u64(..), |it| it.parse().unwrap());
    println!("HEADS_SEED={seed}");
    let mut random = Rng::with_seed(seed);
    let (mut were_thinned, mut were_refused, mut were_read) = (0, 0, 0);
    for number in 0..40_000 {
        let mut bytes = random_head(&mut random);
        if random.u8(..3) == 0 {
            break_it(&mut bytes, &mut random);
        }
        match random.u8(..8) {
            0 => bytes.truncate(random.usize(..bytes.len())),
            1 => bytes.extend(random_head(&mut random)),
            2 => bytes.extend((0..random.usize(..300)).map(|_| random.u8(..))),
            _ => {}
        }
        let (less, request_id) = thinned(&bytes);
        let told = verdict(&bytes, None);
        assert_eq!(
            verdict(&less, request_id),
            told,
            "HEADS_SEED={seed}, head {number}: {:?}",
            String::from_utf8_lossy(&bytes)
        );
        were_thinned += usize::from(less != bytes);
        match told {
            Some(told) if told.starts_with("Ok") => were_read += 1,
            Some(_) => were_refused += 1,
            None => {}
        }
    }
    assert!(were_thinned > 8_000, "{were_thinned} were thinned out");
    assert!(were_read > 8_000, "{were_read} were read");
    assert!(were_refused > 8_000, "{were_refused} were refused");
}

#[test]
fn of_a_gateways_answer_only_what_is_read_is_left() {
    let unread = OF_THE_GATEWAY.join("\r\n");
    let headers = |connection| {
        format!("{unread}\r\nX-Request-Id: 1\r\nConnection: {connection}\r\nDate: today\r\n\r\n")
    };
    let id = Some("1".to_owned());
    for (answer, left) in [
        (
            format!("HTTP/1.1 204 No Content\r\n{}", headers("keep-alive")),
            "HTTP/1.1 204 No Content\r\n\r\n",
        ),
        (
            format!("HTTP/1.1 204 No Content\r\n{}z", headers("Close")),
            "HTTP/1.1 204 No Content\r\nConnection: Close\r\n\r\nz",
        ),
        (
            format!(
                "HTTP/1.0 404 Not Found\r\nContent-Length: 1\r\n{}z",
                headers("keep-alive")
            ),
            "HTTP/1.0 404 Not Found\r\nContent-Length: 1\r\nConnection: keep-alive\r\nDate: today\r\n\r\nz",
        ),
    ] {
        assert_eq!(thinned(answer.as_bytes()), (left.into(), id.clone()));
    }
}

#[test]
fn a_head_that_is_not_whole_or_breaks_a_rule_is_left_as_it_came() {
    let headers = |count| "A: b\r\n".repeat(count);
    let long = "x".repeat(limits::ANSWER_HEAD_BYTES);
    for answer in [
        "HTTP/1.1 204 No Content\r\nA: b\r\n".to_owned(),
        "HTTP/1.1 204 No Content\r\nA: b\r\nC\r\n\r\n".to_owned(),
        "HTTP/1.1 204 No Content\r\nA: b\r\n C: d\r\n\r\n".to_owned(),
        "HTTP/1.1 204 No Content\r\nA : b\r\n\r\n".to_owned(),
        "HTTP/1.1 204 No Content\r\nA: b\0\r\n\r\n".to_owned(),
        "HTTP/1.1 204 No Content\r\nA: b\n\n".to_owned(),
        "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n".to_owned(),
        format!("HTTP/1.1 204 No Content\r\n{}\r\n", headers(101)),
        format!("HTTP/1.1 204 No Content\r\nA: {long}\r\n\r\n"),
        format!(
            "HTTP/1.1 204 No Content\r\nA: b\r\n{}\r\n",
            "Connection: close\r\n".repeat(MOST_LEFT + 1)
        ),
    ] {
        assert_eq!(thinned(answer.as_bytes()), (answer.into(), None));
    }
    let most = format!("HTTP/1.1 204 No Content\r\n{}\r\n", headers(100));
    let none = (b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(), None);
    assert_eq!(thinned(most.as_bytes()), none);
}
