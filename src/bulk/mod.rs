//! Many pushes: the list of them, and what runs it.

mod entry_key;
mod journal;
mod journal_file;
mod journal_line;
pub(crate) mod kept_push;
mod list;
mod list_text;

pub(crate) use journal::Journal;
pub use journal::settle;
pub use list::PushList;
