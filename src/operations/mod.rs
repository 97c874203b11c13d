//! What the service can be asked to do: one file for each operation.

mod batch_push;
mod batch_results;
mod operation;
mod push;
mod verdict;

pub(crate) use batch_push::BatchPush;
pub(crate) use operation::{Attempt, Operation};
pub(crate) use push::PATH_OF_CERTIFICATES;
pub use push::PushRequest;
