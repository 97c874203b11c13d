//! The errors that a service tells of in the body of a response.

mod errors;
mod lost_code;

pub(crate) use errors::*;
pub(crate) use lost_code::*;
