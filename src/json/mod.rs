//! JSON that is sent and JSON that was received.

mod reader;
mod writer;

pub(crate) use reader::{BYTE_ORDER_MARK, Document, Kind, Value};
pub(crate) use writer::{append_text, list, object, object_of_texts, text};
