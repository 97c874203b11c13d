//! What to do about a failure: the special cases first, then the service's code, then the status.

use std::borrow::Cow;

use crate::advice::{LOOK_BEFORE_RETRY, STORED_NOT_BOUND};
use crate::report::Report;
use crate::service_codes;
use crate::status::Status;

/// What authorised a request: a hint names it and never another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Used {
    /// A token that was given.
    Token,
    /// A token that IAM gave for a password.
    Password,
    /// An access key's signature.
    AccessKey,
}

const TOKEN_TOO_LARGE: &str = "The API gateway takes 32 KB of one header: ask IAM for a smaller token (nocatalog, fewer roles).";
const SECURITY_TOKEN_TOO_LARGE: &str = "The API gateway takes 32 KB of one header: the security token is too large; get temporary keys with fewer roles.";
const DECRYPT_TOKEN: &str = "The token is expired, truncated or from another site: get a new one from the IAM of the same site (China, International, Europe) as region or endpoint.";
const NEW_TOKEN: &str = "Get a new token, from the IAM of the same site (China, International, Europe) as region or endpoint.";
const TOKEN_OF_ANOTHER_SITE: &str = "IAM gave a token that the service does not take: check that iam_endpoint and region or endpoint are of the same site (China, International, Europe).";
const SECRET_IS_WRONG: &str = "The secret key does not belong to the access key: correct secret_key before the next try, since five refused signatures lock the key for 5 minutes.";
const KEY_IS_UNKNOWN: &str = "The access key is unknown: check access_key, and that region or endpoint is of its site (China, International, Europe). Five refused signatures lock a key for 5 minutes.";
const KEY_IS_LOCKED: &str = "The access key is locked after five refused signatures: wait 5 minutes, and correct secret_key first.";
const KEY_IS_REFUSED: &str = "Check access_key and secret_key before the next try: five refused signatures lock a key for 5 minutes.";
const NOT_THE_API: &str = "A page, not the API, answered: a proxy, a firewall or a captive portal on the way, or another server at region or endpoint.";
const QUOTA: &str = "The target's quota of certificates is used up: delete old ones there, or ask for more; then push again.";
const TARGET_QUOTA: &str = "Look at the certificates on the target first: it may already be there. If it is not, its quota of certificates is used up: delete old ones there, or ask for more; then push again.";
const TARGET_RIGHTS: &str = "Look at the certificates on the target first: it may already be there. If it is not, grant the user rights on the target service too, for scm:cert:push alone is not enough; then push again.";
/// Words by which the target's own message speaks of rights.
const RIGHTS_WORDS: [&str; 6] = [
    "permission",
    "authoriz",
    "forbidden",
    "denied",
    "权限",
    "授权",
];
/// Words by which the target's own message speaks of a quota.
const QUOTA_WORDS: [&str; 4] = ["quota", "exceed", "maximum", "配额"];
const CLOCK: &str =
    "Check this machine's clock: signed requests must be within 15 minutes of the service's time.";

/// What to do about a failed answer: the special cases first, then the service's code, then the
/// status. When the certificate may be there, that comes before any other advice.
pub(crate) fn for_answer(report: &Report, used: Used, is_page: bool) -> Cow<'static, str> {
    match report.status {
        Status::Ok => return STORED_NOT_BOUND.into(),
        Status::TargetRefused => return for_refused_target(report).into(),
        Status::Incomplete => return report.status.hint().into(),
        _ => {}
    }
    if let (false, Some(pause)) = (report.outcome_unknown, report.retry_after_ms)
        && report.retryable
        && pause >= 1000
    {
        let seconds = pause.div_ceil(1000);
        return format!("Wait {seconds} s, then push again: nothing was pushed.").into();
    }
    fixed_for_answer(report, used, is_page).into()
}

fn fixed_for_answer(report: &Report, used: Used, is_page: bool) -> &'static str {
    let text = report.service_message.to_ascii_lowercase();
    let is_told = !report.service_code.is_empty() || !report.service_message.is_empty();
    if report.outcome_unknown && (report.status != Status::UnexpectedResponse || is_told) {
        return LOOK_BEFORE_RETRY;
    }
    if report.http_status == 494
        || report.http_status == 431
        || (report.http_status == 400 && is_page && report.message.contains("Header"))
    {
        return match used {
            Used::AccessKey => SECURITY_TOKEN_TOO_LARGE,
            _ => TOKEN_TOO_LARGE,
        };
    }
    if is_page && report.status != Status::Throttled && report.status != Status::Proxy {
        return NOT_THE_API;
    }
    if report.http_status == 401
        && let Some(hint) = for_refused_credential(&report.service_code, &text, used)
    {
        return hint;
    }
    let is_target = matches!(
        report.service_code.as_str(),
        "SCM.0201" | "SCM.0211" | "SCM.0221"
    );
    if is_target && QUOTA_WORDS.iter().any(|word| text.contains(word)) {
        return QUOTA;
    }
    if let Some(known) = service_codes::find(&report.service_code)
        && !known.hint.is_empty()
    {
        return known.hint;
    }
    match (report.status, used) {
        (Status::Unauthorized, Used::Token) => NEW_TOKEN,
        (Status::Unauthorized, Used::Password) => TOKEN_OF_ANOTHER_SITE,
        (Status::Unauthorized, Used::AccessKey) => KEY_IS_REFUSED,
        _ => report.status.hint(),
    }
}

/// What to do about a target that refused, by what it says. Unless it is known that nothing was
/// pushed to it, the advice begins with a look at it.
fn for_refused_target(report: &Report) -> &'static str {
    if !report.outcome_unknown {
        let known = service_codes::plain_refusal(&report.service_message);
        return known.map_or(report.status.hint(), |refusal| refusal.hint);
    }
    let text = report.service_message.to_lowercase();
    let speaks_of = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if speaks_of(&QUOTA_WORDS) {
        TARGET_QUOTA
    } else if speaks_of(&RIGHTS_WORDS) {
        TARGET_RIGHTS
    } else {
        report.status.hint()
    }
}

/// What to do about a 401: by what authorised the request, and what was wrong with it. `None` for
/// codes that say that it is not the credential.
fn for_refused_credential(code: &str, text: &str, used: Used) -> Option<&'static str> {
    let number = code.rsplit_once('.').map_or("", |(_, number)| number);
    let is_gateway = code.starts_with("APIG");
    let is_refused = code.is_empty() || code == "SCM.1000" || (is_gateway && number == "0301");
    if is_gateway && number == "0307" {
        return match used {
            Used::Password => Some(
                "The rights of the user have changed: a new token from IAM was refused, too; ask whoever administers the account.",
            ),
            Used::AccessKey => Some("Get new temporary keys: the security token must be renewed."),
            Used::Token => None,
        };
    }
    if !is_refused {
        return None;
    }
    Some(match used {
        Used::AccessKey if text.contains("expired") || text.contains("x-sdk-date") => CLOCK,
        Used::AccessKey if text.contains("reach the limit") => KEY_IS_LOCKED,
        Used::AccessKey if text.contains("not exist") => KEY_IS_UNKNOWN,
        Used::AccessKey if text.contains("signature") => SECRET_IS_WRONG,
        Used::AccessKey => KEY_IS_REFUSED,
        Used::Password => TOKEN_OF_ANOTHER_SITE,
        Used::Token if text.contains("decrypt token") => DECRYPT_TOKEN,
        Used::Token if text.contains("not found") => {
            "No token arrived: a proxy on the way may take X-Auth-Token out of requests."
        }
        Used::Token => NEW_TOKEN,
    })
}

/// What to do about a failure that no answer explains.
pub(crate) fn for_failure(status: Status, outcome_unknown: bool) -> &'static str {
    if outcome_unknown && status != Status::Internal {
        LOOK_BEFORE_RETRY
    } else {
        status.hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase::Phase;

    /// An answer's report, and its hint.
    fn hint(http_status: u16, code: &str, message: &str, used: Used, is_page: bool) -> String {
        let status = Status::from_http_error(http_status).unwrap();
        let report = Report {
            http_status,
            service_code: code.to_owned(),
            service_message: message.to_owned(),
            ..Report::new(status, Phase::Receive, "")
        };
        for_answer(&report, used, is_page).into_owned()
    }

    #[test]
    fn a_hint_names_the_credential_that_was_used_and_no_other() {
        const DECRYPT: &str = "Incorrect IAM authentication information: decrypt token fail";
        const SIGNATURE: &str =
            "Incorrect IAM authentication information: verify aksk signature fail";
        const UNKNOWN: &str = "Get secretKey failed,ak:AAAA,err:ak not exist";
        const LOCKED: &str = "AK access failed to reach the limit,forbidden";
        for (used, code, message, named) in [
            (
                Used::Token,
                "APIGW.0301",
                DECRYPT,
                "truncated or from another site",
            ),
            (
                Used::Token,
                "APIGW.0301",
                "token expires",
                "Get a new token",
            ),
            (Used::Token, "", "", "Get a new token"),
            (Used::Token, "SCM.1000", "", "Get a new token"),
            (Used::Token, "APIGW.0307", "", "Get a new token"),
            (Used::Token, "FOO.1", "", "Get a new token"),
            (Used::Password, "APIGW.0301", DECRYPT, "iam_endpoint"),
            (Used::Password, "APIGW.0307", "", "rights of the user"),
            (
                Used::AccessKey,
                "APIGW.0301",
                SIGNATURE,
                "secret key does not belong",
            ),
            (Used::AccessKey, "APIG.0301", UNKNOWN, "is unknown"),
            (Used::AccessKey, "APIGW.0301", LOCKED, "wait 5 minutes"),
            (Used::AccessKey, "APIGW.0301", "signature expired", "clock"),
            (
                Used::AccessKey,
                "APIGW.0301",
                "",
                "access_key and secret_key",
            ),
            (Used::AccessKey, "", "", "access_key and secret_key"),
            (Used::AccessKey, "FOO.1", "", "access_key and secret_key"),
        ] {
            let hint = hint(401, code, message, used, false);
            assert!(hint.contains(named), "{used:?} {code} {message}: {hint}");
            let others: &[&str] = match used {
                Used::Token => &["access_key", "access key", "password"],
                Used::Password => &["access_key", "access key", "token_file"],
                Used::AccessKey => &["new token", "password"],
            };
            for other in others {
                assert!(!hint.contains(other), "{used:?} {code}: {hint}");
            }
        }
        for used in [Used::Token, Used::Password, Used::AccessKey] {
            let hint = hint(401, "SCM.4002", "", used, false);
            assert!(hint.contains("the right is missing"), "{hint}");
        }
    }

    #[test]
    fn a_page_is_told_as_one_and_rights_are_not_blamed_for_it() {
        for http_status in [400, 401, 403, 404, 407, 409] {
            let hint = hint(http_status, "", "", Used::Token, true);
            assert!(hint.starts_with("A page, not the API, answered"), "{hint}");
        }
        assert!(hint(403, "", "", Used::Token, false).starts_with("Grant the user"));
        assert!(hint(429, "", "", Used::Token, true).starts_with("Wait"));
    }

    #[test]
    fn what_the_target_says_of_its_quota_is_heard() {
        let refused = |message| hint(400, "SCM.0201", message, Used::Token, false);
        assert!(refused("Failed to push to ELB. ELB error: quota exceeded").contains("quota of"));
        assert!(refused("证书配额不足").contains("quota of"));
        assert!(refused("Failed to push to ELB.").starts_with("It may already be there"));
    }

    #[test]
    fn a_refused_targets_own_message_is_heard() {
        let refused = |message: &str, outcome_unknown| {
            let report = Report {
                http_status: 200,
                service_message: message.to_owned(),
                outcome_unknown,
                ..Report::new(Status::TargetRefused, Phase::Receive, "")
            };
            for_answer(&report, Used::Token, false).into_owned()
        };
        assert!(refused("Invalid region id.", false).contains("knows no such project"));
        for (message, told) in [
            ("Quota exceeded.", "its quota of certificates"),
            ("Insufficient ELB permissions", "grant the user rights"),
            ("证书配额不足", "its quota of certificates"),
            ("没有权限", "grant the user rights"),
            ("Failed to push to ELB.", "no quota left"),
            ("Invalid region id.", "no quota left"),
            ("", "no quota left"),
        ] {
            let hint = refused(message, true);
            assert!(hint.contains(told), "{message}: {hint}");
            assert!(hint.contains("it may already be there") || hint.contains("It may already"));
        }
    }

    #[test]
    fn when_it_may_be_there_that_comes_before_other_advice() {
        for (http_status, code) in [(500, "SCM.0005"), (400, "SCM.0201"), (403, "")] {
            let status = Status::from_http_error(http_status).unwrap();
            let report = Report {
                http_status,
                service_code: code.to_owned(),
                outcome_unknown: true,
                ..Report::new(status, Phase::Receive, "")
            };
            let hint = for_answer(&report, Used::Token, false);
            assert_eq!(hint, LOOK_BEFORE_RETRY);
        }
    }

    #[test]
    fn a_pause_is_told_in_seconds() {
        for (retry_after_ms, told) in [
            (Some(120_000), "Wait 120 s,"),
            (Some(1001), "Wait 2 s,"),
            (Some(0), "Wait, then"),
            (None, "Wait, then"),
        ] {
            let report = Report {
                http_status: 429,
                retryable: true,
                retry_after_ms,
                ..Report::new(Status::Throttled, Phase::Receive, "")
            };
            let hint = for_answer(&report, Used::Token, false);
            assert!(hint.starts_with(told), "{hint}");
        }
    }
}
