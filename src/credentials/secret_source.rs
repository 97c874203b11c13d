//! A secret: given as text, or held in a file that is read again when it changes.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;

use crate::log::Log;
use crate::options::OptionSpec;
use crate::report::Error;
use crate::request::limits;
use crate::secret::{Secret, read_wiped};

/// A secret as the options give it, with where it came from.
#[derive(Clone)]
pub(crate) enum SecretGiven {
    /// The secret itself.
    Text(Secret, String),
    /// The file that holds it.
    File(PathBuf, String),
}

/// Where a client's secret comes from. Holds no lock: a forked child may use it at once.
pub(crate) struct SecretSource {
    option: &'static OptionSpec,
    origin: String,
    kept: Kept,
}

enum Kept {
    Text(Arc<Secret>),
    File {
        path: PathBuf,
        last: ArcSwap<Reading>,
        others_can_read: bool,
    },
}

/// A secret as it was read, and what told the file's state then.
struct Reading {
    secret: Arc<Secret>,
    stamp: Option<Stamp>,
}

/// What changes when a file is written or replaced.
#[derive(PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl Stamp {
    fn of(path: &Path) -> Option<Stamp> {
        let metadata = std::fs::metadata(path).ok()?;
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Some(Stamp {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            inode,
        })
    }
}

impl SecretSource {
    /// Takes the secret of an option, reading its file and telling `log` if others can too.
    pub(crate) fn new(
        option: &'static OptionSpec,
        given: SecretGiven,
        log: &Log,
    ) -> Result<SecretSource, Error> {
        Ok(match given {
            SecretGiven::Text(secret, origin) => SecretSource {
                option,
                origin,
                kept: Kept::Text(Arc::new(secret)),
            },
            SecretGiven::File(path, origin) => {
                let last = ArcSwap::from_pointee(read(option, &path)?);
                let others_can_read = std::fs::metadata(&path).is_ok_and(|file| is_open(&file));
                if others_can_read {
                    log.warn(&format!(
                        "{}_file {} can be read by other users",
                        option.key,
                        path.display()
                    ));
                }
                SecretSource {
                    option,
                    origin,
                    kept: Kept::File {
                        path,
                        last,
                        others_can_read,
                    },
                }
            }
        })
    }

    /// The secret. A file that has changed is read again; if that fails, what was read last is
    /// used, and `log` is told.
    pub(crate) fn current(&self, log: &Log) -> Arc<Secret> {
        match &self.kept {
            Kept::Text(secret) => Arc::clone(secret),
            Kept::File { path, last, .. } => {
                let reading = last.load();
                let stamp = Stamp::of(path);
                if stamp.is_some() && stamp == reading.stamp {
                    Arc::clone(&reading.secret)
                } else {
                    self.read_again(log)
                        .unwrap_or_else(|| Arc::clone(&reading.secret))
                }
            }
        }
    }

    /// Another secret than `refused`, if the source has one by now.
    pub(crate) fn other_than(&self, refused: &Secret, log: &Log) -> Option<Arc<Secret>> {
        self.read_again(log).filter(|secret| **secret != *refused)
    }

    fn read_again(&self, log: &Log) -> Option<Arc<Secret>> {
        let Kept::File { path, last, .. } = &self.kept else {
            return None;
        };
        match read(self.option, path) {
            Ok(reading) => {
                let secret = Arc::clone(&reading.secret);
                last.store(Arc::new(reading));
                Some(secret)
            }
            Err(error) => {
                log.warn(&format!(
                    "the {} that was read before is used: {}",
                    self.option.key,
                    error.message()
                ));
                None
            }
        }
    }

    /// Where the secret came from, without it.
    pub(crate) fn describe(&self) -> String {
        match &self.kept {
            Kept::Text(_) => format!("from {}", self.origin),
            Kept::File {
                path,
                others_can_read,
                ..
            } => format!(
                "in {}, from {}{}",
                path.display(),
                self.origin,
                if *others_can_read {
                    " (other users can read the file)"
                } else {
                    ""
                }
            ),
        }
    }
}

fn is_open(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        metadata.is_file() && metadata.mode() & 0o004 != 0
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        false
    }
}

fn read(option: &OptionSpec, path: &Path) -> Result<Reading, Error> {
    // Two bytes more than the longest secret, for a line end.
    let longest = *limits::TOKEN_LENGTH.end() + 2;
    // The state before the reading: a change in between is seen next time.
    let stamp = Stamp::of(path);
    let bytes = read_wiped(path, longest).map_err(|error| {
        let file = format!("{}_file {}", option.key, path.display());
        match error.kind() {
            ErrorKind::OutOfMemory => Error::no_memory(&file),
            _ => Error::invalid_config(format!("{file} cannot be read: {error}")),
        }
    })?;
    let text = without_line_end(&bytes);
    let named = format!(
        "the {} in {}_file {}",
        option.key,
        option.key,
        path.display()
    );
    let text =
        std::str::from_utf8(text).map_err(|_| Error::invalid_argument(&named, "is not UTF-8"))?;
    option.check_named(&named, text)?;
    Ok(Reading {
        secret: Arc::new(Secret::try_new(text)?),
        stamp,
    })
}

/// Drops one LF or CRLF at the end.
fn without_line_end(bytes: &[u8]) -> &[u8] {
    bytes
        .strip_suffix(b"\r\n")
        .or_else(|| bytes.strip_suffix(b"\n"))
        .unwrap_or(bytes)
}
