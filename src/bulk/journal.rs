//! The journal: what became of each push, on the disk. A push is begun there before its first byte is
//! sent, so that a run that is killed leaves nothing that nobody knows of.
//!
//! It never calls a push made or not made unless that is known: where an end could not be written, or
//! was not written because the process ended, the push is unknown until a person has settled it.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use certpush_system::fork_generation;

use super::entry_key::EntryKey;
use super::journal_file::{Disk, JournalChange, JournalFile, MEND, Refusal, Rest};
use super::journal_line::{self, Ended, Event};
use crate::advice;
use crate::call_context::CallContext;
use crate::clock::timestamp;
use crate::endpoint::Endpoint;
use crate::file::Waiting;
use crate::operations::{Operation, PushRequest};
use crate::phase::Phase;
use crate::report::{Error, Report};
use crate::sanitize::quoted_path;
use crate::status::Status;

/// While a journal is read, the call's time is looked at after so many lines.
const LINES_BETWEEN_LOOKS: usize = 4096;

/// What to do about a push that is not to be settled.
const NAMED_ALIKE: &str = "Name certificate, project and service as the journal does: certpush settle JOURNAL lists what is unsettled there.";
/// What to do about one that is known to be pushed.
const PUSHED_ALREADY: &str =
    "If it is not on the target any more, push it once more: again is for that.";
/// What to do about one that is being made now: it cannot be settled.
const UNDER_WAY: &str = "Wait until the other call has ended: its report tells what became of it.";
const OTHER_ENDPOINT: &str = "Give each endpoint a journal of its own.";
const OTHER_PROCESS: &str =
    "Make a client in the child, with a journal of its own, or push in the parent.";

/// What became of the pushes of a client. It is the process's own that opened it.
pub(crate) struct Journal<D: Disk = JournalFile> {
    disk: D,
    /// How messages name it.
    name: String,
    generation: u64,
    /// Whether it knew of no push when it was opened.
    is_new: bool,
    state: Mutex<State>,
    /// Told when a sync has ended.
    synced: Condvar,
}

#[derive(Default)]
struct State {
    pushes: HashMap<EntryKey, Known>,
    /// How much room the ends of all that is under way may take, in bytes.
    room: u64,
    /// How many lines were added, and how many of them are known to be on the disk.
    written: u64,
    synced: u64,
    is_syncing: bool,
    /// Why nothing begins any more: what a sync that failed has lost nobody can tell.
    failed: Option<Refusal>,
    /// For what the journal could not be kept last, to continue a sentence.
    not_kept: Option<String>,
}

/// What is known of a push that was begun once. What is known to be not pushed is not kept, unless a
/// person has said so.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Known {
    Pushed(Pushed),
    /// A person has found that it was not pushed.
    SettledAsNotPushed,
    Unknown {
        why: Unknown,
        time: Box<str>,
        /// What was known before: it holds again if the push that was begun upon it was not made.
        before: Option<Pushed>,
    },
}

/// When it was pushed, or settled as pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pushed {
    time: Box<str>,
    by_a_person: bool,
}

/// Why it is not known whether a push was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unknown {
    /// Its end was not written.
    NoEnd,
    /// It has ended, and may have been pushed.
    Ended(Option<Status>),
    /// It is being made now.
    UnderWay,
}

impl Known {
    /// Takes note of a line; `None` if what it tells cannot come after what is known.
    fn after(known: Option<Known>, event: Event, time: Box<str>) -> Option<Option<Known>> {
        Some(match (event, known) {
            (Event::Begin, Some(Known::Unknown { .. })) => return None,
            (Event::Begin, known) => Some(Known::Unknown {
                why: Unknown::NoEnd,
                time,
                before: match known {
                    Some(Known::Pushed(pushed)) => Some(pushed),
                    _ => None,
                },
            }),
            (
                Event::End(ended),
                Some(Known::Unknown {
                    why: Unknown::NoEnd | Unknown::UnderWay,
                    before,
                    ..
                }),
            ) => match ended {
                Ended::Pushed => Some(Known::Pushed(Pushed {
                    time,
                    by_a_person: false,
                })),
                Ended::NotPushed => before.map(Known::Pushed),
                Ended::Unknown(status) => Some(Known::Unknown {
                    why: Unknown::Ended(status),
                    time,
                    before,
                }),
            },
            (Event::End(_), _) => return None,
            (Event::Settle { pushed }, Some(known)) if known.can_be_settled() => Some(if pushed {
                Known::Pushed(Pushed {
                    time,
                    by_a_person: true,
                })
            } else {
                Known::SettledAsNotPushed
            }),
            (Event::Settle { .. }, _) => return None,
        })
    }

    /// Whether a person may say what it is: nobody knows better, or a person has said it before.
    fn can_be_settled(&self) -> bool {
        match self {
            Known::Pushed(pushed) => pushed.by_a_person,
            Known::SettledAsNotPushed | Known::Unknown { .. } => true,
        }
    }
}

impl State {
    /// Takes note of a line; false if what it tells cannot come after what is known.
    fn take(&mut self, key: EntryKey, event: Event, time: &str) -> bool {
        let known = self.pushes.remove(&key);
        let after = Known::after(known, event, time.into());
        let is_possible = after.is_some();
        if let Some(known) = after.flatten() {
            self.pushes.insert(key, known);
        }
        is_possible
    }
}

/// A client's journal that is not what was kept in it, for what others have done to the file while it was
/// in use. It displays as a sentence that says what a later run makes of it. Since 0.2.0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalLost {
    name: String,
    change: JournalChange,
}

impl JournalLost {
    /// What others have done to it.
    pub fn change(&self) -> JournalChange {
        self.change
    }
}

impl fmt::Display for JournalLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let JournalLost { name, change } = self;
        let then = match change {
            JournalChange::Moved => {
                "unless it is put back, a later run may push once more what it has as pushed"
            }
            JournalChange::Removed => "a later run pushes once more what it had as pushed",
            JournalChange::Replaced => {
                "a later run goes by that one, and pushes once more what it does not have"
            }
            JournalChange::Shortened => "a later run may push once more what it had as pushed",
            JournalChange::Lengthened => {
                "it has what was kept until then; a later run may refuse it, and pushes nothing once more"
            }
        };
        write!(f, "{name} {}: {then}", change.words())
    }
}

/// A push that may be sent now: its beginning is on the disk.
#[must_use]
pub(super) struct Begun<'a, D: Disk = JournalFile> {
    journal: &'a Journal<D>,
    push: &'a PushRequest,
    room: u64,
}

impl Journal {
    /// Opens the journal of pushes to an endpoint, or makes it.
    pub(crate) fn open(
        path: &Path,
        endpoint: &Endpoint,
        waiting: Waiting<'_>,
    ) -> Result<Journal, Error> {
        open(path, Some(&named_in_journals(endpoint)), &looks(waiting))
    }

    /// Reads the journal of pushes to an endpoint without opening it for any: another client may have it.
    /// Tells what it has, for people.
    pub(crate) fn look(
        path: &Path,
        endpoint: &Endpoint,
        waiting: Waiting<'_>,
    ) -> Result<String, Error> {
        let name = name_of(path);
        let refuse = |refusal: Refusal| refused(&name, refusal);
        let Some(disk) = JournalFile::look(path).map_err(refuse)? else {
            return Ok("not there yet: it is made before the first push".to_owned());
        };
        let endpoint = named_in_journals(endpoint);
        let mut read = read(&disk, &name, Some(&endpoint), &looks(waiting))?;
        match read.rest.take() {
            Some((1, part)) if !journal_line::header(&endpoint).starts_with(&part) => {
                return Err(refuse(journal_line::no_journal()));
            }
            // What is not written whole may be a line that another client writes now.
            Some((number, part)) if number > 1 => {
                let _ = read.take(number, &part);
            }
            _ => {}
        }
        if !read.has_header {
            return Ok("empty: it counts as a new one".to_owned());
        }
        let known = read.state.pushes.values();
        let unsettled = known
            .clone()
            .filter(|it| matches!(it, Known::Unknown { .. }));
        let pushed = known.filter(|it| matches!(it, Known::Pushed(_)));
        Ok(format!(
            "{} pushed, {} unsettled or under way",
            pushed.count(),
            unsettled.count()
        ))
    }

    /// Whether it knew of no push when it was opened: it was made then, or none was begun with it.
    pub(crate) fn is_new(&self) -> bool {
        self.is_new
    }
}

/// How journals name an endpoint.
fn named_in_journals(endpoint: &Endpoint) -> String {
    let scheme = if endpoint.secure { "https" } else { "http" };
    let host = endpoint.host_header().to_ascii_lowercase();
    format!("{scheme}://{host}{}", endpoint.path_below(""))
}

/// Looks whether a call is over.
fn looks(waiting: Waiting<'_>) -> impl Fn() -> Result<(), Error> {
    move || {
        let ended = waiting.context.check(waiting.phase);
        ended.map_err(|failure| Error::new(Report::from(&failure)))
    }
}

fn name_of(path: &Path) -> String {
    format!("journal {}", quoted_path(path))
}

/// The error of a journal that cannot be used.
fn refused(name: &str, Refusal { why, hint }: Refusal) -> Error {
    let mut error = Error::invalid_config(format!("{name} {why}"));
    error.report_mut().hint = hint.into();
    error
}

/// Writes into a journal what a person, or a look at the target, has found out about a push of which
/// nobody knew whether it was made: that it was `pushed`, or that it was not.
///
/// ```no_run
/// let journal = "/var/lib/certpush/targets.journal";
/// certpush::settle(journal, "scs1600313391074", "ap-southeast-3", "ELB", true)?;
/// # Ok::<(), certpush::Error>(())
/// ```
///
/// A later run reports it as pushed, or sends it. What was settled may be settled again: the last word
/// counts. When this returns it is on the disk.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for arguments outside the documented limits and for a journal's name that is empty or
/// has a NUL inside. `INVALID_CONFIG` if the file is no journal, cannot be read or written, is in use by a
/// client or another call, or knows of no such push that is to be settled: one that it knows to be pushed
/// can only be settled as pushed, which changes nothing. The journal stays as it was. Since 0.2.0.
pub fn settle(
    journal: impl AsRef<Path>,
    certificate_id: &str,
    target_project: &str,
    target_service: &str,
    pushed: bool,
) -> Result<(), Error> {
    let push = PushRequest::new(certificate_id, target_project, target_service)?;
    check_name(journal.as_ref())?;
    open(journal.as_ref(), None, &|| Ok(()))?.settle(&push, pushed)
}

/// What a journal does not know the end of: the pushes that are to be [settled](settle), each with the
/// report `UNSETTLED` that a run gives it. The oldest comes first; services are in capitals.
///
/// ```no_run
/// for push in certpush::unsettled("/var/lib/certpush/targets.journal")? {
///     println!("{push}");
/// }
/// # Ok::<(), certpush::Error>(())
/// ```
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a name that is empty or has a NUL inside. `INVALID_CONFIG` if the file is no
/// journal, cannot be read or written, or is in use by a client: what that one has under way nobody can tell
/// yet. Since 0.2.0.
pub fn unsettled(journal: impl AsRef<Path>) -> Result<Vec<Report>, Error> {
    check_name(journal.as_ref())?;
    Ok(open(journal.as_ref(), None, &|| Ok(()))?.unsettled())
}

/// Refuses a name that no file can have, as the option's value is refused.
fn check_name(journal: &Path) -> Result<(), Error> {
    let name = journal.as_os_str().as_encoded_bytes();
    let why = if name.is_empty() {
        "must not be empty"
    } else if name.contains(&0) {
        "has a NUL inside"
    } else {
        return Ok(());
    };
    Err(Error::invalid_argument("journal", why))
}

/// Opens a journal, for pushes to an endpoint or, without one, for a person to settle them.
fn open(
    path: &Path,
    endpoint: Option<&str>,
    look: &dyn Fn() -> Result<(), Error>,
) -> Result<Journal, Error> {
    let name = name_of(path);
    let refuse = |refusal: Refusal| refused(&name, refusal);
    let disk = JournalFile::open(path, endpoint.is_some()).map_err(refuse)?;
    let mut read = read(&disk, &name, endpoint, look)?;
    tidy(&disk, &mut read, endpoint).map_err(refuse)?;
    let is_new = !read.has_pushes;
    Ok(Journal::new(disk, name, read.state, is_new))
}

/// What was read from a journal's file.
#[derive(Default)]
struct Read {
    state: State,
    has_header: bool,
    /// Whether there was a line behind the first.
    has_pushes: bool,
    /// A last line without its end, and its number.
    rest: Option<(usize, Vec<u8>)>,
}

impl Read {
    /// Takes note of a line behind the first.
    fn take(&mut self, number: usize, line: &[u8]) -> Result<(), Refusal> {
        let damaged = |why: String| Refusal { why, hint: MEND };
        let Some(line) = journal_line::read(line) else {
            return Err(damaged(format!(
                "has no line of a journal in line {number}: it was changed or damaged"
            )));
        };
        if self.state.take(line.key, line.event, &line.time) {
            self.has_pushes = true;
            Ok(())
        } else {
            Err(damaged(format!(
                "tells in line {number} of what cannot have come then: it was changed or damaged"
            )))
        }
    }
}

/// Reads a journal's file, and changes nothing in it.
fn read(
    disk: &JournalFile,
    name: &str,
    endpoint: Option<&str>,
    look: &dyn Fn() -> Result<(), Error>,
) -> Result<Read, Error> {
    let mut read = Read::default();
    let mut ended = Ok(());
    let rest = disk.read(
        |number, line| {
            if number % LINES_BETWEEN_LOOKS == 0 {
                ended = look();
                if ended.is_err() {
                    return Err(Refusal::from(String::new()));
                }
            }
            if number > 1 && line.trim_ascii().is_empty() {
                return Ok(());
            }
            if number > 1 {
                return read.take(number, line);
            }
            read.has_header = true;
            let own = journal_line::read_header(line)?;
            match endpoint {
                Some(endpoint) if own != endpoint => Err(Refusal {
                    why: format!(
                        "is of pushes to {}, not to {endpoint}",
                        journal_line::shown_endpoint(&own)
                    ),
                    hint: OTHER_ENDPOINT,
                }),
                _ => Ok(()),
            }
        },
        |number, rest| match rest {
            Rest::Nothing => None,
            Rest::Torn(part) => Some((number, part.to_vec())),
        },
    );
    ended?;
    read.rest = rest.map_err(|refusal| refused(name, refusal))?;
    Ok(read)
}

/// Takes away what a run that was killed has not written whole, and gives a new journal its first line.
fn tidy(disk: &JournalFile, read: &mut Read, endpoint: Option<&str>) -> Result<(), Refusal> {
    let header = endpoint.map(journal_line::header).unwrap_or_default();
    match read.rest.take() {
        None => {}
        // A run that was killed when it made the journal. Any other file is left alone.
        Some((1, part)) if !header.starts_with(&part) => return Err(journal_line::no_journal()),
        Some((number, part)) => {
            // All that is missing is the end of the line, as some editors leave it.
            if number > 1 && read.take(number, &part).is_ok() {
                disk.append(b"\n", 0)?;
            } else {
                disk.cut(part.len() as u64)?;
            }
        }
    }
    if !read.has_header {
        if endpoint.is_none() {
            return Err(Refusal {
                why: "is empty".to_owned(),
                hint: NAMED_ALIKE,
            });
        }
        // In this order: a journal that has a first line is in its folder.
        disk.sync_folder()?;
        disk.append(&header, 0)?;
        disk.sync()?;
    }
    Ok(())
}

impl<D: Disk> Journal<D> {
    fn new(disk: D, name: String, state: State, is_new: bool) -> Journal<D> {
        Journal {
            disk,
            name,
            generation: fork_generation(),
            is_new,
            state: Mutex::new(state),
            synced: Condvar::new(),
        }
    }

    /// The report of a push that is not to be made now: it was made before, unless `again` is true, or
    /// it is not known whether it was.
    pub(super) fn known(&self, push: &PushRequest, again: bool) -> Option<Report> {
        if !self.is_own() {
            return None;
        }
        let state = self.state();
        self.report_of(state.pushes.get(&EntryKey::of(push))?, push, again)
    }

    /// Begins a push, and returns when that is on the disk; or the report of one that is not to be
    /// made: nothing is sent then.
    pub(super) fn begin<'a>(
        &'a self,
        push: &'a PushRequest,
        again: bool,
        context: &CallContext,
    ) -> Result<Begun<'a, D>, Box<Report>> {
        if !self.is_own() {
            let why = "belongs to the process that has made the client: a forked child needs a client, and a journal, of its own";
            let other = Refusal {
                why: why.to_owned(),
                hint: OTHER_PROCESS,
            };
            return Err(Box::new(named(push, self.refusal(&other))));
        }
        if let Some(report) = self.known(push, again) {
            return Err(Box::new(report));
        }
        // The check may run the caller's own code: not with the lock held.
        if let Err(failure) = context.check(Phase::Start) {
            return Err(Box::new(named(push, Report::from(&failure))));
        }
        let key = EntryKey::of(push);
        let mut state = self.state();
        if let Some(known) = state.pushes.get(&key)
            && let Some(report) = self.report_of(known, push, again)
        {
            return Err(Box::new(report));
        }
        if let Some(why) = state.failed.clone() {
            return Err(Box::new(self.refused(&mut state, push, &why)));
        }
        let time = timestamp();
        let line = journal_line::begin(push, &time);
        let room = line.len() as u64 + journal_line::LONGEST_END;
        let is_there = self.disk.check().map_err(Refusal::from);
        let begun = is_there.and_then(|()| self.disk.append(&line, state.room + room));
        begun.map_err(|why| Box::new(self.refused(&mut state, push, &why)))?;
        state.take(key.clone(), Event::Begin, &time);
        if let Some(Known::Unknown { why, .. }) = state.pushes.get_mut(&key) {
            *why = Unknown::UnderWay;
        }
        state.room += room;
        state.written += 1;
        let mine = state.written;
        let begun = Begun {
            journal: self,
            push,
            room,
        };
        match self.wait_until_synced(state, mine, context) {
            Ok(()) => Ok(begun),
            Err(report) => {
                let mut report = named(push, *report);
                begun.end(&mut report);
                Err(Box::new(report))
            }
        }
    }

    /// Returns when so many lines are on the disk. Those who wait at the same time share a sync, which
    /// one of them makes: that one cannot be interrupted meanwhile.
    fn wait_until_synced<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        lines: u64,
        context: &CallContext,
    ) -> Result<(), Box<Report>> {
        loop {
            if state.synced >= lines {
                return Ok(());
            }
            if let Some(why) = state.failed.clone() {
                let report = self.refusal(&why);
                state.not_kept = Some(report.message.clone());
                return Err(Box::new(report));
            }
            if state.is_syncing {
                let waited = self.synced.wait_timeout(state, context.next_wait());
                // The check may run the caller's own code: not with the lock held.
                drop(waited.unwrap_or_else(PoisonError::into_inner));
                let ended = context.check_after_wait(Phase::Start);
                ended.map_err(|failure| Box::new(Report::from(&failure)))?;
                state = self.state();
            } else {
                state = self.sync(state);
            }
        }
    }

    /// Makes a sync of all that was written.
    fn sync<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        state.is_syncing = true;
        let lines = state.written;
        drop(state);
        let synced = self.disk.sync();
        let mut state = self.state();
        state.is_syncing = false;
        match synced {
            Ok(()) => state.synced = state.synced.max(lines),
            Err(why) => state.failed = Some(why),
        }
        self.synced.notify_all();
        state
    }

    /// What others have done to the file, if they have.
    pub(crate) fn lost(&self) -> Option<JournalLost> {
        if !self.is_own() {
            return None;
        }
        // What is being written now changes the length.
        let _state = self.state();
        let change = self.disk.check().err()?;
        Some(JournalLost {
            name: self.name.clone(),
            change,
        })
    }

    /// Makes a sync of what was written and is not known to be on the disk. That it fails changes
    /// nothing of what is known.
    pub(super) fn flush(&self) {
        if !self.is_own() {
            return;
        }
        let state = self.state();
        if state.synced < state.written && state.failed.is_none() && !state.is_syncing {
            drop(self.sync(state));
        }
    }

    /// Writes what a person has found out.
    fn settle(&self, push: &PushRequest, pushed: bool) -> Result<(), Error> {
        let refuse = |why, hint| refused(&self.name, Refusal { why, hint });
        let key = EntryKey::of(push);
        let mut state = self.state();
        match state.pushes.get(&key) {
            Some(known) if known.can_be_settled() => {}
            Some(Known::Pushed(_)) if pushed => return Ok(()),
            Some(Known::Pushed(Pushed { time, .. })) => {
                let why = format!(
                    "has it that {} was pushed to {} on {time}: there is nothing to settle",
                    push.certificate_id(),
                    push.target()
                );
                return Err(refuse(why, PUSHED_ALREADY));
            }
            _ => {
                let why = format!(
                    "knows of no push of {} to {} that is to be settled",
                    push.certificate_id(),
                    push.target()
                );
                return Err(refuse(why, NAMED_ALIKE));
            }
        }
        let time = timestamp();
        let line = journal_line::settle(push, &time, pushed);
        let written = self.disk.append(&line, 0).and_then(|()| self.disk.sync());
        written.map_err(|refusal| refused(&self.name, refusal))?;
        state.take(key, Event::Settle { pushed }, &time);
        Ok(())
    }

    /// What nobody knows the end of, the oldest first.
    fn unsettled(&self) -> Vec<Report> {
        let state = self.state();
        let mut unknown: Vec<_> = state
            .pushes
            .iter()
            .filter_map(|(key, known)| match known {
                Known::Unknown { time, .. } => Some((time, key, known)),
                _ => None,
            })
            .collect();
        unknown.sort_unstable_by_key(|(time, key, _)| (*time, *key));
        // What are no good arguments a person has written there: no push of them can be asked for.
        let reports = unknown
            .into_iter()
            .filter_map(|(_, key, known)| self.report_of(known, &key.push()?, false));
        reports.collect()
    }

    /// The report instead of a push, if what is known of it says so.
    fn report_of(&self, known: &Known, push: &PushRequest, again: bool) -> Option<Report> {
        let mut report = match known {
            Known::SettledAsNotPushed => return None,
            Known::Pushed(_) if again => return None,
            Known::Pushed(Pushed { time, by_a_person }) => {
                let name = &self.name;
                let how = if *by_a_person {
                    format!("as {name} has it, settled on {time}")
                } else {
                    format!("on {time}, as {name} has it")
                };
                Report {
                    hint: advice::STORED_NOT_BOUND.into(),
                    ..Report::new(
                        Status::Ok,
                        None,
                        format!(
                            "{} was pushed to {} {how}; nothing was sent now",
                            push.certificate_id(),
                            push.target()
                        ),
                    )
                }
            }
            Known::Unknown { why, time, .. } => {
                let name = &self.name;
                let what = match why {
                    Unknown::NoEnd => {
                        format!("it was begun on {time}, and {name} does not have its end")
                    }
                    Unknown::Ended(None) => {
                        format!("it ended on {time}, and {name} does not know how")
                    }
                    Unknown::Ended(Some(status)) => format!(
                        "it ended with {} on {time}, as {name} has it",
                        status.c_name()
                    ),
                    Unknown::UnderWay => "another call of the client is making it".to_owned(),
                };
                let hint = match why {
                    Unknown::UnderWay => UNDER_WAY,
                    Unknown::NoEnd | Unknown::Ended(_) => Status::Unsettled.hint(),
                };
                let report = Report {
                    hint: hint.into(),
                    outcome_unknown: true,
                    ..Report::new(
                        Status::Unsettled,
                        Phase::Start,
                        format!("{what}; nothing was sent now"),
                    )
                };
                return Some(named(push, report));
            }
        };
        push.name_in(&mut report);
        Some(report)
    }

    /// For what it could not be kept last, to continue a sentence.
    pub(super) fn not_kept(&self) -> Option<String> {
        // A forked child may find the lock held.
        let state = self.is_own().then(|| self.state());
        state.and_then(|state| state.not_kept.clone())
    }

    fn refused(&self, state: &mut State, push: &PushRequest, why: &Refusal) -> Report {
        let report = self.refusal(why);
        state.not_kept = Some(report.message.clone());
        named(push, report)
    }

    fn refusal(&self, why: &Refusal) -> Report {
        refused(&self.name, why.clone()).into_report()
    }

    /// Whether this is the process that has opened it. A forked child may find its locks held by
    /// threads that it does not have.
    fn is_own(&self) -> bool {
        self.generation == fork_generation()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D: Disk> Begun<'_, D> {
    /// Writes how the push has ended. If that cannot be done, or the file is not the journal any more, the
    /// report's message says so, and what that means for a later run: given, too, for the log.
    pub(super) fn end(self, report: &mut Report) -> Option<String> {
        let Begun {
            journal,
            push,
            room,
        } = self;
        let (is_there, written) = if journal.is_own() {
            let time = timestamp();
            let key = EntryKey::of(push);
            let mut state = journal.state();
            state.room -= room;
            let line = journal_line::end(push, &time, report);
            let is_there = journal.disk.check();
            // One that was moved away may be put back.
            let written = journal.disk.append(&line, 0);
            if written.is_ok() {
                state.written += 1;
                state.take(key, Event::End(Ended::of(report)), &time);
            } else if let Some(Known::Unknown { why, .. }) = state.pushes.get_mut(&key) {
                *why = Unknown::NoEnd;
            }
            (is_there, written)
        } else {
            (
                Ok(()),
                Err(Refusal::from("belongs to another process".to_owned())),
            )
        };
        let why = match (is_there, written) {
            // It may just have been as long as it was again.
            (Ok(()) | Err(JournalChange::Lengthened), Ok(())) => return None,
            (Err(JournalChange::Moved), Ok(())) => format!(
                "{}: unless it is put back, a later run may make this push once more",
                JournalChange::Moved.words()
            ),
            (
                Err(
                    change @ (JournalChange::Moved
                    | JournalChange::Removed
                    | JournalChange::Replaced
                    | JournalChange::Shortened),
                ),
                _,
            ) => format!(
                "{}: it does not have this, and a later run may make this push once more",
                change.words()
            ),
            (_, Err(Refusal { why, .. })) => format!(
                "{why}: it does not have this, and it calls the push unknown from now on, until it is settled"
            ),
        };
        let told = format!("{} {why}", journal.name);
        report.message.push_str("; ");
        report.message.push_str(&told);
        Some(told)
    }
}

impl<D: Disk> Drop for Journal<D> {
    fn drop(&mut self) {
        self.flush();
    }
}

fn named(push: &PushRequest, mut report: Report) -> Report {
    push.name_in(&mut report);
    report.message = push.message(&report);
    report
}

#[cfg(test)]
mod tests;
