//! An INI file as Python's `ConfigParser` reads it, for that is what reads the official SDKs'
//! profile file.
//!
//! What it reads it reads to the letter: which characters are blanks, where a line ends, what
//! continues a value, what `[DEFAULT]` and `%` mean. What `ConfigParser` refuses is refused, and so
//! is what would take it for ever, each **by its line**; no message holds anything of the file. It
//! guesses nothing and opens nothing. Values are wiped from memory.
//!
//! No crate reads it so: of 6,000 profiles as `tests/peers` makes them, `configparser` 3.3 (told of
//! `[DEFAULT]`, both delimiters and values of several lines) reads 2,155 otherwise than Python and
//! 1,660 that Python refuses, `rust-ini` 0.21 reads 1,116 otherwise and refuses 2,594 that Python
//! reads, `ini_core` 0.2 678 and 3,429. None tells the line of a value either.

use zeroize::Zeroizing;

/// The section whose entries all others inherit.
const DEFAULT: &str = "DEFAULT";
/// How deep values may refer to each other: `ConfigParser`'s own bound.
const DEEPEST: usize = 10;
/// How many references are followed for one section, and how long its values may become in bytes:
/// enough for any profile, and an end to those in which values refer to values many times over.
const MOST_REFERENCES: usize = 10_000;
const LONGEST_VALUES: usize = 4 * 1024 * 1024;
/// How many sections there may be, and keys in each: few enough to look through all of them for one
/// that is there before.
const MOST_NAMES: usize = 2000;

const NO_MEMORY: &str = "is too long for the memory that is left";

/// A file that was read: its sections, without their references resolved.
pub(super) struct Ini {
    defaults: Vec<Entry>,
    sections: Vec<(String, Vec<Entry>)>,
}

/// A key, in lower case, with its value and the line that it stands on.
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) value: Zeroizing<String>,
    pub(super) line: usize,
}

impl Ini {
    /// Reads a file. What is wrong is told as `line N …`.
    pub(super) fn read(bytes: &[u8]) -> Result<Ini, String> {
        // With or without a byte order mark, of its first two letters each has a NUL beside it.
        let start = &bytes[..bytes.len().min(2)];
        if matches!(start, b"\xff\xfe" | b"\xfe\xff") || start.contains(&0) {
            return Err(refused(1, "is UTF-16: save the file as UTF-8"));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            let begins_a_line = before.is_empty() || before.ends_with(['\n', '\r']);
            refused(
                lines(before).count() + usize::from(begins_a_line),
                "is not UTF-8",
            )
        })?;
        Reader::default().read(text)
    }

    /// The entries of a section and those that it inherits, with their references resolved; `None`
    /// if there is no such section.
    pub(super) fn section(&self, name: &str) -> Result<Option<Vec<Entry>>, String> {
        let Some((_, own)) = self.sections.iter().find(|(known, _)| known == name) else {
            return Ok(None);
        };
        let is_hidden = |entry: &&Entry| !own.iter().any(|other| other.key == entry.key);
        let inherited = self.defaults.iter().filter(is_hidden);
        let all: Vec<&Entry> = inherited.chain(own).collect();
        let mut resolver = Resolver {
            all: &all,
            references: 0,
            bytes: 0,
        };
        let resolved = all.iter().map(|entry| resolver.resolved(entry));
        resolved.collect::<Result<_, String>>().map(Some)
    }
}

#[cold]
#[inline(never)]
fn refused(line: usize, why: &str) -> String {
    format!("line {line} {why}")
}

/// What Python takes for a blank: four separators more than Rust.
pub(super) fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

/// The lines of a text: LF, CRLF and a CR alone end one, as in every file that Python reads, and
/// nothing else does.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = (!text.is_empty()).then_some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.find(['\n', '\r']) else {
            rest = None;
            return Some(text);
        };
        let length = if text[end..].starts_with("\r\n") {
            2
        } else {
            1
        };
        rest = Some(&text[end + length..]).filter(|rest| !rest.is_empty());
        Some(&text[..end])
    })
}

/// What the lines that follow stand in.
#[derive(Clone, Copy)]
enum Within {
    /// Before the first section.
    Nothing,
    Defaults,
    Section,
}

/// The entry whose value may go on in the next line.
struct Open<'a> {
    key: String,
    line: usize,
    /// The lines of its value, without the blanks around each.
    parts: Vec<&'a str>,
}

struct Reader<'a> {
    ini: Ini,
    within: Within,
    open: Option<Open<'a>>,
    /// The column in which the open entry, or the section's header, began.
    indent: usize,
}

impl Default for Reader<'_> {
    fn default() -> Self {
        Reader {
            ini: Ini {
                defaults: Vec::new(),
                sections: Vec::new(),
            },
            within: Within::Nothing,
            open: None,
            indent: 0,
        }
    }
}

impl<'a> Reader<'a> {
    fn read(mut self, text: &'a str) -> Result<Ini, String> {
        if text.starts_with('\u{feff}') {
            return Err(refused(
                1,
                "begins with a byte order mark, which the official SDKs do not take: save the file as UTF-8 without it",
            ));
        }
        for (index, line) in lines(text).enumerate() {
            self.line(index + 1, line)?;
        }
        self.close()?;
        Ok(self.ini)
    }

    fn line(&mut self, number: usize, line: &'a str) -> Result<(), String> {
        let content = line.trim_matches(is_blank);
        if content.starts_with(['#', ';']) {
            return Ok(());
        }
        if content.is_empty() {
            // It may be the inside of a value; at its end it is dropped again.
            if let Some(open) = &mut self.open {
                open.parts.push("");
            }
            return Ok(());
        }
        let indent = line.chars().take_while(|it| is_blank(*it)).count();
        if let Some(open) = &mut self.open
            && indent > self.indent
        {
            open.parts.push(content);
            return Ok(());
        }
        self.indent = indent;
        self.close()?;
        match header(number, content)? {
            Some(name) => self.begin_section(number, name),
            None => self.begin_entry(number, content),
        }
    }

    fn begin_section(&mut self, number: usize, name: &str) -> Result<(), String> {
        if name == DEFAULT {
            self.within = Within::Defaults;
            return Ok(());
        }
        if self.ini.sections.iter().any(|(known, _)| known == name) {
            return Err(refused(number, "begins a section that is there before"));
        }
        if self.ini.sections.len() == MOST_NAMES {
            return Err(refused(number, "begins the 2001st section"));
        }
        self.ini.sections.push((name.to_owned(), Vec::new()));
        self.within = Within::Section;
        Ok(())
    }

    fn begin_entry(&mut self, number: usize, content: &'a str) -> Result<(), String> {
        if matches!(self.within, Within::Nothing) {
            return Err(refused(number, "stands before the first [section]"));
        }
        let Some((key, value)) = content.split_once(['=', ':']) else {
            return Err(refused(
                number,
                "is no INI file's: it has no \"=\" and no \":\", and continues no value",
            ));
        };
        let key = key.trim_end_matches(is_blank);
        if key.is_empty() {
            return Err(refused(number, "has no key before its \"=\" or \":\""));
        }
        let key = key.to_lowercase();
        if self.entries().iter().any(|entry| entry.key == key) {
            return Err(refused(
                number,
                "has a key that is there before in its section",
            ));
        }
        if self.entries().len() == MOST_NAMES {
            return Err(refused(number, "has the 2001st key of a section"));
        }
        self.open = Some(Open {
            key,
            line: number,
            parts: vec![value.trim_matches(is_blank)],
        });
        Ok(())
    }

    /// Puts the open entry where it belongs.
    fn close(&mut self) -> Result<(), String> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let length = open.parts.iter().map(|part| part.len() + 1).sum();
        let mut value = Zeroizing::new(String::new());
        value
            .try_reserve_exact(length)
            .map_err(|_| refused(open.line, NO_MEMORY))?;
        for (index, part) in open.parts.iter().enumerate() {
            if index > 0 {
                value.push('\n');
            }
            value.push_str(part);
        }
        let end = value.trim_end_matches(is_blank).len();
        value.truncate(end);
        self.entries().push(Entry {
            key: open.key,
            value,
            line: open.line,
        });
        Ok(())
    }

    fn entries(&mut self) -> &mut Vec<Entry> {
        match (self.within, self.ini.sections.last_mut()) {
            (Within::Section, Some((_, entries))) => entries,
            _ => &mut self.ini.defaults,
        }
    }
}

/// The name in a section's header; what is behind it, such as a comment, is nothing. Some versions
/// of `ConfigParser` take the name up to the first `]` of the line, others up to the last.
fn header(number: usize, content: &str) -> Result<Option<&str>, String> {
    let Some(inner) = content.strip_prefix('[') else {
        return Ok(None);
    };
    match (inner.find(']'), inner.rfind(']')) {
        (Some(first), Some(last)) if first != last => Err(refused(
            number,
            "has a second \"]\": where its section's name ends is not the same to all versions of the official SDKs' reader",
        )),
        (Some(end), _) if end > 0 => Ok(Some(&inner[..end])),
        _ => Ok(None),
    }
}

/// Puts into values what they refer to.
struct Resolver<'a> {
    all: &'a [&'a Entry],
    references: usize,
    bytes: usize,
}

impl Resolver<'_> {
    /// An entry with `%%` in its value as `%`, and `%(key)s` as the value of the key.
    fn resolved(&mut self, entry: &Entry) -> Result<Entry, String> {
        let mut value = Zeroizing::new(String::new());
        self.add(&mut value, &entry.value, 1)
            .map_err(|why| refused(entry.line, why))?;
        Ok(Entry {
            key: entry.key.clone(),
            value,
            line: entry.line,
        })
    }

    fn add(
        &mut self,
        value: &mut Zeroizing<String>,
        text: &str,
        depth: usize,
    ) -> Result<(), &'static str> {
        if depth > DEEPEST {
            return Err("refers to a value that refers to others, more than 10 deep");
        }
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            self.append(value, &rest[..at])?;
            let after = &rest[at + 1..];
            if let Some(more) = after.strip_prefix('%') {
                self.append(value, "%")?;
                rest = more;
                continue;
            }
            let (key, more) = reference(after).ok_or(
                "has a \"%\" that is neither \"%%\" nor \"%(key)s\": in a profile \"%%\" stands for \"%\"",
            )?;
            let key = key.to_lowercase();
            let found = self.all.iter().find(|entry| entry.key == key);
            let found = found.ok_or("refers with \"%(key)s\" to a key that is not there")?;
            self.references += 1;
            if self.references > MOST_REFERENCES {
                return Err("has the 10001st reference of a section");
            }
            if found.value.contains('%') {
                self.add(value, &found.value, depth + 1)?;
            } else {
                self.append(value, &found.value)?;
            }
            rest = more;
        }
        self.append(value, rest)
    }

    /// Growth leaves no copy behind.
    fn append(&mut self, value: &mut Zeroizing<String>, text: &str) -> Result<(), &'static str> {
        self.bytes += text.len();
        if self.bytes > LONGEST_VALUES {
            return Err("makes the values of a section longer than 4 MiB");
        }
        let needed = value.len() + text.len();
        if needed > value.capacity() {
            let mut larger = Zeroizing::new(String::new());
            larger
                .try_reserve_exact(needed.max(2 * value.capacity()))
                .map_err(|_| NO_MEMORY)?;
            larger.push_str(value);
            *value = larger;
        }
        value.push_str(text);
        Ok(())
    }
}

/// The key in `(key)s`, and what is behind.
fn reference(text: &str) -> Option<(&str, &str)> {
    let (key, rest) = text.strip_prefix('(')?.split_once(')')?;
    Some((key, rest.strip_prefix('s')?)).filter(|(key, _)| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is in the section `s`, as `key=value` in the order of the keys.
    fn read(text: &str) -> Result<Option<Vec<String>>, String> {
        let entries = Ini::read(text.as_bytes())?.section("s")?;
        Ok(entries.map(|entries| {
            let shown = |entry: &Entry| format!("{}={}", entry.key, *entry.value);
            let mut shown: Vec<_> = entries.iter().map(shown).collect();
            shown.sort_unstable();
            shown
        }))
    }

    #[test]
    fn what_is_read_means_what_it_means_to_configparser() {
        for (text, meaning) in [
            ("[s]", &[][..]),
            ("# c\n ; c\n\n[s]\nA = b", &["a=b"]),
            ("[s] # c\na:b=c\n", &["a=b=c"]),
            ("[t]\n [s] ; c\n  a = 2\n", &["a=2"]),
            ("[s]\r\na=1\r\nb=2\r\n", &["a=1", "b=2"]),
            ("[s]\ra=1\r\rb=2", &["a=1", "b=2"]),
            // What is behind a value belongs to it; an empty one is one.
            (
                "[s]\na = b # c\nd = e ; f\ng =",
                &["a=b # c", "d=e ; f", "g="],
            ),
            ("[s]\na = \"b\"", &["a=\"b\""]),
            // A line that is indented deeper goes on with the value before.
            (
                "[s]\na = b\n c\n\n  d\n# e\n\tf\n\n\ng=h",
                &["a=b\nc\n\nd\nf", "g=h"],
            ),
            ("[s]\n  a = b\n  c = d\n e = f", &["a=b", "c=d", "e=f"]),
            ("[s]\na =\n  b", &["a=\nb"]),
            ("[s]\n\u{a0}a\u{3000}=\u{1c}b\u{85}\n", &["a=b"]),
            (
                "[s]\na = b\u{b}c\u{2028}d\u{85}e",
                &["a=b\u{b}c\u{2028}d\u{85}e"],
            ),
            // To Python these two are the letters that they look like.
            ("[s]\n\u{212a} = 1\n\u{130} = 2", &["i\u{307}=2", "k=1"]),
            // Every section inherits what stands in [DEFAULT], which may stand twice.
            (
                "[s]\na=1\n[DEFAULT]\na=2\nb=3\n[DEFAULT]\nc=4",
                &["a=1", "b=3", "c=4"],
            ),
            ("[s]\n[Default]\na=2", &[]),
            ("[s]\na = b%%c\n", &["a=b%c"]),
            ("[s]\na = %(B)s-%(b)s\nb = %%\n", &["a=%-%", "b=%"]),
            ("[DEFAULT]\na = %(b)s\n[s]\nb = 1\n", &["a=1", "b=1"]),
            ("[t]\na = %\n[s]\nb = 1\n", &["b=1"]),
        ] {
            let found = read(text).unwrap_or_else(|why| panic!("{text:?}: {why}"));
            assert_eq!(found.unwrap(), meaning, "{text:?}");
        }
        for text in ["", "# c", "[ s ]\na=1", "[S]\na=1", "[DEFAULT]\na=1"] {
            assert_eq!(read(text), Ok(None), "{text:?}");
        }
    }

    #[test]
    fn what_configparser_refuses_is_refused_by_line() {
        for (text, line) in [
            ("a=1\n[s]", 1),
            ("\n\u{200b}[s]", 2),
            ("\u{feff}[s]", 1),
            ("\u{feff}", 1),
            ("[s]\n\u{feff}a", 2),
            ("[s]\na", 2),
            ("[s]\na=1\nb\n c\n", 3),
            ("[s]\n=1", 2),
            ("[s]\n:1", 2),
            ("[]\n", 1),
            ("[s]\n[]", 2),
            ("[s]\n[t", 2),
            ("[s]\n\n[t]\n[s]", 4),
            ("[s]\na=1\nA=2", 3),
            ("[s]\na=1\n\u{a0}\nb=2\na:3", 5),
            ("[DEFAULT]\na=1\n[s]\n[DEFAULT]\na=2", 5),
            ("[s]\r[t]\r\n[s]", 3),
            ("[s]\na=%", 2),
            ("[s]\nb=1\na=50%b", 3),
            ("[s]\na=%(b)", 2),
            ("[s]\na=%(b)d", 2),
            ("[s]\na=%()s", 2),
            ("[s]\na=%(b)s", 2),
            ("[s]\na=%(a)s", 2),
            ("[s]\na=%(b)s\nb=%(a)s", 2),
            ("[DEFAULT]\na=%\n[s]", 2),
            // Where the name ends depends on the version.
            ("[t]\n[s]] # c\na=1", 2),
            ("[s] # [c]\na=1", 1),
        ] {
            let why = read(text).err().unwrap_or_else(|| panic!("{text:?}"));
            assert!(why.starts_with(&format!("line {line} ")), "{text:?}: {why}");
        }
    }

    #[test]
    fn a_reference_may_be_ten_deep() {
        let chain = |depth: usize| {
            let link = |number| format!("k{number} = %(k{})s%%\n", number + 1);
            let links: String = (1..depth).map(link).collect();
            format!("[s]\n{links}k{depth} = end%%\n")
        };
        assert!(read(&chain(10)).is_ok());
        assert!(read(&chain(11)).unwrap_err().contains("more than 10 deep"));
    }

    #[test]
    fn what_would_take_for_ever_is_refused() {
        let twice = |number: usize| {
            format!(
                "k{number} = {}\n",
                format!("%(k{})s", number + 1).repeat(60)
            )
        };
        let laughs: String = (0..9).map(twice).collect();
        for text in [
            format!("[s]\n{laughs}k9 = %%\n"),
            format!("[s]\na = {}\n{}", "x".repeat(100_000), "b = %(a)s%(a)s\n")
                + &(0..60)
                    .map(|n| format!("c{n} = %(a)s\n"))
                    .collect::<String>(),
            (0..2001).map(|number| format!("[{number}]\n")).collect(),
            format!(
                "[s]\n{}",
                (0..2001)
                    .map(|number| format!("{number}=\n"))
                    .collect::<String>()
            ),
        ] {
            assert!(read(&text).unwrap_err().starts_with("line "));
        }
        let keys: String = (0..2000).map(|number| format!("{number}=\n")).collect();
        assert_eq!(read(&format!("[s]\n{keys}")).unwrap().unwrap().len(), 2000);
        assert!(read(&format!("[s]\na={}", "\n b".repeat(200_000))).is_ok());
        assert!(read(&"%".repeat(1_000_000)).is_err());
    }
}
