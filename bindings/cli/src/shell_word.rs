//! A word as it must stand in a shell's command line.

use std::ffi::OsStr;

/// A path that can be copied from a message into a shell.
pub(crate) fn shell_word(path: &OsStr) -> String {
    let path = path.to_string_lossy();
    let is_plain = |it: char| it.is_alphanumeric() || "_-./+:@%,".contains(it);
    if !path.is_empty() && path.chars().all(is_plain) {
        return path.into_owned();
    }
    let mut quoted = String::from("'");
    for character in path.chars() {
        match character {
            '\'' => quoted.push_str("'\\''"),
            // No message has a second line.
            control if control.is_control() => quoted.push('?'),
            other => quoted.push(other),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_can_be_copied_into_a_shell() {
        for (path, word) in [
            ("/var/lib/a-b_c.csv.journal", "/var/lib/a-b_c.csv.journal"),
            ("my targets.csv", "'my targets.csv'"),
            ("it's", "'it'\\''s'"),
            ("a;b$c", "'a;b$c'"),
            ("a\nb", "'a?b'"),
            ("", "''"),
        ] {
            assert_eq!(shell_word(OsStr::new(path)), word);
        }
    }
}
