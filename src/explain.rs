//! What is known of a status or of a service's error code, for people.

use crate::service_codes::{self, CodeOutcome, SERVICE_CODES};
use crate::status::Status;

/// What certpush knows of a status or of a service's error code: see [`explain`].
///
/// Since 0.1.0.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The status's or the code's name, such as `CERTPUSH_TIMEOUT` or `SCM.0069`.
    pub name: String,
    /// The status, or `None` for a service's code.
    pub status: Option<Status>,
    /// What it means.
    pub meaning: &'static str,
    /// What to do, if anything is known.
    pub hint: Option<&'static str>,
    /// Whether the certificate may have been pushed, in words.
    pub outcome: &'static str,
}

/// Explains a status (by name or number) or a service's error code such as `SCM.0069`.
///
/// Upper and lower case are the same. Since 0.1.0.
///
/// ```
/// use certpush::{Status, explain};
///
/// let timeout = explain("14").expect("it is a status");
/// assert_eq!(timeout.status, Some(Status::Timeout));
/// let code = explain("scm.0203").expect("it is documented");
/// println!("{}: {} ({})", code.name, code.meaning, code.outcome);
/// assert_eq!(explain("no code"), None);
/// ```
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
            status: Some(status),
            meaning: status.message(),
            hint: Some(status.hint()).filter(|hint| !hint.is_empty()),
            outcome: status.outcome(),
        });
    }
    let name = code.to_ascii_uppercase();
    let known = service_codes::find(&name)?;
    Some(Explanation {
        name,
        status: None,
        meaning: known.meaning,
        hint: Some(known.hint).filter(|hint| !hint.is_empty()),
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
        assert_eq!(
            explain("certpush_timeout").unwrap().status,
            Some(Status::Timeout)
        );
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
