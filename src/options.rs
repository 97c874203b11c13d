//! The options: one table that every binding takes its keys from.
//!
//! `certpush_config_set` in C, keywords in Python, `--flags` and `CERTPUSH_*` variables all use
//! the keys of [`OPTIONS`], and `docs/options.md` is made from it.

use crate::limits::{check_token, wrapping};
use crate::report::Error;

/// Longest bad value that a message shows, in characters: keys and tokens are longer.
const LONGEST_SHOWN: usize = 15;
/// Longest part of a credential that is no token, in bytes.
pub(crate) const LONGEST_SECRET: usize = 65_536;

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
    pub exclusive_with: &'static str,
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

    /// Refuses a value that the option does not take, under a name that says where it was. The
    /// value is not shown.
    pub(crate) fn check_named(&self, named: &str, value: &str) -> Result<(), Error> {
        match self.fault(value) {
            None => Ok(()),
            Some(why) if self.is_secret() => Err(Error::invalid_argument(named, &why)),
            Some(why) => Err(Error::invalid_option(named, &why)),
        }
    }

    /// What is wrong with a value that is text, a path or a secret: the same wherever it comes
    /// from. Nothing of the value is in it.
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

    /// Refuses a value that the option does not take. A secret is not shown.
    pub(crate) fn check(&self, value: &str) -> Result<(), Error> {
        if value.contains('\0') {
            return Err(Error::invalid_argument(self.key, "has a NUL inside"));
        }
        if self.is_secret() {
            return self.check_named(self.key, value);
        }
        if value.is_empty() && !self.may_be_empty {
            return Err(Error::invalid_option(self.key, "must not be empty"));
        }
        let good = match self.kind {
            Kind::Text
            | Kind::File
            | Kind::Secret
            | Kind::Key
            | Kind::Token
            | Kind::AccessKey
            | Kind::Id => return self.check_named(self.key, value),
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
        Err(Error::invalid_option(
            self.key,
            &format!("must be {expected}{}", shown(value)),
        ))
    }
}

/// Every option, in the order in which the documentation lists them.
pub const OPTIONS: &[OptionSpec] = &[
    OptionSpec {
        key: "region",
        kind: Kind::Text,
        default: "",
        exclusive_with: "endpoint",
        may_be_empty: false,
        doc: "Which site's SCM to use: cn-north-4 (China), ap-southeast-1 (International), eu-west-101 (Europe) or my-kualalumpur-1, or one that the official SDKs' own variable or file of regions names. Not the target's region, which is target_project.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "endpoint",
        kind: Kind::Text,
        default: "",
        exclusive_with: "region",
        may_be_empty: false,
        doc: "The service's base URL, instead of region. http:// only for this machine itself, or with allow_http.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "allow_http",
        kind: Kind::Boolean,
        default: "false",
        exclusive_with: "",
        may_be_empty: false,
        doc: "Allows an http:// endpoint on another machine: the token then travels unprotected.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "token",
        kind: Kind::Token,
        default: "",
        exclusive_with: "token_file",
        may_be_empty: false,
        doc: "The IAM user token (X-Auth-Token), 32 to 2,097,152 characters.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "token_file",
        kind: Kind::File,
        default: "",
        exclusive_with: "token",
        may_be_empty: false,
        doc: "A file that holds the token; a byte order mark and one line end at its end are dropped. It is read again when it has changed; a FIFO is read once.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "credentials",
        kind: Kind::Choice(&["auto", "token", "keys", "password", "metadata"]),
        default: "auto",
        exclusive_with: "",
        may_be_empty: false,
        doc: "Which kind of credential to use where several are set. auto takes the one that is set; if none is, the official SDKs' variables and profile file, then the machine's or container's temporary keys.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "access_key",
        kind: Kind::AccessKey,
        default: "",
        exclusive_with: "",
        may_be_empty: false,
        doc: "The access key (AK) that signs requests, instead of a token.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "secret_key",
        kind: Kind::Key,
        default: "",
        exclusive_with: "secret_key_file",
        may_be_empty: false,
        doc: "The secret key (SK) that belongs to access_key.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "secret_key_file",
        kind: Kind::File,
        default: "",
        exclusive_with: "secret_key",
        may_be_empty: false,
        doc: "A file that holds the secret key; read as token_file is.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "security_token",
        kind: Kind::Key,
        default: "",
        exclusive_with: "security_token_file",
        may_be_empty: false,
        doc: "The security token of a temporary access key.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "security_token_file",
        kind: Kind::File,
        default: "",
        exclusive_with: "security_token",
        may_be_empty: false,
        doc: "A file that holds the security token; read as token_file is.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "project_id",
        kind: Kind::Id,
        default: "",
        exclusive_with: "",
        may_be_empty: false,
        doc: "The id of the project that signed requests name (X-Project-Id).",
        since: "0.1.0",
    },
    OptionSpec {
        key: "domain_id",
        kind: Kind::Id,
        default: "",
        exclusive_with: "",
        may_be_empty: false,
        doc: "The id of the account that signed requests name (X-Domain-Id). Without it and project_id it is looked up from IAM once.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "iam_endpoint",
        kind: Kind::Text,
        default: "",
        exclusive_with: "",
        may_be_empty: false,
        doc: "IAM's base URL. Without it, it is the one beside the SCM endpoint, where that is one of Huawei Cloud's own.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "user_name",
        kind: Kind::Text,
        default: "",
        exclusive_with: "",
        may_be_empty: false,
        doc: "The IAM user whose password gets a token. A HUAWEI ID account cannot: create an IAM user.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "user_id",
        kind: Kind::Text,
        default: "",
        exclusive_with: "",
        may_be_empty: false,
        doc: "The IAM user's id, instead of user_name and user_domain; totp needs it.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "user_password",
        kind: Kind::Secret,
        default: "",
        exclusive_with: "user_password_file",
        may_be_empty: false,
        doc: "The IAM user's password.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "user_password_file",
        kind: Kind::File,
        default: "",
        exclusive_with: "user_password",
        may_be_empty: false,
        doc: "A file that holds the password; read as token_file is.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "user_domain",
        kind: Kind::Text,
        default: "",
        exclusive_with: "",
        may_be_empty: false,
        doc: "The account (domain) name of the IAM user.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "totp",
        kind: Kind::Secret,
        default: "",
        exclusive_with: "totp_file",
        may_be_empty: false,
        doc: "The six digits of the user's virtual MFA device, for one login.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "totp_file",
        kind: Kind::File,
        default: "",
        exclusive_with: "totp",
        may_be_empty: false,
        doc: "A file that holds the six digits; read as token_file is.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "scope_project",
        kind: Kind::Text,
        default: "",
        exclusive_with: "",
        may_be_empty: false,
        doc: "The project, by name or id, that the token is for. Without it and scope_domain: the region's project, else user_domain.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "scope_domain",
        kind: Kind::Text,
        default: "",
        exclusive_with: "",
        may_be_empty: false,
        doc: "The account (domain), by name or id, that the token is for; with scope_project, the account of the project.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "profile_file",
        kind: Kind::File,
        default: "",
        exclusive_with: "",
        may_be_empty: false,
        doc: "The profile file of the official SDKs to take an access key from; else HUAWEICLOUD_SDK_CREDENTIALS_FILE, else ~/.huaweicloud/credentials.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "profile",
        kind: Kind::Text,
        default: "",
        exclusive_with: "",
        may_be_empty: false,
        doc: "The section of the profile file; else global, else basic.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "metadata_endpoint",
        kind: Kind::Text,
        default: "http://169.254.169.254",
        exclusive_with: "",
        may_be_empty: false,
        doc: "The base URL of the ECS metadata service, which gives temporary keys. No proxy is used for it.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "timeout_ms",
        kind: Kind::Milliseconds {
            least: 1,
            greatest: 86_400_000,
        },
        default: "60000",
        exclusive_with: "",
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
        exclusive_with: "",
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
        exclusive_with: "",
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
        exclusive_with: "",
        may_be_empty: false,
        doc: "The longest pause before the first retry, in milliseconds. It doubles with each; the pause is random below it. After a 429 that does not say how long to wait, ten times as long.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "retry_max_ms",
        kind: Kind::Milliseconds {
            least: 1,
            greatest: 600_000,
        },
        default: "10000",
        exclusive_with: "",
        may_be_empty: false,
        doc: "The longest pause of all, in milliseconds. If the service asks for a longer one, its answer is returned at once.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "proxy",
        kind: Kind::Text,
        default: "",
        exclusive_with: "",
        may_be_empty: true,
        doc: "The HTTP proxy, http://[USER:PASSWORD@]HOST:PORT. Unset: HTTPS_PROXY for https, HTTP_PROXY for http (not in a CGI program), but never for this machine itself. Empty: none, whatever the environment says.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "no_proxy",
        kind: Kind::Text,
        default: "",
        exclusive_with: "",
        may_be_empty: true,
        doc: "Hosts that are reached without the proxy: names with their subdomains, addresses, blocks such as 10.0.0.0/8, each with or without a port, or *. Unset: NO_PROXY, for a proxy from the environment.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "ca_file",
        kind: Kind::File,
        default: "",
        exclusive_with: "trust",
        may_be_empty: false,
        doc: "A PEM file of the only certificate authorities to trust, instead of trust. One that has expired is left out with a warning.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "trust",
        kind: Kind::Choice(&["system", "mozilla"]),
        default: "system",
        exclusive_with: "ca_file",
        may_be_empty: false,
        doc: "Whose certificate authorities to trust: the system's, or Mozilla's as compiled in. Verification cannot be turned off.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "client_cert_file",
        kind: Kind::File,
        default: "",
        exclusive_with: "",
        may_be_empty: false,
        doc: "A PEM file of the certificate, and its chain, that the client shows to the server (mutual TLS). Needs client_key_file.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "client_key_file",
        kind: Kind::File,
        default: "",
        exclusive_with: "",
        may_be_empty: false,
        doc: "A PEM file of the private key that belongs to client_cert_file: PKCS#8, SEC1 or PKCS#1, not encrypted.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "language",
        kind: Kind::Text,
        default: "en-us",
        exclusive_with: "",
        may_be_empty: false,
        doc: "The language of the service's messages (X-Language): en-us or zh-cn. Without it they are Chinese.",
        since: "0.1.0",
    },
    OptionSpec {
        key: "user_agent",
        kind: Kind::Text,
        default: "",
        exclusive_with: "",
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
        exclusive_with: "",
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
        exclusive_with: "",
        may_be_empty: false,
        doc: "How long an idle connection is kept, in milliseconds; 0 keeps none.",
        since: "0.1.0",
    },
];

/// A bad value for a message, unless it is long enough to be a secret in the wrong place.
fn shown(value: &str) -> String {
    if value.chars().count() > LONGEST_SHOWN {
        String::new()
    } else {
        format!(
            ", but is \"{}\"",
            crate::sanitize::sanitize(value, LONGEST_SHOWN)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_and_every_twin_answers() {
        for option in OPTIONS {
            if !option.default.is_empty() {
                assert!(option.check(option.default).is_ok(), "{}", option.key);
            }
            if !option.exclusive_with.is_empty() {
                let twin = OptionSpec::find(option.exclusive_with).expect("twin exists");
                assert_eq!(twin.exclusive_with, option.key);
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
