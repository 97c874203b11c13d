//! A simulated SCM service: push certificates without an account, a bill or a real load balancer.
//!
//! [`Sim::start`] serves push and batch push over http and https on ports of its own, checks every
//! request as strictly as the API's documentation reads, and remembers what it received. A
//! certificate id that belongs to a scenario is answered as that scenario says, down to the bytes.
//! Beside it stand what a caller gets its credentials from: IAM and the metadata service.
//! It never holds state outside its own memory, and never shows a secret that it was given.

mod account;
mod authority;
mod clock;
mod failures;
mod faults;
mod fresh;
mod iam;
mod identity;
mod introspection;
mod ledger;
mod markers;
mod metadata;
mod network;
mod operations;
mod options;
mod planned;
mod push;
mod refusal;
mod reply;
mod rules;
mod scenario;
mod server;
mod service;
mod signature;
mod sim;
mod text;
mod weather;
mod wire;

pub use account::{Pushed, RepeatPolicy};
pub use authority::ServerCertificate;
pub use failures::{Failure, Operation};
pub use identity::{
    AccessKey, DEFAULT_ACCESS_KEY, DEFAULT_DOMAIN, DEFAULT_DOMAIN_ID, DEFAULT_PASSWORD,
    DEFAULT_PROJECT, DEFAULT_PROJECT_ID, DEFAULT_PROJECTS, DEFAULT_SECRET_KEY, DEFAULT_USER,
    DEFAULT_USER_ID, IamCounts, IamOptions, Named, User,
};
pub use ledger::{Connections, ReceivedRequest, fingerprint};
pub use metadata::{DEFAULT_POD_AUTHORIZATION, DEFAULT_POD_PATH, MetadataMode, MetadataOptions};
pub use network::{BlackHole, narrow_listener};
pub use options::{DEFAULT_CERTIFICATES, DEFAULT_TARGET_PROJECTS, DEFAULT_TOKEN, SimOptions};
pub use scenario::{
    Answer, BUILT_IN_TOPICS, HexBytes, Scenario, Step, built_in_scenarios, certificate_id_of,
    scenarios_from_json,
};
pub use sim::{InstanceKey, Sim};
pub use text::Text;
pub use weather::Weather;
