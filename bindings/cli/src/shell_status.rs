//! Exit statuses that the command does not give: a shell's own, and those of other programs.

use signal_hook::low_level::signal_name;

use crate::signals::ENDING;

/// What a shell adds to the number of the signal that ended a program.
const ENDED_BY_SIGNAL: u8 = 128;

/// What an exit status of a shell's own says of a push.
pub(crate) struct ShellStatus {
    pub(crate) name: String,
    pub(crate) meaning: &'static str,
    pub(crate) outcome: &'static str,
    pub(crate) hint: &'static str,
}

const LOOK: &str = "Look on the target whether the certificate is there before another push.";

/// Explains an exit status that a shell or timeout(1) gives instead of the command's.
pub(crate) fn explain(number: u8) -> Option<ShellStatus> {
    let (meaning, outcome, hint) = match number {
        124 => (
            "timeout(1) ended the program, which was given too little time",
            "may have been pushed: timeout hides the command's own exit status",
            "Look on the target; then give certpush --timeout-ms, a time within which it ends by itself and tells, and timeout more than that.",
        ),
        126 => (
            "the shell found the program, but could not start it",
            "not pushed: the command did not run",
            "Check that the file may be executed and was built for this machine.",
        ),
        127 => (
            "the shell did not find the program, or that did not find a library",
            "not pushed: the command did not run",
            "Check PATH: cron tables, certbot's hooks and services have a short one.",
        ),
        _ => return explain_signal(number),
    };
    Some(ShellStatus {
        name: number.to_string(),
        meaning,
        outcome,
        hint,
    })
}

fn explain_signal(number: u8) -> Option<ShellStatus> {
    let signal = i32::from(number.checked_sub(ENDED_BY_SIGNAL)?);
    let name = signal_name(signal)?;
    let (outcome, hint) = if ENDING.contains(&signal) {
        (
            "not pushed if it was certpush that the signal ended; if it was a program around it, nobody can tell",
            "certpush catches this signal before it sends anything, ends the push and exits with 17 or 81. A program around it (ssh, sudo, a container) may have ended alone: then look on the target.",
        )
    } else {
        ("may have been pushed: nobody was left to tell", LOOK)
    };
    Some(ShellStatus {
        name: format!("{number}, {name}"),
        meaning: "a signal ended the program: a shell adds 128 to the signal's number",
        outcome,
        hint,
    })
}
