//! A text in several views, each with a way of writing undone: percents, a form's plus signs,
//! backslashes, HTML's entities, up to two of them one in the other. Blanks and control characters
//! count in none.

use std::ops::Range;

use zeroize::Zeroizing;

use crate::secret::is_blank;

/// How many ways of writing are undone one after the other.
const DEPTH: usize = 2;

/// A text with some ways of writing undone, and where each of its bytes was in the text.
pub(super) enum View<'a> {
    /// The text as it is, in ASCII: each byte is where it was.
    Plain(&'a [u8]),
    Mapped(Mapped),
}

#[derive(Default)]
pub(super) struct Mapped {
    bytes: Zeroizing<Vec<u8>>,
    /// The start and the end of what a byte was written as.
    at: Vec<(usize, usize)>,
}

impl Mapped {
    fn with_room(room: usize) -> Mapped {
        Mapped {
            // No growth, which would leave a copy behind.
            bytes: Zeroizing::new(Vec::with_capacity(room)),
            at: Vec::with_capacity(room),
        }
    }

    fn push(&mut self, bytes: &[u8], at: (usize, usize)) {
        for byte in bytes {
            self.bytes.push(*byte);
            self.at.push(at);
        }
    }
}

impl View<'_> {
    /// The text as it is.
    fn of(text: &str) -> View<'_> {
        if text.is_ascii() {
            return View::Plain(text.as_bytes());
        }
        let mut view = Mapped::with_room(text.len());
        let mut utf8 = [0; 4];
        for (start, character) in text.char_indices() {
            let bytes = character.encode_utf8(&mut utf8).as_bytes();
            view.push(bytes, (start, start + bytes.len()));
        }
        View::Mapped(view)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            View::Plain(bytes) => bytes,
            View::Mapped(view) => &view.bytes,
        }
    }

    /// Where in the text the bytes from `start` to `end` were.
    pub(super) fn range(&self, start: usize, end: usize) -> Range<usize> {
        match self {
            View::Plain(_) => start..end,
            View::Mapped(view) => view.at[start].0..view.at[end - 1].1,
        }
    }

    /// The view with a way of writing undone, if anything in it is written so.
    fn undone(&self, way: Way) -> Option<View<'static>> {
        let bytes = self.bytes();
        let mut view = Mapped::default();
        let mut at = 0;
        while at < bytes.len() {
            let written = way(&bytes[at..]);
            if written.is_some() && view.bytes.capacity() == 0 {
                view = Mapped::with_room(bytes.len());
                for index in 0..at {
                    let range = self.range(index, index + 1);
                    view.push(&bytes[index..=index], (range.start, range.end));
                }
            }
            let length = written.as_ref().map_or(1, |written| written.length);
            if view.bytes.capacity() > 0 {
                let range = self.range(at, at + length);
                let bytes = written
                    .as_ref()
                    .map_or(&bytes[at..=at], |written| written.bytes());
                view.push(bytes, (range.start, range.end));
            }
            at += length;
        }
        (view.bytes.capacity() > 0).then_some(View::Mapped(view))
    }

    /// The view without blanks and control characters.
    fn squeezed(self) -> Self {
        let bytes = self.bytes();
        if !bytes.iter().any(|byte| is_blank(*byte)) {
            return self;
        }
        let mut view = Mapped::with_room(bytes.len());
        for (index, byte) in bytes.iter().enumerate() {
            if !is_blank(*byte) {
                let range = self.range(index, index + 1);
                view.push(&[*byte], (range.start, range.end));
            }
        }
        View::Mapped(view)
    }
}

/// Shows all views of a text to `look`, up to the first for which it gives `None`.
pub(super) fn each_view(text: &str, mut look: impl FnMut(&View<'_>) -> Option<()>) -> Option<()> {
    let plain = View::of(text);
    if !text.bytes().any(is_mark) {
        return look(&plain.squeezed());
    }
    let mut views = vec![plain];
    let mut newest = 0;
    for _ in 0..DEPTH {
        let end = views.len();
        for index in newest..end {
            let undone: Vec<_> = WAYS
                .iter()
                .filter_map(|way| views[index].undone(*way))
                .collect();
            views.extend(undone);
        }
        newest = end;
    }
    views
        .into_iter()
        .try_for_each(|view| look(&view.squeezed()))
}

/// What was written, and the length of how it was written.
struct Written {
    utf8: [u8; 4],
    count: usize,
    length: usize,
}

impl Written {
    fn byte(byte: u8, length: usize) -> Written {
        Written {
            utf8: [byte, 0, 0, 0],
            count: 1,
            length,
        }
    }

    fn character(number: u32, length: usize) -> Option<Written> {
        let mut utf8 = [0; 4];
        let count = char::from_u32(number)?.encode_utf8(&mut utf8).len();
        Some(Written {
            utf8,
            count,
            length,
        })
    }

    fn bytes(&self) -> &[u8] {
        &self.utf8[..self.count]
    }
}

/// Reads what is written in some way at the start of a text, if it is.
type Way = fn(&[u8]) -> Option<Written>;

const WAYS: [Way; 4] = [percent, form, backslash, entity];

/// Whether something that is written in any way may begin with this.
fn is_mark(byte: u8) -> bool {
    matches!(byte, b'%' | b'+' | b'\\' | b'&')
}

/// `%2B`.
fn percent(text: &[u8]) -> Option<Written> {
    match text {
        [b'%', rest @ ..] => Some(Written::byte(u8::try_from(hexadecimal(rest, 2)?).ok()?, 3)),
        _ => None,
    }
}

/// As in a form: a plus sign is a blank.
fn form(text: &[u8]) -> Option<Written> {
    match text {
        [b'+', ..] => Some(Written::byte(b' ', 1)),
        _ => percent(text),
    }
}

/// As in JSON: `\u002b`, `\/`; and `\x2b`.
fn backslash(text: &[u8]) -> Option<Written> {
    let [b'\\', kind, rest @ ..] = text else {
        return None;
    };
    let byte = match kind {
        b'"' | b'\\' | b'/' | b'\'' => *kind,
        b'b' | b'f' | b'n' | b'r' | b't' => b' ',
        b'x' | b'X' => return Some(Written::byte(u8::try_from(hexadecimal(rest, 2)?).ok()?, 4)),
        b'u' | b'U' => {
            let first = hexadecimal(rest, 4)?;
            let second = match rest.get(4..6) {
                Some(br"\u" | br"\U") => hexadecimal(&rest[6..], 4),
                _ => None,
            };
            return match (first, second) {
                (0xd800..=0xdbff, Some(second @ 0xdc00..=0xdfff)) => {
                    let number = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                    Written::character(number, 12)
                }
                _ => Written::character(first, 6),
            };
        }
        _ => return None,
    };
    Some(Written::byte(byte, 2))
}

/// As in HTML: `&amp;`, `&#43;`, `&#x2b;`.
fn entity(text: &[u8]) -> Option<Written> {
    let [b'&', rest @ ..] = text else {
        return None;
    };
    let end = rest.iter().take(10).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(&rest[..end]).ok()?;
    let number = match name.strip_prefix('#') {
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => digits.parse().ok()?,
        },
        None => u32::from(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" => ' ',
            "plus" => '+',
            "sol" => '/',
            "equals" => '=',
            _ => return None,
        }),
    };
    Written::character(number, end + 2)
}

/// The number that so many hexadecimal digits at the start of a text make.
fn hexadecimal(text: &[u8], digits: usize) -> Option<u32> {
    text.get(..digits)?.iter().try_fold(0, |number, digit| {
        Some(number * 16 + char::from(*digit).to_digit(16)?)
    })
}
