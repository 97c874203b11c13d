//! What happened in one call, kept so that C can borrow its strings.

use std::borrow::Cow;
use std::ffi::{CStr, CString};
use std::ptr;

use certpush::{Outcome, Phase, REPORT_FIELDS, Report, Status};
use libc::{c_char, size_t};

use crate::fields::{field, fill};
use crate::guard::guard;
use crate::made_once::MadeOnce;
use crate::text::cut;

/// What is known of one call: handed out by the functions with an output named report, freed by
/// certpush_report_free(). It never changes. It never holds a secret, and what the service said in
/// it has its control characters escaped.
pub struct certpush_report {
    report: Report,
    json: MadeOnce<CString>,
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
    target_certificate_id: Start,
}

impl certpush_report {
    pub(crate) fn new(report: Report) -> certpush_report {
        let mut texts = Texts::for_report(&report);
        certpush_report {
            message: texts.add(report.message()),
            hint: texts.add(report.hint().unwrap_or_default()),
            phase: texts.add(report.phase().map_or("", Phase::as_str)),
            service_code: texts.add(report.service_code().unwrap_or_default()),
            service_message: texts.add(report.service_message().unwrap_or_default()),
            request_id: texts.add(report.request_id().unwrap_or_default()),
            certificate_id: texts.add(report.certificate_id().unwrap_or_default()),
            target_project: texts.add(report.target_project().unwrap_or_default()),
            target_service: texts.add(report.target_service().unwrap_or_default()),
            target_certificate_id: texts.add(report.target_certificate_id().unwrap_or_default()),
            texts,
            json: MadeOnce::new(),
            report,
        }
    }

    fn json(&self) -> &CStr {
        // JSON has no NUL: one in a text is escaped.
        self.json
            .get(|| CString::new(self.to_json()).unwrap_or_default())
    }

    pub(crate) fn to_json(&self) -> String {
        self.report.to_json()
    }
}

/// The report of every call that pushes nothing and succeeded. Nobody frees it.
static SUCCESS: MadeOnce<certpush_report> = MadeOnce::new();
/// What is read where there is no report.
static MISSING: MadeOnce<certpush_report> = MadeOnce::new();

/// A report of the caller's own, which certpush_report_free() frees.
pub(crate) fn own(report: Report) -> *mut certpush_report {
    Box::into_raw(Box::new(certpush_report::new(report)))
}

/// The one report of all successes that have nothing to tell. Nobody changes it.
pub(crate) fn report_of_success() -> *mut certpush_report {
    let report = SUCCESS.get(|| certpush_report::new(Report::done()));
    ptr::from_ref(report).cast_mut()
}

/// The report, or what is read where there is none.
///
/// # Safety
///
/// `report` is NULL or a report, which is not freed during `'a`.
unsafe fn report_or_missing<'a>(report: *const certpush_report) -> &'a certpush_report {
    // SAFETY: the caller's promise.
    match unsafe { report.as_ref() } {
        Some(report) => report,
        None => MISSING.get(|| certpush_report::new(Report::missing())),
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
    unsafe {
        number(report, Status::InvalidArgument.number(), |it| {
            it.report.status().number()
        })
    }
}

/// The HTTP status of the last answer, 0 if there was none.
///
/// 0 if report is NULL. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_http_status(report: *const certpush_report) -> i32 {
    // SAFETY: the header's contract for handles.
    unsafe { number(report, 0, |it| it.report.http_status().map_or(0, i32::from)) }
}

/// 1 if the same call may simply be made again: it provably pushed nothing, and what stopped it
/// may pass. Otherwise 0.
///
/// 0 if report is NULL. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_retryable(report: *const certpush_report) -> i32 {
    // SAFETY: the header's contract for handles.
    unsafe { number(report, 0, |it| it.report.retryable().into()) }
}

/// 1 if the certificate may have been pushed although the call failed: look at the target before
/// you push again. Otherwise 0: after a failure, it was not pushed.
///
/// 1 if report is NULL. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_outcome_unknown(report: *const certpush_report) -> i32 {
    // SAFETY: the header's contract for handles.
    unsafe { number(report, 1, |it| it.report.outcome_unknown().into()) }
}

/// How many attempts were begun, 0 if nothing was tried.
///
/// 0 if report is NULL. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_attempts(report: *const certpush_report) -> i32 {
    // SAFETY: the header's contract for handles.
    unsafe {
        number(report, 0, |it| {
            i32::try_from(it.report.attempts()).unwrap_or(i32::MAX)
        })
    }
}

/// How long the service asks to wait before another call, in milliseconds; -1 if it does not say.
///
/// -1 if report is NULL. Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_retry_after_ms(report: *const certpush_report) -> i64 {
    // SAFETY: the header's contract for handles.
    unsafe {
        number(report, -1, |it| match it.report.retry_after() {
            Some(wait) => i64::try_from(wait.as_millis()).unwrap_or(i64::MAX),
            None => -1,
        })
    }
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
/// refused. Of a batch push as a whole, all of them with commas between.
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

/// The id that the certificate has on its target, "" if the service did not tell: only a batch push
/// tells, of each target that got the certificate.
///
/// "" if report is NULL. It lives as long as the report. Threads: any number at once. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_target_certificate_id(
    report: *const certpush_report,
) -> *const c_char {
    // SAFETY: the header's contract for handles.
    unsafe { string(report, |it| it.target_certificate_id) }
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

/// Everything that the report says, as one JSON object on one line, which the command certpush
/// prints for --json: a member for each accessor of its name, and status_name. It is made when it is
/// first asked for.
///
/// If report is NULL, it says CERTPUSH_INVALID_ARGUMENT, and outcome_unknown is true. It lives as
/// long as the report. Threads: any number at once. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_json(report: *const certpush_report) -> *const c_char {
    guard(c"{\"status\":99,\"outcome_unknown\":true}".as_ptr(), || {
        // SAFETY: the header's contract for handles.
        unsafe { report_or_missing(report) }.json().as_ptr()
    })
}

/// What is known of the certificate, in one word: "pushed", "not_pushed" or "unknown", which is
/// when it may have been pushed although the call failed. A call that pushes nothing has
/// "not_pushed", also when it succeeded.
///
/// "unknown" if report is NULL. It lives as long as the process. Threads: any number at once.
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_outcome(report: *const certpush_report) -> *const c_char {
    guard(c"unknown".as_ptr(), || {
        // SAFETY: the header's contract for handles.
        let outcome = unsafe { report.as_ref() }.map(|it| it.report.outcome());
        match outcome {
            Some(Outcome::Pushed) => c"pushed".as_ptr(),
            Some(Outcome::NotPushed) => c"not_pushed".as_ptr(),
            Some(Outcome::Unknown) | None => c"unknown".as_ptr(),
        }
    })
}

/// A report that says the same, for who must give back or free the one that there is. Free it with
/// certpush_report_free(). NULL if report is NULL.
///
/// Threads: any number at once. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_copy(
    report: *const certpush_report,
) -> *mut certpush_report {
    guard(ptr::null_mut(), || {
        // SAFETY: the header's contract for handles.
        match unsafe { report.as_ref() } {
            Some(report) => own(report.report.clone()),
            None => ptr::null_mut(),
        }
    })
}

/// Copies what a report says under a name into a field of fixed width, for languages that cannot
/// read through a pointer, such as COBOL. name is that of a member of certpush_report_json(), such
/// as "service_message" or "attempts"; blanks and NULs at its end do not count. The field gets what
/// is there, a text as it is, a number in decimal digits, a truth value as true or false, and blanks
/// behind it; what does not fit is cut between two characters of UTF-8. field may be NULL.
///
/// Returns the length of the whole, so the field was large enough if field_length is not less; -1
/// if there is no member of this name or a length is negative: then the field has blanks alone.
/// Where report is NULL, it is as certpush_report_json() says.
///
/// Threads: any number at once, each with a field of its own. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_copy_field(
    report: *const certpush_report,
    name: *const c_char,
    name_length: i32,
    field: *mut c_char,
    field_length: i32,
) -> i32 {
    guard(-1, || {
        // SAFETY: the header's contract for handles, strings with a length and outputs.
        unsafe {
            let value =
                text_of(report_or_missing(report), name, name_length).filter(|_| field_length >= 0);
            fill(field, field_length, value.as_deref().unwrap_or_default());
            value.map_or(-1, |value| i32::try_from(value.len()).unwrap_or(i32::MAX))
        }
    })
}

/// What the report says under the name in a field.
///
/// # Safety
///
/// `name` is NULL, or `length` bytes can be read from it.
unsafe fn text_of(
    report: &certpush_report,
    name: *const c_char,
    length: i32,
) -> Option<Cow<'_, str>> {
    // SAFETY: the caller's promise.
    let name = unsafe { field("name", name, length) }.ok()?;
    let known = REPORT_FIELDS.iter().find(|known| known.name == name)?;
    Some(known.text(&report.report))
}

/// Frees a report and with it the strings that were read from it. NULL is ignored, and so is the
/// report of a success that had nothing to tell, however often.
///
/// Threads: one, when no other uses the report. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_report_free(report: *mut certpush_report) {
    guard((), || {
        if !report.is_null() && !SUCCESS.is(report) {
            // SAFETY: made by Box::into_raw and, by the header's contract, freed once.
            drop(unsafe { Box::from_raw(report) });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_has_its_word() {
        // SAFETY: the reports are the test's own.
        unsafe {
            let word = |report: &Report| {
                let report = certpush_report::new(report.clone());
                CStr::from_ptr(certpush_report_outcome(&raw const report)).to_owned()
            };
            for report in [Report::done(), Report::missing()] {
                assert_eq!(word(&report).to_str(), Ok(report.outcome().as_str()));
            }
        }
    }

    #[test]
    fn strings_lie_one_after_the_other() {
        let mut texts = Texts(Vec::new());
        let (first, empty, last) = (texts.add("推送"), texts.add(""), texts.add("a\0b"));
        assert_eq!(texts.get(first).to_str(), Ok("推送"));
        assert_eq!(texts.get(empty), c"");
        assert_eq!(texts.get(last), c"a b");
    }
}
