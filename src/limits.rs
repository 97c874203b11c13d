//! The documented limits, each checked before anything is sent.

use std::ops::RangeInclusive;

/// Length of a certificate_id, in ASCII letters or digits.
pub const CERTIFICATE_ID_LENGTH: usize = 16;
/// Length of target_project, in characters. It may be empty for the CDN, which has no region.
pub const TARGET_PROJECT_LENGTH: RangeInclusive<usize> = 1..=255;
/// Length of target_service, in characters.
pub const TARGET_SERVICE_LENGTH: RangeInclusive<usize> = 1..=64;
/// Length of a token, in characters of 0x21 to 0x7E.
pub const TOKEN_LENGTH: RangeInclusive<usize> = 32..=2_097_152;
/// The services that the API names today. Any other is sent as given: the service judges.
pub const KNOWN_TARGET_SERVICES: [&str; 3] = ["CDN", "WAF", "ELB"];
/// Largest head of an answer, in bytes.
pub const ANSWER_HEAD_BYTES: usize = 64 * 1024;
/// Largest body of an answer, in bytes.
pub const ANSWER_BODY_BYTES: usize = 1024 * 1024;
/// Most headers in an answer.
pub const ANSWER_HEADERS: usize = 100;
/// How long a call, or one connect, may be allowed to take, in milliseconds: up to a day.
pub const TIMEOUT_MS: RangeInclusive<u64> = 1..=86_400_000;
/// Most interim (1xx) answers before the final one.
pub const INTERIM_ANSWERS: usize = 16;

/// Checks a token against the documented limits. The message never shows any of it.
pub(crate) fn check_token(token: &str) -> Result<(), String> {
    let allowed = TOKEN_LENGTH;
    if let Some(why) = wrapping(token) {
        return Err(why.to_owned());
    }
    if let Some((index, _)) = token
        .bytes()
        .enumerate()
        .find(|(_, byte)| !(0x21..=0x7e).contains(byte))
    {
        return Err(format!(
            "has a character that no token has (a blank, a control character or one outside ASCII) after {index} good ones"
        ));
    }
    if !allowed.contains(&token.len()) {
        return Err(format!(
            "must have {} to {} characters, but has {}",
            allowed.start(),
            allowed.end(),
            token.len()
        ));
    }
    Ok(())
}

/// How a value begins that has something around it: quotes, as they stand in a shell's script, or
/// the whole answer that the value is a part of. No token and no key begins so.
pub(crate) fn wrapping(value: &str) -> Option<&'static str> {
    let begins_with = |start: &str| {
        value
            .get(..start.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(start))
    };
    if value.starts_with(['"', '\'', '`', '‘', '’', '“', '”', '«']) {
        Some("begins with a quote: give it without quotes around it")
    } else if value.starts_with(['{', '[']) {
        Some("begins as JSON does: give the value alone, without what is around it")
    } else if value.starts_with('<') {
        Some("begins as HTML, XML or a placeholder does: give the value itself")
    } else if value.starts_with("${") || value.starts_with("$(") {
        Some("begins as a variable does that was not replaced: give its value")
    } else if ["bearer ", "x-subject-token:", "x-auth-token:"]
        .into_iter()
        .any(begins_with)
    {
        Some("begins with the name of a header or a scheme: give what is behind it")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_in_the_message_about_it() {
        let message = check_token("secret secret secret secret secret").unwrap_err();
        assert!(!message.contains("secret"), "{message}");
        assert!(check_token(&"x".repeat(31)).is_err());
        assert!(check_token(&"x".repeat(32)).is_ok());
        assert!(check_token(&"x".repeat(2_097_152)).is_ok());
        assert!(check_token(&"x".repeat(2_097_153)).is_err());
    }
}
