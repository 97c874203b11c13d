//! What a program makes a client from: [`Config`].

use std::ffi::OsString;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::option_layers::{Given, OptionLayer, OptionsInEffect, Source};
use super::options_text::OptionsText;
use super::variables;
use crate::credentials::TokenSource;
use crate::environment::{Environment, Variables};
use crate::log::{Level, LogHook};
use crate::message::Word;
use crate::options::{CredentialChoice, OPTIONS, OptionKey, TrustStore, for_each_option};
use crate::report::Error;
use crate::sanitize::sanitize;
use crate::transport::AgentSettings;

/// How much of an unknown key a message shows, in characters.
const KEY_SHOWN: usize = 31;

/// What a client shall be made from: the options, and what of the program's own it asks and tells.
///
/// The methods named like an option set it, typed and chained; a value that the option does not take
/// is told by [`Client::new`](crate::Client::new). [`set`](Config::set) takes any option as text,
/// such as a line of a configuration file, and refuses a bad one at once. The options are one list
/// for every language: each method below has its text.
///
/// What the program sets hides what [`from_env`](Config::from_env) has read. A config may be used
/// for any number of clients. Its `Debug` shows which options are set, and no value. Since 0.1.0.
///
/// ```
/// use std::time::Duration;
/// use certpush::{Client, Config};
///
/// let config = Config::new()
///     .region("ap-southeast-1")
///     .access_key("HPUAEXAMPLEEXAMPLE12")
///     .secret_key("an example that is no key")
///     .timeout(Duration::from_secs(30));
/// let refused = Client::new(&config).unwrap_err();
/// assert!(refused.message().starts_with("secret_key has a character that no key has"));
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Config {
    pub(super) program: OptionLayer,
    pub(super) environment: OptionLayer,
    pub(super) log: Option<Arc<dyn LogHook>>,
    pub(super) token_source: Option<Arc<dyn TokenSource>>,
    /// What the first typed value was refused for.
    pub(super) refused: Option<Error>,
    /// Variables that look like an option's and are none's, for people.
    pub(super) unknown_variables: Vec<String>,
    variables: Option<(Variables, AgentSettings)>,
}

impl Config {
    /// No options: every one has its default.
    pub fn new() -> Config {
        Config::default()
    }

    /// The options that the environment has, in `CERTPUSH_*` variables: see
    /// [`load_env`](Config::load_env). Since 0.2.0.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use certpush::{Client, Config};
    ///
    /// let config = Config::from_env()?.timeout(Duration::from_secs(30));
    /// let client = Client::new(&config)?;
    /// # Ok::<(), certpush::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`load_env`](Config::load_env).
    pub fn from_env() -> Result<Config, Error> {
        let mut config = Config::new();
        config.load_env()?;
        Ok(config)
    }

    /// Sets an option by its key. A value set here hides one from the environment.
    ///
    /// ```
    /// let mut config = certpush::Config::new();
    /// for line in ["region=ap-southeast-1", "timeout_ms=30000"] {
    ///     let (key, value) = line.split_once('=').expect("it has one");
    ///     config.set(key, value)?;
    /// }
    /// let refused = config.set("timeout_ms", "30 s").unwrap_err();
    /// assert_eq!(
    ///     refused.message(),
    ///     "timeout_ms must be decimal digits, 1 to 86400000, but is \"30 s\""
    /// );
    /// # Ok::<(), certpush::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `INVALID_CONFIG` for an unknown key or a value that the option does not take,
    /// `INVALID_ARGUMENT` for a token outside its documented limits. The option keeps the value it
    /// had.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        let key = OptionKey::find(key).ok_or_else(|| unknown_option(key))?;
        self.program.put(key, Source::Program, value)
    }

    /// Sets options from one text: a JSON object if its first character is `{`, else a line
    /// `KEY=VALUE` for each. What it sets counts as if [`Config::set`] had set it.
    ///
    /// Lines end with LF or CRLF, are split at their first `=`, and nothing of them is trimmed,
    /// unquoted or taken for a comment; an empty line says nothing, and neither does an empty text.
    /// In JSON a value is a text, a whole number, true or false. The key `load_env` with `true` reads
    /// the environment, too, as [`Config::load_env`] does. A byte order mark before it all is dropped.
    /// A value that holds a line end can only be given in JSON: whoever makes the text of values from
    /// elsewhere does so, or uses [`Config::set`].
    ///
    /// Since 0.2.0.
    ///
    /// # Errors
    ///
    /// `INVALID_CONFIG` for what is neither, and for a key that is none or stands there twice or with
    /// the one that it excludes; otherwise as [`Config::set`] and [`Config::load_env`]. The message
    /// names the line, and the key if it is an option's or could be, but shows no value. Nothing of
    /// the text is set then.
    pub fn set_options(&mut self, text: &str) -> Result<(), Error> {
        self.set_options_within(text, &self.variables())
    }

    pub(super) fn set_options_within(
        &mut self,
        text: &str,
        environment: &dyn Environment,
    ) -> Result<(), Error> {
        let options = OptionsText::read(text)?;
        if options.loads_environment() {
            self.load(environment)?;
        }
        self.program.take(options.program);
        Ok(())
    }

    /// Reads the `CERTPUSH_*` variables. Empty ones count as unset, and a program that runs
    /// with another user's or group's rights reads none.
    ///
    /// What the program sets hides them, whether it is set before or after.
    ///
    /// # Errors
    ///
    /// As [`Config::set`]; the message names the variable. `INVALID_CONFIG`, too, for one that is
    /// not UTF-8, and for a name that is an option's but for its underscores, its case or `_MS`.
    /// Other names that are no option's are told by [`Client::describe`](crate::Client::describe)
    /// and the log. After an error none of the variables counts.
    pub fn load_env(&mut self) -> Result<(), Error> {
        self.load(&self.variables())
    }

    pub(super) fn load(&mut self, environment: &dyn Environment) -> Result<(), Error> {
        let mut loaded = OptionLayer::default();
        self.unknown_variables = variables::load(&mut loaded, environment)?;
        self.environment.take(loaded);
        Ok(())
    }

    /// Asks `source` for the token of each push, instead of any credential option.
    ///
    /// ```
    /// let config = certpush::Config::new()
    ///     .region("ap-southeast-1")
    ///     .token_source(|| std::fs::read_to_string("/run/tokens/scm"));
    /// # let _ = config;
    /// ```
    pub fn token_source(mut self, source: impl TokenSource + 'static) -> Config {
        self.set_token_source(Some(Arc::new(source)));
        self
    }

    /// Sets or removes the token source: the untyped form of [`Config::token_source`].
    #[doc(hidden)]
    pub fn set_token_source(&mut self, source: Option<Arc<dyn TokenSource>>) {
        self.token_source = source;
    }

    /// Gives a line to `log` for each push and each warning. It is called on the thread that
    /// makes the call, holds no secret, and ends without a line end.
    ///
    /// ```
    /// let config = certpush::Config::new().log(|level, line| eprintln!("{level:?} {line}"));
    /// # let _ = config;
    /// ```
    pub fn log(mut self, log: impl Fn(Level, &str) + Send + Sync + 'static) -> Config {
        self.set_log(Some(Arc::new(log)));
        self
    }

    /// Sets or removes the log hook, which may be more than [`Config::log`]'s closure.
    #[doc(hidden)]
    pub fn set_log(&mut self, log: Option<Arc<dyn LogHook>>) {
        self.log = log;
    }

    /// Takes these for all variables that there are, for [`Config::load_env`] too, and looks at the
    /// process's environment no more. For languages whose threads may change it meanwhile.
    #[doc(hidden)]
    pub fn set_environment(&mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) {
        self.variables = Some((Variables::snapshot(variables), AgentSettings::new()));
    }

    /// The variables that count.
    pub(crate) fn variables(&self) -> Variables {
        self.variables
            .as_ref()
            .map_or_else(Variables::default, |(variables, _)| variables.clone())
    }

    pub(super) fn agent(&self) -> AgentSettings {
        self.variables
            .as_ref()
            .map_or_else(AgentSettings::new, |(_, agent)| agent.clone())
    }

    pub(super) fn in_effect(&self) -> OptionsInEffect<'_> {
        OptionsInEffect::of(&self.program, &self.environment)
    }

    /// How long a call may take, the making of a client among them.
    pub(crate) fn call_timeout(&self) -> Duration {
        self.in_effect().timeout_ms()
    }

    /// How a message names the option for the journal, if there is one.
    pub(crate) fn journal_word(&self) -> Option<Word> {
        self.in_effect().journal.map(Given::word)
    }

    fn with(mut self, key: OptionKey, value: &str) -> Config {
        match self.program.put(key, Source::Program, value) {
            Ok(()) => self,
            Err(error) => self.refusing(error),
        }
    }

    fn with_path(self, key: OptionKey, path: &Path) -> Config {
        match path.to_str() {
            Some(path) => self.with(key, path),
            None => {
                let subject = Word::name(key.name());
                self.refusing(Error::invalid_option(
                    subject,
                    "is a path that is not UTF-8",
                ))
            }
        }
    }

    fn refusing(mut self, error: Error) -> Config {
        self.refused.get_or_insert(error);
        self
    }
}

/// The typed method of an option, by its kind.
macro_rules! typed_method {
    ($(#[$doc:meta])+ $key:ident: File) => {
        $(#[$doc])+
        pub fn $key(self, path: impl AsRef<Path>) -> Config {
            self.with_path(OptionKey::$key, path.as_ref())
        }
    };
    ($(#[$doc:meta])+ $key:ident: Boolean) => {
        $(#[$doc])+
        pub fn $key(self, value: bool) -> Config {
            self.with(OptionKey::$key, if value { "true" } else { "false" })
        }
    };
    ($(#[$doc:meta])+ $key:ident: Integer($($range:tt)+)) => {
        $(#[$doc])+
        pub fn $key(self, value: u32) -> Config {
            self.with(OptionKey::$key, &value.to_string())
        }
    };
    ($(#[$doc:meta])+ $key:ident as $method:ident: Milliseconds($($range:tt)+)) => {
        $(#[$doc])+
        #[doc = ""]
        #[doc = concat!("Sets `", stringify!($key), "`; parts of a millisecond are dropped.")]
        pub fn $method(self, value: Duration) -> Config {
            self.with(OptionKey::$key, &value.as_millis().to_string())
        }
    };
    ($(#[$doc:meta])+ $key:ident: Choice($choice:ident)) => {
        $(#[$doc])+
        pub fn $key(self, value: $choice) -> Config {
            self.with(OptionKey::$key, value.as_str())
        }
    };
    ($(#[$doc:meta])+ $key:ident: $text:ident) => {
        $(#[$doc])+
        pub fn $key(self, value: impl AsRef<str>) -> Config {
            self.with(OptionKey::$key, value.as_ref())
        }
    };
}

macro_rules! typed_methods {
    ($(
        $(#[doc = $doc:literal])+
        $key:ident $(as $method:ident)?: $kind:ident $(($($of:tt)+))? $(= $default:expr)?
        $(, exclusive_with $other:ident)? $(, may_be_empty $may_be_empty:literal)?
        , since $since:literal;
    )+) => {
        /// The options, one method each.
        #[allow(rustdoc::broken_intra_doc_links, reason = "an option's text is plain, brackets too")]
        impl Config {
            $(typed_method! {
                $(#[doc = $doc])+
                #[doc = ""]
                #[doc = concat!("Since ", $since, ".")]
                $key $(as $method)?: $kind $(($($of)+))?
            })+
        }
    };
}

for_each_option!(typed_methods);

// A panic of the program's own hooks is caught where they are asked.
impl UnwindSafe for Config {}
impl RefUnwindSafe for Config {}

impl fmt::Debug for Config {
    /// Shows which options are set, and no values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set_in = |layer: &OptionLayer| -> Vec<_> {
            let keys = OptionKey::ALL.iter().copied();
            keys.filter(|key| layer.has(*key)).collect()
        };
        f.debug_struct("Config")
            .field("program", &set_in(&self.program))
            .field("environment", &set_in(&self.environment))
            .finish_non_exhaustive()
    }
}

fn unknown_option(key: &str) -> Error {
    let known: Vec<_> = OPTIONS.iter().map(|option| option.key).collect();
    Error::invalid_config(format!(
        "\"{}\" is no option; the options are {}",
        sanitize(key, KEY_SHOWN),
        known.join(", ")
    ))
}
