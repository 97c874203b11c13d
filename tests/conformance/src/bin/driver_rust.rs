//! The driver of the Rust face.

use std::env;
use std::process::ExitCode;

use certpush::{Client, Config, Error, Report};
use percent_encoding::percent_decode_str;
use serde_json::json;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let Ok(arguments) = <[String; 5]>::try_from(arguments) else {
        eprintln!(
            "usage: driver_rust ENDPOINT TOKEN_FILE CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE"
        );
        return ExitCode::FAILURE;
    };
    println!("{}", line(&arguments));
    ExitCode::SUCCESS
}

fn line(arguments: &[String; 5]) -> String {
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
    ) {
        Ok(report) => report.to_json(),
        Err(error) => error.to_json(),
    }
}

fn push(
    endpoint: &str,
    token_file: &str,
    certificate_id: &str,
    target_project: &str,
    target_service: &str,
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
    let receipt = client.push(certificate_id, target_project, target_service)?;
    Ok(receipt.into_report())
}
