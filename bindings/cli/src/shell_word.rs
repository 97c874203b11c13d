//! A word as it must stand in a shell's command line.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// A word that can be copied from a message into a shell. It is one line of text, whatever is in it.
pub(crate) fn shell_word(word: &OsStr) -> String {
    match word.to_str() {
        Some(text) if !text.contains(char::is_control) => quoted(text),
        _ => escaped(word.as_bytes()),
    }
}

/// As [`shell_word`], for a path that shall not be taken for a flag.
pub(crate) fn shell_path(path: &OsStr) -> String {
    let word = shell_word(path);
    if path.as_bytes().starts_with(b"-") {
        format!("./{word}")
    } else {
        word
    }
}

fn quoted(text: &str) -> String {
    let is_plain = |it: char| it.is_alphanumeric() || "_-./+:@%,".contains(it);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// What stands between single quotes as it is in no shell: most know this form.
fn escaped(bytes: &[u8]) -> String {
    let mut escaped = String::from("$'");
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\'' | '\\' => escaped.extend(['\\', character]),
                control if control.is_control() => {
                    escape(control.encode_utf8(&mut [0; 4]), &mut escaped)
                }
                other => escaped.push(other),
            }
        }
        escape(chunk.invalid(), &mut escaped);
    }
    escaped.push('\'');
    escaped
}

/// Three digits: what stands behind them is no part of the number.
fn escape(bytes: impl AsRef<[u8]>, text: &mut String) {
    for byte in bytes.as_ref() {
        text.push_str(&format!("\\{byte:03o}"));
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_path_can_be_copied_into_a_shell() {
        for (path, word) in [
            ("/var/lib/a-b_c.csv.journal", "/var/lib/a-b_c.csv.journal"),
            ("my targets.csv", "'my targets.csv'"),
            ("it's", "'it'\\''s'"),
            ("a;b$c", "'a;b$c'"),
            ("a\n1'\\é", "$'a\\0121\\'\\\\é'"),
            ("-x y", "./'-x y'"),
            ("", "''"),
        ] {
            assert_eq!(shell_path(OsStr::new(path)), word);
        }
    }

    #[test]
    fn a_shell_reads_the_same_word() {
        for bytes in [
            &b"a b"[..],
            b"it's\\",
            b"a\n1'\\\xff\xc3\xa9",
            b"\xff9\x1b",
            b"$x`y`!\"*?~",
        ] {
            let word = shell_word(OsStr::from_bytes(bytes));
            assert!(!word.contains(char::is_control));
            let command = format!("printf %s {word}");
            // POSIX has this form since 2024 only.
            let printed = Command::new("bash")
                .args(["-c", &command])
                .output()
                .unwrap();
            assert_eq!(printed.stdout, bytes, "{word}");
        }
    }
}
