//! What responses say of a push.

use super::*;
use crate::hints::Used;

/// An attempt with a token and nothing to mask, whose last byte was handed over or not.
fn attempt(handed_over: bool) -> Attempt<'static> {
    static NOTHING: std::sync::LazyLock<Masker> = std::sync::LazyLock::new(Masker::none);
    Attempt {
        handed_over,
        used: Used::Token,
        masker: &NOTHING,
    }
}

fn read(http_status: u16, body: &str) -> Report {
    read_response(
        &Response {
            http_status,
            body: Body::Complete(body.as_bytes().to_vec().into()),
            ..Response::default()
        },
        &attempt(true),
    )
}

#[test]
fn success_is_exact() {
    assert_eq!(read(204, "").status, Status::Ok);
    for body in [
        "{}",
        "{ }",
        r#"{"message":"success"}"#,
        r#"{"error":null,"code":0,"error_msg":""}"#,
    ] {
        assert_eq!(read(200, body).status, Status::Ok, "{body}");
    }
    for (http_status, body) in [
        (200, ""),
        (200, "<html>"),
        (200, "[]"),
        (200, "null"),
        (200, r#"{"code":1}"#),
        (200, r#"{"error_code":"SCM.0005"}"#),
        (201, "{}"),
        (202, ""),
        (302, ""),
    ] {
        let report = read(http_status, body);
        assert_eq!(
            report.status,
            Status::UnexpectedResponse,
            "{http_status} {body}"
        );
        assert!(report.outcome_unknown && !report.retryable);
    }
}

#[test]
fn an_error_in_a_200_is_read() {
    let report = read(200, r#"{"error_code":"SCM.0201","error_msg":"no"}"#);
    assert_eq!(
        (
            report.service_code.as_str(),
            report.service_message.as_str()
        ),
        ("SCM.0201", "no")
    );
}

#[test]
fn every_shape_of_an_error_is_read() {
    for body in [
        r#"{"error_code":"C.1","error_msg":"m"}"#,
        r#"{"error_msg":"m","error_code":"C.1","request_id":"r"}"#,
        r#"{"errorCode":"C.1","errorMsg":"m"}"#,
        r#"{"errorCode":"C.1","errorMessage":"m"}"#,
        r#"{"code":"C.1","message":"m","details":[{"code":"C.2"}]}"#,
        r#"{"error":{"code":"C.1","message":"m","encoded_authorization_message":null}}"#,
        r#"{"a":{"b":{"error":{"code":"C.1","message":"m"}}}}"#,
    ] {
        let report = read(400, body);
        assert_eq!(
            (
                report.service_code.as_str(),
                report.service_message.as_str()
            ),
            ("C.1", "m"),
            "{body}"
        );
    }
    let report = read(
        401,
        r#"{"error":{"code":401,"message":"m","title":"Unauthorized"}}"#,
    );
    assert_eq!(report.service_code, "401");
    let report = read(401, r#"{"error":{"message":"m","title":"Unauthorized"}}"#);
    assert_eq!(
        (
            report.service_code.as_str(),
            report.service_message.as_str()
        ),
        ("", "m")
    );
    assert_eq!(
        read(400, r#"{"error_code":"SCM.0005","error_msg":""}"#).service_code,
        "SCM.0005"
    );
}

#[test]
fn a_4xx_pushed_nothing_but_for_the_generic_push_failures() {
    assert!(!read(400, r#"{"error_code":"SCM.0201","error_msg":""}"#).outcome_unknown);
    assert!(!read(404, "<html>").outcome_unknown);
    for code in ["SCM.0028", "SCM.0203"] {
        let report = read(400, &format!(r#"{{"error_code":"{code}","error_msg":""}}"#));
        assert!(report.outcome_unknown && !report.retryable, "{code}");
    }
}

#[test]
fn a_5xx_may_have_pushed_but_for_what_came_before_the_push() {
    assert!(read(500, r#"{"error_code":"SCM.3000","error_msg":""}"#).outcome_unknown);
    assert!(read(502, "").outcome_unknown);
    for code in ["APIGW.0613", "APIG.0613", "SCM.4001"] {
        let report = read(503, &format!(r#"{{"error_code":"{code}","error_msg":""}}"#));
        assert!(!report.outcome_unknown && report.retryable, "{code}");
    }
}

#[test]
fn nothing_was_pushed_by_a_request_that_was_not_sent_whole() {
    let early = Response {
        http_status: 500,
        ..Response::default()
    };
    assert!(!read_response(&early, &attempt(false)).outcome_unknown);
}

#[test]
fn a_lost_body_leaves_the_heads_status() {
    let answer = |http_status, status| Response {
        http_status,
        request_id: "r1".into(),
        body: Body::Missing(status, "its body did not come".into()),
        ..Response::default()
    };
    let report = read_response(&answer(404, Status::Timeout), &attempt(true));
    assert_eq!(
        (report.status, report.outcome_unknown),
        (Status::NotFound, false)
    );
    assert_eq!(report.request_id, "r1");
    let report = read_response(&answer(503, Status::ConnectionLost), &attempt(true));
    assert_eq!(
        (report.status, report.outcome_unknown),
        (Status::ServerError, true)
    );
    let report = read_response(&answer(200, Status::Timeout), &attempt(true));
    assert_eq!(
        (report.status, report.outcome_unknown),
        (Status::Timeout, true)
    );
    let report = read_response(&answer(404, Status::Cancelled), &attempt(true));
    assert_eq!(
        (report.status, report.http_status, report.outcome_unknown),
        (Status::Cancelled, 404, false)
    );
}

#[test]
fn a_400_whose_code_is_lost_may_have_been_a_generic_push_failure() {
    for status in [Status::ConnectionLost, Status::Timeout, Status::Cancelled] {
        let answer = Response {
            http_status: 400,
            body: Body::Missing(status, "its body did not come".into()),
            ..Response::default()
        };
        assert!(
            read_response(&answer, &attempt(true)).outcome_unknown,
            "{status}"
        );
        assert!(
            !read_response(&answer, &attempt(false)).outcome_unknown,
            "{status}"
        );
    }
    assert!(!read(400, "<html>").outcome_unknown);
}

/// What is told of an answer with any bytes as body.
fn of_bytes(http_status: u16, body: impl Into<Vec<u8>>) -> Report {
    let answer = Response {
        http_status,
        body: Body::Complete(body.into().into()),
        ..Response::default()
    };
    read_response(&answer, &attempt(true))
}

#[test]
fn a_generic_push_failure_is_found_wherever_it_stands_and_whatever_stands_beside_it() {
    let error = r#"{"error_code":"SCM.0203","error_msg":"Failed to push to ELB."}"#;
    let deep = format!("{}{error}{}", r#"{"a":"#.repeat(200), "}".repeat(200));
    let as_text = serde_json::json!({ "message": error }).to_string();
    for body in [
        error.to_owned(),
        format!("\u{feff}{error}"),
        "{\"error_code\":\"SCM.0203\",\"error_msg\":\"a\tb\nc\"}".to_owned(),
        format!(r#"{{"code":400,"message":"Bad Request","error":{error}}}"#),
        format!(r#"{{"message":"upstream refused","detail":{error}}}"#),
        format!("[{error}]"),
        format!(r#"{{"errors":[1,"x",{error}]}}"#),
        as_text,
        format!("<error>{error}</error>"),
        "<Error><Code>SCM.0203</Code></Error>".to_owned(),
        r#"{"error_code":"scm.0203"}"#.to_owned(),
        r#"{"error_code":"SCM.0203 "}"#.to_owned(),
        r#"{"error_code":"SCM.0005","error_code":"SCM.0203"}"#.to_owned(),
        r#"{"error_code":"SCM.0203","error_code":"SCM.0005"}"#.to_owned(),
        format!(r#"{{"error_code":"SCM.0005","details":[{error}]}}"#),
        format!("{error} and more"),
        format!("{error}{error}"),
        r#"{"x":NaN,"error_code":"SCM.0203"}"#.to_owned(),
        r#"{"x":1e999,"error_code":"SCM.0203"}"#.to_owned(),
        r#"{"error_msg":"SCM.0203: Failed to push to ELB."}"#.to_owned(),
        r#"{"\u0053CM.0028":1}"#.to_owned(),
        deep,
    ] {
        for http_status in [400, 401, 403, 404, 409, 422, 429] {
            let report = of_bytes(http_status, body.clone());
            assert!(
                report.outcome_unknown && !report.retryable,
                "{http_status} {body}"
            );
            assert_eq!(report.status, Status::from_http_error(http_status).unwrap());
            assert!(
                report.hint.contains("Look on the target"),
                "{}",
                report.hint
            );
        }
    }
}

#[test]
fn a_code_is_reported_from_within_lists_and_from_below_a_wrapper() {
    for body in [
        b"\xef\xbb\xbf{\"error_code\":\"SCM.0203\",\"error_msg\":\"m\"}".as_slice(),
        b"{\"code\":400,\"error\":{\"error_code\":\"SCM.0203\",\"error_msg\":\"m\"}}",
        b"[{\"error_code\":\"SCM.0203\",\"error_msg\":\"m\"}]",
        b"{\"error_msg\":\"m\",\"details\":[{\"code\":\"SCM.0203\"}]}",
    ] {
        let report = of_bytes(400, body);
        let told = (
            report.service_code.as_str(),
            report.service_message.as_str(),
        );
        assert_eq!(told, ("SCM.0203", "m"), "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn of_a_body_that_is_no_json_the_start_is_quoted_and_the_code_named() {
    let report = of_bytes(400, "{\"error_code\":\"SCM.0203\",\"error_msg\":\"a\nb\"}");
    assert_eq!((&*report.service_code, &*report.service_message), ("", ""));
    assert_eq!(
        report.message,
        "the service answered 400 with the body \"{\"error_code\":\"SCM.0203\",\"error_msg\":\"a b\"}\"; SCM.0203 stands in its body"
    );
}

#[test]
fn a_400_whose_body_cannot_be_read_to_its_code_may_have_pushed() {
    let refusal = r#"{"error_code":"SCM.0005","error_msg":"m"}"#;
    let wide: Vec<u8> = refusal.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let gbk = b"{\"error_code\":\"SCM.0005\",\"error_msg\":\"\xcd\xc6\xcb\xcd\"}";
    for body in [
        refusal.as_bytes()[..20].to_vec(),
        gbk.to_vec(),
        wide.clone(),
        [b"\xff\xfe".as_slice(), &wide].concat(),
        b"\xfe\xff\x63\xa8\x90\x01".to_vec(),
        format!("{refusal}{refusal}").into_bytes(),
        format!("{refusal},").into_bytes(),
        b"{\"x\":NaN}".to_vec(),
        b"{\"a\":\"b\nc\"}".to_vec(),
        b"[1,]".to_vec(),
        b"{'error_code':'SCM.0005'}".to_vec(),
        b"  \n{".to_vec(),
        b"\"cut".to_vec(),
        b"\x1f\x8b\x08\x00\x00".to_vec(),
        b"\x28\xb5\x2f\xfd\x04".to_vec(),
    ] {
        let shown = String::from_utf8_lossy(&body).into_owned();
        assert!(of_bytes(400, body.clone()).outcome_unknown, "{shown}");
        // Of other 4xx no code is known that a push may have begun with.
        assert!(!of_bytes(403, body).outcome_unknown, "{shown}");
    }
    for coding in ["content-encoded (gzip)", "in the charset utf-16"] {
        let answer = Response {
            http_status: 400,
            coding: Some(coding.into()),
            body: Body::Complete(refusal.as_bytes().to_vec().into()),
            ..Response::default()
        };
        let report = read_response(&answer, &attempt(true));
        assert!(report.outcome_unknown);
        assert!(report.message.ends_with(coding), "{}", report.message);
    }
    for (ends_by_close, body) in [(true, ""), (true, " \n"), (false, ""), (false, " ")] {
        let answer = Response {
            http_status: 400,
            ends_by_close,
            body: Body::Complete(body.as_bytes().to_vec().into()),
            ..Response::default()
        };
        let report = read_response(&answer, &attempt(true));
        assert_eq!(report.outcome_unknown, ends_by_close, "{body:?}");
    }
}

#[test]
fn a_400_that_can_be_read_and_has_no_such_code_pushed_nothing() {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200));
    for body in [
        b"".as_slice(),
        b"{}",
        b"\xef\xbb\xbf{\"error_code\":\"SCM.0005\"}",
        b"{\"error_code\":\"SCM.0005\",\"x\":1e999}",
        b"[]",
        b"null",
        b"<html>400 Bad Request</html>",
        b"<html>\xcd\xc6\xcb\xcd</html>",
        b"<?xml version=\"1.0\"?><Error/>",
        b"Bad Request\r\n",
        b"\"Bad Request\"",
        deep.as_bytes(),
    ] {
        let report = of_bytes(400, body);
        assert!(!report.outcome_unknown, "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn any_depth_is_read_on_a_small_stack() {
    let read = || {
        for depth in [20, 120, 5000, 60_000] {
            for (open, close) in [(r#"{"a":"#, "}"), ("[", "]")] {
                let body = format!("{}1{}", open.repeat(depth), close.repeat(depth));
                assert!(!of_bytes(400, body.clone()).outcome_unknown);
                assert!(of_bytes(503, body.clone()).outcome_unknown);
                assert_ne!(of_bytes(200, body).status, Status::Internal);
            }
        }
    };
    let small = std::thread::Builder::new().stack_size(64 * 1024);
    small.spawn(read).unwrap().join().unwrap();
}

#[test]
fn a_5xx_is_excused_by_its_one_plainly_readable_code_alone() {
    for code in ["APIGW.0613", "APIG.0613", "SCM.4001"] {
        for body in [
            format!(r#"{{"error_code":"{code}","error_msg":"m"}}"#),
            format!(r#" {{ "error_msg" : "{code}: m. 503 times" , "error_code" : "{code}" }} "#),
            format!(r#"{{"errorCode":"{code}","errorMsg":"m","request_id":"r.1"}}"#),
            format!(r#"{{"error":{{"code":"{code}","message":"m","code2":null}}}}"#),
            format!(r#"{{"code":"{code}","message":"m","details":[]}}"#),
        ] {
            let report = of_bytes(503, body.clone());
            assert!(!report.outcome_unknown && report.retryable, "{body}");
        }
        let nested = format!("{{\\\"error_code\\\":\\\"{code}\\\"}}");
        for body in [
            format!(r#"{{"error_code":"{code}","error_code":"{code}"}}"#),
            format!(r#"{{"error_code":"{code}","error_code":"SCM.3000"}}"#),
            format!(r#"{{"error_code":"SCM.3000","error_code":"{code}"}}"#),
            format!(r#"{{"error_code":"{code}","code":503}}"#),
            format!(r#"{{"error_code":"{code}","details":[{{"code":"SCM.3000"}}]}}"#),
            format!(r#"{{"error":{{"code":"{code}"}},"error":{{"message":"m"}}}}"#),
            format!(r#"{{"error_code":"{code}","error_msg":"m","error_msg":"n"}}"#),
            format!(r#"{{"error_code":"{code}","error_msg":"after SCM.3000"}}"#),
            format!(r#"{{"error_code":"{code}","error_msg":"after scm . 0203"}}"#),
            format!(r#"{{"error_code":"{code}","error_msg":"{{\"code\":5}}"}}"#),
            format!(r#"{{"error_code":"SCM.3000","error_msg":"{code}"}}"#),
            format!(r#"{{"error_msg":"{code}"}}"#),
            format!(r#"{{"error_msg":"{nested}"}}"#),
            format!(r#"{{"data":{{"error_code":"{code}"}}}}"#),
            format!(r#"[{{"error_code":"{code}"}}]"#),
            format!(r#"{{"errors":[{{"error_code":"{code}"}}]}}"#),
            format!(r#"{{"error_code":"{code} "}}"#),
            format!(r#"{{"error_code":"{}"}}"#, code.to_lowercase()),
            format!(
                r#"{{"error_code":"\u00{:02x}{}"}}"#,
                code.as_bytes()[0],
                &code[1..]
            ),
            format!(r#"{{"error_code":["{code}"]}}"#),
            format!(r#"{{"error_code":"{code}"}} trailing"#),
            format!(r#"{{"error_code":"{code}""#),
            format!(r#"{{"error_code":"{code}","x":NaN}}"#),
            format!("\u{feff}{{\"error_code\":\"{code}\"}}"),
            format!("{{\"error_code\":\"{code}\",\"error_msg\":\"a\nb\"}}"),
            format!("<html>{code}</html>"),
            code.to_owned(),
        ] {
            let report = of_bytes(503, body.clone());
            assert!(report.outcome_unknown && !report.retryable, "{body}");
        }
        let body = format!(r#"{{"error_code":"{code}","error_msg":"m"}}"#);
        let encoded = Response {
            http_status: 503,
            coding: Some("content-encoded (br)".into()),
            body: Body::Complete(body.into_bytes().into()),
            ..Response::default()
        };
        assert!(read_response(&encoded, &attempt(true)).outcome_unknown);
    }
}

#[test]
fn a_200_with_an_error_anywhere_in_it_is_no_success() {
    let error = r#"{"error_code":"SCM.0201","error_msg":"m"}"#;
    let within = |depth: usize, inner: &str| {
        format!("{}{inner}{}", r#"{"a":"#.repeat(depth), "}".repeat(depth))
    };
    for body in [
        error.to_owned(),
        format!(r#"{{"data":{error}}}"#),
        format!(r#"{{"errors":[{error}]}}"#),
        format!(r#"{{"a":[[{{"b":{error}}}]]}}"#),
        format!("\u{feff}{{\"data\":{error}}}"),
        within(31, error),
        r#"{"error_code":"SCM.0201","error_msg":"m","error_code":""}"#.to_owned(),
        r#"{"error_code":null,"error_msg":"m","error_code":"SCM.0201"}"#.to_owned(),
        r#"{"errorCode":"SCM.0201","errorMsg":"m"}"#.to_owned(),
        r#"{"ErrorCode":"SCM.0201","ErrorMessage":"m"}"#.to_owned(),
        r#"{"data":{"code":"SCM.0201","message":"m"}}"#.to_owned(),
        r#"{"\u0065rror_code":"SCM.0201","error_msg":"m"}"#.to_owned(),
    ] {
        let report = of_bytes(200, body.clone());
        assert_eq!(report.status, Status::UnexpectedResponse, "{body}");
        assert!(report.outcome_unknown && !report.retryable, "{body}");
        let told = (
            report.service_code.as_str(),
            report.service_message.as_str(),
        );
        assert_eq!(told, ("SCM.0201", "m"), "{body}");
        assert!(
            report.message.ends_with("in its body: SCM.0201 m"),
            "{}",
            report.message
        );
    }
    for body in [
        r#"{"success":false}"#.to_owned(),
        r#"{"success":"False"}"#.to_owned(),
        r#"{"a":[{"success":false,"message":"Failed to push"}]}"#.to_owned(),
        r#"{"errors":["it failed"]}"#.to_owned(),
        r#"{"error":true}"#.to_owned(),
        r#"{"error":{"x":null}}"#.to_owned(),
        r#"{"code":"000000"}"#.to_owned(),
        r#"{"code":1e-999}"#.to_owned(),
        r#"{"code":-1}"#.to_owned(),
        r#"{"results":[{"project_name":"p","cert_id":"","message":"Invalid region id."}]}"#
            .to_owned(),
        r#"{"results":[{"project_name":"p","message":"Invalid region id."}]}"#.to_owned(),
        r#"{"failure_list":[{"resource":{"id":"x"},"failure_info":"refused"}]}"#.to_owned(),
        within(33, "{}"),
        within(40, r#"{"success":true}"#),
        "{} {}".to_owned(),
        "{\"message\":\"a\nb\"}".to_owned(),
        "{\"x\":NaN}".to_owned(),
    ] {
        let report = of_bytes(200, body.clone());
        assert_eq!(report.status, Status::UnexpectedResponse, "{body}");
        assert!(report.outcome_unknown && !report.retryable, "{body}");
    }
    for body in [
        r#"{"error":null,"errors":[],"error_code":"","error_msg":"","code":0.0e5}"#.to_owned(),
        r#"{"error":{},"code":-0,"code":0,"success":true}"#.to_owned(),
        r#"{"results":[{"project_name":"p","cert_id":"c","message":"success"}]}"#.to_owned(),
        r#"{"failure_list":[]}"#.to_owned(),
        r#"{"data":{"success":true,"error_code":null}}"#.to_owned(),
        within(31, "{}"),
        "\u{feff}{}".to_owned(),
    ] {
        assert_eq!(of_bytes(200, body.clone()).status, Status::Ok, "{body}");
    }
    let encoded = Response {
        http_status: 200,
        coding: Some("content-encoded (gzip)".into()),
        body: Body::Complete(b"{}".to_vec().into()),
        ..Response::default()
    };
    let report = read_response(&encoded, &attempt(true));
    assert_eq!(report.status, Status::UnexpectedResponse);
}

#[test]
fn a_408_may_have_been_pushed_unless_it_gave_up_an_idle_connection() {
    let timed_out = |gave_up_idle_connection| Response {
        http_status: 408,
        gave_up_idle_connection,
        ..Response::default()
    };
    let report = read_response(&timed_out(false), &attempt(true));
    let told = (report.status, report.outcome_unknown, report.retryable);
    assert_eq!(told, (Status::Rejected, true, false));
    let report = read_response(&timed_out(false), &attempt(false));
    let told = (report.status, report.outcome_unknown, report.retryable);
    assert_eq!(told, (Status::Rejected, false, false));
    for handed_over in [true, false] {
        let report = read_response(&timed_out(true), &attempt(handed_over));
        let told = (report.status, report.outcome_unknown, report.retryable);
        assert_eq!(told, (Status::ConnectionLost, false, true));
        assert_eq!(report.http_status, 408);
    }
    // So may what was cut off between gateways.
    for (http_status, may_be) in [(499, true), (498, false), (409, false)] {
        let answer = Response {
            http_status,
            ..Response::default()
        };
        let report = read_response(&answer, &attempt(true));
        let told = (report.status, report.outcome_unknown, report.retryable);
        assert_eq!(told, (Status::Rejected, may_be, false), "{http_status}");
    }
}

#[test]
fn a_retry_after_that_cannot_be_read_ends_the_retries_and_is_none() {
    let answer = Response {
        http_status: 429,
        retry_after_is_unreadable: true,
        ..Response::default()
    };
    let report = read_response(&answer, &attempt(true));
    assert!(report.retryable && report.ends_retries);
    assert_eq!(report.retry_after_ms, None);
}

#[test]
fn any_body_around_a_generic_push_failure_leaves_the_outcome_open() {
    let seed = 20_261_126;
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let pieces: &[&[u8]] = &[
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\"",
        b"\\",
        b"\"error_code\":",
        b"\"SCM.0005\"",
        b"\n",
        b"\xff",
        b"\0",
        b"<p>",
        b"NaN",
        b"1e999",
        b" ",
        b"\xef\xbb\xbf",
    ];
    let codes: &[&[u8]] = &[
        b"SCM.0203",
        b"scm.0028",
        b"SCM .0203",
        b"\\u0053CM.0203",
        b"S\0C\0M\0.\x000\x002\x000\x003\0",
    ];
    for _ in 0..20_000 {
        let mut some = |most| -> Vec<u8> {
            (0..random.usize(0..most))
                .flat_map(|_| pieces[random.usize(0..pieces.len())].iter().copied())
                .collect()
        };
        let (before, after) = (some(8), some(8));
        // A backslash before the code would make another text of it.
        let before = before.strip_suffix(b"\\").unwrap_or(&before).to_vec();
        let code = codes[random.usize(0..codes.len())];
        let body = [before.as_slice(), code, &after].concat();
        let shown = String::from_utf8_lossy(&body).into_owned();
        assert!(of_bytes(400, body).outcome_unknown, "{shown:?}");
    }
}

#[test]
fn the_headers_request_id_comes_first() {
    let mut answer = Response {
        http_status: 400,
        request_id: "from-header".into(),
        body: Body::Complete(br#"{"request_id":"from-body","error_code":"C.1"}"#.to_vec().into()),
        ..Response::default()
    };
    assert_eq!(
        read_response(&answer, &attempt(true)).request_id,
        "from-header"
    );
    answer.request_id = String::new();
    assert_eq!(
        read_response(&answer, &attempt(true)).request_id,
        "from-body"
    );
}
