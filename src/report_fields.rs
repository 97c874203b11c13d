//! The fields of a report: one table that every binding takes its members from.
//!
//! The JSON object is made from it. The accessors in C, the attributes in Python and the tables in
//! the documentation are compared with it, so that a field which one of them lacks fails a test.

use std::borrow::Cow;

use crate::json::append_text;
use crate::phase::Phase;
use crate::report::Report;

/// One field of a report: the same name in every binding.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ReportField {
    /// The name, such as `http_status`.
    pub name: &'static str,
    /// What reads it from a report. Its variant is the type that the field has.
    pub get: Getter,
    /// What it says, in one or two sentences.
    pub doc: &'static str,
    /// The version that it came with.
    pub since: &'static str,
}

/// What reads a field, by the type that the field has.
#[derive(Clone, Copy, Debug)]
pub enum Getter {
    /// A string, "" where there is none.
    Text(fn(&Report) -> &str),
    /// A number of 31 bits, 0 where there is none.
    Integer(fn(&Report) -> i32),
    /// True or false.
    Boolean(fn(&Report) -> bool),
    /// Milliseconds: -1 in JSON and C where there are none, nothing in languages that have it.
    Milliseconds(fn(&Report) -> Option<u64>),
}

impl ReportField {
    /// The C function that reads the field, "" for the status's name: `certpush_status_name` tells
    /// that of any status.
    pub fn c_accessor(&self) -> String {
        match self.name {
            "status_name" => String::new(),
            name => format!("certpush_report_{name}"),
        }
    }

    /// Its value in a report as plain text: what JSON has, but texts without quotes and escapes.
    /// Since 0.2.0.
    pub fn text<'r>(&self, report: &'r Report) -> Cow<'r, str> {
        match self.get {
            Getter::Text(get) => Cow::Borrowed(get(report)),
            Getter::Integer(get) => Cow::Owned(get(report).to_string()),
            Getter::Boolean(get) => Cow::Borrowed(if get(report) { "true" } else { "false" }),
            Getter::Milliseconds(get) => Cow::Owned(match get(report) {
                Some(milliseconds) => milliseconds.to_string(),
                None => "-1".to_owned(),
            }),
        }
    }

    /// The type of its value in JSON: `string`, `integer` or `boolean`.
    pub const fn json_type(&self) -> &'static str {
        match self.get {
            Getter::Text(_) => "string",
            Getter::Integer(_) | Getter::Milliseconds(_) => "integer",
            Getter::Boolean(_) => "boolean",
        }
    }
}

/// Every field, in the order in which a report is written as JSON.
pub const REPORT_FIELDS: &[ReportField] = &[
    ReportField {
        name: "status",
        get: Getter::Integer(|report| report.status().number()),
        doc: "What became of the call, as a number that is the same in every language: 0 if, and only if, it succeeded.",
        since: "0.1.0",
    },
    ReportField {
        name: "status_name",
        get: Getter::Text(|report| report.status().c_name()),
        doc: "The name of the status in C, such as CERTPUSH_TIMEOUT.",
        since: "0.1.0",
    },
    ReportField {
        name: "message",
        get: Getter::Text(Report::message),
        doc: "What happened, in one line that is fit for a log. Never a secret.",
        since: "0.1.0",
    },
    ReportField {
        name: "hint",
        get: Getter::Text(|report| &report.hint),
        doc: "What to do about it, \"\" if nothing is known.",
        since: "0.1.0",
    },
    ReportField {
        name: "phase",
        get: Getter::Text(|report| report.phase.map_or("", Phase::as_str)),
        doc: "How far the call had come when it failed; \"\" after a success and nowhere else.",
        since: "0.1.0",
    },
    ReportField {
        name: "http_status",
        get: Getter::Integer(|report| report.http_status.into()),
        doc: "The HTTP status of the last answer, 0 if there was none.",
        since: "0.1.0",
    },
    ReportField {
        name: "service_code",
        get: Getter::Text(|report| &report.service_code),
        doc: "The service's error_code, such as SCM.0069, or \"\".",
        since: "0.1.0",
    },
    ReportField {
        name: "service_message",
        get: Getter::Text(|report| &report.service_message),
        doc: "The service's error_msg, or \"\".",
        since: "0.1.0",
    },
    ReportField {
        name: "request_id",
        get: Getter::Text(|report| &report.request_id),
        doc: "The service's id of the request, or \"\": Huawei Cloud's support asks for it.",
        since: "0.1.0",
    },
    ReportField {
        name: "retryable",
        get: Getter::Boolean(Report::retryable),
        doc: "Whether the same call may simply be made again: it provably pushed nothing, and what stopped it may pass.",
        since: "0.1.0",
    },
    ReportField {
        name: "outcome_unknown",
        get: Getter::Boolean(Report::outcome_unknown),
        doc: "Whether the certificate may have been pushed although the call failed.",
        since: "0.1.0",
    },
    ReportField {
        name: "retry_after_ms",
        get: Getter::Milliseconds(|report| report.retry_after_ms),
        doc: "How long the service asks to wait before another call, in milliseconds; -1 if it does not say.",
        since: "0.1.0",
    },
    ReportField {
        name: "attempts",
        get: Getter::Integer(|report| report.attempts().try_into().unwrap_or(i32::MAX)),
        doc: "How many attempts were begun, 0 if nothing was tried.",
        since: "0.1.0",
    },
    ReportField {
        name: "certificate_id",
        get: Getter::Text(|report| &report.certificate_id),
        doc: "The certificate's id, \"\" if the call was no push or an argument was refused.",
        since: "0.1.0",
    },
    ReportField {
        name: "target_project",
        get: Getter::Text(|report| &report.target_project),
        doc: "The project that the certificate was to be pushed to, \"\" as for certificate_id; of a batch push as a whole, all of them with commas between.",
        since: "0.1.0",
    },
    ReportField {
        name: "target_service",
        get: Getter::Text(|report| &report.target_service),
        doc: "The service that the certificate was to be pushed to, \"\" as for certificate_id.",
        since: "0.1.0",
    },
    ReportField {
        name: "target_certificate_id",
        get: Getter::Text(|report| &report.target_certificate_id),
        doc: "The id that the certificate has on its target, \"\" if the service did not tell: only a batch push tells, of each target that got the certificate.",
        since: "0.2.0",
    },
];

impl Report {
    /// Every field as one JSON object on one line, as the command's `--json` prints it and every
    /// binding gives it: where nothing is known, a text is "", a number 0, and `retry_after_ms` -1.
    /// Since 0.1.0.
    pub fn to_json(&self) -> String {
        self.to_json_saying(&self.message, &self.hint)
    }

    /// As [`Report::to_json`], for a binding that says message and hint in words of its own, such as
    /// those of [`Report::message_naming`].
    #[doc(hidden)]
    pub fn to_json_saying(&self, message: &str, hint: &str) -> String {
        // What is short, and seldom a character that is escaped.
        let room = 640 + message.len() + hint.len() + self.service_message.len();
        let mut json = Vec::with_capacity(room);
        for field in REPORT_FIELDS {
            json.extend_from_slice(if json.is_empty() { b"{\"" } else { b",\"" });
            json.extend_from_slice(field.name.as_bytes());
            json.extend_from_slice(b"\":");
            match (field.name, field.get) {
                ("message", _) => append_text(&mut json, message),
                ("hint", _) => append_text(&mut json, hint),
                (_, Getter::Text(get)) => append_text(&mut json, get(self)),
                _ => json.extend_from_slice(field.text(self).as_bytes()),
            }
        }
        json.push(b'}');
        String::from_utf8(json).unwrap_or_default()
    }
}

/// A batch push as one JSON object on one line: that of the whole's [`Report::to_json`], with those of
/// its results as a list in a last member, `results`. Empty if the service told of no target.
#[doc(hidden)]
pub fn json_with_results(whole: &str, results: &[String]) -> String {
    let members = whole.strip_suffix('}').unwrap_or(whole);
    [members, ",\"results\":", &json_list(results), "}"].concat()
}

/// JSON objects, such as those of [`Report::to_json`], as one list on one line.
#[doc(hidden)]
pub fn json_list(objects: &[String]) -> String {
    ["[", &objects.join(","), "]"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Status;

    fn report() -> Report {
        Report {
            certificate_id: "scs1600313391074".to_owned(),
            http_status: 500,
            retry_after_ms: Some(1500),
            outcome_unknown: true,
            attempts: 2,
            ..Report::new(Status::ServerError, Phase::Receive, "said \"no\"\n推送")
        }
    }

    #[test]
    fn json_has_every_field_in_the_tables_order() {
        let json = report().to_json();
        assert!(!json.contains('\n'));
        let members: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&json).unwrap();
        assert_eq!(members.len(), REPORT_FIELDS.len());
        let mut rest = json.as_str();
        for field in REPORT_FIELDS {
            let name = format!("\"{}\":", field.name);
            rest = rest.split_once(&name).expect(field.name).1;
            let found = match &members[field.name] {
                serde_json::Value::String(_) => "string",
                serde_json::Value::Number(number) if number.is_i64() => "integer",
                serde_json::Value::Bool(_) => "boolean",
                other => panic!("{} is {other}", field.name),
            };
            assert_eq!(found, field.json_type(), "{}", field.name);
        }
        assert_eq!(members["status"], Status::ServerError.number());
        assert_eq!(members["status_name"], "CERTPUSH_SERVER_ERROR");
        assert_eq!(members["message"], "said \"no\"\n推送");
        assert_eq!(members["phase"], "receive");
        assert_eq!(members["retry_after_ms"], 1500);
        assert_eq!(members["outcome_unknown"], true);
    }

    #[test]
    fn the_plain_text_of_a_field_is_what_json_has() {
        let unquoted = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        for report in [report(), Report::done(), Report::missing()] {
            let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
            for field in REPORT_FIELDS {
                assert_eq!(
                    field.text(&report),
                    unquoted(&json[field.name]),
                    "{}",
                    field.name
                );
            }
        }
    }

    #[test]
    fn no_wait_is_minus_one() {
        let json = Report::new(Status::Tls, Phase::Tls, "").to_json();
        assert!(json.contains("\"retry_after_ms\":-1,"), "{json}");
    }

    #[test]
    fn results_are_a_list_in_the_last_member() {
        let (whole, one) = (report().to_json(), report().to_json());
        for results in [vec![], vec![one.clone()], vec![one.clone(), one.clone()]] {
            let json = json_with_results(&whole, &results);
            let read: serde_json::Value = serde_json::from_str(&json).unwrap();
            assert_eq!(read["message"], "said \"no\"\n推送");
            assert_eq!(read["results"].as_array().unwrap().len(), results.len());
            let expected: serde_json::Value = serde_json::from_str(&one).unwrap();
            for result in read["results"].as_array().unwrap() {
                assert_eq!(*result, expected);
            }
            // As they are, with their members in the order of the fields.
            assert_eq!(json.matches(&one).count(), results.len());
        }
    }

    #[test]
    fn a_binding_may_say_message_and_hint_in_its_own_words() {
        let json = report().to_json_saying("--timeout-ms is odd", "look");
        assert!(json.contains("\"message\":\"--timeout-ms is odd\",\"hint\":\"look\","));
    }
}
