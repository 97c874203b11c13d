//! What is known of the service's error codes: one row a code.
//!
//! The codes and their meanings are Huawei Cloud's documented ones (SCM error codes, API gateway
//! error codes, IAM error codes). They are not a stable enumeration, and some numbers have been
//! reused: an unknown code is passed on as it is, and changes nothing.

use crate::advice::{LOOK_BEFORE_RETRY, MAY_BE_THERE, WRONG_ENDPOINT};

const CDN_NEEDS_NO_PUSH: &str = "The CDN needs no push when its domain is set to use the SCM certificate by its id (certificate_source 2). If you do push: it may already be there; look at the CDN's certificates first.";
const CERTIFICATE_OF_WRONG_KIND: &str = "Only an issued or uploaded certificate with a private key in SCM can be pushed, and no SM2 one: look at its status in the console.";
const GRANT_ON_TARGET: &str =
    "Grant the user rights on the target service too: scm:cert:push alone is not enough.";

/// What a code says of the push, where it says more than the HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeOutcome {
    /// Nothing: a 4xx pushed nothing, a 5xx may have pushed.
    ByStatus,
    /// A generic push failure that comes as a 4xx, while its twins for other services are 5xx: the
    /// certificate may have been pushed.
    MayHavePushedAs4xx,
    /// Given before the push began, whatever the status.
    NeverPushed,
}

/// One error code of the service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServiceCode {
    /// The code, such as `SCM.0069`.
    pub(crate) code: &'static str,
    /// What it means.
    pub(crate) meaning: &'static str,
    /// What to do, "" if nothing is known.
    pub(crate) hint: &'static str,
    /// What it says of the push.
    pub(crate) outcome: CodeOutcome,
    /// Whether it is the code of a 401 that another credential mends. SCM.4002, 1004, 1009 and 1010
    /// are 401s that none does.
    pub(crate) is_fixed_by_renewal: bool,
    /// Whether it is what one target says. To a push to several that says nothing of the others:
    /// they may have been pushed to before.
    pub(crate) is_of_one_target: bool,
    /// Whether, as a 401 to a signed request, it counts against the access key: five lock it.
    pub(crate) counts_against_key: bool,
}

const fn code(code: &'static str, meaning: &'static str, hint: &'static str) -> ServiceCode {
    ServiceCode {
        code,
        meaning,
        hint,
        outcome: CodeOutcome::ByStatus,
        is_fixed_by_renewal: false,
        is_of_one_target: false,
        counts_against_key: false,
    }
}

impl ServiceCode {
    const fn may_have_pushed_as_4xx(self) -> ServiceCode {
        ServiceCode {
            outcome: CodeOutcome::MayHavePushedAs4xx,
            ..self
        }
    }

    const fn never_pushed(self) -> ServiceCode {
        ServiceCode {
            outcome: CodeOutcome::NeverPushed,
            ..self
        }
    }

    const fn renews(self) -> ServiceCode {
        ServiceCode {
            is_fixed_by_renewal: true,
            ..self
        }
    }

    const fn of_one_target(self) -> ServiceCode {
        ServiceCode {
            is_of_one_target: true,
            ..self
        }
    }

    const fn locks(self) -> ServiceCode {
        ServiceCode {
            counts_against_key: true,
            ..self
        }
    }
}

/// Every code that is known.
#[rustfmt::skip]
pub(crate) const SERVICE_CODES: &[ServiceCode] = &[
    code("SCM.0002", "the tenant of the request and of the token differ", "Check that the credentials are of the account that project or domain belong to."),
    code("SCM.0003", "the certificate belongs to another tenant", "Use credentials of the account that owns the certificate."),
    code("SCM.0005", "a request parameter is wrong", "Check target_service and target_project; the services are CDN, WAF and ELB."),
    code("SCM.0008", "the certificate_id is unknown, or its owner is not the token's user", "Check the certificate_id in the console of the same account."),
    code("SCM.0010", "the certificate's type or status does not allow this", CERTIFICATE_OF_WRONG_KIND),
    code("SCM.0020", "the certificate_id is wrong", "Check the certificate_id in the console of the same account."),
    code("SCM.0028", "the push failed, without a reason", LOOK_BEFORE_RETRY).may_have_pushed_as_4xx(),
    code("SCM.0030", "certificates cannot be pushed to this service", "Check target_service: CDN, WAF or ELB."),
    code("SCM.0031", "the certificate could not be parsed", ""),
    code("SCM.0032", "the certificate's name is refused", "Rename the certificate in SCM."),
    code("SCM.0037", "SCM could not encrypt the certificate", LOOK_BEFORE_RETRY),
    code("SCM.0038", "SCM could not decrypt the certificate", LOOK_BEFORE_RETRY),
    code("SCM.0059", "SCM holds no private key for the certificate", "A certificate made from an own CSR cannot be pushed: upload it together with its key."),
    code("SCM.0069", "the account has no such project", "target_project is a project's name (a region such as ap-southeast-3, or region_name), not its id.").of_one_target(),
    code("SCM.0201", "ELB refused the certificate", MAY_BE_THERE).of_one_target(),
    code("SCM.0202", "the user may not write to ELB", GRANT_ON_TARGET).of_one_target(),
    code("SCM.0203", "the push to ELB failed", LOOK_BEFORE_RETRY).may_have_pushed_as_4xx(),
    code("SCM.0204", "ELB does not support this certificate", CERTIFICATE_OF_WRONG_KIND),
    code("SCM.0211", "the CDN refused the certificate", CDN_NEEDS_NO_PUSH).of_one_target(),
    code("SCM.0212", "the user may not write to the CDN", GRANT_ON_TARGET).of_one_target(),
    code("SCM.0213", "the push to the CDN failed", LOOK_BEFORE_RETRY),
    code("SCM.0221", "WAF refused the certificate", "It may already be there, or the region has no WAF instance or no quota left: look at WAF's certificates before another push.").of_one_target(),
    code("SCM.0222", "the user may not write to WAF", GRANT_ON_TARGET).of_one_target(),
    code("SCM.0223", "the push to WAF failed", LOOK_BEFORE_RETRY),
    code("SCM.1000", "the token is not accepted", "Get a new token from the IAM of the same site as region or endpoint.").renews(),
    code("SCM.1004", "the account has not subscribed to the service", "Subscribe to the service in the console."),
    code("SCM.1009", "the account is restricted", "Ask whoever owns the account."),
    code("SCM.1010", "the account is frozen, most likely for arrears", "Pay what is due, then push again."),
    code("SCM.3000", "an internal error of SCM", LOOK_BEFORE_RETRY),
    code("SCM.4001", "SCM could not look up the user's rights; it had not begun to push", "Push again in a minute.").never_pushed(),
    code("SCM.4002", "the user has not the right to push", "The credentials are good, the right is missing: grant scm:cert:push. A new login does not help, and too many lock the account."),
    code("APIGW.0101", "the gateway knows no such API", WRONG_ENDPOINT),
    code("APIGW.0103", "the gateway found no backend", WRONG_ENDPOINT),
    code("APIGW.0201", "the gateway could not handle the request", ""),
    code("APIGW.0301", "the credentials are not accepted", "A token: get a new one from the IAM of the same site as region or endpoint. An access key: check both its halves before the next try, since five refusals lock it.").renews().locks(),
    code("APIGW.0302", "the user may not call this API", "Grant scm:cert:push."),
    code("APIGW.0306", "access is denied", "Grant scm:cert:push."),
    code("APIGW.0307", "the token must be renewed", "Get a new token: the rights of its user have changed or it is about to expire.").renews(),
    code("APIGW.0308", "too many requests", "Wait, then push again: nothing was pushed."),
    code("APIGW.0310", "the project is unavailable", "Check the project that the credentials are for."),
    code("APIGW.0613", "the gateway could not reach IAM; the service never saw the request", "Push again in a minute.").never_pushed(),
    code("APIGW.0802", "the user may not use this region", "Use the site where the user was made."),
    code("IAM.0061", "the account is locked after failed logins", "Wait 15 minutes before the next try."),
];

/// What is known of a code, written as the service writes it. The older gateways' `APIG.` codes have
/// the numbers and meanings of today's `APIGW.` ones.
pub(crate) fn find(code: &str) -> Option<&'static ServiceCode> {
    let is_it = |known: &&ServiceCode| match code.strip_prefix("APIG.") {
        Some(number) => known.code.strip_prefix("APIGW.") == Some(number),
        None => known.code == code,
    };
    SERVICE_CODES.iter().find(is_it)
}

/// What a target says of itself in the answer to a batch push, where it is known that it refused
/// before anything was pushed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlainRefusal {
    /// The whole message, letter by letter.
    pub(crate) message: &'static str,
    /// What to do.
    pub(crate) hint: &'static str,
}

/// Every plain refusal that is known. Any other message leaves open whether the certificate was
/// pushed to the target.
pub(crate) const PLAIN_REFUSALS: &[PlainRefusal] = &[PlainRefusal {
    message: "Invalid region id.",
    hint: "The service knows no such project: give a project's name (a region such as ap-southeast-3, or region_name), not its id, and one of a region where the target service is.",
}];

/// What is known of a target's own message, if it is a plain refusal.
pub(crate) fn plain_refusal(message: &str) -> Option<&'static PlainRefusal> {
    PLAIN_REFUSALS.iter().find(|known| known.message == message)
}

/// The generic push failures: codes of a 4xx after which the certificate may have been pushed.
pub(crate) fn generic_push_failures() -> impl Iterator<Item = &'static str> {
    SERVICE_CODES
        .iter()
        .filter(|known| known.outcome == CodeOutcome::MayHavePushedAs4xx)
        .map(|known| known.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_stands_twice() {
        for (position, known) in SERVICE_CODES.iter().enumerate() {
            let others = &SERVICE_CODES[position + 1..];
            assert!(others.iter().all(|other| other.code != known.code));
        }
    }

    #[test]
    fn the_older_gateways_codes_mean_what_todays_do() {
        for code in ["APIG.0301", "APIG.0307", "APIG.0613", "APIG.0101"] {
            let today = code.replace("APIG.", "APIGW.");
            assert_eq!(find(code).unwrap().code, today);
        }
        assert!(find("APIG.0203").is_none());
        assert!(find("apigw.0301").is_none());
        assert!(find("").is_none());
    }
}
