//! Push an SSL certificate that Huawei Cloud's certificate manager (SCM, a part of CCM) holds to
//! the service that serves it: a load balancer (ELB), a web application firewall (WAF) or the CDN.
//!
//! A push is one blocking request, `POST /v3/scm/certificates/{certificate_id}/push`. It is **not
//! idempotent**: a repeat can fail or leave a second copy. So after any failure the [`Error`] tells
//! with [`outcome_unknown`](Report::outcome_unknown) whether the certificate may have been pushed
//! all the same.
//!
//! ```no_run
//! let mut config = certpush::Config::new();
//! config.set("region", "ap-southeast-1")?;
//! config.set("token_file", "/run/secrets/huaweicloud-token")?;
//! let client = certpush::Client::new(&config)?;
//! match client.push("scs1600313391074", "ap-southeast-3", "ELB") {
//!     Ok(receipt) => println!("pushed, request {}", receipt.request_id()),
//!     Err(error) if error.outcome_unknown() => println!("look before you retry: {error}"),
//!     Err(error) => println!("not pushed: {error}"),
//! }
//! # Ok::<(), certpush::Error>(())
//! ```

#![forbid(unsafe_code)]

mod answer;
mod cancel;
mod clean;
mod client;
mod clock;
mod config;
mod credentials;
mod endpoint;
mod environment;
mod file;
mod hints;
mod json;
mod log;
mod mask;
mod options;
mod panics;
mod per_process;
mod proxy;
mod regions;
mod report;
mod request;
mod retry;
mod secret;
mod signer;
mod status;
mod transport;
mod words;
mod yaml;

pub use cancel::Cancel;
pub use client::{CallOptions, Client, push_once};
pub use config::Config;
pub use credentials::TokenSource;
pub use endpoint::{SITES, Site};
pub use hints::{Explanation, explain, known_service_codes};
pub use log::{Level, LogHook};
pub use options::{Kind, OPTIONS, OptionSpec};
pub use report::{Error, Phase, Receipt, Report};
pub use request::{PushRequest, limits};
pub use status::Status;
pub use transport::Interrupt;
