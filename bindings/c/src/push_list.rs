//! The list of many pushes.

use std::ptr;

use certpush::{Error, PushList};
use libc::{c_char, size_t};

use crate::answer::answer_call;
use crate::fields::field;
use crate::guard::guard;
use crate::report::certpush_report;
use crate::text::{borrow_mut, bytes_n, optional_text, text, text_n};

/// Certificates to push, and where to, for certpush_push_all(): made by certpush_push_list_new(), freed
/// by certpush_push_list_free(). Every entry is within the documented limits, and none is there twice.
pub struct certpush_push_list(pub(crate) PushList);

/// A list without entries. Free it with certpush_push_list_free().
///
/// Threads: any. Since 0.2.0.
#[unsafe(no_mangle)]
pub extern "C" fn certpush_push_list_new() -> *mut certpush_push_list {
    guard(ptr::null_mut(), || {
        Box::into_raw(Box::new(certpush_push_list(PushList::new())))
    })
}

/// Adds one entry to the end of a list; the texts are as for certpush_push().
///
/// Returns CERTPUSH_OK; CERTPUSH_INVALID_ARGUMENT for what is outside the documented limits, has
/// blanks around it, or is in the list already, whatever the letter case of the service. The list
/// stays as it was then.
///
/// Threads: one, when no other uses the list. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_push_list_add(
    list: *mut certpush_push_list,
    certificate_id: *const c_char,
    target_project: *const c_char,
    target_service: *const c_char,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles, strings and outputs.
    unsafe {
        change(list, report, |list| {
            list.add(
                text(certificate_id, "certificate_id")?,
                optional_text(target_project, "target_project")?.unwrap_or_default(),
                text(target_service, "target_service")?,
            )
        })
    }
}

/// As certpush_push_list_add(), for strings that have a length and need not end with a NUL. A NUL
/// inside one is refused, not taken for its end. NULL with the length 0 is "".
///
/// Threads: one, when no other uses the list. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_push_list_add_n(
    list: *mut certpush_push_list,
    certificate_id: *const c_char,
    certificate_id_length: size_t,
    target_project: *const c_char,
    target_project_length: size_t,
    target_service: *const c_char,
    target_service_length: size_t,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles, strings with a length and outputs.
    unsafe {
        change(list, report, |list| {
            list.add(
                text_n(certificate_id, certificate_id_length, "certificate_id")?,
                text_n(target_project, target_project_length, "target_project")?,
                text_n(target_service, target_service_length, "target_service")?,
            )
        })
    }
}

/// As certpush_push_list_add(), for fields of fixed width: nothing is read past a length, blanks and
/// NULs at a field's end do not count, and NULL is an empty field. A negative length is refused with
/// CERTPUSH_INVALID_ARGUMENT.
///
/// Threads: one, when no other uses the list. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_push_list_add_fields(
    list: *mut certpush_push_list,
    certificate_id: *const c_char,
    certificate_id_length: i32,
    target_project: *const c_char,
    target_project_length: i32,
    target_service: *const c_char,
    target_service_length: i32,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles, strings with a length and outputs.
    unsafe {
        change(list, report, |list| {
            list.add(
                field("certificate_id", certificate_id, certificate_id_length)?,
                field("target_project", target_project, target_project_length)?,
                field("target_service", target_service, target_service_length)?,
            )
        })
    }
}

/// Adds all entries of a text of so many bytes, such as a file's content: CSV whose first line is
/// "certificate_id,target_project,target_service", the columns in any order, or JSON Lines, objects of
/// exactly these three members. It is UTF-8, with or without a byte order mark; LF or CRLF ends a line,
/// and empty lines are passed over.
///
/// The text is checked as a whole before any of it is taken. Returns CERTPUSH_OK;
/// CERTPUSH_INVALID_CONFIG with a message that names the first faults by their lines: a column or
/// member that is unknown, missing or there twice, a value that certpush_push_list_add() would refuse,
/// an entry that is there twice, no entry at all, what is not UTF-8. The list stays as it was then.
///
/// Threads: one, when no other uses the list. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_push_list_read_n(
    list: *mut certpush_push_list,
    text: *const c_char,
    length: size_t,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles, strings with a length and outputs.
    unsafe {
        change(list, report, |list| {
            list.read(bytes_n(text, length, "text")?)
        })
    }
}

/// How many entries there are.
///
/// 0 if list is NULL. Threads: any number at once. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_push_list_count(list: *const certpush_push_list) -> size_t {
    guard(0, || {
        // SAFETY: the header's contract for handles.
        unsafe { list.as_ref() }.map_or(0, |list| list.0.len())
    })
}

/// Frees a list. NULL is ignored.
///
/// Threads: one, when no other uses the list. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_push_list_free(list: *mut certpush_push_list) {
    guard((), || {
        if !list.is_null() {
            // SAFETY: made by Box::into_raw and, by the header's contract, freed once.
            drop(unsafe { Box::from_raw(list) });
        }
    });
}

/// Changes a list.
///
/// # Safety
///
/// `list` is NULL or a list that nobody else uses; `report` is NULL or can be written to.
unsafe fn change(
    list: *mut certpush_push_list,
    report: *mut *mut certpush_report,
    change: impl FnOnce(&mut PushList) -> Result<(), Error>,
) -> i32 {
    // SAFETY: the caller's promises.
    unsafe { answer_call(report, || change(&mut borrow_mut(list, "list")?.0)) }
}

const fn assert_shared_by_threads<T: Send + Sync>() {}
const _: () = assert_shared_by_threads::<certpush_push_list>();
