//! Certificate authorities that are trusted, and what is told of those that are not.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::UnixTime;

use super::x509;

/// Largest file of authorities, in bytes.
pub(super) const LONGEST_FILE: usize = 16 * 1024 * 1024;
/// How many certificates that were left out a message names.
const MOST_NAMED: usize = 3;

/// Certificate authorities, and where there may be more.
#[derive(Debug)]
pub(super) struct Authorities {
    pub(super) roots: Arc<RootCertStore>,
    /// For each root of a file that the program named, when it may be used; for none of another's.
    pub(super) validity: Vec<Validity>,
    /// Folders with a file for each authority. Reading them takes longer than a handshake, so they
    /// are left for a certificate whose issuer is not among the roots.
    pub(super) folders: Vec<PathBuf>,
    /// What was left out or could not be read, each as a message.
    pub(super) left_out: Vec<String>,
}

/// When a root may be used, and how it is told of at other times.
#[derive(Debug)]
pub(super) struct Validity {
    pub(super) name: String,
    pub(super) from: i64,
    pub(super) until: i64,
}

impl Validity {
    /// Why the root cannot be used now.
    pub(super) fn fault_at(&self, now: i64) -> Option<String> {
        if now > self.until {
            Some(format!(
                "{} expired on {}",
                self.name,
                x509::day(self.until)
            ))
        } else if now < self.from {
            let from = x509::day(self.from);
            Some(format!("{} is not valid before {from}", self.name))
        } else {
            None
        }
    }
}

impl From<RootCertStore> for Authorities {
    fn from(roots: RootCertStore) -> Authorities {
        Authorities {
            roots: Arc::new(roots),
            validity: Vec::new(),
            folders: Vec::new(),
            left_out: Vec::new(),
        }
    }
}

impl Authorities {
    /// The roots that may be used now, if they are not all: a client may outlive them.
    pub(super) fn roots_valid_at(&self, now: UnixTime) -> Option<RootCertStore> {
        let now = seconds_of(now);
        if self.validity.iter().all(|it| it.fault_at(now).is_none()) {
            return None;
        }
        let roots = self.roots.roots.iter().zip(&self.validity);
        Some(RootCertStore {
            roots: roots
                .filter(|(_, validity)| validity.fault_at(now).is_none())
                .map(|(root, _)| root.clone())
                .collect(),
        })
    }

    /// What was left out, with what may not be used now: "" if there is nothing.
    pub(super) fn left_out_at(&self, now: UnixTime) -> String {
        let now = seconds_of(now);
        let outdated = self.validity.iter().filter_map(|it| it.fault_at(now));
        let left_out: Vec<_> = self.left_out.iter().cloned().chain(outdated).collect();
        join_first_few(&left_out)
    }
}

/// A time in seconds since 1970.
pub(super) fn seconds_of(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

/// The first of many things, and how many more there are.
pub(super) fn join_first_few(things: &[String]) -> String {
    let named = things[..things.len().min(MOST_NAMED)].join(", ");
    match things.len().saturating_sub(MOST_NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
