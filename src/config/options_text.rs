//! Options in one text: a JSON object, or a line KEY=VALUE for each.
//!
//! The text may hold secrets, and what was taken apart wrongly may be a part of one: no message shows
//! a value, nor a key that could not be an option's.

use super::option_layers::{OptionLayer, Source, in_line};
use crate::json::{Document, Kind, Value};
use crate::message::Word;
use crate::options::{OPTIONS, OptionKey};
use crate::report::Error;

/// What has the environment read, as if it were an option.
const LOAD_ENV: &str = "load_env";
/// Longest unknown key that is shown, in characters: one of them may be what a secret went on with
/// after a line end.
const LONGEST_SHOWN: usize = 31;

const HOW_TO_WRITE_IT: &str = "A line is KEY=VALUE without blanks, quotes or comments of its own; a JSON object begins with { as the very first character.";

/// What a text says.
#[derive(Default)]
pub(super) struct OptionsText {
    pub(super) program: OptionLayer,
    load_env: Option<bool>,
}

impl OptionsText {
    /// Reads a text: a JSON object if it begins with `{`, else lines.
    pub(super) fn read(text: &str) -> Result<OptionsText, Error> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if let Some(at) = text.bytes().position(|byte| byte == 0) {
            let line = line_of(text.as_bytes(), at);
            let subject = Word::text(format!("options, line {line}"));
            return Err(Error::invalid_argument_in(
                subject,
                "options",
                "has a NUL inside",
            ));
        }
        let mut options = OptionsText::default();
        if text.starts_with('{') {
            options.read_json(text.as_bytes())?;
        } else {
            options.read_lines(text)?;
        }
        Ok(options)
    }

    /// Whether the environment is to be read, too.
    pub(super) fn loads_environment(&self) -> bool {
        self.load_env == Some(true)
    }

    /// An empty line says nothing.
    fn read_lines(&mut self, text: &str) -> Result<(), Error> {
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let end = line.strip_suffix("\r\n").or(line.strip_suffix('\n'));
            match end.unwrap_or(line) {
                "" => {}
                line => match line.split_once('=') {
                    Some((key, value)) => self.put(number + 1, key, value)?,
                    None => return Err(malformed(number + 1, "there is no = in it")),
                },
            }
        }
        Ok(())
    }

    fn read_json(&mut self, json: &[u8]) -> Result<(), Error> {
        let document = Document::read_or_stop(json)
            .map_err(|at| malformed(line_of(json, at), "this is not JSON"))?;
        for member in document.root().children() {
            let line = line_of(json, member.begins_at());
            let name = member.name().unwrap_or_default();
            match member.kind() {
                Kind::Text => {
                    let value = member.try_text()?;
                    self.put(line, &name, &value)?;
                }
                Kind::True | Kind::False => self.put(line, &name, written(member))?,
                Kind::Number if is_whole(member) => self.put(line, &name, written(member))?,
                _ => {
                    let key = known(line, &name)?;
                    let reason = "must be a text, a whole number, true or false";
                    return Err(Error::invalid_option(in_line(line, key), reason));
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, line: usize, key: &str, value: &str) -> Result<(), Error> {
        let name = known(line, key)?;
        let refuse = |why: &str| Err(Error::invalid_option(in_line(line, name), why));
        let Some(option) = OptionKey::find(name) else {
            return match (self.load_env, value) {
                (Some(_), _) => refuse(TWICE),
                (None, "true" | "false") => {
                    self.load_env = Some(value == "true");
                    Ok(())
                }
                (None, _) => refuse("must be true or false"),
            };
        };
        if self.program.has(option) {
            return refuse(TWICE);
        }
        let other = option.spec().exclusive_with;
        if OptionKey::find(other).is_some_and(|other| self.program.has(other)) {
            return refuse(&format!("and {other} exclude each other"));
        }
        self.program.put(option, Source::Text { line }, value)
    }
}

const TWICE: &str = "is set a second time";

/// The name of the option that a key is, or [`LOAD_ENV`].
fn known(line: usize, key: &str) -> Result<&'static str, Error> {
    if key == LOAD_ENV {
        return Ok(LOAD_ENV);
    }
    OptionKey::find(key)
        .map(OptionKey::name)
        .ok_or_else(|| unknown(line, key))
}

fn unknown(line: usize, key: &str) -> Error {
    let bare = key.trim();
    let bare = match bare.get(..OptionKey::PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(OptionKey::PREFIX) => {
            &bare[OptionKey::PREFIX.len()..]
        }
        _ => bare,
    };
    if let Some(option) = OPTIONS.iter().find(|option| option.is_meant_by(bare)) {
        return malformed(
            line,
            &format!(
                "the key is not written as an option's: the one that is read is {}{}",
                option.key,
                option.unit()
            ),
        );
    }
    let could_be_one = (1..=LONGEST_SHOWN).contains(&key.len())
        && key
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let shown = if could_be_one {
        format!("\"{key}\"")
    } else {
        "the key".to_owned()
    };
    let known: Vec<_> = OPTIONS.iter().map(|option| option.key).collect();
    malformed(
        line,
        &format!(
            "{shown} is no option; the options are {LOAD_ENV}, {}",
            known.join(", ")
        ),
    )
}

fn malformed(line: usize, what: &str) -> Error {
    let mut error = Error::invalid_config(format!("options, line {line}: {what}"));
    error.report_mut().hint = HOW_TO_WRITE_IT.into();
    error
}

/// The line that a byte stands in, from 1.
fn line_of(text: &[u8], at: usize) -> usize {
    let before = text.iter().take(at);
    1 + before.filter(|byte| **byte == b'\n').count()
}

/// A number or a word as it is written.
fn written(value: Value<'_>) -> &str {
    std::str::from_utf8(value.characters()).unwrap_or_default()
}

fn is_whole(number: Value<'_>) -> bool {
    let digits = number.characters();
    let digits = digits.strip_prefix(b"-").unwrap_or(digits);
    digits.iter().all(u8::is_ascii_digit)
}
