//! The program: its ready line, its options, and how it stops.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::SystemTime;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// A running program, ended with the test that started it.
struct Program {
    child: Child,
    ready: Value,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_certpush-sim"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("standard output is a pipe");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("the program prints a line");
        let ready = serde_json::from_str(&line).expect("the line is JSON");
        Program { child, ready }
    }

    /// Pushes and returns the status.
    fn push(&self, certificate_id: &str, token: &str) -> String {
        self.push_to("p", certificate_id, token)
    }

    /// Pushes to the load balancers of a project and returns the status.
    fn push_to(&self, project: &str, certificate_id: &str, token: &str) -> String {
        let answer = self.post(
            &format!("/v3/scm/certificates/{certificate_id}/push"),
            &format!("X-Auth-Token: {token}\r\n"),
            &format!(r#"{{"target_project":"{project}","target_service":"ELB"}}"#),
        );
        answer[9..12].to_owned()
    }

    /// Sends JSON and returns the whole answer.
    fn post(&self, path: &str, headers: &str, body: &str) -> String {
        let head = format!(
            "POST {path} HTTP/1.1\r\n{headers}Content-Type: application/json\r\n\
             Content-Length: {}\r\n",
            body.len()
        );
        self.ask(&head, body)
    }

    /// Sends a request, to which Host is added, and returns the whole answer.
    fn ask(&self, head: &str, body: &str) -> String {
        let url = self.ready["http"].as_str().expect("a URL");
        let host = url.strip_prefix("http://").expect("a URL");
        let mut tcp = TcpStream::connect(host).expect("the program listens");
        write!(tcp, "{head}Host: {host}\r\nConnection: close\r\n\r\n{body}")
            .expect("the request is sent");
        let mut answer = String::new();
        tcp.read_to_string(&mut answer)
            .expect("the answer can be read");
        answer
    }

    fn stop_by(mut self, signal: Signal) -> bool {
        kill_process(Pid::from_child(&self.child), signal).expect("the program runs");
        self.child.wait().expect("the program ends").success()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const TOKEN: &str = "a-token-of-more-than-32-characters";

#[test]
fn the_ready_line_names_three_listeners() {
    let program = Program::start(&[]);
    for (name, scheme) in [("http", "http"), ("https", "https"), ("elsewhere", "http")] {
        let url = program.ready[name].as_str().expect("a URL");
        let address = url.strip_prefix(&format!("{scheme}://")).expect("a URL");
        TcpStream::connect(address).expect("somebody listens");
    }
    assert_eq!(program.ready["ca_file"], Value::Null);
}

#[test]
fn the_ca_is_written_before_the_ready_line() {
    let files = tempfile::tempdir().expect("a directory");
    let path = files.path().join("ca.pem");
    let path = path.to_str().expect("a path in UTF-8");
    let program = Program::start(&["--ca-file", path]);
    assert_eq!(program.ready["ca_file"], path);
    let pem = fs::read_to_string(path).expect("the CA was written");
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"));
}

#[test]
fn tokens_and_certificates_can_be_chosen() {
    let files = tempfile::tempdir().expect("a directory");
    let path = files.path().join("token");
    fs::write(&path, format!("{TOKEN}-in-a-file\n")).expect("the token is written");
    let program = Program::start(&[
        "--token",
        TOKEN,
        "--token-file",
        path.to_str().expect("a path in UTF-8"),
        "--certificate",
        "scs1700000000000",
    ]);
    assert_eq!(program.push("scs1700000000000", TOKEN), "204");
    assert_eq!(
        program.push("scs1700000000000", &format!("{TOKEN}-in-a-file")),
        "204"
    );
    assert_eq!(
        program.push("scs1700000000000", certpush_sim::DEFAULT_TOKEN),
        "401"
    );
    assert_eq!(program.push("scs1600313391074", TOKEN), "400");
}

#[test]
fn any_token_and_a_repeat_policy_can_be_asked_for() {
    let program = Program::start(&["--any-token", "--repeat-policy", "refuse"]);
    assert_eq!(program.push("scs1600313391074", TOKEN), "204");
    assert_eq!(program.push("scs1600313391074", TOKEN), "400");
}

#[test]
fn target_projects_can_be_chosen() {
    const KNOWN: &str = "scs1600313391074";
    for (arguments, project, status) in [
        (&[][..], "ap-southeast-3", "204"),
        (&[], "cn-north-4_test", "204"),
        (&[], "moon-1", "400"),
        (&["--any-project"], "moon-1", "204"),
        (&["--target-project", "moon-1"], "moon-1", "204"),
        (&["--target-project", "moon-1"], "ap-southeast-3", "204"),
        (&["--target-project", "moon-1"], "la-north-2", "400"),
        (&["--project", "moon-1=1"], "moon-1", "204"),
        (&["--project", "moon-1=1"], "la-north-2", "204"),
    ] {
        let program = Program::start(&[&["--any-token"], arguments].concat());
        let pushed = program.push_to(project, KNOWN, TOKEN);
        assert_eq!(pushed, status, "{arguments:?} {project}");
    }
}

#[test]
fn scenarios_can_be_ones_own() {
    let files = tempfile::tempdir().expect("a directory");
    let path = files.path().join("scenarios.json");
    let list =
        r#"{"scenarios": [{"certificate_id": "scs1700000000000", "answer": {"status": 503}}]}"#;
    fs::write(&path, list).expect("the list is written");
    let program = Program::start(&["--scenarios", path.to_str().expect("a path in UTF-8")]);
    assert_eq!(program.push("scs1700000000000", TOKEN), "503");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    for option in ["--scenarios", "--token-file"] {
        let missing = Path::new("/no/such/file");
        let output = Command::new(env!("CARGO_BIN_EXE_certpush-sim"))
            .arg(option)
            .arg(missing)
            .output()
            .expect("the program starts");
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("/no/such/file"));
        assert!(output.stdout.is_empty(), "no ready line");
    }
}

#[test]
fn the_signals_to_end_stop_it_cleanly() {
    assert!(Program::start(&[]).stop_by(Signal::TERM));
    assert!(Program::start(&[]).stop_by(Signal::INT));
}

#[test]
fn the_end_of_standard_input_stops_it_if_asked_to() {
    let mut program = Program::start(&["--stop-on-stdin-eof"]);
    drop(program.child.stdin.take());
    assert!(program.child.wait().expect("the program ends").success());
}

#[test]
fn the_end_of_standard_input_is_no_matter_otherwise() {
    let mut program = Program::start(&[]);
    drop(program.child.stdin.take());
    assert_eq!(
        program.push("scs1600313391074", certpush_sim::DEFAULT_TOKEN),
        "204"
    );
}

#[test]
fn the_account_can_be_chosen() {
    let program = Program::start(&[
        "--domain",
        "Other",
        "--user",
        "somebody",
        "--password",
        "secret",
        "--project",
        "af-south-1=0123456789abcdef0123456789abcdef",
        "--token-length",
        "64",
        "--token-lifetime-ms",
        "3600000",
    ]);
    let body = r#"{"auth":{"identity":{"methods":["password"],"password":{"user":
        {"name":"somebody","domain":{"name":"Other"},"password":"secret"}}},
        "scope":{"project":{"name":"af-south-1"}}}}"#;
    let answer = program.post("/v3/auth/tokens", "", body);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let token = answer
        .lines()
        .find_map(|line| line.strip_prefix("X-Subject-Token: "))
        .expect("a token");
    assert_eq!(token.len(), 64);
    assert_eq!(program.push("scs1600313391074", token), "204");
    let (_, description) = answer.split_once("\r\n\r\n").expect("a body");
    let description: Value = serde_json::from_str(description).expect("a description");
    let description = &description["token"];
    assert_eq!(
        description["project"]["id"],
        "0123456789abcdef0123456789abcdef"
    );
    let time = |name: &str| description[name].as_str().expect("a time").to_owned();
    let (issued_at, expires_at) = (time("issued_at"), time("expires_at"));
    // An hour later, not a day: the hour is another, minutes and seconds are the same.
    assert_ne!(issued_at[11..13], expires_at[11..13]);
    assert_eq!(issued_at[13..], expires_at[13..]);
}

#[test]
fn the_clock_can_be_off() {
    let program = Program::start(&["--clock-offset-s", "-3600"]);
    let answer = program.post("/v3/auth/tokens", "", "{}");
    let date = answer
        .lines()
        .find_map(|line| line.strip_prefix("Date: "))
        .expect("a date");
    let date = httpdate::parse_http_date(date).expect("an HTTP date");
    let behind = SystemTime::now().duration_since(date);
    assert!(behind.expect("it is behind").as_secs() >= 3600);
}

#[test]
fn keys_and_the_metadata_service_can_be_chosen() {
    let program = Program::start(&[
        "--access-key",
        "OTHER",
        "--metadata",
        "no-agency",
        "--pod-path",
        "/keys",
        "--pod-authorization",
        "me",
        "--key-lifetime-ms",
        "60000",
    ]);
    let answer = program.post("/keys", "Authorization: me\r\n", "{}");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let answer = program.ask("GET /openstack/latest/securitykey HTTP/1.1\r\n", "");
    assert!(answer.contains("Cloud Service Agency"), "{answer}");
    let authorization = format!(
        "Authorization: SDK-HMAC-SHA256 Access=OTHER, SignedHeaders=host, Signature={}\r\n",
        "0".repeat(64)
    );
    let answer = program.ask(&format!("GET /v3/projects HTTP/1.1\r\n{authorization}"), "");
    assert!(answer.contains("calc aksk signature fail"), "{answer}");
}
