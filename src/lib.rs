//! Push an SSL certificate that Huawei Cloud's certificate manager (SCM, a part of CCM) holds to
//! the service that serves it: a load balancer (ELB), a web application firewall (WAF) or the CDN.
//!
//! A push is one blocking request, `POST /v3/scm/certificates/{certificate_id}/push`. It is **not
//! idempotent**: a repeat can fail or leave a second copy. So after any failure the [`Error`] tells
//! with [`outcome_unknown`](Error::outcome_unknown) whether the certificate may have been pushed
//! all the same.
//!
//! ```no_run
//! let mut config = certpush::Config::new();
//! config.set("region", "ap-southeast-1")?;
//! config.set("token_file", "/run/secrets/huaweicloud-token")?;
//! let client = certpush::Client::new(&config)?;
//! match client.push("scs1600313391074", "ap-southeast-3", "ELB") {
//!     Ok(receipt) => println!("pushed: {}", receipt.message()),
//!     Err(error) if error.outcome_unknown() => println!("look before you retry: {error}"),
//!     Err(error) => println!("not pushed: {error}"),
//! }
//! # Ok::<(), certpush::Error>(())
//! ```

#![forbid(unsafe_code)]

mod advice;
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

pub use bulk::{
    PushAllCounts, PushAllError, PushAllOptions, PushAllReport, PushAllRun, PushAllStep, PushList,
    settle,
};
pub use call_options::CallOptions;
pub use cancel::{Cancel, DropGuard};
pub use client::{Client, push_once};
pub use config::Config;
pub use credentials::TokenSource;
pub use endpoint::{SITES, Site};
pub use explain::{Explanation, explain, known_service_codes};
pub use log::{Level, LogHook};
pub use operations::PushRequest;
pub use options::{Kind, OPTIONS, OptionSpec};
pub use outcome::Outcome;
pub use phase::Phase;
pub use report::{Error, Receipt, Report};
pub use report_fields::{Getter, REPORT_FIELDS, ReportField};
pub use status::{Status, UnknownStatus};
