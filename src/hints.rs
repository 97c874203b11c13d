//! What to do about a failure: one table by service code, one by status, and a few special cases.
//!
//! The service codes and their meanings are Huawei Cloud's documented ones (SCM error codes, API
//! gateway error codes, IAM error codes). Codes are not a stable enumeration, some numbers have been reused: an
//! unknown one is passed on as it is, and nothing but the rules of `answer` decides by them.

use std::time::{Duration, SystemTime};

use crate::answer::decides_nothing_was_pushed;
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
        outcome: if decides_nothing_was_pushed(&code.to_ascii_uppercase()) {
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

pub(crate) const BLANKS_AROUND_THE_ID: &str =
    "Remove the blanks around the certificate_id: Huawei's own examples have a leading one.";
pub(crate) const STORED_NOT_BOUND: &str = "The certificate is stored on the target, not yet bound: select it at the listener (ELB), domain (WAF) or domain name (CDN) that shall serve it.";
const WRONG_ENDPOINT: &str = "Check region or endpoint: a wrong host or path gives 404, while an unknown certificate_id gives 400.";
const TOKEN_TOO_LARGE: &str = "The API gateway takes 32 KB of one header: ask IAM for a smaller token (nocatalog, fewer roles).";
const DECRYPT_TOKEN: &str = "The token is expired, truncated or from another site: get a new one from the IAM of the same site (China, International, Europe) as region or endpoint.";
const MAY_BE_THERE: &str =
    "It may already be there: list the certificates on the target before another push.";
const CDN_NEEDS_NO_PUSH: &str = "The CDN needs no push when its domain is set to use the SCM certificate by its id (certificate_source 2). If you do push: it may already be there; look at the CDN's certificates first.";
const GRANT_ON_TARGET: &str =
    "Grant the user rights on the target service too: scm:cert:push alone is not enough.";
const LOOK_BEFORE_RETRY: &str = "Look on the target whether the certificate is there before another push: a push is not idempotent and may leave a second copy.";
const CLOCK: &str =
    "Check this machine's clock: signed requests must be within 15 minutes of the service's time.";
/// How far a clock may be off before a signature is refused.
const LONGEST_CLOCK_OFFSET: Duration = Duration::from_secs(15 * 60);
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
    "SCM.0002" "the tenant of the request and of the token differ" "Check that project or domain and token belong to the same account.";
    "SCM.0003" "the certificate belongs to another tenant" "Use a token of the account that owns the certificate.";
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
    "SCM.1000" "the token is not accepted" "Get a new token.";
    "SCM.1004" "the account has not subscribed to the service" "Subscribe to the service in the console.";
    "SCM.1009" "the account is restricted" "Ask whoever owns the account.";
    "SCM.1010" "the account is frozen, most likely for arrears" "Pay what is due, then push again.";
    "SCM.3000" "an internal error of SCM" LOOK_BEFORE_RETRY;
    "SCM.4001" "SCM could not look up the user's rights; it had not begun to push" "Push again in a minute.";
    "SCM.4002" "the user has not the right to push" "The token is good, the right is missing: grant scm:cert:push. A new login does not help, and too many lock the account.";
    "APIGW.0101" "the gateway knows no such API" WRONG_ENDPOINT;
    "APIGW.0103" "the gateway found no backend" WRONG_ENDPOINT;
    "APIGW.0201" "the gateway could not handle the request" "";
    "APIGW.0301" "the credentials are not accepted" "Get a new token from the IAM of the same site as region or endpoint.";
    "APIGW.0302" "the user may not call this API" "Grant scm:cert:push.";
    "APIGW.0306" "access is denied" "Grant scm:cert:push.";
    "APIGW.0307" "the token must be renewed" "Get a new token: the rights of its user have changed or it is about to expire.";
    "APIGW.0308" "too many requests" "Wait, then push again: nothing was pushed.";
    "APIGW.0310" "the project is unavailable" "Check the token's project.";
    "APIGW.0613" "the gateway could not reach IAM; the service never saw the request" "Push again in a minute.";
    "APIGW.0802" "the user may not use this region" "Use the site where the user was made.";
    "IAM.0061" "the account is locked after failed logins" "Wait 15 minutes before the next try.";
};

/// What to do when TLS was refused, by why.
pub(crate) mod tls {
    pub(crate) const UNKNOWN_AUTHORITY: &str = "Is a TLS-inspecting proxy or firewall in between? Then put its CA certificate in ca_file. Else update this machine's certificate authorities (package ca-certificates).";
    pub(crate) const SELF_SIGNED: &str = "If it is your own server, put its certificate in ca_file; else something other than the service answered.";
    pub(crate) const DATES: &str = "Check this machine's clock; if it is right, whoever runs the server must renew its certificate.";
    pub(crate) const WRONG_HOST: &str =
        "Check the endpoint's host name, and what it resolves to here: another server answered.";
    pub(crate) const NO_TLS: &str = "Check the endpoint's scheme and port: a server that speaks something else answered, such as plain HTTP or a proxy.";
    pub(crate) const VERSION: &str = "Check that the endpoint is the service and no old device is in between: TLS 1.2 or 1.3 is needed.";
    pub(crate) const CLIENT_CERTIFICATE: &str = "Check client_cert_file and client_key_file with whoever runs the server: it decides which certificates it takes.";
    pub(crate) const SERVER_CERTIFICATE: &str =
        "Whoever runs the server must replace its certificate: nothing on this machine mends it.";
    pub(crate) const BROKEN: &str = "Something in between, such as a firewall, may have changed the data: ask whoever runs the network or the server.";
    pub(crate) const OWN_FAULT: &str = "Report this as a defect of certpush, with the message.";
}

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
        Status::InvalidArgument => "Correct the argument that the message names; nothing was sent.",
        Status::InvalidConfig => "Correct the option that the message names; nothing was sent.",
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
        Status::Unauthorized => "Get a new token, from the same site as region or endpoint.",
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
        | Status::Throttled
        | Status::Rejected => "not pushed",
        Status::BadRequest => "not pushed, but may have been for SCM.0028 and SCM.0203",
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
        _ => for_status(Status::InvalidArgument),
    }
}

/// What to do about a failed answer: the special cases first, then the service's code, then the
/// status. When the certificate may be there, that comes before any other advice.
pub(crate) fn for_answer(report: &Report) -> &'static str {
    let code = report.service_code.as_str();
    let text = report.service_message.as_str();
    if code.ends_with(".0301") && text.contains("decrypt token") {
        return DECRYPT_TOKEN;
    }
    if code.ends_with(".0301")
        && (text.contains("signature expired") || text.contains("X-Sdk-Date"))
    {
        return CLOCK;
    }
    if report.http_status == 494 {
        return TOKEN_TOO_LARGE;
    }
    if let Some(known) = service_code(code)
        && !known.hint.is_empty()
    {
        return known.hint;
    }
    if report.outcome_unknown && report.status != Status::UnexpectedResponse {
        return LOOK_BEFORE_RETRY;
    }
    for_status(report.status)
}

/// What to do when IAM or a metadata service refused or failed.
pub(crate) fn for_credentials(report: &Report) -> &'static str {
    let code = report.service_code.as_str();
    if code == "IAM.0061" || report.service_message.contains("locked") {
        return "The account is locked after failed logins: wait 15 minutes, and correct the password first.";
    }
    match service_code(code) {
        Some(known) if !known.hint.is_empty() => known.hint,
        _ => for_status(report.status),
    }
}

/// By how much this machine's clock is off, where that is why a signature was refused.
pub(crate) fn for_clock(report: &Report, date: Option<SystemTime>) -> Option<String> {
    let is_signature = report.service_code.ends_with(".0301");
    let date = date.filter(|_| is_signature)?;
    let (offset, direction) = match SystemTime::now().duration_since(date) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    (offset >= LONGEST_CLOCK_OFFSET).then(|| {
        format!(
            "This machine's clock is {} s {direction} the service's, and signatures hold for 15 minutes: set the clock.",
            offset.as_secs()
        )
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

    #[test]
    fn no_code_stands_twice() {
        let mut codes: Vec<_> = SERVICE_CODES.iter().map(|known| known.code).collect();
        codes.sort_unstable();
        let count = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }
}
