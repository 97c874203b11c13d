//! What IAM and the metadata service do in a scenario whose driver finds its credentials itself,
//! and what it may ask of them.

use std::collections::BTreeMap;
use std::io;

use certpush_sim::{
    Failure, IamCounts, IamOptions, MetadataOptions, Operation, Sim, SimOptions, User,
};
use serde::Deserialize;

/// What every scenario's driver asks for as often as the list says, and else never.
const COUNTED: [&str; 7] = [
    "token_requests",
    "domain_requests",
    "project_requests",
    "metadata_token_requests",
    "instance_key_requests",
    "pod_key_requests",
    "signatures_refused",
];

/// IAM and the metadata service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Identity {
    /// What kind of metadata service there is, in the words of certpush-sim's `--metadata`.
    pub metadata: Option<String>,
    /// Whether the user and the access keys are locked.
    pub locked: bool,
    /// The passcode that the user must give beside the password.
    pub passcode: Option<String>,
    /// Whether the user may use the console only.
    pub console_only: bool,
    /// How many seconds the services' clock is ahead.
    pub clock_offset_s: i32,
    /// What goes wrong, in this order.
    pub failures: Vec<PlannedFailure>,
    /// How often what is asked for, by the names of [`IamCounts`]; what is left out, never.
    pub asked: BTreeMap<String, u64>,
}

/// A failure of the next requests of an operation.
#[derive(Clone, Debug, Deserialize)]
pub struct PlannedFailure {
    /// The operation, a token request unless another is named.
    #[serde(default)]
    pub operation: Operation,
    /// What goes wrong.
    #[serde(flatten)]
    pub failure: Failure,
    /// How often.
    pub count: u64,
}

impl Identity {
    /// Starts a service in which all of this is so. `options` say the rest.
    pub(crate) fn start(&self, options: SimOptions) -> io::Result<Sim> {
        let mut metadata = MetadataOptions::default();
        if let Some(mode) = &self.metadata {
            metadata.mode = mode.parse().map_err(io::Error::other)?;
        }
        let user = User {
            passcode: self.passcode.clone(),
            console_only: self.console_only,
            ..User::default()
        };
        let sim = Sim::start(SimOptions {
            iam: IamOptions {
                users: vec![user],
                ..IamOptions::default()
            },
            metadata,
            clock_offset_s: self.clock_offset_s,
            ..options
        })?;
        if self.locked {
            sim.lock();
        }
        for planned in &self.failures {
            sim.fail_next(planned.operation, planned.failure, planned.count);
        }
        Ok(sim)
    }
}

/// What was asked for more or less often than it should be.
pub(crate) fn wrongly_asked(
    asked: &BTreeMap<String, u64>,
    counts: &IamCounts,
) -> io::Result<Vec<String>> {
    let counts = serde_json::to_value(counts)?;
    let mut wrong = Vec::new();
    for name in COUNTED {
        let expected = asked.get(name).copied().unwrap_or_default();
        if counts[name] != expected {
            wrong.push(format!("{name}: expected {expected}, got {}", counts[name]));
        }
    }
    match asked.keys().find(|name| !COUNTED.contains(&name.as_str())) {
        Some(unknown) => Err(io::Error::other(format!("{unknown} is not counted"))),
        None => Ok(wrong),
    }
}
