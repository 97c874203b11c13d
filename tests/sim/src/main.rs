//! `certpush-sim`: the simulated services as a program.

mod arguments;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use certpush_sim::Sim;
use clap::Parser;
use serde::Serialize;
use tokio::sync::oneshot;

use arguments::{Arguments, naming};

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
        let sim = Sim::start(arguments.into_options()?)?;
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
