//! The conformance driver of the Rust binding: pushes, and prints what is known as one line of JSON.
//!
//! tests/conformance/README.md says what a driver must do.

use std::env;
use std::error::Error as AnyError;
use std::process::ExitCode;

use certpush::{Client, Config, Error, Report};
use percent_encoding::percent_decode_str;
use serde_json::json;

const USAGE: &str =
    "usage: driver-rust ENDPOINT TOKEN_FILE CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE";

fn main() -> ExitCode {
    match drive() {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("driver-rust: {error}");
            ExitCode::FAILURE
        }
    }
}

fn drive() -> Result<String, Box<dyn AnyError>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments = <[String; 5]>::try_from(arguments).map_err(|_| USAGE)?;
    match env::var("CERTPUSH_DRIVER_OPERATION").as_deref() {
        Ok("push") | Err(_) => {}
        Ok(other) => return Err(format!("the operation {other} is not known").into()),
    }
    let times = match env::var("CERTPUSH_DRIVER_REPEAT") {
        Ok(times) => times.parse()?,
        Err(_) => 1,
    };
    Ok(line(&arguments, times))
}

fn line(arguments: &[String; 5], times: u32) -> String {
    let mut decoded = Vec::with_capacity(arguments.len());
    for argument in arguments {
        match percent_decode_str(argument).decode_utf8() {
            Ok(text) => decoded.push(text),
            Err(_) => return json!({"cannot": "a str is always UTF-8"}).to_string(),
        }
    }
    match push(
        &decoded[0],
        &decoded[1],
        &decoded[2],
        &decoded[3],
        &decoded[4],
        times,
    ) {
        Ok(report) => report.to_json(),
        Err(error) => error.report().to_json(),
    }
}

fn push(
    endpoint: &str,
    token_file: &str,
    certificate_id: &str,
    target_project: &str,
    target_service: &str,
    times: u32,
) -> Result<Report, Error> {
    let mut config = Config::new();
    config.load_env()?;
    if !endpoint.is_empty() {
        config.set("endpoint", endpoint)?;
    }
    if !token_file.is_empty() {
        config.set("token_file", token_file)?;
    }
    let client = Client::new(&config)?;
    for _ in 1..times {
        // The last one is told.
        client
            .push(certificate_id, target_project, target_service)
            .ok();
    }
    let receipt = client.push(certificate_id, target_project, target_service)?;
    Ok(receipt.into_report())
}
