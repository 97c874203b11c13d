//! One push, validated: what a [`PushRequest`] holds is within the documented limits.
//!
//! The limits are the API card's (Huawei Cloud, "Pushing a Certificate to a Service"). Lengths are
//! in characters. Nothing else checks them again.

use std::borrow::Cow;

use super::operation::{Attempt, Operation};
use super::verdict::read_response;
use crate::advice::BLANKS_AROUND_THE_ID;
use crate::json;
use crate::limits;
use crate::report::{Error, Report};
use crate::sanitize::{QUOTE_LIMIT, sanitize, shown};
use crate::status::Status;
use crate::transport::{Method, Request, RequestBody, Response};

/// What the paths of all operations on certificates begin with.
pub(crate) const PATH_OF_CERTIFICATES: &str = "/v3/scm/certificates";

/// A push whose certificate_id and target are within the documented limits: to check them early, and
/// to show what would be sent. [`Client::push`](crate::Client::push) checks them itself.
/// Since 0.1.0.
///
/// ```
/// use certpush::PushRequest;
///
/// let request = PushRequest::new("scs1600313391074", "ap-southeast-3", "ELB")?;
/// assert_eq!(request.path(), "/v3/scm/certificates/scs1600313391074/push");
/// let refused = PushRequest::new("scs16", "ap-southeast-3", "ELB").unwrap_err();
/// assert!(refused.message().starts_with("certificate_id must be exactly 16"));
/// # Ok::<(), certpush::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushRequest {
    certificate_id: String,
    target_project: String,
    target_service: String,
}

impl PushRequest {
    /// Checks a certificate_id and a target against the documented limits ([`limits`]).
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT`, which names the argument and what is wrong with it.
    pub fn new(
        certificate_id: &str,
        target_project: &str,
        target_service: &str,
    ) -> Result<PushRequest, Error> {
        check_certificate_id(certificate_id)?;
        check_target_service(target_service)?;
        let may_be_empty = target_service.eq_ignore_ascii_case("CDN");
        if !(target_project.is_empty() && may_be_empty) {
            check_length(
                "target_project",
                target_project,
                &limits::TARGET_PROJECT_LENGTH,
            )?;
        }
        check_no_control("target_project", target_project)?;
        Ok(PushRequest {
            certificate_id: certificate_id.to_owned(),
            target_project: target_project.to_owned(),
            target_service: target_service.to_owned(),
        })
    }

    /// The certificate's id: 16 ASCII letters or digits.
    pub fn certificate_id(&self) -> &str {
        &self.certificate_id
    }

    /// The project (region) of the target, "" only for the CDN.
    pub fn target_project(&self) -> &str {
        &self.target_project
    }

    /// The service that serves the certificate.
    pub fn target_service(&self) -> &str {
        &self.target_service
    }

    /// The path of the operation, below the endpoint.
    pub fn path(&self) -> String {
        [PATH_OF_CERTIFICATES, "/", &self.certificate_id, "/push"].concat()
    }

    /// The body: exactly the two members that the API defines.
    pub fn body(&self) -> Vec<u8> {
        std::mem::take(&mut *json::object_of_texts(&[
            ("target_project", &self.target_project),
            ("target_service", &self.target_service),
        ]))
    }

    /// The target in words, for messages: `ELB in ap-southeast-3`. What nobody sees in a name is shown.
    #[doc(hidden)]
    pub fn target(&self) -> String {
        let [service, within, project] = self.target_parts();
        [&*service, &within, &project].concat()
    }

    /// What [`PushRequest::target`] puts together.
    fn target_parts(&self) -> [Cow<'_, str>; 3] {
        let within = if self.target_project.is_empty() {
            ""
        } else {
            " in "
        };
        let [service, project] =
            [&self.target_service, &self.target_project].map(|name| shown(name));
        [service, within.into(), project]
    }
}

impl Operation for PushRequest {
    const NAME: &'static str = "push";
    const CHANGES_SOMETHING: bool = true;

    fn request(&self) -> Request {
        Request {
            body: RequestBody::Plain(self.body()),
            ..Request::new(Method::Post, self.path())
        }
    }

    fn read(&self, response: &Response, attempt: &Attempt<'_>) -> Report {
        read_response(response, attempt)
    }

    fn name_in(&self, report: &mut Report) {
        self.certificate_id.clone_into(&mut report.certificate_id);
        self.target_project.clone_into(&mut report.target_project);
        self.target_service.clone_into(&mut report.target_service);
    }

    fn message(&self, report: &Report) -> String {
        let id = self.certificate_id.as_str();
        if report.status() == Status::Ok {
            let is = |service: &str| self.target_service.eq_ignore_ascii_case(service);
            let bound_to = if is("ELB") {
                "a listener"
            } else if is("WAF") || is("CDN") {
                "a domain"
            } else {
                "a listener or domain"
            };
            let named = |before: &str, name: &str| match name {
                "" => String::new(),
                name => [before, name].concat(),
            };
            let [service, within, project] = self.target_parts();
            return [
                id,
                " was pushed to ",
                &service,
                &within,
                &project,
                &named(" as ", &report.target_certificate_id),
                " (stored, not yet bound to ",
                bound_to,
                ")",
                &named("; ", &report.message),
            ]
            .concat();
        }
        let outcome = if report.outcome_unknown() {
            "it may have been pushed"
        } else {
            "it was not pushed"
        };
        format!(
            "push of {id} to {}: {}; {outcome}",
            self.target(),
            report.what_happened()
        )
    }
}

pub(super) fn check_target_service(target_service: &str) -> Result<(), Error> {
    const NAME: &str = "target_service";
    check_length(NAME, target_service, &limits::TARGET_SERVICE_LENGTH)?;
    check_no_control(NAME, target_service)
}

pub(super) fn check_certificate_id(certificate_id: &str) -> Result<(), Error> {
    let expected = limits::CERTIFICATE_ID_LENGTH;
    let length = certificate_id.chars().count();
    let quoted = || quoted_for_message(certificate_id);
    let reason = if length != expected {
        format!(
            "must be exactly {expected} ASCII letters or digits, but has {length}{}",
            quoted()
        )
    } else if let Some((index, character)) = certificate_id
        .chars()
        .enumerate()
        .find(|(_, character)| !character.is_ascii_alphanumeric())
    {
        format!(
            "must be exactly {expected} ASCII letters or digits, but character {} is U+{:04X}{}",
            index + 1,
            u32::from(character),
            quoted()
        )
    } else {
        return Ok(());
    };
    let mut error = Error::invalid_argument("certificate_id", &reason);
    let trimmed = certificate_id.trim();
    if trimmed.len() == expected && trimmed != certificate_id {
        error.report_mut().hint = BLANKS_AROUND_THE_ID.into();
    }
    Err(error)
}

/// The value for a message, unless it is long enough to be a token passed in the wrong place.
fn quoted_for_message(value: &str) -> String {
    if value.is_empty() || value.chars().count() >= *limits::TOKEN_LENGTH.start() {
        String::new()
    } else {
        format!(": \"{}\"", sanitize(value, QUOTE_LIMIT))
    }
}

fn check_length(
    name: &str,
    value: &str,
    allowed: &std::ops::RangeInclusive<usize>,
) -> Result<(), Error> {
    let length = value.chars().count();
    if allowed.contains(&length) {
        return Ok(());
    }
    let reason = if length == 0 && name == "target_project" {
        "is empty, which only the CDN allows".to_owned()
    } else {
        format!(
            "must have {} to {} characters, but has {length}",
            allowed.start(),
            allowed.end()
        )
    };
    Err(Error::invalid_argument(name, &reason))
}

fn check_no_control(name: &str, value: &str) -> Result<(), Error> {
    match value
        .chars()
        .enumerate()
        .find(|(_, character)| character.is_control())
    {
        None => Ok(()),
        Some((index, character)) => Err(Error::invalid_argument(
            name,
            &format!(
                "has a control character: character {} is U+{:04X}",
                index + 1,
                u32::from(character)
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "scs1600313391074";

    fn refusal(id: &str, project: &str, service: &str) -> String {
        PushRequest::new(id, project, service)
            .expect_err("must be refused")
            .message()
            .to_owned()
    }

    #[test]
    fn the_body_is_the_two_documented_members() {
        let request = PushRequest::new(ID, "ap-southeast-3", "ELB").unwrap();
        assert_eq!(
            request.body(),
            br#"{"target_project":"ap-southeast-3","target_service":"ELB"}"#
        );
        assert_eq!(request.path(), "/v3/scm/certificates/scs1600313391074/push");
    }

    #[test]
    fn what_nobody_sees_in_a_name_is_shown_and_sent_as_it_is() {
        let push = PushRequest::new(ID, "ap-southeast-3\u{200b}", "\u{202e}ELB").unwrap();
        assert_eq!(push.target(), "\\u{202e}ELB in ap-southeast-3\\u{200b}");
        for status in [Status::Ok, Status::Timeout] {
            let message = push.message(&Report::new(status, None, ""));
            let told = "\\u{202e}ELB in ap-southeast-3\\u{200b}";
            assert!(message.contains(told), "{message}");
        }
        let body = String::from_utf8(push.body()).unwrap();
        assert!(body.contains("ap-southeast-3\u{200b}"), "{body}");
    }

    #[test]
    fn ids_that_would_change_the_path_are_refused() {
        for id in [
            "",
            "scs160031339107",
            "scs16003133910745",
            "scs/600313391074",
            "scs%2f0313391074",
            "../../../../../a",
            "scs160031339107 ",
            "scs160031339107\u{e9}",
            "scs160031339107\0",
        ] {
            assert!(refusal(id, "p", "ELB").contains("certificate_id must be exactly 16"));
        }
    }

    #[test]
    fn blanks_around_an_id_are_told() {
        let error = PushRequest::new(" scs1600313391074", "p", "ELB").unwrap_err();
        assert_eq!(error.hint(), Some(BLANKS_AROUND_THE_ID));
        let error = PushRequest::new("scs16003133 1074", "p", "ELB").unwrap_err();
        assert_ne!(error.hint(), Some(BLANKS_AROUND_THE_ID));
    }

    #[test]
    fn only_the_cdn_has_no_project() {
        assert!(PushRequest::new(ID, "", "cdn").is_ok());
        assert!(refusal(ID, "", "WAF").contains("only the CDN"));
    }

    #[test]
    fn lengths_are_in_characters() {
        assert!(PushRequest::new(ID, &"项".repeat(255), "ELB").is_ok());
        assert!(refusal(ID, &"项".repeat(256), "ELB").contains("but has 256"));
        assert!(PushRequest::new(ID, "p", &"s".repeat(64)).is_ok());
        assert!(refusal(ID, "p", &"s".repeat(65)).contains("but has 65"));
        assert!(refusal(ID, "p", "").contains("but has 0"));
        assert!(refusal(ID, "a\nb", "ELB").contains("U+000A"));
    }

    #[test]
    fn a_token_in_the_place_of_an_id_is_not_echoed() {
        let token = "MIIatAYJKoZIhvcNAQcCoIIapTCCGqECAQExDTALBgl";
        assert!(!refusal(token, "p", "ELB").contains("MII"));
    }
}
