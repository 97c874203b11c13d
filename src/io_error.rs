//! What the system says of an operation that failed.

use std::io::{Error, ErrorKind};

/// The message of an error, without its number.
pub(crate) fn message_of(error: &Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        ErrorKind::ConnectionReset => "connection reset".to_owned(),
        ErrorKind::BrokenPipe => "connection closed".to_owned(),
        _ => {
            let message = error.to_string();
            let number = error
                .raw_os_error()
                .map(|number| format!(" (os error {number})"));
            match number.and_then(|number| message.strip_suffix(&number).map(str::to_owned)) {
                Some(without_number) => without_number,
                None => message,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_systems_error_is_told_without_its_number() {
        let no_such_file = std::fs::metadata("/nowhere").unwrap_err();
        assert_eq!(message_of(&no_such_file), "No such file or directory");
        assert_eq!(message_of(&Error::other("it is gone")), "it is gone");
    }
}
