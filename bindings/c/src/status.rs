//! What the statuses are called and mean. The enumeration in the header is made from the core's list.

use std::ffi::CStr;

use certpush::Status;
use libc::c_char;

use crate::guard::guard;

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
