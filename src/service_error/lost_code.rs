//! Whether a 4xx may hide that a push had begun: two codes say so, wherever in the body they stand
//! and however they are written, and so does a 400 whose body is no readable one.
//!
//! Nothing here reads JSON to its meaning. A search that also finds what is no code only makes a
//! push "unknown" that was refused; one that overlooks a code would call a pushed certificate not
//! pushed.

use crate::json::{BYTE_ORDER_MARK, Document};
use crate::service_codes::generic_push_failures;
use crate::transport::{Body, Response};

/// How many layers of escapes are undone. Each layer of JSON in a text at least doubles the
/// backslashes, so that a body has no room for more; other escapes nest more cheaply.
const MOST_LAYERS: usize = 16;

/// The generic push failure that is spoken of in the body, if any.
pub(crate) fn generic_failure_in(body: &[u8]) -> Option<&'static str> {
    // UTF-16 and UTF-32 have their NULs between the letters of a code.
    let without_nuls: Vec<u8> = body.iter().copied().filter(|byte| *byte != 0).collect();
    let mut text = String::from_utf8_lossy(&without_nuls).into_owned();
    for _ in 0..MOST_LAYERS {
        if let Some(code) = code_in(&text) {
            return Some(code);
        }
        let inner = unescaped(&text);
        if inner == text {
            return None;
        }
        text = inner;
    }
    // Nobody writes so many; what is below them stays unknown.
    generic_push_failures().next()
}

/// Whether a 400's body may have had a code that cannot be read.
pub(crate) fn is_lost(answer: &Response) -> bool {
    let body = match &answer.body {
        Body::Missing(..) => return true,
        Body::Complete(body) => body,
    };
    if answer.coding.is_some() || !is_text(body) {
        return true;
    }
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => answer.ends_by_close,
        Some(b'{' | b'[' | b'"') => Document::read(body).is_none(),
        Some(_) => false,
    }
}

/// Whether the bytes can be a page or plain text in some encoding that extends ASCII. UTF-16 and
/// what is compressed cannot.
fn is_text(body: &[u8]) -> bool {
    const ESCAPE: u8 = 0x1b;
    let is_of_text = |byte: u8| byte >= 0x20 || matches!(byte, b'\t'..=b'\r') || byte == ESCAPE;
    !body.starts_with(b"\xff\xfe")
        && !body.starts_with(b"\xfe\xff")
        && body.iter().all(|byte| is_of_text(*byte))
}

/// Finds a code in any letter case, with blanks around its dot, and in full-width letters.
fn code_in(text: &str) -> Option<&'static str> {
    text.match_indices(['s', 'S', '\u{ff33}', '\u{ff53}'])
        .find_map(|(at, _)| generic_push_failures().find(|code| begins_with(&text[at..], code)))
}

fn begins_with(text: &str, code: &str) -> bool {
    let mut characters = text.chars().map(narrow).peekable();
    for wanted in code.chars() {
        if wanted == '.' {
            while characters.next_if(|found| is_blank(*found)).is_some() {}
        }
        if !characters
            .next()
            .is_some_and(|found| found.eq_ignore_ascii_case(&wanted))
        {
            return false;
        }
        if wanted == '.' {
            while characters.next_if(|found| is_blank(*found)).is_some() {}
        }
    }
    true
}

/// The ASCII character that a full-width one stands for.
fn narrow(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
        _ => character,
    }
}

fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// One layer of escapes undone: JSON's, HTML's numbers and a few names, and percents. Never longer
/// than it was, and shorter if there was anything to undo.
fn unescaped(text: &str) -> String {
    let mut inner = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '&', '%']) {
        inner.push_str(&rest[..at]);
        rest = &rest[at..];
        let (length, character) = escape_at(rest);
        match character {
            Some(character) => inner.push(character),
            None => inner.push_str(&rest[..length]),
        }
        rest = &rest[length..];
    }
    inner.push_str(rest);
    inner
}

/// The length of the escape that the text begins with, and its character; 1 and none if it is none.
fn escape_at(text: &str) -> (usize, Option<char>) {
    let number = |digits: Option<&str>, radix| {
        digits
            .and_then(|digits| u32::from_str_radix(digits, radix).ok())
            .and_then(char::from_u32)
    };
    match text.as_bytes() {
        [b'\\', b'u' | b'U', ..] => match number(text.get(2..6), 16) {
            Some(character) => (6, Some(character)),
            None => (1, None),
        },
        [b'\\', b'x', ..] => match number(text.get(2..4), 16) {
            Some(character) => (4, Some(character)),
            None => (1, None),
        },
        [b'\\', b'b' | b'f' | b'n' | b'r' | b't', ..] => (2, Some(' ')),
        [b'\\', b'"' | b'\'' | b'\\' | b'/', ..] => (2, Some(char::from(text.as_bytes()[1]))),
        [b'%', ..] => match number(text.get(1..3), 16) {
            Some(character) if character.is_ascii() => (3, Some(character)),
            _ => (1, None),
        },
        [b'&', ..] => entity_at(text),
        _ => (1, None),
    }
}

fn entity_at(text: &str) -> (usize, Option<char>) {
    const NAMES: [(&str, char); 7] = [
        ("amp", '&'),
        ("quot", '"'),
        ("apos", '\''),
        ("lt", '<'),
        ("gt", '>'),
        ("nbsp", ' '),
        ("period", '.'),
    ];
    let start = &text.as_bytes()[..text.len().min(12)];
    let Some(end) = start.iter().position(|byte| *byte == b';') else {
        return (1, None);
    };
    let name = &text[1..end];
    let number = match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => number.parse().ok(),
        },
        None => None,
    };
    let known = NAMES.iter().find(|(known, _)| *known == name);
    let character = number
        .and_then(char::from_u32)
        .or(known.map(|(_, character)| *character));
    match character {
        Some(character) => (end + 1, Some(character)),
        None => (1, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str, big_endian: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| {
                if big_endian {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    }

    /// `times` JSON texts within each other.
    fn within_texts(json: &str, times: usize) -> String {
        (0..times).fold(json.to_owned(), |inner, _| {
            serde_json::json!({ "message": inner }).to_string()
        })
    }

    #[test]
    fn a_code_is_found_however_it_is_written() {
        for body in [
            "SCM.0203",
            "scm.0203",
            "Scm.0028: it failed",
            "SCM .0203",
            "SCM. 0203",
            "SCM \t.\n 0203",
            "SCM\u{a0}.\u{3000}0203",
            "ＳＣＭ．０２０３",
            "error SCM.0203.",
            "SSCM.0203",
            "SCMSCM.0028",
            "<code>SCM.0203</code>",
            "<p>SCM&#46;0203</p>",
            "<p>&#83;CM&#x2E;0203&nbsp;</p>",
            "<p>SCM&amp;#46;0203</p>",
            "code=SCM%2E0203&text=no",
            r#"{"error_code":"\u0053CM.0203"}"#,
            r#"{"error_code":"\u0053\u0043\u004d\u002e\u0030\u0032\u0030\u0033"}"#,
            r#"{"error_code":"SCM\t.\n0203"}"#,
            r#"{"SCM.0028":true}"#,
            r#"{"message":"{\"error_code\":\"\\u0053CM.0203\"}"}"#,
            "{\"error_code\":\"SCM.0203",
            "{\"error_code\":\"\\u0053CM.0203",
        ] {
            assert!(generic_failure_in(body.as_bytes()).is_some(), "{body}");
            for big_endian in [false, true] {
                let wide = wide(body, big_endian);
                let is_ascii = body.is_ascii();
                assert!(!is_ascii || generic_failure_in(&wide).is_some(), "{body}");
            }
        }
        for layers in [1, 2, 5, 10] {
            let body = within_texts(r#"{"error_code":"\u0053CM.0028"}"#, layers);
            assert_eq!(generic_failure_in(body.as_bytes()), Some("SCM.0028"));
        }
    }

    #[test]
    fn other_texts_have_no_such_code() {
        for body in [
            "",
            "SCM",
            "SCM.",
            "SCM.0204",
            "SCM0203",
            "SCM..0203",
            "SCM.02 03",
            "0203",
            "CM.0203",
            r#"{"error_code":"SCM.0005","error_msg":"100% & \\ \u00"}"#,
            "<html>400 &lt;Bad&gt; &unknown; &#; &#x; Request</html>",
        ] {
            assert_eq!(generic_failure_in(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn what_is_below_more_layers_than_anyone_writes_counts_as_found() {
        let body = format!("%{}2E", "25".repeat(100_000));
        assert!(generic_failure_in(body.as_bytes()).is_some());
    }

    #[test]
    fn undoing_escapes_never_makes_a_text_longer() {
        let seed = 20_261_126;
        println!("seed {seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        let pieces = [
            "\\", "u", "0053", "CM", "&", "#", "x", "2e", ";", "%", "é", "\"", "amp", "n", "推",
        ];
        for _ in 0..50_000 {
            let text: String = (0..random.usize(0..12))
                .map(|_| pieces[random.usize(0..pieces.len())])
                .collect();
            let inner = unescaped(&text);
            assert!(inner == text || inner.len() < text.len(), "{text:?}");
            let _ = generic_failure_in(text.as_bytes());
        }
    }
}
