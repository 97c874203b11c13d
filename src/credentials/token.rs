//! An IAM user token: given as text, or held in a file that is read again when it changes.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use zeroize::Zeroizing;

use super::SecretHeader;
use crate::config::TokenGiven;
use crate::log::Log;
use crate::report::{Error, Phase, Report};
use crate::request::{check_token, limits};
use crate::secret::{Secret, read_wiped};
use crate::status::Status;

/// Where a client's token comes from. Holds no lock: a forked child may use it at once.
pub(crate) enum TokenSource {
    /// The token itself.
    Text { token: Arc<Secret>, origin: String },
    /// A file, with what was read last.
    File {
        path: PathBuf,
        origin: String,
        last: ArcSwap<Reading>,
    },
}

/// A token as it was read, and what told the file's state then.
pub(crate) struct Reading {
    token: Arc<Secret>,
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
    fn of(metadata: &Metadata) -> Stamp {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Stamp {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            inode,
        }
    }
}

impl TokenSource {
    /// Takes the token that the options give, reading its file.
    pub(crate) fn new(given: TokenGiven) -> Result<TokenSource, Error> {
        match given {
            TokenGiven::Text(token, origin) => Ok(TokenSource::Text {
                token: Arc::new(token),
                origin,
            }),
            TokenGiven::File(path, origin) => {
                let last = ArcSwap::from_pointee(read(&path)?);
                Ok(TokenSource::File { path, origin, last })
            }
            TokenGiven::Nowhere => Err(Error::new(Report {
                hint: crate::hints::for_status(Status::NoCredentials),
                ..Report::new(
                    Status::NoCredentials,
                    Phase::Credentials,
                    "no credentials: neither token nor token_file is set, by the program or as CERTPUSH_TOKEN or CERTPUSH_TOKEN_FILE",
                )
            })),
        }
    }

    /// The header that carries the token. A file that has changed is read again; if that fails,
    /// the token that was read last is used, and `log` is told.
    pub(crate) fn header(&self, log: &Log) -> SecretHeader {
        let token = match self {
            TokenSource::Text { token, .. } => Arc::clone(token),
            TokenSource::File { path, last, .. } => {
                let current = last.load();
                let stamp = std::fs::metadata(path).ok().map(|now| Stamp::of(&now));
                if stamp.is_some() && stamp == current.stamp {
                    Arc::clone(&current.token)
                } else {
                    self.read_again(log)
                        .unwrap_or_else(|| Arc::clone(&current.token))
                }
            }
        };
        SecretHeader {
            name: "x-auth-token",
            value: token,
        }
    }

    /// Another token than `refused`, if the source has one by now.
    pub(crate) fn renewed(&self, refused: &SecretHeader, log: &Log) -> Option<SecretHeader> {
        let token = self.read_again(log)?;
        (token != refused.value).then_some(SecretHeader {
            name: refused.name,
            value: token,
        })
    }

    fn read_again(&self, log: &Log) -> Option<Arc<Secret>> {
        let TokenSource::File { path, last, .. } = self else {
            return None;
        };
        match read(path) {
            Ok(reading) => {
                let token = Arc::clone(&reading.token);
                last.store(Arc::new(reading));
                Some(token)
            }
            Err(error) => {
                log.warn(&format!(
                    "the token that was read before is used: {}",
                    error.message()
                ));
                None
            }
        }
    }

    /// The credential and where it came from, without the secret.
    pub(crate) fn describe(&self) -> String {
        match self {
            TokenSource::Text { token, origin } => format!(
                "token of {} characters, from {origin}",
                token.expose().len()
            ),
            TokenSource::File { path, origin, last } => format!(
                "token of {} characters in {}, from {origin}",
                last.load().token.expose().len(),
                path.display()
            ),
        }
    }
}

fn read(path: &Path) -> Result<Reading, Error> {
    // Two bytes more than the longest token, for a line end.
    let longest = *limits::TOKEN_LENGTH.end() + 2;
    // The state before the reading: a change in between is seen next time.
    let stamp = std::fs::metadata(path).ok().map(|now| Stamp::of(&now));
    let bytes = read_wiped(path, longest).map_err(|error| {
        Error::invalid_config(format!(
            "token_file {} cannot be read: {error}",
            path.display()
        ))
    })?;
    let text = without_line_end(&bytes);
    let token = std::str::from_utf8(text)
        .map_err(|_| "is not UTF-8".to_owned())
        .and_then(|token| check_token(token).map(|()| token))
        .map_err(|why| {
            Error::invalid_argument(&format!("the token in token_file {}", path.display()), &why)
        })?;
    Ok(Reading {
        token: Arc::new(Secret::new(token)),
        stamp,
    })
}

/// Drops one LF or CRLF at the end.
fn without_line_end(bytes: &Zeroizing<Vec<u8>>) -> &[u8] {
    bytes
        .strip_suffix(b"\r\n")
        .or_else(|| bytes.strip_suffix(b"\n"))
        .unwrap_or(bytes)
}
