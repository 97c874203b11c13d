//! The push for languages whose texts are fields of fixed width: COBOL, Fortran.

use certpush::{Error, Status, push_once};
use libc::c_char;

use crate::answer::report_of;
use crate::client::certpush_client;
use crate::guard::guard;
use crate::text::{cut, text_n};

/// One push for languages whose texts are fields of fixed width, such as COBOL and Fortran: each
/// text is a pointer and a length, nothing is read or written past the length, and blanks and NULs
/// at a field's end do not count.
///
/// With a client it is as certpush_push(); with NULL, as certpush_push_once() with everything from
/// the environment. certificate_id, target_project and target_service are as there.
///
/// The outputs are written after success and failure alike, and each may be NULL:
/// *outcome_unknown is 1 if the certificate may have been pushed although the call failed, else 0;
/// *http_status is the HTTP status of the answer, 0 if there was none; the fields service_code,
/// request_id and message are filled with blanks, and what does not fit is cut between two
/// characters of UTF-8.
///
/// Returns the status; CERTPUSH_INVALID_ARGUMENT for a negative length, before anything is sent.
///
/// Threads: any number at once, each with outputs of its own. Since 0.1.0.
#[allow(
    clippy::too_many_arguments,
    reason = "one CALL in COBOL, which has no structures to fill for it"
)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_push_fields(
    client: *const certpush_client,
    certificate_id: *const c_char,
    certificate_id_length: i32,
    target_project: *const c_char,
    target_project_length: i32,
    target_service: *const c_char,
    target_service_length: i32,
    outcome_unknown: *mut i32,
    http_status: *mut i32,
    service_code: *mut c_char,
    service_code_length: i32,
    request_id: *mut c_char,
    request_id_length: i32,
    message: *mut c_char,
    message_length: i32,
) -> i32 {
    guard(Status::Internal.number(), || {
        let report = report_of(|| {
            room("service_code_length", service_code_length)?;
            room("request_id_length", request_id_length)?;
            room("message_length", message_length)?;
            // SAFETY: the header's contract for strings with a length and for handles.
            unsafe {
                let id = field("certificate_id", certificate_id, certificate_id_length)?;
                let project = field("target_project", target_project, target_project_length)?;
                let service = field("target_service", target_service, target_service_length)?;
                match client.as_ref() {
                    Some(client) => client.client.push(id, project, service),
                    None => push_once(None, None, id, project, service),
                }
            }
        });
        // SAFETY: the header's contract for outputs.
        unsafe {
            put(outcome_unknown, i32::from(report.outcome_unknown()));
            put(http_status, report.http_status().map_or(0, i32::from));
            let code = report.service_code().unwrap_or_default();
            fill(service_code, service_code_length, code);
            let id = report.request_id().unwrap_or_default();
            fill(request_id, request_id_length, id);
            fill(message, message_length, report.message());
        }
        report.status().number()
    })
}

/// The text in a field, without the blanks and NULs at its end. NULL is an empty one.
///
/// # Safety
///
/// `start` is NULL, or `length` bytes can be read from it that stay unchanged for `'a`.
unsafe fn field<'a>(name: &str, start: *const c_char, length: i32) -> Result<&'a str, Error> {
    let room = room(&format!("{name}_length"), length)?;
    if start.is_null() {
        return Ok("");
    }
    // SAFETY: the caller's promise.
    let text = unsafe { text_n(start, room, name) }?;
    Ok(text.trim_end_matches([' ', '\0']))
}

fn room(name: &str, length: i32) -> Result<usize, Error> {
    usize::try_from(length).map_err(|_| {
        Error::invalid_argument(name, &format!("must not be negative, but is {length}"))
    })
}

/// # Safety
///
/// `output` is NULL or can be written to.
unsafe fn put(output: *mut i32, value: i32) {
    if !output.is_null() {
        // SAFETY: not NULL, so writable by the caller's promise.
        unsafe { output.write(value) };
    }
}

/// Fills a field with `text` and blanks. One with a negative length has no room.
///
/// # Safety
///
/// `start` is NULL, or `length` bytes can be written from it.
unsafe fn fill(start: *mut c_char, length: i32, text: &str) {
    let room = usize::try_from(length).unwrap_or(0);
    if start.is_null() {
        return;
    }
    let text = cut(text, room);
    let start = start.cast::<u8>();
    // SAFETY: `text` is no longer than the room that the caller promises, and not in it.
    unsafe {
        start.copy_from_nonoverlapping(text.as_ptr(), text.len());
        start.add(text.len()).write_bytes(b' ', room - text.len());
    }
}
