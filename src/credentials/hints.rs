//! What to do about a credential that was refused or could not be had, in words about the one that
//! was used and never about another.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use super::spec::Login;
use crate::report::Report;
use crate::sanitize::sanitize;
use crate::service_codes;
use crate::status::Status;

/// How far a clock may be off before a signature is refused.
const LONGEST_CLOCK_OFFSET: Duration = Duration::from_secs(15 * 60);
/// How much of a name is shown, in characters.
const NAME_LIMIT: usize = 64;

type Hint = Cow<'static, str>;

/// Who gives credentials.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Provider {
    Iam,
    Metadata,
    Pod,
}

impl Provider {
    pub(super) fn name(self) -> &'static str {
        match self {
            Provider::Iam => "IAM",
            Provider::Metadata => "the metadata service",
            Provider::Pod => "the container's identity service",
        }
    }

    /// What to do when it cannot be reached, fails or is not understood.
    pub(super) fn unavailable(self, http_status: u16) -> Hint {
        match (self, http_status) {
            (Provider::Iam, 0) => {
                "Check that IAM (iam_endpoint) can be reached from this machine, then push again."
            }
            (Provider::Iam, 429) => "IAM throttles: wait a minute, then push again.",
            (Provider::Iam, 500..) => "IAM has failed: push again in a minute.",
            (Provider::Iam, _) => {
                "What answered is not IAM, but most likely a proxy or firewall: check iam_endpoint and the way to it."
            }
            (Provider::Metadata, 0) => {
                "Check that this machine's metadata service (metadata_endpoint) can be reached, then push again; or set other credentials."
            }
            (Provider::Metadata, _) => {
                "The machine's metadata service has failed: push again in a minute, or set other credentials."
            }
            (Provider::Pod, _) => {
                "Check the container's identity service, to which HC_CONTAINER_CREDENTIALS_FULL_URI leads, then push again."
            }
        }
        .into()
    }

    /// What to do when the call's time was up.
    pub(super) fn too_slow(self) -> Hint {
        match self {
            Provider::Iam => {
                "IAM took longer than the call may: check that iam_endpoint can be reached, or allow more time with timeout_ms."
            }
            Provider::Metadata | Provider::Pod => {
                "The temporary keys did not come within the call's time: allow more with timeout_ms, or set other credentials."
            }
        }
        .into()
    }
}

/// What to do about a machine without an agency.
pub(super) const NO_AGENCY: &str = "Give the ECS machine an agency that may push certificates (scm:cert:push), or set other credentials.";

/// What to do when the time was up before another call knew whether the key is accepted.
pub(super) const ANOTHER_TRIES: &str = "A new access key is tried by one call at a time, and that one has no answer yet: look at its report, or allow more time with timeout_ms.";

/// What to do where nothing was found.
pub(super) const fn nothing_found() -> &'static str {
    Status::NoCredentials.hint()
}

/// The credential that a request was authorised with.
pub(super) enum Used<'a> {
    /// A token that was given.
    Token,
    /// A token of the program's own source.
    Program,
    /// A token that IAM gave for a password, and where that IAM is.
    Issued(&'a str),
    Key(KeyUsed<'a>),
}

/// An access key.
#[derive(Clone, Copy)]
pub(super) struct KeyUsed<'a> {
    /// Its beginning.
    pub(super) masked_key: &'a str,
    /// Where it comes from, such as "from variable HUAWEICLOUD_SDK_AK".
    pub(super) origin: &'a str,
    pub(super) is_temporary: bool,
}

/// What to do about the service's answer, where it is about the credential.
pub(super) fn for_service(
    used: &Used<'_>,
    report: &Report,
    date: Option<SystemTime>,
) -> Option<Hint> {
    let code = report.service_code.as_str();
    if !(400..500).contains(&report.http_status) || code.is_empty() {
        return None;
    }
    let code = code
        .strip_prefix("APIG.")
        .map_or_else(|| code.to_owned(), |number| format!("APIGW.{number}"));
    let not_accepted = matches!(code.as_str(), "APIGW.0301" | "SCM.1000");
    match used {
        Used::Token => None,
        Used::Program if not_accepted || code == "APIGW.0307" => Some(
            "The service does not accept the token that the program's token source gives: let it get a new one from the IAM of the same site as region or endpoint."
                .into(),
        ),
        Used::Issued(iam) if not_accepted => Some(
            format!(
                "The service does not accept the token that IAM at {iam} gave for the password: iam_endpoint must be of the same site as region or endpoint."
            )
            .into(),
        ),
        Used::Program | Used::Issued(_) => None,
        Used::Key(key) if not_accepted => Some(for_key(*key, report, date)),
        Used::Key(key) => {
            let shown = key.masked_key;
            let hint = match code.as_str() {
                "APIGW.0307" => format!(
                    "The rights of access key {shown} have changed: push again in a minute; if it stays so, make a new access key."
                ),
                "SCM.4002" => format!(
                    "The access key {shown} is good, the right is missing: grant scm:cert:push to its user."
                ),
                "SCM.0002" => format!(
                    "Check that project_id or domain_id is of the account of access key {shown}."
                ),
                "SCM.0003" => {
                    format!("Use an access key of the account that owns the certificate, not {shown}.")
                }
                "APIGW.0310" => "Check project_id.".to_owned(),
                _ if report.http_status == 494 => {
                    "The API gateway takes 32 KB of one header, and the security token has more."
                        .to_owned()
                }
                _ if report.status() == Status::Unauthorized && !is_known(&code) => {
                    return Some(for_key(*key, report, date));
                }
                _ => return None,
            };
            Some(hint.into())
        }
    }
}

/// Whether a code says what is wrong, and it is not the credential.
fn is_known(code: &str) -> bool {
    service_codes::find(code).is_some()
}

/// What to do about a signature that the service or IAM refused.
pub(super) fn for_key(key: KeyUsed<'_>, report: &Report, date: Option<SystemTime>) -> Hint {
    let text = report.service_message.to_ascii_lowercase();
    // What follows is the request's own headers.
    let text = text.split("canonicalrequest").next().unwrap_or_default();
    let has = |words: &str| text.contains(words);
    let KeyUsed {
        masked_key: shown,
        origin,
        ..
    } = key;
    let offset = date.and_then(clock_offset);
    let hint = if has("signature expired") || has("x-sdk-date") || offset.is_some() {
        match offset {
            Some(offset) => offset,
            None => {
                "Check this machine's clock: signed requests must be within 15 minutes of the service's time."
                    .to_owned()
            }
        }
    } else if has("limit,forbidden") || has("reach the limit") || has("locked") {
        format!(
            "The access key {shown} ({origin}) is locked for 5 minutes after five wrong signatures: correct its secret key, then wait. certpush tries again after 15 minutes, or at once with another key."
        )
    } else if key.is_temporary && (has("not exist") || has("expire") || has("decrypt token")) {
        format!(
            "The temporary access key {shown} ({origin}) has ended, or its security token is not the one that came with it: get new keys with their security token."
        )
    } else if has("not exist") || has("secretkey failed") {
        // So it is said of a temporary key by itself.
        let or_temporary = if has("secretkey failed") {
            ", is a temporary one without its security_token"
        } else {
            ""
        };
        format!(
            "The service knows no access key {shown} ({origin}): it was deleted or disabled, is mistyped{or_temporary}, or is of another site than region or endpoint."
        )
    } else if has("signature") {
        format!(
            "The secret key is not that of access key {shown} ({origin}): correct it. Five of these lock the key for 5 minutes."
        )
    } else {
        format!(
            "The access key {shown} ({origin}) is not accepted: check the key, its secret key, and that it is of the same site as region or endpoint. Five of these lock the key for 5 minutes."
        )
    };
    hint.into()
}

/// What to do when IAM refuses to tell the account of a key.
pub(super) fn for_look_up(
    key: KeyUsed<'_>,
    iam: &str,
    report: &Report,
    date: Option<SystemTime>,
) -> Hint {
    let KeyUsed {
        masked_key: shown,
        origin,
        ..
    } = key;
    match report.http_status {
        401 => for_key(key, report, date),
        404 | 405 => format!(
            "IAM is not at {iam}, or not version 3 of it: correct iam_endpoint, or set domain_id, and nothing is looked up."
        )
        .into(),
        _ => format!(
            "IAM does not tell the account of access key {shown} ({origin}): set domain_id, and nothing is looked up."
        )
        .into(),
    }
}

/// By how much this machine's clock is off, if by so much that no signature holds.
pub(super) fn clock_offset(date: SystemTime) -> Option<String> {
    let (offset, direction) = match SystemTime::now().duration_since(date) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    (offset >= LONGEST_CLOCK_OFFSET).then(|| {
        let seconds = offset.as_secs();
        format!(
            "This machine's clock is {seconds} s ({} min) {direction} the service's, and signatures hold for 15 minutes: set the clock.",
            seconds / 60
        )
    })
}

/// What to do when IAM refuses a token for a password.
pub(super) fn for_login(login: &Login, origin: &str, iam: &str, report: &Report) -> Hint {
    let code = report.service_code.as_str();
    let text = report.service_message.to_ascii_lowercase();
    let has = |words: &str| text.contains(words);
    let shown = |name: &str| sanitize(name, NAME_LIMIT);
    let (user, domain) = (shown(&login.user_name), shown(&login.user_domain));
    let who = if login.user_id.is_empty() {
        format!("{user} of {domain}")
    } else {
        format!("with the id {}", shown(&login.user_id))
    };
    let hint = if code == "IAM.0061" || has("locked") {
        "The account is locked after failed logins: wait 15 minutes, and correct the password first."
            .to_owned()
    } else if report.http_status == 404 || report.http_status == 405 {
        format!(
            "IAM is not at {iam}, or not version 3 of it: iam_endpoint is IAM's base URL, such as https://iam.ap-southeast-1.myhuaweicloud.com."
        )
    } else if code == "IAM.0081" || has("console") {
        format!(
            "Give the user {who} programmatic access: IAM gives those for the console no token."
        )
    } else if code == "IAM.1061" || has("totp") {
        "The passcode (totp) is wrong or was used before: each is good for one login, and for the user that user_id names."
            .to_owned()
    } else if has("password") {
        format!(
            "Correct the password ({origin}), or the name, of user {who}: five wrong logins lock the user for 15 minutes."
        )
    } else {
        let scope = match (login.scope_project.as_str(), login.scope_domain.as_str()) {
            ("", domain) => format!("scope_domain \"{}\" is this user's account", shown(domain)),
            (project, "") => format!(
                "scope_project \"{}\" (the region's project if you set none) is a project of this user's account",
                shown(project)
            ),
            (project, domain) => format!(
                "scope_project \"{}\" is a project of scope_domain \"{}\", and that this user's account",
                shown(project),
                shown(domain)
            ),
        };
        format!(
            "IAM gives the user {who} no such token: check that {scope}; and the password ({origin}), for five wrong logins lock the user."
        )
    };
    hint.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase::Phase;

    fn report(http_status: u16, code: &str, message: &str) -> Report {
        Report {
            http_status,
            service_code: code.to_owned(),
            service_message: message.to_owned(),
            ..Report::new(
                Status::from_http_error(http_status).unwrap(),
                Phase::Receive,
                "",
            )
        }
    }

    const KEY: KeyUsed<'_> = KeyUsed {
        masked_key: "HPUA****",
        origin: "from variable HUAWEICLOUD_SDK_AK",
        is_temporary: false,
    };

    #[test]
    fn an_access_keys_hint_names_it_and_never_a_token() {
        let detail = |detail: &str| format!("Incorrect IAM authentication information: {detail}");
        for (message, words) in [
            (
                "verify aksk signature fail, canonicalRequest:POST|/locked/not exist|x-sdk-date:1|",
                "secret key is not that of",
            ),
            ("ak HPUA**** not exist", "knows no access key"),
            (
                "Get secretKey failed,ak:HPUA****,err:ak not exist",
                "knows no access key",
            ),
            (
                "AK access failed to reach the limit,forbidden",
                "is locked for 5 minutes",
            ),
            ("something new", "is not accepted"),
        ] {
            for code in ["APIGW.0301", "APIG.0301"] {
                let report = report(401, code, &detail(message));
                let hint = for_service(&Used::Key(KEY), &report, None).unwrap();
                assert!(hint.contains(words), "{message}: {hint}");
                assert!(
                    hint.contains("HPUA**** (from variable HUAWEICLOUD_SDK_AK)"),
                    "{hint}"
                );
            }
        }
        for code in [
            "SCM.1000",
            "SCM.4002",
            "SCM.0002",
            "SCM.0003",
            "APIGW.0307",
            "APIGW.0310",
        ] {
            let report = report(401, code, "no");
            let hint = for_service(&Used::Key(KEY), &report, None).unwrap();
            assert!(!hint.contains("token"), "{code}: {hint}");
        }
    }

    #[test]
    fn a_temporary_keys_hint_speaks_of_its_end() {
        let key = KeyUsed {
            is_temporary: true,
            ..KEY
        };
        for message in [
            "ak not exist",
            "token expires, expires_at: 2026",
            "decrypt token fail",
        ] {
            let report = report(401, "APIGW.0301", message);
            let hint = for_service(&Used::Key(key), &report, None).unwrap();
            assert!(hint.contains("has ended"), "{message}: {hint}");
        }
    }

    #[test]
    fn a_clock_is_off_by_so_much() {
        let report = report(401, "APIGW.0301", "signature expired");
        let hint = |offset: i64| {
            let now = SystemTime::now();
            let offset_by = Duration::from_secs(offset.unsigned_abs());
            let date = if offset < 0 {
                now - offset_by
            } else {
                now + offset_by
            };
            for_service(&Used::Key(KEY), &report, Some(date)).unwrap()
        };
        assert!(
            hint(20 * 60 + 5).contains("(20 min) behind"),
            "{}",
            hint(1205)
        );
        assert!(hint(-20 * 60 - 5).contains("(20 min) ahead of"));
        assert!(hint(60).contains("Check this machine's clock"));
        // Whatever the words were.
        let other = super::tests::report(401, "APIGW.0301", "no");
        let date = SystemTime::now() - Duration::from_secs(1205);
        assert!(for_key(KEY, &other, Some(date)).contains("ahead of"));
    }

    #[test]
    fn a_look_up_that_is_refused_is_told_apart_from_a_refused_key() {
        for (http_status, words) in [
            (401, "is not accepted"),
            (404, "iam_endpoint"),
            (403, "domain_id"),
            (400, "domain_id"),
        ] {
            let report = report(http_status, "X.1", "no");
            let hint = for_look_up(KEY, "https://iam.example", &report, None);
            assert!(hint.contains(words), "{http_status}: {hint}");
        }
    }

    #[test]
    fn a_tokens_hint_is_the_tables_and_others_say_whose_the_token_is() {
        let refused = report(401, "APIGW.0301", "decrypt token fail");
        assert_eq!(for_service(&Used::Token, &refused, None), None);
        let hint = for_service(&Used::Issued("https://iam.example"), &refused, None).unwrap();
        assert!(hint.contains("https://iam.example"), "{hint}");
        let hint = for_service(&Used::Program, &refused, None).unwrap();
        assert!(hint.contains("token source"), "{hint}");
        // A page that is none of the API's, or an answer that is not about the credential.
        for used in [Used::Token, Used::Program, Used::Issued(""), Used::Key(KEY)] {
            assert_eq!(for_service(&used, &report(403, "", ""), None), None);
            assert_eq!(for_service(&used, &report(400, "SCM.0201", ""), None), None);
            assert_eq!(for_service(&used, &report(401, "SCM.1010", ""), None), None);
            assert_eq!(
                for_service(&used, &report(500, "APIGW.0301", ""), None),
                None
            );
        }
    }

    #[test]
    fn a_logins_hint_says_what_of_it_is_wrong() {
        let login = Login {
            user_name: "deployer".into(),
            user_id: String::new(),
            user_domain: "acme".into(),
            scope_project: "cn-nord-4".into(),
            scope_domain: String::new(),
        };
        for (http_status, code, message, words) in [
            (
                401,
                "401",
                "The username or password is wrong.",
                "user deployer of acme",
            ),
            (401, "401", "The account is locked.", "wait 15 minutes"),
            (401, "IAM.0061", "", "wait 15 minutes"),
            (
                401,
                "401",
                "The request you have made requires authentication.",
                "scope_project \"cn-nord-4\"",
            ),
            (
                400,
                "IAM.1061",
                "The TOTP verification code is incorrect.",
                "passcode",
            ),
            (403, "IAM.0081", "", "programmatic access"),
            (404, "404", "Could not find the resource", "iam_endpoint"),
        ] {
            let report = report(http_status, code, message);
            let hint = for_login(
                &login,
                "from option user_password",
                "https://iam.example",
                &report,
            );
            assert!(hint.contains(words), "{message}: {hint}");
            assert!(!hint.contains("access key"), "{hint}");
        }
        let login = Login {
            scope_project: String::new(),
            scope_domain: "other".into(),
            ..login
        };
        let report = report(
            401,
            "401",
            "The request you have made requires authentication.",
        );
        let hint = for_login(&login, "", "", &report);
        assert!(hint.contains("scope_domain \"other\""), "{hint}");
    }
}
