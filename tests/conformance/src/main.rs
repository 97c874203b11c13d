//! `certpush-conformance`: holds every binding of certpush against one list of scenarios.

use std::error::Error;
use std::fmt::Display;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use certpush_conformance::{Driver, Scenario, built_in_topics, read_topic, run_bindings};
use clap::Parser;

/// Holds every binding of certpush against one list of scenarios.
///
/// Ends with status 0 if every binding reports what the list says, 1 if not, 2 if it could not find
/// out.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// A binding and the command of its driver, split into words as a shell would (may be repeated)
    #[arg(
        long = "driver",
        required_unless_present = "list",
        value_name = "NAME=COMMAND"
    )]
    drivers: Vec<Driver>,
    /// A binding whose driver reads lines of standard input when it has no arguments (may be repeated)
    #[arg(long, value_name = "NAME")]
    lines: Vec<String>,
    /// A binding that is not played, and why (may be repeated)
    #[arg(long, value_name = "NAME=REASON", value_parser = skipped)]
    skipped: Vec<(String, String)>,
    /// A topic to play instead of the built-in ones (may be repeated)
    #[arg(long, value_name = "FILE")]
    scenarios: Vec<PathBuf>,
    /// Only scenarios whose name contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Only show the certificate ids and names of the scenarios
    #[arg(long)]
    list: bool,
    /// Write the results to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// How many drivers run at a time
    #[arg(long, default_value_t = 4, value_name = "N")]
    workers: usize,
    /// How long one run of a driver may take, in milliseconds
    #[arg(long, default_value_t = 30_000, value_name = "MS")]
    driver_timeout_ms: u64,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("certpush-conformance: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(mut arguments: Arguments) -> Result<bool, Box<dyn Error>> {
    let mut scenarios = scenarios(&arguments.scenarios)?;
    if let Some(part) = &arguments.only {
        scenarios.retain(|scenario| scenario.name.contains(part));
    }
    if arguments.list {
        for scenario in &scenarios {
            println!("{} {}", scenario.certificate_id.as_str(), scenario.name);
        }
        return Ok(true);
    }
    for name in &arguments.lines {
        let mut drivers = arguments.drivers.iter_mut();
        drivers
            .find(|driver| driver.name == *name)
            .ok_or_else(|| format!("--lines {name} has no driver"))?
            .lines = true;
    }
    let patience = Duration::from_millis(arguments.driver_timeout_ms);
    let mut results = run_bindings(&arguments.drivers, &scenarios, arguments.workers, patience)?;
    for (name, reason) in arguments.skipped {
        results.skip(name, reason);
    }
    if let Some(path) = &arguments.json {
        fs::write(path, serde_json::to_string_pretty(&results)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    print!("{results}");
    Ok(results.all_is_well())
}

fn skipped(written: &str) -> Result<(String, String), &'static str> {
    let (name, reason) = written.split_once('=').ok_or("must be NAME=REASON")?;
    Ok((name.to_owned(), reason.to_owned()))
}

/// The scenarios of these files, or of the built-in topics.
fn scenarios(files: &[PathBuf]) -> Result<Vec<Scenario>, Box<dyn Error>> {
    if files.is_empty() {
        let topics = built_in_topics()?.into_values();
        return Ok(topics.flat_map(|topic| topic.scenarios).collect());
    }
    let mut scenarios = Vec::new();
    for path in files {
        let naming = |error: &dyn Display| format!("{}: {error}", path.display());
        let json = fs::read_to_string(path).map_err(|error| naming(&error))?;
        scenarios.extend(read_topic(&json).map_err(|error| naming(&error))?.scenarios);
    }
    Ok(scenarios)
}
