//! The options: one table that every face takes its keys from.
//!
//! `certpush_config_set` in C, keywords in Python, `--flags` and `CERTPUSH_*` variables all use
//! the keys of [`OPTIONS`], and `docs/options.md` is made from it.

use crate::report::Error;
use crate::request::check_token;

/// What values an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Text as the option's documentation says.
    Text,
    /// A secret: never shown.
    Secret,
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

/// One option: the same key in every face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OptionSpec {
    /// The key, such as `timeout_ms`.
    pub key: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// The default, "" if there is none.
    pub default: &'static str,
    /// The key of another option that stands for the same thing: the two exclude each other within
    /// one source, and a higher source's hides the lower one's. "" if there is none.
    pub twin: &'static str,
    /// Whether "" is a value.
    pub may_be_empty: bool,
    /// What it is for, in one or two sentences.
    pub doc: &'static str,
    /// The version that it came with.
    pub since: &'static str,
}

impl OptionSpec {
    /// The option with this key.
    pub fn find(key: &str) -> Option<&'static OptionSpec> {
        OPTIONS.iter().find(|option| option.key == key)
    }

    /// The environment variable that `load_env` reads, such as `CERTPUSH_TIMEOUT_MS`.
    pub fn environment_name(&self) -> String {
        format!("CERTPUSH_{}", self.key.to_ascii_uppercase())
    }

    /// The command's flag, such as `--timeout-ms`.
    pub fn flag(&self) -> String {
        format!("--{}", self.key.replace('_', "-"))
    }

    /// Whether the option's value is a secret.
    pub fn is_secret(&self) -> bool {
        self.kind == Kind::Secret
    }

    /// The values that the option takes, in words.
    pub fn values(&self) -> String {
        match self.kind {
            Kind::Text => "text".to_owned(),
            Kind::Secret => "text (secret)".to_owned(),
            Kind::File => "path".to_owned(),
            Kind::Boolean => "true, false".to_owned(),
            Kind::Integer { least, greatest } | Kind::Milliseconds { least, greatest } => {
                format!("{least} to {greatest}")
            }
            Kind::Choice(words) => words.join(", "),
        }
    }

    /// Refuses a value that the option does not take. A secret is not shown.
    pub(crate) fn check(&self, value: &str) -> Result<(), Error> {
        if value.contains('\0') {
            return Err(Error::invalid_argument(self.key, "has a NUL inside"));
        }
        if self.is_secret() {
            return check_token(value).map_err(|why| Error::invalid_argument(self.key, &why));
        }
        if value.is_empty() && !self.may_be_empty {
            return Err(Error::invalid_config(format!(
                "{} must not be empty",
                self.key
            )));
        }
        let good = match self.kind {
            Kind::Text | Kind::Secret | Kind::File => {
                return match value.chars().find(|character| character.is_control()) {
                    None => Ok(()),
                    Some(_) => Err(Error::invalid_config(format!(
                        "{} must not have control characters",
                        self.key
                    ))),
                };
            }
            Kind::Boolean => matches!(value, "true" | "false"),
            Kind::Integer { least, greatest } | Kind::Milliseconds { least, greatest } => {
                value.bytes().all(|byte| byte.is_ascii_digit())
                    && value
                        .parse()
                        .is_ok_and(|number| (least..=greatest).contains(&number))
            }
            Kind::Choice(words) => words.contains(&value),
        };
        if good {
            return Ok(());
        }
        let expected = match self.kind {
            Kind::Boolean => "true or false".to_owned(),
            Kind::Choice(words) => format!("one of {}", words.join(", ")),
            _ => format!("decimal digits, {}", self.values()),
        };
        Err(Error::invalid_config(format!(
            "{} must be {expected}, but is \"{}\"",
            self.key,
            crate::clean::clean(value, 31)
        )))
    }
}

/// Every option, in the order in which the documentation lists them.
pub const OPTIONS: &[OptionSpec] = &[
    OptionSpec {
        key: "region",
        kind: Kind::Text,
        default: "",
        twin: "endpoint",
        may_be_empty: false,
        doc: "Which site's SCM to use: cn-north-4 (China), ap-southeast-1 (International), eu-west-101 (Europe) or my-kualalumpur-1. Not the target's region, which is target_project.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "endpoint",
        kind: Kind::Text,
        default: "",
        twin: "region",
        may_be_empty: false,
        doc: "The service's base URL, instead of region. http:// only for this machine itself, or with allow_http.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "allow_http",
        kind: Kind::Boolean,
        default: "false",
        twin: "",
        may_be_empty: false,
        doc: "Allows an http:// endpoint on another machine: the token then travels unprotected.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "token",
        kind: Kind::Secret,
        default: "",
        twin: "token_file",
        may_be_empty: false,
        doc: "The IAM user token (X-Auth-Token), 32 to 2,097,152 characters.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "token_file",
        kind: Kind::File,
        default: "",
        twin: "token",
        may_be_empty: false,
        doc: "A file that holds the token; one line end at its end is dropped. It is read again when it has changed.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "timeout_ms",
        kind: Kind::Milliseconds {
            least: 1,
            greatest: 86_400_000,
        },
        default: "60000",
        twin: "",
        may_be_empty: false,
        doc: "How long a whole call may take, in milliseconds.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "connect_timeout_ms",
        kind: Kind::Milliseconds {
            least: 1,
            greatest: 86_400_000,
        },
        default: "5000",
        twin: "",
        may_be_empty: false,
        doc: "How long one TCP connect to one address may take, in milliseconds.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "retries",
        kind: Kind::Integer {
            least: 0,
            greatest: 10,
        },
        default: "2",
        twin: "",
        may_be_empty: false,
        doc: "How often a push that provably pushed nothing is tried again, within timeout_ms.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "retry_base_ms",
        kind: Kind::Milliseconds {
            least: 1,
            greatest: 600_000,
        },
        default: "200",
        twin: "",
        may_be_empty: false,
        doc: "The longest pause before the first retry, in milliseconds. It doubles with each; the pause is random below it.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "retry_max_ms",
        kind: Kind::Milliseconds {
            least: 1,
            greatest: 600_000,
        },
        default: "10000",
        twin: "",
        may_be_empty: false,
        doc: "The longest pause of all, in milliseconds. If the service asks for a longer one, its answer is returned at once.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "proxy",
        kind: Kind::Text,
        default: "",
        twin: "",
        may_be_empty: true,
        doc: "The HTTP proxy, http://[USER:PASSWORD@]HOST:PORT. Unset: HTTPS_PROXY for https, HTTP_PROXY for http (not in a CGI program), but never for this machine itself. Empty: none, whatever the environment says.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "no_proxy",
        kind: Kind::Text,
        default: "",
        twin: "",
        may_be_empty: true,
        doc: "Hosts that are reached without the proxy: names with their subdomains, addresses, blocks such as 10.0.0.0/8, each with or without a port, or *. Unset: NO_PROXY, for a proxy from the environment.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "ca_file",
        kind: Kind::File,
        default: "",
        twin: "trust",
        may_be_empty: false,
        doc: "A PEM file of the only certificate authorities to trust, instead of trust.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "trust",
        kind: Kind::Choice(&["system", "mozilla"]),
        default: "system",
        twin: "ca_file",
        may_be_empty: false,
        doc: "Whose certificate authorities to trust: the system's, or Mozilla's as compiled in. Verification cannot be turned off.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "client_cert_file",
        kind: Kind::File,
        default: "",
        twin: "",
        may_be_empty: false,
        doc: "A PEM file of the certificate, and its chain, that the client shows to the server (mutual TLS). Needs client_key_file.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "client_key_file",
        kind: Kind::File,
        default: "",
        twin: "",
        may_be_empty: false,
        doc: "A PEM file of the private key that belongs to client_cert_file: PKCS#8, SEC1 or PKCS#1, not encrypted.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "language",
        kind: Kind::Text,
        default: "en-us",
        twin: "",
        may_be_empty: false,
        doc: "The language of the service's messages (X-Language): en-us or zh-cn. Without it they are Chinese.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "user_agent",
        kind: Kind::Text,
        default: "",
        twin: "",
        may_be_empty: true,
        doc: "Text that is appended to certpush/VERSION in the header User-Agent, at most 256 characters.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "max_idle_connections",
        kind: Kind::Integer {
            least: 0,
            greatest: 1024,
        },
        default: "32",
        twin: "",
        may_be_empty: false,
        doc: "How many connections are kept for further calls; 0 keeps none.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "idle_timeout_ms",
        kind: Kind::Milliseconds {
            least: 0,
            greatest: 3_600_000,
        },
        default: "15000",
        twin: "",
        may_be_empty: false,
        doc: "How long an idle connection is kept, in milliseconds; 0 keeps none.",
        since: "0.1.0",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_and_every_twin_answers() {
        for option in OPTIONS {
            if !option.default.is_empty() {
                assert!(option.check(option.default).is_ok(), "{}", option.key);
            }
            if !option.twin.is_empty() {
                let twin = OptionSpec::find(option.twin).expect("twin exists");
                assert_eq!(twin.twin, option.key);
            }
        }
    }

    #[test]
    fn bad_values_are_refused_by_name() {
        for (key, value) in [
            ("timeout_ms", "0"),
            ("timeout_ms", "86400001"),
            ("timeout_ms", "+5"),
            ("timeout_ms", "1e3"),
            ("timeout_ms", " 5"),
            ("timeout_ms", "-1"),
            ("timeout_ms", "99999999999999999999999"),
            ("allow_http", "yes"),
            ("trust", "none"),
            ("region", ""),
            ("language", "en\r\nX-Evil: 1"),
        ] {
            let error = OptionSpec::find(key).unwrap().check(value).unwrap_err();
            assert!(error.message().starts_with(key), "{error}");
        }
    }
}
