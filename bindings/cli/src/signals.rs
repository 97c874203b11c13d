//! The signals that end a push or a run, which then tells what became of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use certpush::{CallOptions, Error};
use certpush_system::is_ignored;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};

/// Ctrl-C, SIGTERM, and a terminal that is closed.
pub(crate) const ENDING: [i32; 3] = [SIGHUP, SIGINT, SIGTERM];

/// Whether one of the signals came.
#[derive(Clone)]
pub(crate) struct Interrupted(Arc<AtomicBool>);

impl Interrupted {
    /// From here on a signal is noted instead of ending the process, which then can still tell whether
    /// the certificate may have been pushed. Until here they end it: nothing has been sent. One that is
    /// ignored from the start (nohup) stays so.
    pub(crate) fn watch() -> Result<Interrupted, Error> {
        let interrupted = Arc::new(AtomicBool::new(false));
        for signal in ENDING.into_iter().filter(|signal| !is_ignored(*signal)) {
            signal_hook::flag::register(signal, Arc::clone(&interrupted))
                .map_err(|error| Error::internal(&format!("no signal handler: {error}"), false))?;
        }
        // A file of a process may have a greatest length (ulimit -f). Who writes past it is told so, instead
        // of being killed with pushes under way.
        signal_hook::flag::register(SIGXFSZ, Arc::default())
            .map_err(|error| Error::internal(&format!("no signal handler: {error}"), false))?;
        Ok(Interrupted(interrupted))
    }

    /// Whether one came.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The options of a call that such a signal ends.
    pub(crate) fn ending_a_call(self) -> CallOptions {
        CallOptions::new().interrupt(move || self.is_set())
    }
}
