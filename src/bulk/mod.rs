//! Many pushes: the list of them, the threads that make them, what holds those back, and the journal.

mod brakes;
mod entry_key;
mod journal;
mod journal_file;
mod journal_line;
pub(crate) mod kept_push;
mod list;
mod list_text;
mod pace;
mod push_all;
mod push_all_report;
mod workers;

pub(crate) use journal::Journal;
pub use journal::{JournalLost, settle, unsettled};
pub use journal_file::JournalChange;
pub use list::PushList;
pub(crate) use push_all::push_all;
pub use push_all::{PushAllOptions, PushAllRun, PushAllStep, PushAllStopper};
pub use push_all_report::{PushAllCounts, PushAllError, PushAllReport};
