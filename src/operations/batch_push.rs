//! A batch push: one certificate, one service, up to ten projects, one request.
//!
//! The service answers 200 although targets failed, and tells of each project by name. What it does
//! not tell plainly leaves the project open: it may have been pushed to.

use std::collections::BTreeSet;

use super::batch_results::{Entry, Told, read_entries, tells_of_another_error};
use super::operation::{Attempt, Operation};
use super::push::{PATH_OF_CERTIFICATES, PushRequest, check_certificate_id, check_target_service};
use super::verdict::{error_in, object_in, read_failure, too_deep, unexpected, with_hint};
use crate::advice::LOOK_BEFORE_RETRY;
use crate::hints;
use crate::json;
use crate::limits;
use crate::mask::Masker;
use crate::outcome::Outcome;
use crate::phase::Phase;
use crate::report::{Error, Report};
use crate::sanitize::{QUOTE_LIMIT, shown};
use crate::service_codes;
use crate::service_error::ErrorResponse;
use crate::status::Status;
use crate::transport::{Body, Method, Request, RequestBody, Response};

/// The argument's name.
const TARGET_PROJECTS: &str = "target_projects";

/// So many projects that nobody asked for are named.
const MOST_NAMED: usize = 3;

/// A batch push whose certificate_id, projects and service are within the documented limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BatchPush {
    certificate_id: String,
    target_service: String,
    /// One push for each project, in the order asked for.
    targets: Vec<PushRequest>,
}

impl BatchPush {
    /// Checks a batch push against the documented limits ([`limits`]).
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT`, which names the argument and what is wrong with it.
    pub(crate) fn new<P: AsRef<str>>(
        certificate_id: &str,
        target_projects: &[P],
        target_service: &str,
    ) -> Result<BatchPush, Error> {
        check_certificate_id(certificate_id)?;
        check_target_service(target_service)?;
        let projects: Vec<&str> = target_projects.iter().map(AsRef::as_ref).collect();
        check_projects(&projects)
            .map_err(|reason| Error::invalid_argument(TARGET_PROJECTS, &reason))?;
        let push = |project: &&str| PushRequest::new(certificate_id, project, target_service);
        Ok(BatchPush {
            certificate_id: certificate_id.to_owned(),
            target_service: target_service.to_owned(),
            targets: projects.iter().map(push).collect::<Result<_, Error>>()?,
        })
    }

    /// The path of the operation, below the endpoint.
    fn path(&self) -> String {
        [
            PATH_OF_CERTIFICATES,
            "/",
            &self.certificate_id,
            "/batch-push",
        ]
        .concat()
    }

    /// The body: exactly the two members that the API defines.
    fn body(&self) -> Vec<u8> {
        let projects: Vec<_> = self.projects().map(json::text).collect();
        let projects = json::list(&projects);
        let service = json::text(&self.target_service);
        let members = [
            (TARGET_PROJECTS, projects.as_slice()),
            ("target_service", service.as_slice()),
        ];
        std::mem::take(&mut *json::object(&members))
    }

    fn projects(&self) -> impl Iterator<Item = &str> {
        self.targets.iter().map(PushRequest::target_project)
    }

    /// Reads a complete 200.
    fn read_results(&self, response: &Response, body: &[u8], attempt: &Attempt<'_>) -> Report {
        let &Attempt {
            handed_over,
            masker,
            ..
        } = attempt;
        let mut read = ErrorResponse::of_head(response, masker);
        let document = match object_in(response, body, masker) {
            Ok(document) => document,
            Err(what) => return unexpected(read, response, &what, handed_over),
        };
        read.take_request_id(&document, masker);
        if let Some(what) = too_deep(&document) {
            return unexpected(read, response, &what, handed_over);
        }
        if tells_of_another_error(&document) {
            let what = error_in(&mut read, &document, response, body, masker);
            return unexpected(read, response, &what, handed_over);
        }
        let entries = match read_entries(&document, masker) {
            Ok(entries) => entries,
            Err(what) => return unexpected(read, response, what, handed_over),
        };
        let targets: Vec<Report> = self
            .projects()
            .map(|project| Report {
                http_status: response.http_status,
                request_id: read.request_id.clone(),
                ..of_target(&about(project, &entries), attempt)
            })
            .collect();
        let status = if targets.iter().all(|target| target.status == Status::Ok) {
            Status::Ok
        } else {
            Status::Incomplete
        };
        Report {
            outcome_unknown: targets.iter().any(|target| target.outcome_unknown),
            reached_some: targets.iter().any(|target| target.status == Status::Ok),
            targets,
            ..read.into_report(status, response, self.oddities(&entries, masker))
        }
    }

    /// What the answer tells more than once, and of whom else it tells; "" if it does neither.
    fn oddities(&self, entries: &[Entry], masker: &Masker) -> String {
        let mut odd = Vec::new();
        for project in self.projects() {
            let times = about(project, entries).len();
            if times > 1 {
                odd.push(format!(
                    "the answer tells of {} {times} times",
                    shown(project)
                ));
            }
        }
        let mut others = BTreeSet::new();
        for Entry { project, .. } in entries {
            if !self.projects().any(|asked| *asked == **project) {
                others.insert(&**project);
            }
        }
        if !others.is_empty() {
            let mut named: Vec<String> = others
                .iter()
                .take(MOST_NAMED)
                .map(|project| format!("\"{}\"", masker.field(project, QUOTE_LIMIT)))
                .collect();
            if others.len() > MOST_NAMED {
                named.push(format!("{} more", others.len() - MOST_NAMED));
            }
            let named: Vec<&str> = named.iter().map(String::as_str).collect();
            odd.push(format!(
                "the answer tells of {}, which nobody asked for",
                listed(&named)
            ));
        }
        odd.join("; ")
    }

    /// The targets in words, for messages: `ELB in a, b and c`.
    fn targets(&self) -> String {
        let projects: Vec<&str> = self.projects().collect();
        [&shown(&self.target_service), " in ", &listed(&projects)].concat()
    }

    /// What became of each target, for the message of the whole.
    fn story(&self, report: &Report) -> String {
        let of = |outcome| -> Vec<&str> {
            let is_it = |target: &&Report| target.outcome() == outcome;
            let targets = report.targets.iter().filter(is_it);
            targets.map(|target| &*target.target_project).collect()
        };
        let pushed = of(Outcome::Pushed);
        let mut story = format!(
            "pushed to {} of {} projects",
            pushed.len(),
            self.targets.len()
        );
        for (before, projects) in [
            (": ", pushed),
            ("; not pushed to ", of(Outcome::NotPushed)),
            ("; may have been pushed to ", of(Outcome::Unknown)),
        ] {
            if !projects.is_empty() {
                story.push_str(before);
                story.push_str(&listed(&projects));
            }
        }
        story
    }
}

impl Operation for BatchPush {
    const NAME: &'static str = "batch_push";
    const CHANGES_SOMETHING: bool = true;

    fn request(&self) -> Request {
        Request {
            body: RequestBody::Plain(self.body()),
            ..Request::new(Method::Post, self.path())
        }
    }

    fn read(&self, response: &Response, attempt: &Attempt<'_>) -> Report {
        if let (200, Body::Complete(body)) = (response.http_status, &response.body) {
            let report = self.read_results(response, body, attempt);
            return with_hint(report, response, attempt);
        }
        // A 204 has no results, and is no answer to a batch push.
        let report = read_failure(response, attempt);
        let is_of_one_target =
            service_codes::find(&report.service_code).is_some_and(|known| known.is_of_one_target);
        if is_of_one_target && self.targets.len() > 1 && attempt.handed_over {
            // One target refused; those before it may have the certificate.
            let report = Report {
                outcome_unknown: true,
                retryable: false,
                ..report
            };
            return with_hint(report, response, attempt);
        }
        report
    }

    fn name_in(&self, report: &mut Report) {
        self.certificate_id.clone_into(&mut report.certificate_id);
        report.target_project = self.projects().collect::<Vec<_>>().join(",");
        self.target_service.clone_into(&mut report.target_service);
        for (push, target) in self.targets.iter().zip(&mut report.targets) {
            push.name_in(target);
            target.attempts = report.attempts;
            target.message = push.message(target);
        }
    }

    fn message(&self, report: &Report) -> String {
        let id = self.certificate_id.as_str();
        let (story, what) = match report.status() {
            Status::Ok => (
                format!(
                    "{id} was pushed to {} (stored, not yet bound)",
                    self.targets()
                ),
                report.message(),
            ),
            Status::Incomplete => (
                format!(
                    "batch push of {id} to {}: {}",
                    self.target_service,
                    self.story(report)
                ),
                report.message(),
            ),
            _ => {
                let outcome = if report.outcome_unknown() {
                    "it may have been pushed to any of them"
                } else {
                    "it was pushed to none of them"
                };
                (
                    format!(
                        "batch push of {id} to {}: {}",
                        self.targets(),
                        report.what_happened()
                    ),
                    outcome,
                )
            }
        };
        match what {
            "" => story,
            what => [&story, "; ", what].concat(),
        }
    }
}

/// The entries that tell of a project.
fn about<'e>(project: &str, entries: &'e [Entry]) -> Vec<&'e Entry> {
    let is_it = |entry: &&Entry| entry.project == project;
    entries.iter().filter(is_it).collect()
}

/// What the entries about one target come to. The message is what happened, to continue a sentence;
/// of a target that got the certificate, what is odd.
fn of_target(entries: &[&Entry], attempt: &Attempt<'_>) -> Report {
    let kind = |entry: &Entry| std::mem::discriminant(&entry.told);
    let contradicts = |pair: &[&Entry]| kind(pair[0]) != kind(pair[1]);
    let unclear = |what: &str| {
        let message = format!("the answer 200 {what}");
        Report::new(Status::UnexpectedResponse, Phase::Receive, message)
    };
    let mut report = match entries.first().map(|first| &first.told) {
        None => unclear("does not tell of it"),
        Some(_) if entries.windows(2).any(contradicts) => {
            unclear(&format!("contradicts itself: {}", in_words(entries)))
        }
        Some(Told::Unclear(what)) => unclear(what),
        Some(Told::Pushed {
            target_certificate_id,
        }) => {
            let odd = match entries.len() {
                1 => String::new(),
                times => format!("told {times} times: {}", in_words(entries)),
            };
            Report {
                target_certificate_id: target_certificate_id.clone(),
                ..Report::new(Status::Ok, None, odd)
            }
        }
        Some(Told::Refused { .. }) => {
            Report::new(Status::TargetRefused, Phase::Receive, in_words(entries))
        }
    };
    let is_plain = |entry: &&Entry| entry.told == Told::Refused { plainly: true };
    report.outcome_unknown = attempt.handed_over
        && match report.status {
            Status::Ok => false,
            Status::TargetRefused => !entries.iter().all(is_plain),
            _ => true,
        };
    let text = |of: fn(&Entry) -> &str| {
        let mut texts = entries.iter().map(|entry| of(entry));
        texts.find(|text| !text.is_empty()).unwrap_or_default()
    };
    report.service_code = text(|entry| &entry.code).to_owned();
    report.service_message = text(|entry| &entry.message).to_owned();
    report.hint = match report.status {
        Status::UnexpectedResponse if report.outcome_unknown => LOOK_BEFORE_RETRY.into(),
        _ => hints::for_answer(&report, attempt.used, false),
    };
    report
}

/// What entries about one target tell, each thing once.
fn in_words(entries: &[&Entry]) -> String {
    let mut told: Vec<String> = Vec::new();
    for entry in entries {
        let words = match &entry.told {
            Told::Pushed {
                target_certificate_id,
            } if target_certificate_id.is_empty() => "has it".to_owned(),
            Told::Pushed {
                target_certificate_id,
            } => format!("has it as {target_certificate_id}"),
            Told::Refused { .. } => {
                let reason = [entry.code.as_str(), entry.message.as_str()].join(" ");
                match reason.trim() {
                    "" => "refused it without a reason".to_owned(),
                    reason => format!("refused it: {reason}"),
                }
            }
            Told::Unclear(_) => "is told of unclearly".to_owned(),
        };
        if !told.contains(&words) {
            told.push(words);
        }
    }
    ["the target ", &told.join(" and ")].concat()
}

fn check_projects(projects: &[&str]) -> Result<(), String> {
    let allowed = limits::BATCH_TARGET_PROJECTS;
    if !allowed.contains(&projects.len()) {
        return Err(format!(
            "must be {} to {} projects, not {}",
            allowed.start(),
            allowed.end(),
            projects.len()
        ));
    }
    let allowed = limits::BATCH_TARGET_PROJECT_LENGTH;
    for (index, project) in projects.iter().enumerate() {
        let number = index + 1;
        let length = project.chars().count();
        if !allowed.contains(&length) {
            return Err(format!(
                "must have {} to {} characters each, but project {number} has {length}",
                allowed.start(),
                allowed.end()
            ));
        }
        if let Some(character) = project.chars().find(|it| it.is_control()) {
            return Err(format!(
                "must have no control character, but project {number} has U+{:04X}",
                u32::from(character)
            ));
        }
        if project.trim() != *project {
            return Err(format!(
                "must have no blanks around a project, as project {number} has"
            ));
        }
        if project.contains(',') {
            return Err(format!(
                "must have no comma within a project, as project {number} has"
            ));
        }
        if let Some(earlier) = projects[..index].iter().position(|other| other == project) {
            return Err(format!(
                "must name each project once, but projects {} and {number} are the same",
                earlier + 1
            ));
        }
    }
    Ok(())
}

/// Names in a sentence: `a, b and c`.
fn listed(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| shown(name)).collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => only.to_string(),
        [first @ .., last] => [&first.join(", "), " and ", last].concat(),
    }
}

#[cfg(test)]
mod tests;
