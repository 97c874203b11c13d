use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Command;
use std::thread::JoinHandle;

use crate::fixture::{Ended, ID, TOKEN, certpush, push_to, start, target};

/// The command under way, connected to a service that the test plays.
struct Running {
    peer: TcpStream,
    pid: u32,
    ended: JoinHandle<Ended>,
}

impl Running {
    fn start(listener: &TcpListener, command: &mut Command) -> Running {
        let child = start(command);
        let pid = child.id();
        let address = listener.local_addr().unwrap();
        let ended = std::thread::spawn(move || {
            let ended = child.wait_with_output().unwrap().into();
            // Nobody waits for the connection of a command that has ended without one.
            let _ = TcpStream::connect(address);
            ended
        });
        let (peer, _) = listener.accept().unwrap();
        Running { peer, pid, ended }
    }

    /// Reads until the command has sent `end`. It then waits for an answer.
    fn read_until(&mut self, end: &[u8]) {
        let mut received = Vec::new();
        while !received.ends_with(end) {
            let mut byte = [0];
            self.peer.read_exact(&mut byte).unwrap();
            received.extend(byte);
        }
    }

    fn send(&self, signal: &str) {
        let sent = Command::new("sh")
            .args(["-c", "kill -s \"$1\" \"$2\"", "sh", signal])
            .arg(self.pid.to_string())
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Sends a signal, and waits for the command's end.
    fn end_with(self, signal: &str) -> Ended {
        self.send(signal);
        self.ended.join().unwrap()
    }
}

/// The command, started by env(1) with a signal ignored or not.
fn with_signals(flag: &str, signal: &str, command: &Command) -> Command {
    let variables = command.get_envs();
    let mut env = Command::new("/usr/bin/env");
    env.arg(format!("{flag}={signal}"))
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .envs(variables.filter_map(|(name, value)| Some((name, value?))));
    env
}

const LAST_BYTES: &[u8] = br#""target_service":"ELB"}"#;

fn listen() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()
}

#[test]
fn a_signal_while_the_answer_is_awaited_exits_81() {
    for signal in ["INT", "TERM", "HUP"] {
        let listener = listen();
        // Whoever runs the tests may ignore it (nohup).
        let mut command = with_signals("--default-signal", signal, &push_to(&listener));
        let mut running = Running::start(&listener, &mut command);
        running.read_until(LAST_BYTES);
        let ended = running.end_with(signal);
        assert_eq!(ended.status, Some(81), "{signal}: {ended:?}");
        assert!(
            ended.stderr.contains("it may have been pushed"),
            "{ended:?}"
        );
    }
}

#[test]
fn a_signal_before_anything_was_sent_exits_17() {
    let listener = listen();
    let mut running = Running::start(
        &listener,
        certpush(["push"])
            .args(target(ID))
            .arg("--endpoint")
            .arg(format!("https://{}", listener.local_addr().unwrap()))
            .env("CERTPUSH_TOKEN", TOKEN),
    );
    // The first byte of a ClientHello, which is never answered.
    running.read_until(&[22]);
    let ended = running.end_with("INT");
    assert_eq!(ended.status, Some(17), "{ended:?}");
    assert!(ended.stderr.contains("it was not pushed"), "{ended:?}");
}

#[test]
fn a_signal_that_the_command_was_started_to_ignore_ends_nothing() {
    // As nohup does, and a shell for what runs in its background.
    for signal in ["HUP", "INT"] {
        let listener = listen();
        let mut command = with_signals("--ignore-signal", signal, &push_to(&listener));
        let mut running = Running::start(&listener, &mut command);
        running.read_until(LAST_BYTES);
        running.send(signal);
        running
            .peer
            .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
            .unwrap();
        let ended = running.ended.join().unwrap();
        assert_eq!(ended.status, Some(0), "{signal}: {ended:?}");
    }
}

#[test]
fn a_signal_is_told_as_json() {
    let listener = listen();
    let mut running = Running::start(&listener, push_to(&listener).arg("--json"));
    running.read_until(LAST_BYTES);
    let told = running.end_with("TERM").json();
    assert_eq!(told["status_name"], "CERTPUSH_CANCELLED");
    assert_eq!(told["outcome_unknown"], true);
}
