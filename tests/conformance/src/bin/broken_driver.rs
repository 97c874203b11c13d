//! A driver that is wrong on purpose, so that a test can see the runner find out.
//!
//! `broken_driver FAULT HONEST_DRIVER` and a driver's five arguments, or lines of them on standard
//! input: it does what the honest driver does, but for the fault.

use std::env;
use std::fs;
use std::io::{self, BufRead, Read, Write};
use std::net::TcpStream;
use std::process::{Command, ExitCode, Stdio, abort};
use std::thread;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

/// What the honest driver is told besides its arguments.
const OPERATION: &str = "CERTPUSH_DRIVER_OPERATION";
const REPEAT: &str = "CERTPUSH_DRIVER_REPEAT";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [fault, honest_driver, arguments @ ..] = arguments.as_slice() else {
        return ExitCode::FAILURE;
    };
    let honest = Honest(honest_driver);
    let known = if arguments.is_empty() {
        answer_lines(fault, &honest)
    } else {
        push(fault, &honest, arguments)
    };
    if known {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Pushes once, with a fault.
fn push(fault: &str, honest: &Honest<'_>, arguments: &[String]) -> bool {
    match fault {
        "says-success" => println!("{}", success()),
        "says-cannot" => println!("{}", json!({"cannot": "no reason"})),
        "says-cannot-after-all" => {
            honest.report(arguments);
            println!("{}", json!({"cannot": "no reason"}));
        }
        "prints-garbage" => println!("status=0"),
        "prints-nothing" => {}
        "prints-two-lines" => println!("{}\n{}", success(), success()),
        "hangs" => loop {
            thread::park();
        },
        "crashes" => {
            println!("{}", honest.report(arguments));
            io::stdout().flush().unwrap_or_default();
            abort();
        }
        "knows-the-outcome" => honest.print_with(arguments, "outcome_unknown", json!(false)),
        "is-retryable" => honest.print_with(arguments, "retryable", json!(true)),
        "calls-every-target-pushed" => honest.print_changed(arguments, |report| {
            for result in report["results"].as_array_mut().into_iter().flatten() {
                result["status"] = json!(0);
                result["outcome_unknown"] = json!(false);
            }
        }),
        "forgets-a-target" => honest.print_changed(arguments, |report| {
            report["results"].as_array_mut().and_then(Vec::pop);
        }),
        "forgets-the-results" => honest.print_changed(arguments, |report| {
            report
                .as_object_mut()
                .and_then(|members| members.remove("results"));
        }),
        "tells-the-results-in-another-order" => honest.print_changed(arguments, |report| {
            if let Some(results) = report["results"].as_array_mut() {
                results.reverse();
            }
        }),
        "forgets-the-code" => honest.print_with(arguments, "service_code", json!("")),
        "tells-another-phase" => honest.print_with(arguments, "phase", json!("start")),
        "pushes-twice" => {
            honest.report(arguments);
            println!("{}", honest.report(arguments));
        }
        "connects-too-early" => {
            let endpoint = decoded(&arguments[0]);
            let address = endpoint.trim_start_matches("https://");
            drop(TcpStream::connect(address));
            println!("{}", honest.report(arguments));
        }
        "follows-redirects" => {
            if let Some(address) = redirect(&decoded(&arguments[0]), &decoded(&arguments[2])) {
                drop(TcpStream::connect(address));
            }
            println!("{}", honest.report(arguments));
        }
        "shows-the-access-key" => {
            let key = env::var("CERTPUSH_ACCESS_KEY").unwrap_or_default();
            honest.print_with(arguments, "message", json!(key));
        }
        "shows-the-token" => {
            let token = fs::read_to_string(decoded(&arguments[1])).unwrap_or_default();
            honest.print_with(arguments, "message", json!(token));
        }
        "ignores-the-operation" => {
            println!("{}", honest.report_without(OPERATION, arguments));
        }
        "fails-without-a-word" => return env::var_os(OPERATION).is_none(),
        "pushes-once" => println!("{}", honest.report_without(REPEAT, arguments)),
        "makes-a-client-for-each-push" => {
            let times = env::var(REPEAT).ok().and_then(|times| times.parse().ok());
            let times: usize = times.unwrap_or(1);
            for _ in 1..times {
                honest.report_without(REPEAT, arguments);
            }
            println!("{}", honest.report_without(REPEAT, arguments));
        }
        "leaks" => return leak(honest, arguments),
        _ => return false,
    }
    true
}

/// Answers lines, with a fault.
fn answer_lines(fault: &str, honest: &Honest<'_>) -> bool {
    for (number, line) in io::stdin().lock().lines().map_while(Result::ok).enumerate() {
        let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let report = honest.report(&arguments);
        match fault {
            "answers-one-line-too-few" if number == 1 => continue,
            "answers-with-two-lines" => {
                // In one write: the runner finds both as the answer to one line.
                let lines = format!("{report}\n{report}\n");
                io::stdout().write_all(lines.as_bytes()).unwrap_or_default();
            }
            "answers-with-half-a-line" => {
                print!("{report}");
                io::stdout().flush().unwrap_or_default();
                return true;
            }
            "answers-one-line" => {
                println!("{report}");
                return true;
            }
            _ => println!("{report}"),
        }
    }
    match fault {
        "has-a-last-word" => println!("goodbye"),
        "fails-at-the-end" => return false,
        "does-not-end" => loop {
            thread::park();
        },
        _ => {}
    }
    true
}

/// Takes more and more memory while the honest driver pushes.
fn leak(honest: &Honest<'_>, arguments: &[String]) -> bool {
    const PAGE: usize = 4096;
    let Ok(mut driver) = honest.command(arguments).stdout(Stdio::inherit()).spawn() else {
        return false;
    };
    let mut leaked = Vec::new();
    while let Ok(None) = driver.try_wait() {
        leaked.push(vec![1_u8; 4 * PAGE]);
        thread::sleep(Duration::from_millis(1));
    }
    true
}

/// The driver that does what it should.
struct Honest<'a>(&'a str);

impl Honest<'_> {
    fn command(&self, arguments: &[String]) -> Command {
        let mut command = Command::new(self.0);
        command.args(arguments);
        command
    }

    fn report(&self, arguments: &[String]) -> Value {
        reported(&mut self.command(arguments))
    }

    fn report_without(&self, variable: &str, arguments: &[String]) -> Value {
        reported(self.command(arguments).env_remove(variable))
    }

    fn print_with(&self, arguments: &[String], member: &str, value: Value) {
        self.print_changed(arguments, |report| report[member] = value);
    }

    fn print_changed(&self, arguments: &[String], change: impl FnOnce(&mut Value)) {
        let mut report = self.report(arguments);
        change(&mut report);
        println!("{report}");
    }
}

fn reported(command: &mut Command) -> Value {
    command
        .output()
        .ok()
        .and_then(|output| serde_json::from_slice(&output.stdout).ok())
        .unwrap_or_default()
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
