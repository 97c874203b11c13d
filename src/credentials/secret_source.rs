//! A secret: given as text, or held in a file that is read again when it changes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::spec::SecretSpec;
use crate::file::{self, Contents, Fault, Stamp, Waiting};
use crate::limits;
use crate::log::Log;
use crate::message::Word;
use crate::options::{Kind, LONGEST_SECRET, OptionSpec};
use crate::report::Error;
use crate::secret::Secret;

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

/// A secret as it was read, and what told the file's state then: nothing for a FIFO, which is read
/// once.
struct Reading {
    secret: Arc<Secret>,
    stamp: Option<Stamp>,
}

impl SecretSource {
    /// Takes the secret of an option, reading its file and telling `log` if others can too.
    pub(crate) fn new(
        option: &'static OptionSpec,
        given: SecretSpec,
        waiting: Waiting<'_>,
        log: &Log,
    ) -> Result<SecretSource, Error> {
        Ok(match given {
            SecretSpec::Text(secret, origin) => SecretSource {
                option,
                origin,
                kept: Kept::Text(Arc::new(secret)),
            },
            SecretSpec::File(path, origin) => {
                let contents = file::read(&path, longest(option), waiting);
                let others_can_read = contents.as_ref().is_ok_and(|it| it.others_can_read);
                let last = ArcSwap::from_pointee(read(option, &path, contents)?);
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

    /// The secret. A regular file that has changed is read again; if that fails, what was read last
    /// is used, and `log` is told. A FIFO is never waited for here.
    pub(crate) fn current(&self, log: &Log) -> Arc<Secret> {
        match &self.kept {
            Kept::Text(secret) => Arc::clone(secret),
            Kept::File { path, last, .. } => {
                let reading = last.load();
                if reading.stamp.is_none() || Stamp::of(path) == reading.stamp {
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
        last.load().stamp.as_ref()?;
        match read(
            self.option,
            path,
            file::read_regular(path, longest(self.option)),
        ) {
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

/// The longest file of an option's secret: with a byte order mark and a line end.
fn longest(option: &OptionSpec) -> usize {
    let secret = match option.kind {
        Kind::Token => *limits::TOKEN_LENGTH.end(),
        _ => LONGEST_SECRET,
    };
    secret + "\u{feff}\r\n".len()
}

/// Makes a secret of what a file holds.
fn read(
    option: &OptionSpec,
    path: &Path,
    contents: Result<Contents, Fault>,
) -> Result<Reading, Error> {
    let file = format!("{}_file {}", option.key, path.display());
    let contents = contents.map_err(|fault| fault.of(&file))?;
    let named = format!("the {} in {file}", option.key);
    let text = file::text(&contents.bytes).map_err(|why| Error::invalid_argument(&named, &why))?;
    let text = without_line_end(text);
    option.check_text(&Word::text(named), text)?;
    Ok(Reading {
        secret: Arc::new(Secret::try_new(text)?),
        stamp: contents.stamp,
    })
}

/// Drops one LF or CRLF at the end.
fn without_line_end(text: &str) -> &str {
    text.strip_suffix("\r\n")
        .or_else(|| text.strip_suffix('\n'))
        .unwrap_or(text)
}
