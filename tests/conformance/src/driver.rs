//! A driver: the small program through which the runner drives one face.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{ExitStatus, Output, Stdio};
use std::str::FromStr;
use std::time::Duration;

use tokio::process::Command;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

/// A face's driver, written `NAME=COMMAND`. The command is split as a shell would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Driver {
    /// The name of the face.
    pub name: String,
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
            command,
        })
    }
}

/// What a driver left behind.
#[derive(Debug)]
pub(crate) enum Run {
    Ended {
        status: ExitStatus,
        stdout: Vec<u8>,
        stderr: Vec<u8>,
    },
    /// It was killed when its time was up.
    TimedOut,
    NotStarted(io::Error),
}

/// Runs drivers, one at a time.
pub(crate) struct Launcher {
    runtime: Runtime,
    patience: Duration,
}

impl Launcher {
    /// A launcher that gives each run `patience`.
    pub(crate) fn new(patience: Duration) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Launcher { runtime, patience })
    }

    /// Runs a driver to its end, in an environment without options of certpush but `env`.
    pub(crate) fn run(
        &self,
        driver: &Driver,
        arguments: &[String],
        env: &[(String, String)],
    ) -> Run {
        let mut command = Command::new(&driver.command[0]);
        command
            .args(&driver.command[1..])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        for (name, _) in std::env::vars_os().filter(|(name, _)| would_interfere(name)) {
            command.env_remove(name);
        }
        command.envs(env.iter().map(|(name, value)| (name, value)));
        self.runtime.block_on(async {
            let child = match command.spawn() {
                Ok(child) => child,
                Err(error) => return Run::NotStarted(error),
            };
            match timeout(self.patience, child.wait_with_output()).await {
                Ok(Ok(output)) => ended(output),
                Ok(Err(error)) => Run::NotStarted(error),
                Err(_) => Run::TimedOut,
            }
        })
    }
}

/// A run that ended. What the driver printed is kept in `$TRANSCRIPTS`, if that is set, for the scan
/// of all that any test was told.
fn ended(output: Output) -> Run {
    if let Some(folder) = std::env::var_os("TRANSCRIPTS") {
        let path = PathBuf::from(folder).join("conformance.transcript");
        let printed = [&output.stdout[..], &output.stderr[..]].concat();
        let file = OpenOptions::new().create(true).append(true).open(path);
        if let Err(error) = file.and_then(|mut file| file.write_all(&printed)) {
            return Run::NotStarted(error);
        }
    }
    Run::Ended {
        status: output.status,
        stdout: output.stdout,
        stderr: output.stderr,
    }
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
