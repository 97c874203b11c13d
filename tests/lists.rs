//! The list of many pushes: read whole, or refused by line.

use certpush::{Error, PushList, Status};

const HEADER: &str = "certificate_id,target_project,target_service";
const ONE: &str = "scs1600313391074";
const OTHER: &str = "scs1590053258704";

/// What the text is refused for; the list stays as it was.
fn refusal(text: impl AsRef<[u8]>) -> String {
    let mut list = PushList::new();
    list.add(OTHER, "before", "WAF").unwrap();
    let error = list.read(text).unwrap_err();
    assert_eq!(error.status(), Status::InvalidConfig, "{error}");
    assert!(!error.outcome_unknown() && !error.retryable());
    assert!(!error.message().contains('\n'), "{error}");
    assert_eq!(list.len(), 1);
    told(&error)
}

fn told(error: &Error) -> String {
    let message = error.message().strip_prefix("the list ").unwrap();
    let message = message.strip_suffix("; nothing of it was taken").unwrap();
    message.to_owned()
}

fn read(text: impl AsRef<[u8]>) -> PushList {
    let mut list = PushList::new();
    list.read(text).unwrap();
    list
}

fn entries(list: &PushList) -> Vec<(&str, &str, &str, Option<usize>)> {
    let places = 0..list.len();
    places
        .map(|place| {
            let push = list.get(place).unwrap();
            let (id, project) = (push.certificate_id(), push.target_project());
            (id, project, push.target_service(), list.line(place))
        })
        .collect()
}

#[test]
fn an_empty_text_is_refused() {
    for text in ["", "\n", "\r\n \r\n", "\u{feff}", "\u{feff}\n"] {
        assert_eq!(refusal(text), "is empty", "{text:?}");
    }
    for text in [HEADER.to_owned(), format!("{HEADER}\r\n\r\n")] {
        assert_eq!(refusal(text), "has no entry behind its first line");
    }
}

#[test]
fn what_is_no_utf8_is_refused_by_its_line() {
    assert!(refusal(b"\xff\xfec\0").contains("UTF-16"));
    assert!(refusal("c\0e\0r\0").contains("NUL"));
    let text = [HEADER.as_bytes(), b"\nscs1600313391074,\xe9,ELB\n"].concat();
    assert_eq!(refusal(text), "is not UTF-8 in line 2");
}

#[test]
fn the_columns_are_these_three() {
    let line = format!("{ONE},p,ELB\n");
    for (header, why) in [
        (
            "certificate_id,target_project",
            "the column target_service is missing",
        ),
        (
            "target_service,target_project",
            "the column certificate_id is missing",
        ),
        (
            "certificate_id,target_project,target_service,note",
            "\"note\" is no column: certificate_id,target_project,target_service",
        ),
        (
            "certificate_id,target_project,target_service,target_project",
            "the column target_project is there twice",
        ),
        (
            "certificate_id, target_project,target_service",
            "\" target_project\" is no column: certificate_id,target_project,target_service",
        ),
        (
            "certificate_id;target_project;target_service",
            "commas must stand between the columns: certificate_id,target_project,target_service",
        ),
        (
            "certificate_id\ttarget_project\ttarget_service",
            "commas must stand between the columns: certificate_id,target_project,target_service",
        ),
        (
            "scs1600313391074,ap-southeast-3,ELB",
            "the first line must be certificate_id,target_project,target_service",
        ),
    ] {
        let told = refusal(format!("{header}\n{line}"));
        assert_eq!(told, format!("is refused: line 1: {why}"));
    }
}

#[test]
fn a_name_that_may_be_a_secret_is_not_shown() {
    let token = "MIIatAYJKoZIhvcNAQcCoIIapTCCGqECAQExDTALBgl";
    for text in [
        format!("certificate_id,{token}\n"),
        format!("{{\"{token}\":\"\"}}\n"),
        format!("{HEADER}\n{token},p,ELB\n"),
        token.to_owned(),
    ] {
        assert!(!refusal(&text).contains("MII"), "{}", refusal(&text));
    }
}

#[test]
fn every_bad_line_is_counted_and_the_first_are_named() {
    let mut text = format!("{HEADER}\n{ONE},p,ELB\n");
    for number in 0..8 {
        text.push_str(&format!("{ONE},q,ELB{number}\nshort,p,ELB\n"));
    }
    let told = refusal(&text);
    for line in [4, 6, 8, 10, 12] {
        let fault = format!("line {line}: certificate_id must be exactly 16");
        assert!(told.contains(&fault), "{told}");
    }
    assert!(told.ends_with("; and 3 more lines"), "{told}");
    assert!(!told.contains("nothing was sent"), "{told}");
}

#[test]
fn an_entry_is_within_the_documented_limits() {
    for (line, why) in [
        ("scs160031339107,p,ELB", "certificate_id must be exactly 16"),
        (
            "scs1600313391074,,ELB",
            "target_project is empty, which only the CDN allows",
        ),
        (
            "scs1600313391074,p,",
            "target_service must have 1 to 64 characters",
        ),
        (
            "scs1600313391074,a\u{7}b,ELB",
            "target_project has a control character",
        ),
        (
            "scs1600313391074, p,ELB",
            "target_project has blanks around it",
        ),
        (
            "scs1600313391074,p,ELB ",
            "target_service has blanks around it",
        ),
        (
            " scs1600313391074,p,ELB",
            "certificate_id has blanks around it",
        ),
        (
            "scs1600313391074,p\rq,ELB",
            "target_project has a control character",
        ),
        ("scs1600313391074,p", "has 2 values instead of 3"),
    ] {
        let told = refusal(format!("{HEADER}\n\n{line}\n"));
        let expected = format!("is refused: line 3: {why}");
        assert!(told.starts_with(&expected), "{line}: {told}");
        let values: Vec<_> = line.split(',').collect();
        if let [id, project, service] = values[..] {
            let error = PushList::new().add(id, project, service).unwrap_err();
            assert_eq!(error.status(), Status::InvalidArgument, "{line}");
        }
    }
}

#[test]
fn no_entry_is_there_twice_whatever_the_case_of_its_service() {
    let told = refusal(format!(
        "{HEADER}\n{ONE},p,ELB\n{ONE},p,WAF\n\n{ONE},p,elb\n{OTHER},before,waf\n"
    ));
    assert_eq!(
        told,
        "is refused: line 5: is in the list already, in line 2; line 6: is in the list already, as entry 1"
    );
    let mut list = read(format!("{HEADER}\n{ONE},p,ELB\n"));
    let error = list.add(ONE, "p", "Elb").unwrap_err();
    assert_eq!(error.status(), Status::InvalidArgument);
    assert!(error.message().contains("already, in line 2"), "{error}");
    assert!(error.hint().unwrap().contains("Leave one"), "{error:?}");
    assert_eq!(list.position(ONE, "p", "eLB"), Some(0));
    assert_eq!(list.position(ONE, "P", "ELB"), None);
    // Other letters of a project are another project.
    list.add(ONE, "P", "ELB").unwrap();
    list.add(OTHER, "p", "ELB").unwrap();
    assert_eq!(list.len(), 3);
}

#[test]
fn an_object_has_exactly_the_three_members() {
    for (line, why) in [
        ("{", "is no JSON object"),
        ("[1]", "is no JSON object"),
        ("{} {}", "is no JSON object"),
        ("scs1600313391074,p,ELB", "is no JSON object"),
        (
            r#"{"certificate_id":"a","target_project":"p"}"#,
            "target_service is missing",
        ),
        (
            r#"{"certificate_id":1,"target_project":"p","target_service":"ELB"}"#,
            "certificate_id must be a text",
        ),
        (
            r#"{"certificate_id":"a","target_project":null,"target_service":"CDN"}"#,
            "target_project must be a text",
        ),
        (
            r#"{"target_service":"a","target_project":"p","target_service":"ELB"}"#,
            "target_service is there twice",
        ),
        (
            r#"{"certificate_id":"a","target_project":"p","target_service":"ELB","note":""}"#,
            "\"note\" is no member: certificate_id,target_project,target_service",
        ),
        (
            r#"{"certificate_id":"scs160031339107\u0000","target_project":"p","target_service":"ELB"}"#,
            "certificate_id must be exactly 16",
        ),
    ] {
        let good =
            r#"{"certificate_id":"scs1600313391074","target_project":"p","target_service":"ELB"}"#;
        let told = refusal(format!("{good}\n{line}\n"));
        assert!(
            told.starts_with(&format!("is refused: line 2: {why}")),
            "{line}: {told}"
        );
    }
    assert!(refusal("[{}]").contains("is a JSON array"));
    assert!(refusal("  \u{a0}[\n{}]").contains("is a JSON array"));
}

#[test]
fn both_forms_say_the_same() {
    let csv = format!(
        "\u{feff}target_service,target_project,certificate_id\r\n\r\nELB,\"a,\"\"b\"\"\",{ONE}\r\ncdn,,{OTHER}"
    );
    let json = format!(
        "\u{feff}\n{{\"certificate_id\":\"{ONE}\",\"target_project\":\"a,\\\"b\\\"\",\"target_service\":\"ELB\"}}\r\n\
         \t{{ \"target_project\" : \"\", \"target_service\" : \"cdn\", \"certificate_id\" : \"{OTHER}\" }}"
    );
    let expected = |lines: [usize; 2]| {
        vec![
            (ONE, "a,\"b\"", "ELB", Some(lines[0])),
            (OTHER, "", "cdn", Some(lines[1])),
        ]
    };
    assert_eq!(entries(&read(csv)), expected([3, 4]));
    assert_eq!(entries(&read(json)), expected([2, 3]));
}

#[test]
fn a_list_grows_by_texts_and_entries_and_a_clone_is_its_own() {
    let mut list = read(format!("{HEADER}\n{ONE},p,ELB\n"));
    list.add(ONE, "q", "ELB").unwrap();
    let before = list.clone();
    list.read(format!("{HEADER}\n{ONE},r,ELB\n")).unwrap();
    assert_eq!(
        entries(&list),
        [
            (ONE, "p", "ELB", Some(2)),
            (ONE, "q", "ELB", None),
            (ONE, "r", "ELB", Some(2)),
        ]
    );
    assert_eq!((before.len(), list.len()), (2, 3));
    assert_eq!(list.iter().count(), 3);
    assert!(list.get(3).is_none() && list.line(3).is_none());
    assert!(PushList::new().is_empty() && !list.is_empty());
    assert!(format!("{list:?}").contains("target_project: \"r\""));
}

#[test]
fn a_list_of_a_company_is_read_at_once() {
    let mut text = format!("{HEADER}\n");
    for number in 0..100_000 {
        text.push_str(&format!("scs{number:013},ap-southeast-3,ELB\n"));
    }
    let list = read(&text);
    assert_eq!(list.len(), 100_000);
    assert_eq!(list.line(99_999), Some(100_001));
    text.push_str("scs0000000000007,ap-southeast-3,elb\n");
    assert_eq!(
        refusal(&text),
        "is refused: line 100002: is in the list already, in line 9"
    );
}
