//! A simulated SCM service: push certificates without an account, a bill or a real load balancer.
//!
//! [`Sim::start`] serves the push operation over http and https on ports of its own, checks every
//! request as strictly as the API's documentation reads, and remembers what it received. A
//! certificate id that belongs to a scenario is answered as that scenario says, down to the bytes.
//! It never holds state outside its own memory, and never shows a token that it was given.

mod account;
mod authority;
mod faults;
mod introspection;
mod ledger;
mod markers;
mod options;
mod push;
mod scenario;
mod server;
mod service;
mod sim;
mod text;
mod wire;

pub use account::{Pushed, RepeatPolicy};
pub use ledger::{Connections, ReceivedRequest, fingerprint};
pub use options::{DEFAULT_CERTIFICATES, DEFAULT_TOKEN, SimOptions};
pub use scenario::{Answer, HexBytes, Scenario, Step, built_in_scenarios, scenarios_from_json};
pub use sim::Sim;
pub use text::Text;
