//! A YAML document as maps, lists and texts, with the line that each begins on.
//!
//! What it reads means what it means to PyYAML, which reads the official SDKs' list of regions;
//! what would not, or only because of YAML that no such list needs (anchors, aliases, tags, merged
//! maps, a key twice, more than one document), is refused **by line**. No message holds anything of
//! the document, and no document takes long: there are no aliases to follow, and lists and maps are
//! at most [`DEEPEST`] deep.

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};

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
        line: 1,
    };
    let mut document = None;
    loop {
        match reader.next()? {
            Event::StreamEnd => break,
            Event::DocumentStart(_) if document.is_some() => {
                return Err(reader.refused("begins a second document"));
            }
            Event::DocumentStart(_) => {
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
        if visible.is_empty() || visible.starts_with('#') {
            continue;
        }
        if line.trim_start_matches(' ').starts_with('\t') {
            return Err(format!("line {number} is indented with a tab"));
        }
        let before_comment = visible.split(" #").next().unwrap_or_default();
        if before_comment.contains('\t') {
            return Err(format!("line {number} has a tab"));
        }
    }
    Ok(())
}

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    /// The line of the last event.
    line: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Event<'a>, String> {
        match self.events.next_event() {
            Some(Ok((event, Span { start, .. }))) => {
                self.line = start.line();
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
            Event::Scalar(text, style, 0, None) => scalar(text, style),
            Event::SequenceStart(0, None) => self.list(depth)?,
            Event::MappingStart(0, None) => self.map(depth)?,
            _ => {
                return Err(
                    self.refused("has an anchor, an alias or a tag, which are not read here")
                );
            }
        };
        Ok(Node { line, value })
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
        match event {
            Event::Scalar(key, ScalarStyle::Plain, 0, None) if key == "<<" => {
                Err(self.refused("merges another map, which is not read here"))
            }
            Event::Scalar(key, _, 0, None) => Ok(key.into_owned()),
            _ => {
                Err(self.refused("has a key that is no text, or has an anchor, an alias or a tag"))
            }
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
