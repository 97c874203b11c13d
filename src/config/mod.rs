//! The options as given, by whom, and what they come to.

mod builder;

pub use builder::Config;
pub(crate) use builder::{Settings, rename_option};
