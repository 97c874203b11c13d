//! From what the core says to a status, and to a report if the caller wants one.

use std::ptr;

use certpush::{Error, Receipt, Report, Status};

use crate::guard::{catch, guard};
use crate::report::{certpush_report, own, report_of_success};

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
pub(crate) unsafe fn hand_out(
    slot: *mut *mut certpush_report,
    object: impl FnOnce() -> *mut certpush_report,
) {
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
    fn another_call_that_panics_has_pushed_nothing() {
        // SAFETY: the report is a variable of the test.
        let told = after_defect(|report| unsafe { answer_call(report, || panic!("oh")) });
        assert_eq!(told, (Status::Internal.number(), 0));
    }
}
