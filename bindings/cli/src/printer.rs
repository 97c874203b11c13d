//! What is printed while a run goes on, on a thread of its own: a reader who is slow, or reads no more,
//! holds up neither a push nor a signal that ends the run.

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use certpush::Error;
use indicatif::ProgressBar;

use crate::output::write_line;
use crate::signals::Interrupted;

/// Once a signal has come, nobody waits longer for whoever reads.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a signal is looked for meanwhile.
const SLICE: Duration = Duration::from_millis(50);

enum Line {
    Output(String),
    Error(String),
    /// Nothing more comes.
    End,
}

/// The two streams, while a run goes on.
pub(crate) struct Printer {
    lines: Sender<Line>,
    /// Why standard output cannot be written any more.
    lost: Arc<OnceLock<String>>,
    /// Disconnected once all is written.
    ended: Receiver<Infallible>,
}

/// Writes to standard error through the printer.
#[derive(Clone)]
pub(crate) struct ErrorLines(Sender<Line>);

impl ErrorLines {
    pub(crate) fn print(&self, line: String) {
        // Nobody takes it when all has been told.
        let _ = self.0.send(Line::Error(line));
    }
}

impl Printer {
    /// Starts the thread. What it prints stands above the bar, if there is one.
    pub(crate) fn start(bar: Option<ProgressBar>) -> Result<Printer, Error> {
        let (lines, queue) = channel();
        let (ending, ended) = channel();
        let lost = Arc::new(OnceLock::new());
        let noted = Arc::clone(&lost);
        let print = move || {
            let _ending = ending;
            write_all(&queue, bar.as_ref(), &noted);
        };
        let name = "certpush-print".to_owned();
        let started = thread::Builder::new().name(name).spawn(print);
        started.map_err(|error| Error::no_thread(&error))?;
        Ok(Printer { lines, lost, ended })
    }

    /// Prints a line on standard output.
    pub(crate) fn output(&self, line: String) {
        let _ = self.lines.send(Line::Output(line));
    }

    /// What prints lines on standard error.
    pub(crate) fn errors(&self) -> ErrorLines {
        ErrorLines(self.lines.clone())
    }

    /// Why standard output cannot be written any more, if that is so.
    pub(crate) fn lost(&self) -> Option<&str> {
        self.lost.get().map(String::as_str)
    }

    /// Waits until all is written; once a signal has come, not for long. Whether standard output can
    /// still be written.
    pub(crate) fn finish(self, interrupted: Option<&Interrupted>) -> bool {
        let _ = self.lines.send(Line::End);
        let mut since = None;
        loop {
            match self.ended.recv_timeout(SLICE) {
                Ok(never) => match never {},
                Err(RecvTimeoutError::Disconnected) => return self.lost().is_none(),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if interrupted.is_some_and(Interrupted::is_set)
                && since.get_or_insert_with(Instant::now).elapsed() > PATIENCE
            {
                return false;
            }
        }
    }
}

fn write_all(queue: &Receiver<Line>, bar: Option<&ProgressBar>, lost: &OnceLock<String>) {
    let beside_the_bar = |write: &dyn Fn() -> io::Result<()>| match bar {
        Some(bar) => bar.suspend(write),
        None => write(),
    };
    for line in queue {
        match line {
            Line::End => return,
            Line::Error(line) => {
                beside_the_bar(&|| write_line(&mut io::stderr(), &line)).ok();
            }
            Line::Output(_) if lost.get().is_some() => {}
            Line::Output(line) => {
                let written = beside_the_bar(&|| write_line(&mut io::stdout(), &line));
                if let Err(error) = written {
                    let _ = lost.set(match error.kind() {
                        ErrorKind::BrokenPipe => "standard output was closed".to_owned(),
                        _ => format!("standard output cannot be written: {error}"),
                    });
                }
            }
        }
    }
}
