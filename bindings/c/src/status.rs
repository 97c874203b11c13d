//! The statuses as C sees them. The list is the core's; `tests/header.rs` compares the two.

use std::ffi::CStr;

use certpush::Status;
use libc::c_char;

use crate::guard::guard;

/// What became of a call: the numbers that the functions return as int32_t.
///
/// They are below 100, never change and are never reused; new ones may be added. Since 0.1.0.
#[repr(C)]
pub enum certpush_status {
    /// The certificate was pushed, or the call did what it is for.
    CERTPUSH_OK = 0,
    /// An argument is missing, not UTF-8, has a NUL inside or is outside the documented limits.
    CERTPUSH_INVALID_ARGUMENT = 1,
    /// An option is unknown, has an unreadable value, names a file that cannot be read, or
    /// excludes another.
    CERTPUSH_INVALID_CONFIG = 2,
    /// No credentials were given and none were found.
    CERTPUSH_NO_CREDENTIALS = 3,
    /// IAM or the metadata service refused the credentials.
    CERTPUSH_CREDENTIALS_REFUSED = 4,
    /// IAM or the metadata service could not be reached or understood.
    CERTPUSH_CREDENTIALS_UNAVAILABLE = 5,
    /// The host name could not be resolved.
    CERTPUSH_RESOLVE = 10,
    /// No TCP connection could be made.
    CERTPUSH_CONNECT = 11,
    /// The TLS handshake failed or a certificate was refused.
    CERTPUSH_TLS = 12,
    /// The proxy refused or failed.
    CERTPUSH_PROXY = 13,
    /// The time allowed ran out.
    CERTPUSH_TIMEOUT = 14,
    /// The connection was closed or reset.
    CERTPUSH_CONNECTION_LOST = 15,
    /// The answer is none that the API defines, or breaks a limit.
    CERTPUSH_UNEXPECTED_RESPONSE = 16,
    /// The caller cancelled the call.
    CERTPUSH_CANCELLED = 17,
    /// The service answered 400.
    CERTPUSH_BAD_REQUEST = 20,
    /// The service answered 401.
    CERTPUSH_UNAUTHORIZED = 21,
    /// The service answered 403.
    CERTPUSH_FORBIDDEN = 22,
    /// The service answered 404.
    CERTPUSH_NOT_FOUND = 23,
    /// The service answered 429.
    CERTPUSH_THROTTLED = 24,
    /// The service answered another 4xx.
    CERTPUSH_REJECTED = 25,
    /// The service answered 5xx.
    CERTPUSH_SERVER_ERROR = 26,
    /// The service reports that one target of a batch failed.
    CERTPUSH_TARGET_REFUSED = 27,
    /// At least one target of a batch was not pushed.
    CERTPUSH_INCOMPLETE = 30,
    /// A defect in certpush was caught, or there was too little memory.
    CERTPUSH_INTERNAL = 99,
}

/// The name of a status, such as "CERTPUSH_TIMEOUT"; "unknown status" for a number that is none.
/// Never NULL. It lives as long as the process.
///
/// Threads: any. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn certpush_status_name(status: i32) -> *const c_char {
    guard(UNKNOWN.as_ptr(), || text(status, Wanted::Name).as_ptr())
}

/// What a status means, in one sentence without a final stop; "unknown status" for a number that
/// is none. Never NULL. It lives as long as the process. For what happened in one call see
/// certpush_report_message().
///
/// Threads: any. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn certpush_status_message(status: i32) -> *const c_char {
    guard(UNKNOWN.as_ptr(), || text(status, Wanted::Message).as_ptr())
}

const UNKNOWN: &CStr = c"unknown status";

/// Which of a status's two strings.
#[derive(Clone, Copy)]
enum Wanted {
    Name,
    Message,
}

fn text(status: i32, wanted: Wanted) -> &'static CStr {
    let position = Status::ALL
        .iter()
        .position(|known| known.number() == status);
    position
        .and_then(|position| {
            PACKED
                .split_inclusive(|&byte| byte == 0)
                .nth(2 * position + wanted as usize)
        })
        .and_then(|bytes| CStr::from_bytes_with_nul(bytes).ok())
        .unwrap_or(UNKNOWN)
}

/// Name and message of each status in the core's order, each with a NUL after it. Made by the
/// compiler, so that no thread ever waits for another to make it.
static PACKED: [u8; packed_length()] = packed();

const fn packed_length() -> usize {
    let mut length = 0;
    let mut rest = Status::ALL;
    while let [status, others @ ..] = rest {
        length += status.c_name().len() + 1 + status.message().len() + 1;
        rest = others;
    }
    length
}

#[allow(
    clippy::indexing_slicing,
    reason = "the compiler runs it, and refuses a wrong index"
)]
const fn packed() -> [u8; packed_length()] {
    let mut packed = [0; packed_length()];
    let mut end = 0;
    let mut rest = Status::ALL;
    while let [status, others @ ..] = rest {
        let mut texts: &[&str] = &[status.c_name(), status.message()];
        while let [text, more @ ..] = texts {
            let mut bytes = text.as_bytes();
            while let [byte, following @ ..] = bytes {
                packed[end] = *byte;
                end += 1;
                bytes = following;
            }
            end += 1;
            texts = more;
        }
        rest = others;
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_the_cores_texts() {
        for status in Status::ALL {
            let number = status.number();
            assert_eq!(text(number, Wanted::Name).to_str(), Ok(status.c_name()));
            assert_eq!(text(number, Wanted::Message).to_str(), Ok(status.message()));
        }
    }

    #[test]
    fn an_unknown_number_has_a_text_too() {
        for number in [-1, 6, 100, i32::MIN, i32::MAX] {
            assert_eq!(text(number, Wanted::Name), UNKNOWN);
            assert_eq!(text(number, Wanted::Message), UNKNOWN);
        }
    }
}
