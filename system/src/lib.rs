//! Safe functions over the few system calls that certpush needs and no safe crate has; and the one
//! place where a panic is caught.
//!
//! The core has no unsafe code; what it cannot do without stands here, one module for each thing.
//! Nothing here knows of pushes.

#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)]

mod cancellation;
mod fork;
mod panics;
mod signals;

pub use cancellation::with_cancellation_disabled;
pub use fork::fork_generation;
pub use panics::caught;
pub use signals::{is_ignored, with_signals_blocked};
