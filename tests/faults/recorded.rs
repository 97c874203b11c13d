//! A client that keeps what it tells, in `$TRANSCRIPTS/rust.transcript`, for the scan of all that
//! any test was told.

// Each test file uses a part of this.
#![allow(dead_code, unreachable_pub)]

use std::fmt::{Debug, Display};
use std::fs::OpenOptions;
use std::io::Write;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use certpush::{BatchError, BatchReceipt, CallOptions, Config, Error, Receipt};

/// Of receipts, which are all alike, so many of each test program are kept: some push for seconds.
const MOST_RECEIPTS: usize = 1000;
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

/// What a call gives that went well.
trait Told {
    fn keep(&self) {}
}

impl Told for () {}

impl Told for Client {}

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
