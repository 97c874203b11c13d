//! The YAML that a list of regions is written in, and no more.
//!
//! The official SDKs' file of regions is the only YAML that certpush reads, and a YAML library would
//! be a tenth of what the C library may weigh. So this reads maps, lists and texts, in blocks or in
//! brackets, with comments, quotes and one document, and **refuses by line whatever else YAML has**:
//! a file that it does read means what it means to the SDK. It guesses nothing, keeps to
//! [`DEEPEST`] and never opens a file.

/// How deep lists and maps may be inside each other.
const DEEPEST: usize = 16;
/// How many keys a map may have: enough for every service that there is, and few enough to look
/// through all of them for one that is there before.
const MOST_KEYS: usize = 500;

/// A value, and the line that it begins on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) value: Value,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Nothing,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Reads a document. What cannot be read is told as `line N …`, without what is in the line.
pub(crate) fn read(text: &str) -> Result<Node, String> {
    let mut reader = Reader {
        lines: lines_with_content(text)?,
        at: 0,
    };
    if reader.lines.is_empty() {
        return Ok(Node {
            line: 1,
            value: Value::Nothing,
        });
    }
    let node = reader.block(0)?;
    match reader.lines.get(reader.at) {
        None => Ok(node),
        Some(line) => Err(line.refused("does not belong to what is before it")),
    }
}

/// What is left to read of a line, and the column that it begins at.
#[derive(Clone, Copy)]
struct Line<'a> {
    number: usize,
    indent: usize,
    rest: &'a str,
}

impl<'a> Line<'a> {
    #[cold]
    #[inline(never)]
    fn refused(&self, why: &str) -> String {
        format!("line {} {why}", self.number)
    }

    fn is_item(&self) -> bool {
        self.rest == "-" || self.rest.starts_with("- ")
    }

    /// Whether nothing but a comment is left.
    fn is_over(&self) -> bool {
        let after = self.rest.trim_start_matches(' ');
        after.is_empty() || (after.starts_with('#') && after.len() < self.rest.len())
    }

    /// The key that the line begins with, and what is after its colon.
    fn key(&self) -> Result<Option<(String, &'a str)>, String> {
        let (key, after) = match self.rest.chars().next() {
            Some('\'' | '"') => self.quoted()?,
            Some('[' | '{') => return Ok(None),
            _ => {
                let end = self.plain_end(false)?;
                let (key, after) = self.rest.split_at(end);
                (key.trim_end_matches(' ').to_owned(), after)
            }
        };
        let after = after.trim_start_matches(' ');
        match after.strip_prefix(':') {
            Some(value) if value.is_empty() || value.starts_with(' ') => Ok(Some((key, value))),
            _ => Ok(None),
        }
    }

    /// A text in quotes, and what is after it.
    fn quoted(&self) -> Result<(String, &'a str), String> {
        let quote = self.rest.chars().next().unwrap_or('\'');
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1).peekable();
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            match (character, next) {
                ('\'', Some('\'')) if quote == '\'' => {
                    characters.next();
                    text.push('\'');
                }
                ('\\', Some(escaped @ ('\\' | '"' | '/'))) if quote == '"' => {
                    characters.next();
                    text.push(escaped);
                }
                ('\\', _) if quote == '"' => {
                    return Err(self.refused("has an escape other than \\\\, \\\" and \\/"));
                }
                _ if character == quote => return Ok((text, &self.rest[at + 1..])),
                _ => text.push(character),
            }
        }
        Err(self.refused("has a quote that is not closed on the same line"))
    }

    /// Where a text without quotes ends: at a comment, at the colon of a key, and between brackets
    /// at what separates.
    fn plain_end(&self, between_brackets: bool) -> Result<usize, String> {
        let bytes = self.rest.as_bytes();
        let ends_a_word = |at: usize| match bytes.get(at) {
            None | Some(b' ') => true,
            Some(byte) => between_brackets && b",[]{}".contains(byte),
        };
        match bytes.first() {
            Some(b'&' | b'*' | b'!' | b'|' | b'>' | b'%' | b'@' | b'`') => {
                return Err(self.refused(
                    "has an anchor, alias, tag, block text or another mark that is not read here",
                ));
            }
            Some(b'?' | b':') if between_brackets || ends_a_word(1) => {
                return Err(self.refused("has a \"?\" or \":\" where a text should be"));
            }
            Some(b'-') if ends_a_word(1) => {
                return Err(self.refused("has a \"-\" where a text should be"));
            }
            Some(b',' | b'[' | b']' | b'{' | b'}' | b'"' | b'\'' | b'#') | None => {
                return Err(self.refused("has no text where one should be"));
            }
            Some(_) => {}
        }
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'\t' => return Err(self.refused("has a tab outside quotes")),
                b'#' if bytes[at - 1] == b' ' => return Ok(at),
                b':' if ends_a_word(at + 1) => return Ok(at),
                b',' | b']' | b'}' if between_brackets => return Ok(at),
                b'[' | b'{' | b'?' if between_brackets => {
                    return Err(self.refused("has a bracket or \"?\" inside a text without quotes"));
                }
                _ => {}
            }
        }
        Ok(bytes.len())
    }
}

/// The lines that are not empty and no comment.
fn lines_with_content(text: &str) -> Result<Vec<Line<'_>>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = Vec::new();
    let mut has_begun = false;
    for (index, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let content = line.trim_start_matches(' ');
        let line = Line {
            number: index + 1,
            indent: line.len() - content.len(),
            rest: content,
        };
        // To YAML some of these end a line, even one that looks like a comment.
        let is_odd = |character: char| {
            character != '\t' && character.is_control()
                || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}')
        };
        if content.contains(is_odd) {
            return Err(line.refused("has a control character"));
        }
        let visible = content.trim_start_matches([' ', '\t']);
        if visible.is_empty() || visible.starts_with('#') {
            continue;
        }
        if content.starts_with('\t') {
            return Err(line.refused("is indented with a tab"));
        }
        if content.starts_with('%') {
            return Err(line.refused("has a directive, which is not read here"));
        }
        if line.indent == 0 && ["---", "..."].iter().any(|mark| content.starts_with(mark)) {
            let after = Line {
                rest: &content[3..],
                ..line
            };
            if has_begun || content.starts_with('.') || !after.is_over() {
                return Err(line.refused(
                    "ends the document, begins another, or has something after its \"---\"",
                ));
            }
            has_begun = true;
            continue;
        }
        has_begun = true;
        lines.push(line);
    }
    Ok(lines)
}

struct Reader<'a> {
    lines: Vec<Line<'a>>,
    at: usize,
}

impl<'a> Reader<'a> {
    /// The line at hand. There is one wherever this is called: the ends of loops look first.
    fn line(&self) -> Result<Line<'a>, String> {
        match (self.lines.get(self.at), self.lines.last()) {
            (Some(line), _) => Ok(*line),
            (None, Some(last)) => Err(last.refused("is the last, in the middle of a value")),
            (None, None) => Err("it is empty".to_owned()),
        }
    }

    /// The line at hand if it stands in this column.
    fn in_column(&self, indent: usize) -> Option<Line<'a>> {
        let line = self.lines.get(self.at).copied()?;
        (line.indent == indent).then_some(line)
    }

    /// Leaves this of the line at hand.
    fn leave(&mut self, rest: &'a str) {
        self.lines[self.at].rest = rest;
    }

    /// What begins on the line at hand, in its column.
    fn block(&mut self, depth: usize) -> Result<Node, String> {
        let first = self.line()?;
        if depth > DEEPEST {
            return Err(first.refused("is nested too deeply"));
        }
        let value = if first.is_item() {
            self.list(first.indent, depth)?
        } else if first.key()?.is_some() {
            self.map(first.indent, depth)?
        } else {
            return self.rest_of_line(depth);
        };
        match self.lines.get(self.at) {
            Some(line) if line.indent > first.indent => {
                Err(line.refused("is indented deeper than what it belongs to"))
            }
            _ => Ok(Node {
                line: first.number,
                value,
            }),
        }
    }

    fn list(&mut self, indent: usize, depth: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        while let Some(line) = self.in_column(indent).filter(Line::is_item) {
            let after = Line {
                rest: &line.rest[1..],
                ..line
            };
            items.push(if after.is_over() {
                self.at += 1;
                self.below(line, false, depth)?
            } else {
                // What is after the dash stands in a column of its own: `- id: …`.
                let content = after.rest.trim_start_matches(' ');
                self.lines[self.at].indent += line.rest.len() - content.len();
                self.leave(content);
                self.block(depth + 1)?
            });
        }
        Ok(Value::List(items))
    }

    fn map(&mut self, indent: usize, depth: usize) -> Result<Value, String> {
        let mut entries = Vec::new();
        while let Some(line) = self.in_column(indent) {
            if line.is_item() {
                return Err(line.refused("is a list item among keys"));
            }
            let Some((key, rest)) = line.key()? else {
                return Err(line.refused("has no \"key: value\""));
            };
            self.leave(rest);
            let node = if self.lines[self.at].is_over() {
                self.at += 1;
                self.below(line, true, depth)?
            } else {
                self.rest_of_line(depth)?
            };
            insert(&mut entries, key, node, &line)?;
        }
        Ok(Value::Map(entries))
    }

    /// The value of a line that has none itself: the deeper lines below. The list of a key may
    /// stand in the key's own column.
    fn below(&mut self, above: Line<'_>, is_key: bool, depth: usize) -> Result<Node, String> {
        match self.lines.get(self.at) {
            Some(line)
                if line.indent > above.indent
                    || (is_key && line.indent == above.indent && line.is_item()) =>
            {
                self.block(depth + 1)
            }
            _ => Ok(Node {
                line: above.number,
                value: Value::Nothing,
            }),
        }
    }

    /// A value that fills the rest of the line, or ends with brackets on a later one.
    fn rest_of_line(&mut self, depth: usize) -> Result<Node, String> {
        let node = self.value(false, depth + 1)?;
        let line = self.line()?;
        if !line.is_over() {
            return Err(line.refused("has more after its value than a comment"));
        }
        self.at += 1;
        Ok(node)
    }

    /// A text, or what is in brackets.
    fn value(&mut self, between_brackets: bool, depth: usize) -> Result<Node, String> {
        self.leave(self.line()?.rest.trim_start_matches(' '));
        let line = self.line()?;
        if depth > DEEPEST {
            return Err(line.refused("is nested too deeply"));
        }
        let value = match line.rest.chars().next() {
            Some('[') => self.bracketed_list(depth)?,
            Some('{') => self.bracketed_map(depth)?,
            Some('\'' | '"') => {
                let (text, rest) = line.quoted()?;
                self.leave(rest);
                Value::Text(text)
            }
            _ => {
                let (text, rest) = line.rest.split_at(line.plain_end(between_brackets)?);
                // The blank before a comment stays, for it is what makes it one.
                let text = text.trim_end_matches(' ');
                self.leave(&line.rest[text.len()..]);
                if rest.starts_with(':') {
                    return Err(line.refused("has a second \":\" without quotes around it"));
                }
                match text {
                    "~" | "null" | "Null" | "NULL" => Value::Nothing,
                    text => Value::Text(text.to_owned()),
                }
            }
        };
        Ok(Node {
            line: line.number,
            value,
        })
    }

    fn bracketed_list(&mut self, depth: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        self.take('[')?;
        while !self.comes(']')? {
            items.push(self.value(true, depth + 1)?);
            if !self.comes(']')? {
                self.take(',')?;
            }
        }
        self.take(']')?;
        Ok(Value::List(items))
    }

    fn bracketed_map(&mut self, depth: usize) -> Result<Value, String> {
        let mut entries = Vec::new();
        self.take('{')?;
        while !self.comes('}')? {
            let line = self.line()?;
            let (key, rest) = match line.rest.chars().next() {
                Some('\'' | '"') => line.quoted()?,
                _ => {
                    let (key, rest) = line.rest.split_at(line.plain_end(true)?);
                    (key.trim_end_matches(' ').to_owned(), rest)
                }
            };
            // The colon stands on the key's own line.
            let Some(rest) = rest.trim_start_matches(' ').strip_prefix(':') else {
                return Err(line.refused("has a key without a colon"));
            };
            self.leave(rest);
            let node = if self.comes(',')? || self.comes('}')? {
                Node {
                    line: line.number,
                    value: Value::Nothing,
                }
            } else {
                self.value(true, depth + 1)?
            };
            insert(&mut entries, key, node, &line)?;
            if !self.comes('}')? {
                self.take(',')?;
            }
        }
        self.take('}')?;
        Ok(Value::Map(entries))
    }

    /// Whether this comes next between brackets, on this line or a later one.
    fn comes(&mut self, expected: char) -> Result<bool, String> {
        while self.line()?.is_over() {
            self.at += 1;
        }
        let rest = self.line()?.rest.trim_start_matches(' ');
        self.leave(rest);
        Ok(rest.starts_with(expected))
    }

    fn take(&mut self, expected: char) -> Result<(), String> {
        if !self.comes(expected)? {
            let line = self.line()?;
            return Err(line.refused("has no bracket or comma where one should be"));
        }
        self.leave(&self.line()?.rest[1..]);
        Ok(())
    }
}

fn insert(
    entries: &mut Vec<(String, Node)>,
    key: String,
    node: Node,
    line: &Line<'_>,
) -> Result<(), String> {
    if key == "<<" {
        return Err(line.refused("merges another map, which is not read here"));
    }
    if entries.len() == MOST_KEYS {
        return Err(line.refused("has the 501st key of a map"));
    }
    if entries.iter().any(|(known, _)| *known == key) {
        return Err(line.refused("has a key that is there before"));
    }
    entries.push((key, node));
    Ok(())
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
    fn what_is_read_means_what_it_means_to_yaml() {
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
            ("\t# a comment\n \t\na: b", r#"{"a":"b"}"#),
        ] {
            let node = read(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            assert_eq!(shown(&node), meaning, "{text:?}");
        }
    }

    #[test]
    fn what_is_not_read_is_refused_by_line() {
        for (text, line) in [
            ("a: b\n\tc: d", 2),
            ("a:\tb", 1),
            ("a: b\tc", 1),
            ("a: b\n a: c", 2),
            ("a: b\na: c", 2),
            ("a: b\n'a': c", 2),
            ("a: {b: c, b: d}", 1),
            ("a: 'b", 1),
            ("a: \"b\n  c\"", 1),
            ("a: \"\\x41\"", 1),
            ("a: 'b' c", 1),
            ("a: 'b'#c", 1),
            ("a: [b] c", 1),
            ("a: b: c", 1),
            ("a: b:", 1),
            ("a: &b c", 1),
            ("a: *b", 1),
            ("a: !!str b", 1),
            ("a: |\n  b", 1),
            ("a: >-\n  b", 1),
            ("%YAML 1.2\n---\na: b", 1),
            ("a: @b", 1),
            ("a: `b`", 1),
            ("? a\n: b", 1),
            ("<<: {a: b}", 1),
            ("a: b\n---\nc: d", 2),
            ("---\n---\na: b", 2),
            ("--- a\n", 1),
            ("a: b\n...\n", 2),
            ("a: b\n  c", 2),
            ("a: b\n  c: d", 2),
            ("a:\n    b: c\n  d: e", 3),
            ("a: b\nc", 2),
            ("a: b\n- c", 2),
            ("- a\nb: c", 2),
            ("- a\n  b: c", 2),
            ("a: [b, [c]", 1),
            ("a: [b c: d]", 1),
            ("a: [, b]", 1),
            ("a: [b,, c]", 1),
            ("a: [b[c]]", 1),
            ("a: [b?c]", 1),
            ("a: [:b]", 1),
            ("a: %b", 1),
            ("a: [b\n  c]", 2),
            ("a: {b}", 1),
            ("a: {b:c}", 1),
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
            assert!(error.contains("too deeply"), "{error}");
        }
        let steps: Vec<_> = (0..1000).map(|depth| " ".repeat(depth) + "a:\n").collect();
        assert!(read(&steps.concat()).unwrap_err().contains("too deeply"));
    }

    #[test]
    fn a_large_file_is_read_in_a_moment() {
        let map: String = (0..MOST_KEYS)
            .map(|number| format!(" k{number}:\n"))
            .collect();
        let maps = format!("-\n{map}").repeat(250);
        assert!(matches!(read(&maps).unwrap().value, Value::List(items) if items.len() == 250));
        let error = read(&format!("{map} more:\n")).unwrap_err();
        assert_eq!(error, "line 501 has the 501st key of a map");
    }
}
