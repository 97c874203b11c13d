//! Runs every scenario on every binding, several at a time.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::driver::Driver;
use crate::list::Scenario;
use crate::obstacles::Obstacles;
use crate::results::{Outcome, Results};
use crate::stage::{Job, Played, Stage, Transport};
use crate::unlike::unlike_the_others;
use crate::verdict::Verdict;

/// Runs the scenarios on the bindings with `workers` services side by side, and gives each run
/// `patience`.
///
/// # Errors
///
/// When a service cannot be started or asked, or a file cannot be written. What a driver does is
/// never an error, but a verdict.
pub fn run_bindings(
    drivers: &[Driver],
    scenarios: &[Scenario],
    workers: usize,
    patience: Duration,
) -> io::Result<Results> {
    let jobs = jobs(drivers, scenarios);
    let next = AtomicUsize::new(0);
    let obstacles = Obstacles::new()?;
    let mut played = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers.max(1))
            .map(|_| scope.spawn(|| work(&jobs, &next, scenarios, &obstacles, patience)))
            .collect();
        let mut played = Vec::with_capacity(jobs.len());
        for worker in workers {
            let done = worker
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("a worker panicked")))?;
            played.extend(done);
        }
        Ok::<_, io::Error>(played)
    })?;
    played.sort_by_key(|(number, _)| *number);
    let mut outcomes: Vec<_> = played
        .into_iter()
        .map(|(number, played)| Outcome {
            job: jobs[number],
            played,
        })
        .collect();
    // All that play a scenario stand one after another.
    for outcomes in outcomes.chunks_mut(drivers.len().max(1)) {
        compare(outcomes);
    }
    let names = drivers.iter().map(|driver| driver.name.clone()).collect();
    Ok(Results::new(names, outcomes))
}

fn jobs<'a>(drivers: &'a [Driver], scenarios: &'a [Scenario]) -> Vec<Job<'a>> {
    let mut jobs = Vec::new();
    for scenario in scenarios {
        let over_http = scenario.http_too.then_some(Transport::Http);
        for transport in [Some(Transport::Https), over_http].into_iter().flatten() {
            for driver in drivers {
                jobs.push(Job {
                    number: jobs.len(),
                    driver,
                    scenario,
                    transport,
                });
            }
        }
    }
    jobs
}

/// Takes jobs until there are none left. What came of one goes by its number.
fn work(
    jobs: &[Job<'_>],
    next: &AtomicUsize,
    scenarios: &[Scenario],
    obstacles: &Obstacles,
    patience: Duration,
) -> io::Result<Vec<(usize, Played)>> {
    let mut stage = Stage::new(scenarios, obstacles, patience)?;
    let mut done = Vec::new();
    while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
        done.push((job.number, stage.play(*job)?));
    }
    for (last, wrong) in stage.finish() {
        for (_, played) in done.iter_mut().filter(|(number, _)| *number == last) {
            played.fail_with(wrong.clone());
        }
    }
    Ok(done)
}

/// Holds the bindings that report what the list says against each other.
fn compare(outcomes: &mut [Outcome<'_>]) {
    let passed = |outcome: &&Outcome<'_>| outcome.played.verdict == Verdict::Passed;
    let reports: Vec<_> = outcomes
        .iter()
        .filter(passed)
        .filter_map(|outcome| {
            Some((
                outcome.job.driver.name.as_str(),
                outcome.played.report.as_ref()?,
            ))
        })
        .collect();
    for (name, differences) in unlike_the_others(&reports) {
        for outcome in outcomes
            .iter_mut()
            .filter(|outcome| outcome.job.driver.name == name)
        {
            outcome.played.fail_with(differences.clone());
        }
    }
}
