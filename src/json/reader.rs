//! JSON that was received, read without recursion and without floating point: a body may come to a
//! thread with a small stack, in a process that traps floating-point faults.
//!
//! Nothing is copied: a [`Document`] is a list of where its values stand in the bytes. What is not
//! quite JSON is no document: nothing may be concluded from a part of an answer.
//!
//! This file is longer than most: the reader fills the lists that the values are read from.

use zeroize::Zeroizing;

use crate::secret::NoMemory;

/// How many values a document may have: an answer has few, and each takes memory.
const MOST_VALUES: usize = 1 << 16;

/// The values of a document, in the order in which they begin.
pub(crate) struct Document<'a> {
    bytes: &'a [u8],
    nodes: Vec<Node>,
    deepest: u32,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    Text,
    Number,
    True,
    False,
    Null,
}

struct Node {
    kind: Kind,
    /// The container it stands in, its own index for the outermost value.
    parent: u32,
    depth: u32,
    /// Its name in an object, without the quotes.
    name: Option<Span>,
    /// A text's inside, or the characters of a number or a word.
    span: Span,
}

#[derive(Clone, Copy)]
struct Span {
    start: u32,
    end: u32,
}

/// One value of a document.
#[derive(Clone, Copy)]
pub(crate) struct Value<'d> {
    document: &'d Document<'d>,
    index: usize,
}

impl<'a> Document<'a> {
    /// Reads JSON as RFC 8259 has it, with or without a byte order mark; `None` if it is none or
    /// has too many values.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Document<'a>> {
        Document::read_or_stop(bytes).ok()
    }

    /// As [`Document::read`]; what is none gives the place near which that shows.
    pub(crate) fn read_or_stop(bytes: &'a [u8]) -> Result<Document<'a>, usize> {
        std::str::from_utf8(bytes).map_err(|error| error.valid_up_to())?;
        u32::try_from(bytes.len()).map_err(|_| 0_usize)?;
        let mut reader = Reader {
            document: Document {
                bytes,
                nodes: Vec::new(),
                deepest: 0,
            },
            at: 0,
        };
        if bytes.starts_with(BYTE_ORDER_MARK) {
            reader.at = BYTE_ORDER_MARK.len();
        }
        let is_read = reader.read_values().is_some();
        reader.skip_blanks();
        if is_read && reader.at == bytes.len() {
            Ok(reader.document)
        } else {
            Err(reader.at)
        }
    }

    /// How many containers stand within each other at the deepest place.
    pub(crate) fn deepest(&self) -> usize {
        self.deepest as usize
    }

    /// The outermost value.
    pub(crate) fn root(&self) -> Value<'_> {
        Value {
            document: self,
            index: 0,
        }
    }

    /// All values, each container before what is in it.
    pub(crate) fn values(&self) -> impl Iterator<Item = Value<'_>> {
        (0..self.nodes.len()).map(|index| Value {
            document: self,
            index,
        })
    }

    fn bytes_of(&self, span: Span) -> &[u8] {
        self.bytes
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }
}

/// The mark that some editors and servers put before UTF-8.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl<'d> Value<'d> {
    fn node(&self) -> &'d Node {
        &self.document.nodes[self.index]
    }

    pub(crate) fn kind(&self) -> Kind {
        self.node().kind
    }

    /// Its place in [`Document::values`].
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// The container it stands in.
    pub(crate) fn parent(&self) -> Option<Value<'d>> {
        let parent = self.node().parent as usize;
        (parent != self.index).then_some(Value {
            document: self.document,
            index: parent,
        })
    }

    /// The name it has in an object.
    pub(crate) fn name(&self) -> Option<Zeroizing<String>> {
        self.node()
            .name
            .map(|span| decoded(self.document.bytes_of(span)))
    }

    /// Where it begins in the document, with its name if it has one.
    pub(crate) fn begins_at(&self) -> usize {
        let node = self.node();
        node.name.unwrap_or(node.span).start as usize
    }

    /// What it says if it is a text, else "". However long it is, being without memory for it is an
    /// error and not the host's end.
    pub(crate) fn try_text(&self) -> Result<Zeroizing<String>, NoMemory> {
        let inside = match self.kind() {
            Kind::Text => self.characters(),
            _ => &[],
        };
        let mut text = Zeroizing::new(String::new());
        text.try_reserve_exact(inside.len()).map_err(|_| NoMemory {
            bytes: inside.len(),
        })?;
        decode_into(&mut text, inside);
        Ok(text)
    }

    /// What it says, if it is a text.
    pub(crate) fn text(&self) -> Option<Zeroizing<String>> {
        (self.kind() == Kind::Text).then(|| decoded(self.characters()))
    }

    /// The characters it has in the document: a text's without the quotes, undecoded.
    pub(crate) fn characters(&self) -> &'d [u8] {
        self.document.bytes_of(self.node().span)
    }

    /// All that stands in it, at whatever depth.
    pub(crate) fn descendants(&self) -> impl Iterator<Item = Value<'d>> + use<'d> {
        let document = self.document;
        let depth = self.node().depth;
        (self.index + 1..document.nodes.len())
            .take_while(move |&other| document.nodes[other].depth > depth)
            .map(move |index| Value { document, index })
    }

    /// What stands directly in it.
    pub(crate) fn children(&self) -> impl Iterator<Item = Value<'d>> + use<'d> {
        let index = self.index;
        self.descendants()
            .filter(move |other| other.node().parent as usize == index)
    }

    /// Whether it is a container with nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        let next = self.document.nodes.get(self.index + 1);
        matches!(self.kind(), Kind::Object | Kind::Array)
            && next.is_none_or(|next| next.depth <= self.node().depth)
    }

    /// The member of this name; the last one if there are several.
    pub(crate) fn get(&self, name: &str) -> Option<Value<'d>> {
        if self.kind() != Kind::Object {
            return None;
        }
        self.children()
            .filter(|member| member.name().is_some_and(|own| *own == name))
            .last()
    }

    /// Whether it is a number that is 0 in any form: `-0.0e9`.
    pub(crate) fn is_zero(&self) -> bool {
        self.kind() == Kind::Number
            && self
                .characters()
                .iter()
                .take_while(|byte| !byte.eq_ignore_ascii_case(&b'e'))
                .all(|byte| !matches!(byte, b'1'..=b'9'))
    }
}

/// What is looked for next.
#[derive(Clone, Copy, PartialEq)]
enum Expected {
    Value,
    ValueOrEnd,
    Name,
    NameOrEnd,
    CommaOrEnd,
}

struct Reader<'a> {
    document: Document<'a>,
    at: usize,
}

impl Reader<'_> {
    /// Reads the outermost value with all that is in it.
    fn read_values(&mut self) -> Option<()> {
        let mut open: Option<usize> = None;
        let mut name = None;
        let mut expected = Expected::Value;
        loop {
            self.skip_blanks();
            let byte = self.peek()?;
            match (expected, byte) {
                (Expected::CommaOrEnd, b',') => {
                    self.at += 1;
                    let in_object = open.map(|open| self.document.nodes[open].kind);
                    expected = if in_object == Some(Kind::Object) {
                        Expected::Name
                    } else {
                        Expected::Value
                    };
                    continue;
                }
                (
                    Expected::ValueOrEnd | Expected::NameOrEnd | Expected::CommaOrEnd,
                    b'}' | b']',
                ) => {
                    let kind = if byte == b'}' {
                        Kind::Object
                    } else {
                        Kind::Array
                    };
                    let closed = open.filter(|&open| self.document.nodes[open].kind == kind)?;
                    self.at += 1;
                    let parent = self.document.nodes[closed].parent as usize;
                    if parent == closed {
                        return Some(());
                    }
                    open = Some(parent);
                    expected = Expected::CommaOrEnd;
                    continue;
                }
                (Expected::CommaOrEnd, _) => return None,
                (Expected::Name | Expected::NameOrEnd, b'"') => {
                    name = Some(self.read_text()?);
                    self.skip_blanks();
                    if self.peek() != Some(b':') {
                        return None;
                    }
                    self.at += 1;
                    expected = Expected::Value;
                    continue;
                }
                (Expected::Name | Expected::NameOrEnd, _) => return None,
                (Expected::Value | Expected::ValueOrEnd, _) => {}
            }
            if self.document.nodes.len() == MOST_VALUES {
                return None;
            }
            let index = self.document.nodes.len();
            let depth = open.map_or(0, |open| self.document.nodes[open].depth + 1);
            let (kind, span) = match byte {
                b'{' | b'[' => {
                    self.at += 1;
                    let kind = if byte == b'{' {
                        Kind::Object
                    } else {
                        Kind::Array
                    };
                    (kind, self.span(self.at, self.at))
                }
                b'"' => (Kind::Text, self.read_text()?),
                _ => self.read_word()?,
            };
            self.document.nodes.push(Node {
                kind,
                parent: open.unwrap_or(index) as u32,
                depth,
                name: name.take(),
                span,
            });
            match kind {
                Kind::Object | Kind::Array => {
                    self.document.deepest = self.document.deepest.max(depth + 1);
                    open = Some(index);
                    expected = if kind == Kind::Object {
                        Expected::NameOrEnd
                    } else {
                        Expected::ValueOrEnd
                    };
                }
                _ if open.is_none() => return Some(()),
                _ => expected = Expected::CommaOrEnd,
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.document.bytes.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// All places are within 32 bits: the length was looked at.
    fn span(&self, start: usize, end: usize) -> Span {
        Span {
            start: start as u32,
            end: end as u32,
        }
    }

    /// Reads a text from its opening quote to behind its closing one, and gives its inside.
    fn read_text(&mut self) -> Option<Span> {
        let start = self.at + 1;
        let mut at = start;
        let bytes = self.document.bytes;
        loop {
            match bytes.get(at)? {
                b'"' => break,
                b'\\' => at += escape_at(&bytes[at..])?.0,
                0..0x20 => return None,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        Some(self.span(start, at))
    }

    /// Reads a number or one of the three words.
    fn read_word(&mut self) -> Option<(Kind, Span)> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        {
            self.at += 1;
        }
        let kind = match &self.document.bytes[start..self.at] {
            b"true" => Kind::True,
            b"false" => Kind::False,
            b"null" => Kind::Null,
            number if is_number(number) => Kind::Number,
            _ => return None,
        };
        Some((kind, self.span(start, self.at)))
    }
}

/// Whether these are the characters of a number: `-0.5e+3`, of whatever size.
fn is_number(word: &[u8]) -> bool {
    let digits = |bytes: &[u8]| {
        bytes
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let rest = word.strip_prefix(b"-").unwrap_or(word);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    let mut rest = &rest[whole..];
    if let Some(after) = rest.strip_prefix(b".") {
        let fraction = digits(after);
        if fraction == 0 {
            return false;
        }
        rest = &after[fraction..];
    }
    if let [b'e' | b'E', after @ ..] = rest {
        let after = match after {
            [b'+' | b'-', after @ ..] => after,
            _ => after,
        };
        let exponent = digits(after);
        if exponent == 0 {
            return false;
        }
        rest = &after[exponent..];
    }
    rest.is_empty()
}

/// The escape that these bytes begin with: its length and its character.
fn escape_at(bytes: &[u8]) -> Option<(usize, char)> {
    let character = match bytes.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape_at(bytes),
        _ => return None,
    };
    Some((2, character))
}

fn unicode_escape_at(bytes: &[u8]) -> Option<(usize, char)> {
    let first = code_unit_at(bytes)?;
    if let Some(character) = char::from_u32(first) {
        return Some((6, character));
    }
    // Half of a pair, whose other half must follow.
    let second = code_unit_at(bytes.get(6..)?)?;
    if first >= 0xdc00 || !(0xdc00..0xe000).contains(&second) {
        return None;
    }
    let number = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    Some((12, char::from_u32(number)?))
}

fn code_unit_at(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |number, digit| {
        Some(number * 16 + char::from(*digit).to_digit(16)?)
    })
}

/// The inside of a text with its escapes undone.
fn decoded(inside: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(inside.len()));
    decode_into(&mut text, inside);
    text
}

/// Appends the inside of a text with its escapes undone. Decoding never lengthens: where there is
/// room for the inside, no copy is left behind by growth.
fn decode_into(text: &mut String, inside: &[u8]) {
    let mut rest = inside;
    while let Some(plain) = rest.iter().position(|byte| *byte == b'\\') {
        text.push_str(std::str::from_utf8(&rest[..plain]).unwrap_or_default());
        let (length, character) = escape_at(&rest[plain..]).unwrap_or((1, '\\'));
        text.push(character);
        rest = &rest[plain + length..];
    }
    text.push_str(std::str::from_utf8(rest).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document as serde_json's own value; recursive, for tests only.
    fn as_serde(value: Value<'_>) -> serde_json::Value {
        match value.kind() {
            Kind::Object => value
                .children()
                .map(|member| (member.name().unwrap().to_string(), as_serde(member)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Kind::Array => value.children().map(as_serde).collect::<Vec<_>>().into(),
            Kind::Text => value.text().unwrap().to_string().into(),
            Kind::Number => serde_json::from_slice(value.characters()).unwrap(),
            Kind::True => true.into(),
            Kind::False => false.into(),
            Kind::Null => serde_json::Value::Null,
        }
    }

    #[test]
    fn what_is_json_is_read_as_others_read_it() {
        for json in [
            "{}",
            "[]",
            " [ ] ",
            "null",
            "\"\"",
            "-0.5e+3",
            r#"{"a":{"b":[1,2,{"c":null}],"d":"e"},"f":true,"g":[[],{}]}"#,
            r#"{"a":"\"\\\/\b\f\n\r\té\ud83d\udd10","a\u0062":"\u0000"}"#,
            "[1, 20 , -3,0,0.0,1E2,1e-2]\r\n\t",
        ] {
            let document = Document::read(json.as_bytes()).expect(json);
            let read = as_serde(document.root());
            let serde: serde_json::Value = serde_json::from_str(json).unwrap();
            assert_eq!(read, serde);
        }
    }

    #[test]
    fn what_is_no_json_is_not_read_in_part() {
        for bytes in [
            b"{\"code\":\"a\nb\"}".as_slice(),
            b"{\"code\":\"a\xff\"}",
            b"{\"code\":\"a\\qb\"}",
            b"{\"code\":\"a\\ud800b\"}",
            b"{\"code\":\"a\\udc00\\ud800\"}",
            b"{\"code\":\"a\\u00",
            b"{\"code\":\"a\",}",
            b"{\"code\":\"a\"} more",
            b"{\"code\":\"a\"}{\"code\":\"b\"}",
            b"{\"x\":NaN}",
            b"{\"x\":-Infinity}",
            b"{\"x\":True}",
            b"{\"x\":01}",
            b"{\"x\":,\"code\":\"a\"}",
            b"{\"code\":\"a\"",
            b"{\"code\":\"a\"]",
            b"{'code':'a'}",
            b"{code:1}",
            b"{1:1}",
            b"{\"code\"}",
            b"{\"code\":}",
            b"{,}",
            b"]",
            b"",
            b"\"",
            b"[1,]",
            b"[,1]",
            b"[1 2]",
            b"[1}",
            b"+1",
            b".5",
            b"1.",
            b"1e",
            b"-",
            b"\xfe\xff{}",
            b"\xef\xbb\xbf\xef\xbb\xbf{}",
            b"{}\0",
        ] {
            let shown = String::from_utf8_lossy(bytes);
            assert!(Document::read(bytes).is_none(), "{shown}");
        }
    }

    #[test]
    fn a_byte_order_mark_before_it_does_no_harm() {
        let document = Document::read(b"\xef\xbb\xbf{\"a\":1}").unwrap();
        assert!(document.root().get("a").is_some());
    }

    #[test]
    fn depth_and_size_take_no_stack_and_little_memory() {
        let deep = [vec![b'['; 40_000], vec![b']'; 40_000]].concat();
        assert_eq!(Document::read(&deep).unwrap().deepest(), 40_000);
        let wide = |values: usize| format!("[{}0]", "0,".repeat(values - 2));
        assert!(Document::read(wide(MOST_VALUES).as_bytes()).is_some());
        assert!(Document::read(wide(MOST_VALUES + 1).as_bytes()).is_none());
    }

    #[test]
    fn numbers_are_never_computed() {
        for (number, is_zero) in [
            ("0", true),
            ("-0.000e999", true),
            ("1.7976931348623159e308", false),
            ("1e-999", false),
            ("0.01", false),
        ] {
            let json = format!("[{number}]");
            let document = Document::read(json.as_bytes()).expect(number);
            let value = document.root().children().next().unwrap();
            assert_eq!((value.kind(), value.is_zero()), (Kind::Number, is_zero));
        }
    }

    #[test]
    fn any_bytes_are_read_if_and_only_if_they_are_json() {
        let seed = 20_261_126;
        println!("seed {seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        let pieces: &[&[u8]] = &[
            b"{", b"}", b"[", b"]", b",", b":", b"\"", b"\\", b"\\u0041", b"\\ud83d", b"1", b"-",
            b"e", b".", b"true", b"null", b" ", b"\n", b"\xff", b"a", b"\"a\":", b"\"a\"", b"0",
        ];
        let mut sound = 0;
        for _ in 0..200_000 {
            let length = random.usize(0..12);
            let bytes: Vec<u8> = (0..length)
                .flat_map(|_| pieces[random.usize(0..pieces.len())].iter().copied())
                .collect();
            let document = Document::read(&bytes);
            let serde = serde_json::from_slice::<serde_json::Value>(&bytes);
            let shown = String::from_utf8_lossy(&bytes);
            assert_eq!(document.is_some(), serde.is_ok(), "{shown:?}");
            if let (Some(document), Ok(serde)) = (document, serde) {
                sound += 1;
                assert_eq!(as_serde(document.root()), serde);
            }
        }
        assert!(sound > 1000, "{sound}");
    }
}
