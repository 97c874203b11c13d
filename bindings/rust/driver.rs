//! The conformance driver of the Rust binding: pushes, and prints what is known as one line of JSON.
//!
//! tests/conformance/README.md says what a driver must do.

use std::env;
use std::error::Error as AnyError;
use std::process::ExitCode;

use certpush::{Client, Config, Error, Report, json_with_results};
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
    let operation = match env::var("CERTPUSH_DRIVER_OPERATION").as_deref() {
        Ok("push") | Err(_) => push,
        Ok("batch_push") => batch_push,
        Ok(other) => return Err(format!("the operation {other} is not known").into()),
    };
    let times = match env::var("CERTPUSH_DRIVER_REPEAT") {
        Ok(times) => times.parse()?,
        Err(_) => 1,
    };
    let mut decoded = Vec::with_capacity(arguments.len());
    for argument in &arguments {
        match percent_decode_str(argument).decode_utf8() {
            Ok(text) => decoded.push(text.into_owned()),
            Err(_) => return Ok(json!({"cannot": "a str is always UTF-8"}).to_string()),
        }
    }
    let [endpoint, token_file, rest @ ..] = <[String; 5]>::try_from(decoded).map_err(|_| USAGE)?;
    let client = client(&endpoint, &token_file);
    if let Ok(client) = &client {
        for _ in 1..times {
            // The last one is told.
            operation(Ok(client), &rest);
        }
    }
    Ok(operation(client.as_ref(), &rest))
}

fn client(endpoint: &str, token_file: &str) -> Result<Client, Error> {
    let mut config = Config::from_env()?;
    if !endpoint.is_empty() {
        config.set("endpoint", endpoint)?;
    }
    if !token_file.is_empty() {
        config.set("token_file", token_file)?;
    }
    Client::new(&config)
}

fn push(client: Result<&Client, &Error>, [id, project, service]: &[String; 3]) -> String {
    let told = client.map_err(Error::clone);
    match told.and_then(|client| client.push(id, project, service)) {
        Ok(receipt) => receipt.report().to_json(),
        Err(error) => error.report().to_json(),
    }
}

fn batch_push(client: Result<&Client, &Error>, [id, projects, service]: &[String; 3]) -> String {
    let projects: Vec<&str> = projects.split(',').collect();
    let (whole, results) = match client {
        Err(error) => (error.report().clone(), Vec::new()),
        Ok(client) => match client.batch_push(id, &projects, service) {
            Ok(done) => done.into_reports(),
            Err(error) => error.into_reports(),
        },
    };
    let results: Vec<String> = results.iter().map(Report::to_json).collect();
    json_with_results(&whole.to_json(), &results)
}
