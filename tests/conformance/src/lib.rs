//! One list of what the service does and what must be reported of it, and the runner that holds
//! every face of certpush against it.
//!
//! A face takes part through a driver, a small program in its language: see README.md. The runner
//! knows nothing of any language, and nothing of certpush but the list.

mod driver;
mod faces;
mod identity;
mod list;
mod obstacles;
mod results;
mod secrets;
mod seen;
mod stage;
mod verdict;
mod written;

pub use driver::Driver;
pub use faces::run_faces;
pub use identity::{Identity, PlannedFailure};
pub use list::{Expectation, Request, Scenario, Topic, built_in_topics, read_topic};
pub use results::Results;
pub use stage::Transport;
pub use verdict::Verdict;
