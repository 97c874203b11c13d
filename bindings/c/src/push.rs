//! The push.

use certpush::{BatchError, BatchReceipt, CallOptions, push_once};
use libc::{c_char, size_t};

use crate::answer::{answer_batch, answer_push};
use crate::cancel::certpush_cancel;
use crate::client::certpush_client;
use crate::fields::field;
use crate::interrupt::call_options;
use crate::report::certpush_report;
use crate::report_list::certpush_report_list;
use crate::text::{borrow, optional_text, text, text_n};

/// Pushes the certificate that SCM holds as certificate_id to target_service in target_project,
/// and waits for the answer.
///
/// certificate_id has 16 ASCII letters or digits. target_project is a project's name, such as the
/// region "ap-southeast-3"; NULL is the same as "", which only the CDN allows. target_service is
/// "ELB", "WAF" or "CDN"; any other is sent as given, for the service to judge. cancel may be NULL.
///
/// Returns CERTPUSH_OK if, and only if, the service said that the certificate was pushed. After
/// anything else certpush_report_outcome_unknown() tells whether it may have been pushed all the
/// same: a push is not idempotent, so do not repeat it unless certpush_report_retryable() is 1.
/// *report is set to an object after success and failure alike; free it with
/// certpush_report_free().
///
/// A client with a journal keeps the push there. What that has as pushed is CERTPUSH_OK, with
/// certpush_report_attempts() 0 and the date in the message, and what it has as begun, and nobody knows
/// how it ended, is CERTPUSH_UNSETTLED: nothing is sent then.
///
/// The call ends within the option timeout_ms, whatever the other side does.
///
/// Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_push(
    client: *const certpush_client,
    certificate_id: *const c_char,
    target_project: *const c_char,
    target_service: *const c_char,
    cancel: *const certpush_cancel,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles, strings and outputs.
    unsafe {
        answer_push(report, || {
            let client = borrow(client, "client")?;
            client.client.push_with(
                text(certificate_id, "certificate_id")?,
                optional_text(target_project, "target_project")?.unwrap_or_default(),
                text(target_service, "target_service")?,
                &call_options(client.interrupt, 0, cancel.as_ref())?,
            )
        })
    }
}

/// As certpush_push(), for strings that have a length and need not end with a NUL, as in languages
/// other than C. A NUL inside one is refused, not taken for its end. NULL with the length 0 is "".
///
/// timeout_ms is how long this call may take as a whole, within the range of the option timeout_ms;
/// 0 is the client's. cancel may be NULL.
///
/// Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_push_n(
    client: *const certpush_client,
    certificate_id: *const c_char,
    certificate_id_length: size_t,
    target_project: *const c_char,
    target_project_length: size_t,
    target_service: *const c_char,
    target_service_length: size_t,
    timeout_ms: i64,
    cancel: *const certpush_cancel,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles, strings with a length and outputs.
    unsafe {
        answer_push(report, || {
            let client = borrow(client, "client")?;
            client.client.push_with(
                text_n(certificate_id, certificate_id_length, "certificate_id")?,
                text_n(target_project, target_project_length, "target_project")?,
                text_n(target_service, target_service_length, "target_service")?,
                &call_options(client.interrupt, timeout_ms, cancel.as_ref())?,
            )
        })
    }
}

/// As certpush_push_n(), but pushes once more what the client's journal has as pushed: a push is not
/// idempotent, and most targets then have a second copy. What the journal does not know the end of is
/// CERTPUSH_UNSETTLED even so. Without a journal it is the same as certpush_push_n().
///
/// Threads: any number at once. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_push_again_n(
    client: *const certpush_client,
    certificate_id: *const c_char,
    certificate_id_length: size_t,
    target_project: *const c_char,
    target_project_length: size_t,
    target_service: *const c_char,
    target_service_length: size_t,
    timeout_ms: i64,
    cancel: *const certpush_cancel,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles, strings with a length and outputs.
    unsafe {
        answer_push(report, || {
            let client = borrow(client, "client")?;
            client.client.push_with(
                text_n(certificate_id, certificate_id_length, "certificate_id")?,
                text_n(target_project, target_project_length, "target_project")?,
                text_n(target_service, target_service_length, "target_service")?,
                &call_options(client.interrupt, timeout_ms, cancel.as_ref())?.again(true),
            )
        })
    }
}

/// Pushes a certificate to one service in 1 to 10 projects by one request, and waits for the answer.
///
/// target_projects are their names with commas between, such as "ap-southeast-1,ap-southeast-3", each
/// once and of 1 to 32 characters, without blanks around them. The rest is as for certpush_push().
///
/// Returns CERTPUSH_OK if the certificate was pushed to every project, CERTPUSH_INCOMPLETE if the
/// service told that it was not, or did not plainly tell that it was. After either *list has a report
/// for each project, in the order asked for, whose status is CERTPUSH_OK with the id that the
/// certificate has there; CERTPUSH_TARGET_REFUSED, after which certpush_report_outcome_unknown()
/// tells whether it may have been pushed all the same; or CERTPUSH_UNEXPECTED_RESPONSE where the
/// answer does not plainly tell of the project, which may have got it. Free the list with
/// certpush_report_list_free(). list may be NULL.
///
/// Returns what certpush_push() returns for everything that fails as a whole: *list is NULL then, and
/// what *report says of the outcome holds for every project. So one time-out, one lost connection
/// leaves all of them unknown, while of pushes to one project each it leaves one.
///
/// *report is about the whole; it is set to an object after success and failure alike. It is
/// outcome_unknown if a report in the list is.
///
/// Threads: any number at once. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_batch_push(
    client: *const certpush_client,
    certificate_id: *const c_char,
    target_projects: *const c_char,
    target_service: *const c_char,
    cancel: *const certpush_cancel,
    list: *mut *mut certpush_report_list,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles, strings and outputs.
    unsafe {
        answer_batch(list, report, || {
            let client = borrow(client, "client")?;
            batch_push(
                client,
                text(certificate_id, "certificate_id")?,
                text(target_projects, "target_projects")?,
                text(target_service, "target_service")?,
                &call_options(client.interrupt, 0, cancel.as_ref())?,
            )
        })
    }
}

/// As certpush_batch_push(), for strings that have a length and need not end with a NUL. A NUL inside
/// one is refused, not taken for its end. NULL with the length 0 is "".
///
/// timeout_ms is how long this call may take as a whole, within the range of the option timeout_ms;
/// 0 is the client's. cancel and list may be NULL.
///
/// Threads: any number at once. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_batch_push_n(
    client: *const certpush_client,
    certificate_id: *const c_char,
    certificate_id_length: size_t,
    target_projects: *const c_char,
    target_projects_length: size_t,
    target_service: *const c_char,
    target_service_length: size_t,
    timeout_ms: i64,
    cancel: *const certpush_cancel,
    list: *mut *mut certpush_report_list,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles, strings with a length and outputs.
    unsafe {
        answer_batch(list, report, || {
            let client = borrow(client, "client")?;
            batch_push(
                client,
                text_n(certificate_id, certificate_id_length, "certificate_id")?,
                text_n(target_projects, target_projects_length, "target_projects")?,
                text_n(target_service, target_service_length, "target_service")?,
                &call_options(client.interrupt, timeout_ms, cancel.as_ref())?,
            )
        })
    }
}

/// As certpush_batch_push(), for languages whose texts are fields of fixed width: nothing is read past
/// a length, blanks and NULs at a field's end do not count, and NULL is an empty field. A negative
/// length is refused with CERTPUSH_INVALID_ARGUMENT.
///
/// timeout_ms is how long this call may take as a whole, within the range of the option timeout_ms;
/// 0 is the client's. list may be NULL.
///
/// Threads: any number at once. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_batch_push_fields(
    client: *const certpush_client,
    certificate_id: *const c_char,
    certificate_id_length: i32,
    target_projects: *const c_char,
    target_projects_length: i32,
    target_service: *const c_char,
    target_service_length: i32,
    timeout_ms: i32,
    list: *mut *mut certpush_report_list,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles, strings with a length and outputs.
    unsafe {
        answer_batch(list, report, || {
            let client = borrow(client, "client")?;
            batch_push(
                client,
                field("certificate_id", certificate_id, certificate_id_length)?,
                field("target_projects", target_projects, target_projects_length)?,
                field("target_service", target_service, target_service_length)?,
                &call_options(client.interrupt, timeout_ms.into(), None)?,
            )
        })
    }
}

fn batch_push(
    client: &certpush_client,
    certificate_id: &str,
    target_projects: &str,
    target_service: &str,
    options: &CallOptions,
) -> Result<BatchReceipt, BatchError> {
    let projects: Vec<&str> = target_projects.split(',').collect();
    let client = &client.client;
    client.batch_push_with(certificate_id, &projects, target_service, options)
}

/// One push without a client of one's own: as certpush_push() on a client that is made for this
/// call, with the options from the environment as certpush_config_load_env() reads them. endpoint
/// and token, if they are not NULL, count more than the environment's.
///
/// It makes a connection of its own each time: for more than a few pushes make a client. A password
/// as credential is refused with CERTPUSH_INVALID_CONFIG: each call would log in anew, and a loop of
/// them would lock the account.
///
/// Returns what certpush_client_new() and certpush_push() return. *report is set to an object after
/// success and failure alike.
///
/// Threads: any number at once; none may change the environment meanwhile. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_push_once(
    endpoint: *const c_char,
    token: *const c_char,
    certificate_id: *const c_char,
    target_project: *const c_char,
    target_service: *const c_char,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for strings and outputs.
    unsafe {
        answer_push(report, || {
            push_once(
                optional_text(endpoint, "endpoint")?,
                optional_text(token, "token")?,
                text(certificate_id, "certificate_id")?,
                optional_text(target_project, "target_project")?.unwrap_or_default(),
                text(target_service, "target_service")?,
            )
        })
    }
}
