//! The push operation is checked as strictly as its documentation is written.

use crate::client::{Answer, Request, connect};
use certpush_sim::{DEFAULT_TARGET_PROJECTS, Sim, SimOptions};

fn start() -> Sim {
    Sim::start(SimOptions::default()).expect("the service starts")
}

/// Sends a push that was changed, and returns the answer and what the service found wrong.
fn answer_to(change: impl FnOnce(&mut Request)) -> (Answer, Option<String>) {
    let sim = start();
    let mut request = Request::new(&sim);
    change(&mut request);
    let answer = connect(&sim).ask(&request);
    let received = sim.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].answered, Some(answer.status));
    (answer, received[0].problem.clone())
}

/// Checks that a changed push is refused with a status and a code.
fn refused(status: u16, code: &str, change: impl FnOnce(&mut Request)) -> String {
    let (answer, problem) = answer_to(change);
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (status, code)
    );
    problem.expect("the service says what is wrong")
}

/// Checks that a changed push is carried out.
fn accepted(change: impl FnOnce(&mut Request)) {
    let (answer, problem) = answer_to(change);
    assert_eq!((answer.status, problem), (204, None), "{answer:?}");
}

fn target(project: &str, service: &str) -> impl FnOnce(&mut Request) {
    let body = serde_json::json!({"target_project": project, "target_service": service});
    move |request| request.set_body(&body.to_string())
}

fn body(body: &str) -> impl FnOnce(&mut Request) {
    move |request| request.set_body(body)
}

#[test]
fn a_right_push_is_carried_out() {
    let (answer, problem) = answer_to(|_| {});
    assert_eq!(
        (answer.status, answer.body.as_str(), problem),
        (204, "", None)
    );
    assert_eq!(answer.header("Server"), Some("api-gateway"));
    assert_eq!(answer.header("X-Request-Id").map(str::len), Some(32));
    assert_eq!(answer.header("Content-Length"), None);
}

#[test]
fn request_ids_are_unique() {
    let sim = start();
    let mut connection = connect(&sim);
    let first = connection.ask(&Request::new(&sim));
    let second = connection.ask(&Request::new(&sim));
    assert_ne!(first.header("X-Request-Id"), second.header("X-Request-Id"));
}

#[test]
fn a_connection_is_kept_for_the_next_push() {
    let sim = start();
    let mut connection = connect(&sim);
    connection.ask(&Request::new(&sim));
    connection.ask(&Request::new(&sim));
    let connections = sim.connections().expect("the connections are counted");
    assert_eq!((connections.http, sim.received().len()), (1, 2));
}

#[test]
fn other_paths_and_methods_do_not_exist() {
    for path in [
        "/",
        "/v3/scm/certificates/scs1600313391074",
        "/v3/scm/certificates/scs1600313391074/push/",
        "/v3/scm/certificates/scs1600313391074/push?x=y",
        "/v3//scm/certificates/scs1600313391074/push",
        "/v3/scm/certificates/a/b/push",
        "/V3/scm/certificates/scs1600313391074/push",
    ] {
        refused(404, "APIGW.0101", |request| request.path = path.to_owned());
    }
    for method in ["GET", "PUT", "DELETE", "post"] {
        refused(404, "APIGW.0101", |request| request.method = method);
    }
}

#[test]
fn host_must_name_the_service_once() {
    refused(404, "APIGW.0101", |request| {
        request.set("Host", "scm.example")
    });
    refused(404, "APIGW.0101", |request| {
        request.set("Host", "127.0.0.1")
    });
    refused(404, "APIGW.0101", |request| request.remove("Host"));
    refused(404, "APIGW.0101", |request| {
        let host = request.headers[0].1.clone();
        request.headers.push(("Host", host));
    });
    accepted(|request| {
        let host = request.headers[0].1.replace("127.0.0.1", "localhost");
        request.set("Host", &host);
    });
}

#[test]
fn a_token_must_be_given_once_and_be_known() {
    let (answer, _) = answer_to(|request| request.remove("X-Auth-Token"));
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (401, "APIGW.0301")
    );
    assert!(answer.body.contains("x-auth-token not found"), "{answer:?}");
    let (answer, _) = answer_to(|request| request.set("X-Auth-Token", &"u".repeat(2048)));
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (401, "APIGW.0301")
    );
    assert!(answer.body.contains("decrypt token fail"), "{answer:?}");
    refused(401, "APIGW.0301", |request| {
        request.headers.push(("X-Auth-Token", "t".repeat(64)));
    });
}

#[test]
fn a_token_must_keep_its_limits() {
    let sim = Sim::start(SimOptions {
        any_token: true,
        ..SimOptions::default()
    })
    .expect("the service starts");
    let status_with = |token: String| {
        let mut request = Request::new(&sim);
        request.set("X-Auth-Token", &token);
        connect(&sim).ask(&request).status
    };
    assert_eq!(status_with("t".repeat(31)), 401);
    assert_eq!(status_with("t".repeat(32)), 204);
    assert_eq!(status_with("t".repeat(2_097_152)), 204);
    assert_eq!(status_with("t".repeat(2_097_153)), 401);
    assert_eq!(
        status_with(format!("{} {}", "t".repeat(20), "t".repeat(20))),
        401
    );
    assert_eq!(status_with(format!("{}é", "t".repeat(40))), 401);
}

#[test]
fn a_certificate_id_must_be_well_formed_and_exist() {
    for (id, code) in [
        ("scs160031339107", "SCM.0020"),
        ("scs16003133910745", "SCM.0020"),
        ("scs-600313391074", "SCM.0020"),
        ("scs%2F00313391074", "SCM.0020"),
        ("", "SCM.0020"),
        ("scs1600000000000", "SCM.0008"),
    ] {
        let (answer, _) = answer_to(|request| {
            request.path = format!("/v3/scm/certificates/{id}/push");
        });
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (400, code),
            "{id}"
        );
    }
}

#[test]
fn content_type_must_be_json_once() {
    for content_type in [
        "text/plain",
        "application/jsonp",
        "application/json; charset=gbk",
    ] {
        refused(400, "SCM.0005", |request| {
            request.set("Content-Type", content_type)
        });
    }
    refused(400, "SCM.0005", |request| request.remove("Content-Type"));
    refused(400, "SCM.0005", |request| {
        request
            .headers
            .push(("Content-Type", "application/json".to_owned()));
    });
    for content_type in [
        "Application/JSON",
        "application/json;charset=utf8",
        "application/json; charset=UTF-8",
    ] {
        accepted(|request| request.set("Content-Type", content_type));
    }
}

#[test]
fn a_body_may_be_chunked() {
    accepted(|request| {
        request.remove("Content-Length");
        request.set("Transfer-Encoding", "chunked");
        request.body = format!("{:x}\r\n{}\r\n0\r\n\r\n", request.body.len(), request.body);
    });
}

#[test]
fn a_body_without_a_length_is_refused() {
    let problem = refused(400, "SCM.0005", |request| request.remove("Content-Length"));
    assert!(problem.contains("Content-Length"), "{problem}");
}

#[test]
fn a_body_must_be_the_two_members_and_nothing_else() {
    for written in [
        "",
        "{}",
        "null",
        r#"["ap-southeast-3","ELB"]"#,
        r#"{"target_project":"p"}"#,
        r#"{"target_service":"ELB"}"#,
        r#"{"target_project":"p","target_service":"ELB","force":true}"#,
        r#"{"target_project":"p","target_project":"p","target_service":"ELB"}"#,
        r#"{"target_project":1,"target_service":"ELB"}"#,
        r#"{"target_project":null,"target_service":"CDN"}"#,
        r#"{"target_project":"p","target_service":"ELB"} x"#,
        r#"{"target_project":"p","target_service":"ELB""#,
        r#"{target_project:"p",target_service:"ELB"}"#,
    ] {
        refused(400, "SCM.0005", body(written));
    }
    accepted(body(
        " {\"target_service\" : \"ELB\",\r\n\"target_project\":\"p\"} ",
    ));
}

#[test]
fn a_target_must_keep_its_limits_in_characters() {
    refused(400, "SCM.0005", target("", "ELB"));
    refused(400, "SCM.0005", target("", "WAF"));
    refused(400, "SCM.0005", target(&"证".repeat(256), "ELB"));
    refused(400, "SCM.0005", target(&"p".repeat(256), "CDN"));
    refused(400, "SCM.0005", target("p", ""));
    refused(400, "SCM.0005", target("p", &"s".repeat(65)));
    refused(400, "SCM.0005", target("p\n", "ELB"));
    refused(400, "SCM.0005", target("p", "ELB\0"));
    accepted(target("", "CDN"));
    accepted(target("", "cdn"));
    accepted(target("p", "ELB"));
    accepted(target(&"证".repeat(255), "WAF"));
}

#[test]
fn a_service_must_be_one_that_takes_certificates() {
    for service in ["SLB", &"s".repeat(64)] {
        let (answer, problem) = answer_to(target("p", service));
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (400, "SCM.0030")
        );
        assert_eq!(problem, None, "the request itself is well formed");
    }
    for service in ["ELB", "waf", "Cdn"] {
        accepted(target("p", service));
    }
}

#[test]
fn a_project_must_be_one_of_the_account() {
    let sim = Sim::start(SimOptions {
        any_project: false,
        ..SimOptions::default()
    })
    .expect("the service starts");
    let mut client = connect(&sim);
    let mut answer_to = |project: &str, service: &str| {
        let mut request = Request::new(&sim);
        target(project, service)(&mut request);
        client.ask(&request)
    };
    for project in DEFAULT_TARGET_PROJECTS
        .into_iter()
        .chain(["cn-north-4_test"])
    {
        assert_eq!(answer_to(project, "ELB").status, 204, "{project}");
    }
    for project in [
        "moon-1",
        "ap-southeast-33",
        "AP-SOUTHEAST-3",
        "ap-southeast-3 ",
        "ap-southeast-3_other",
        "a0010000000000000000000000000003",
        "证",
    ] {
        for service in ["ELB", "waf"] {
            let answer = answer_to(project, service);
            assert_eq!(
                (answer.status, answer.error_code().as_str()),
                (400, "SCM.0069"),
                "{project}"
            );
            assert!(answer.body.contains("No projects found.") || !answer.body.is_ascii());
        }
    }
    assert_eq!(answer_to("", "CDN").status, 204);
    assert_eq!(sim.pushed().len(), DEFAULT_TARGET_PROJECTS.len() + 2);
}

#[test]
fn messages_are_chinese_unless_english_is_asked_for() {
    let (english, _) = answer_to(body("{}"));
    assert!(
        english.body.contains("Incorrect request parameter."),
        "{english:?}"
    );
    let (chinese, _) = answer_to(|request| {
        request.remove("X-Language");
        request.set_body("{}");
    });
    assert!(chinese.body.contains("请求参数错误。"), "{chinese:?}");
}

#[test]
fn only_the_gateway_repeats_the_request_id_in_its_body() {
    let (gateway, _) = answer_to(|request| request.remove("X-Auth-Token"));
    let request_id = gateway.header("X-Request-Id").expect("a request id");
    assert!(gateway.body.contains(request_id));
    let (service, _) = answer_to(body("{}"));
    assert!(!service.body.contains("request_id"));
}
