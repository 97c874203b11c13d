//! What clap has to say: help, the version, or why a command line is not understood.

use std::process::ExitCode;

use certpush::limits;
use clap::error::{ContextKind, ContextValue};

use crate::exit_status::USAGE;

/// Prints help and version on standard output, a refusal on standard error.
pub(crate) fn print(stop: clap::Error) -> ExitCode {
    let stop = without_long_words(stop);
    // Whoever closed the stream does not want to read it.
    let _ = stop.print();
    if stop.use_stderr() {
        ExitCode::from(USAGE)
    } else {
        ExitCode::SUCCESS
    }
}

/// A word in the wrong place that is as long as a token may be one: it is not repeated.
fn without_long_words(mut stop: clap::Error) -> clap::Error {
    for place in [ContextKind::InvalidArg, ContextKind::InvalidSubcommand] {
        if let Some(ContextValue::String(word)) = stop.get(place)
            && word.chars().count() >= *limits::TOKEN_LENGTH.start()
        {
            let instead = format!("{} characters", word.chars().count());
            stop.insert(place, ContextValue::String(instead));
        }
    }
    stop
}
