//! Strings on their way in and out: borrowed from C, or made so that C can borrow them.

use std::ffi::{CStr, CString};
use std::slice;

use certpush::Error;
use libc::{c_char, size_t};

/// A reference to what a handle points to.
///
/// # Safety
///
/// `pointer` is NULL or valid, and stays valid and unchanged for `'a`.
pub(crate) unsafe fn borrow<'a, T>(pointer: *const T, name: &str) -> Result<&'a T, Error> {
    // SAFETY: the caller's promise.
    unsafe { pointer.as_ref() }.ok_or_else(|| is_null(name))
}

/// As [`borrow`], to change it.
///
/// # Safety
///
/// `pointer` is NULL or valid, and nobody else uses it during `'a`.
pub(crate) unsafe fn borrow_mut<'a, T>(pointer: *mut T, name: &str) -> Result<&'a mut T, Error> {
    // SAFETY: the caller's promise.
    unsafe { pointer.as_mut() }.ok_or_else(|| is_null(name))
}

/// A string that must be given.
///
/// # Safety
///
/// `pointer` is NULL or a NUL-terminated string that stays unchanged for `'a`.
pub(crate) unsafe fn text<'a>(pointer: *const c_char, name: &str) -> Result<&'a str, Error> {
    // SAFETY: the caller's promise.
    unsafe { optional_text(pointer, name) }?.ok_or_else(|| is_null(name))
}

/// A string that may be NULL.
///
/// # Safety
///
/// As [`text`].
pub(crate) unsafe fn optional_text<'a>(
    pointer: *const c_char,
    name: &str,
) -> Result<Option<&'a str>, Error> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL, so NUL-terminated by the caller's promise.
    let bytes = unsafe { CStr::from_ptr(pointer) };
    bytes.to_str().map(Some).map_err(|_| is_not_utf8(name))
}

/// A string that may be NULL and may be anything: what is not UTF-8 in it is replaced.
///
/// # Safety
///
/// As [`text`].
pub(crate) unsafe fn lossy_text(pointer: *const c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: not NULL, so NUL-terminated by the caller's promise.
    let bytes = unsafe { CStr::from_ptr(pointer) };
    Some(bytes.to_string_lossy().into_owned())
}

/// A string with a length. NULL is "" if that is 0, as for Go's nil slice and D's null. A NUL inside
/// is the core's to refuse.
///
/// # Safety
///
/// As [`bytes_n`].
pub(crate) unsafe fn text_n<'a>(
    pointer: *const c_char,
    length: size_t,
    name: &str,
) -> Result<&'a str, Error> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { bytes_n(pointer, length, name) }?;
    std::str::from_utf8(bytes).map_err(|_| is_not_utf8(name))
}

/// As [`text_n`], of what the core itself looks at whether it is UTF-8.
///
/// # Safety
///
/// `pointer` is NULL, or `length` bytes can be read from it that stay unchanged for `'a`.
pub(crate) unsafe fn bytes_n<'a>(
    pointer: *const c_char,
    length: size_t,
    name: &str,
) -> Result<&'a [u8], Error> {
    if pointer.is_null() {
        return if length == 0 {
            Ok(&[])
        } else {
            Err(is_null(name))
        };
    }
    if isize::try_from(length).is_err() {
        return Err(Error::invalid_argument(name, "has an impossible length"));
    }
    // SAFETY: not NULL, no longer than memory can be, and readable by the caller's promise.
    Ok(unsafe { slice::from_raw_parts(pointer.cast::<u8>(), length) })
}

fn is_null(name: &str) -> Error {
    Error::invalid_argument(name, "is NULL")
}

fn is_not_utf8(name: &str) -> Error {
    Error::invalid_argument(name, "is not UTF-8")
}

/// The text with a NUL at its end; one inside would cut it, and becomes a blank.
pub(crate) fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', " ")).unwrap_or_default()
}

/// As much of `text` as fits into `room` bytes, cut between characters.
pub(crate) fn cut(text: &str, room: usize) -> &str {
    let end = (0..=room.min(text.len()))
        .rev()
        .find(|&end| text.is_char_boundary(end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(cut("推送", 6), "推送");
        assert_eq!(cut("推送", 5), "推");
        assert_eq!(cut("推送", 2), "");
        assert_eq!(cut("ab", usize::MAX), "ab");
        assert_eq!(cut("", 0), "");
    }

    #[test]
    fn a_nul_inside_does_not_cut_text() {
        assert_eq!(c_string("a\0b").as_bytes(), b"a b");
    }
}
