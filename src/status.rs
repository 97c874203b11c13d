//! The statuses: one closed list of small positive numbers that every binding shares.
//!
//! The C constants, the Python enumeration, the command's exit statuses and the table in
//! `docs/errors.md` come from [`Status::ALL`] or are tested against it. A number is never reused.

use std::fmt;
use std::str::FromStr;

use crate::advice::{LOOK_BEFORE_RETRY, MAY_BE_THERE, STORED_NOT_BOUND, WRONG_ENDPOINT};

macro_rules! statuses {
    ($($number:literal $variant:ident $name:literal {
        message: $message:literal,
        hint: $hint:expr,
        outcome: $outcome:literal,
        may_be_unknown: $may_be_unknown:literal,
    })*) => {
        /// What became of a call, as a number that is the same in every language.
        ///
        /// `Ok` is 0. Numbers are below 100, never change and are never reused; new ones may be
        /// added. It displays as its name, which [`FromStr`] reads. Since 0.1.0.
        ///
        /// ```
        /// use certpush::Status;
        ///
        /// assert_eq!(i32::from(Status::Timeout), 14);
        /// assert_eq!(Status::try_from(14)?, Status::Timeout);
        /// assert_eq!("CERTPUSH_TIMEOUT".parse::<Status>()?, Status::Timeout);
        /// assert_eq!(Status::Timeout.to_string(), "TIMEOUT");
        /// println!("{}", Status::Timeout.message());
        /// # Ok::<(), certpush::UnknownStatus>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[repr(i32)]
        pub enum Status {
            $(#[doc = $message] $variant = $number,)*
        }

        impl Status {
            /// Every status, in the order of its number.
            pub const ALL: &'static [Status] = &[$(Status::$variant,)*];

            /// The name in C, such as `CERTPUSH_TIMEOUT`.
            pub const fn c_name(self) -> &'static str {
                match self {
                    $(Status::$variant => concat!("CERTPUSH_", $name),)*
                }
            }

            /// The name without a prefix, such as `TIMEOUT`: Python's and the documentation's.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Status::$variant => $name,)*
                }
            }

            /// What the status means, in one sentence without a final stop.
            pub const fn message(self) -> &'static str {
                match self {
                    $(Status::$variant => $message,)*
                }
            }

            /// What to do about it when nothing more is known, "" if there is nothing to say.
            pub(crate) const fn hint(self) -> &'static str {
                match self {
                    $(Status::$variant => $hint,)*
                }
            }

            /// Whether the certificate may have been pushed, in words.
            pub(crate) const fn outcome(self) -> &'static str {
                match self {
                    $(Status::$variant => $outcome,)*
                }
            }

            /// Whether the certificate may ever have been pushed after a call that ended so. Where
            /// not, `outcome_unknown` is always false: nothing was sent, or the service refused.
            #[doc(hidden)]
            pub const fn may_be_unknown(self) -> bool {
                match self {
                    $(Status::$variant => $may_be_unknown,)*
                }
            }
        }
    };
}

statuses! {
    0 Ok "OK" {
        message: "the certificate was pushed",
        hint: STORED_NOT_BOUND,
        outcome: "pushed",
        may_be_unknown: false,
    }
    1 InvalidArgument "INVALID_ARGUMENT" {
        message: "an argument is missing, not UTF-8, has a NUL inside or is outside the documented limits",
        hint: "",
        outcome: "not pushed",
        may_be_unknown: false,
    }
    2 InvalidConfig "INVALID_CONFIG" {
        message: "an option is unknown, has an unreadable value, names a file that cannot be read, or excludes another",
        hint: "",
        outcome: "not pushed",
        may_be_unknown: false,
    }
    3 NoCredentials "NO_CREDENTIALS" {
        message: "no credentials were given and none were found",
        hint: "Give a token (token_file), an access key (access_key, secret_key_file) or a password (user_name, user_password_file).",
        outcome: "not pushed",
        may_be_unknown: false,
    }
    4 CredentialsRefused "CREDENTIALS_REFUSED" {
        message: "IAM or the metadata service refused the credentials",
        hint: "Correct the credentials before the next try: repeated failures lock an account.",
        outcome: "not pushed",
        may_be_unknown: false,
    }
    5 CredentialsUnavailable "CREDENTIALS_UNAVAILABLE" {
        message: "IAM or the metadata service could not be reached or understood",
        hint: "Check that IAM can be reached, then push again.",
        outcome: "not pushed",
        may_be_unknown: false,
    }
    10 Resolve "RESOLVE" {
        message: "the host name could not be resolved",
        hint: "Check region or endpoint, and this machine's name server.",
        outcome: "not pushed",
        may_be_unknown: false,
    }
    11 Connect "CONNECT" {
        message: "no TCP connection could be made",
        hint: "Check that a firewall lets this machine reach the endpoint.",
        outcome: "not pushed",
        may_be_unknown: false,
    }
    12 Tls "TLS" {
        message: "the TLS handshake failed or a certificate was refused",
        hint: "The message says why: an authority that is not known (ca_file, trust), another host's certificate, a wrong clock, no TLS on that port.",
        outcome: "not pushed",
        may_be_unknown: true,
    }
    13 Proxy "PROXY" {
        message: "the proxy refused or failed",
        hint: "Check the proxy's address and its credentials.",
        outcome: "not pushed",
        may_be_unknown: false,
    }
    14 Timeout "TIMEOUT" {
        message: "the time allowed ran out",
        hint: "Check the network, or allow more time with timeout_ms.",
        outcome: "may have been pushed if the request had been sent: outcome_unknown tells",
        may_be_unknown: true,
    }
    15 ConnectionLost "CONNECTION_LOST" {
        message: "the connection was closed or reset",
        hint: "Check the network between this machine and the endpoint.",
        outcome: "may have been pushed if the request had been sent: outcome_unknown tells",
        may_be_unknown: true,
    }
    16 UnexpectedResponse "UNEXPECTED_RESPONSE" {
        message: "the answer is none that the API defines, or breaks a limit",
        hint: "Check that the endpoint is Huawei Cloud's own: a captive portal or a proxy may have answered. Redirects are never followed.",
        outcome: "may have been pushed",
        may_be_unknown: true,
    }
    17 Cancelled "CANCELLED" {
        message: "the caller cancelled the call",
        hint: "",
        outcome: "may have been pushed if the request had been sent: outcome_unknown tells",
        may_be_unknown: true,
    }
    20 BadRequest "BAD_REQUEST" {
        message: "the service answered 400",
        hint: "",
        outcome: "not pushed, but may have been for SCM.0028 and SCM.0203, or if its body cannot be read",
        may_be_unknown: true,
    }
    21 Unauthorized "UNAUTHORIZED" {
        message: "the service answered 401",
        hint: "Check the credentials: a token must be of the same site as region or endpoint, and an access key's halves must belong together.",
        outcome: "not pushed",
        may_be_unknown: false,
    }
    22 Forbidden "FORBIDDEN" {
        message: "the service answered 403",
        hint: "Grant the user scm:cert:push, and rights on the target service.",
        outcome: "not pushed",
        may_be_unknown: false,
    }
    23 NotFound "NOT_FOUND" {
        message: "the service answered 404",
        hint: WRONG_ENDPOINT,
        outcome: "not pushed",
        may_be_unknown: false,
    }
    24 Throttled "THROTTLED" {
        message: "the service answered 429",
        hint: "Wait, then push again: nothing was pushed.",
        outcome: "not pushed",
        may_be_unknown: false,
    }
    25 Rejected "REJECTED" {
        message: "the service answered another 4xx",
        hint: "",
        outcome: "not pushed, but may have been for a 408 or 499",
        may_be_unknown: true,
    }
    26 ServerError "SERVER_ERROR" {
        message: "the service answered 5xx",
        hint: LOOK_BEFORE_RETRY,
        outcome: "may have been pushed, but was not for SCM.4001, APIGW.0613 and APIG.0613",
        may_be_unknown: true,
    }
    27 TargetRefused "TARGET_REFUSED" {
        message: "the service reports that one target of a batch failed",
        hint: MAY_BE_THERE,
        outcome: "may have been pushed, but was not where the target says `Invalid region id.`",
        may_be_unknown: true,
    }
    28 Unsettled "UNSETTLED" {
        message: "an earlier push has begun, as the journal says, and nobody knows whether it was made; nothing was sent now",
        hint: "Look on the target whether the certificate is there, and settle it in the journal as pushed or not pushed; then run again.",
        outcome: "may have been pushed by the earlier push",
        may_be_unknown: true,
    }
    29 NotTried "NOT_TRIED" {
        message: "the run of many pushes was stopped before this one; nothing was sent",
        hint: "The message says what stopped the run: mend that, then run again.",
        outcome: "not pushed",
        may_be_unknown: false,
    }
    30 Incomplete "INCOMPLETE" {
        message: "at least one target of a batch, or of a list, was not pushed",
        hint: "Look at each target's own report, and push again only to those that were not pushed: where it may have been, look on the target first.",
        outcome: "each target's own report tells",
        may_be_unknown: true,
    }
    99 Internal "INTERNAL" {
        message: "a defect in certpush was caught, or there was too little memory",
        hint: "If the message speaks of memory, let the process have more; else please report this defect with the message.",
        outcome: "may have been pushed if the request had been sent: outcome_unknown tells",
        may_be_unknown: true,
    }
}

impl Status {
    /// The number, the same in every language.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The status that an HTTP error answer has: 4xx and 5xx only.
    pub(crate) fn from_http_error(http_status: u16) -> Option<Status> {
        Some(match http_status {
            400 => Status::BadRequest,
            401 => Status::Unauthorized,
            403 => Status::Forbidden,
            404 => Status::NotFound,
            429 => Status::Throttled,
            402 | 405..=428 | 430..=499 => Status::Rejected,
            500..=599 => Status::ServerError,
            _ => return None,
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<Status> for i32 {
    fn from(status: Status) -> i32 {
        status.number()
    }
}

/// There is no [`Status`] with this number or name. Since 0.2.0.
///
/// ```
/// use certpush::{Status, UnknownStatus};
///
/// let unknown: UnknownStatus = Status::try_from(35).unwrap_err();
/// assert_eq!(unknown.to_string(), "certpush has no such status");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("certpush has no such status")]
#[non_exhaustive]
pub struct UnknownStatus;

impl TryFrom<i32> for Status {
    type Error = UnknownStatus;

    /// The status with this number.
    fn try_from(number: i32) -> Result<Status, UnknownStatus> {
        let mut all = Status::ALL.iter().copied();
        all.find(|status| status.number() == number)
            .ok_or(UnknownStatus)
    }
}

impl FromStr for Status {
    type Err = UnknownStatus;

    /// The status with this name, with or without the prefix `CERTPUSH_`, in any case.
    fn from_str(name: &str) -> Result<Status, UnknownStatus> {
        let is_named = |status: &Status| {
            [status.as_str(), status.c_name()]
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
        };
        let mut all = Status::ALL.iter().copied();
        all.find(is_named).ok_or(UnknownStatus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_and_are_found_again() {
        assert!(
            Status::ALL
                .windows(2)
                .all(|pair| pair[0].number() < pair[1].number())
        );
        for &status in Status::ALL {
            assert_eq!(Status::try_from(i32::from(status)), Ok(status));
            assert_eq!(status.c_name().parse(), Ok(status));
            assert_eq!(status.to_string().to_lowercase().parse(), Ok(status));
        }
        for number in [-1, 6, 35, 100, i32::MIN, i32::MAX] {
            assert_eq!(Status::try_from(number), Err(UnknownStatus));
        }
        for name in [
            "",
            "CERTPUSH_",
            "TIMEOUT ",
            "14",
            "CERTPUSH_CERTPUSH_TIMEOUT",
        ] {
            assert_eq!(name.parse::<Status>(), Err(UnknownStatus), "{name:?}");
        }
    }

    #[test]
    fn numbers_leave_room_for_the_commands_64() {
        // An exit status has 8 bits, and the command adds 64 when the outcome is unknown.
        assert!(Status::ALL.iter().all(|status| status.number() < 100));
    }
}
