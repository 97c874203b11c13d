//! The errors in a JSON body: the shapes that Huawei Cloud's services, gateways and IAM are
//! documented or seen to use, at any depth and in lists.

use std::collections::{BTreeMap, HashSet};

use super::lost_code;
use crate::json::{BYTE_ORDER_MARK, Document, Kind, Value};
use crate::service_codes::{self, CodeOutcome};

/// How deep an answer may go to be understood.
pub(crate) const DEEPEST: usize = 32;

/// How many values an answer may have from which an exception is drawn.
const MOST_PLAIN_VALUES: usize = 256;

/// The names of codes, of the best first; compared without case and underscores.
const CODES: [&str; 2] = ["errorcode", "code"];
/// The names of messages, of the best first.
const MESSAGES: [&str; 5] = [
    "errormsg",
    "errormessage",
    "message",
    "failureinfo",
    "error",
];

/// A name as it is compared: services write error_code, errorCode and ErrorCode.
fn folded(value: Value<'_>) -> String {
    value.name().map_or_else(String::new, |name| {
        name.chars()
            .filter(|character| *character != '_')
            .map(|character| character.to_ascii_lowercase())
            .collect()
    })
}

/// What one object says of an error.
#[derive(Default)]
struct Error {
    code: Option<(usize, String)>,
    code_is_text: bool,
    message: Option<(usize, String)>,
}

/// The code and message of the error in these values of a body, the outermost first: one that has a code with
/// letters in it rather than a mere number, and one that has a code rather than a message alone.
pub(crate) fn first_error<'d>(values: impl Iterator<Item = Value<'d>>) -> Option<(String, String)> {
    // By the place of the object: its members may come behind what is in it.
    let mut errors: BTreeMap<usize, Error> = BTreeMap::new();
    for value in values {
        let Some(parent) = value
            .parent()
            .filter(|object| object.kind() == Kind::Object)
        else {
            continue;
        };
        let name = folded(value);
        let rank_in = |names: &[&str]| names.iter().position(|known| *known == name);
        let (code, message) = (rank_in(&CODES), rank_in(&MESSAGES));
        if code.is_none() && message.is_none() {
            continue;
        }
        let Some(text) = text_of(value) else {
            continue;
        };
        let error = errors.entry(parent.index()).or_default();
        if let Some(rank) = code
            && error.code.as_ref().is_none_or(|(known, _)| rank < *known)
        {
            error.code = Some((rank, text));
            error.code_is_text = value.kind() == Kind::Text;
        } else if let Some(rank) = message
            && error
                .message
                .as_ref()
                .is_none_or(|(known, _)| rank < *known)
            && value.kind() == Kind::Text
        {
            error.message = Some((rank, text));
        }
    }
    let chosen = errors
        .values()
        .find(|error| error.code_is_text)
        .or_else(|| errors.values().find(|error| error.code.is_some()));
    let code = chosen.and_then(|error| error.code.as_ref());
    let message = chosen
        .into_iter()
        .chain(errors.values())
        .find_map(|error| error.message.as_ref());
    if code.is_none() && message.is_none() {
        return None;
    }
    let text = |found: Option<&(usize, String)>| found.map(|(_, text)| text.clone());
    Some((
        text(code).unwrap_or_default(),
        text(message).unwrap_or_default(),
    ))
}

/// A string, or a whole number as text: IAM's codes are numbers.
fn text_of(value: Value<'_>) -> Option<String> {
    match value.kind() {
        Kind::Text => value
            .text()
            .filter(|text| !text.is_empty())
            .map(|text| text.to_string()),
        Kind::Number => {
            let digits = value.characters();
            let is_whole = digits.len() <= 20 && !digits.iter().any(|byte| b".eE".contains(byte));
            is_whole.then(|| String::from_utf8_lossy(digits).into_owned())
        }
        _ => None,
    }
}

/// Whether the body of a 200 tells of an error. SCM's other operations answer 200 and tell what
/// failed in lists: those of the batch push and of the deployment count here too.
pub(crate) fn tells_of_an_error(document: &Document<'_>) -> bool {
    document.values().any(is_an_error)
}

/// Whether a member of a 200's body tells of an error by its name and value.
pub(crate) fn is_an_error(value: Value<'_>) -> bool {
    match &*folded(value) {
        "error" | "errors" | "errorcode" | "errormsg" | "errormessage" | "code" | "failurelist"
        | "failureinfo" => !means_nothing(value),
        "success" => {
            value.kind() == Kind::False
                || value.is_zero()
                || value
                    .text()
                    .is_some_and(|text| text.eq_ignore_ascii_case("false"))
        }
        "certid" => value.text().is_some_and(|text| text.is_empty()),
        "message" => {
            let list = value.parent().and_then(|entry| entry.parent());
            list.is_some_and(|list| list.kind() == Kind::Array && folded(list) == "results")
                && value
                    .text()
                    .is_some_and(|text| !text.eq_ignore_ascii_case("success"))
        }
        _ => false,
    }
}

/// Whether a member that could tell of an error tells of none.
fn means_nothing(value: Value<'_>) -> bool {
    value.kind() == Kind::Null
        || value.text().is_some_and(|text| text.is_empty())
        || value.is_zero()
        || value.is_empty()
}

/// Whether the body says that a 5xx came before the push began: by a code that says so, if that is
/// the body's one, plainly readable code. No exception is drawn from doubt: neither from a second code of any kind, nor
/// from names that stand twice, nor from anything that only looks like JSON.
pub(crate) fn says_never_pushed(body: &[u8]) -> bool {
    let Some(document) = Document::read(body) else {
        return false;
    };
    if body.starts_with(BYTE_ORDER_MARK)
        || document.deepest() > DEEPEST
        || document.values().count() > MOST_PLAIN_VALUES
    {
        return false;
    }
    let root = document.root();
    let mut codes = document.values().filter(|value| {
        CODES.contains(&&*folded(*value)) && (value.kind() == Kind::Text || !means_nothing(*value))
    });
    let (Some(only), None) = (codes.next(), codes.next()) else {
        return false;
    };
    let Ok(code) = std::str::from_utf8(only.characters()) else {
        return false;
    };
    let known = service_codes::find(code).filter(|_| only.kind() == Kind::Text);
    let (Some(known), Some(holder)) = (known, only.parent()) else {
        return false;
    };
    let is_in_place = (holder.index() == root.index() && root.kind() == Kind::Object)
        || (folded(holder) == "error" && holder.parent().is_some_and(|outer| outer.index() == 0));
    let mut names = HashSet::new();
    let is_plain = document.values().all(|value| {
        let name = value.name().unwrap_or_default();
        let text = value.text().unwrap_or_default();
        let place = (value.parent().map(|parent| parent.index()), folded(value));
        let is_once = value.name().is_none() || names.insert(place);
        is_once && !speaks_of_another_code(&name, code) && !speaks_of_another_code(&text, code)
    });
    known.outcome == CodeOutcome::NeverPushed && is_in_place && is_plain
}

/// Whether a text has something in it that looks like a code, or JSON.
fn speaks_of_another_code(text: &str, code: &str) -> bool {
    let begins_like_json = text.trim_start().starts_with(['{', '[', '"']);
    if begins_like_json || text.contains("code\"") || text.contains("\"code") {
        return true;
    }
    let bytes = text.as_bytes();
    let dots = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'.');
    let mut is_another = dots.map(|(dot, _)| {
        let letters = bytes[..dot]
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        let digits = bytes[dot + 1..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let looks_like_one = letters >= 2 && digits >= 3;
        looks_like_one && &bytes[dot - letters..=dot + digits] != code.as_bytes()
    });
    is_another.any(|it_is| it_is) || lost_code::generic_failure_in(bytes).is_some()
}
