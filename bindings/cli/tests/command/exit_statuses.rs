use std::ffi::OsStr;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::ffi::OsStrExt;

use socket2::{Domain, Socket, Type};

use crate::fixture::{ID, Service, TOKEN, certpush, push_to, run, target};

#[test]
fn an_answers_exit_status_says_whether_the_certificate_may_have_been_pushed() {
    for (http_status, code, exit_status) in [
        (400, "SCM.0069", 20),
        (400, "SCM.0203", 84),
        (401, "SCM.1000", 21),
        (403, "SCM.0002", 22),
        (404, "APIGW.0101", 23),
        (429, "APIGW.0308", 24),
        (409, "", 25),
        (500, "SCM.0223", 90),
        (500, "SCM.4001", 26),
        (302, "", 80),
        (202, "", 80),
    ] {
        let service = Service::answering(&format!(
            r#"{{"scenarios": [{{"certificate_id": "{ID}", "answer": {{
                "status": {http_status}, "json": {{"error_code": "{code}", "error_msg": ""}}
            }}}}]}}"#
        ));
        let ended = run(&mut service.push(ID));
        assert_eq!(ended.status, Some(exit_status), "{http_status} {code}");
        assert_eq!(
            ended.stderr.contains("it may have been pushed"),
            exit_status >= 64,
            "{ended:?}"
        );
    }
}

#[test]
fn no_answer_in_time_exits_78() {
    // The system takes the connection and the request; nobody ever reads it.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let ended = run(push_to(&silent).args(["--timeout-ms", "1000"]));
    assert_eq!(ended.status, Some(78), "{ended:?}");
}

#[test]
fn nobody_listening_exits_11() {
    let bound = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    bound
        .bind(&std::net::SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())
        .unwrap();
    let address = bound.local_addr().unwrap().as_socket().unwrap();
    let ended = run(certpush(["push"])
        .args(target(ID))
        .args(["--endpoint", &format!("https://{address}")])
        .env("CERTPUSH_TOKEN", TOKEN));
    assert_eq!(ended.status, Some(11), "{ended:?}");
}

#[test]
fn a_ca_that_is_not_trusted_exits_12() {
    let service = Service::start();
    let another = Service::start();
    let ended = run(certpush(["push"])
        .args(target(ID))
        .args(["--endpoint", &service.sim.https_url(), "--ca-file"])
        .arg(another.ca_file())
        .env("CERTPUSH_TOKEN", TOKEN));
    assert_eq!(ended.status, Some(12), "{ended:?}");
}

#[test]
fn a_bad_argument_exits_1() {
    let service = Service::start();
    let not_utf_8 = OsStr::from_bytes(b"ap-\xff");
    for arguments in [
        target("scs160031339107").map(OsStr::new),
        target("").map(OsStr::new),
        target("scs/600313391074").map(OsStr::new),
        [ID, "--service", "ELB", "--project", ""].map(OsStr::new),
        [
            OsStr::new(ID),
            OsStr::new("--service"),
            OsStr::new("ELB"),
            OsStr::new("--project"),
            not_utf_8,
        ],
    ] {
        let ended = run(service.command("push").args(arguments));
        assert_eq!(ended.status, Some(1), "{ended:?}");
        assert!(ended.stderr.starts_with("certpush: "), "{ended:?}");
    }
    assert!(service.sim.received().is_empty());
}

#[test]
fn a_bad_option_value_exits_2_and_names_the_option() {
    let service = Service::start();
    for (flag, value, key) in [
        ("--timeout-ms", "0", "--timeout-ms"),
        ("--timeout-ms", "a minute", "--timeout-ms"),
        ("--trust", "none", "--trust"),
        ("--region", "moon-1", "region"),
        ("--token-file", "/no/such/file", "token_file"),
        ("--ca-file", "/no/such/file", "ca_file"),
    ] {
        let ended = run(certpush(["push"])
            .args(target(ID))
            .args([flag, value])
            .env("CERTPUSH_ENDPOINT", service.sim.https_url())
            .env("CERTPUSH_TOKEN", TOKEN));
        assert_eq!(ended.status, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(key), "{ended:?}");
    }
    assert!(service.sim.received().is_empty());
}

#[test]
fn no_credentials_exit_3() {
    let service = Service::start();
    let ended = run(service.without_credentials("push").args(target(ID)));
    assert_eq!(ended.status, Some(3), "{ended:?}");
}
