//! From what the core says to a status, and to a report if the caller wants one.

use std::ptr;

use certpush::{Error, Receipt, Report, Status};

use crate::guard::{catch, guard};
use crate::report::certpush_report;

/// Runs a call that pushes nothing. A success has nothing to tell, so its report is NULL.
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
        unsafe { hand_out(report, None) };
        let error = match catch(call) {
            Ok(Ok(())) => return Status::Ok.number(),
            Ok(Err(error)) => error,
            Err(defect) => Error::internal(&defect, false),
        };
        // SAFETY: the caller's promise.
        unsafe { hand_out(report, Some(error.report())) };
        error.status().number()
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
        unsafe { hand_out(report, None) };
        let told = report_of(push);
        // SAFETY: the caller's promise.
        unsafe { hand_out(report, Some(&told)) };
        told.status().number()
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

/// Overwrites the caller's variable, whatever is in it.
///
/// # Safety
///
/// `slot` is NULL or can be written to.
unsafe fn hand_out(slot: *mut *mut certpush_report, told: Option<&Report>) {
    if !slot.is_null() {
        let object = told.map(|told| Box::into_raw(Box::new(certpush_report::new(told))));
        // SAFETY: not NULL, so writable by the caller's promise.
        unsafe { slot.write(object.unwrap_or(ptr::null_mut())) };
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
