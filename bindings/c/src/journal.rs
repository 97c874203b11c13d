//! What a person has found out, for a client's journal.

use certpush::{Error, settle, unsettled};
use libc::{c_char, size_t};

use crate::answer::{answer_call, answer_list};
use crate::fields::field;
use crate::report::certpush_report;
use crate::report_list::certpush_report_list;
use crate::text::{optional_text, text, text_n};

/// Writes into a journal, the file that the option journal names, what a person, or a look at the
/// target, has found out about a push of which nobody knew whether it was made (CERTPUSH_UNSETTLED):
/// that it was pushed, 1, or that it was not, 0.
///
/// A later run tells of it as pushed, or sends it. What was settled may be settled again: the last word
/// counts. When this returns it is on the disk.
///
/// certificate_id, target_project and target_service are as for certpush_push(). The client that has the
/// journal must have been freed.
///
/// Returns CERTPUSH_OK; CERTPUSH_INVALID_ARGUMENT for arguments outside the documented limits, for an empty
/// name of a journal and for any other number as pushed; CERTPUSH_INVALID_CONFIG if the file is no
/// journal, cannot be read or written, is in use by a client or another call, or knows of no such push
/// that is to be settled: one that it has as pushed can only be settled as pushed, which changes nothing.
/// The journal stays as it was then.
///
/// Threads: any number at once, but one at a time for one journal. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_journal_settle(
    journal: *const c_char,
    certificate_id: *const c_char,
    target_project: *const c_char,
    target_service: *const c_char,
    pushed: i32,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for strings and outputs.
    unsafe {
        answer_call(report, || {
            settle(
                text(journal, "journal")?,
                text(certificate_id, "certificate_id")?,
                optional_text(target_project, "target_project")?.unwrap_or_default(),
                text(target_service, "target_service")?,
                truth("pushed", pushed)?,
            )
        })
    }
}

/// As certpush_journal_settle(), for strings that have a length and need not end with a NUL. A NUL
/// inside one is refused, not taken for its end. NULL with the length 0 is "".
///
/// Threads: any number at once, but one at a time for one journal. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_journal_settle_n(
    journal: *const c_char,
    journal_length: size_t,
    certificate_id: *const c_char,
    certificate_id_length: size_t,
    target_project: *const c_char,
    target_project_length: size_t,
    target_service: *const c_char,
    target_service_length: size_t,
    pushed: i32,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for strings with a length and outputs.
    unsafe {
        answer_call(report, || {
            settle(
                text_n(journal, journal_length, "journal")?,
                text_n(certificate_id, certificate_id_length, "certificate_id")?,
                text_n(target_project, target_project_length, "target_project")?,
                text_n(target_service, target_service_length, "target_service")?,
                truth("pushed", pushed)?,
            )
        })
    }
}

/// As certpush_journal_settle(), for fields of fixed width: nothing is read past a length, blanks and
/// NULs at a field's end do not count, and NULL is an empty field. A negative length is refused with
/// CERTPUSH_INVALID_ARGUMENT.
///
/// Threads: any number at once, but one at a time for one journal. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_journal_settle_fields(
    journal: *const c_char,
    journal_length: i32,
    certificate_id: *const c_char,
    certificate_id_length: i32,
    target_project: *const c_char,
    target_project_length: i32,
    target_service: *const c_char,
    target_service_length: i32,
    pushed: i32,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for strings with a length and outputs.
    unsafe {
        answer_call(report, || {
            settle(
                field("journal", journal, journal_length)?,
                field("certificate_id", certificate_id, certificate_id_length)?,
                field("target_project", target_project, target_project_length)?,
                field("target_service", target_service, target_service_length)?,
                truth("pushed", pushed)?,
            )
        })
    }
}

/// What a journal, the file that the option journal names, does not know the end of: the pushes that are
/// to be settled, certpush_journal_settle(), each with the report CERTPUSH_UNSETTLED that a run gives it.
/// The oldest comes first; services are in capitals.
///
/// list may be NULL; *list is NULL after a failure, and empty if there is nothing to settle. Free it
/// with certpush_report_list_free(). The client that has the journal must have been freed: what it has under
/// way nobody can tell yet.
///
/// Returns CERTPUSH_OK; CERTPUSH_INVALID_ARGUMENT for NULL, for an empty name and for what is not UTF-8;
/// CERTPUSH_INVALID_CONFIG if the file is no journal, cannot be read or written, or is in use by a client or
/// another call.
///
/// Threads: any number at once, but one at a time for one journal. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_journal_unsettled(
    journal: *const c_char,
    list: *mut *mut certpush_report_list,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for strings and outputs.
    unsafe { answer_list(list, report, || unsettled(text(journal, "journal")?)) }
}

/// As certpush_journal_unsettled(), for a string that has a length and need not end with a NUL. A NUL
/// inside is refused, not taken for its end. NULL with the length 0 is "".
///
/// Threads: any number at once, but one at a time for one journal. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_journal_unsettled_n(
    journal: *const c_char,
    journal_length: size_t,
    list: *mut *mut certpush_report_list,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for strings with a length and outputs.
    unsafe {
        answer_list(list, report, || {
            unsettled(text_n(journal, journal_length, "journal")?)
        })
    }
}

/// As certpush_journal_unsettled(), for a field of fixed width: nothing is read past the length, blanks
/// and NULs at the field's end do not count, and NULL is an empty field. A negative length is refused with
/// CERTPUSH_INVALID_ARGUMENT.
///
/// Threads: any number at once, but one at a time for one journal. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_journal_unsettled_fields(
    journal: *const c_char,
    journal_length: i32,
    list: *mut *mut certpush_report_list,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for strings with a length and outputs.
    unsafe {
        answer_list(list, report, || {
            unsettled(field("journal", journal, journal_length)?)
        })
    }
}

/// A truth value. Any other number is more likely a mistake than a yes.
fn truth(name: &str, value: i32) -> Result<bool, Error> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        _ => {
            let reason = format!("must be 0 or 1, but is {value}");
            Err(Error::invalid_argument(name, &reason))
        }
    }
}
