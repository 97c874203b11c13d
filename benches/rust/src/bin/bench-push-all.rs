//! What a run of many pushes takes beside the ideal: `bench-push-all [FOLDER]` pushes 10,000 entries
//! with 64 jobs to the simulator, which takes 50 ms for each, without a journal and with one in FOLDER,
//! which must be on the disk that is meant (by default the current directory). CERTPUSH_SIM names the
//! simulator, built with --release.
//!
//! It prints a line for each run: how long it took, how many times the ideal that is, and by how much
//! the memory of the process grew. The ideal is that all jobs are busy all the time, and that nothing
//! but the service takes any.

use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use certpush::{Client, Config, PushAllOptions, PushList};

const ENTRIES: u32 = 10_000;
const JOBS: u32 = 64;
const LATENCY: Duration = Duration::from_millis(50);
const CERTIFICATE_ID: &str = "scs1600313391074";

fn main() {
    let folder = std::env::args()
        .nth(1)
        .map_or_else(PathBuf::new, PathBuf::from);
    let (_simulator, endpoint) = serve();
    let list = list();
    let journal = folder.join(format!("bench-push-all-{}.journal", std::process::id()));
    for journal in [None, Some(journal.as_path())] {
        run(&endpoint, &list, journal);
    }
    std::fs::remove_file(journal).expect("the journal was kept");
}

fn run(endpoint: &str, list: &PushList, journal: Option<&Path>) {
    let config = Config::new()
        .endpoint(endpoint)
        .jobs(JOBS)
        .max_idle_connections(JOBS);
    let mut config = config.token("a-token-of-some-length-that-nobody-looks-at");
    if let Some(journal) = journal {
        config = config.journal(journal);
    }
    let client = Client::new(&config).expect("the options are good");
    let mut told = 0;
    let memory = resident();
    let begun = Instant::now();
    let options = PushAllOptions::new();
    let report = client.push_all_with(list, &options, |_, _| {
        told += 1;
        ControlFlow::Continue(())
    });
    let took = begun.elapsed();
    let grown = resident().saturating_sub(memory);
    let report = report.expect("all are pushed");
    assert_eq!((told, report.counts().pushed), (list.len(), list.len()));
    let ideal = LATENCY * ENTRIES.div_ceil(JOBS);
    println!(
        "{ENTRIES} entries, {JOBS} jobs, {} ms, {}: {} ms, {}.{:03} times the ideal; {} bytes an entry",
        LATENCY.as_millis(),
        if journal.is_some() {
            "with a journal"
        } else {
            "without a journal"
        },
        took.as_millis(),
        took.as_micros() / ideal.as_micros(),
        took.as_micros() * 1000 / ideal.as_micros() % 1000,
        grown / u64::from(ENTRIES),
    );
}

fn list() -> PushList {
    let mut list = PushList::new();
    for number in 0..ENTRIES {
        list.add(CERTIFICATE_ID, &format!("project-{number:05}"), "ELB")
            .expect("the entry is good");
    }
    list
}

/// Starts the simulator, which takes a while for each push, and gives its URL. It ends with this process.
fn serve() -> (Child, String) {
    let program = std::env::var("CERTPUSH_SIM").expect("CERTPUSH_SIM names the simulator");
    let mut simulator = Command::new(program)
        .args(["--latency-ms", &LATENCY.as_millis().to_string()])
        .args(["--any-token", "--any-project", "--stop-on-stdin-eof"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the simulator starts");
    let mut ready = String::new();
    let output = simulator.stdout.as_mut().expect("it is piped");
    BufReader::new(output)
        .read_line(&mut ready)
        .expect("the simulator is ready");
    let (_, url) = ready.split_once("\"http\":\"").expect("the URL");
    let (url, _) = url.split_once('"').expect("its end");
    (simulator, url.to_owned())
}

/// How much memory the process has, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    1024 * kilobytes.expect("a size").parse::<u64>().expect("a number")
}
