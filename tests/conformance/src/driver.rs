//! A driver: the small program through which the runner drives one binding.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::str::FromStr;
use std::time::Duration;

use tokio::process::Command;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::lines::LineDriver;
use crate::memory::{Growth, watched};

/// A binding's driver, written `NAME=COMMAND`. The command is split as a shell would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Driver {
    /// The name of the binding.
    pub name: String,
    /// Whether it reads lines of standard input when it has no arguments.
    pub lines: bool,
    command: Vec<String>,
}

impl FromStr for Driver {
    type Err = String;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        let (name, command) = written
            .split_once('=')
            .ok_or("must be written NAME=COMMAND")?;
        let command = shlex::split(command)
            .filter(|words| !words.is_empty())
            .ok_or("has no command that could be split into words")?;
        if name.is_empty() {
            return Err("has no name".to_owned());
        }
        Ok(Driver {
            name: name.to_owned(),
            lines: false,
            command,
        })
    }
}

/// What a driver left behind.
#[derive(Debug)]
pub(crate) enum Run {
    /// It ended.
    Ended {
        status: ExitStatus,
        stdout: Vec<u8>,
        stderr: Vec<u8>,
    },
    /// It answered a line of its standard input, and lives on.
    Answered { stdout: Vec<u8>, stderr: Vec<u8> },
    /// It was killed when its time was up.
    TimedOut,
    /// It could not be run.
    NotStarted(io::Error),
}

/// Runs drivers, one at a time.
pub(crate) struct Launcher {
    runtime: Runtime,
    patience: Duration,
}

/// A driver's arguments and environment.
pub(crate) struct Orders {
    /// The five arguments, percent-encoded.
    pub(crate) arguments: Vec<String>,
    /// Its options.
    pub(crate) env: Vec<(String, String)>,
}

impl Launcher {
    /// A launcher that gives each run, and each answer to a line, `patience`.
    pub(crate) fn new(patience: Duration) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Launcher { runtime, patience })
    }

    /// Runs a driver to its end.
    pub(crate) fn run(&self, driver: &Driver, orders: &Orders) -> Run {
        let mut command = command(driver, &orders.env);
        command.args(&orders.arguments);
        self.in_time(async {
            let output = command.spawn()?.wait_with_output().await?;
            Ok(Run::Ended {
                status: output.status,
                stdout: output.stdout,
                stderr: output.stderr,
            })
        })
    }

    /// Runs a driver to its end, and watches its memory until then: how much it is when `count` says
    /// that a tenth of `pushes` are done, and at last.
    pub(crate) fn run_watched(
        &self,
        driver: &Driver,
        orders: &Orders,
        pushes: usize,
        count: impl Fn() -> usize,
    ) -> (Run, Option<Growth>) {
        let mut command = command(driver, &orders.env);
        command.args(&orders.arguments);
        let mut growth = None;
        let run = self.in_time(async {
            let child = command.spawn()?;
            let id = child.id();
            let (output, seen) =
                watched(child.wait_with_output(), id, || count() * 10 >= pushes).await;
            let output = output?;
            growth = seen;
            Ok(Run::Ended {
                status: output.status,
                stdout: output.stdout,
                stderr: output.stderr,
            })
        });
        (run, growth)
    }

    /// Starts a driver that reads lines.
    pub(crate) fn start(&self, driver: &Driver, orders: &Orders) -> io::Result<LineDriver> {
        let command = command(driver, &orders.env);
        self.runtime.block_on(async { LineDriver::start(command) })
    }

    /// Has a driver answer a line.
    pub(crate) fn answer(&self, driver: &mut LineDriver, orders: &Orders) -> Run {
        self.in_time(driver.answer(&orders.arguments.join(" ")))
    }

    /// Ends a driver that reads lines.
    pub(crate) fn end(&self, driver: LineDriver) -> Run {
        self.in_time(driver.end())
    }

    fn in_time(&self, run: impl Future<Output = io::Result<Run>>) -> Run {
        let ran = self
            .runtime
            .block_on(async { timeout(self.patience, run).await })
            .map_or(Ok(Run::TimedOut), |run| run.and_then(kept));
        ran.unwrap_or_else(Run::NotStarted)
    }
}

/// A driver's command, in an environment without options of certpush but `env`. It is killed when
/// nobody waits for it any more.
fn command(driver: &Driver, env: &[(String, String)]) -> Command {
    let mut command = Command::new(&driver.command[0]);
    command
        .args(&driver.command[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    for (name, _) in std::env::vars_os().filter(|(name, _)| would_interfere(name)) {
        command.env_remove(name);
    }
    command.envs(env.iter().map(|(name, value)| (name, value)));
    command
}

/// Keeps what the driver printed in `$TRANSCRIPTS`, if that is set, for the scan of all that any test
/// was told.
fn kept(run: Run) -> io::Result<Run> {
    if let Some(folder) = std::env::var_os("TRANSCRIPTS")
        && let Run::Ended { stdout, stderr, .. } | Run::Answered { stdout, stderr } = &run
    {
        let path = PathBuf::from(folder).join("conformance.transcript");
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(&[&stdout[..], &stderr[..]].concat())?;
    }
    Ok(run)
}

/// Whether a variable of the surroundings would change what a driver does.
fn would_interfere(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_uppercase();
    let prefixes = ["CERTPUSH_", "HUAWEICLOUD_", "HC_CONTAINER_"];
    prefixes.iter().any(|prefix| name.starts_with(prefix)) || name.ends_with("_PROXY")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_split_as_a_shell_would() {
        let driver: Driver = "python=python3 'my drivers/driver.py' -v".parse().unwrap();
        assert_eq!(driver.name, "python");
        assert_eq!(driver.command, ["python3", "my drivers/driver.py", "-v"]);
    }

    #[test]
    fn a_driver_needs_a_name_and_a_command() {
        for written in ["", "python3", "=python3", "python=", "python='"] {
            assert!(written.parse::<Driver>().is_err(), "{written}");
        }
    }

    #[test]
    fn options_credentials_and_proxies_are_kept_from_drivers() {
        for name in [
            "CERTPUSH_TOKEN",
            "HUAWEICLOUD_SDK_AK",
            "HC_CONTAINER_CREDENTIALS_FULL_URI",
            "https_proxy",
            "ALL_PROXY",
        ] {
            assert!(would_interfere(OsStr::new(name)), "{name}");
        }
        assert!(!would_interfere(OsStr::new("PATH")));
    }
}
