//! A batch push: what is asked for, and what is known of each target after every kind of end.

mod faults;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use certpush::{BatchError, CallOptions, Cancel, Config, Error, Outcome, Phase, Report, Status};
use faults::{BOTH, Client, FaultServer, ID, Kind, Peer, TOKEN};

const PATIENCE: Duration = Duration::from_secs(10);
const PROJECTS: [&str; 2] = ["cn-north-4", "cn-north-7"];
const ONE_OF_TWO: &str = r#"{"results":[{"project_name":"cn-north-7","cert_id":"","message":"Invalid region id."},{"project_name":"cn-north-4","cert_id":"scs16751254852691","message":"success"}]}"#;
const BOTH_OF_TWO: &str = r#"{"results":[{"project_name":"cn-north-7","cert_id":"b","message":"success"},{"project_name":"cn-north-4","cert_id":"a","message":"success"}]}"#;

fn answer(http_status: u16, body: &str) -> String {
    format!(
        "HTTP/1.1 {http_status} Told\r\nX-Request-Id: r-1\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A client of a server that does this with every connection.
fn against(
    kind: Kind,
    timeout: Duration,
    script: impl Fn(&mut Peer) + Send + Sync + 'static,
) -> (FaultServer, Client) {
    let server = FaultServer::start(kind, script);
    let client = server.client(timeout);
    (server, client)
}

fn failure(told: BatchError) -> Error {
    match told {
        BatchError::Failed(error) => error,
        BatchError::Incomplete(incomplete) => panic!("{incomplete:?}"),
    }
}

/// The report of each target of a call that the service answered.
fn results(told: &BatchError) -> Vec<&Report> {
    let BatchError::Incomplete(incomplete) = told else {
        panic!("{told:?}");
    };
    incomplete
        .results()
        .iter()
        .map(|result| match result {
            Ok(receipt) => receipt.report(),
            Err(error) => error.report(),
        })
        .collect()
}

#[test]
fn one_request_asks_for_all_projects() {
    for kind in BOTH {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        let (server, client) = against(kind, PATIENCE, move |peer| {
            while let Some(request) = peer.read_request() {
                kept.lock().unwrap().push(request);
                peer.write(answer(200, BOTH_OF_TWO).as_bytes());
            }
        });
        let done = client.batch_push(ID, &PROJECTS, "ELB").unwrap();
        let told: Vec<_> = done
            .receipts()
            .iter()
            .map(|receipt| receipt.report())
            .map(|report| {
                (
                    report.target_project().unwrap(),
                    report.target_certificate_id().unwrap(),
                )
            })
            .collect();
        assert_eq!(told, [("cn-north-4", "a"), ("cn-north-7", "b")]);
        assert_eq!(done.report().request_id(), Some("r-1"));
        assert_eq!(done.report().attempts(), 1);
        let requests = requests.lock().unwrap();
        let [request] = requests.as_slice() else {
            panic!("{} requests", requests.len());
        };
        let head = format!("POST /v3/scm/certificates/{ID}/batch-push HTTP/1.1\r\n");
        assert!(request.starts_with(&head), "{request}");
        assert!(
            request
                .to_ascii_lowercase()
                .contains("content-type: application/json")
        );
        let body = r#"{"target_projects":["cn-north-4","cn-north-7"],"target_service":"ELB"}"#;
        assert!(request.ends_with(body), "{request}");
        drop((client, server));
    }
}

#[test]
fn a_refused_target_does_not_hide_the_others() {
    let (server, client) = against(Kind::Plain, PATIENCE, |peer| {
        while peer.read_request().is_some() {
            peer.write(answer(200, ONE_OF_TWO).as_bytes());
        }
    });
    // Twice, on one connection: the whole answer was read.
    for _ in 0..2 {
        let told = client.batch_push(ID, &PROJECTS, "ELB").unwrap_err();
        let whole = told.error().report();
        assert_eq!(whole.status(), Status::Incomplete);
        assert_eq!(whole.phase(), Some(Phase::Receive));
        assert!(!whole.outcome_unknown() && !whole.retryable());
        // No target is unknown, but "not pushed" would invite to push to all of them again.
        assert_eq!(whole.outcome(), Outcome::Unknown);
        assert_eq!(whole.target_project(), Some("cn-north-4,cn-north-7"));
        let [pushed, refused] = results(&told)[..] else {
            panic!("{told:?}");
        };
        assert_eq!(pushed.status(), Status::Ok);
        assert_eq!(pushed.target_certificate_id(), Some("scs16751254852691"));
        assert_eq!(refused.status(), Status::TargetRefused);
        assert_eq!(refused.service_message(), Some("Invalid region id."));
        assert_eq!(
            (refused.outcome(), refused.attempts()),
            (Outcome::NotPushed, 1)
        );
        assert_eq!(refused.request_id(), Some("r-1"));
    }
    assert_eq!(server.accepted(), 1);
    drop(client);
}

#[test]
fn one_loss_leaves_every_target_open() {
    for kind in BOTH {
        for answered in [
            "",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n",
            &format!("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{BOTH_OF_TWO}"),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"res\r\n",
        ] {
            let answered = answered.to_owned();
            let (server, client) = against(kind, PATIENCE, move |peer| {
                peer.read_request();
                peer.write(answered.as_bytes());
            });
            let error = failure(client.batch_push(ID, &PROJECTS, "ELB").unwrap_err());
            let report = error.report();
            assert_eq!(report.status(), Status::ConnectionLost, "{report:?}");
            assert!(report.outcome_unknown() && !report.retryable());
            assert!(
                report
                    .message()
                    .ends_with("may have been pushed to any of them")
            );
            drop((client, server));
        }
    }
}

#[test]
fn one_time_out_leaves_every_target_open() {
    for answered in ["", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"] {
        let (server, client) = against(Kind::Plain, Duration::from_millis(200), move |peer| {
            peer.read_request();
            peer.write(answered.as_bytes());
            peer.read_request();
        });
        let error = failure(client.batch_push(ID, &PROJECTS, "ELB").unwrap_err());
        assert_eq!(error.report().status(), Status::Timeout);
        assert!(error.report().outcome_unknown());
        drop((client, server));
    }
}

#[test]
fn a_body_that_ends_with_the_connection_is_no_list_unless_it_is_whole() {
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    for length in 0..BOTH_OF_TWO.len() {
        let answered = format!("{head}{}", &BOTH_OF_TWO[..length]);
        let (server, client) = against(Kind::Plain, PATIENCE, move |peer| {
            peer.read_request();
            peer.write(answered.as_bytes());
        });
        let error = failure(client.batch_push(ID, &PROJECTS, "ELB").unwrap_err());
        assert!(error.report().outcome_unknown(), "{error:?}");
        drop((client, server));
    }
}

#[test]
fn what_cannot_be_sent_pushed_to_nobody() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let config = Config::new()
        .endpoint(format!("http://{address}"))
        .token(TOKEN)
        .retries(0);
    let client = Client::new(&config).unwrap();
    let error = failure(client.batch_push(ID, &PROJECTS, "ELB").unwrap_err());
    assert_eq!(error.report().status(), Status::Connect);
    assert!(!error.report().outcome_unknown() && error.report().retryable());
    for projects in [&[][..], &["a", "a"], &["a,b"]] {
        let error = failure(client.batch_push(ID, projects, "ELB").unwrap_err());
        assert_eq!(error.report().status(), Status::InvalidArgument);
        assert_eq!(error.report().attempts(), 0);
    }
    let cancel = Cancel::new();
    cancel.trigger();
    let options = CallOptions::new().cancel(&cancel);
    let told = client.batch_push_with(ID, &PROJECTS, "ELB", &options);
    let error = failure(told.unwrap_err());
    assert_eq!(error.report().status(), Status::Cancelled);
    assert!(!error.report().outcome_unknown());
}

#[test]
fn a_cancel_after_sending_leaves_every_target_open() {
    let cancel = Cancel::new();
    let trigger = cancel.clone();
    let (server, client) = against(Kind::Plain, PATIENCE, move |peer| {
        peer.read_request();
        trigger.trigger();
        peer.read_request();
    });
    let options = CallOptions::new().cancel(&cancel);
    let told = client.batch_push_with(ID, &PROJECTS, "ELB", &options);
    let error = failure(told.unwrap_err());
    assert_eq!(error.report().status(), Status::Cancelled);
    assert!(error.report().outcome_unknown());
    drop((client, server));
}

#[test]
fn only_what_pushed_to_nobody_is_tried_again() {
    let throttled = answer(429, r#"{"error_code":"APIGW.0308","error_msg":"m"}"#);
    let second = |then: String| {
        let answers = [throttled.clone(), then];
        let number = std::sync::atomic::AtomicUsize::new(0);
        let server = FaultServer::start(Kind::Plain, move |peer| {
            while peer.read_request().is_some() {
                let next = number.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                peer.write(answers[next].as_bytes());
            }
        });
        let config = server
            .config()
            .retries(5)
            .retry_base(Duration::from_millis(1));
        let client = Client::new(&config).unwrap();
        let told = client.batch_push(ID, &PROJECTS, "ELB");
        drop(client);
        drop(server);
        told
    };
    let done = second(answer(200, BOTH_OF_TWO)).unwrap();
    assert_eq!(done.report().attempts(), 2);
    assert!(done.receipts().iter().all(|it| it.report().attempts() == 2));
    let told = second(answer(200, ONE_OF_TWO)).unwrap_err();
    assert_eq!(told.error().report().attempts(), 2);
    let error = failure(second(answer(500, "")).unwrap_err());
    assert_eq!(
        (error.report().attempts(), error.report().outcome()),
        (2, Outcome::Unknown)
    );
}

#[test]
fn the_log_has_a_line_for_each_target_and_one_for_the_call() {
    let (server, _) = against(Kind::Plain, PATIENCE, |peer| {
        while peer.read_request().is_some() {
            peer.write(answer(200, ONE_OF_TWO).as_bytes());
        }
    });
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    let config = server
        .config()
        .log(move |_, line| kept.lock().unwrap().push(line.to_owned()));
    let client = Client::new(&config).unwrap();
    client.batch_push(ID, &PROJECTS, "ELB").unwrap_err();
    client.batch_push(ID, &[], "ELB").unwrap_err();
    let lines = lines.lock().unwrap();
    let told: Vec<&str> = lines
        .iter()
        .flat_map(|line| line.split(' '))
        .filter(|word| word.starts_with("target_project=") || word.starts_with("outcome="))
        .collect();
    assert_eq!(
        told,
        [
            "target_project=cn-north-4",
            "outcome=pushed",
            "target_project=cn-north-7",
            "outcome=not_pushed",
            "target_project=cn-north-4,cn-north-7",
            "outcome=unknown",
            "target_project=-",
            "outcome=not_pushed",
        ]
    );
    assert!(
        lines
            .iter()
            .all(|line| line.contains(" batch_push certificate_id="))
    );
}

#[test]
fn no_secret_that_the_answer_echoes_is_shown() {
    for body in [
        format!(r#"{{"results":[{{"project_name":"cn-north-4","cert_id":"{TOKEN}"}}]}}"#),
        format!(r#"{{"results":[{{"project_name":"cn-north-4","message":"{TOKEN}"}}]}}"#),
        format!(r#"{{"results":[{{"project_name":"{TOKEN}","cert_id":"x"}}]}}"#),
        format!(r#"{{"results":[],"error_code":"{TOKEN}"}}"#),
        format!(r#"{{"results":"{TOKEN}"}}"#),
    ] {
        let answered = answer(200, &body);
        let (server, client) = against(Kind::Plain, PATIENCE, move |peer| {
            peer.read_request();
            peer.write(answered.as_bytes());
        });
        let told = client.batch_push(ID, &PROJECTS, "ELB").unwrap_err();
        assert!(told.error().report().outcome_unknown());
        let shown = format!("{told} {told:?}");
        assert!(!shown.contains(&TOKEN[..10]), "{shown}");
        drop((client, server));
    }
}

#[test]
fn a_batch_error_is_an_error_of_rusts() {
    let (server, client) = against(Kind::Plain, PATIENCE, |peer| {
        peer.read_request();
        peer.write(answer(200, ONE_OF_TWO).as_bytes());
    });
    let told = client.batch_push(ID, &PROJECTS, "ELB").unwrap_err();
    assert_eq!(told.to_string(), told.error().report().message());
    let (whole, targets) = told.clone().into_reports();
    assert_eq!(&whole, told.error().report());
    assert_eq!(targets.iter().collect::<Vec<_>>(), results(&told));
    let boxed: Box<dyn std::error::Error + Send + Sync> = Box::new(told);
    assert!(
        boxed
            .to_string()
            .starts_with("batch push of scs1600313391074 to ELB: pushed to 1 of 2")
    );
    drop((client, server));
}
