//! Drivers that are started once and answer lines of standard input, each with one line.

use std::collections::HashMap;
use std::io;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use crate::driver::{Launcher, Orders, Run};
use crate::secrets::shows_one_of;
use crate::stage::{Job, Transport};
use crate::verdict::{beginning, last_words};

/// The drivers of one worker. Each has an environment, which is its transport's.
#[derive(Default)]
pub(crate) struct LineDrivers(HashMap<(String, Transport), AtWork>);

/// A driver between two lines.
struct AtWork {
    driver: LineDriver,
    /// The number of the job that it did last.
    last: usize,
    /// What it must not print even now.
    secrets: Vec<Vec<u8>>,
}

impl LineDrivers {
    /// What a driver makes of its next line. One that does not answer is not asked again: the next
    /// line goes to a new one.
    pub(crate) fn answer(
        &mut self,
        launcher: &Launcher,
        job: Job<'_>,
        orders: &Orders,
        secrets: &[Vec<u8>],
    ) -> Run {
        let place = (job.driver.name.clone(), job.transport);
        let mut driver = match self.0.remove(&place) {
            Some(at_work) => at_work.driver,
            None => match launcher.start(job.driver, orders) {
                Ok(driver) => driver,
                Err(error) => return Run::NotStarted(error),
            },
        };
        let run = launcher.answer(&mut driver, orders);
        if matches!(run, Run::Answered { .. }) {
            let at_work = AtWork {
                driver,
                last: job.number,
                secrets: secrets.to_vec(),
            };
            self.0.insert(place, at_work);
        }
        run
    }

    /// Ends all. Gives what is wrong with how they end, by the number of the job that each did last.
    pub(crate) fn end(self, launcher: &Launcher) -> Vec<(usize, Vec<String>)> {
        let end = |at_work: AtWork| {
            let run = launcher.end(at_work.driver);
            let mut wrong = Vec::from_iter(wrong_in_end(&run));
            if shows_one_of(&at_work.secrets, &run) {
                wrong.push("the driver showed a secret".to_owned());
            }
            (at_work.last, wrong)
        };
        self.0.into_values().map(end).collect()
    }
}

/// What is wrong with how a driver ended after its last line.
fn wrong_in_end(run: &Run) -> Option<String> {
    match run {
        Run::Ended {
            status,
            stdout,
            stderr,
        } => {
            if !status.success() {
                return Some(format!(
                    "the driver ended with {status} after its last line{}",
                    last_words(stderr)
                ));
            }
            (!stdout.is_empty()).then(|| {
                let more = String::from_utf8_lossy(stdout);
                let more = beginning(&more);
                format!("the driver printed more lines than it read: {more}")
            })
        }
        Run::TimedOut => Some("the driver did not end with its standard input".to_owned()),
        Run::NotStarted(error) => Some(format!("the driver could not be ended: {error}")),
        Run::Answered { .. } => None,
    }
}

/// A driver at work.
pub(crate) struct LineDriver {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    stderr: Arc<Mutex<Vec<u8>>>,
}

impl LineDriver {
    /// Starts a driver without arguments. Must be called within a runtime.
    pub(crate) fn start(mut command: Command) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).spawn()?;
        let pipe = || io::Error::other("a pipe to the driver is missing");
        let stderr = Arc::new(Mutex::new(Vec::new()));
        let piped = child.stderr.take().ok_or_else(pipe)?;
        tokio::spawn(keep(piped, Arc::clone(&stderr)));
        Ok(LineDriver {
            stdin: Some(child.stdin.take().ok_or_else(pipe)?),
            stdout: BufReader::new(child.stdout.take().ok_or_else(pipe)?),
            stderr,
            child,
        })
    }

    /// Gives the driver a line and waits for its answer. A driver that ends instead has ended, and
    /// what has no line end after it is no answer.
    pub(crate) async fn answer(&mut self, line: &str) -> io::Result<Run> {
        if let Some(stdin) = &mut self.stdin {
            // Whoever does not read it does not answer, either.
            stdin.write_all(format!("{line}\n").as_bytes()).await.ok();
        }
        let mut stdout = Vec::new();
        self.stdout.read_until(b'\n', &mut stdout).await?;
        if !stdout.ends_with(b"\n") {
            return self.rest().await;
        }
        // A second line that came with the first.
        stdout.extend_from_slice(self.stdout.buffer());
        Ok(Run::Answered {
            stdout,
            stderr: self.printed_errors(),
        })
    }

    /// Ends the driver by the end of its standard input.
    pub(crate) async fn end(mut self) -> io::Result<Run> {
        self.stdin = None;
        self.rest().await
    }

    /// How a driver ends, and what it prints until then.
    async fn rest(&mut self) -> io::Result<Run> {
        let mut stdout = Vec::new();
        self.stdout.read_to_end(&mut stdout).await?;
        let status = self.child.wait().await?;
        Ok(Run::Ended {
            status,
            stdout,
            stderr: self.printed_errors(),
        })
    }

    fn printed_errors(&self) -> Vec<u8> {
        std::mem::take(&mut self.stderr.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn keep(mut stderr: ChildStderr, kept: Arc<Mutex<Vec<u8>>>) {
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = stderr.read(&mut piece).await {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(&piece[..length]);
    }
}
