//! Which certpush this is.

use std::ffi::CStr;

use libc::c_char;

/// The version in numbers, from the manifest.
const NUMBER: i32 = 10_000 * part(env!("CARGO_PKG_VERSION_MAJOR"))
    + 100 * part(env!("CARGO_PKG_VERSION_MINOR"))
    + part(env!("CARGO_PKG_VERSION_PATCH"));

const TEXT: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(text) => text,
        Err(_) => c"",
    };

const fn part(digits: &str) -> i32 {
    match i32::from_str_radix(digits, 10) {
        Ok(number) => number,
        Err(_) => 0,
    }
}

/// The version of the library that runs, such as "0.2.0". Compare it with CERTPUSH_VERSION_STRING
/// to learn whether the program was built with the same one.
///
/// Threads: any. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn certpush_version() -> *const c_char {
    TEXT.as_ptr()
}

/// The version of the library that runs, as major * 10000 + minor * 100 + patch: for comparisons.
///
/// Threads: any. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn certpush_version_number() -> i32 {
    NUMBER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_number_are_the_same_version() {
        let text = format!(
            "{}.{}.{}",
            NUMBER / 10_000,
            NUMBER / 100 % 100,
            NUMBER % 100
        );
        assert_eq!(TEXT.to_str().unwrap(), text);
    }
}
