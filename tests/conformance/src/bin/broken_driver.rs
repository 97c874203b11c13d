//! A driver that is wrong on purpose, so that a test can see the runner find out.
//!
//! `broken_driver FAULT HONEST_DRIVER` and a driver's five arguments: it does what the honest driver
//! does, but for the fault.

use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, ExitCode, abort};
use std::thread;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [fault, honest_driver, arguments @ ..] = arguments.as_slice() else {
        return ExitCode::FAILURE;
    };
    match fault.as_str() {
        "says-success" => println!("{}", success()),
        "says-cannot" => println!("{}", json!({"cannot": "no reason"})),
        "prints-garbage" => println!("status=0"),
        "prints-nothing" => {}
        "prints-two-lines" => println!("{}\n{}", success(), success()),
        "hangs" => loop {
            thread::park();
        },
        "crashes" => {
            println!("{}", report(honest_driver, arguments));
            std::io::stdout().flush().unwrap_or_default();
            abort();
        }
        "knows-the-outcome" => {
            print_with(honest_driver, arguments, "outcome_unknown", json!(false))
        }
        "is-retryable" => print_with(honest_driver, arguments, "retryable", json!(true)),
        "forgets-the-code" => print_with(honest_driver, arguments, "service_code", json!("")),
        "pushes-twice" => {
            report(honest_driver, arguments);
            println!("{}", report(honest_driver, arguments));
        }
        "connects-too-early" => {
            let endpoint = decoded(&arguments[0]);
            let address = endpoint.trim_start_matches("https://");
            drop(TcpStream::connect(address));
            println!("{}", report(honest_driver, arguments));
        }
        "follows-redirects" => {
            if let Some(address) = redirect(&decoded(&arguments[0]), &decoded(&arguments[2])) {
                drop(TcpStream::connect(address));
            }
            println!("{}", report(honest_driver, arguments));
        }
        "shows-the-access-key" => {
            let key = env::var("CERTPUSH_ACCESS_KEY").unwrap_or_default();
            print_with(honest_driver, arguments, "message", json!(key));
        }
        "shows-the-token" => {
            let token = fs::read_to_string(decoded(&arguments[1])).unwrap_or_default();
            print_with(honest_driver, arguments, "message", json!(token));
        }
        _ => return ExitCode::FAILURE,
    }
    ExitCode::SUCCESS
}

/// The address to which a push over plain http is redirected.
fn redirect(endpoint: &str, certificate_id: &str) -> Option<String> {
    let host = endpoint.strip_prefix("http://")?;
    let mut tcp = TcpStream::connect(host).ok()?;
    write!(
        tcp,
        "POST /v3/scm/certificates/{certificate_id}/push HTTP/1.1\r\nHost: {host}\r\n\
         Content-Length: 0\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).ok()?;
    let location = answer
        .lines()
        .find_map(|line| line.strip_prefix("Location: http://"))?;
    Some(location.split('/').next()?.to_owned())
}

fn decoded(argument: &str) -> String {
    percent_decode_str(argument)
        .decode_utf8_lossy()
        .into_owned()
}

fn report(honest_driver: &str, arguments: &[String]) -> Value {
    Command::new(honest_driver)
        .args(arguments)
        .output()
        .ok()
        .and_then(|output| serde_json::from_slice(&output.stdout).ok())
        .unwrap_or_default()
}

fn print_with(honest_driver: &str, arguments: &[String], member: &str, value: Value) {
    let mut report = report(honest_driver, arguments);
    report[member] = value;
    println!("{report}");
}

fn success() -> Value {
    json!({
        "status": 0,
        "http_status": 204,
        "service_code": "",
        "service_message": "",
        "request_id": "",
        "retryable": false,
        "outcome_unknown": false,
        "message": "",
        "attempts": 1,
        "phase": "",
    })
}
