//! The list of many pushes. It never holds an entry that could not be sent as it is, and none twice.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::Arc;

use super::entry_key::EntryKey;
use super::list_text::{self, Row};
use crate::operations::PushRequest;
use crate::report::Error;

/// How many faults of a text its refusal names.
const FAULTS_SHOWN: usize = 5;
/// What to do about an entry that is there already.
const TWICE: &str = "Leave one of the two out: a push is not idempotent.";

/// Certificates to push, and where to: what [`Client::push_all`](crate::Client::push_all) takes.
///
/// Every entry is within the documented limits ([`limits`](crate::limits)), and none is there twice;
/// the letter case of the service does not count. A clone shares the entries until one of the two is
/// changed. Since 0.2.0.
///
/// ```
/// let mut list = certpush::PushList::new();
/// list.add("scs1600313391074", "ap-southeast-3", "ELB")?;
/// list.read("{\"certificate_id\":\"scs1600313391074\",\"target_project\":\"\",\"target_service\":\"CDN\"}")?;
/// assert_eq!(list.len(), 2);
/// # Ok::<(), certpush::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct PushList {
    entries: Arc<Entries>,
}

#[derive(Clone, Default)]
struct Entries {
    pushes: Vec<PushRequest>,
    /// The line of the text that an entry was read from, 0 for one that was added.
    lines: Vec<usize>,
    places: HashMap<EntryKey, usize>,
}

impl PushList {
    /// A list without entries.
    pub fn new() -> PushList {
        PushList::default()
    }

    /// Adds one entry; the arguments are those of [`Client::push`](crate::Client::push).
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` for what is outside the documented limits, has blanks around it, or is in
    /// the list already. The list stays as it was.
    pub fn add(
        &mut self,
        certificate_id: &str,
        target_project: &str,
        target_service: &str,
    ) -> Result<(), Error> {
        for (name, value) in [
            ("target_project", target_project),
            ("target_service", target_service),
        ] {
            if value.trim() != value {
                return Err(Error::invalid_argument(name, "has blanks around it"));
            }
        }
        let push = PushRequest::new(certificate_id, target_project, target_service)?;
        let entries = Arc::make_mut(&mut self.entries);
        entries.add(push, 0).map_err(|place| {
            let there = self.told_place(place);
            let reason = format!("and its target are in the list already, {there}");
            let mut error = Error::invalid_argument("certificate_id", &reason);
            error.report_mut().hint = TWICE.into();
            error
        })
    }

    /// Adds all entries of a text: CSV whose first line is
    /// `certificate_id,target_project,target_service`, the columns in any order, or JSON Lines, objects
    /// of exactly these three members.
    ///
    /// The text is UTF-8, with or without a byte order mark; LF or CRLF ends a line, and empty lines
    /// are passed over. It is checked as a whole before any of it is taken.
    ///
    /// # Errors
    ///
    /// `INVALID_CONFIG`, which names the first faults by their lines: columns or members that are
    /// unknown, missing or there twice; values that [`PushList::add`] would refuse; an entry that is
    /// there twice; no entry at all. The list stays as it was.
    pub fn read(&mut self, text: impl AsRef<[u8]>) -> Result<(), Error> {
        let rows = list_text::rows(text.as_ref()).map_err(|why| refused(&why))?;
        let mut whole = self.clone();
        let mut faults = Vec::new();
        for Row { line, values } in rows {
            let added = values.and_then(|values| whole.add_row(line, &values));
            if let Err(why) = added {
                faults.push(format!("line {line}: {why}"));
            }
        }
        if faults.is_empty() {
            *self = whole;
            return Ok(());
        }
        let more = match faults.len().saturating_sub(FAULTS_SHOWN) {
            0 => String::new(),
            more => format!("; and {more} more lines"),
        };
        faults.truncate(FAULTS_SHOWN);
        Err(refused(&format!("is refused: {}{more}", faults.join("; "))))
    }

    fn add_row(&mut self, line: usize, values: &[String; 3]) -> Result<(), String> {
        let [certificate_id, target_project, target_service] = values;
        for (name, value) in list_text::COLUMNS.iter().zip(values) {
            if value.trim() != value {
                return Err(format!("{name} has blanks around it"));
            }
        }
        let push = PushRequest::new(certificate_id, target_project, target_service)
            .map_err(|error| error.fault().to_owned())?;
        let entries = Arc::make_mut(&mut self.entries);
        let added = entries.add(push, line);
        added.map_err(|place| format!("is in the list already, {}", self.told_place(place)))
    }

    /// Where an entry stands, for people.
    fn told_place(&self, place: usize) -> String {
        match self.line(place) {
            Some(line) => format!("in line {line}"),
            None => format!("as entry {}", place + 1),
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.pushes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.pushes.is_empty()
    }

    /// An entry, counted from 0.
    pub fn get(&self, index: usize) -> Option<&PushRequest> {
        self.entries.pushes.get(index)
    }

    /// The place of an entry, counted from 0. The letter case of the service does not count.
    pub fn position(
        &self,
        certificate_id: &str,
        target_project: &str,
        target_service: &str,
    ) -> Option<usize> {
        let key = EntryKey::from_texts(certificate_id, target_project, target_service);
        self.entries.places.get(&key).copied()
    }

    /// The line, counted from 1, of the text that an entry was read from; `None` for one that was
    /// [added](PushList::add).
    pub fn line(&self, index: usize) -> Option<usize> {
        self.entries
            .lines
            .get(index)
            .copied()
            .filter(|line| *line > 0)
    }

    /// The entries in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, PushRequest> {
        self.entries.pushes.iter()
    }
}

impl Entries {
    /// Adds an entry, or tells where it stands already.
    fn add(&mut self, push: PushRequest, line: usize) -> Result<(), usize> {
        match self.places.entry(EntryKey::of(&push)) {
            Entry::Occupied(there) => Err(*there.get()),
            Entry::Vacant(place) => {
                place.insert(self.pushes.len());
                self.pushes.push(push);
                self.lines.push(line);
                Ok(())
            }
        }
    }
}

impl<'a> IntoIterator for &'a PushList {
    type Item = &'a PushRequest;
    type IntoIter = std::slice::Iter<'a, PushRequest>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for PushList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

fn refused(why: &str) -> Error {
    Error::invalid_config(format!("the list {why}; nothing of it was taken"))
}
