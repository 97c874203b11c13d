//! A client that keeps what it tells, in `$TRANSCRIPTS/rust.transcript`, for the scan of all that
//! any test was told.

// Each test file uses a part of this.
#![allow(dead_code, unreachable_pub)]

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::fs::OpenOptions;
use std::io::Write;
use std::ops::{ControlFlow, Deref};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use certpush::{
    BatchError, BatchReceipt, CallOptions, Config, Error, PushAllError, PushAllOptions,
    PushAllReport, PushList, Receipt, Report,
};

/// Of receipts, which are all alike, so many of each test program are kept: some push for seconds.
const MOST_RECEIPTS: usize = 1000;
/// Of one run, so many entries of each kind are kept.
const MOST_ALIKE: usize = 10;
static RECEIPTS: AtomicUsize = AtomicUsize::new(0);

/// As [`certpush::Client`].
#[derive(Clone, Debug)]
pub struct Client(certpush::Client);

impl Client {
    pub fn new(config: &Config) -> Result<Client, Error> {
        made(config, certpush::Client::new(config))
    }

    pub fn new_with(config: &Config, options: &CallOptions) -> Result<Client, Error> {
        made(config, certpush::Client::new_with(config, options))
    }

    pub fn one_off(config: &Config) -> Result<Client, Error> {
        made(config, certpush::Client::one_off(config))
    }

    pub fn push(&self, id: &str, project: &str, service: &str) -> Result<Receipt, Error> {
        told(self.0.push(id, project, service))
    }

    pub fn push_with(
        &self,
        id: &str,
        project: &str,
        service: &str,
        options: &CallOptions,
    ) -> Result<Receipt, Error> {
        told(self.0.push_with(id, project, service, options))
    }

    pub fn batch_push(
        &self,
        id: &str,
        projects: &[&str],
        service: &str,
    ) -> Result<BatchReceipt, BatchError> {
        told(self.0.batch_push(id, projects, service))
    }

    pub fn batch_push_with(
        &self,
        id: &str,
        projects: &[&str],
        service: &str,
        options: &CallOptions,
    ) -> Result<BatchReceipt, BatchError> {
        told(self.0.batch_push_with(id, projects, service, options))
    }

    pub fn push_all(&self, list: &PushList) -> Result<PushAllReport, PushAllError> {
        told_of_many(self.0.push_all(list))
    }

    pub fn push_all_with(
        &self,
        list: &PushList,
        options: &PushAllOptions,
        progress: impl FnMut(usize, &Report) -> ControlFlow<()>,
    ) -> Result<PushAllReport, PushAllError> {
        told_of_many(self.0.push_all_with(list, options, progress))
    }

    pub fn connect(&self) -> Result<(), Error> {
        told(self.0.connect())
    }

    pub fn connect_with(&self, options: &CallOptions) -> Result<(), Error> {
        told(self.0.connect_with(options))
    }
}

impl Deref for Client {
    type Target = certpush::Client;

    fn deref(&self) -> &certpush::Client {
        &self.0
    }
}

fn made(config: &Config, made: Result<certpush::Client, Error>) -> Result<Client, Error> {
    keep("config", format_args!("{config:?}"));
    match made {
        Ok(client) => {
            keep("client", format_args!("{client:?} {}", client.describe()));
            Ok(Client(client))
        }
        Err(error) => told(Err(error)),
    }
}

fn told<T: Told, E: Display + Debug>(outcome: Result<T, E>) -> Result<T, E> {
    match &outcome {
        Ok(told) => told.keep(),
        Err(error) => keep("error", format_args!("{error} {error:?}")),
    }
    outcome
}

/// Of many pushes the whole is kept, and of those that are alike some.
fn told_of_many(
    outcome: Result<PushAllReport, PushAllError>,
) -> Result<PushAllReport, PushAllError> {
    let run = match &outcome {
        Ok(run) | Err(PushAllError::Incomplete(run)) => run,
        Err(PushAllError::Failed(_)) => return told(outcome),
    };
    keep("run", format_args!("{:?}", run.report()));
    let mut kept = BTreeMap::<_, usize>::new();
    for report in run.reports() {
        let alike = kept
            .entry((report.status(), report.attempts()))
            .or_default();
        *alike += 1;
        if *alike <= MOST_ALIKE {
            keep("entry", format_args!("{report:?}"));
        }
    }
    outcome
}

/// What a call gives that went well.
trait Told {
    fn keep(&self) {}
}

impl Told for () {}

impl Told for Client {}

impl Told for PushAllReport {}

impl Told for BatchReceipt {
    fn keep(&self) {
        keep("receipts", format_args!("{self:?}"));
    }
}

impl Told for Receipt {
    fn keep(&self) {
        if RECEIPTS.fetch_add(1, Ordering::Relaxed) >= MOST_RECEIPTS {
            return;
        }
        keep("receipt", format_args!("{self:?}"));
    }
}

fn keep(what: &str, text: impl Display) {
    let Some(folder) = std::env::var_os("TRANSCRIPTS") else {
        return;
    };
    let path = PathBuf::from(folder).join("rust.transcript");
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .unwrap();
    // One write, so that the lines of several tests do not mix.
    file.write_all(format!("{what} {text}\n").as_bytes())
        .unwrap();
}
