//! What happened in one call, kept so that C can borrow its strings.

use std::ffi::CStr;

use certpush::{Phase, Report, Status};
use libc::{c_char, size_t};

use crate::guard::guard;
use crate::text::cut;

/// What is known of one call: handed out by the functions with an output named report, freed by
/// certpush_report_free(). It never changes. It never holds a secret, and what the service said in
/// it has its control characters escaped.
pub struct certpush_report {
    status: i32,
    http_status: i32,
    retryable: bool,
    outcome_unknown: bool,
    attempts: i32,
    retry_after_ms: i64,
    texts: Texts,
    message: Start,
    hint: Start,
    phase: Start,
    service_code: Start,
    service_message: Start,
    request_id: Start,
    certificate_id: Start,
    target_project: Start,
    target_service: Start,
}

impl certpush_report {
    pub(crate) fn new(report: &Report) -> certpush_report {
        let mut texts = Texts::for_report(report);
        certpush_report {
            status: report.status().number(),
            http_status: report.http_status().map_or(0, i32::from),
            retryable: report.retryable(),
            outcome_unknown: report.outcome_unknown(),
            attempts: i32::try_from(report.attempts()).unwrap_or(i32::MAX),
            retry_after_ms: report.retry_after().map_or(-1, |wait| {
                i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)
            }),
            message: texts.add(report.message()),
            hint: texts.add(report.hint().unwrap_or_default()),
            phase: texts.add(report.phase().map_or("", Phase::as_str)),
            service_code: texts.add(report.service_code().unwrap_or_default()),
            service_message: texts.add(report.service_message().unwrap_or_default()),
            request_id: texts.add(report.request_id().unwrap_or_default()),
            certificate_id: texts.add(report.certificate_id().unwrap_or_default()),
            target_project: texts.add(report.target_project().unwrap_or_default()),
            target_service: texts.add(report.target_service().unwrap_or_default()),
            texts,
        }
    }
}

/// Where a string begins.
#[derive(Clone, Copy)]
struct Start(usize);

/// A report's strings one after the other, each with a NUL after it: one allocation for all.
struct Texts(Vec<u8>);

impl Texts {
    fn for_report(report: &Report) -> Texts {
        // The hint, the phase, the ids and the NULs are short.
        let short = 512;
        Texts(Vec::with_capacity(
            short + report.message().len() + report.service_message().map_or(0, str::len),
        ))
    }

    /// A NUL inside the text would cut it, and becomes a blank.
    fn add(&mut self, text: &str) -> Start {
        let start = self.0.len();
        self.0.extend_from_slice(text.as_bytes());
        if text.contains('\0') {
            for byte in self.0.iter_mut().skip(start).filter(|byte| **byte == 0) {
                *byte = b' ';
            }
        }
        self.0.push(0);
        Start(start)
    }

    fn get(&self, start: Start) -> &CStr {
        self.0
            .get(start.0..)
            .and_then(|rest| CStr::from_bytes_until_nul(rest).ok())
            .unwrap_or_default()
    }
}

/// Reads a number from a report; NULL has `without`.
///
/// # Safety
///
/// `report` is NULL or a report.
unsafe fn number<T: Copy>(
    report: *const certpush_report,
    without: T,
    read: impl FnOnce(&certpush_report) -> T,
) -> T {
    // SAFETY: the caller's promise.
    guard(without, || unsafe { report.as_ref() }.map_or(without, read))
}

/// Reads a string from a report; NULL has "".
///
/// # Safety
///
/// `report` is NULL or a report.
unsafe fn string(
    report: *const certpush_report,
    start: impl FnOnce(&certpush_report) -> Start,
) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe {
        number(report, c"".as_ptr(), |report| {
            report.texts.get(start(report)).as_ptr()
        })
    }
}

/// The status of the call, a CERTPUSH_* number: what the call returned.
///
/// CERTPUSH_INVALID_ARGUMENT if report is NULL. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_status(report: *const certpush_report) -> i32 {
    // SAFETY: the header's contract for handles.
    unsafe { number(report, Status::InvalidArgument.number(), |it| it.status) }
}

/// The HTTP status of the last answer, 0 if there was none.
///
/// 0 if report is NULL. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_http_status(report: *const certpush_report) -> i32 {
    // SAFETY: the header's contract for handles.
    unsafe { number(report, 0, |it| it.http_status) }
}

/// 1 if the same call may simply be made again: it provably pushed nothing, and what stopped it
/// may pass. Otherwise 0.
///
/// 0 if report is NULL. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_retryable(report: *const certpush_report) -> i32 {
    // SAFETY: the header's contract for handles.
    unsafe { number(report, 0, |it| i32::from(it.retryable)) }
}

/// 1 if the certificate may have been pushed although the call failed: look at the target before
/// you push again. Otherwise 0: after a failure, it was not pushed.
///
/// 1 if report is NULL. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_outcome_unknown(report: *const certpush_report) -> i32 {
    // SAFETY: the header's contract for handles.
    unsafe { number(report, 1, |it| i32::from(it.outcome_unknown)) }
}

/// How many attempts were begun, 0 if nothing was tried.
///
/// 0 if report is NULL. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_attempts(report: *const certpush_report) -> i32 {
    // SAFETY: the header's contract for handles.
    unsafe { number(report, 0, |it| it.attempts) }
}

/// How long the service asks to wait before another call, in milliseconds; -1 if it does not say.
///
/// -1 if report is NULL. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_retry_after_ms(report: *const certpush_report) -> i64 {
    // SAFETY: the header's contract for handles.
    unsafe { number(report, -1, |it| it.retry_after_ms) }
}

/// What happened, in one line that is fit for a log.
///
/// "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_message(report: *const certpush_report) -> *const c_char {
    // SAFETY: the header's contract for handles.
    unsafe { string(report, |it| it.message) }
}

/// What to do about it, "" if nothing is known.
///
/// "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_hint(report: *const certpush_report) -> *const c_char {
    // SAFETY: the header's contract for handles.
    unsafe { string(report, |it| it.hint) }
}

/// How far the call had come when it failed: "start", "arguments", "config", "credentials",
/// "resolve", "connect", "tls", "proxy", "send", "receive" or "pause"; "" after a success alone.
///
/// "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_phase(report: *const certpush_report) -> *const c_char {
    // SAFETY: the header's contract for handles.
    unsafe { string(report, |it| it.phase) }
}

/// The service's error_code, such as "SCM.0069", or "".
///
/// "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_service_code(
    report: *const certpush_report,
) -> *const c_char {
    // SAFETY: the header's contract for handles.
    unsafe { string(report, |it| it.service_code) }
}

/// The service's error_msg, or "".
///
/// "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_service_message(
    report: *const certpush_report,
) -> *const c_char {
    // SAFETY: the header's contract for handles.
    unsafe { string(report, |it| it.service_message) }
}

/// The service's id of the request, or "": Huawei Cloud's support asks for it.
///
/// "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_request_id(
    report: *const certpush_report,
) -> *const c_char {
    // SAFETY: the header's contract for handles.
    unsafe { string(report, |it| it.request_id) }
}

/// The certificate's id, "" if the call was no push or an argument was refused.
///
/// "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_certificate_id(
    report: *const certpush_report,
) -> *const c_char {
    // SAFETY: the header's contract for handles.
    unsafe { string(report, |it| it.certificate_id) }
}

/// The project that the certificate was pushed to, "" if the call was no push or an argument was
/// refused.
///
/// "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_target_project(
    report: *const certpush_report,
) -> *const c_char {
    // SAFETY: the header's contract for handles.
    unsafe { string(report, |it| it.target_project) }
}

/// The service that the certificate was pushed to, "" if the call was no push or an argument was
/// refused.
///
/// "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_target_service(
    report: *const certpush_report,
) -> *const c_char {
    // SAFETY: the header's contract for handles.
    unsafe { string(report, |it| it.target_service) }
}

/// Copies the message into a buffer of size bytes, for callers that cannot read through a pointer
/// that they were given. What does not fit is cut between two characters of UTF-8; a NUL ends it
/// always, unless size is 0. buffer may be NULL if size is 0.
///
/// Returns the length of the whole message without its NUL, so the buffer was large enough if size
/// is greater. An empty message is copied if report is NULL.
///
/// Threads: any number at once, each with a buffer of its own. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_copy_message(
    report: *const certpush_report,
    buffer: *mut c_char,
    size: size_t,
) -> size_t {
    guard(0, || {
        // SAFETY: the header's contract for handles.
        let message = match unsafe { report.as_ref() } {
            Some(report) => report
                .texts
                .get(report.message)
                .to_str()
                .unwrap_or_default(),
            None => "",
        };
        if !buffer.is_null() && size > 0 {
            let copied = cut(message, size - 1);
            let buffer = buffer.cast::<u8>();
            // SAFETY: by the header's contract the buffer has `size` bytes, and `copied` has less.
            unsafe {
                buffer.copy_from_nonoverlapping(copied.as_ptr(), copied.len());
                buffer.add(copied.len()).write(0);
            }
        }
        message.len()
    })
}

/// Frees a report and with it the strings that were read from it. NULL is ignored.
///
/// Threads: one, when no other uses the report. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_free(report: *mut certpush_report) {
    guard((), || {
        if !report.is_null() {
            // SAFETY: made by Box::into_raw and, by the header's contract, freed once.
            drop(unsafe { Box::from_raw(report) });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_lie_one_after_the_other() {
        let mut texts = Texts(Vec::new());
        let (first, empty, last) = (texts.add("推送"), texts.add(""), texts.add("a\0b"));
        assert_eq!(texts.get(first).to_str(), Ok("推送"));
        assert_eq!(texts.get(empty), c"");
        assert_eq!(texts.get(last), c"a b");
    }
}
