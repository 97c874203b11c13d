//! Many pushes: the list of them, and what runs it.

mod entry_key;
mod list;
mod list_text;

pub use list::PushList;
