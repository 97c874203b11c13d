//! Push an SSL certificate that Huawei Cloud's certificate manager (SCM, a part of CCM) holds to
//! the service that serves it: a load balancer (ELB), a web application firewall (WAF) or the CDN.
//!
//! A push is one blocking request, `POST /v3/scm/certificates/{certificate_id}/push`. It is **not
//! idempotent**: a repeat can fail or leave a second copy. So after any failure the [`Error`] tells
//! with [`outcome_unknown`](Error::outcome_unknown) whether the certificate may have been pushed
//! all the same.
//!
//! ```
//! # let sim = certpush_sim::Sim::start(certpush_sim::SimOptions::default()).unwrap();
//! # let token = tempfile::NamedTempFile::new().unwrap();
//! # std::fs::write(token.path(), certpush_sim::DEFAULT_TOKEN).unwrap();
//! use certpush::{Client, Config};
//!
//! let config = Config::new()
//!     .region("ap-southeast-1")
//!     .token_file("/run/secrets/huaweicloud-token");
//! # let config = Config::new().endpoint(sim.http_url()).token_file(token.path());
//! let client = Client::new(&config)?;
//! match client.push("scs1600313391074", "ap-southeast-3", "ELB") {
//!     Ok(receipt) => println!("{receipt}"),
//!     Err(error) if error.outcome_unknown() => println!("look before you retry: {error}"),
//!     Err(error) => println!("not pushed: {error}"),
//! }
//! # Ok::<(), certpush::Error>(())
//! ```
//!
//! - [`Config`] has a method for each option, and [`Config::from_env`] reads `CERTPUSH_*` variables.
//! - [`Client`] is cheap to clone and shared by threads. A push blocks and never panics.
//! - [`Error`] tells the [`Status`], whether the certificate may have been pushed
//!   ([`outcome_unknown`](Error::outcome_unknown)), whether to simply push again
//!   ([`retryable`](Error::retryable)), and what the service said. [`Receipt`] proves a push.
//! - [`CallOptions`] give one call a time limit of its own and a [`Cancel`] that stops it from
//!   elsewhere.
//!
//! # Features
//!
//! - `native-roots` (default): the system's certificate authorities ([`TrustStore::System`]).
//! - `mozilla-roots` (default): Mozilla's, compiled in ([`TrustStore::Mozilla`]). Without both there is
//!   [`Config::ca_file`].
//! - `log`: a line for each push and each warning to the logger of the crate log.

#![forbid(unsafe_code)]
#![warn(missing_debug_implementations)]

mod advice;
mod batch_report;
mod bulk;
mod call;
mod call_context;
mod call_options;
mod cancel;
mod client;
mod clock;
mod config;
mod credentials;
mod describe;
mod descriptor;
mod endpoint;
mod environment;
mod explain;
mod failure;
mod file;
mod fork_local;
mod hints;
mod io_error;
mod json;
pub mod limits;
mod log;
mod mask;
mod message;
mod operations;
mod options;
mod outcome;
mod phase;
mod report;
mod report_fields;
mod retry;
mod sanitize;
mod secret;
mod service_codes;
mod service_error;
mod shared;
mod status;
mod transport;

pub use batch_report::{BatchError, BatchReceipt, Incomplete};
pub use bulk::{
    JournalChange, JournalLost, PushAllCounts, PushAllError, PushAllOptions, PushAllReport,
    PushAllRun, PushAllStep, PushAllStopper, PushList, settle, unsettled,
};
pub use call_options::CallOptions;
pub use cancel::{Cancel, DropGuard};
pub use client::Client;
pub use config::Config;
pub use credentials::TokenSource;
pub use explain::{Explanation, explain};
pub use log::Level;
pub use operations::PushRequest;
pub use options::{CredentialChoice, TrustStore};
pub use outcome::Outcome;
pub use phase::Phase;
pub use report::{Error, Receipt, Report};
pub use status::{Status, UnknownStatus};

// What certpush's own bindings and tests need besides. None of it is a part of the API: it may change
// with any version.
#[doc(hidden)]
pub use call_context::Connected;
#[doc(hidden)]
pub use client::push_once;
#[doc(hidden)]
pub use endpoint::{SITES, Site};
#[doc(hidden)]
pub use explain::known_service_codes;
#[doc(hidden)]
pub use log::{LogEvent, LogHook, Logged};
#[doc(hidden)]
pub use options::{Kind, OPTIONS, OptionSpec};
#[doc(hidden)]
pub use report_fields::{Getter, REPORT_FIELDS, ReportField, json_list, json_with_results};

/// The crate's page for people: its examples are compiled as those here are.
#[cfg(doctest)]
#[doc = include_str!("../bindings/rust/README.md")]
struct Readme;
