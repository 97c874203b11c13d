//! The statuses: one closed list of small positive numbers that every face shares.
//!
//! The C constants, the Python enumeration, the command's exit statuses and the table in
//! `docs/errors.md` come from [`Status::ALL`] or are tested against it. A number is never reused.

use std::fmt;

macro_rules! statuses {
    ($($number:literal $variant:ident $name:literal $message:literal;)*) => {
        /// What became of a call, as a number that is the same in every language.
        ///
        /// `Ok` is 0. Numbers are below 100, never change and are never reused; new ones may be
        /// added. Since 0.1.0.
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
            pub const fn name(self) -> &'static str {
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
        }
    };
}

statuses! {
    0 Ok "OK" "the certificate was pushed";
    1 InvalidArgument "INVALID_ARGUMENT" "an argument is missing, not UTF-8, has a NUL inside or is outside the documented limits";
    2 InvalidConfig "INVALID_CONFIG" "an option is unknown, has an unreadable value, names a file that cannot be read, or excludes another";
    3 NoCredentials "NO_CREDENTIALS" "no credentials were given and none were found";
    4 CredentialsRefused "CREDENTIALS_REFUSED" "IAM or the metadata service refused the credentials";
    5 CredentialsUnavailable "CREDENTIALS_UNAVAILABLE" "IAM or the metadata service could not be reached or understood";
    10 Resolve "RESOLVE" "the host name could not be resolved";
    11 Connect "CONNECT" "no TCP connection could be made";
    12 Tls "TLS" "the TLS handshake failed or a certificate was refused";
    13 Proxy "PROXY" "the proxy refused or failed";
    14 Timeout "TIMEOUT" "the time allowed ran out";
    15 ConnectionLost "CONNECTION_LOST" "the connection was closed or reset";
    16 UnexpectedResponse "UNEXPECTED_RESPONSE" "the answer is none that the API defines, or breaks a limit";
    17 Cancelled "CANCELLED" "the caller cancelled the call";
    20 BadRequest "BAD_REQUEST" "the service answered 400";
    21 Unauthorized "UNAUTHORIZED" "the service answered 401";
    22 Forbidden "FORBIDDEN" "the service answered 403";
    23 NotFound "NOT_FOUND" "the service answered 404";
    24 Throttled "THROTTLED" "the service answered 429";
    25 Rejected "REJECTED" "the service answered another 4xx";
    26 ServerError "SERVER_ERROR" "the service answered 5xx";
    27 TargetRefused "TARGET_REFUSED" "the service reports that one target of a batch failed";
    30 Incomplete "INCOMPLETE" "at least one target of a batch was not pushed";
    99 Internal "INTERNAL" "a defect in certpush was caught, or there was too little memory";
}

impl Status {
    /// The number, the same in every language.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// Whether the certificate may ever have been pushed after a call that ended so. Where not,
    /// `outcome_unknown` is always false: nothing was sent, or the service refused.
    pub const fn may_be_unknown(self) -> bool {
        !matches!(
            self,
            Status::Ok
                | Status::InvalidArgument
                | Status::InvalidConfig
                | Status::NoCredentials
                | Status::CredentialsRefused
                | Status::CredentialsUnavailable
                | Status::Resolve
                | Status::Connect
                | Status::Proxy
                | Status::Unauthorized
                | Status::Forbidden
                | Status::NotFound
                | Status::Throttled
        )
    }

    /// The status with this number, if there is one.
    pub fn from_number(number: i32) -> Option<Status> {
        Status::ALL
            .iter()
            .copied()
            .find(|status| status.number() == number)
    }

    /// The status with this name, with or without the prefix `CERTPUSH_`, in any case.
    pub fn from_name(name: &str) -> Option<Status> {
        Status::ALL.iter().copied().find(|status| {
            status.name().eq_ignore_ascii_case(name) || status.c_name().eq_ignore_ascii_case(name)
        })
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
        f.write_str(self.name())
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
            assert_eq!(Status::from_number(status.number()), Some(status));
            assert_eq!(Status::from_name(status.c_name()), Some(status));
        }
        assert_eq!(Status::from_number(-1), None);
    }

    #[test]
    fn numbers_leave_room_for_the_commands_64() {
        // An exit status has 8 bits, and the command adds 64 when the outcome is unknown.
        assert!(Status::ALL.iter().all(|status| status.number() < 100));
    }
}
