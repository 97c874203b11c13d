//! Takes out of a response's head what the HTTP client need not see. It makes a map of all headers that it is
//! given, and a gateway sends many, for browsers: that cost a fifth of a push.
//!
//! Nothing is judged here. The parser is the HTTP client's own; a head that it does not take whole, or
//! that is beyond a limit, is left as it came, for the HTTP client to say what is wrong with it.

use std::mem::MaybeUninit;
use std::ops::Range;

use httparse::{Header, ParserConfig, Response, Status};

use crate::limits;

/// What becomes of a header that somebody reads. All others are taken out.
enum Reading {
    /// The HTTP client or `response.rs` reads it of every response.
    Always,
    /// They do, but not of a 204: that has no body, and asks for nothing.
    WhereThereIsABody,
    /// They do, but it may say what is the default.
    Connection,
    /// It is read here: it alone would be left of most responses.
    RequestId,
}

const READ: [(&str, Reading); 9] = [
    ("connection", Reading::Connection),
    ("content-encoding", Reading::WhereThereIsABody),
    ("content-length", Reading::Always),
    ("content-type", Reading::WhereThereIsABody),
    ("date", Reading::WhereThereIsABody),
    ("location", Reading::WhereThereIsABody),
    ("retry-after", Reading::WhereThereIsABody),
    ("transfer-encoding", Reading::Always),
    ("x-request-id", Reading::RequestId),
];

/// The lengths of those names, a bit for each: most headers of a gateway have another.
const LENGTHS: u32 = {
    let mut lengths = 0;
    let mut index = 0;
    while index < READ.len() {
        lengths |= 1 << READ[index].0.len();
        index += 1;
    }
    lengths
};

/// What becomes of the header of this name, if somebody reads it.
fn reading(name: &str) -> Option<&'static Reading> {
    let bit = u32::try_from(name.len())
        .ok()
        .and_then(|it| 1_u32.checked_shl(it));
    if LENGTHS & bit? == 0 {
        return None;
    }
    let read = READ
        .iter()
        .find(|(known, _)| name.eq_ignore_ascii_case(known));
    read.map(|(_, reading)| reading)
}

/// So many lines are left in a head at most. One that has more is left as it came.
const MOST_LEFT: usize = READ.len();

/// A final response's head that is complete and well-formed.
pub(super) struct Head {
    /// Where the first header begins.
    pub(super) headers: usize,
    /// The lines to leave.
    left: [Range<usize>; MOST_LEFT],
    left_count: usize,
    /// Where the empty line begins that ends the head.
    pub(super) empty_line: usize,
    /// The value of the first X-Request-Id.
    pub(super) request_id: Option<Range<usize>>,
}

impl Head {
    /// Finds the head at the beginning of what has come, if it has any header to take out.
    pub(super) fn find(input: &[u8]) -> Option<Head> {
        let mut headers = [const { MaybeUninit::uninit() }; limits::ANSWER_HEADERS];
        let mut response = Response::new(&mut []);
        let length = parse(input, &mut response, &mut headers)?;
        let code = response.code.filter(|code| *code >= 200)?;
        if !input[..length].ends_with(b"\r\n\r\n") || length > limits::ANSWER_HEAD_BYTES {
            return None;
        }
        let position = |part: &[u8]| part.as_ptr().addr() - input.as_ptr().addr();
        let begins = |header: &Header<'_>| position(header.name.as_bytes());
        let empty_line = length - 2;
        let mut head = Head {
            headers: begins(response.headers.first()?),
            left: [const { 0..0 }; MOST_LEFT],
            left_count: 0,
            empty_line,
            request_id: None,
        };
        let mut lines = response.headers.iter().peekable();
        while let Some(header) = lines.next() {
            let is_left = match reading(header.name) {
                None => false,
                Some(Reading::Always) => true,
                Some(Reading::WhereThereIsABody) => code != 204,
                // That it is kept is the default of HTTP/1.1.
                Some(Reading::Connection) => {
                    response.version != Some(1) || !header.value.eq_ignore_ascii_case(b"keep-alive")
                }
                Some(Reading::RequestId) => {
                    let start = position(header.value);
                    head.request_id
                        .get_or_insert(start..start + header.value.len());
                    false
                }
            };
            if is_left {
                let end = lines.peek().map_or(empty_line, |next| begins(next));
                *head.left.get_mut(head.left_count)? = begins(header)..end;
                head.left_count += 1;
            }
        }
        (head.left_count < response.headers.len()).then_some(head)
    }

    /// The lines to leave, in their order.
    pub(super) fn left(&self) -> &[Range<usize>] {
        &self.left[..self.left_count]
    }
}

/// An interim response's head (1xx) that is complete and well-formed.
pub(super) struct InterimHead {
    pub(super) length: usize,
    /// The headers to take out.
    pub(super) headers: Range<usize>,
}

impl InterimHead {
    /// Finds the head at the beginning of what has come. A 100 may have any headers, as gateways send it; the
    /// HTTP client refuses one that has.
    pub(super) fn find(input: &[u8]) -> Option<InterimHead> {
        let mut headers = [const { MaybeUninit::uninit() }; limits::ANSWER_HEADERS];
        let mut response = Response::new(&mut []);
        let length = parse(input, &mut response, &mut headers)?;
        let code = response
            .code
            .filter(|code| matches!(code, 100 | 102..=199))?;
        if length > limits::ANSWER_HEAD_BYTES {
            return None;
        }
        let headers = match response.headers.first() {
            Some(first) if code == 100 => {
                let empty_line = if input[..length].ends_with(b"\r\n") {
                    length - 2
                } else {
                    length - 1
                };
                first.name.as_ptr().addr() - input.as_ptr().addr()..empty_line
            }
            _ => 0..0,
        };
        Some(InterimHead { length, headers })
    }
}

/// Parses a head as the HTTP client does. Gives its length if it is complete and well-formed.
fn parse<'h, 'b>(
    input: &'b [u8],
    response: &mut Response<'h, 'b>,
    headers: &'h mut [MaybeUninit<Header<'b>>],
) -> Option<usize> {
    let parsed =
        ParserConfig::default().parse_response_with_uninit_headers(response, input, headers);
    match parsed {
        Ok(Status::Complete(length)) => Some(length),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
