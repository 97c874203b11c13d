//! What the service can be asked to do: one file for each operation.

mod push;
mod verdict;

pub(crate) use push::PATH_OF_CERTIFICATES;
pub use push::PushRequest;
pub(crate) use verdict::{read_answer, read_error_body};
