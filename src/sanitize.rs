//! Text from elsewhere, made fit for a terminal and a log: bounded and free of control characters.

use std::borrow::Cow;
use std::path::Path;

/// Longest service message that is kept, in characters (the API's limit for `error_msg`).
pub(crate) const SERVICE_MESSAGE_LIMIT: usize = 1024;
/// Longest service code that is kept, in characters (the API's limit is 36).
pub(crate) const SERVICE_CODE_LIMIT: usize = 64;
/// Longest request id that is kept, in characters.
pub(crate) const REQUEST_ID_LIMIT: usize = 128;
/// How much of an unreadable body is quoted, in characters.
pub(crate) const QUOTE_LIMIT: usize = 120;
/// How much of a path is shown, in characters.
const PATH_LIMIT: usize = 1024;

/// Copies at most `limit` characters of `text`, with control characters, line separators, marks that
/// reorder text, and what nobody sees shown as `\u{…}`. What was cut off is shown as `…`.
pub(crate) fn sanitize(text: &str, limit: usize) -> String {
    if text.len() <= limit && is_plain(text) {
        return text.to_owned();
    }
    let mut cleaned = String::with_capacity(text.len().min(limit * 4));
    for (index, character) in text.chars().enumerate() {
        if index == limit {
            cleaned.push('…');
            break;
        }
        if is_unsafe_to_show(character) {
            cleaned.extend(character.escape_unicode());
        } else {
            cleaned.push(character);
        }
    }
    cleaned
}

/// The whole of a name, made fit as [`sanitize`] does.
pub(crate) fn shown(name: &str) -> Cow<'_, str> {
    if is_plain(name) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(sanitize(name, name.len()))
    }
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// A path for a message.
pub(crate) fn quoted_path(path: &Path) -> String {
    sanitize(&path.to_string_lossy(), PATH_LIMIT)
}

/// Quotes the start of a text that could not be read, on one line.
pub(crate) fn on_one_line(text: &str) -> String {
    let mut line = String::new();
    // Of so many characters not one more is shown.
    let words = text.split_whitespace().take(QUOTE_LIMIT + 1);
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    sanitize(&line, QUOTE_LIMIT)
}

fn is_unsafe_to_show(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'
                | '\u{2029}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_could_move_the_cursor_or_reorder_the_line() {
        assert_eq!(sanitize("a\u{1b}[31mb", 99), "a\\u{1b}[31mb");
        assert_eq!(sanitize("a\u{202e}b\n", 99), "a\\u{202e}b\\u{a}");
        assert_eq!(sanitize("推送失败", 99), "推送失败");
    }

    #[test]
    fn shows_what_nobody_sees() {
        assert_eq!(
            sanitize("a\u{200b}b\u{ad}c\u{2060}", 99),
            "a\\u{200b}b\\u{ad}c\\u{2060}"
        );
    }

    #[test]
    fn cuts_at_a_character_and_says_so() {
        assert_eq!(sanitize("推送失败", 2), "推送…");
        assert_eq!(sanitize("ab", 2), "ab");
    }

    #[test]
    fn quotes_any_bytes_on_one_line() {
        let text = String::from_utf8_lossy(b"<html>\r\n <b>\xff");
        assert_eq!(on_one_line(&text), "<html> <b>\u{fffd}");
        assert_eq!(
            on_one_line(&"a ".repeat(QUOTE_LIMIT)).chars().count(),
            QUOTE_LIMIT + 1
        );
    }
}
