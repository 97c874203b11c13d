use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command};

use crate::fixture::{Ended, ID, TOKEN, certpush, push_to, start, target};

/// Reads from a client until it has sent `end`. It then waits for an answer.
fn read_until(peer: &mut TcpStream, end: &[u8]) {
    let mut received = Vec::new();
    while !received.ends_with(end) {
        let mut byte = [0];
        peer.read_exact(&mut byte).unwrap();
        received.extend(byte);
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("sh")
        .args(["-c", "kill -s \"$1\" \"$2\"", "sh", name])
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(sent.success());
}

fn ended(child: Child) -> Ended {
    child.wait_with_output().unwrap().into()
}

#[test]
fn a_signal_while_the_answer_is_awaited_exits_81() {
    for name in ["INT", "TERM"] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let child = start(&mut push_to(&listener));
        let (mut peer, _) = listener.accept().unwrap();
        read_until(&mut peer, br#""target_service":"ELB"}"#);
        signal(&child, name);
        let ended = ended(child);
        assert_eq!(ended.status, Some(81), "{name}: {ended:?}");
        assert!(
            ended.stderr.contains("it may have been pushed"),
            "{ended:?}"
        );
    }
}

#[test]
fn a_signal_before_anything_was_sent_exits_17() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let child = start(
        certpush(["push"])
            .args(target(ID))
            .arg("--endpoint")
            .arg(format!("https://{}", listener.local_addr().unwrap()))
            .env("CERTPUSH_TOKEN", TOKEN),
    );
    let (mut peer, _) = listener.accept().unwrap();
    // The first byte of a ClientHello, which is never answered.
    read_until(&mut peer, &[22]);
    signal(&child, "INT");
    let ended = ended(child);
    assert_eq!(ended.status, Some(17), "{ended:?}");
    assert!(ended.stderr.contains("it was not pushed"), "{ended:?}");
}

#[test]
fn a_signal_is_told_as_json() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let child = start(push_to(&listener).arg("--json"));
    let (mut peer, _) = listener.accept().unwrap();
    read_until(&mut peer, br#""target_service":"ELB"}"#);
    signal(&child, "TERM");
    let told = ended(child).json();
    assert_eq!(told["status_name"], "CERTPUSH_CANCELLED");
    assert_eq!(told["outcome_unknown"], true);
}
