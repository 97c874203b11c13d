//! What to do about a failure: one table by service code, one by status, and a few special cases.
//!
//! The service codes and their meanings are Huawei Cloud's documented ones (SCM error codes, API
//! gateway error codes, IAM error codes). Codes are not a stable enumeration, some numbers have been reused: an
//! unknown one is passed on as it is, and nothing but the rules of `answer` decides by them.

use std::borrow::Cow;

use crate::report::Report;
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
        .and_then(Status::from_number)
        .or_else(|| Status::from_name(code));
    if let Some(status) = status {
        return Some(Explanation {
            name: status.c_name().to_owned(),
            status_number: Some(status.number()),
            meaning: status.message(),
            hint: for_status(status),
            outcome: outcome_of(status),
        });
    }
    let known = service_code(code)?;
    Some(Explanation {
        name: code.to_ascii_uppercase(),
        status_number: None,
        meaning: known.meaning,
        hint: known.hint,
        outcome: if NOTHING_WAS_PUSHED.contains(&code.to_ascii_uppercase().as_str()) {
            "not pushed, whatever the HTTP status"
        } else if GENERIC_PUSH_FAILURES.contains(&code.to_ascii_uppercase().as_str()) {
            "may have been pushed, although it is a 400"
        } else {
            "not pushed if the HTTP status is 4xx, may have been pushed if it is 5xx"
        },
    })
}

/// Codes of a 4xx after which the certificate may have been pushed all the same: generic push
/// failures whose twins for other services are 500s.
pub(crate) const GENERIC_PUSH_FAILURES: [&str; 2] = ["SCM.0028", "SCM.0203"];

/// Codes of a 5xx that were given before the push began, so that nothing was pushed.
pub(crate) const NOTHING_WAS_PUSHED: [&str; 3] = ["APIGW.0613", "APIG.0613", "SCM.4001"];

/// What authorised a request: a hint names it and never another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Used {
    /// A token that was given.
    Token,
    /// A token that IAM gave for a password.
    Password,
    /// An access key's signature.
    AccessKey,
    /// Nothing that is known of here.
    Nothing,
}

pub(crate) const BLANKS_AROUND_THE_ID: &str =
    "Remove the blanks around the certificate_id: Huawei's own examples have a leading one.";
pub(crate) const STORED_NOT_BOUND: &str = "The certificate is stored on the target, not yet bound: select it at the listener (ELB), domain (WAF) or domain name (CDN) that shall serve it.";
const WRONG_ENDPOINT: &str = "Check region or endpoint: a wrong host or path gives 404, while an unknown certificate_id gives 400.";
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
/// Words by which the target's own message speaks of a quota.
const QUOTA_WORDS: [&str; 4] = ["quota", "exceed", "maximum", "配额"];
const MAY_BE_THERE: &str = "It may already be there, or the target has no quota left: list the certificates on the target before another push.";
const CDN_NEEDS_NO_PUSH: &str = "The CDN needs no push when its domain is set to use the SCM certificate by its id (certificate_source 2). If you do push: it may already be there; look at the CDN's certificates first.";
const GRANT_ON_TARGET: &str =
    "Grant the user rights on the target service too: scm:cert:push alone is not enough.";
const LOOK_BEFORE_RETRY: &str = "Look on the target whether the certificate is there before another push: a push is not idempotent and may leave a second copy.";
const CLOCK: &str =
    "Check this machine's clock: signed requests must be within 15 minutes of the service's time.";
const CERTIFICATE_OF_WRONG_KIND: &str = "Only an issued or uploaded certificate with a private key in SCM can be pushed, and no SM2 one: look at its status in the console.";

struct Known {
    code: &'static str,
    meaning: &'static str,
    hint: &'static str,
}

macro_rules! known {
    ($($code:literal $meaning:literal $hint:expr;)*) => {
        &[$(Known { code: $code, meaning: $meaning, hint: $hint },)*]
    };
}

const SERVICE_CODES: &[Known] = known! {
    "SCM.0002" "the tenant of the request and of the token differ" "Check that the credentials are of the account that project or domain belong to.";
    "SCM.0003" "the certificate belongs to another tenant" "Use credentials of the account that owns the certificate.";
    "SCM.0005" "a request parameter is wrong" "Check target_service and target_project; the services are CDN, WAF and ELB.";
    "SCM.0008" "the certificate_id is unknown, or its owner is not the token's user" "Check the certificate_id in the console of the same account.";
    "SCM.0010" "the certificate's type or status does not allow this" CERTIFICATE_OF_WRONG_KIND;
    "SCM.0020" "the certificate_id is wrong" "Check the certificate_id in the console of the same account.";
    "SCM.0028" "the push failed, without a reason" LOOK_BEFORE_RETRY;
    "SCM.0030" "certificates cannot be pushed to this service" "Check target_service: CDN, WAF or ELB.";
    "SCM.0031" "the certificate could not be parsed" "";
    "SCM.0032" "the certificate's name is refused" "Rename the certificate in SCM.";
    "SCM.0037" "SCM could not encrypt the certificate" LOOK_BEFORE_RETRY;
    "SCM.0038" "SCM could not decrypt the certificate" LOOK_BEFORE_RETRY;
    "SCM.0059" "SCM holds no private key for the certificate" "A certificate made from an own CSR cannot be pushed: upload it together with its key.";
    "SCM.0069" "the account has no such project" "target_project is a project's name (a region such as ap-southeast-3, or region_name), not its id.";
    "SCM.0201" "ELB refused the certificate" MAY_BE_THERE;
    "SCM.0202" "the user may not write to ELB" GRANT_ON_TARGET;
    "SCM.0203" "the push to ELB failed" LOOK_BEFORE_RETRY;
    "SCM.0204" "ELB does not support this certificate" CERTIFICATE_OF_WRONG_KIND;
    "SCM.0211" "the CDN refused the certificate" CDN_NEEDS_NO_PUSH;
    "SCM.0212" "the user may not write to the CDN" GRANT_ON_TARGET;
    "SCM.0213" "the push to the CDN failed" LOOK_BEFORE_RETRY;
    "SCM.0221" "WAF refused the certificate" "It may already be there, or the region has no WAF instance or no quota left: look at WAF's certificates before another push.";
    "SCM.0222" "the user may not write to WAF" GRANT_ON_TARGET;
    "SCM.0223" "the push to WAF failed" LOOK_BEFORE_RETRY;
    "SCM.1000" "the token is not accepted" "Get a new token from the IAM of the same site as region or endpoint.";
    "SCM.1004" "the account has not subscribed to the service" "Subscribe to the service in the console.";
    "SCM.1009" "the account is restricted" "Ask whoever owns the account.";
    "SCM.1010" "the account is frozen, most likely for arrears" "Pay what is due, then push again.";
    "SCM.3000" "an internal error of SCM" LOOK_BEFORE_RETRY;
    "SCM.4001" "SCM could not look up the user's rights; it had not begun to push" "Push again in a minute.";
    "SCM.4002" "the user has not the right to push" "The credentials are good, the right is missing: grant scm:cert:push. A new login does not help, and too many lock the account.";
    "APIGW.0101" "the gateway knows no such API" WRONG_ENDPOINT;
    "APIGW.0103" "the gateway found no backend" WRONG_ENDPOINT;
    "APIGW.0201" "the gateway could not handle the request" "";
    "APIGW.0301" "the credentials are not accepted" "A token: get a new one from the IAM of the same site as region or endpoint. An access key: check both its halves before the next try, since five refusals lock it.";
    "APIGW.0302" "the user may not call this API" "Grant scm:cert:push.";
    "APIGW.0306" "access is denied" "Grant scm:cert:push.";
    "APIGW.0307" "the token must be renewed" "Get a new token: the rights of its user have changed or it is about to expire.";
    "APIGW.0308" "too many requests" "Wait, then push again: nothing was pushed.";
    "APIGW.0310" "the project is unavailable" "Check the project that the credentials are for.";
    "APIGW.0613" "the gateway could not reach IAM; the service never saw the request" "Push again in a minute.";
    "APIGW.0802" "the user may not use this region" "Use the site where the user was made.";
    "IAM.0061" "the account is locked after failed logins" "Wait 15 minutes before the next try.";
};

/// What is known of a service code. The older gateways' `APIG.` codes have the same numbers.
fn service_code(code: &str) -> Option<&'static Known> {
    if code.is_empty() {
        return None;
    }
    let upper = code.to_ascii_uppercase();
    let current = match upper.strip_prefix("APIG.") {
        Some(number) => format!("APIGW.{number}"),
        None => upper,
    };
    SERVICE_CODES.iter().find(|known| known.code == current)
}

/// What to do about a status when nothing more is known.
pub(crate) const fn for_status(status: Status) -> &'static str {
    match status {
        Status::Ok => STORED_NOT_BOUND,
        Status::InvalidArgument | Status::InvalidConfig => "",
        Status::NoCredentials => {
            "Give a token (token_file), an access key (access_key, secret_key_file) or a password (user_name, user_password_file)."
        }
        Status::CredentialsRefused => {
            "Correct the credentials before the next try: repeated failures lock an account."
        }
        Status::CredentialsUnavailable => "Check that IAM can be reached, then push again.",
        Status::Resolve => "Check region or endpoint, and this machine's name server.",
        Status::Connect => "Check that a firewall lets this machine reach the endpoint.",
        Status::Tls => {
            "The message says why: an authority that is not known (ca_file, trust), another host's certificate, a wrong clock, no TLS on that port."
        }
        Status::Proxy => "Check the proxy's address and its credentials.",
        Status::Timeout => "Check the network, or allow more time with timeout_ms.",
        Status::ConnectionLost => "Check the network between this machine and the endpoint.",
        Status::UnexpectedResponse => {
            "Check that the endpoint is Huawei Cloud's own: a captive portal or a proxy may have answered. Redirects are never followed."
        }
        Status::Cancelled => "",
        Status::BadRequest => "",
        Status::Unauthorized => {
            "Check the credentials: a token must be of the same site as region or endpoint, and an access key's halves must belong together."
        }
        Status::Forbidden => "Grant the user scm:cert:push, and rights on the target service.",
        Status::NotFound => WRONG_ENDPOINT,
        Status::Throttled => "Wait, then push again: nothing was pushed.",
        Status::Rejected => "",
        Status::ServerError => LOOK_BEFORE_RETRY,
        Status::TargetRefused => MAY_BE_THERE,
        Status::Incomplete => "Look at each target's own report.",
        Status::Internal => {
            "If the message speaks of memory, let the process have more; else please report this defect with the message."
        }
    }
}

/// Whether the certificate may have been pushed, by status alone.
const fn outcome_of(status: Status) -> &'static str {
    match status {
        Status::Ok => "pushed",
        Status::InvalidArgument
        | Status::InvalidConfig
        | Status::NoCredentials
        | Status::CredentialsRefused
        | Status::CredentialsUnavailable
        | Status::Resolve
        | Status::Connect
        | Status::Tls
        | Status::Proxy
        | Status::Unauthorized
        | Status::Forbidden
        | Status::NotFound
        | Status::Throttled => "not pushed",
        Status::Rejected => "not pushed, but may have been for a 408",
        Status::BadRequest => {
            "not pushed, but may have been for SCM.0028 and SCM.0203, or if its body cannot be read"
        }
        Status::ServerError => {
            "may have been pushed, but was not for SCM.4001, APIGW.0613 and APIG.0613"
        }
        Status::Timeout | Status::ConnectionLost | Status::Cancelled | Status::Internal => {
            "may have been pushed if the request had been sent: outcome_unknown tells"
        }
        Status::UnexpectedResponse => "may have been pushed",
        Status::TargetRefused => "not pushed to this target",
        Status::Incomplete => "each target's own report tells",
    }
}

pub(crate) fn for_argument(name: &str) -> &'static str {
    match name {
        "certificate_id" => {
            "The certificate_id is shown in the console's certificate list, such as scs1600313391074."
        }
        "target_project" => {
            "target_project is a project's name: a region such as ap-southeast-3, or region_name."
        }
        "target_service" => "The services are CDN, WAF and ELB.",
        "token" => "The token is the whole value of IAM's header X-Subject-Token, on one line.",
        // The message says all there is to say.
        _ => "",
    }
}

/// What to do about a failed answer: the special cases first, then the service's code, then the
/// status. When the certificate may be there, that comes before any other advice.
pub(crate) fn for_answer(report: &Report, used: Used, is_page: bool) -> Cow<'static, str> {
    if report.status == Status::Ok {
        return STORED_NOT_BOUND.into();
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
    if let Some(known) = service_code(&report.service_code)
        && !known.hint.is_empty()
    {
        return known.hint;
    }
    match (report.status, used) {
        (Status::Unauthorized, Used::Token) => NEW_TOKEN,
        (Status::Unauthorized, Used::Password) => TOKEN_OF_ANOTHER_SITE,
        (Status::Unauthorized, Used::AccessKey) => KEY_IS_REFUSED,
        _ => for_status(report.status),
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
            Used::Token | Used::Nothing => None,
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
        Used::Token | Used::Nothing if text.contains("decrypt token") => DECRYPT_TOKEN,
        Used::Token if text.contains("not found") => {
            "No token arrived: a proxy on the way may take X-Auth-Token out of requests."
        }
        Used::Token => NEW_TOKEN,
        Used::Nothing => return None,
    })
}

/// What to do about a failure that no answer explains.
pub(crate) fn for_failure(status: Status, outcome_unknown: bool) -> &'static str {
    if outcome_unknown && status != Status::Internal {
        LOOK_BEFORE_RETRY
    } else {
        for_status(status)
    }
}

/// The documented service codes with their meaning and hint, for the tables in docs.
pub fn known_service_codes() -> impl Iterator<Item = Explanation> {
    SERVICE_CODES.iter().filter_map(|known| explain(known.code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase::Phase;

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

    /// An answer's report, and its hint.
    fn hint(http_status: u16, code: &str, message: &str, used: Used, is_page: bool) -> String {
        let status = Status::from_http_error(http_status).unwrap();
        let mut report = Report {
            http_status,
            ..Report::new(status, Phase::Receive, "")
        };
        report.set_service_answer(code, message, &crate::mask::Masker::none());
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
                Used::Nothing => &[],
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
    fn when_it_may_be_there_that_comes_before_other_advice() {
        for (http_status, code) in [(500, "SCM.0005"), (400, "SCM.0201"), (403, "")] {
            let status = Status::from_http_error(http_status).unwrap();
            let mut report = Report {
                http_status,
                outcome_unknown: true,
                ..Report::new(status, Phase::Receive, "")
            };
            report.set_service_answer(code, "", &crate::mask::Masker::none());
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

    #[test]
    fn no_code_stands_twice() {
        let mut codes: Vec<_> = SERVICE_CODES.iter().map(|known| known.code).collect();
        codes.sort_unstable();
        let count = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }
}
