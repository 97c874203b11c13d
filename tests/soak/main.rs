//! The central promise: a call that said "not pushed" was never found pushed.
//!
//! Thousands of pushes, each of its own certificate_id, against servers that fail in every way and
//! keep their own record of what they pushed. Afterwards each call is compared with the record.
//!
//! `CERTPUSH_SOAK_CALLS` and `CERTPUSH_SOAK_SEED` set the number of calls and the seed; the seed is
//! printed. It decides what callers and servers do, though not how their threads interleave.

mod answer;
mod call;
mod cancels;
mod check;
mod fault;
#[path = "../faults/mod.rs"]
mod faults;
mod liars;
mod parties;
mod peer;
mod record;
mod request;
mod run;
mod serve;
mod server;
mod table;

use std::time::Instant;

use run::{honestly, soak};

/// Enough for each fault to happen a few dozen times.
const CALLS: u64 = 10_000;

#[test]
fn a_call_that_said_not_pushed_was_never_found_pushed() {
    let calls = from_environment("CERTPUSH_SOAK_CALLS").unwrap_or(CALLS);
    let seed = from_environment("CERTPUSH_SOAK_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("CERTPUSH_SOAK_SEED={seed} CERTPUSH_SOAK_CALLS={calls}");
    let started = Instant::now();
    let findings = soak(calls, seed, honestly);
    println!("{}", findings.table);
    println!("{calls} calls in {:.1} s", started.elapsed().as_secs_f64());
    println!("latest after its deadline: {:?}", findings.latest);
    let violations = findings.violations;
    assert!(
        violations.is_empty(),
        "{} violations, such as {:#?}",
        violations.len(),
        &violations[..violations.len().min(5)]
    );
    assert_eq!(findings.table.missing(), Vec::<String>::new());
}

fn from_environment(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {value}")),
    )
}
