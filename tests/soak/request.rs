//! What a valid push looks like on the wire, read without certpush's help.

/// The path up to the certificate_id.
const BEFORE_ID: &[u8] = b"POST /v3/scm/certificates/";
const AFTER_ID: &[u8] = b"/push HTTP/1.1\r\n";
const ID_LENGTH: usize = 16;

/// More than the body of any push of a soak has.
const LONGEST_BODY: usize = 512;

/// The certificate_id of the request that begins with `received`, once that much has come.
pub(crate) fn certificate_id(received: &[u8]) -> Option<&str> {
    let rest = received.strip_prefix(BEFORE_ID)?;
    let (id, rest) = rest.split_at_checked(ID_LENGTH)?;
    if !rest.starts_with(AFTER_ID) {
        return None;
    }
    std::str::from_utf8(id).ok()
}

/// What has come of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arrived {
    /// Not all of it.
    Part,
    /// All of it: a push of this certificate.
    Push(String),
    /// Something else, in words.
    Invalid(String),
}

/// Looks whether the whole of a push has come, and nothing but it.
pub(crate) fn read(received: &[u8], token: &str) -> Arrived {
    // A body has no empty line, so the end of the head is near the end of all.
    let near = received.len().saturating_sub(LONGEST_BODY);
    let Some(end) = received[near..]
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
    else {
        return Arrived::Part;
    };
    let (head, body) = received.split_at(near + end + 4);
    let length = header(head, "content-length").and_then(|length| length.parse::<usize>().ok());
    let Some(length) = length else {
        return invalid("a request without its length", head);
    };
    if body.len() < length {
        return Arrived::Part;
    }
    let Some(id) = certificate_id(head) else {
        return invalid("no push", head);
    };
    if header(head, "x-auth-token") != Some(token) {
        return invalid("a push without its token", head);
    }
    if body != expected_body(id) {
        return invalid("a push with a body that is not its own", body);
    }
    Arrived::Push(id.to_owned())
}

/// The body of a push whose target_project is the certificate_id, so that a head and a body that
/// do not belong together are seen.
fn expected_body(id: &str) -> Vec<u8> {
    format!(r#"{{"target_project":"{id}","target_service":"ELB"}}"#).into_bytes()
}

/// The value of the only header with this name.
fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    let head = std::str::from_utf8(head).ok()?;
    let mut values = head
        .split("\r\n")
        .filter_map(|line| line.split_once(": "))
        .filter(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value);
    values.next().filter(|_| values.next().is_none())
}

fn invalid(what: &str, bytes: &[u8]) -> Arrived {
    let start = &bytes[..bytes.len().min(100)];
    Arrived::Invalid(format!("{what}: {}", String::from_utf8_lossy(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUSH: &str = "POST /v3/scm/certificates/soak000000000001/push HTTP/1.1\r\n\
        Content-Length: 60\r\nX-Auth-Token: t\r\n\r\n\
        {\"target_project\":\"soak000000000001\",\"target_service\":\"ELB\"}";

    #[test]
    fn a_push_is_read_once_it_is_whole() {
        for end in 0..PUSH.len() {
            assert_eq!(read(&PUSH.as_bytes()[..end], "t"), Arrived::Part, "{end}");
        }
        let whole = read(PUSH.as_bytes(), "t");
        assert_eq!(whole, Arrived::Push("soak000000000001".to_owned()));
    }

    #[test]
    fn what_is_no_push_is_invalid() {
        for wrong in [
            PUSH.replace("POST", "GET"),
            PUSH.replace("Token: t", "Token: u"),
            PUSH.replace(
                "X-Auth-Token: t\r\n",
                "X-Auth-Token: t\r\nX-Auth-Token: t\r\n",
            ),
            PUSH.replace("Length: 60", "Length: x"),
            PUSH.replace(
                "project\":\"soak000000000001",
                "project\":\"soak000000000002",
            ),
            format!("{PUSH}{PUSH}"),
        ] {
            let arrived = read(wrong.as_bytes(), "t");
            assert!(
                matches!(arrived, Arrived::Invalid(_)),
                "{wrong}: {arrived:?}"
            );
        }
    }
}
