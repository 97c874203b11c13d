//! The options: one table that every binding takes its keys from.
//!
//! `certpush_config_set` in C, keywords in Python, `--flags` and `CERTPUSH_*` variables all use the
//! keys of [`OPTIONS`], and `docs/options.md` is made from it. An option is one row of
//! [`for_each_option`], which says all that there is to say of it: the typed methods of
//! [`Config`](crate::Config) and the typed values in `config/option_layers.rs` are made from the
//! same row. The rows make this file longer than most.

use std::fmt;
use std::ops::RangeInclusive;

use crate::limits::{self, check_token, wrapping};
use crate::message::Word;
use crate::report::Error;
use crate::sanitize::sanitize;

/// Longest bad value that a message shows, in characters: keys and tokens are longer.
const LONGEST_SHOWN: usize = 15;
/// Longest part of a credential that is no token, in bytes.
pub(crate) const LONGEST_SECRET: usize = 65_536;

/// Calls the macro `$generate` with every option, in the order in which the documentation lists them.
///
/// A row is the option's documentation, its key, `as` the name of its typed method where that is not
/// the key, its [`Kind`] (with its range, or the type of its choices), `=` its default, the option
/// that it excludes, whether "" is a value, and the version that it came with.
macro_rules! for_each_option {
    ($generate:ident) => {
        $generate! {
            /// Which site's SCM to use: cn-north-4 (China), ap-southeast-1 (International), eu-west-101 (Europe) or
            /// my-kualalumpur-1, or one that the official SDKs' own variable or file of regions names. Not the
            /// target's region, which is target_project.
            region: Text, exclusive_with endpoint, since "0.1.0";
            /// The service's base URL, instead of region. http:// only for this machine itself, or with allow_http.
            endpoint: Text, exclusive_with region, since "0.1.0";
            /// Allows an http:// endpoint on another machine: the token then travels unprotected.
            allow_http: Boolean = false, since "0.1.0";
            /// The IAM user token (X-Auth-Token), 32 to 2,097,152 characters.
            token: Token, exclusive_with token_file, since "0.1.0";
            /// A file that holds the token; a byte order mark and one line end at its end are dropped. It is read
            /// again when it has changed; a FIFO is read once.
            token_file: File, exclusive_with token, since "0.1.0";
            /// Which kind of credential to use where several are set. auto takes the one that is set; if none is,
            /// the official SDKs' variables and profile file, then the machine's or container's temporary keys.
            credentials: Choice(CredentialChoice) = CredentialChoice::Auto, since "0.1.0";
            /// The access key (AK) that signs requests, instead of a token.
            access_key: AccessKey, since "0.1.0";
            /// The secret key (SK) that belongs to access_key.
            secret_key: Key, exclusive_with secret_key_file, since "0.1.0";
            /// A file that holds the secret key; read as token_file is.
            secret_key_file: File, exclusive_with secret_key, since "0.1.0";
            /// The security token of a temporary access key.
            security_token: Key, exclusive_with security_token_file, since "0.1.0";
            /// A file that holds the security token; read as token_file is.
            security_token_file: File, exclusive_with security_token, since "0.1.0";
            /// The id of the project that signed requests name (X-Project-Id).
            project_id: Id, since "0.1.0";
            /// The id of the account that signed requests name (X-Domain-Id). Without it and project_id it is
            /// looked up from IAM once.
            domain_id: Id, since "0.1.0";
            /// IAM's base URL. Without it, it is the one beside the SCM endpoint, where that is one of Huawei
            /// Cloud's own.
            iam_endpoint: Text, since "0.1.0";
            /// The IAM user whose password gets a token. A HUAWEI ID account cannot: create an IAM user.
            user_name: Text, since "0.1.0";
            /// The IAM user's id, instead of user_name and user_domain; totp needs it.
            user_id: Text, since "0.1.0";
            /// The IAM user's password.
            user_password: Secret, exclusive_with user_password_file, since "0.1.0";
            /// A file that holds the password; read as token_file is.
            user_password_file: File, exclusive_with user_password, since "0.1.0";
            /// The account (domain) name of the IAM user.
            user_domain: Text, since "0.1.0";
            /// The six digits of the user's virtual MFA device, for one login.
            totp: Secret, exclusive_with totp_file, since "0.1.0";
            /// A file that holds the six digits; read as token_file is.
            totp_file: File, exclusive_with totp, since "0.1.0";
            /// The project, by name or id, that the token is for. Without it and scope_domain: the region's
            /// project, else user_domain.
            scope_project: Text, since "0.1.0";
            /// The account (domain), by name or id, that the token is for; with scope_project, the account of the
            /// project.
            scope_domain: Text, since "0.1.0";
            /// The profile file of the official SDKs to take an access key from; else
            /// HUAWEICLOUD_SDK_CREDENTIALS_FILE, else ~/.huaweicloud/credentials.
            profile_file: File, since "0.1.0";
            /// The section of the profile file; else global, else basic.
            profile: Text, since "0.1.0";
            /// The base URL of the ECS metadata service, which gives temporary keys. No proxy is used for it.
            metadata_endpoint: Text = "http://169.254.169.254", since "0.1.0";
            /// How long a whole call may take, in milliseconds.
            timeout_ms as timeout: Milliseconds(limits::TIMEOUT_MS) = 60000, since "0.1.0";
            /// How long one TCP connect to one address may take, in milliseconds.
            connect_timeout_ms as connect_timeout: Milliseconds(limits::TIMEOUT_MS) = 5000, since "0.1.0";
            /// How often a push that provably pushed nothing is tried again, within timeout_ms.
            retries: Integer(0..=10) = 2, since "0.1.0";
            /// The longest pause before the first retry, in milliseconds. It doubles with each; the pause is random
            /// below it. After a 429 that does not say how long to wait, ten times as long.
            retry_base_ms as retry_base: Milliseconds(1..=600_000) = 200, since "0.1.0";
            /// The longest pause of all, in milliseconds. If the service asks for a longer one, its answer is
            /// returned at once.
            retry_max_ms as retry_max: Milliseconds(1..=600_000) = 10000, since "0.1.0";
            /// The HTTP proxy, http://[USER:PASSWORD@]HOST:PORT. Unset: HTTPS_PROXY for https, HTTP_PROXY for http
            /// (not in a CGI program), but never for this machine itself. Empty: none, whatever the environment
            /// says.
            proxy: Text, may_be_empty true, since "0.1.0";
            /// Hosts that are reached without the proxy: names with their subdomains, addresses, blocks such as
            /// 10.0.0.0/8, each with or without a port, or *. Unset: NO_PROXY, for a proxy from the environment.
            no_proxy: Text, may_be_empty true, since "0.1.0";
            /// A PEM file of the only certificate authorities to trust, instead of trust. One that has expired is
            /// left out with a warning.
            ca_file: File, exclusive_with trust, since "0.1.0";
            /// Whose certificate authorities to trust: the system's, or Mozilla's as compiled in. Verification
            /// cannot be turned off.
            trust: Choice(TrustStore) = TrustStore::System, exclusive_with ca_file, since "0.1.0";
            /// A PEM file of the certificate, and its chain, that the client shows to the server (mutual TLS).
            /// Needs client_key_file.
            client_cert_file: File, since "0.1.0";
            /// A PEM file of the private key that belongs to client_cert_file: PKCS#8, SEC1 or PKCS#1, not
            /// encrypted.
            client_key_file: File, since "0.1.0";
            /// The language of the service's messages (X-Language): en-us or zh-cn. Without it they are Chinese.
            language: Text = "en-us", since "0.1.0";
            /// Text that is appended to certpush/VERSION in the header User-Agent, at most 256 characters.
            user_agent: Text, may_be_empty true, since "0.1.0";
            /// How many connections are kept for further calls; 0 keeps none.
            max_idle_connections: Integer(0..=1024) = 32, since "0.1.0";
            /// How long an idle connection is kept, in milliseconds; 0 keeps none.
            idle_timeout_ms as idle_timeout: Milliseconds(0..=3_600_000) = 15000, since "0.1.0";
            /// How many pushes of a list are under way at the same time.
            jobs: Integer(1..=64) = 4, since "0.2.0";
            /// After how many failed pushes of a list no more are begun; 0: all are, however many fail.
            max_failures: Integer(0..=1_000_000) = 0, since "0.2.0";
            /// The file in which the client keeps what became of each push, single ones too. What it says was pushed
            /// is not pushed again, and what it cannot tell is not pushed until a person has settled it. It is made
            /// if it is not there, and no other client can have it meanwhile.
            journal: File, since "0.2.0";
        }
    };
}
pub(crate) use for_each_option;

/// What values an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Text as the option's documentation says.
    Text,
    /// A secret: never shown.
    Secret,
    /// A secret of visible ASCII characters: never shown.
    Key,
    /// The name of an access key: visible ASCII characters without a comma.
    AccessKey,
    /// The id of a project or an account: ASCII letters and digits.
    Id,
    /// An IAM user token: a secret within the documented limits.
    Token,
    /// A path to a file.
    File,
    /// `true` or `false`.
    Boolean,
    /// A decimal number between the two, ends included.
    Integer {
        /// The least value.
        least: u64,
        /// The greatest value.
        greatest: u64,
    },
    /// Milliseconds between the two, ends included.
    Milliseconds {
        /// The least value.
        least: u64,
        /// The greatest value.
        greatest: u64,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// One option: the same key in every binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OptionSpec {
    /// The key, such as `timeout_ms`.
    pub key: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// The default, "" if there is none.
    pub default: &'static str,
    /// The key of another option that says the same thing: the two exclude each other within one
    /// source, and one that the program sets hides both in the environment. "" if there is none.
    pub exclusive_with: &'static str,
    /// Whether "" is a value.
    pub may_be_empty: bool,
    /// What it is for, in one or two sentences.
    pub doc: &'static str,
    /// The version that it came with.
    pub since: &'static str,
}

/// The words that an option takes, as an enumeration.
macro_rules! choices {
    ($(#[$doc:meta])+ $name:ident { $($(#[$about:meta])+ $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$about])+ $variant,)+
        }

        impl $name {
            pub(crate) const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word that the option takes as text.
            pub const fn as_str(self) -> &'static str {
                Self::WORDS[self as usize]
            }

            pub(crate) fn from_word(word: &str) -> Option<$name> {
                match word {
                    $($word => Some($name::$variant),)+
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

choices! {
    /// Which kind of credential a client uses, where several are set: the values of the option
    /// `credentials`. Since 0.2.0.
    ///
    /// ```
    /// use certpush::{Config, CredentialChoice};
    ///
    /// let config = Config::new().credentials(CredentialChoice::Metadata);
    /// # let _ = config;
    /// ```
    CredentialChoice {
        /// The one that is set; if none is, what the official SDKs' variables or profile file have,
        /// else the temporary keys of the machine or container.
        Auto = "auto",
        /// A token: `token` or `token_file`, or the program's own source.
        Token = "token",
        /// An access key: `access_key` and `secret_key`.
        Keys = "keys",
        /// An IAM user's password: `user_name` and `user_password`.
        Password = "password",
        /// The temporary keys of the machine or container.
        Metadata = "metadata",
    }
}

choices! {
    /// Whose certificate authorities a client trusts: the values of the option `trust`. Since 0.2.0.
    ///
    /// ```
    /// use certpush::{Config, TrustStore};
    ///
    /// let config = Config::new().trust(TrustStore::Mozilla);
    /// # let _ = config;
    /// ```
    TrustStore {
        /// The system's.
        System = "system",
        /// Mozilla's, as compiled in.
        Mozilla = "mozilla",
    }
}

macro_rules! kind {
    (Integer($($range:tt)+)) => {{
        const RANGE: RangeInclusive<u32> = $($range)+;
        Kind::Integer {
            least: *RANGE.start() as u64,
            greatest: *RANGE.end() as u64,
        }
    }};
    (Milliseconds($($range:tt)+)) => {{
        const RANGE: RangeInclusive<u64> = $($range)+;
        Kind::Milliseconds {
            least: *RANGE.start(),
            greatest: *RANGE.end(),
        }
    }};
    (Choice($choice:ident)) => {
        Kind::Choice($choice::WORDS)
    };
    ($kind:ident) => {
        Kind::$kind
    };
}

macro_rules! default_text {
    ($kind:ident) => {
        ""
    };
    (Text, $default:expr) => {
        $default
    };
    (Choice, $default:expr) => {
        $default.as_str()
    };
    ($kind:ident, $default:expr) => {
        stringify!($default)
    };
}

macro_rules! declare_options {
    ($(
        $(#[doc = $doc:literal])+
        $key:ident $(as $method:ident)?: $kind:ident $(($($of:tt)+))? $(= $default:expr)?
        $(, exclusive_with $other:ident)? $(, may_be_empty $may_be_empty:literal)?
        , since $since:literal;
    )+) => {
        /// Every option, in the order in which the documentation lists them.
        pub const OPTIONS: &[OptionSpec] = &[$(OptionSpec {
            key: stringify!($key),
            kind: kind!($kind $(($($of)+))?),
            default: default_text!($kind $(, $default)?),
            exclusive_with: concat!("" $(, stringify!($other))?),
            may_be_empty: false $(|| $may_be_empty)?,
            // Each line of a documentation comment begins with a blank.
            doc: concat!($($doc),+).split_at(1).1,
            since: $since,
        }),+];

        /// The options by name: what code that uses one says instead of its key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(non_camel_case_types, reason = "they are spelt as the keys are")]
        pub(crate) enum OptionKey {
            $($key),+
        }

        impl OptionKey {
            pub(crate) const ALL: &'static [OptionKey] = &[$(OptionKey::$key),+];
        }
    };
}

for_each_option!(declare_options);

impl OptionKey {
    /// How the variables begin that `load_env` reads.
    pub(crate) const PREFIX: &str = "CERTPUSH_";

    pub(crate) fn find(key: &str) -> Option<OptionKey> {
        OptionKey::ALL.iter().copied().find(|it| it.name() == key)
    }

    pub(crate) const fn spec(self) -> &'static OptionSpec {
        &OPTIONS[self as usize]
    }

    /// The key as text.
    pub(crate) const fn name(self) -> &'static str {
        self.spec().key
    }
}

impl OptionSpec {
    /// The option with this key.
    pub fn find(key: &str) -> Option<&'static OptionSpec> {
        OptionKey::find(key).map(OptionKey::spec)
    }

    /// The environment variable that `load_env` reads, such as `CERTPUSH_TIMEOUT_MS`.
    pub fn environment_name(&self) -> String {
        [OptionKey::PREFIX, &self.key.to_ascii_uppercase()].concat()
    }

    /// The command's flag, such as `--timeout-ms`.
    pub fn flag(&self) -> String {
        format!("--{}", self.key.replace('_', "-"))
    }

    /// Whether a name that is none can only be meant for this option: it differs from the key in
    /// case, unit, `_` and `-` alone.
    pub(crate) fn is_meant_by(&self, name: &str) -> bool {
        let plain = |name: &str| name.replace(['_', '-'], "").to_ascii_lowercase();
        let without_unit = self.key.strip_suffix("_ms").unwrap_or(self.key);
        [self.key, without_unit].map(plain).contains(&plain(name))
    }

    /// The unit of the option's values, to stand behind its name; "" if there is none.
    pub(crate) fn unit(&self) -> &'static str {
        match self.kind {
            Kind::Milliseconds { .. } => ", in milliseconds",
            _ => "",
        }
    }

    /// Whether the option's value is a secret.
    pub fn is_secret(&self) -> bool {
        matches!(self.kind, Kind::Secret | Kind::Key | Kind::Token)
    }

    /// The values that the option takes, in words.
    pub fn values(&self) -> String {
        match self.kind {
            Kind::Text | Kind::AccessKey | Kind::Id => "text".to_owned(),
            Kind::Secret | Kind::Key | Kind::Token => "text (secret)".to_owned(),
            Kind::File => "path".to_owned(),
            Kind::Boolean => "true, false".to_owned(),
            Kind::Integer { least, greatest } | Kind::Milliseconds { least, greatest } => {
                format!("{least} to {greatest}")
            }
            Kind::Choice(words) => words.join(", "),
        }
    }

    /// Whether a number is in the option's range, if it has one.
    pub(crate) fn has_in_range(&self, number: u64) -> bool {
        match self.kind {
            Kind::Integer { least, greatest } | Kind::Milliseconds { least, greatest } => {
                (least..=greatest).contains(&number)
            }
            _ => true,
        }
    }

    /// Refuses text that the option does not take, with a message that begins with `subject`. The
    /// text is not shown.
    pub(crate) fn check_text(&self, subject: &Word, text: &str) -> Result<(), Error> {
        match self.fault(text) {
            None => Ok(()),
            Some(why) if self.is_secret() => {
                Err(Error::invalid_argument_in(subject.clone(), self.key, &why))
            }
            Some(why) => Err(Error::invalid_option(subject.clone(), &why)),
        }
    }

    /// What is wrong with a value that is text, a path or a secret, wherever it comes from: options,
    /// files and fetched keys pass the same checks. The sentence holds nothing of the value.
    pub(crate) fn fault(&self, value: &str) -> Option<String> {
        let has = |is_bad: fn(char) -> bool| value.chars().any(is_bad);
        let is_invisible = |character: char| !('\u{21}'..='\u{7e}').contains(&character);
        let why = match self.kind {
            Kind::Token => return check_token(value).err(),
            _ if value.is_empty() && !self.may_be_empty => "is empty",
            Kind::Secret | Kind::Key | Kind::AccessKey | Kind::Id
                if value.len() > LONGEST_SECRET =>
            {
                "is longer than 65536 bytes"
            }
            Kind::AccessKey | Kind::Key if wrapping(value).is_some() => wrapping(value)?,
            Kind::AccessKey if has(is_invisible) || value.contains(',') => {
                "has a character that none has (a blank, a comma or one outside ASCII)"
            }
            Kind::Id if has(|character| !character.is_ascii_alphanumeric()) => {
                "must have ASCII letters and digits only"
            }
            Kind::Key if has(is_invisible) => {
                "has a character that no key has (a blank, a control character or one outside ASCII)"
            }
            Kind::Secret if value.starts_with('\u{feff}') => {
                "begins with a byte order mark, which no password has"
            }
            Kind::Secret if has(char::is_control) => "has a control character",
            _ if has(char::is_control) => "must not have control characters",
            _ => return None,
        };
        Some(why.to_owned())
    }

    /// Refuses a number, a boolean or a word that the option does not take; the value is shown if it
    /// is given.
    pub(crate) fn refusal(&self, subject: &Word, value: Option<&str>) -> Error {
        let expected = match self.kind {
            Kind::Boolean => "true or false".to_owned(),
            Kind::Choice(words) => format!("one of {}", words.join(", ")),
            _ => format!("decimal digits, {}", self.values()),
        };
        let shown = value.map(quoted_for_message).unwrap_or_default();
        let reason = format!("must be {expected}{shown}");
        Error::invalid_option(subject.clone(), &reason)
    }
}

/// A bad value for a message, unless it is long enough to be a secret in the wrong place.
fn quoted_for_message(value: &str) -> String {
    if value.chars().count() > LONGEST_SHOWN {
        String::new()
    } else {
        format!(", but is \"{}\"", sanitize(value, LONGEST_SHOWN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_excludes_an_option_is_excluded_by_it() {
        for option in OPTIONS {
            if !option.exclusive_with.is_empty() {
                let other = OptionSpec::find(option.exclusive_with).expect("the other exists");
                assert_eq!(other.exclusive_with, option.key);
            }
        }
    }

    #[test]
    fn a_key_is_the_option_that_it_is_spelt_as() {
        for (key, option) in OptionKey::ALL.iter().zip(OPTIONS) {
            assert_eq!(format!("{key:?}"), option.key);
            assert_eq!(OptionKey::find(option.key), Some(*key));
            assert_eq!(key.spec(), option);
        }
        assert_eq!(OptionSpec::find("tiemout_ms"), None);
    }
}
