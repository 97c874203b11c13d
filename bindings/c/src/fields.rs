//! The push for languages whose texts are fields of fixed width: COBOL, Fortran.

use std::ptr;

use certpush::{Client, Config, Error, Status};
use libc::c_char;

use crate::answer::{hand_out, report_of};
use crate::client::certpush_client;
use crate::guard::guard;
use crate::interrupt::call_options;
use crate::report::{certpush_report, own};
use crate::text::{cut, text_n};

/// One push for languages whose texts are fields of fixed width, such as COBOL and Fortran: each
/// text is a pointer and a length, nothing is read or written past the length, and blanks and NULs
/// at a field's end do not count.
///
/// With a client it is as certpush_push(); with NULL, as certpush_push_once() with everything from
/// the environment. certificate_id, target_project and target_service are as there; NULL is an
/// empty field. timeout_ms is how long this call may take as a whole, within the range of the
/// option timeout_ms; 0 is what the options say.
///
/// The outputs are written after success and failure alike, and each may be NULL:
/// *outcome_unknown is 1 if the certificate may have been pushed although the call failed, else 0,
/// and 1 from the call's first moment on; *http_status is the HTTP status of the answer, 0 if there
/// was none; the fields service_code, request_id and message are filled with blanks, and what does
/// not fit is cut between two characters of UTF-8. *report is set to an object;
/// certpush_report_copy_field() reads all that it says, and certpush_report_free() frees it.
///
/// Returns the status; CERTPUSH_INVALID_ARGUMENT for a negative length or time, before anything is
/// sent.
///
/// Threads: any number at once, each with outputs of its own. Since 0.2.0.
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
    timeout_ms: i32,
    outcome_unknown: *mut i32,
    http_status: *mut i32,
    service_code: *mut c_char,
    service_code_length: i32,
    request_id: *mut c_char,
    request_id_length: i32,
    message: *mut c_char,
    message_length: i32,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for outputs.
    unsafe { put(outcome_unknown, 1) };
    guard(Status::Internal.number(), || {
        // SAFETY: the header's contract for outputs.
        unsafe { hand_out(report, ptr::null_mut) };
        let told = report_of(|| {
            room("service_code_length", service_code_length)?;
            room("request_id_length", request_id_length)?;
            room("message_length", message_length)?;
            // SAFETY: the header's contract for strings with a length and for handles.
            unsafe {
                let id = field("certificate_id", certificate_id, certificate_id_length)?;
                let project = field("target_project", target_project, target_project_length)?;
                let service = field("target_service", target_service, target_service_length)?;
                let client = client.as_ref();
                let interrupt = client.and_then(|client| client.interrupt);
                let options = call_options(interrupt, timeout_ms.into(), None)?;
                let Some(client) = client else {
                    let mut config = Config::new();
                    config.load_env()?;
                    let client = Client::one_off_with(&config, &options)?;
                    return client.push_with(id, project, service, &options);
                };
                client.client.push_with(id, project, service, &options)
            }
        });
        let status = told.status().number();
        // SAFETY: the header's contract for outputs.
        unsafe {
            put(http_status, told.http_status().map_or(0, i32::from));
            let code = told.service_code().unwrap_or_default();
            fill(service_code, service_code_length, code);
            let id = told.request_id().unwrap_or_default();
            fill(request_id, request_id_length, id);
            fill(message, message_length, told.message());
            put(outcome_unknown, i32::from(told.outcome_unknown()));
            hand_out(report, || own(told));
        }
        status
    })
}

/// The text in a field, without the blanks and NULs at its end. NULL is an empty one.
///
/// # Safety
///
/// `start` is NULL, or `length` bytes can be read from it that stay unchanged for `'a`.
pub(crate) unsafe fn field<'a>(
    name: &str,
    start: *const c_char,
    length: i32,
) -> Result<&'a str, Error> {
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
pub(crate) unsafe fn fill(start: *mut c_char, length: i32, text: &str) {
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
