//! Text in a scenario: as it is, or too long to be written out.

use serde::Deserialize;

/// A text, written in JSON as a string, as `{"repeat": "A", "count": 255}`, or as a list of both
/// that is joined.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Parts")]
pub struct Text(String);

impl Text {
    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text(text.to_owned())
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Parts {
    One(Part),
    Joined(Vec<Part>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Plain(String),
    Repeated { repeat: String, count: usize },
}

impl Part {
    fn written_out(self) -> String {
        match self {
            Part::Plain(text) => text,
            Part::Repeated { repeat, count } => repeat.repeat(count),
        }
    }
}

impl From<Parts> for Text {
    fn from(parts: Parts) -> Self {
        match parts {
            Parts::One(part) => Text(part.written_out()),
            Parts::Joined(parts) => Text(parts.into_iter().map(Part::written_out).collect()),
        }
    }
}
