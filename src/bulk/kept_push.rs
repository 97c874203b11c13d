//! One push, kept in its client's journal.

use std::rc::Rc;

use super::journal::Journal;
use crate::call::{Caller, RequestSender};
use crate::call_context::CallContext;
use crate::operations::PushRequest;
use crate::report::Report;

/// Makes a push that the journal does not know as pushed, unless it is to be made `again`, and does
/// not know as begun. Tells the log only of a journal that cannot keep it.
pub(crate) fn attempt<S: RequestSender>(
    caller: &Caller<'_, S>,
    journal: &Journal,
    push: &PushRequest,
    again: bool,
    context: &Rc<CallContext>,
) -> Report {
    match journal.begin(push, again, context) {
        Err(report) => *report,
        Ok(begun) => {
            let mut report = caller.run(push, context);
            if let Some(lost) = begun.end(&mut report) {
                caller.log.warn(&lost);
            }
            report
        }
    }
}
