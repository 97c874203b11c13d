//! The lines of a journal, to text and back. Each is a JSON object: the first says what the file is,
//! every other what happened to one push. Members that are not known are passed over, so that a later
//! certpush may add some; what changes the meaning of a line raises [`VERSION`].

use super::entry_key::EntryKey;
use super::journal_file::Refusal;
use crate::json::{self, Document, Kind, Value};
use crate::operations::PushRequest;
use crate::report::Report;
use crate::sanitize::sanitize;
use crate::status::Status;

/// The version of journals that is written, and the newest that is read.
const VERSION: u64 = 1;
/// The member that tells a journal from any other file, by its version.
const MARK: &str = "certpush_journal";
/// Longest text of the service that an end keeps, in bytes: then it is known how long an end can be.
const LONGEST_TEXT: usize = 128;
/// How much longer an end can be than the beginning of the same push, in bytes.
pub(super) const LONGEST_END: u64 = 1024;
/// How much of a time is shown, in characters: a person may have changed it.
const TIME_SHOWN: usize = 40;
/// How much of an endpoint is shown, in characters.
const ENDPOINT_SHOWN: usize = 256;

/// What to do about a file whose first line is not a journal's.
const NO_JOURNAL: &str = "If it was a journal, restore it: by another one, or none, all that was pushed would be pushed once more. If it never was one, name another file.";
/// What to do about a version that is not known.
const NEWER: &str = "Use the certpush that has written it, or a newer one: by another journal, or none, all that was pushed would be pushed once more.";

/// What a line says happened to a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// It was about to be sent.
    Begin,
    /// It has ended.
    End(Ended),
    /// A person has found out whether it was made.
    Settle { pushed: bool },
}

/// How a push has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Pushed,
    NotPushed,
    /// It may have been pushed; the status that it ended with, if it is known to this version.
    Unknown(Option<Status>),
}

impl Ended {
    pub(super) fn of(report: &Report) -> Ended {
        match (report.status, report.outcome_unknown) {
            (Status::Ok, _) => Ended::Pushed,
            (status, true) => Ended::Unknown(Some(status)),
            (_, false) => Ended::NotPushed,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Ended::Pushed => "pushed",
            Ended::NotPushed => "not_pushed",
            Ended::Unknown(_) => "unknown",
        }
    }
}

/// A line behind the first.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) event: Event,
    /// When it was written, for people.
    pub(super) time: String,
    pub(super) key: EntryKey,
}

/// The first line of a journal of pushes to this endpoint, with its end.
pub(super) fn header(endpoint: &str) -> Vec<u8> {
    let version = VERSION.to_string();
    line(&[
        (MARK, version.as_bytes()),
        ("endpoint", &json::text(endpoint)),
    ])
}

/// The endpoint that the first line names, or what is wrong with it.
pub(super) fn read_header(line: &[u8]) -> Result<String, Refusal> {
    let document = object(line).ok_or_else(no_journal)?;
    let root = document.root();
    let version = root.get(MARK).filter(|it| it.kind() == Kind::Number);
    let version = version.ok_or_else(no_journal)?.characters();
    if version != VERSION.to_string().as_bytes() {
        let version = String::from_utf8_lossy(version);
        let version = sanitize(&version, TIME_SHOWN);
        return Err(Refusal {
            why: format!(
                "is of version {version}, and this certpush knows version {VERSION} alone"
            ),
            hint: NEWER,
        });
    }
    text(root, "endpoint").ok_or_else(no_journal)
}

/// What a file is refused for whose first line is not a journal's.
pub(super) fn no_journal() -> Refusal {
    Refusal {
        why: "is no journal of certpush: its first line is not one's".to_owned(),
        hint: NO_JOURNAL,
    }
}

/// An endpoint for a message.
pub(super) fn shown_endpoint(endpoint: &str) -> String {
    sanitize(endpoint, ENDPOINT_SHOWN)
}

/// A line behind the first; `None` for what is none.
pub(super) fn read(line: &[u8]) -> Option<Line> {
    let document = object(line)?;
    let root = document.root();
    let outcome = text(root, "outcome");
    let event = match (&*text(root, "event")?, outcome.as_deref()) {
        ("begin", None) => Event::Begin,
        ("end", Some("pushed")) => Event::End(Ended::Pushed),
        ("end", Some("not_pushed")) => Event::End(Ended::NotPushed),
        ("end", Some("unknown")) => {
            let status = text(root, "status").and_then(|name| name.parse().ok());
            Event::End(Ended::Unknown(status))
        }
        ("settle", Some("pushed")) => Event::Settle { pushed: true },
        ("settle", Some("not_pushed")) => Event::Settle { pushed: false },
        _ => return None,
    };
    Some(Line {
        event,
        time: sanitize(&text(root, "time")?, TIME_SHOWN),
        key: EntryKey::from_texts(
            &text(root, "certificate_id")?,
            &text(root, "target_project")?,
            &text(root, "target_service")?,
        ),
    })
}

pub(super) fn begin(push: &PushRequest, time: &str) -> Vec<u8> {
    event("begin", push, time, &[])
}

pub(super) fn end(push: &PushRequest, time: &str, report: &Report) -> Vec<u8> {
    let bounded = |text: &str| json::text(if text.len() > LONGEST_TEXT { "" } else { text });
    event(
        "end",
        push,
        time,
        &[
            ("outcome", &json::text(Ended::of(report).word())),
            ("status", &json::text(report.status.c_name())),
            ("http_status", report.http_status.to_string().as_bytes()),
            ("service_code", &bounded(&report.service_code)),
            ("request_id", &bounded(&report.request_id)),
        ],
    )
}

pub(super) fn settle(push: &PushRequest, time: &str, pushed: bool) -> Vec<u8> {
    let ended = if pushed {
        Ended::Pushed
    } else {
        Ended::NotPushed
    };
    event(
        "settle",
        push,
        time,
        &[("outcome", &json::text(ended.word()))],
    )
}

fn event(name: &str, push: &PushRequest, time: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
    let (name, time) = (json::text(name), json::text(time));
    let texts = [
        push.certificate_id(),
        push.target_project(),
        push.target_service(),
    ];
    let [id, project, service] = texts.map(json::text);
    let mut members: Vec<(&str, &[u8])> = vec![
        ("event", &name),
        ("time", &time),
        ("certificate_id", &id),
        ("target_project", &project),
        ("target_service", &service),
    ];
    members.extend_from_slice(more);
    line(&members)
}

fn line(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut line = json::object(members).to_vec();
    line.push(b'\n');
    line
}

fn object(line: &[u8]) -> Option<Document<'_>> {
    Document::read(line).filter(|document| document.root().kind() == Kind::Object)
}

fn text(object: Value<'_>, name: &str) -> Option<String> {
    object.get(name)?.text().map(|text| text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase::Phase;

    const TIME: &str = "2026-11-24T03:00:00Z";

    fn push() -> PushRequest {
        PushRequest::new("scs1600313391074", "a\"b", "elb").unwrap()
    }

    fn report(status: Status, outcome_unknown: bool) -> Report {
        Report {
            outcome_unknown,
            http_status: 500,
            service_code: "SCM.0005".to_owned(),
            request_id: "r-1".to_owned(),
            ..Report::new(status, Phase::Receive, "it was so")
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let endings = [
            (report(Status::Ok, false), Ended::Pushed),
            (report(Status::BadRequest, false), Ended::NotPushed),
            (
                report(Status::ServerError, true),
                Ended::Unknown(Some(Status::ServerError)),
            ),
        ];
        let mut lines = vec![
            (begin(&push(), TIME), Event::Begin),
            (settle(&push(), TIME, true), Event::Settle { pushed: true }),
            (
                settle(&push(), TIME, false),
                Event::Settle { pushed: false },
            ),
        ];
        lines.extend(
            endings.map(|(report, ended)| (end(&push(), TIME, &report), Event::End(ended))),
        );
        for (line, event) in lines {
            assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
            let read = read(&line).unwrap();
            assert_eq!(
                read,
                Line {
                    event,
                    time: TIME.to_owned(),
                    key: EntryKey::of(&push())
                }
            );
        }
        assert_eq!(
            read_header(&header("https://a.example/x")).unwrap(),
            "https://a.example/x"
        );
    }

    #[test]
    fn a_line_is_for_people_too() {
        assert_eq!(
            String::from_utf8(end(&push(), TIME, &report(Status::ServerError, true))).unwrap(),
            concat!(
                r#"{"event":"end","time":"2026-11-24T03:00:00Z","certificate_id":"scs1600313391074","#,
                r#""target_project":"a\"b","target_service":"elb","outcome":"unknown","#,
                r#""status":"CERTPUSH_SERVER_ERROR","http_status":500,"service_code":"SCM.0005","request_id":"r-1"}"#,
                "\n"
            )
        );
        assert_eq!(
            String::from_utf8(header("https://a.example")).unwrap(),
            "{\"certpush_journal\":1,\"endpoint\":\"https://a.example\"}\n"
        );
    }

    #[test]
    fn an_end_is_not_longer_than_was_said() {
        let full = Report {
            service_code: "\"".repeat(LONGEST_TEXT),
            request_id: "\\".repeat(LONGEST_TEXT),
            http_status: 599,
            ..report(Status::UnexpectedResponse, true)
        };
        let longest = end(&push(), TIME, &full).len() as u64;
        assert!(longest <= begin(&push(), TIME).len() as u64 + LONGEST_END);
        let longer = Report {
            request_id: "r".repeat(LONGEST_TEXT + 1),
            ..full
        };
        assert!((end(&push(), TIME, &longer).len() as u64) < longest);
    }

    #[test]
    fn what_a_later_version_adds_is_passed_over_and_what_it_changes_is_not() {
        let more = br#"{"more":[{}],"event":"begin","time":"t","certificate_id":"i","target_project":"p","target_service":"s"}"#;
        assert_eq!(read(more).unwrap().event, Event::Begin);
        let status = br#"{"event":"end","outcome":"unknown","status":"CERTPUSH_NEW","time":"t","certificate_id":"i","target_project":"p","target_service":"s"}"#;
        assert_eq!(
            read(status).unwrap().event,
            Event::End(Ended::Unknown(None))
        );
        for version in ["0", "2", "1.0", "10", "1e0"] {
            let header = format!("{{\"certpush_journal\":{version},\"endpoint\":\"https://a\"}}");
            let why = read_header(header.as_bytes()).unwrap_err().why;
            assert!(
                why.starts_with(&format!("is of version {version},")),
                "{why}"
            );
        }
    }

    #[test]
    fn what_is_no_line_is_none() {
        for line in [
            "",
            "{}",
            "[]",
            r#"{"event":"begin"}"#,
            r#"{"event":"begin","outcome":"pushed","time":"t","certificate_id":"i","target_project":"p","target_service":"s"}"#,
            r#"{"event":"end","time":"t","certificate_id":"i","target_project":"p","target_service":"s"}"#,
            r#"{"event":"end","outcome":"PUSHED","time":"t","certificate_id":"i","target_project":"p","target_service":"s"}"#,
            r#"{"event":"settle","outcome":"unknown","time":"t","certificate_id":"i","target_project":"p","target_service":"s"}"#,
            r#"{"event":"stop","time":"t","certificate_id":"i","target_project":"p","target_service":"s"}"#,
            r#"{"event":"begin","time":1,"certificate_id":"i","target_project":"p","target_service":"s"}"#,
            r#"{"event":"begin","time":"t","certificate_id":"i","target_project":"p","target_service":"s"#,
        ] {
            assert_eq!(read(line.as_bytes()), None, "{line}");
        }
        for header in [
            "",
            "{}",
            "[1]",
            r#"{"certpush_journal":"1","endpoint":"x"}"#,
            r#"{"certpush_journal":1}"#,
        ] {
            let why = read_header(header.as_bytes()).unwrap_err().why;
            assert!(why.starts_with("is no journal"), "{header}: {why}");
        }
    }
}
