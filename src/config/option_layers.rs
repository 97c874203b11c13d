//! Who set which option: a layer of typed values for each source, and the values that count.
//!
//! The program's layer hides the environment's, whatever the order of the calls, and of two options
//! that exclude each other both: a token must never go to a host that another source named.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::option_values::{self, Subject};
use crate::message::Word;
use crate::options::{CredentialChoice, OptionKey, TrustStore, for_each_option};
use crate::report::Error;
use crate::secret::Secret;

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Program,
    /// A line of a text that the program gave.
    Text {
        line: usize,
    },
    Environment,
}

impl Source {
    /// How an option of this source is named in a message.
    pub(super) fn word(self, key: OptionKey) -> Word {
        match self {
            Source::Program | Source::Text { .. } => Word::Option(key.name()),
            Source::Environment => Word::text(self.origin(key)),
        }
    }

    /// How an option of this source is described.
    pub(super) fn origin(self, key: OptionKey) -> String {
        match self {
            Source::Program | Source::Text { .. } => format!("option {}", key.name()),
            Source::Environment => format!("variable {}", key.spec().environment_name()),
        }
    }

    /// How a message begins that is about a value of this source. A text may be split in another
    /// place than was meant, so that the value of one option is a part of another's, of a secret: it
    /// is never shown.
    fn subject(self, key: OptionKey) -> Subject {
        let word = match self {
            Source::Program => Word::name(key.name()),
            Source::Text { line } => in_line(line, key.name()),
            Source::Environment => Word::text(format!("{}: {}", self.origin(key), key.name())),
        };
        Subject {
            word,
            shows_value: !matches!(self, Source::Text { .. }),
        }
    }
}

/// How a message begins that is about what stands in a line of a text.
pub(super) fn in_line(line: usize, key: &str) -> Word {
    Word::text(format!("options, line {line}: {key}"))
}

/// The error of two options of one source that exclude each other.
pub(super) fn exclude_each_other(one: Word, other: Word) -> Error {
    let words = vec![
        one,
        Word::text(" and "),
        other,
        Word::text(" exclude each other"),
    ];
    Error::invalid_options(words)
}

/// A value, and who gave it to which option.
pub(super) struct Given<T> {
    pub(super) value: T,
    pub(super) key: OptionKey,
    pub(super) source: Source,
}

/// What a layer has of an option. Shared by the copies of a config: each of the many options costs
/// a copy no more than a pointer, and less code.
pub(super) type Slot<T> = Option<Arc<Given<T>>>;

impl<T: option_values::OptionValue> Given<T> {
    #[inline(never)]
    fn put(slot: &mut Slot<T>, key: OptionKey, source: Source, text: &str) -> Result<(), Error> {
        let value = option_values::read(key.spec(), &source.subject(key), text)?;
        *slot = Some(Arc::new(Given { value, key, source }));
        Ok(())
    }
}

impl<T> Given<T> {
    pub(super) fn word(&self) -> Word {
        self.source.word(self.key)
    }

    pub(super) fn origin(&self) -> String {
        self.source.origin(self.key)
    }
}

impl Given<Arc<Secret>> {
    pub(super) fn text(&self) -> &str {
        self.value.expose()
    }
}

/// The Rust type of a kind's values.
macro_rules! value_type {
    (File) => {
        PathBuf
    };
    (Boolean) => {
        bool
    };
    (Integer($($range:tt)+)) => {
        u32
    };
    (Milliseconds($($range:tt)+)) => {
        Duration
    };
    (Choice($choice:ident)) => {
        $choice
    };
    ($text:ident) => {
        // Shared by the copies of a config: a token has up to two mebibytes.
        Arc<Secret>
    };
}

/// The method that reads an option with a default: it always has a value.
macro_rules! value_or_default {
    ($key:ident, $kind:ident $(($($of:tt)+))?) => {};
    ($key:ident, Text, $default:expr) => {
        pub(super) fn $key(&self) -> &'a str {
            self.$key.map_or($default, Given::text)
        }
    };
    ($key:ident, Milliseconds($($range:tt)+), $default:expr) => {
        pub(super) fn $key(&self) -> Duration {
            let default = Duration::from_millis($default);
            self.$key.map_or(default, |given| given.value)
        }
    };
    ($key:ident, $kind:ident $(($($of:tt)+))?, $default:expr) => {
        pub(super) fn $key(&self) -> value_type!($kind $(($($of)+))?) {
            self.$key.map_or($default, |given| given.value)
        }
    };
}

macro_rules! declare_layers {
    ($(
        $(#[doc = $doc:literal])+
        $key:ident $(as $method:ident)?: $kind:ident $(($($of:tt)+))? $(= $default:expr)?
        $(, exclusive_with $other:ident)? $(, may_be_empty $may_be_empty:literal)?
        , since $since:literal;
    )+) => {
        /// The options that one source gives.
        #[derive(Clone, Default)]
        pub(super) struct OptionLayer {
            $(pub(super) $key: Slot<value_type!($kind $(($($of)+))?)>,)+
        }

        impl OptionLayer {
            /// Takes a value; one that the option does not take leaves it as it was.
            pub(super) fn put(
                &mut self,
                key: OptionKey,
                source: Source,
                text: &str,
            ) -> Result<(), Error> {
                match key {
                    $(OptionKey::$key => Given::put(&mut self.$key, key, source, text),)+
                }
            }

            /// Takes the values that another layer has.
            pub(super) fn take(&mut self, other: OptionLayer) {
                $(if other.$key.is_some() {
                    self.$key = other.$key;
                })+
            }

            pub(super) fn has(&self, key: OptionKey) -> bool {
                match key {
                    $(OptionKey::$key => self.$key.is_some(),)+
                }
            }
        }

        /// The values that count. Of two options that exclude each other both are here only if one
        /// source set both: whoever reads them refuses that.
        #[allow(dead_code, reason = "a credential is read from one layer alone, never from here")]
        pub(super) struct OptionsInEffect<'a> {
            $(pub(super) $key: Option<&'a Given<value_type!($kind $(($($of)+))?)>>,)+
        }

        impl<'a> OptionsInEffect<'a> {
            pub(super) fn of(program: &'a OptionLayer, environment: &'a OptionLayer) -> Self {
                OptionsInEffect {
                    $($key: program.$key.as_deref().or_else(|| {
                        let is_hidden = false $(|| program.$other.is_some())?;
                        environment.$key.as_deref().filter(|_| !is_hidden)
                    }),)+
                }
            }

            $(value_or_default!($key, $kind $(($($of)+))? $(, $default)?);)+
        }
    };
}

for_each_option!(declare_layers);
