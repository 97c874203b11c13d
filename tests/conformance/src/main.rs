//! `certpush-conformance`: holds every face of certpush against one list of scenarios.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use certpush_conformance::{Driver, read_list, run_faces};
use clap::Parser;

/// Holds every face of certpush against one list of scenarios.
///
/// Ends with status 0 if every face reports what the list says, 1 if not, 2 if it could not find
/// out.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// A face and the command of its driver, split into words as a shell would (may be repeated)
    #[arg(long = "driver", required = true, value_name = "NAME=COMMAND")]
    drivers: Vec<Driver>,
    /// The list, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    scenarios: Option<PathBuf>,
    /// Only scenarios whose name contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
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
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("certpush-conformance: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let list = match &arguments.scenarios {
        Some(path) => {
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?
        }
        None => include_str!("../scenarios.json").to_owned(),
    };
    let mut scenarios = read_list(&list)?;
    if let Some(part) = &arguments.only {
        scenarios.retain(|scenario| scenario.name.contains(part));
    }
    let patience = Duration::from_millis(arguments.driver_timeout_ms);
    let results = run_faces(&arguments.drivers, &scenarios, arguments.workers, patience)?;
    if let Some(path) = &arguments.json {
        fs::write(path, serde_json::to_string_pretty(&results)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    print!("{results}");
    Ok(results.all_is_well())
}
