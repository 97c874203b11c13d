//! A YAML document as maps, lists and texts, with the line that each begins on.
//!
//! What it reads means what it means to PyYAML, which reads the list of regions for the official
//! SDK (`tests/peers` compares them). The parser is one of YAML 1.2, and PyYAML one of 1.1: where
//! they differ, and where YAML has what no such list needs (anchors, aliases, tags, merged maps, a
//! key twice, blocks of text, more than one document), a document is refused **by line**. No message
//! holds anything of it. There are no aliases to follow, and [`DEEPEST`] bounds the recursion.
//!
//! The parser is granit-parser, a fork of saphyr-parser, because saphyr-parser 0.3.4 refuses a list
//! whose `]` stands in the column of its key (pull request 108 of saphyr-rs/saphyr, open).

use std::borrow::Cow;
use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, StrInput, StructureStyle};

/// How deep lists and maps may be inside each other.
const DEEPEST: usize = 16;

/// A value, and the line that it begins on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) value: Value,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value {
    Nothing,
    Text(String),
    List(Vec<Node>),
    Map(BTreeMap<String, Node>),
}

/// Reads a document. What cannot be read is told as `line N …`.
pub(super) fn read(text: &str) -> Result<Node, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check_characters(text)?;
    let mut reader = Reader {
        events: Parser::new_from_str(text),
        text,
        line: 1,
        last_line: 1,
        end: 0,
        brackets: 0,
    };
    let mut document = None;
    loop {
        match reader.next()? {
            Event::StreamEnd => break,
            Event::DocumentStart(..) if document.is_some() => {
                return Err(reader.refused("begins a second document"));
            }
            Event::DocumentStart(..) => {
                let event = reader.next()?;
                document = Some(reader.node(event, 0)?);
            }
            _ => {}
        }
    }
    Ok(document.unwrap_or(Node {
        line: 1,
        value: Value::Nothing,
    }))
}

/// Refuses characters whose meaning is not the same to all readers of YAML: some end a line to one
/// version of it and not to another, and a tab is a blank to some only.
fn check_characters(text: &str) -> Result<(), String> {
    let is_odd = |character: char| {
        character != '\t' && character.is_control()
            || matches!(
                character,
                '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
            )
    };
    for (index, line) in text.split('\n').enumerate() {
        let number = index + 1;
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.contains(is_odd) {
            return Err(format!("line {number} has a control character"));
        }
        let visible = line.trim_start_matches([' ', '\t']);
        if line[..line.len() - visible.len()].contains('\t') {
            return Err(format!("line {number} is indented with a tab"));
        }
        if line.starts_with('%') || line.starts_with("...") {
            let why = "has a directive or a document's end, which are not read here";
            return Err(format!("line {number} {why}"));
        }
        let is_comment = visible.starts_with('#');
        let before_comment = visible.split(" #").next().unwrap_or_default();
        if before_comment.contains('\t') && !is_comment {
            return Err(format!("line {number} has a tab"));
        }
    }
    Ok(())
}

struct Reader<'a> {
    text: &'a str,
    events: Parser<'a, StrInput<'a>>,
    /// The line of the last event.
    line: usize,
    /// The line that it ends on, and where in the text.
    last_line: usize,
    end: usize,
    /// How many brackets and braces are open.
    brackets: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Event<'a>, String> {
        match self.events.next_event() {
            Some(Ok((event, span))) => {
                self.line = span.start.line();
                self.last_line = span.end.line();
                self.end = span.end.byte_offset().unwrap_or_default();
                Ok(event)
            }
            Some(Err(error)) => Err(format!(
                "line {} cannot be read as YAML: {}",
                error.marker().line(),
                error.info()
            )),
            None => Ok(Event::StreamEnd),
        }
    }

    #[cold]
    #[inline(never)]
    fn refused(&self, why: &str) -> String {
        format!("line {} {why}", self.line)
    }

    /// The value that begins with an event.
    fn node(&mut self, event: Event<'a>, depth: usize) -> Result<Node, String> {
        let line = self.line;
        if depth > DEEPEST {
            return Err(self.refused("is nested too deeply"));
        }
        let value = match event {
            Event::Scalar(_, ScalarStyle::Literal | ScalarStyle::Folded, ..) => {
                return Err(self.refused("has a block of text, which is not read here"));
            }
            Event::Scalar(text, style, 0, None) => {
                self.check_plain(&text, style)?;
                scalar(text, style)
            }
            Event::SequenceStart(style, 0, None) => self.within(style, |it| it.list(depth))?,
            Event::MappingStart(style, 0, None) => self.within(style, |it| it.map(depth))?,
            _ => {
                return Err(
                    self.refused("has an anchor, an alias or a tag, which are not read here")
                );
            }
        };
        Ok(Node { line, value })
    }

    fn within(
        &mut self,
        style: StructureStyle,
        read: impl FnOnce(&mut Self) -> Result<Value, String>,
    ) -> Result<Value, String> {
        let brackets = usize::from(style == StructureStyle::Flow);
        self.brackets += brackets;
        let value = read(self);
        self.brackets -= brackets;
        value
    }

    /// Refuses what is a text between brackets to YAML 1.2 alone: to PyYAML a "?" or a ":" at its
    /// begin is the mark of a key or a value.
    fn check_plain(&self, text: &str, style: ScalarStyle) -> Result<(), String> {
        let is_between_brackets = style == ScalarStyle::Plain && self.brackets > 0;
        if is_between_brackets && (text.contains('?') || text.starts_with(':')) {
            return Err(self.refused("has a \"?\" or \":\" where a text should be"));
        }
        Ok(())
    }

    fn list(&mut self, depth: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(Value::List(items)),
                event => items.push(self.node(event, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, String> {
        let mut entries = BTreeMap::new();
        loop {
            let key = match self.next()? {
                Event::MappingEnd => return Ok(Value::Map(entries)),
                event => self.key(event)?,
            };
            let line = self.line;
            let event = self.next()?;
            let mut node = self.node(event, depth + 1)?;
            if node.value == Value::Nothing {
                // A value that is not there stands nowhere, or on the line of what follows.
                node.line = line;
            }
            if entries.insert(key, node).is_some() {
                return Err(format!("line {line} has a key that is there before"));
            }
        }
    }

    fn key(&self, event: Event<'a>) -> Result<String, String> {
        let Event::Scalar(key, style, 0, None) = event else {
            return Err(
                self.refused("has a key that is no text, or has an anchor, an alias or a tag")
            );
        };
        self.check_plain(&key, style)?;
        let behind = self.text.get(self.end..).unwrap_or_default();
        let is_last = behind
            .trim_start_matches(' ')
            .starts_with(['\r', '\n', '#']);
        if self.brackets > 0 && (is_last || self.last_line > self.line) {
            // YAML 1.2 takes the colon from a later line, PyYAML does not.
            return Err(self.refused("has a key without a colon"));
        }
        if key == "<<" && style == ScalarStyle::Plain {
            return Err(self.refused("merges another map, which is not read here"));
        }
        match scalar(key, style) {
            Value::Text(key) => Ok(key),
            _ => Err(self.refused("has no key before its \":\"")),
        }
    }
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle) -> Value {
    let is_plain = style == ScalarStyle::Plain;
    match &*text {
        "" | "~" | "null" | "Null" | "NULL" if is_plain => Value::Nothing,
        _ => Value::Text(text.into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A node in the notation of JSON.
    fn shown(node: &Node) -> String {
        match &node.value {
            Value::Nothing => "null".to_owned(),
            Value::Text(text) => format!("{text:?}"),
            Value::List(items) => {
                let items: Vec<_> = items.iter().map(shown).collect();
                format!("[{}]", items.join(","))
            }
            Value::Map(entries) => {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|(key, node)| format!("{key:?}:{}", shown(node)))
                    .collect();
                format!("{{{}}}", entries.join(","))
            }
        }
    }

    #[test]
    fn what_is_read_means_what_it_means_to_pyyaml() {
        for (text, meaning) in [
            ("", "null"),
            ("# nothing\n---\n\n  # here", "null"),
            ("a: b", r#"{"a":"b"}"#),
            ("\u{feff}---   # begins\na: b\n", r#"{"a":"b"}"#),
            ("a: b\r\nc: d\r\n", r#"{"a":"b","c":"d"}"#),
            ("a:\nb: ~\nc: null", r#"{"a":null,"b":null,"c":null}"#),
            ("a: 'it''s' # c", r#"{"a":"it's"}"#),
            ("\"a\" : \"\\\"\\\\\\/#: \"", r##"{"a":"\"\\/#: "}"##),
            ("a: b#c # d", r#"{"a":"b#c"}"#),
            ("a: ''\nb: '#'", r##"{"a":"","b":"#"}"##),
            (
                "a: https://b.example:1/c",
                r#"{"a":"https://b.example:1/c"}"#,
            ),
            ("- a\n-  b\n-\n- - c\n  - d", r#"["a","b",null,["c","d"]]"#),
            (
                "a:\n- b\n- c: d\n  e: f\ng: h",
                r#"{"a":["b",{"c":"d","e":"f"}],"g":"h"}"#,
            ),
            (
                "a:\n  - b: c\n\n  # x\n  - b:\n    - d\n",
                r#"{"a":[{"b":"c"},{"b":["d"]}]}"#,
            ),
            ("a:\n   b: c\n   d:\n    e", r#"{"a":{"b":"c","d":"e"}}"#),
            (
                "-\n  a: b\n-   c: d\n    e: f",
                r#"[{"a":"b"},{"c":"d","e":"f"}]"#,
            ),
            ("a: []\nb: {}\nc: [ ]", r#"{"a":[],"b":{},"c":[]}"#),
            ("a: [b, 'c' ,\"d\",] # e", r#"{"a":["b","c","d"]}"#),
            (
                "a: [\n  b, # c\n\n  d\n]\ne: f",
                r#"{"a":["b","d"],"e":"f"}"#,
            ),
            (
                "a: [{b: c, 'd':e, f: }, [g]]",
                r#"{"a":[{"b":"c","d":"e","f":null},["g"]]}"#,
            ),
            ("a: [https://b:1/, c:d]", r#"{"a":["https://b:1/","c:d"]}"#),
            ("a: -b\nc: :d\ne: ?f", r#"{"a":"-b","c":":d","e":"?f"}"#),
            ("推送: é", r#"{"推送":"é"}"#),
            ("a: b # \tc\n  # \td", r#"{"a":"b"}"#),
            ("a: b\n  c", r#"{"a":"b c"}"#),
            ("a: \"b\n  c\"", r#"{"a":"b c"}"#),
            ("a: \"\\x41\"", r#"{"a":"A"}"#),
            ("? a\n: b", r#"{"a":"b"}"#),
            ("--- a\n", r#""a""#),
            ("a: [b\n  c]", r#"{"a":["b c"]}"#),
            ("a: [b c: d]", r#"{"a":[{"b c":"d"}]}"#),
            ("a: {b, c:d}", r#"{"a":{"b":null,"c:d":null}}"#),
            ("a:\n  b: [\n c\n]\n", r#"{"a":{"b":["c"]}}"#),
        ] {
            let node = read(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            assert_eq!(shown(&node), meaning, "{text:?}");
        }
    }

    #[test]
    fn what_is_not_read_is_refused_by_line() {
        for (text, line) in [
            ("a: b\n\tc: d", 2),
            ("a: b\n\t# c", 2),
            ("a: b\n \t\nc: d", 2),
            (": b", 1),
            ("a: [?]", 1),
            ("a: {b\n c: d}", 1),
            ("a:\tb", 1),
            ("a: b\tc", 1),
            ("a: b\n a: c", 2),
            ("a: b\na: c", 2),
            ("a: b\n'a': c", 2),
            ("a: {b: c, b: d}", 1),
            ("a: 'b", 1),
            ("a: 'b' c", 1),
            ("a: 'b'#c", 1),
            ("a: [b] c", 1),
            ("a: b: c", 1),
            ("a: b:", 1),
            ("a: &b c", 1),
            ("a: *b", 1),
            ("a: !!str b", 1),
            ("a: |\n  b", 2),
            ("a: >-\n  b", 2),
            ("%YAML 1.2\n---\na: b", 1),
            ("a: @b", 1),
            ("a: `b`", 1),
            ("<<: {a: b}", 1),
            ("a: b\n---\nc: d", 2),
            ("---\n---\na: b", 2),
            ("a: b\n...\n", 2),
            ("a: b\n  c: d", 2),
            ("a:\n    b: c\n  d: e", 3),
            ("a: b\nc", 2),
            ("a: b\n- c", 2),
            ("- a\nb: c", 2),
            ("- a\n  b: c", 2),
            ("a: [b, [c]", 1),
            ("a: [, b]", 1),
            ("a: [b,, c]", 1),
            ("a: [b[c]]", 1),
            ("a: [b?c]", 1),
            ("a: [:b]", 1),
            ("a: %b", 1),
            ("a: {b\n : c}", 1),
            ("a: b\rc: d", 1),
            ("# a\u{85}b: c", 1),
            ("# a\u{2028}b: c", 1),
            ("a: \u{0}", 1),
        ] {
            let error = read(text).err().unwrap_or_else(|| panic!("{text:?}"));
            assert!(
                error.starts_with(&format!("line {line} ")),
                "{text:?}: {error}"
            );
        }
    }

    #[test]
    fn a_bottomless_file_ends_with_an_error_and_not_the_stack() {
        for opening in ["- ", "[", "{a: ", "[{a: "] {
            let error = read(&opening.repeat(200_000)).unwrap_err();
            let is_bound = ["too deeply", "recursion limit"]
                .iter()
                .any(|it| error.contains(it));
            assert!(error.starts_with("line 1 ") && is_bound, "{error}");
        }
        let steps: Vec<_> = (0..1000).map(|depth| " ".repeat(depth) + "a:\n").collect();
        assert!(read(&steps.concat()).unwrap_err().contains("too deeply"));
    }

    #[test]
    fn a_large_file_is_read_in_a_moment() {
        let keys: String = (0..90_000).map(|number| format!("k{number}:\n")).collect();
        assert!(matches!(read(&keys).unwrap().value, Value::Map(map) if map.len() == 90_000));
        for text in ["[a,", "- a\n", "{a: b", "'", "\"", "a: [b\n", "a"] {
            let large = text.repeat(1024 * 1024 / text.len());
            let begun = std::time::Instant::now();
            let _ = read(&large);
            let taken = begun.elapsed();
            assert!(
                taken < std::time::Duration::from_secs(10),
                "{text:?}: {taken:?}"
            );
        }
    }
}
