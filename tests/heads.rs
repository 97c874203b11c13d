//! The head of a request: each header once. The head of an answer: what a gateway sends beside what is
//! read changes nothing, and what is wrong in it is as wrong as in any other header.

mod faults;

use std::sync::{Mutex, mpsc};
use std::time::Duration;

use certpush::{Report, Status};
use faults::{BOTH, Client, FaultServer, ID, Kind, Peer, TOKEN};

const PATIENCE: Duration = Duration::from_secs(10);

/// What the gateway sends with each answer, and nobody reads.
const OF_THE_GATEWAY: [&str; 7] = [
    "Server: api-gateway",
    "Strict-Transport-Security: max-age=31536000; includeSubdomains;",
    "X-Frame-Options: SAMEORIGIN",
    "X-Content-Type-Options: nosniff",
    "X-Download-Options: noopen",
    "X-XSS-Protection: 1; mode=block;",
    "X-Apig-Ratelimit-Api:",
];

/// What is told of a push that gets an answer, and then of another, with how many connections. One is
/// closed unless `answer` says to go on.
fn told(
    kind: Kind,
    answer: impl Fn(&mut Peer) -> bool + Send + Sync + 'static,
) -> (Vec<Report>, usize) {
    let server = FaultServer::start(
        kind,
        move |peer| {
            while peer.read_request().is_some() && answer(peer) {}
        },
    );
    let client = server.client(PATIENCE);
    let push = || match client.push(ID, "p", "ELB") {
        Ok(receipt) => receipt.report().clone(),
        Err(error) => error.report().clone(),
    };
    let reports = vec![push(), push()];
    drop(client);
    (reports, server.accepted())
}

#[test]
fn a_request_has_each_header_once() {
    for kind in BOTH {
        let (send, received) = mpsc::channel();
        let send = Mutex::new(send);
        let server = FaultServer::start(kind, move |peer| {
            while let Some(request) = peer.read_request() {
                send.lock().unwrap().send(request).unwrap();
                peer.write(b"HTTP/1.1 204 No Content\r\n\r\n");
            }
        });
        let config = server
            .config()
            .timeout(PATIENCE)
            .user_agent("a/1")
            .language("zh-cn");
        let client = Client::new(&config).unwrap();
        let authority = server.address().to_string();
        let agent = format!("certpush/{} a/1", env!("CARGO_PKG_VERSION"));
        for _ in 0..2 {
            assert!(client.push(ID, "p", "ELB").is_ok());
            let request = received.recv().unwrap();
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            let mut lines = head.split("\r\n");
            let path = format!("POST /v3/scm/certificates/{ID}/push HTTP/1.1");
            assert_eq!(lines.next(), Some(path.as_str()));
            let mut headers: Vec<_> = lines
                .map(|line| line.split_once(": ").unwrap())
                .map(|(name, value)| (name.to_ascii_lowercase(), value))
                .collect();
            headers.sort_unstable();
            let expected = [
                ("accept", "application/json"),
                ("accept-encoding", "identity"),
                ("content-length", "45"),
                ("content-type", "application/json"),
                ("host", &authority),
                ("user-agent", &agent),
                ("x-auth-token", TOKEN),
                ("x-language", "zh-cn"),
            ];
            let expected = expected.map(|(name, value)| (name.to_owned(), value));
            assert_eq!(headers, expected);
            assert_eq!(body, r#"{"target_project":"p","target_service":"ELB"}"#);
        }
        drop(client);
    }
}

#[test]
fn a_gateways_headers_change_nothing_of_what_is_told() {
    let code = r#"{"error_code":"SCM.0028","error_msg":"m"}"#;
    let length = format!("Content-Length: {}", code.len());
    let chunked = format!("{:x}\r\n{code}\r\n0\r\n\r\n", code.len());
    let id = "X-Request-Id: 6d4ab4c5f1d22a39db4ab4c5f1d22a39";
    let answers: &[(&str, &[&str], &str)] = &[
        ("204 No Content", &[], ""),
        ("204 No Content", &[id, "Connection: keep-alive"], ""),
        (
            "204 No Content",
            &[id, "X-Request-Id: 2", "Connection: close"],
            "",
        ),
        ("204 No Content", &["connection: Keep-Alive, CLOSE"], ""),
        ("204 No Content", &["Content-Length: 0"], ""),
        (
            "204 No Content",
            &["Content-Length: 0", "Content-Length: 1"],
            "",
        ),
        (
            "204 No Content",
            &["Content-Length: 0", "Transfer-Encoding: chunked"],
            "",
        ),
        ("200 OK", &["Content-Length: 2", id], "{}"),
        ("200 OK", &["Connection: close"], "{}"),
        (
            "302 Found",
            &["Location: https://login.example/x", "Content-Length: 0"],
            "",
        ),
        ("400 Bad Request", &[&length, id], code),
        (
            "400 Bad Request",
            &["Transfer-Encoding: chunked", "Connection: keep-alive"],
            &chunked,
        ),
        (
            "400 Bad Request",
            &[&length, "Content-Encoding: gzip"],
            code,
        ),
        (
            "400 Bad Request",
            &[&length, "Content-Type: text/plain; charset=utf-16"],
            code,
        ),
        ("400 Bad Request", &["Content-Length: keep-alive"], code),
        (
            "429 Too Many Requests",
            &[
                "Date: Wed, 21 Oct 2026 07:28:00 GMT",
                "Retry-After: Wed, 21 Oct 2026 07:28:30 GMT",
                "Content-Length: 0",
            ],
            "",
        ),
        (
            "408 Request Timeout",
            &["Connection: close", "Content-Length: 0"],
            "",
        ),
    ];
    for kind in BOTH {
        for (status, headers, body) in answers {
            for version in ["1.1", "1.0"] {
                let answer = |headers: &[&str]| {
                    let lines: String = headers.iter().flat_map(|line| [line, "\r\n"]).collect();
                    format!("HTTP/{version} {status}\r\n{lines}\r\n{body}")
                };
                let bare = answer(headers);
                let mut more = OF_THE_GATEWAY.to_vec();
                for (index, header) in headers.iter().enumerate() {
                    more.insert(2 * index, header);
                }
                let full = answer(&more);
                let has_end = bare.contains("\r\nContent-Length: ")
                    || bare.contains(" 204 ")
                    || (bare.contains("chunked") && version == "1.1");
                let answering = |answer: String| {
                    move |peer: &mut Peer| peer.write(answer.as_bytes()) && has_end
                };
                assert_eq!(
                    told(kind, answering(full.clone())),
                    told(kind, answering(bare)),
                    "{kind:?}: {full}"
                );
            }
        }
    }
}

#[test]
fn what_is_read_is_read_among_a_gateways_headers() {
    let told = |status: &str, headers: &str| {
        let unread = OF_THE_GATEWAY.join("\r\n");
        let answer = format!("HTTP/1.1 {status}\r\n{unread}\r\n{headers}\r\n\r\n");
        let (mut reports, connections) =
            told(Kind::Plain, move |peer| peer.write(answer.as_bytes()));
        (reports.remove(1), connections)
    };
    let (report, connections) = told("204 No Content", "X-Request-Id: abc\r\nConnection: close");
    assert_eq!((report.request_id(), connections), (Some("abc"), 2));
    let (report, connections) = told("204 No Content", "connection: keep-alive");
    assert_eq!((report.request_id(), connections), (None, 1));
    let headers = "x-request-id: a\r\nContent-Length: 0\r\nRetry-After: 7\r\nX-Request-Id: b";
    let (report, connections) = told("429 Too Many Requests", headers);
    assert_eq!((report.request_id(), connections), (Some("a"), 1));
    assert_eq!(report.retry_after(), Some(Duration::from_secs(7)));
    let (report, _) = told(
        "302 Found",
        "Location: https://login.example\r\nContent-Length: 0",
    );
    assert!(report.message().contains("login.example"), "{report:?}");
}

#[test]
fn what_a_gateway_sends_may_come_a_byte_at_a_time() {
    for kind in BOTH {
        let headers = OF_THE_GATEWAY.join("\r\n");
        let answer = format!("HTTP/1.1 204 No Content\r\n{headers}\r\nX-Request-Id: abc\r\n\r\n");
        let (reports, connections) = told(kind, move |peer| {
            peer.trickle(answer.as_bytes(), Duration::ZERO);
            true
        });
        for report in reports {
            assert_eq!(
                (report.status(), report.request_id()),
                (Status::Ok, Some("abc"))
            );
        }
        assert_eq!(connections, 1);
    }
}

#[test]
fn a_header_that_nobody_reads_must_be_one_all_the_same() {
    for wrong in [
        "X-Frame-Options",
        "X-Frame-Options : SAMEORIGIN",
        "X-Frame Options: SAMEORIGIN",
        " X-Frame-Options: SAMEORIGIN",
        ": SAMEORIGIN",
        "X-Frame-Options: SAME\0ORIGIN",
        "X-Frame-Options: SAME\rORIGIN",
        "X-Frame-Options: SAMEORIGIN\r\n  and more",
        "X-Frame-Options: \u{7f}",
    ] {
        for at in [0, 3, OF_THE_GATEWAY.len()] {
            let mut headers = OF_THE_GATEWAY.to_vec();
            headers.insert(at, wrong);
            let headers = headers.join("\r\n");
            let answer = format!("HTTP/1.1 204 No Content\r\n{headers}\r\n\r\n");
            let (reports, _) = told(Kind::Plain, move |peer| {
                peer.write(answer.as_bytes());
                false
            });
            let message = "the answer is not valid HTTP";
            for report in reports {
                assert_eq!(report.status(), Status::UnexpectedResponse, "{wrong:?}");
                assert!(report.outcome_unknown(), "{wrong:?}");
                assert!(report.message().contains(message), "{}", report.message());
            }
        }
    }
}

#[test]
fn headers_that_nobody_reads_count_for_the_limits() {
    let answer = |headers: String| format!("HTTP/1.1 204 No Content\r\n{headers}\r\n");
    let of_bytes = |bytes: usize| {
        let head = answer("X-Frame-Options: \r\n".to_owned()).len();
        answer(format!("X-Frame-Options: {}\r\n", "x".repeat(bytes - head)))
    };
    for (answer, message) in [
        (answer("A: b\r\n".repeat(100)), None),
        (
            answer("A: b\r\n".repeat(101)),
            Some("the answer 204 has more than 100 headers"),
        ),
        (answer("A: b\r\n".repeat(129)), Some("not valid HTTP")),
        (of_bytes(65_536), None),
        (of_bytes(65_537), Some("head is larger than 65536 bytes")),
    ] {
        let (reports, _) = told(Kind::Plain, move |peer| peer.write(answer.as_bytes()));
        for report in reports {
            match message {
                None => assert_eq!(report.status(), Status::Ok),
                Some(message) => {
                    assert_eq!(report.status(), Status::UnexpectedResponse);
                    assert!(report.outcome_unknown());
                    assert!(report.message().contains(message), "{}", report.message());
                }
            }
        }
    }
}
