//! A journal's file: opened, locked, appended to, and synced. It knows no line.
//!
//! What is written to it is whole: a line that the disk did not take is taken back. The room that the
//! ends of what has begun will need is set aside before anything begins, so that a disk that fills up
//! stops the next push and hides no answer. Its descriptor is a stranger's if the host has closed all
//! descriptors meanwhile: then nothing is written to it.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use certpush_system::fork_generation;
use rustix::fs::{Access, FlockOperation, Mode, OFlags, access, flock, ftruncate};
use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::process::{Resource, getrlimit};

use crate::descriptor::{self, Identity};
use crate::io_error::message_of;

/// Room on the disk is set aside in steps of so many bytes.
const ROOM: u64 = 64 * 1024;
/// The longest line, in bytes: an entry within the documented limits has a tenth of it.
const LONGEST_LINE: u64 = 64 * 1024;
/// How often a journal that is being replaced is opened again.
const OPENINGS: usize = 8;

/// What others have done to the file of a client's journal while it was in use. Since 0.2.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JournalChange {
    /// It is somewhere else, with all that was added, and nothing is lost if it is put back.
    Moved,
    /// It is gone.
    Removed,
    /// It is gone, and its name stands for another file, such as a copy that an editor has saved.
    Replaced,
    /// The end of what was added is gone.
    Shortened,
    /// Something stands behind what was added. That is still there, and what has ended since is not.
    Lengthened,
}

impl JournalChange {
    /// In words that stand behind the file's name.
    pub(crate) fn words(self) -> &'static str {
        match self {
            JournalChange::Moved => "was moved while it was in use",
            JournalChange::Removed => "was removed while it was in use",
            JournalChange::Replaced => "was replaced by another file while it was in use",
            JournalChange::Shortened => "was made shorter by another program while it was in use",
            JournalChange::Lengthened => "was made longer by another program while it was in use",
        }
    }

    /// What to do before a later run.
    fn hint(self) -> &'static str {
        match self {
            JournalChange::Moved => {
                "Put it back before the next run: without it what it has as pushed is pushed once more."
            }
            JournalChange::Removed => {
                "A later run pushes once more what it had as pushed: push only what was not."
            }
            JournalChange::Replaced => {
                "Look at the file that is there now: a later run goes by it, and pushes once more what it does not have."
            }
            JournalChange::Shortened => {
                "Restore it before the next run: what was cut off may be pushed once more."
            }
            JournalChange::Lengthened => {
                "Take away what is no line of a journal before the next run. It has what was kept until then, and nothing is pushed once more."
            }
        }
    }
}

/// Why a journal cannot be used.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// In words that stand behind its name.
    pub(crate) why: String,
    /// What to do about it.
    pub(crate) hint: &'static str,
}

/// What a disk refuses.
impl From<String> for Refusal {
    fn from(why: String) -> Refusal {
        Refusal { why, hint: DISK }
    }
}

impl From<JournalChange> for Refusal {
    fn from(change: JournalChange) -> Refusal {
        Refusal {
            why: change.words().to_owned(),
            hint: change.hint(),
        }
    }
}

/// What a journal needs of a disk. What is wrong is told in words that stand behind its name.
pub(crate) trait Disk: Send + Sync {
    /// Whether it is still the file of its name, and as long as what was added has made it: one that
    /// was moved away is read by nobody.
    fn check(&self) -> Result<(), JournalChange>;
    /// Adds a line, wholly or not at all, with room for so many bytes behind it.
    fn append(&self, line: &[u8], room: u64) -> Result<(), Refusal>;
    /// Waits until all that was added is on the disk.
    fn sync(&self) -> Result<(), Refusal>;
}

/// What to do about a journal that is damaged.
pub(super) const MEND: &str = "Mend or restore it: by another journal, or none, all that it has as pushed would be pushed once more. Where that cannot be, look on each target, and push only what is not there.";
const IN_USE: &str = "Wait until the other client has ended, then try again.";
/// What to do about a disk that takes or gives nothing.
const DISK: &str = "See that the disk has room and works, then run again with the same journal: what it has as pushed is not pushed once more.";
const CLOSED: &str =
    "Make a new client, and let the program close no descriptor that it has not opened.";
/// What to do about one that shall be there.
const NOT_THERE: &str = "Name the file that the option journal named; certpush push-all has it beside its list, as FILE.journal.";
const NO_PLACE: &str =
    "Name a regular file that can be written, in a folder that can be, on a disk of this machine.";

/// An open, locked file.
pub(crate) struct JournalFile {
    path: PathBuf,
    /// `None` only while it is dropped.
    file: Option<File>,
    identity: Identity,
    /// The process that has opened it.
    generation: u64,
    end: Mutex<End>,
}

/// What is known of the end of the file.
#[derive(Default)]
struct End {
    /// How long the file is, once it was written to.
    length: Option<u64>,
    /// So long the file may grow.
    room_to: u64,
    /// Why nothing can be written any more.
    broken: Option<Refusal>,
}

/// What was found at the end of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rest<'a> {
    Nothing,
    /// A line without its end.
    Torn(&'a [u8]),
}

impl JournalFile {
    /// Opens a file and locks it; makes one, for its owner alone, if there is none and `makes` is true.
    pub(super) fn open(path: &Path, makes: bool) -> Result<JournalFile, Refusal> {
        for _ in 0..OPENINGS {
            let opened = open(path, makes).map_err(|why| Refusal {
                why,
                hint: if makes || path.exists() {
                    NO_PLACE
                } else {
                    NOT_THERE
                },
            });
            let Some(file) = opened? else {
                continue;
            };
            lock(&file)?;
            let journal = JournalFile::of(path, file)?;
            // It may have been replaced before it was locked.
            if journal.check().is_ok() {
                return Ok(journal);
            }
        }
        Err(Refusal::from("is being replaced all the time".to_owned()))
    }

    /// Opens a file that is only looked at: another client may have it. `None` if there is none, and one
    /// can be made.
    pub(super) fn look(path: &Path) -> Result<Option<JournalFile>, Refusal> {
        match open(path, false) {
            Ok(Some(file)) => Ok(Some(JournalFile::of(path, file)?)),
            Ok(None) => Ok(None),
            Err(why) if path.is_symlink() || path.exists() => Err(no_place(why)),
            Err(_) => {
                let folder = match path.parent() {
                    Some(folder) if folder != Path::new("") => folder,
                    _ => Path::new("."),
                };
                let allowed = access(folder, Access::WRITE_OK | Access::EXEC_OK);
                allowed.map_err(|error| no_place(cannot("opened", &error.into())))?;
                Ok(None)
            }
        }
    }

    fn of(path: &Path, file: File) -> Result<JournalFile, Refusal> {
        let identity = Identity::of(&file).map_err(|error| cannot("read", &error))?;
        Ok(JournalFile {
            path: path.to_owned(),
            file: Some(file),
            identity,
            generation: fork_generation(),
            end: Mutex::default(),
        })
    }

    /// Gives each line with its number to `take`, and what stands behind the last one to `rest`.
    pub(super) fn read<T>(
        &self,
        mut take: impl FnMut(usize, &[u8]) -> Result<(), Refusal>,
        rest: impl FnOnce(usize, Rest<'_>) -> T,
    ) -> Result<T, Refusal> {
        let mut file = self.file()?;
        file.rewind().map_err(|error| cannot("read", &error))?;
        let mut reader = BufReader::with_capacity(ROOM as usize, file);
        let mut line = Vec::new();
        let mut number = 0;
        loop {
            number += 1;
            line.clear();
            let mut part = (&mut reader).take(LONGEST_LINE + 1);
            let read = part.read_until(b'\n', &mut line);
            read.map_err(|error| cannot("read", &error))?;
            match line.strip_suffix(b"\n") {
                Some(whole) => take(number, whole)?,
                None if line.is_empty() => return Ok(rest(number, Rest::Nothing)),
                None if line.len() as u64 > LONGEST_LINE => {
                    return Err(Refusal {
                        why: format!("has no line of a journal in line {number}"),
                        hint: MEND,
                    });
                }
                None => return Ok(rest(number, Rest::Torn(&line))),
            }
        }
    }

    /// Takes away the last bytes.
    pub(super) fn cut(&self, bytes: u64) -> Result<(), Refusal> {
        let file = self.file()?;
        let length = self.length()?;
        let cut = ftruncate(file, length.saturating_sub(bytes));
        Ok(cut.map_err(|error| cannot("written", &error.into()))?)
    }

    /// Waits until the folder has the file on the disk.
    pub(super) fn sync_folder(&self) -> Result<(), Refusal> {
        let failed = |error: std::io::Error| cannot("kept: its folder cannot be synced", &error);
        let path = std::fs::canonicalize(&self.path).map_err(failed)?;
        let folder = File::open(path.parent().unwrap_or(&path)).map_err(failed)?;
        match folder.sync_all() {
            // The file system has nothing to sync.
            Err(error) if error.raw_os_error() == Some(Errno::INVAL.raw_os_error()) => Ok(()),
            synced => Ok(synced.map_err(failed)?),
        }
    }

    /// The file, unless its descriptor's number stands for another by now.
    fn file(&self) -> Result<&File, Refusal> {
        let file = self.file.as_ref().filter(|_| self.is_still_own());
        file.ok_or_else(|| Refusal {
            why: "was closed by the program, which closes descriptors that are not its own"
                .to_owned(),
            hint: CLOSED,
        })
    }

    fn is_still_own(&self) -> bool {
        let now = self.file.as_ref().map(Identity::of);
        now.is_some_and(|now| now.is_ok_and(|now| now == self.identity))
    }

    fn length(&self) -> Result<u64, Refusal> {
        let metadata = self.file()?.metadata();
        Ok(metadata.map_err(|error| cannot("read", &error))?.len())
    }

    fn end(&self) -> MutexGuard<'_, End> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk for JournalFile {
    fn check(&self) -> Result<(), JournalChange> {
        let there = std::fs::metadata(&self.path);
        let is_replaced = there.is_ok();
        let is_there = there.is_ok_and(|there| Identity::of_metadata(&there) == self.identity);
        // Of a descriptor that is not its own any more, whoever writes is told.
        let own = self.file().ok().and_then(|file| file.metadata().ok());
        let known = self.end().length;
        match (own, known) {
            (Some(own), _) if !is_there && own.nlink() == 0 => Err(if is_replaced {
                JournalChange::Replaced
            } else {
                JournalChange::Removed
            }),
            (Some(own), Some(known)) => match change_of_length(known, own.len()) {
                Some(JournalChange::Lengthened) | None if !is_there => Err(JournalChange::Moved),
                change => change.map_or(Ok(()), Err),
            },
            _ if !is_there => Err(JournalChange::Moved),
            _ => Ok(()),
        }
    }

    fn append(&self, line: &[u8], room: u64) -> Result<(), Refusal> {
        let mut end = self.end();
        if let Some(why) = &end.broken {
            return Err(why.clone());
        }
        let file = self.file()?;
        let before = self.length()?;
        if let Some(change) = end.length.and_then(|known| change_of_length(known, before)) {
            end.broken = Some(change.into());
            return Err(change.into());
        }
        let needed = before + line.len() as u64 + room;
        if needed > end.room_to {
            end.room_to = set_aside(file, before, needed)?;
        }
        let mut rest = line;
        while !rest.is_empty() {
            let why = match rustix::io::write(file, rest) {
                Ok(0) => "cannot be written: the disk takes nothing".to_owned(),
                Ok(count) => {
                    rest = &rest[count..];
                    continue;
                }
                Err(Errno::INTR) => continue,
                Err(error) => cannot("written", &error.into()),
            };
            if rest.len() < line.len() && ftruncate(file, before).is_err() {
                end.broken = Some("has a part of a line at its end".to_owned().into());
            }
            return Err(why.into());
        }
        end.length = Some(before + line.len() as u64);
        Ok(())
    }

    fn sync(&self) -> Result<(), Refusal> {
        let file = self.file()?;
        let synced = file.sync_data();
        Ok(synced.map_err(|error| cannot("synced", &error))?)
    }
}

impl Drop for JournalFile {
    /// Closes the file. A number that stands for something else by now is the host's, and is forgotten
    /// without being closed.
    ///
    /// The lock is ended by the process that has opened it. To close is not enough: a child that another
    /// thread has forked, and that has not come to its `exec` yet, has the file open, too.
    fn drop(&mut self) {
        let is_still_own = self.is_still_own();
        let Some(file) = self.file.take() else {
            return;
        };
        if !is_still_own {
            let _ = file.into_raw_fd();
        } else if self.generation == fork_generation() {
            let _ = flock(&file, FlockOperation::Unlock);
        }
    }
}

/// What has happened to a file whose length was known.
fn change_of_length(known: u64, now: u64) -> Option<JournalChange> {
    match now.cmp(&known) {
        Ordering::Less => Some(JournalChange::Shortened),
        Ordering::Equal => None,
        Ordering::Greater => Some(JournalChange::Lengthened),
    }
}

fn no_place(why: String) -> Refusal {
    Refusal {
        why,
        hint: NO_PLACE,
    }
}

fn cannot(be: &str, error: &std::io::Error) -> String {
    format!("cannot be {be}: {}", message_of(error))
}

/// Opens a file; `None` if it appeared or vanished meanwhile.
fn open(path: &Path, makes: bool) -> Result<Option<File>, String> {
    // A FIFO must not be waited for, and a terminal not become the one that controls a daemon.
    let flags = OFlags::RDWR | OFlags::APPEND | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = |flags| loop {
        match rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR) {
            Err(Errno::INTR) => {}
            opened => return opened,
        }
    };
    let file = match opened(flags) {
        Err(Errno::NOENT) if path.is_symlink() && !path.exists() => {
            return Err("is a symbolic link to a file that is not there".to_owned());
        }
        Err(Errno::NOENT) if makes => match opened(flags | OFlags::CREATE | OFlags::EXCL) {
            Err(Errno::EXIST) => return Ok(None),
            made => made,
        },
        Err(Errno::ISDIR) => return Err("is a directory, not a file".to_owned()),
        opened => opened,
    };
    let file = file.map_err(|error| cannot("opened", &error.into()))?;
    let file = above_the_standard_streams(file)?;
    let metadata = file.metadata();
    let metadata = metadata.map_err(|error| cannot("read", &error))?;
    if metadata.is_file() {
        Ok(Some(file))
    } else {
        Err("is no regular file".to_owned())
    }
}

fn above_the_standard_streams(file: OwnedFd) -> Result<File, String> {
    if file.as_raw_fd() >= descriptor::LOWEST {
        return Ok(file.into());
    }
    match fcntl_dupfd_cloexec(&file, descriptor::LOWEST) {
        Ok(file) => Ok(file.into()),
        Err(error) => Err(cannot("opened", &error.into())),
    }
}

fn lock(file: &File) -> Result<(), Refusal> {
    loop {
        return match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(()),
            Err(Errno::INTR) => continue,
            Err(Errno::WOULDBLOCK) => Err(Refusal {
                why: "is in use by another client, in this process or another: one client has it at a time"
                    .to_owned(),
                hint: IN_USE,
            }),
            Err(error) => Err(no_place(cannot("locked", &error.into()))),
        };
    }
}

/// Sets room aside behind the end of a file, so that it can grow as long as needed and a bit more;
/// tells how long. Where the file system cannot, nothing is set aside.
fn set_aside(file: &File, length: u64, needed: u64) -> Result<u64, String> {
    let limit = getrlimit(Resource::Fsize).current.unwrap_or(u64::MAX);
    if needed > limit {
        // The write would raise SIGXFSZ, which ends a program that does not expect it.
        return Err(format!(
            "cannot be written: it would be longer than the {limit} bytes that a file of this process may have (ulimit -f)"
        ));
    }
    let generous = needed.saturating_add(ROOM).min(limit);
    match allocate(file, length, generous) {
        Err(Errno::NOSPC | Errno::DQUOT) => match allocate(file, length, needed) {
            Ok(()) => Ok(needed),
            Err(error) => Err(cannot("written", &error.into())),
        },
        // What it cannot set aside is found out by writing.
        Ok(()) | Err(_) => Ok(generous),
    }
}

#[cfg(target_os = "linux")]
fn allocate(file: &File, length: u64, needed: u64) -> Result<(), Errno> {
    use rustix::fs::{FallocateFlags, fallocate};
    loop {
        match fallocate(file, FallocateFlags::KEEP_SIZE, length, needed - length) {
            Err(Errno::INTR) => {}
            allocated => return allocated,
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn allocate(_: &File, _: u64, _: u64) -> Result<(), Errno> {
    Ok(())
}
