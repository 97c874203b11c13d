//! `certpush-sim`: the simulated service as a program.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use certpush_sim::{RepeatPolicy, Sim, SimOptions, scenarios_from_json};
use clap::Parser;
use serde::Serialize;
use tokio::sync::oneshot;

/// A simulated Huawei Cloud SCM service. When it is ready it prints one line of JSON with its URLs.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Port of the plain listener; 0 takes a free one
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    http_port: u16,
    /// Port of the TLS listener; 0 takes a free one
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    https_port: u16,
    /// Write the certificate that clients must trust to this file
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Answer the certificate ids in this list as it says, instead of the built-in list
    #[arg(long, value_name = "FILE")]
    scenarios: Option<PathBuf>,
    /// Accept this token instead of the built-in one (may be repeated)
    #[arg(long, value_name = "TOKEN")]
    token: Vec<String>,
    /// Accept the token in this file, without the line end after it (may be repeated)
    #[arg(long, value_name = "FILE")]
    token_file: Vec<PathBuf>,
    /// Accept every token that is well formed
    #[arg(long)]
    any_token: bool,
    /// A certificate that exists, instead of the built-in ones (may be repeated)
    #[arg(long, value_name = "ID")]
    certificate: Vec<String>,
    /// What a repeated push does: second-copy, refuse or accept
    #[arg(long, default_value = "second-copy", value_name = "POLICY")]
    repeat_policy: RepeatPolicy,
    /// Stop when standard input ends, as it does when the parent process dies
    #[arg(long)]
    stop_on_stdin_eof: bool,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("certpush-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> io::Result<()> {
    let ca_file = arguments.ca_file.clone();
    let stop_on_stdin_eof = arguments.stop_on_stdin_eof;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let asked_to_stop = stop_request(stop_on_stdin_eof)?;
        let sim = Sim::start(sim_options(arguments)?)?;
        if let Some(path) = &ca_file {
            sim.write_ca(path).map_err(|error| naming(path, error))?;
        }
        let mut stdout = io::stdout().lock();
        let ready_line = ReadyLine {
            http: sim.http_url(),
            https: sim.https_url(),
            elsewhere: sim.elsewhere_url(),
            ca_file: ca_file.as_deref(),
        };
        writeln!(stdout, "{}", serde_json::to_string(&ready_line)?)?;
        stdout.flush()?;
        asked_to_stop.await;
        Ok(())
    })
}

fn sim_options(arguments: Arguments) -> io::Result<SimOptions> {
    let defaults = SimOptions::default();
    let mut tokens = arguments.token;
    for path in arguments.token_file {
        let text = fs::read_to_string(&path).map_err(|error| naming(&path, error))?;
        let token = text.strip_suffix('\n').unwrap_or(&text);
        tokens.push(token.strip_suffix('\r').unwrap_or(token).to_owned());
    }
    let scenarios = match arguments.scenarios {
        Some(path) => fs::read_to_string(&path)
            .and_then(|json| Ok(scenarios_from_json(&json)?))
            .map_err(|error| naming(&path, error))?,
        None => defaults.scenarios,
    };
    Ok(SimOptions {
        http_port: arguments.http_port,
        https_port: arguments.https_port,
        tokens: or_default(tokens, defaults.tokens),
        any_token: arguments.any_token,
        certificates: or_default(arguments.certificate, defaults.certificates),
        repeat_policy: arguments.repeat_policy,
        scenarios,
        ..defaults
    })
}

fn or_default(given: Vec<String>, default: Vec<String>) -> Vec<String> {
    if given.is_empty() { default } else { given }
}

fn naming(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// What a test harness reads to find the service.
#[derive(Serialize)]
struct ReadyLine<'a> {
    http: String,
    https: String,
    elsewhere: String,
    ca_file: Option<&'a Path>,
}

/// Resolves when the program is asked to stop. Signals are caught from this call on.
fn stop_request(on_stdin_eof: bool) -> io::Result<impl Future<Output = ()>> {
    let terminated = termination()?;
    let (stdin_open, stdin_ended) = oneshot::channel::<()>();
    if on_stdin_eof {
        std::thread::spawn(move || {
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
            drop(stdin_open);
        });
    }
    Ok(async move {
        tokio::select! {
            () = terminated => {}
            _ = stdin_ended, if on_stdin_eof => {}
        }
    })
}

#[cfg(unix)]
fn termination() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn termination() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
