//! Hides the secrets of a call in text from a peer that echoes them, before anything of it is cut.
//!
//! A peer echoes in its own way: percent-encoded, escaped as JSON or HTML, in UTF-16, on several
//! lines, in part. So a text is looked at in several views, each with one way of writing undone,
//! up to two of them one in the other; blanks and control characters count in none. Decisions are
//! never made by what was masked: a password may be a word of the service's.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::views::{View, each_view};
use crate::sanitize::{self, sanitize};
use crate::secret::{Secret, is_blank};

/// A secret of fewer characters says itself by being masked: what may hold it is dropped.
const SHORTEST: usize = 6;
/// So many characters of the beginning or the end of a secret are taken for an echo of a part of it.
const SHORTEST_PART: usize = 12;
/// A password must have more for that, whose beginning may be a word.
const LONG_PASSWORD: usize = 16;
/// How much of a text is looked at and may be shown, in bytes.
const LONGEST_TEXT: usize = 16 * 1024;
/// How much more is looked at, so that no secret hides at the end of that.
const BEYOND: usize = 4096;
const MASK: &str = "****";

/// The secrets of a call.
#[derive(Clone, Default)]
pub(crate) struct Masker {
    needles: Vec<Needle>,
}

#[derive(Clone)]
struct Needle {
    secret: Arc<Secret>,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    /// A token or a secret key.
    Made,
    /// A password or a passcode.
    Chosen,
    /// An access key, which is no secret, and what is shown for it.
    Public(String),
}

impl Masker {
    /// Hides nothing.
    pub(crate) fn none() -> Masker {
        Masker::default()
    }

    /// Hides what a machine made, such as a token or a secret key.
    pub(crate) fn made(mut self, secret: &Arc<Secret>) -> Masker {
        self.add(Arc::clone(secret), Kind::Made);
        self
    }

    /// Hides what a person chose or typed, such as a password or a passcode.
    pub(crate) fn chosen(mut self, secret: &Arc<Secret>) -> Masker {
        self.add(Arc::clone(secret), Kind::Chosen);
        self
    }

    /// Shows `shown` for an access key.
    pub(crate) fn access_key(mut self, access_key: &str, shown: String) -> Masker {
        if access_key.len() >= SHORTEST {
            let key = Arc::new(Secret::new(access_key));
            self.add(key, Kind::Public(shown));
        }
        self
    }

    fn add(&mut self, secret: Arc<Secret>, kind: Kind) {
        if !secret.expose().is_empty() {
            self.needles.push(Needle { secret, kind });
        }
    }

    /// A text of the peer's, masked, then fit to be shown, of at most `limit` characters. "" if a
    /// secret may be in it that is too short to be masked.
    pub(crate) fn field(&self, text: &str, limit: usize) -> String {
        match self.masked(text) {
            Some(masked) => sanitize(&masked, limit),
            None => String::new(),
        }
    }

    /// The start of a body that could not be read, on one line; `None` if it must not be shown.
    pub(crate) fn quote(&self, body: &[u8]) -> Option<String> {
        let start = &body[..body.len().min(LONGEST_TEXT + BEYOND)];
        self.masked(&String::from_utf8_lossy(start))
            .map(|masked| sanitize::on_one_line(&masked))
    }

    /// The text without the secrets; `None` if there is one in it that is too short to be masked.
    fn masked<'a>(&self, text: &'a str) -> Option<Cow<'a, str>> {
        let looked_at = &text[..boundary(text, LONGEST_TEXT + BEYOND)];
        let end = boundary(looked_at, LONGEST_TEXT);
        let mut found = Vec::new();
        if !self.needles.is_empty() && !text.is_empty() {
            each_view(looked_at, |view| {
                let mut needles = self.needles.iter();
                needles.try_for_each(|needle| needle.find(view, &mut found))
            })?;
        }
        if found.is_empty() && end == text.len() {
            return Some(Cow::Borrowed(text));
        }
        // What is no secret comes last among those that begin together.
        found.sort_by_key(|echo: &Echo<'_>| (echo.range.start, echo.shown.is_some()));
        let mut masked = String::with_capacity(end.min(1024));
        let mut at = 0;
        for Echo { range, shown } in found {
            if range.start >= end {
                break;
            }
            if range.start >= at {
                masked.push_str(&text[at..range.start]);
                masked.push_str(shown.unwrap_or(MASK));
            } else if range.end > at && !masked.ends_with(MASK) {
                masked.push_str(MASK);
            }
            at = at.max(range.end);
        }
        if at < end {
            masked.push_str(&text[at..end]);
        }
        if end < text.len() {
            masked.push('…');
        }
        Some(Cow::Owned(masked))
    }
}

/// The last boundary of a character up to `index`.
fn boundary(text: &str, index: usize) -> usize {
    (0..=index.min(text.len()))
        .rev()
        .find(|index| text.is_char_boundary(*index))
        .unwrap_or(0)
}

/// Where in a text a secret is, and what is shown for it.
struct Echo<'a> {
    range: Range<usize>,
    shown: Option<&'a str>,
}

impl Needle {
    /// Finds the secret in a view; `None` if it is there and too short to be masked.
    fn find<'a>(&'a self, view: &View<'_>, found: &mut Vec<Echo<'a>>) -> Option<()> {
        let secret = self.secret.expose();
        let squeezed: Zeroizing<Vec<u8>>;
        let needle = if self.secret.has_blanks() {
            squeezed = Zeroizing::new(secret.bytes().filter(|byte| !is_blank(*byte)).collect());
            &squeezed
        } else {
            secret.as_bytes()
        };
        if needle.is_empty() {
            // Nothing but blanks: nobody can tell where it is.
            return None;
        }
        let shown = match &self.kind {
            Kind::Public(shown) => Some(shown.as_str()),
            Kind::Made | Kind::Chosen => None,
        };
        let is_short = secret.chars().nth(SHORTEST - 1).is_none() && shown.is_none();
        let has_parts = match self.kind {
            Kind::Made => needle.len() > SHORTEST_PART,
            Kind::Chosen => needle.len() > LONG_PASSWORD,
            Kind::Public(_) => false,
        };
        let least = if has_parts {
            SHORTEST_PART
        } else {
            needle.len()
        };
        let bytes = view.bytes();
        // From the beginning of the secret on, as far as the text goes along.
        let mut at = 0;
        while let Some(start) = position(bytes, at, &needle[..least]) {
            if is_short {
                return None;
            }
            let same = common(bytes[start..].iter(), needle.iter());
            found.push(Echo {
                range: view.range(start, start + same),
                shown,
            });
            at = start + same;
        }
        // And up to its end.
        if has_parts {
            let mut at = 0;
            let tail = &needle[needle.len() - least..];
            while let Some(start) = position(bytes, at, tail) {
                let end = start + least;
                let same = common(bytes[..end].iter().rev(), needle.iter().rev());
                found.push(Echo {
                    range: view.range(end - same, end),
                    shown,
                });
                at = end;
            }
        }
        Some(())
    }
}

/// How many bytes are the same from the start.
fn common<'a>(one: impl Iterator<Item = &'a u8>, other: impl Iterator<Item = &'a u8>) -> usize {
    one.zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}

/// Where `needle` is in `bytes`, from `from` on.
fn position(bytes: &[u8], from: usize, needle: &[u8]) -> Option<usize> {
    let first = needle.first()?;
    let last = bytes.len().checked_sub(needle.len())?;
    let mut places = bytes.get(..=last)?.iter().enumerate().skip(from);
    let found = places.find(|(at, byte)| *byte == first && bytes[*at..].starts_with(needle));
    found.map(|(at, _)| at)
}

#[cfg(test)]
mod tests;
