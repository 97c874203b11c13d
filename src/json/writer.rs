//! JSON to send, in memory that is wiped and was never moved: a request may hold a password.

use zeroize::Zeroizing;

/// A text in JSON; every text has such a form.
pub(crate) fn text(text: &str) -> Zeroizing<Vec<u8>> {
    let mut json = Zeroizing::new(Vec::with_capacity(room_for(text)));
    append_text(&mut json, text);
    json
}

/// No character takes more than six: \u001f.
fn room_for(text: &str) -> usize {
    6 * text.len() + 2
}

/// Appends a text in JSON. Where it is secret there must be room for it: growth leaves a copy behind.
pub(crate) fn append_text(json: &mut Vec<u8>, text: &str) {
    let written = serde_json::to_writer(json, text);
    debug_assert!(written.is_ok(), "a text was not written to memory");
}

/// An object whose members are texts.
pub(crate) fn object_of_texts(members: &[(&str, &str)]) -> Zeroizing<Vec<u8>> {
    let room = |(name, value): &(&str, &str)| name.len() + room_for(value) + 4;
    object_with(members, room, append_text)
}

/// An object of members whose values are JSON already.
pub(crate) fn object(members: &[(&str, &[u8])]) -> Zeroizing<Vec<u8>> {
    let room = |(name, value): &(&str, &[u8])| name.len() + value.len() + 4;
    object_with(members, room, |json, value| json.extend_from_slice(value))
}

fn object_with<T: ?Sized>(
    members: &[(&str, &T)],
    room: impl Fn(&(&str, &T)) -> usize,
    write: impl Fn(&mut Vec<u8>, &T),
) -> Zeroizing<Vec<u8>> {
    let room = members.iter().map(room).sum::<usize>() + 2;
    let mut json = Zeroizing::new(Vec::with_capacity(room));
    for (position, (name, value)) in members.iter().enumerate() {
        json.extend_from_slice(if position == 0 { b"{\"" } else { b",\"" });
        json.extend_from_slice(name.as_bytes());
        json.extend_from_slice(b"\":");
        write(&mut json, value);
    }
    json.extend_from_slice(if members.is_empty() { b"{}" } else { b"}" });
    json
}

/// A list of values that are JSON already.
pub(crate) fn list(values: &[impl AsRef<[u8]>]) -> Zeroizing<Vec<u8>> {
    let room = values.iter().map(|it| it.as_ref().len() + 1).sum::<usize>() + 2;
    let mut json = Zeroizing::new(Vec::with_capacity(room));
    for (position, value) in values.iter().enumerate() {
        json.push(if position == 0 { b'[' } else { b',' });
        json.extend_from_slice(value.as_ref());
    }
    json.extend_from_slice(if values.is_empty() { b"[]" } else { b"]" });
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
        let texts = object_of_texts(&[("b", "1"), ("c", "\"\u{1}")]);
        assert_eq!(&**texts, br#"{"b":"1","c":"\"\u0001"}"#);
        let most = object_of_texts(&[("b", &"\u{1}".repeat(99)), ("c", "")]);
        assert!(most.capacity() >= most.len() && most.capacity() <= 6 * 99 + 20);
    }

    #[test]
    fn lists_have_any_number_of_values() {
        assert_eq!(&**list(&[] as &[&str]), b"[]");
        assert_eq!(&**list(&[text("a")]), br#"["a"]"#);
        let json = list(&[text("a"), text("b\""), object(&[])]);
        assert_eq!(&**json, br#"["a","b\"",{}]"#);
        assert!(json.capacity() >= json.len());
    }
}
