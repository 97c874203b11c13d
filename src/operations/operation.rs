//! What the engine of calls must know of an operation of the service.

use crate::hints::Used;
use crate::mask::Masker;
use crate::report::Report;
use crate::transport::{Request, Response};

/// An operation with its arguments, which are within the documented limits.
pub(crate) trait Operation {
    /// What the log calls it.
    const NAME: &'static str;
    /// Whether it changes anything. What does is repeated only if it provably did nothing.
    const CHANGES_SOMETHING: bool;

    /// The request, without what authorises it.
    fn request(&self) -> Request;

    /// What a response means: a report without what it is about, whose message says what happened.
    fn read(&self, response: &Response, attempt: &Attempt<'_>) -> Report;

    /// Names in a report what the operation is about.
    fn name_in(&self, report: &mut Report);

    /// The whole story for a log: what was tried, what happened, what it came to.
    fn message(&self, report: &Report) -> String;
}

/// The attempt that a response ended.
pub(crate) struct Attempt<'a> {
    /// Whether the request's last byte may have been handed over, and can have changed something.
    pub(crate) handed_over: bool,
    /// What authorised it.
    pub(crate) used: Used,
    /// Hides the call's secrets.
    pub(crate) masker: &'a Masker,
}
