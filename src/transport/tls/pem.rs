//! PEM: labelled blocks of base64, in files as people make, join and comment them.
//!
//! Whatever OpenSSL reads in a file is read; so are blocks that are joined without a line end,
//! indented, or behind a byte order mark. What looks like a block and cannot be read is never
//! passed over: it is a fault, with its line.

use std::io::BufRead;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// As OpenSSL, which does not look at the bits behind the last byte.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// A block as it stands in its file.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub(super) label: &'a str,
    /// The line that it begins on.
    pub(super) line: usize,
    body: &'a [u8],
}

/// What looks like a block and is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BrokenBlock {
    pub(super) line: usize,
    pub(super) why: &'static str,
}

impl Block<'_> {
    /// Whether these words stand in the block.
    pub(super) fn has(&self, words: &[u8]) -> bool {
        find(self.body, words).is_some()
    }

    /// The block without what stands around it, and without headers.
    pub(super) fn without_headers(&self) -> Vec<u8> {
        let body = body_behind_headers(self.body).unwrap_or_default();
        let body = body.trim_ascii();
        let mut alone = Vec::with_capacity(body.len() + 2 * self.label.len() + 40);
        for piece in [
            BEGIN,
            self.label.as_bytes(),
            DASHES,
            b"\n",
            body,
            b"\n",
            END,
            self.label.as_bytes(),
            DASHES,
            b"\n",
        ] {
            alone.extend_from_slice(piece);
        }
        alone
    }

    /// The bytes that the block stands for, which must be no secret: they are not wiped.
    pub(super) fn decode(&self) -> Result<Vec<u8>, BrokenBlock> {
        let broken = |why| BrokenBlock {
            line: self.line,
            why,
        };
        let body = body_behind_headers(self.body).ok_or(broken(
            "begins a block whose headers do not end with an empty line",
        ))?;
        let mut base64 = Vec::with_capacity(body.len());
        let mut start = 0;
        for end in positions(b'\n', body).chain([body.len()]) {
            base64.extend_from_slice(body[start..end].trim_ascii());
            start = end + 1;
        }
        let decoded = BASE64.decode(&base64).or_else(|_| {
            // Blanks within a line are rare, and looking at each byte for them is slow.
            base64.retain(|byte| !byte.is_ascii_whitespace());
            BASE64.decode(&base64)
        });
        decoded.map_err(|_| broken("begins a block that cannot be decoded (base64)"))
    }
}

/// The body behind the headers that an old form of PEM has (`Name: value`, then an empty line).
fn body_behind_headers(body: &[u8]) -> Option<&[u8]> {
    let body = body.trim_ascii_start();
    let first = body.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    if !first.contains(&b':') {
        return Some(body);
    }
    let mut rest = body;
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let (line, behind) = rest.split_at(end);
        if line.trim_ascii().is_empty() {
            return Some(behind);
        }
        rest = &behind[1..];
    }
}

/// The blocks of a file in their order, and where it is broken.
pub(super) struct Blocks<'a> {
    text: &'a [u8],
    at: usize,
    /// The line that `counted` is on.
    line: usize,
    counted: usize,
}

impl<'a> Blocks<'a> {
    pub(super) fn of(text: &'a [u8]) -> Blocks<'a> {
        Blocks {
            text,
            at: 0,
            line: 1,
            counted: 0,
        }
    }

    /// The number of the line that a place is on. The places must rise.
    fn line_of(&mut self, place: usize) -> usize {
        let between = &self.text[self.counted..place];
        // LF, or a CR that no LF follows.
        let lone_cr = |at: &usize| self.text.get(self.counted + at + 1) != Some(&b'\n');
        self.line += positions(b'\n', between).count();
        self.line += positions(b'\r', between).filter(lone_cr).count();
        self.counted = place;
        self.line
    }

    fn broken(&mut self, place: usize, why: &'static str) -> BrokenBlock {
        BrokenBlock {
            line: self.line_of(place),
            why,
        }
    }

    /// A block whose first line, up to `line_end`, begins with the mark at `begin`.
    fn block(&mut self, begin: usize, line_end: usize) -> Result<Block<'a>, BrokenBlock> {
        let text = self.text;
        let label_start = begin + BEGIN.len();
        let label = find(&text[label_start..line_end], DASHES)
            .and_then(|length| std::str::from_utf8(&text[label_start..label_start + length]).ok());
        let Some(label) = label else {
            self.at = line_end;
            return Err(self.broken(begin, "begins a block without the dashes behind its label"));
        };
        let body_start = label_start + label.len() + DASHES.len();
        let Some(length) = find(&text[body_start..], DASHES) else {
            self.at = text.len();
            return Err(self.broken(begin, "begins a block that has no end"));
        };
        let end = body_start + length;
        let own_end = [END, label.as_bytes(), DASHES].concat();
        if !text[end..].starts_with(&own_end) {
            // Another block may begin there.
            self.at = if text[end..].starts_with(BEGIN) {
                end
            } else {
                end_of_line(text, end)
            };
            return Err(self.broken(begin, "begins a block that has no end of its own"));
        }
        self.at = end + own_end.len();
        Ok(Block {
            label,
            line: self.line_of(begin),
            body: &text[body_start..end],
        })
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Result<Block<'a>, BrokenBlock>;

    fn next(&mut self) -> Option<Result<Block<'a>, BrokenBlock>> {
        while self.at < self.text.len() {
            let start = self.at;
            let line_end = end_of_line(self.text, start);
            let line = &self.text[start..line_end];
            let words = without_blanks(line);
            let first = line_end - words.len();
            if words.starts_with(BEGIN) {
                return Some(self.block(first, line_end));
            }
            self.at = line_end + 1;
            if is_comment(words) {
                continue;
            }
            if find(words, BEGIN).is_some() {
                let why = "has text before the beginning of a block";
                return Some(Err(self.broken(first, why)));
            }
            if is_nearly_a_mark(words) {
                let why = "looks like the beginning or the end of a block, and is none";
                return Some(Err(self.broken(first, why)));
            }
        }
        None
    }
}

/// Refuses encodings that PEM is not read in: DER and UTF-16.
pub(super) fn check_encoding(bytes: &[u8]) -> Result<(), &'static str> {
    if bytes.starts_with(b"\x30") && bytes.get(1).is_some_and(|length| *length >= 0x80) {
        return Err("is binary (DER or PKCS#12) and not PEM: convert it with openssl");
    }
    let is_marked = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    // Text of one script has a zero in every other byte; a stray one behind the text is harmless.
    let zeros = positions(0, bytes).count();
    if is_marked || zeros > bytes.len() / 4 {
        return Err("is UTF-16: save it as UTF-8");
    }
    Ok(())
}

fn end_of_line(text: &[u8], start: usize) -> usize {
    let lf = position(b'\n', &text[start..]).map_or(text.len(), |length| start + length);
    position(b'\r', &text[start..lf]).map_or(lf, |length| start + length)
}

/// What is left of a line behind blanks and byte order marks: joined files have them in the middle.
fn without_blanks(line: &[u8]) -> &[u8] {
    let mut rest = line.trim_ascii_start();
    while let Some(behind) = rest.strip_prefix(BYTE_ORDER_MARK) {
        rest = behind.trim_ascii_start();
    }
    rest
}

/// Whether a line is commented out: a certificate behind such a sign is not meant to be read.
fn is_comment(words: &[u8]) -> bool {
    [&b"#"[..], b";", b"//"]
        .iter()
        .any(|sign| words.starts_with(sign))
}

/// A line with too few dashes, with typographic ones, in lower case, or an end without beginning.
fn is_nearly_a_mark(words: &[u8]) -> bool {
    let words = words.trim_ascii_end();
    let typographic = [&b"\xe2\x80"[..], b"\xe2\x88\x92", b"\xef\xbc\x8d"];
    let begins = words.starts_with(b"-") || typographic.iter().any(|dash| words.starts_with(dash));
    let upper = words.to_ascii_uppercase();
    let has = |word: &[u8]| find(&upper, word).is_some();
    (begins || words.ends_with(b"---"))
        && (has(b"BEGIN") || has(b"END"))
        && (has(b"CERTIFICATE") || has(b"PRIVATE KEY") || has(b"PKCS"))
}

/// Where a byte is first. A bundle of the system's has 200 KB: std looks for a byte as quickly as the C
/// library, but only as a reader does.
fn position(byte: u8, text: &[u8]) -> Option<usize> {
    let mut rest = text;
    // Reading from memory never fails.
    let length = rest.skip_until(byte).unwrap_or_default();
    text[..length].ends_with(&[byte]).then(|| length - 1)
}

/// Wherever a byte is.
fn positions(byte: u8, text: &[u8]) -> impl Iterator<Item = usize> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + position(byte, &text[from..])?;
        from = at + 1;
        Some(at)
    })
}

/// Where the first `wanted` begins.
pub(super) fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    while let Some(step) = position(first, &text[from..]) {
        if text[from + step..].starts_with(wanted) {
            return Some(from + step);
        }
        from += step + 1;
    }
    None
}

#[cfg(test)]
mod tests;
