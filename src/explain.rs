//! What is known of a status or of a service's error code, for people.

use crate::service_codes::{self, CodeOutcome, SERVICE_CODES};
use crate::status::Status;

/// What certpush knows of a status or of a service's error code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The status's or the code's name.
    pub name: String,
    /// The number of a status, or `None` for a service's code.
    pub status_number: Option<i32>,
    /// What it means.
    pub meaning: &'static str,
    /// What to do, "" if nothing is known.
    pub hint: &'static str,
    /// Whether the certificate may have been pushed, in words.
    pub outcome: &'static str,
}

/// Explains a status (by name or number) or a service's error code such as `SCM.0069`.
///
/// Upper and lower case are the same. Since 0.1.0.
pub fn explain(code: &str) -> Option<Explanation> {
    let code = code.trim();
    let status = code
        .parse()
        .ok()
        .and_then(|number: i32| Status::try_from(number).ok())
        .or_else(|| code.parse().ok());
    if let Some(status) = status {
        return Some(Explanation {
            name: status.c_name().to_owned(),
            status_number: Some(status.number()),
            meaning: status.message(),
            hint: status.hint(),
            outcome: status.outcome(),
        });
    }
    let name = code.to_ascii_uppercase();
    let known = service_codes::find(&name)?;
    Some(Explanation {
        name,
        status_number: None,
        meaning: known.meaning,
        hint: known.hint,
        outcome: match known.outcome {
            CodeOutcome::NeverPushed => "not pushed, whatever the HTTP status",
            CodeOutcome::MayHavePushedAs4xx => "may have been pushed, although it is a 400",
            CodeOutcome::ByStatus => {
                "not pushed if the HTTP status is 4xx, may have been pushed if it is 5xx"
            }
        },
    })
}

/// The documented service codes with their meaning and hint, for the tables in docs.
pub fn known_service_codes() -> impl Iterator<Item = Explanation> {
    SERVICE_CODES.iter().filter_map(|known| explain(known.code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explains_statuses_by_number_and_name_and_codes_in_any_case() {
        assert_eq!(explain("14").unwrap().name, "CERTPUSH_TIMEOUT");
        assert_eq!(explain("certpush_timeout").unwrap().status_number, Some(14));
        assert!(
            explain("scm.0203")
                .unwrap()
                .outcome
                .contains("although it is a 400")
        );
        assert!(
            explain("APIG.0613")
                .unwrap()
                .outcome
                .starts_with("not pushed")
        );
        assert_eq!(explain("no such code"), None);
    }
}
