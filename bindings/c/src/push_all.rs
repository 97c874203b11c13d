//! Many pushes.

use std::ops::ControlFlow;

use certpush::{PushAllError, PushAllReport, Report};
use libc::{c_void, size_t};

use crate::answer::answer_push_all;
use crate::cancel::certpush_cancel;
use crate::client::certpush_client;
use crate::interrupt::push_all_options;
use crate::push_list::certpush_push_list;
use crate::report::certpush_report;
use crate::report_list::certpush_report_list;
use crate::text::borrow;

/// What is told of each entry when it has ended: user is the pointer given with the function, index the
/// entry's place in the list, counted from 0, and report what became of it, which belongs to certpush and
/// lives until the function returns; certpush_report_copy() makes one that lives longer. Entries end in
/// any order. 0 says to go on; after anything else no more is begun, as certpush_push_all() says.
///
/// It is called on the thread that has called certpush_push_all(), for one entry at a time; pushes that
/// are under way go on meanwhile. It must return: no longjmp, no C++ exception and no pthread_exit() may
/// leave it, and pthread_cancel() waits for it. It may call certpush, but neither free the client nor
/// free or change the list. Since 0.2.0.
pub type certpush_progress_fn = Option<
    unsafe extern "C" fn(user: *mut c_void, index: size_t, report: *const certpush_report) -> i32,
>;

/// Pushes all entries of a list, one request each, as many at the same time as the option jobs says, and
/// waits for all of them. Every entry's outcome is kept, whatever happens to the others.
///
/// timeout_ms is how long the run may take as a whole: what would hardly end in the time that is left is
/// not begun. 0 is no limit; each push has the client's timeout_ms in any case. progress, which may be
/// NULL, is told of each entry when it has ended, with user, which certpush never looks at. cancel
/// and reports may be NULL. The list is only read: it may be used by several runs at once, and be changed
/// or freed afterwards.
///
/// Returns CERTPUSH_OK if every entry is pushed, now or, as the client's journal has it, earlier, also if
/// there is none, whose outcome is "not_pushed"; CERTPUSH_INCOMPLETE if at least one is not. After either
/// *reports has a report for each entry, in the order of the list, each as certpush_push() would give it.
/// Free it with certpush_report_list_free(). Besides, the status of an entry may be
///
/// - CERTPUSH_OK with certpush_report_attempts() 0: the journal has it as pushed, and the message has the
///   date. Nothing was sent now.
/// - CERTPUSH_UNSETTLED: the journal has it as begun, and nobody knows whether it was pushed. Nothing was
///   sent now; certpush_journal_settle() is for that.
/// - CERTPUSH_NOT_TRIED: the run was stopped before it, and the message says by what.
///
/// Returns anything else if the run could not be started: nothing was sent, and *reports is NULL; so
/// CERTPUSH_INVALID_ARGUMENT for NULL as client or list and for a negative time. Only after
/// CERTPUSH_INTERNAL may entries have been pushed: certpush_report_outcome_unknown() tells.
///
/// *report is about the whole, and its message counts; it is set to an object after success and failure
/// alike. certpush_report_outcome_unknown() of it is 1 if a report in the list has that.
///
/// A run begins no more when the credentials are refused, for five failures lock an account; when ten
/// pushes in a row have no answer of the service; when as many have failed as the option max_failures
/// says; when the service asks for a longer pause than retry_max_ms; when the journal cannot be kept; when
/// the time is up, or progress says so. What is under way comes to its end then, and the rest is
/// CERTPUSH_NOT_TRIED. A cancel, the config's interrupt and certpush_client_close() end what is under way
/// within 100 ms, too.
///
/// The calling thread makes no push: it waits, and calls progress, interrupt, log and token source for the
/// threads that do, one at a time. Those block all signals, and are gone when this returns. A child that
/// is forked while they run has none of them: to it, what has not ended is lost.
///
/// Threads: any number at once. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_push_all(
    client: *const certpush_client,
    list: *const certpush_push_list,
    timeout_ms: i64,
    progress: certpush_progress_fn,
    user: *mut c_void,
    cancel: *const certpush_cancel,
    reports: *mut *mut certpush_report_list,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the caller's promises are passed on as they are.
    unsafe {
        answer_push_all(reports, report, || {
            run(client, list, timeout_ms, progress, user, cancel, false)
        })
    }
}

/// As certpush_push_all(), but pushes once more what the client's journal has as pushed: a push is not
/// idempotent, and most targets then have a second copy. What the journal does not know the end of is
/// CERTPUSH_UNSETTLED even so. Without a journal it is the same as certpush_push_all().
///
/// Threads: any number at once. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_push_all_again(
    client: *const certpush_client,
    list: *const certpush_push_list,
    timeout_ms: i64,
    progress: certpush_progress_fn,
    user: *mut c_void,
    cancel: *const certpush_cancel,
    reports: *mut *mut certpush_report_list,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the caller's promises are passed on as they are.
    unsafe {
        answer_push_all(reports, report, || {
            run(client, list, timeout_ms, progress, user, cancel, true)
        })
    }
}

/// # Safety
///
/// The header's contract for the handles; `progress` is NULL or may be called with `user` meanwhile.
unsafe fn run(
    client: *const certpush_client,
    list: *const certpush_push_list,
    timeout_ms: i64,
    progress: certpush_progress_fn,
    user: *mut c_void,
    cancel: *const certpush_cancel,
    again: bool,
) -> Result<PushAllReport, PushAllError> {
    // SAFETY: the caller's promises.
    let (client, list, cancel) = unsafe {
        (
            borrow(client, "client")?,
            borrow(list, "list")?,
            cancel.as_ref(),
        )
    };
    let options = push_all_options(client.interrupt, timeout_ms, cancel)?.again(again);
    let tell = |index: usize, report: &Report| {
        let Some(progress) = progress else {
            return ControlFlow::Continue(());
        };
        let report = certpush_report::new(report.clone());
        // SAFETY: the caller's promise; the report lives until the function returns.
        match unsafe { progress(user, index, &raw const report) } {
            0 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    };
    client.client.push_all_with(&list.0, &options, tell)
}
