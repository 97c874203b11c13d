//! What the answer to a batch push says of each project, read and not yet judged against what was
//! asked for.
//!
//! The answer is `{"results":[{"project_name":…,"cert_id":…,"message":…}]}`, and a target failed when
//! its `cert_id` is empty: that is all that the API documents. A list that is not one, or an entry
//! that names no project, tells of nobody; an entry that says two things at once leaves its own
//! project open.

use crate::json::{Document, Kind, Value};
use crate::mask::Masker;
use crate::sanitize::{QUOTE_LIMIT, SERVICE_CODE_LIMIT, SERVICE_MESSAGE_LIMIT};
use crate::service_codes::plain_refusal;
use crate::service_error::{first_error, is_an_error};

/// What the service says of a target that got the certificate.
const SUCCESS: &str = "success";

/// So much of a certificate's id on the target is kept, in characters (the API's limit).
const TARGET_CERTIFICATE_ID_LIMIT: usize = 255;

/// What an entry says of its project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// The certificate is on the target.
    Pushed {
        /// Its id there, masked and fit to be shown.
        target_certificate_id: String,
    },
    /// The target failed.
    Refused {
        /// Whether it says by this that nothing was pushed to it.
        plainly: bool,
    },
    /// Both or neither, in words that continue "the answer 200".
    Unclear(String),
}

/// One entry of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The project, as the answer has it.
    pub(super) project: String,
    pub(super) told: Told,
    /// The error's code, "" if none is told; masked, as is the message.
    pub(super) code: String,
    /// The target's own message, "" where it is none or says no more than that all is well.
    pub(super) message: String,
}

/// Reads the entries of a body that is a JSON object of at most the depth that is looked at; or says
/// why it tells of nobody, in words that continue "the answer 200".
pub(super) fn read_entries(
    document: &Document<'_>,
    masker: &Masker,
) -> Result<Vec<Entry>, &'static str> {
    let mut lists = members(document.root(), "results");
    let (Some(list), None) = (lists.next(), lists.next()) else {
        return Err("does not have one member results");
    };
    if list.kind() != Kind::Array {
        return Err("has results that are no list");
    }
    list.children()
        .map(|entry| read_entry(entry, masker).ok_or("has results that do not name a project each"))
        .collect()
}

/// Whether there is an error in the body beside what the entries say.
pub(super) fn tells_of_another_error(document: &Document<'_>) -> bool {
    let lists: Vec<usize> = members(document.root(), "results")
        .map(|list| list.index())
        .collect();
    let stands_in_a_list = |value: Value<'_>| {
        std::iter::successors(value.parent(), |outer| outer.parent())
            .any(|outer| lists.contains(&outer.index()))
    };
    document
        .values()
        .any(|value| is_an_error(value) && !stands_in_a_list(value))
}

/// Reads an entry; `None` if it does not name one project.
fn read_entry(entry: Value<'_>, masker: &Masker) -> Option<Entry> {
    let mut names = members(entry, "project_name");
    let (Some(name), None) = (names.next(), names.next()) else {
        return None;
    };
    let project = name.text()?.to_string();
    let (code, message) = first_error(entry.descendants()).unwrap_or_default();
    let is_success = code.is_empty() && message.eq_ignore_ascii_case(SUCCESS);
    Some(Entry {
        project,
        told: told_by(entry, masker),
        code: masker.field(&code, SERVICE_CODE_LIMIT),
        message: if is_success {
            String::new()
        } else {
            masker.field(&message, SERVICE_MESSAGE_LIMIT)
        },
    })
}

fn told_by(entry: Value<'_>, masker: &Masker) -> Told {
    // Its own two members are judged here, whatever else the names mean in other bodies.
    let is_own = |value: Value<'_>| {
        value.parent().map(|outer| outer.index()) == Some(entry.index())
            && value
                .name()
                .is_some_and(|name| matches!(name.as_str(), "cert_id" | "message"))
    };
    let has_error = entry
        .descendants()
        .any(|value| !is_own(value) && is_an_error(value));
    let ids: Vec<Value<'_>> = members(entry, "cert_id").collect();
    let id = match ids.as_slice() {
        [] => None,
        [id] => Some(*id),
        [..] => return Told::Unclear("gives more than one cert_id for it".to_owned()),
    };
    let Some(id) = id.filter(|id| id.kind() != Kind::Null) else {
        return Told::Refused { plainly: false };
    };
    let Some(text) = id.text() else {
        return Told::Unclear("gives a cert_id for it that is no text".to_owned());
    };
    if text.trim().is_empty() {
        let plainly = text.is_empty() && !has_error && is_plain_refusal(entry);
        return Told::Refused { plainly };
    }
    if has_error {
        return Told::Unclear(format!(
            "gives the cert_id {} for it, and an error",
            masker.field(&text, QUOTE_LIMIT)
        ));
    }
    Told::Pushed {
        target_certificate_id: masker.field(text.trim(), TARGET_CERTIFICATE_ID_LIMIT),
    }
}

/// Whether the one message of an entry is a plain refusal, letter by letter.
fn is_plain_refusal(entry: Value<'_>) -> bool {
    let mut messages = members(entry, "message");
    match (messages.next(), messages.next()) {
        (Some(message), None) => message
            .text()
            .is_some_and(|text| plain_refusal(&text).is_some()),
        _ => false,
    }
}

/// The members of this name, of which there may be several.
fn members<'d>(object: Value<'d>, name: &'static str) -> impl Iterator<Item = Value<'d>> {
    object
        .children()
        .filter(move |member| member.name().is_some_and(|own| *own == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Vec<Entry>, &'static str> {
        let document = Document::read(body.as_bytes()).unwrap();
        read_entries(&document, &Masker::none())
    }

    /// What one entry of project `p` says.
    fn told(members: &str) -> Told {
        let body = format!(r#"{{"results":[{{"project_name":"p"{members}}}]}}"#);
        read(&body).unwrap().remove(0).told
    }

    fn pushed(id: &str) -> Told {
        Told::Pushed {
            target_certificate_id: id.to_owned(),
        }
    }

    #[test]
    fn an_entry_with_an_id_was_pushed_whatever_its_message() {
        for message in [
            r#","message":"success""#,
            r#","message":"成功""#,
            r#","message":null"#,
            "",
        ] {
            assert_eq!(told(&format!(r#","cert_id":"x1"{message}"#)), pushed("x1"));
        }
    }

    #[test]
    fn an_entry_without_an_id_failed() {
        for members in [
            "",
            r#","cert_id":null"#,
            r#","cert_id":"""#,
            r#","cert_id":" ""#,
            r#","cert_id":"","message":"success""#,
            r#","cert_id":"","message":"invalid region id.""#,
            r#","cert_id":"","message":"Invalid region id. ""#,
            r#","cert_id":null,"message":"Invalid region id.""#,
            r#","message":"Invalid region id.""#,
            r#","cert_id":" ","message":"Invalid region id.""#,
            r#","cert_id":"","message":"Invalid region id.","message":"x""#,
            r#","cert_id":"","message":"Invalid region id.","error_code":"SCM.0028""#,
            r#","cert_id":"","message":["Invalid region id."]"#,
        ] {
            let refused = Told::Refused { plainly: false };
            assert_eq!(told(members), refused, "{members}");
        }
        let plain = told(r#","cert_id":"","message":"Invalid region id.""#);
        assert_eq!(plain, Told::Refused { plainly: true });
    }

    #[test]
    fn an_entry_that_says_two_things_is_unclear() {
        for members in [
            r#","cert_id":"x","cert_id":"x""#,
            r#","cert_id":"","cert_id":"x""#,
            r#","cert_id":1"#,
            r#","cert_id":true"#,
            r#","cert_id":{}"#,
            r#","cert_id":["x"]"#,
            r#","cert_id":"x","error_code":"SCM.0201""#,
            r#","cert_id":"x","details":[{"code":"ELB.8904"}]"#,
            r#","cert_id":"x","success":false"#,
        ] {
            assert!(matches!(told(members), Told::Unclear(_)), "{members}");
        }
    }

    #[test]
    fn code_and_message_are_the_entrys_own() {
        let entries = read(
            r#"{"results":[{"project_name":"a","cert_id":"","message":"m"},
                {"project_name":"b","cert_id":"","error_code":"ELB.1","error_msg":"e"},
                {"project_name":"c","cert_id":"x","message":"Success"}]}"#,
        )
        .unwrap();
        let told: Vec<_> = entries
            .iter()
            .map(|entry| (&*entry.project, &*entry.code, &*entry.message))
            .collect();
        assert_eq!(told, [("a", "", "m"), ("b", "ELB.1", "e"), ("c", "", "")]);
    }

    #[test]
    fn a_list_that_is_none_tells_of_nobody() {
        for body in [
            "{}",
            r#"{"results":null}"#,
            r#"{"results":{}}"#,
            r#"{"results":"a"}"#,
            r#"{"results":[],"results":[]}"#,
            r#"{"Results":[]}"#,
            r#"{"data":{"results":[]}}"#,
            r#"{"results":[null]}"#,
            r#"{"results":["a"]}"#,
            r#"{"results":[[]]}"#,
            r#"{"results":[{}]}"#,
            r#"{"results":[{"project_name":null,"cert_id":"x"}]}"#,
            r#"{"results":[{"project_name":1,"cert_id":"x"}]}"#,
            r#"{"results":[{"project_name":"a","project_name":"b","cert_id":"x"}]}"#,
            r#"{"results":[{"project_name":"a","cert_id":"x"},{"cert_id":"y"}]}"#,
        ] {
            assert!(read(body).is_err(), "{body}");
        }
        assert_eq!(read(r#"{"results":[]}"#), Ok(Vec::new()));
    }

    #[test]
    fn only_an_error_outside_the_list_is_another() {
        let another =
            |body: &str| tells_of_another_error(&Document::read(body.as_bytes()).unwrap());
        for body in [
            r#"{"results":[{"project_name":"a","cert_id":"","message":"m"}]}"#,
            r#"{"results":[{"error_code":"x"}],"error_code":"","code":0}"#,
        ] {
            assert!(!another(body), "{body}");
        }
        for body in [
            r#"{"results":[],"error_code":"SCM.0028"}"#,
            r#"{"success":false,"results":[]}"#,
            r#"{"a":{"results":[{"cert_id":""}]},"results":[]}"#,
        ] {
            assert!(another(body), "{body}");
        }
    }
}
