//! From an option's text to its typed value: the one place where a value is checked and read.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::file;
use crate::message::{self, Word};
use crate::options::{CredentialChoice, OptionSpec, TrustStore};
use crate::report::Error;
use crate::secret::Secret;

/// What a message about a value begins with, and whether it may show the value.
pub(super) struct Subject {
    pub(super) word: Word,
    pub(super) shows_value: bool,
}

impl Subject {
    fn refuse(&self, option: &OptionSpec, text: &str) -> Error {
        option.refusal(&self.word, self.shows_value.then_some(text))
    }
}

/// A type of values that options have.
pub(super) trait OptionValue: Sized {
    /// Reads the text of an option, or says why it is none of its values.
    fn read(option: &OptionSpec, subject: &Subject, text: &str) -> Result<Self, Error>;
}

/// Reads a value, after what is checked whatever the type.
pub(super) fn read<T: OptionValue>(
    option: &OptionSpec,
    subject: &Subject,
    text: &str,
) -> Result<T, Error> {
    if text.contains('\0') {
        let reason = "has a NUL inside";
        return Err(Error::invalid_argument_in(
            subject.word.clone(),
            option.key,
            reason,
        ));
    }
    if text.is_empty() && !option.may_be_empty && !option.is_secret() {
        return Err(Error::invalid_option(
            subject.word.clone(),
            "must not be empty",
        ));
    }
    T::read(option, subject, text)
}

/// Text is wiped when it is dropped, whether the option is a secret or not: a proxy's URL may hold a
/// password.
impl OptionValue for Arc<Secret> {
    fn read(option: &OptionSpec, subject: &Subject, text: &str) -> Result<Arc<Secret>, Error> {
        option.check_text(&subject.word, text)?;
        Ok(Arc::new(Secret::try_new(text)?))
    }
}

impl OptionValue for PathBuf {
    fn read(option: &OptionSpec, subject: &Subject, text: &str) -> Result<PathBuf, Error> {
        option.check_text(&subject.word, text)?;
        file::absolute(&message::plain(std::slice::from_ref(&subject.word)), text)
    }
}

impl OptionValue for bool {
    fn read(option: &OptionSpec, subject: &Subject, text: &str) -> Result<bool, Error> {
        match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(subject.refuse(option, text)),
        }
    }
}

impl OptionValue for u64 {
    fn read(option: &OptionSpec, subject: &Subject, text: &str) -> Result<u64, Error> {
        let number = text.parse().ok().filter(|number| {
            text.bytes().all(|byte| byte.is_ascii_digit()) && option.has_in_range(*number)
        });
        number.ok_or_else(|| subject.refuse(option, text))
    }
}

impl OptionValue for u32 {
    fn read(option: &OptionSpec, subject: &Subject, text: &str) -> Result<u32, Error> {
        let number = <u64 as OptionValue>::read(option, subject, text)?;
        u32::try_from(number).map_err(|_| subject.refuse(option, text))
    }
}

impl OptionValue for Duration {
    fn read(option: &OptionSpec, subject: &Subject, text: &str) -> Result<Duration, Error> {
        <u64 as OptionValue>::read(option, subject, text).map(Duration::from_millis)
    }
}

impl OptionValue for CredentialChoice {
    fn read(option: &OptionSpec, subject: &Subject, text: &str) -> Result<Self, Error> {
        CredentialChoice::from_word(text).ok_or_else(|| subject.refuse(option, text))
    }
}

impl OptionValue for TrustStore {
    fn read(option: &OptionSpec, subject: &Subject, text: &str) -> Result<Self, Error> {
        TrustStore::from_word(text).ok_or_else(|| subject.refuse(option, text))
    }
}
