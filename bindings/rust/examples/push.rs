//! Pushes a certificate and shows what is known of it afterwards.
//!
//! Usage: push CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE, with the options in the environment:
//! CERTPUSH_REGION or CERTPUSH_ENDPOINT, and CERTPUSH_TOKEN_FILE or CERTPUSH_TOKEN.

use std::process::ExitCode;

use certpush::{Client, Config, Error, Report};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [certificate_id, target_project, target_service] = arguments.as_slice() else {
        eprintln!("usage: push CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE");
        return ExitCode::from(1);
    };
    match push(certificate_id, target_project, target_service) {
        Ok(report) => {
            show(&report);
            ExitCode::SUCCESS
        }
        Err(error) => {
            show(error.report());
            ExitCode::FAILURE
        }
    }
}

fn push(certificate_id: &str, target_project: &str, target_service: &str) -> Result<Report, Error> {
    let client = Client::new(&Config::from_env()?)?;
    let receipt = client.push(certificate_id, target_project, target_service)?;
    Ok(receipt.into_report())
}

fn show(report: &Report) {
    println!("status          {}", report.status().c_name());
    println!("outcome         {}", report.outcome());
    println!("message         {}", report.message());
    println!("retryable       {}", report.retryable());
    if let Some(http_status) = report.http_status() {
        println!("http_status     {http_status}");
    }
    let texts = [
        ("service_code", report.service_code()),
        ("service_message", report.service_message()),
        ("request_id", report.request_id()),
        ("hint", report.hint()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            println!("{name:<15} {text}");
        }
    }
}
