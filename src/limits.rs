//! The documented limits, each checked before anything is sent.
//!
//! ```
//! use certpush::{Config, limits};
//!
//! let mut config = Config::new();
//! let too_long = "t".repeat(limits::TOKEN_LENGTH.end() + 1);
//! assert!(config.set("token", &too_long).is_err());
//! ```

use std::ops::RangeInclusive;

/// One limit, as a row of [`ALL`].
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limit {
    /// The name of its constant, such as `TOKEN_LENGTH`.
    pub name: &'static str,
    /// The least that is allowed; the same as the greatest where it must be exactly that.
    pub least: u64,
    /// The greatest that is allowed.
    pub greatest: u64,
    /// What is counted: `characters`, `bytes`, `milliseconds`, `headers`, `answers` or `projects`.
    pub unit: &'static str,
    /// What is limited.
    pub doc: &'static str,
}

/// Makes the constants and the table of all of them. A limit is `exactly` a number, `up_to` one, or
/// `from` one to another.
macro_rules! limits {
    ($($name:ident: $type:ty = $form:ident $numbers:tt $unit:literal $doc:literal;)*) => {
        $(#[doc = $doc] pub const $name: $type = limits!(@constant $form $numbers);)*

        /// Every limit.
        #[doc(hidden)]
        pub const ALL: &[Limit] = &[$(
            Limit {
                name: stringify!($name),
                least: limits!(@least $form $numbers),
                greatest: limits!(@greatest $form $numbers),
                unit: $unit,
                doc: $doc,
            },
        )*];
    };
    (@constant from ($least:literal, $greatest:literal)) => { $least..=$greatest };
    (@constant $form:ident ($number:expr)) => { $number };
    (@least from ($least:literal, $greatest:literal)) => { $least };
    (@least exactly ($number:expr)) => { $number };
    (@least up_to ($number:expr)) => { 0 };
    (@greatest from ($least:literal, $greatest:literal)) => { $greatest };
    (@greatest $form:ident ($number:expr)) => { $number };
}

limits! {
    CERTIFICATE_ID_LENGTH: usize = exactly(16) "characters"
        "Length of a certificate_id, in ASCII letters or digits.";
    TARGET_PROJECT_LENGTH: RangeInclusive<usize> = from(1, 255) "characters"
        "Length of target_project, in characters. It may be empty for the CDN, which has no region.";
    BATCH_TARGET_PROJECTS: RangeInclusive<usize> = from(1, 10) "projects"
        "Number of target_projects of one batch push.";
    BATCH_TARGET_PROJECT_LENGTH: RangeInclusive<usize> = from(1, 32) "characters"
        "Length of each of a batch push's target_projects, in characters.";
    TARGET_SERVICE_LENGTH: RangeInclusive<usize> = from(1, 64) "characters"
        "Length of target_service, in characters.";
    TOKEN_LENGTH: RangeInclusive<usize> = from(32, 2_097_152) "characters"
        "Length of a token, in characters of 0x21 to 0x7E.";
    ANSWER_HEAD_BYTES: usize = up_to(64 * 1024) "bytes"
        "Largest head of an answer, in bytes.";
    ANSWER_BODY_BYTES: usize = up_to(1024 * 1024) "bytes"
        "Largest body of an answer, in bytes.";
    ANSWER_HEADERS: usize = up_to(100) "headers"
        "Most headers in an answer.";
    TIMEOUT_MS: RangeInclusive<u64> = from(1, 86_400_000) "milliseconds"
        "How long a call, or one connect, may be allowed to take, in milliseconds: up to a day.";
    INTERIM_ANSWERS: usize = up_to(16) "answers"
        "Most interim (1xx) answers before the final one.";
}

/// The services that the API names today. Any other is sent as given: the service judges.
pub const KNOWN_TARGET_SERVICES: &[&str] = &["CDN", "WAF", "ELB"];

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
