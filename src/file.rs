//! Reading a file: the one way in which the core reads any.
//!
//! A file is opened without blocking and read to its end once, up to a limit, into memory that is
//! wiped. Where that takes waiting (a FIFO, a terminal), the call's deadline, cancel and interrupt
//! are looked at. A regular file on a mount that hangs cannot be cut short: no system call does that.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use zeroize::Zeroizing;

use crate::call_context::CallContext;
use crate::failure::TransportFailure;
use crate::io_error::message_of;
use crate::phase::Phase;
use crate::report::{Error, Report};

/// Room for a start, where a file's length is not known.
const FIRST_ROOM: usize = 4096;

/// What a file holds.
pub(crate) struct Contents {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    /// Its state before the reading, for a regular file with a name of its own: any other is read
    /// once.
    pub(crate) stamp: Option<Stamp>,
    /// Whether other users of the machine can read it.
    pub(crate) others_can_read: bool,
}

impl Contents {
    /// The bytes, which need not be wiped.
    pub(crate) fn no_secret(mut self) -> Vec<u8> {
        std::mem::take(&mut *self.bytes)
    }
}

/// What changes when a regular file is written or replaced.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    file: (u64, u64),
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    /// The state of a file, `None` if there is none or it is no regular one.
    pub(crate) fn of(path: &Path) -> Option<Stamp> {
        std::fs::metadata(path)
            .ok()
            .as_ref()
            .and_then(Stamp::from_metadata)
    }

    fn from_metadata(metadata: &Metadata) -> Option<Stamp> {
        metadata.is_file().then(|| Stamp {
            file: (metadata.dev(), metadata.ino()),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

/// Why a file brought nothing.
#[derive(Debug)]
pub(crate) enum Fault {
    /// What is wrong with it, to stand behind its name.
    Unusable(String),
    /// There is no memory for it.
    NoMemory,
    /// The call ended while it was waited for.
    Ended {
        failure: TransportFailure,
        /// Whether it is no regular file, and so somebody was waited for.
        waited: bool,
    },
}

impl Fault {
    /// The error about a file that is `named`.
    pub(crate) fn of(self, named: &str) -> Error {
        match self {
            Fault::Unusable(why) => Error::invalid_config(format!("{named} {why}")),
            Fault::NoMemory => Error::no_memory(named),
            Fault::Ended { failure, waited: true } => Error::new(Report {
                hint: "Have something written to the FIFO or pipe, and its end closed; or name a regular file.".into(),
                message: format!("{named} is no regular file, and its end has not come: {}", failure.message),
                ..Report::from(&failure)
            }),
            Fault::Ended { failure, .. } => Error::new(Report {
                message: format!("{named} was not read to its end: {}", failure.message),
                ..Report::from(&failure)
            }),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        if error.kind() == ErrorKind::OutOfMemory {
            Fault::NoMemory
        } else {
            Fault::Unusable(format!("cannot be read: {}", message_of(&error)))
        }
    }
}

impl From<TransportFailure> for Fault {
    fn from(failure: TransportFailure) -> Fault {
        Fault::Ended {
            failure,
            waited: false,
        }
    }
}

/// A call that reads files, and what it is doing.
#[derive(Clone, Copy)]
pub(crate) struct Waiting<'a> {
    pub(crate) context: &'a CallContext,
    pub(crate) phase: Phase,
}

/// Reads a file of any kind that has contents, of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: usize, waiting: Waiting<'_>) -> Result<Contents, Fault> {
    Reading::open(path, limit, Some(waiting), true)?.finish()
}

/// Reads a regular file, and never waits for anybody to write to one that is none.
pub(crate) fn read_regular(path: &Path, limit: usize) -> Result<Contents, Fault> {
    Reading::open(path, limit, None, false)?.finish()
}

/// As [`read_regular`], while a call lasts.
pub(crate) fn read_regular_within(
    path: &Path,
    limit: usize,
    waiting: Waiting<'_>,
) -> Result<Contents, Fault> {
    Reading::open(path, limit, Some(waiting), false)?.finish()
}

/// The text in a file's bytes: UTF-8, with or without a byte order mark.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, String> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("is UTF-16: save it as UTF-8".to_owned());
    }
    if bytes.contains(&0) {
        return Err("has NUL bytes, as UTF-16 has: save it as UTF-8".to_owned());
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.iter().take(error.valid_up_to());
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        format!("is not UTF-8 in line {line}")
    })?;
    Ok(text.trim_start_matches('\u{feff}'))
}

/// The whole of a path that an option or a variable gives, as it is when that is set: daemons
/// change their directory.
pub(crate) fn absolute(named: &str, path: impl AsRef<Path>) -> Result<PathBuf, Error> {
    std::path::absolute(path).map_err(|error| {
        Error::invalid_config(format!(
            "{named} is a relative path, and the current directory cannot be told: {}",
            message_of(&error)
        ))
    })
}

struct Reading<'a> {
    path: &'a Path,
    file: File,
    metadata: Metadata,
    limit: usize,
    waiting: Option<Waiting<'a>>,
    /// Whether to wait for whoever holds the file or writes to it; else regular files only are read.
    waits: bool,
}

impl<'a> Reading<'a> {
    fn open(
        path: &'a Path,
        limit: usize,
        waiting: Option<Waiting<'a>>,
        waits: bool,
    ) -> Result<Reading<'a>, Fault> {
        // A terminal must not become the one that controls a daemon.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        let file = loop {
            match rustix::fs::open(path, flags, Mode::empty()) {
                Ok(file) => break File::from(file),
                Err(Errno::INTR) => look(waiting)?,
                // Another program holds a lease on the file, and is being asked to give it back.
                Err(Errno::AGAIN) if waits => {
                    look(waiting)?;
                    if let Some(waiting) = waiting {
                        std::thread::sleep(waiting.context.next_wait());
                    }
                }
                Err(Errno::NXIO) if is_socket(path) => {
                    return Err(Fault::Unusable("is a socket, not a file".to_owned()));
                }
                Err(error) => return Err(unopened(path, error.into())),
            }
        };
        let metadata = file.metadata()?;
        let kind = metadata.file_type();
        let refuse = |why: &str| Err(Fault::Unusable(why.to_owned()));
        if kind.is_dir() {
            return refuse("is a directory, not a file");
        }
        if kind.is_block_device() {
            return refuse("is a block device, not a file");
        }
        if !waits && !kind.is_file() {
            return refuse("is no regular file any more");
        }
        Ok(Reading {
            path,
            file,
            metadata,
            limit,
            waiting,
            waits,
        })
    }

    fn finish(mut self) -> Result<Contents, Fault> {
        let stamp = match names_a_descriptor(self.path) {
            true => None,
            false => Stamp::from_metadata(&self.metadata),
        };
        let others_can_read = self.metadata.is_file() && self.metadata.mode() & 0o004 != 0;
        let expected = match usize::try_from(self.metadata.len()) {
            Ok(length) if self.metadata.is_file() && length > 0 => length.min(self.limit),
            _ => FIRST_ROOM.min(self.limit),
        };
        // Room for a byte more tells the end of a file of the expected length, and one that is too
        // large.
        let mut bytes = room(expected + 1)?;
        let mut filled = 0;
        loop {
            if filled == bytes.len() {
                let mut larger = room((2 * bytes.len()).min(self.limit + 1))?;
                larger[..filled].copy_from_slice(&bytes);
                bytes = larger;
            }
            look(self.waiting)?;
            if !self.metadata.is_file() {
                self.wait()?;
            }
            match self.file.read(&mut bytes[filled..]) {
                Ok(0) if filled == 0 && self.may_have_another_writer() => {
                    // Opened before the old one is closed: what is written in between is not lost.
                    self.file =
                        Reading::open(self.path, self.limit, self.waiting, self.waits)?.file;
                    self.metadata = self.file.metadata()?;
                }
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => look(self.waiting)?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait()?,
                Err(error) => return Err(error.into()),
            }
            if filled > self.limit {
                return Err(Fault::Unusable(format!(
                    "is larger than {} bytes",
                    self.limit
                )));
            }
        }
        bytes.truncate(filled);
        Ok(Contents {
            bytes,
            stamp,
            others_can_read,
        })
    }

    /// Waits until there is something to read, or the end.
    fn wait(&self) -> Result<(), Fault> {
        let Some(waiting) = self.waiting.filter(|_| self.waits) else {
            return Err(Fault::Unusable("cannot be read without waiting".to_owned()));
        };
        loop {
            let slice = Timespec::try_from(waiting.context.next_wait()).unwrap_or_default();
            let mut files = [PollFd::new(&self.file, PollFlags::IN)];
            match poll(&mut files, Some(&slice)) {
                Ok(0) | Err(Errno::INTR) => {
                    let looked = waiting.context.check_after_wait(waiting.phase);
                    looked.map_err(|failure| Fault::Ended {
                        failure,
                        waited: !self.metadata.is_file(),
                    })?;
                }
                Ok(_) => return Ok(()),
                Err(error) => return Err(io::Error::from(error).into()),
            }
        }
    }

    /// Whether an end without any contents only means that a writer has opened the FIFO and closed
    /// it again: the next one may write. Nobody else can ever write to a pipe without a name.
    fn may_have_another_writer(&self) -> bool {
        self.metadata.file_type().is_fifo() && !is_pipe_without_name(&self.file)
    }
}

/// Whether the name means whatever the process has open under a number, which may be another file
/// by the next time.
fn names_a_descriptor(path: &Path) -> bool {
    ["/dev/stdin", "/dev/fd", "/proc/self/fd"]
        .iter()
        .any(|name| path.starts_with(name))
}

#[cfg(target_os = "linux")]
fn is_pipe_without_name(file: impl AsFd) -> bool {
    const PIPEFS_MAGIC: rustix::fs::FsWord = 0x5049_5045;
    rustix::fs::fstatfs(file).is_ok_and(|system| system.f_type == PIPEFS_MAGIC)
}

#[cfg(not(target_os = "linux"))]
fn is_pipe_without_name(_: impl AsFd) -> bool {
    true
}

fn is_socket(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket())
}

fn unopened(path: &Path, error: io::Error) -> Fault {
    let has_tilde = path.components().any(|part| part.as_os_str() == "~");
    match Fault::from(error) {
        Fault::Unusable(why) if has_tilde => {
            Fault::Unusable(format!("{why} (only a shell knows what ~ is)"))
        }
        fault => fault,
    }
}

fn look(waiting: Option<Waiting<'_>>) -> Result<(), Fault> {
    match waiting {
        Some(waiting) => Ok(waiting.context.check(waiting.phase)?),
        None => Ok(()),
    }
}

fn room(length: usize) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mut bytes = Zeroizing::new(Vec::new());
    bytes
        .try_reserve_exact(length)
        .map_err(|_| Fault::NoMemory)?;
    bytes.resize(length, 0_u8);
    Ok(bytes)
}
