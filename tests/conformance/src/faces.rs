//! Runs every scenario on every face, several at a time.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::driver::Driver;
use crate::list::Scenario;
use crate::obstacles::Obstacles;
use crate::results::{Outcome, Results};
use crate::stage::{Stage, Transport};
use crate::verdict::Verdict;

/// Runs the scenarios on the faces with `workers` services side by side, and gives each run
/// `patience`.
///
/// # Errors
///
/// When a service cannot be started or asked, or a file cannot be written. What a driver does is
/// never an error, but a verdict.
pub fn run_faces(
    drivers: &[Driver],
    scenarios: &[Scenario],
    workers: usize,
    patience: Duration,
) -> io::Result<Results> {
    let jobs = jobs(drivers, scenarios);
    let next = AtomicUsize::new(0);
    let obstacles = Obstacles::new()?;
    let mut verdicts = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers.max(1))
            .map(|_| scope.spawn(|| work(&jobs, &next, scenarios, &obstacles, patience)))
            .collect();
        let mut verdicts = Vec::with_capacity(jobs.len());
        for worker in workers {
            let done = worker
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("a worker panicked")))?;
            verdicts.extend(done);
        }
        Ok::<_, io::Error>(verdicts)
    })?;
    verdicts.sort_by_key(|(number, _)| *number);
    let outcomes = verdicts
        .into_iter()
        .map(|(number, (verdict, took))| Outcome {
            face: jobs[number].driver.name.clone(),
            scenario: jobs[number].scenario.name.clone(),
            transport: jobs[number].transport,
            verdict,
            took,
        })
        .collect();
    let faces = drivers.iter().map(|driver| driver.name.clone()).collect();
    Ok(Results::new(faces, outcomes))
}

struct Job<'a> {
    driver: &'a Driver,
    scenario: &'a Scenario,
    transport: Transport,
}

fn jobs<'a>(drivers: &'a [Driver], scenarios: &'a [Scenario]) -> Vec<Job<'a>> {
    let mut jobs = Vec::new();
    for scenario in scenarios {
        let over_http = scenario.http_too.then_some(Transport::Http);
        for transport in [Some(Transport::Https), over_http].into_iter().flatten() {
            jobs.extend(drivers.iter().map(|driver| Job {
                driver,
                scenario,
                transport,
            }));
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
) -> io::Result<Vec<(usize, (Verdict, Duration))>> {
    let mut stage = Stage::new(scenarios, obstacles, patience)?;
    let mut verdicts = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(job) = jobs.get(number) else {
            return Ok(verdicts);
        };
        verdicts.push((number, stage.play(job.driver, job.scenario, job.transport)?));
    }
}
