//! What has come over a connection and was not taken yet, and where in it the final response begins.

use std::ops::Range;

use zeroize::{Zeroize, Zeroizing};

use super::unread_headers::{Head, InterimHead};
use crate::secret::Secret;

/// Where a status begins in a response: after "HTTP/1.1 ".
const STATUS_DIGIT: usize = 9;

/// Whether a response's start is there that is no interim one (1xx): those ask for more of the
/// request, not for an end.
pub(super) fn has_final_response(bytes: &[u8]) -> bool {
    bytes[length_of_interim_heads(bytes)..]
        .get(STATUS_DIGIT)
        .is_some_and(|digit| *digit != b'1')
}

/// How long the interim heads (1xx) are that come first, as far as they are complete.
fn length_of_interim_heads(bytes: &[u8]) -> usize {
    let mut length = 0;
    while bytes[length..].get(STATUS_DIGIT) == Some(&b'1')
        && let Some(head) = length_of_head(&bytes[length..])
    {
        length += head;
    }
    length
}

/// How long a head is, its empty line included, if it is complete.
fn length_of_head(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map(|start| start + 4)
}

/// What has come and has not been taken. It may hold what IAM or a metadata service gave, and leaves
/// no copy behind.
#[derive(Debug, Default)]
pub(super) struct Input {
    buffer: Zeroizing<Vec<u8>>,
    taken: usize,
    filled: usize,
}

impl Input {
    /// How much more is read at a time.
    const STEP: usize = 16 * 1024;

    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.taken..self.filled]
    }

    pub(super) fn take(&mut self, count: usize) {
        self.taken += count.min(self.filled - self.taken);
        if self.taken == self.filled {
            self.taken = 0;
            self.filled = 0;
        }
    }

    /// Room for more, of at least half a step.
    pub(super) fn space(&mut self) -> &mut [u8] {
        if self.buffer.len() - self.filled < Self::STEP / 2 {
            self.buffer.copy_within(self.taken..self.filled, 0);
            self.filled -= self.taken;
            self.taken = 0;
            if self.buffer.len() - self.filled < Self::STEP / 2 {
                let mut larger = Zeroizing::new(vec![0; self.filled + Self::STEP]);
                larger[..self.filled].copy_from_slice(&self.buffer[..self.filled]);
                self.buffer = larger;
            }
        }
        &mut self.buffer[self.filled..]
    }

    /// Where the final response's head is, its empty line included, if it is complete.
    pub(super) fn final_head(&self) -> Option<Range<usize>> {
        let before = length_of_interim_heads(self.bytes());
        let length = length_of_head(&self.bytes()[before..])?;
        let start = self.taken + before;
        Some(start..start + length)
    }

    /// Cuts a header's line out of the head and wipes what is left of it.
    pub(super) fn cut_header(&mut self, head: Range<usize>, name: &[u8]) -> Option<Secret> {
        let mut start = head.start;
        let line = self.buffer[head]
            .split_inclusive(|byte| *byte == b'\n')
            .find(|line| {
                let is_it = line.len() > name.len()
                    && line[..name.len()].eq_ignore_ascii_case(name)
                    && line[name.len()] == b':';
                if !is_it {
                    start += line.len();
                }
                is_it
            })?;
        let secret = Secret::new(std::str::from_utf8(&line[name.len() + 1..]).ok()?.trim());
        let after = start + line.len();
        self.buffer.copy_within(after..self.filled, start);
        self.filled -= after - start;
        self.buffer[self.filled..].zeroize();
        Some(secret)
    }

    /// Takes out of the heads that have come what the HTTP client need not see. Gives the request's id,
    /// if it was in a final response's.
    pub(super) fn thin_out_head(&mut self) -> Option<String> {
        self.thin_out_interim_heads();
        let head = Head::find(self.bytes())?;
        let request_id = head.request_id.clone().map(|value| {
            let value = &self.bytes()[value];
            // Nearly all are text, which is seen more quickly as a whole.
            str::from_utf8(value).map_or_else(
                |_| String::from_utf8_lossy(value).into_owned(),
                str::to_owned,
            )
        });
        let mut end = self.taken + head.headers;
        for line in head.left() {
            let line = self.taken + line.start..self.taken + line.end;
            let length = line.len();
            self.buffer.copy_within(line, end);
            end += length;
        }
        let rest = self.taken + head.empty_line..self.filled;
        let length = rest.len();
        self.buffer.copy_within(rest, end);
        self.filled = end + length;
        request_id
    }

    /// Takes the headers out of interim responses that the HTTP client would refuse for them.
    fn thin_out_interim_heads(&mut self) {
        let mut start = self.taken;
        while self.buffer[start..self.filled].get(STATUS_DIGIT) == Some(&b'1')
            && let Some(head) = InterimHead::find(&self.buffer[start..self.filled])
        {
            let end = start + head.headers.end;
            self.buffer
                .copy_within(end..self.filled, start + head.headers.start);
            self.filled -= head.headers.len();
            start += head.length - head.headers.len();
        }
    }

    pub(super) fn add(&mut self, count: usize) {
        self.filled += count;
    }

    /// Gives back the room that one large response needed.
    pub(super) fn shrink(&mut self) {
        if self.buffer.len() > Self::STEP {
            *self = Input::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::has_final_response;

    #[test]
    fn a_final_response_is_found_behind_interim_ones() {
        let interim = b"HTTP/1.1 102 Processing\r\n\r\n".as_slice();
        let refusal = b"HTTP/1.1 431 Too Large\r\n".as_slice();
        assert!(has_final_response(refusal));
        assert!(has_final_response(&[interim, interim, refusal].concat()));
        for more_to_come in [b"HTTP/1.1 ".as_slice(), interim, &interim[..25]] {
            assert!(!has_final_response(more_to_come));
            assert!(!has_final_response(&[interim, more_to_come].concat()));
        }
    }
}
