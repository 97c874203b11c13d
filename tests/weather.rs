//! Many pushes to a service under load: what is told of each agrees with what the service knows, and run
//! again with its journal, a list comes to its end with every entry pushed once.
//!
//! `CERTPUSH_SOAK_ENTRIES=10000` for `make soak`; `CERTPUSH_SOAK_SEED` repeats what the service did.

mod faults;

use std::collections::BTreeMap;
use std::env;
use std::time::Duration;

use certpush::{Config, Outcome, PushAllOptions, PushAllReport, PushList, Status, settle};
use certpush_sim::{DEFAULT_TOKEN, Sim, SimOptions, Weather};
use faults::{Client, ID};

fn number(variable: &str) -> Option<u64> {
    env::var(variable)
        .ok()
        .map(|text| text.parse().expect("a number"))
}

fn list(entries: u64) -> PushList {
    let mut list = PushList::new();
    for entry in 0..entries {
        list.add(ID, &format!("project-{entry:05}"), "ELB").unwrap();
    }
    list
}

/// How many copies each project has.
fn copies(sim: &Sim) -> BTreeMap<String, usize> {
    let mut copies = BTreeMap::new();
    for copy in sim.pushed() {
        *copies.entry(copy.target_project).or_default() += 1;
    }
    copies
}

/// Holds what is told of each entry against the service's copies.
fn agree(report: &PushAllReport, copies: &BTreeMap<String, usize>) {
    for told in report.reports() {
        let pushed = copies
            .get(told.target_project().unwrap())
            .copied()
            .unwrap_or(0);
        let fits = match told.outcome() {
            Outcome::Pushed => pushed == 1,
            Outcome::NotPushed => pushed == 0,
            _ => pushed <= 1,
        };
        assert!(fits, "{pushed} copies, but {told:?}");
    }
}

#[test]
fn what_is_told_agrees_with_the_service_and_a_list_comes_to_its_end() {
    let entries = number("CERTPUSH_SOAK_ENTRIES").unwrap_or(1000);
    let seed = number("CERTPUSH_SOAK_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("CERTPUSH_SOAK_SEED={seed}");
    let sim = Sim::start(SimOptions {
        weather: Weather {
            latency: Duration::from_millis(5),
            throttled_percent: 5,
            reset_percent: 1,
            failing_percent: 1,
            seed,
        },
        ..SimOptions::default()
    })
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (ca, journal) = (folder.path().join("ca"), folder.path().join("journal"));
    sim.write_ca(&ca).unwrap();
    let config = Config::new()
        .endpoint(sim.https_url())
        .ca_file(&ca)
        .token(DEFAULT_TOKEN)
        .jobs(64)
        .max_idle_connections(64)
        .retry_base(Duration::from_millis(1))
        .journal(&journal);
    let list = list(entries);
    for run in 1..=100 {
        let client = Client::new(&config).unwrap();
        let report = match client.push_all_with(&list, &PushAllOptions::new(), |_, _| {
            std::ops::ControlFlow::Continue(())
        }) {
            Ok(report) | Err(certpush::PushAllError::Incomplete(report)) => report,
            Err(error) => panic!("{error}"),
        };
        drop(client);
        println!("run {run}: {}", report.report().message());
        let copies = copies(&sim);
        agree(&report, &copies);
        let first = report.counts();
        assert!(run > 1 || first.unknown > 0, "no push met its fate");
        if report.report().status() == Status::Ok {
            assert_eq!(copies.len() as u64, entries);
            return;
        }
        // A look at the targets tells what nobody knew.
        for told in report.reports() {
            if told.outcome_unknown() {
                let project = told.target_project().unwrap();
                let pushed = copies.contains_key(project);
                settle(&journal, ID, project, "ELB", pushed).unwrap();
            }
        }
    }
    panic!("100 runs were not enough");
}
