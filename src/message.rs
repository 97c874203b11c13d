//! Messages about arguments and options, which each binding calls by names of its own: a C function's
//! parameter, a Python keyword, a command's flag.

use std::borrow::Cow;

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// What is the same in every binding.
    Text(Cow<'static, str>),
    /// The name of an argument, or an option's key.
    Name(Cow<'static, str>),
    /// An option that the program has set.
    Option(&'static str),
}

impl Word {
    pub(crate) fn text(text: impl Into<Cow<'static, str>>) -> Word {
        Word::Text(text.into())
    }

    pub(crate) fn name(name: impl Into<Cow<'static, str>>) -> Word {
        Word::Name(name.into())
    }
}

/// The message that the words make, with the names that `name` knows in the place of the core's.
pub(crate) fn message(words: &[Word], name: &dyn Fn(&str) -> Option<String>) -> String {
    let mut message = String::new();
    for word in words {
        match word {
            Word::Text(text) => message.push_str(text),
            Word::Name(key) => match name(key) {
                Some(other) => message.push_str(&other),
                None => message.push_str(key),
            },
            Word::Option(key) => match name(key) {
                Some(other) => message.push_str(&other),
                None => {
                    message.push_str("option ");
                    message.push_str(key);
                }
            },
        }
    }
    message
}

/// The message with the core's own names.
pub(crate) fn plain(words: &[Word]) -> String {
    message(words, &|_| None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::OptionSpec;

    #[test]
    fn a_binding_may_call_things_by_other_names() {
        let words = [
            Word::Option("token"),
            Word::text(" and "),
            Word::name("token_file"),
            Word::text(" are of token_file's kind, and "),
            Word::name("unheard_of"),
        ];
        assert_eq!(
            plain(&words),
            "option token and token_file are of token_file's kind, and unheard_of"
        );
        let flags = |key: &str| OptionSpec::find(key).map(OptionSpec::flag);
        assert_eq!(
            message(&words, &flags),
            "--token and --token-file are of token_file's kind, and unheard_of"
        );
    }
}
