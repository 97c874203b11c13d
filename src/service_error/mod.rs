//! The errors that a service tells of in a response: SCM, its gateway, IAM and the metadata service
//! alike.

mod error_response;
mod errors;
mod lost_code;

pub(crate) use error_response::{ErrorResponse, is_page, quoted};
pub(crate) use errors::{DEEPEST, first_error, is_an_error, says_never_pushed, tells_of_an_error};
pub(crate) use lost_code::{generic_failure_in, is_lost};
