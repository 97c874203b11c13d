//! One list of what the service does and what must be reported of it, and the runner that holds
//! every binding of certpush against it.
//!
//! A binding takes part through a driver, a small program in its language: see README.md. The runner
//! knows nothing of any language, and nothing of certpush but the list.

mod bindings;
mod driver;
mod identity;
mod lines;
mod list;
mod memory;
mod obstacles;
mod results;
mod secrets;
mod seen;
mod stage;
mod unlike;
mod verdict;
mod written;

pub use bindings::run_bindings;
pub use driver::Driver;
pub use identity::{Identity, PlannedFailure};
pub use list::{Expectation, Request, Scenario, Topic, built_in_topics, read_topic};
pub use results::Results;
pub use stage::Transport;
pub use verdict::Verdict;
