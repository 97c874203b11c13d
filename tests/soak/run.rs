//! A soak from its first call to its last.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use certpush::{CallOptions, Cancel, Client};
use fastrand::Rng;

use crate::call::{Call, Told};
use crate::cancels::Cancels;
use crate::check::{Violation, check};
use crate::parties::{Parties, TIMEOUT};
use crate::record::Record;
use crate::table::Table;

/// Most calls are waiting for something at any time, so they are more than the processors.
const THREADS: usize = 16;

/// How a call is made. The tests of the checker make it in ways that lie.
pub(crate) type Push = fn(&Client, &str, &CallOptions) -> Told;

/// The way that does not lie.
pub(crate) fn honestly(client: &Client, id: &str, options: &CallOptions) -> Told {
    Told::by(client.push_with(id, id, "ELB", options))
}

/// What came of a soak.
pub(crate) struct Findings {
    pub(crate) violations: Vec<Violation>,
    pub(crate) table: Table,
    /// The call that returned latest after its deadline.
    pub(crate) latest: Option<Call>,
}

/// Makes `calls` calls from many threads against servers that fail in every way.
pub(crate) fn soak(calls: u64, seed: u64, push: Push) -> Findings {
    let record = Arc::new(Record::default());
    let parties = Parties::gather(&record, &mut Rng::with_seed(seed));
    let cancels = Cancels::start();
    let next = AtomicU64::new(0);
    let work = || {
        let mut made = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= calls {
                return made;
            }
            made.push(make(number, seed, &parties, &cancels, push));
        }
    };
    let made: Vec<Call> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("calls do not panic"))
            .collect()
    });
    drop((parties, cancels));
    let (exchanges, invalid) = record.take();
    Findings {
        violations: check(&made, &exchanges, &invalid),
        table: Table::new(&made, &exchanges, |fault| record.happened(fault)),
        latest: made.into_iter().max_by_key(|call| call.late),
    }
}

/// Makes one call, of which seed and number decide all that the caller does.
fn make(number: u64, seed: u64, parties: &Parties, cancels: &Cancels, push: Push) -> Call {
    let mut random = Rng::with_seed(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut one_in = |count: u32| random.u32(0..count) == 0;
    let (is_invalid, is_warmed) = (one_in(300), one_in(30));
    let (is_cancelled, is_hurried) = (one_in(16), one_in(16));
    let certificate_id = if is_invalid {
        format!("soak-{number:011}")
    } else {
        format!("soak{number:012}")
    };
    let party = parties.draw(&mut random);
    if is_warmed {
        // Leaves a connection on which only session tickets have come.
        if let Err(error) = party.client.connect() {
            assert!(!error.outcome_unknown(), "nothing was sent: {error}");
        }
    }
    let mut options = CallOptions::new();
    if is_cancelled {
        let longest = [0, 2_000, 50_000][random.usize(0..3)];
        let cancel = match Duration::from_micros(random.u64(0..=longest)) {
            Duration::ZERO => triggered(),
            delay => cancels.after(delay),
        };
        options = options.cancel(&cancel);
    }
    let mut timeout = TIMEOUT;
    if is_hurried {
        timeout = Duration::from_micros(random.u64(100..30_000));
        options = options.timeout(timeout);
    }
    let started = Instant::now();
    let told = push(&party.client, &certificate_id, &options);
    let late = started.elapsed().saturating_sub(timeout);
    Call {
        certificate_id,
        retries: party.retries,
        told,
        late,
    }
}

fn triggered() -> Cancel {
    let cancel = Cancel::new();
    cancel.trigger();
    cancel
}
