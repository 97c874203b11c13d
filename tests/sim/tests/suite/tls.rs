//! The TLS listener.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::client::{Request, connect_tls, tls_stream};
use certpush_sim::{Sim, SimOptions};
use tokio_rustls::rustls::version::{TLS12, TLS13};

fn start() -> Sim {
    Sim::start(SimOptions {
        any_token: true,
        ..SimOptions::default()
    })
    .expect("the service starts")
}

fn push(sim: &Sim) -> Request {
    let mut request = Request::new(sim);
    request.set("Host", &sim.https_url().replace("https://", ""));
    request
}

#[test]
fn a_push_goes_through_both_versions_of_tls() {
    let sim = start();
    for version in [&TLS12, &TLS13] {
        assert_eq!(connect_tls(&sim, version).ask(&push(&sim)).status, 204);
    }
    let connections = sim.connections().expect("the connections are counted");
    assert_eq!((connections.https, connections.handshakes), (2, 2));
    assert!(
        sim.received()
            .iter()
            .all(|request| request.scheme == "https")
    );
}

#[test]
fn the_longest_token_goes_through() {
    let sim = start();
    let mut request = push(&sim);
    request.set("X-Auth-Token", &"t".repeat(2_097_152));
    assert_eq!(connect_tls(&sim, &TLS13).ask(&request).status, 204);
}

#[test]
fn a_bad_certificate_is_refused_for_what_is_wrong_with_it() {
    for (kind, wrong) in [
        ("expired", "Expired"),
        ("not-yet-valid", "NotValidYet"),
        ("other-host", "NotValidForName"),
        ("self-signed", "UnknownIssuer"),
    ] {
        let sim = Sim::start(SimOptions {
            server_certificate: kind.parse().expect("a kind of certificate"),
            ..SimOptions::default()
        })
        .expect("the service starts");
        let refused = tls_stream(&sim, &TLS13).flush().map(|()| String::new());
        let refused = refused.unwrap_or_else(|error| format!("{error:?}"));
        assert!(refused.contains(wrong), "{kind}: {refused}");
    }
}

#[test]
fn a_handshake_that_fails_is_counted() {
    let sim = start();
    let mut tcp = TcpStream::connect(sim.https_url().replace("https://", "")).expect("it listens");
    tcp.write_all(b"GET / HTTP/1.1\r\n\r\n")
        .expect("the bytes are sent");
    // The service has counted when it has closed.
    let _ = tcp.read_to_end(&mut Vec::new());
    let connections = sim.connections().expect("the connections are counted");
    assert_eq!(
        (connections.handshakes, connections.failed_handshakes),
        (0, 1)
    );
}

#[test]
fn every_service_has_an_authority_of_its_own() {
    assert_ne!(start().ca_pem(), start().ca_pem());
}
