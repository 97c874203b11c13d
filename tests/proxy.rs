//! Through a proxy: CONNECT for https, the absolute form for http, and every way to be refused.

mod faults;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use certpush::{Phase, Status, TrustStore};
use faults::{Client, FaultServer, ID, Kind, Peer, TOKEN};

const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";

/// A proxy that answers a CONNECT and then relays; keeps what it was sent in clear.
struct TunnelProxy {
    server: FaultServer,
    heads: Arc<Mutex<Vec<String>>>,
}

fn relay(from: &mut dyn Read, to: &mut dyn Write) {
    let mut part = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut part) {
        if to.write_all(&part[..count]).is_err() {
            return;
        }
    }
}

impl TunnelProxy {
    fn start() -> TunnelProxy {
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heads);
        let server = FaultServer::start(Kind::Plain, move |peer| {
            let Some(head) = peer.read_request() else {
                return;
            };
            let target = head.split(' ').nth(1).unwrap().to_owned();
            kept.lock().unwrap().push(head);
            let mut inside = TcpStream::connect(target).unwrap();
            peer.write(b"HTTP/1.1 200 Connection established\r\n\r\n");
            let (mut outside, mut back) = (peer.socket(), peer.socket());
            let mut inside_back = inside.try_clone().unwrap();
            std::thread::scope(|scope| {
                scope.spawn(move || {
                    relay(&mut inside_back, &mut back);
                    let _ = back.shutdown(std::net::Shutdown::Both);
                });
                relay(&mut outside, &mut inside);
                let _ = inside.shutdown(std::net::Shutdown::Both);
            });
        });
        TunnelProxy { server, heads }
    }

    fn url(&self, user: &str) -> String {
        format!("http://{user}{}", self.server.address())
    }
}

#[test]
fn https_goes_through_a_tunnel_that_never_sees_the_token() {
    let service = FaultServer::answering(Kind::Tls, OK);
    let proxy = TunnelProxy::start();
    let config = service.config().proxy(proxy.url("user:p%40ss@"));
    let client = Client::new(&config).unwrap();
    for _ in 0..3 {
        assert!(client.push(ID, "p", "ELB").is_ok());
    }
    let heads = proxy.heads.lock().unwrap().clone();
    assert_eq!(heads.len(), 1, "the tunnel is kept");
    assert!(heads[0].starts_with(&format!(
        "CONNECT {} HTTP/1.1\r\nHost: {}\r\n",
        service.address(),
        service.address()
    )));
    assert!(
        heads[0].contains("Proxy-Authorization: Basic dXNlcjpwQHNz\r\n"),
        "{}",
        heads[0]
    );
    assert!(!heads[0].contains(TOKEN));
    assert!(
        client.describe().contains("with user name and password"),
        "{}",
        client.describe()
    );
    assert!(!client.describe().contains("p%40ss"));
    drop(client);
}

#[test]
fn http_goes_in_the_absolute_form_and_is_said_to_show_the_token() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heads);
    let proxy = FaultServer::start(Kind::Plain, move |peer| {
        while let Some(request) = peer.read_request() {
            kept.lock().unwrap().push(request);
            peer.write(OK.as_bytes());
        }
    });
    let config = certpush::Config::new()
        .endpoint("http://scm.example:8080/base")
        .allow_http(true)
        .token(TOKEN)
        .proxy(format!("user:secret@{}", proxy.address()));
    let client = Client::new(&config).unwrap();
    assert!(client.push(ID, "p", "ELB").is_ok());
    assert!(client.push(ID, "p", "ELB").is_ok());
    let heads = heads.lock().unwrap().clone();
    let line =
        format!("POST http://scm.example:8080/base/v3/scm/certificates/{ID}/push HTTP/1.1\r\n");
    assert!(
        heads.iter().all(|head| head.starts_with(&line)),
        "{heads:?}"
    );
    assert!(heads[0].contains("host: scm.example:8080\r\n"));
    assert!(heads[0].contains("proxy-authorization: Basic dXNlcjpzZWNyZXQ=\r\n"));
    assert!(
        client.describe().contains("it sees the token"),
        "{}",
        client.describe()
    );
    assert_eq!(proxy.accepted(), 1);
    drop(client);
}

fn refused(script: impl Fn(&mut Peer) + Send + Sync + 'static) -> certpush::Error {
    let proxy = FaultServer::start(Kind::Plain, script);
    let config = certpush::Config::new()
        .endpoint("https://scm.example")
        .token(TOKEN)
        .trust(TrustStore::Mozilla)
        .retries(2)
        .retry_base(Duration::from_millis(1))
        .proxy(proxy.address().to_string());
    let error = Client::new(&config)
        .unwrap()
        .push(ID, "p", "ELB")
        .unwrap_err();
    assert!(!error.outcome_unknown());
    error
}

#[test]
fn a_password_that_is_asked_for_is_told_and_never_repeated() {
    for answer in [
        "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
        "HTTP/1.1 401 Unauthorized\r\n\r\n",
    ] {
        let error = refused(|peer| {
            peer.read_request();
            peer.write(answer.as_bytes());
        });
        assert_eq!(
            (error.status(), error.phase(), error.attempts()),
            (Status::Proxy, Phase::Proxy, 1)
        );
        assert!(!error.retryable());
        assert!(
            error.message().contains("user name and password"),
            "{error}"
        );
    }
}

#[test]
fn a_407_to_a_plain_request_is_the_proxys() {
    let proxy = FaultServer::answering(Kind::Plain, "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
    let config = certpush::Config::new()
        .endpoint("http://scm.example")
        .allow_http(true)
        .token(TOKEN)
        .proxy(proxy.address().to_string());
    let client = Client::new(&config).unwrap();
    let error = client.push(ID, "p", "ELB").unwrap_err();
    assert_eq!(
        (error.status(), error.http_status(), error.attempts()),
        (Status::Proxy, Some(407), 1)
    );
    assert!(!error.outcome_unknown() && !error.retryable());
    drop(client);
}

#[test]
fn a_refused_target_is_told_with_the_proxys_reason() {
    let error = refused(|peer| {
        peer.read_request();
        peer.write(b"HTTP/1.1 403 Filtered\r\n\r\n");
    });
    assert_eq!((error.status(), error.attempts()), (Status::Proxy, 1));
    assert!(error.message().contains("403 Filtered"), "{error}");
}

#[test]
fn a_proxy_may_end_its_lines_with_a_line_feed_alone() {
    for (answer, told) in [
        ("HTTP/1.0 403 Filtered\n\n", ": 403 Filtered;"),
        ("HTTP/1.0 403 Filtered\nVia: p\n\n", ": 403 Filtered;"),
        ("HTTP/1.0 403 Filtered\r\nVia: p\n\r\n", ": 403 Filtered;"),
        ("HTTP/1.0 200 OK\n\n", "TLS handshake"),
    ] {
        let error = refused(move |peer| {
            peer.read_request();
            peer.write(answer.as_bytes());
            peer.wait_without_reading(Duration::from_millis(20));
        });
        assert!(error.message().contains(told), "{answer:?}: {error}");
    }
}

#[test]
fn a_gateway_failure_is_tried_again() {
    let error = refused(|peer| {
        peer.read_request();
        peer.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n");
    });
    assert_eq!((error.status(), error.attempts()), (Status::Proxy, 3));
    assert!(error.retryable());
}

#[test]
fn a_proxy_that_does_not_speak_http_is_told() {
    for answer in [
        "SSH-2.0-x\r\n\r\n",
        "",
        "HTTP/1.1 200 OK\r\n\r\nsmuggled",
        "HTTP/1.0 200 OK\n\nsmuggled",
        "HTTP/1.0 200 OK\nVia: p\r\n\nsmuggled",
    ] {
        let error = refused(move |peer| {
            peer.read_request();
            peer.write(answer.as_bytes());
        });
        assert_eq!(
            (error.status(), error.phase()),
            (Status::Proxy, Phase::Proxy),
            "{answer}"
        );
    }
}

#[test]
fn a_proxy_that_cannot_be_reached_is_the_proxys_fault() {
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let config = certpush::Config::new()
        .endpoint("https://scm.example")
        .token(TOKEN)
        .trust(TrustStore::Mozilla)
        .retries(0)
        .proxy(address.to_string());
    let error = Client::new(&config)
        .unwrap()
        .push(ID, "p", "ELB")
        .unwrap_err();
    assert_eq!(
        (error.status(), error.phase()),
        (Status::Proxy, Phase::Proxy)
    );
    assert!(
        error.retryable() && error.message().contains(&address.to_string()),
        "{error}"
    );
}

#[test]
fn a_proxy_that_trickles_its_answer_does_not_hold_the_call() {
    let proxy = FaultServer::start(Kind::Plain, |peer| {
        peer.read_request();
        let head = format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "b".repeat(4000));
        peer.trickle(head.as_bytes(), Duration::from_millis(5));
    });
    let config = certpush::Config::new()
        .endpoint("https://scm.example")
        .token(TOKEN)
        .trust(TrustStore::Mozilla)
        .timeout(Duration::from_millis(400))
        .proxy(proxy.address().to_string());
    let client = Client::new(&config).unwrap();
    let mut took = Duration::MAX;
    for _ in 0..3 {
        let started = Instant::now();
        let error = client.push(ID, "p", "ELB").unwrap_err();
        took = took.min(started.elapsed());
        assert_eq!(
            (error.status(), error.phase()),
            (Status::Timeout, Phase::Proxy)
        );
    }
    assert!(took <= Duration::from_millis(500), "{took:?}");
}
