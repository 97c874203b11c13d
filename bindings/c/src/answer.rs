//! From what the core says to a status, and to a report if the caller wants one.

use std::ptr;

use certpush::{
    BatchError, BatchReceipt, Error, PushAllError, PushAllReport, Receipt, Report, Status,
};

use crate::guard::{catch, guard};
use crate::report::{certpush_report, own, report_of_success};
use crate::report_list::certpush_report_list;

/// Runs a call that pushes nothing. All successes have one report.
///
/// # Safety
///
/// `report` is NULL or can be written to.
pub(crate) unsafe fn answer_call(
    report: *mut *mut certpush_report,
    call: impl FnOnce() -> Result<(), Error>,
) -> i32 {
    guard(Status::Internal.number(), || {
        // SAFETY: the caller's promise.
        unsafe { hand_out(report, ptr::null_mut) };
        let result = catch(call).unwrap_or_else(|defect| Err(Error::internal(&defect, false)));
        let status = result
            .as_ref()
            .err()
            .map_or(Status::Ok, |error| error.status());
        // SAFETY: the caller's promise.
        unsafe {
            hand_out(report, || match result {
                Ok(()) => report_of_success(),
                Err(error) => own(error.into_report()),
            });
        }
        status.number()
    })
}

/// Runs a push, which always has something to tell.
///
/// # Safety
///
/// `report` is NULL or can be written to.
pub(crate) unsafe fn answer_push(
    report: *mut *mut certpush_report,
    push: impl FnOnce() -> Result<Receipt, Error>,
) -> i32 {
    guard(Status::Internal.number(), || {
        // SAFETY: the caller's promise.
        unsafe { hand_out(report, ptr::null_mut) };
        let told = report_of(push);
        let status = told.status();
        // SAFETY: the caller's promise.
        unsafe { hand_out(report, || own(told)) };
        status.number()
    })
}

/// Runs a push to several targets by one request. `list` is NULL unless the service told of them.
///
/// # Safety
///
/// `list` and `report` are each NULL or can be written to.
pub(crate) unsafe fn answer_batch(
    list: *mut *mut certpush_report_list,
    report: *mut *mut certpush_report,
    push: impl FnOnce() -> Result<BatchReceipt, BatchError>,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        answer_many(list, report, || {
            let (whole, targets) = match push() {
                Ok(done) => done.into_reports(),
                Err(error) => error.into_reports(),
            };
            (whole, Some(targets).filter(|targets| !targets.is_empty()))
        })
    }
}

/// Runs the pushes of a list. `reports` is NULL unless the run was started.
///
/// # Safety
///
/// `reports` and `report` are each NULL or can be written to.
pub(crate) unsafe fn answer_push_all(
    reports: *mut *mut certpush_report_list,
    report: *mut *mut certpush_report,
    push: impl FnOnce() -> Result<PushAllReport, PushAllError>,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        answer_many(reports, report, || match push() {
            Ok(done) | Err(PushAllError::Incomplete(done)) => {
                let (whole, entries) = done.into_reports();
                (whole, Some(entries))
            }
            Err(PushAllError::Failed(error)) => (error.into_report(), None),
        })
    }
}

/// Runs a call that pushes nothing and gives reports. `list` is NULL after a failure.
///
/// # Safety
///
/// `list` and `report` are each NULL or can be written to.
pub(crate) unsafe fn answer_list(
    list: *mut *mut certpush_report_list,
    report: *mut *mut certpush_report,
    call: impl FnOnce() -> Result<Vec<Report>, Error>,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        hand_out(list, ptr::null_mut);
        answer_call(report, || {
            let reports = call()?;
            hand_out(list, || {
                Box::into_raw(Box::new(certpush_report_list::new(reports)))
            });
            Ok(())
        })
    }
}

/// Runs what pushes to several targets: to the report of the whole, and to one for each of them if
/// there are such.
///
/// # Safety
///
/// `list` and `report` are each NULL or can be written to.
unsafe fn answer_many(
    list: *mut *mut certpush_report_list,
    report: *mut *mut certpush_report,
    push: impl FnOnce() -> (Report, Option<Vec<Report>>),
) -> i32 {
    guard(Status::Internal.number(), || {
        // SAFETY: the caller's promise.
        unsafe {
            hand_out(report, ptr::null_mut);
            hand_out(list, ptr::null_mut);
        }
        let (whole, targets) = catch(push)
            .unwrap_or_else(|defect| (Error::internal(&defect, true).into_report(), None));
        let status = whole.status();
        // SAFETY: the caller's promise.
        unsafe {
            hand_out(report, || own(whole));
            if let Some(targets) = targets {
                hand_out(list, || {
                    Box::into_raw(Box::new(certpush_report_list::new(targets)))
                });
            }
        }
        status.number()
    })
}

/// Runs a push to its report. After a defect nobody can say that nothing was pushed.
pub(crate) fn report_of(push: impl FnOnce() -> Result<Receipt, Error>) -> Report {
    match catch(push) {
        Ok(Ok(receipt)) => receipt.into_report(),
        Ok(Err(error)) => error.into_report(),
        Err(defect) => Error::internal(&defect, true).into_report(),
    }
}

/// Overwrites the caller's variable, whatever is in it. While a call runs it has NULL there, which
/// reads as neither a success nor a failure that pushed nothing.
///
/// # Safety
///
/// `slot` is NULL or can be written to.
pub(crate) unsafe fn hand_out<T>(slot: *mut *mut T, object: impl FnOnce() -> *mut T) {
    if !slot.is_null() {
        let object = object();
        // SAFETY: not NULL, so writable by the caller's promise.
        unsafe { slot.write(object) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{
        certpush_report_free, certpush_report_outcome_unknown, certpush_report_status,
    };

    fn after_defect(run: impl FnOnce(*mut *mut certpush_report) -> i32) -> (i32, i32) {
        let mut report = ptr::dangling_mut();
        let status = run(&raw mut report);
        // SAFETY: `run` has put a report of its own there.
        unsafe {
            assert_eq!(certpush_report_status(report), status);
            let outcome_unknown = certpush_report_outcome_unknown(report);
            certpush_report_free(report);
            (status, outcome_unknown)
        }
    }

    #[test]
    fn a_push_that_panics_may_have_pushed() {
        // SAFETY: the report is a variable of the test.
        let told = after_defect(|report| unsafe { answer_push(report, || panic!("oh")) });
        assert_eq!(told, (Status::Internal.number(), 1));
    }

    #[test]
    fn a_batch_push_that_panics_may_have_pushed_to_any_target() {
        let mut list = ptr::dangling_mut();
        let told = after_defect(|report| {
            // SAFETY: list and report are variables of the test.
            unsafe { answer_batch(&raw mut list, report, || panic!("oh")) }
        });
        assert_eq!(told, (Status::Internal.number(), 1));
        assert!(list.is_null());
    }

    #[test]
    fn a_run_that_panics_may_have_pushed_any_entry() {
        let mut reports = ptr::dangling_mut();
        let told = after_defect(|report| {
            // SAFETY: reports and report are variables of the test.
            unsafe { answer_push_all(&raw mut reports, report, || panic!("oh")) }
        });
        assert_eq!(told, (Status::Internal.number(), 1));
        assert!(reports.is_null());
    }

    #[test]
    fn a_list_that_cannot_be_made_is_null() {
        let mut list = ptr::dangling_mut();
        let told = after_defect(|report| {
            // SAFETY: list and report are variables of the test.
            unsafe { answer_list(&raw mut list, report, || panic!("oh")) }
        });
        assert_eq!(told, (Status::Internal.number(), 0));
        assert!(list.is_null());
    }

    #[test]
    fn another_call_that_panics_has_pushed_nothing() {
        // SAFETY: the report is a variable of the test.
        let told = after_defect(|report| unsafe { answer_call(report, || panic!("oh")) });
        assert_eq!(told, (Status::Internal.number(), 0));
    }
}
