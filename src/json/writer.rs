//! JSON to send, in memory that is wiped and was never moved: a request may hold a password.

use zeroize::Zeroizing;

/// A text in JSON; every text has such a form.
pub(crate) fn text(text: &str) -> Zeroizing<Vec<u8>> {
    // No character takes more than six: \u001f.
    let mut json = Zeroizing::new(Vec::with_capacity(6 * text.len() + 2));
    append_text(&mut json, text);
    json
}

/// Appends a text in JSON. Where it is secret there must be room for it: growth leaves a copy behind.
pub(crate) fn append_text(json: &mut Vec<u8>, text: &str) {
    let written = serde_json::to_writer(json, text);
    debug_assert!(written.is_ok(), "a text was not written to memory");
}

/// An object of members whose values are JSON already.
pub(crate) fn object(members: &[(&str, &[u8])]) -> Zeroizing<Vec<u8>> {
    let length = |(name, value): &(&str, &[u8])| name.len() + value.len() + 4;
    let room = members.iter().map(length).sum::<usize>() + 2;
    let mut json = Zeroizing::new(Vec::with_capacity(room));
    for (position, (name, value)) in members.iter().enumerate() {
        json.extend_from_slice(if position == 0 { b"{\"" } else { b",\"" });
        json.extend_from_slice(name.as_bytes());
        json.extend_from_slice(b"\":");
        json.extend_from_slice(value);
    }
    json.extend_from_slice(if members.is_empty() { b"{}" } else { b"}" });
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_comes_back() {
        let every_kind = "p\"w\\ \u{0}\u{1f}\n é \u{2028} 🔐";
        let json = text(every_kind);
        assert_eq!(serde_json::from_slice::<String>(&json).unwrap(), every_kind);
        assert_eq!(text(&"\u{1}".repeat(99)).capacity(), 6 * 99 + 2);
    }

    #[test]
    fn objects_nest() {
        let inner = object(&[("b", &text("1")), ("c", &text("2"))]);
        let json = object(&[("a", &inner), ("d", &object(&[]))]);
        assert_eq!(&**json, br#"{"a":{"b":"1","c":"2"},"d":{}}"#);
    }
}
