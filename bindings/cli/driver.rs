//! The conformance driver of the command certpush. tests/conformance/README.md says what a driver must
//! do.
//!
//! Takes `endpoint token_file certificate_id target_project target_service`, percent-encoded; runs
//! `$CERTPUSH_COMMAND push --json` or `batch-push --json` with them, without an endpoint or token file
//! that is empty; prints its JSON object. It fails if the exit status does not say the same as the JSON object.

use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::process::{Command, ExitCode, Output};

use serde_json::{Value, json};

const USAGE: &str = "CERTPUSH_COMMAND=PROGRAM driver ENDPOINT TOKEN_FILE CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE";

fn main() -> ExitCode {
    match drive() {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("driver: {error}");
            ExitCode::FAILURE
        }
    }
}

fn drive() -> Result<Value, Box<dyn Error>> {
    let command = std::env::var_os("CERTPUSH_COMMAND").ok_or(USAGE)?;
    let verb = match std::env::var("CERTPUSH_DRIVER_OPERATION").as_deref() {
        Ok("push") | Err(_) => "push",
        Ok("batch_push") => "batch-push",
        Ok(other) => return Err(format!("the operation {other} is not known").into()),
    };
    if std::env::var_os("CERTPUSH_DRIVER_REPEAT").is_some() {
        return Ok(json!({"cannot": "the command pushes once and ends, and its client with it"}));
    }
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let decoded = arguments
        .iter()
        .map(|argument| decode(argument))
        .collect::<Option<Vec<_>>>()
        .ok_or("an argument is not percent-encoded")?;
    let [endpoint, token_file, certificate_id, project, service] =
        <[Vec<u8>; 5]>::try_from(decoded).map_err(|_| USAGE)?;
    let values = [&endpoint, &token_file, &certificate_id, &project, &service];
    if values.iter().any(|value| value.contains(&0)) {
        return Ok(json!({"cannot": "an argument of a program has no NUL inside"}));
    }
    let endpoint = Some(endpoint).filter(|url| !url.is_empty());
    let token_file = Some(token_file).filter(|path| !path.is_empty());
    let output = Command::new(command)
        .args([verb, "--json"])
        .args(endpoint.map(|url| flag("--endpoint=", url)))
        .args(token_file.map(|path| flag("--token-file=", path)))
        .arg(flag("--project=", project))
        .arg(flag("--service=", service))
        .arg("--")
        .arg(OsString::from_vec(certificate_id))
        .output()?;
    Ok(report(&output)?)
}

fn flag(name: &str, value: Vec<u8>) -> OsString {
    let mut flag = OsString::from(name);
    flag.push(OsStr::new(&OsString::from_vec(value)));
    flag
}

/// The bytes that percent-encoded text stands for.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(piece.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(&piece.as_bytes()[2..]);
    }
    Some(bytes)
}

/// The JSON object that the command printed, if the exit status agrees with it.
fn report(output: &Output) -> Result<Value, String> {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let report = match stdout.lines().collect::<Vec<_>>()[..] {
        [line] => {
            serde_json::from_str::<Value>(line).map_err(|error| format!("{error}: {line}"))?
        }
        _ => {
            return Err(format!(
                "the command printed {stdout:?}, and {:?} on standard error",
                String::from_utf8_lossy(&output.stderr)
            ));
        }
    };
    let told = exit_status_of(&report).ok_or_else(|| format!("no status in {report}"))?;
    match output.status.code() {
        Some(code) if i64::from(code) == told => Ok(report),
        _ => Err(format!(
            "the command ended with {}, but its JSON object means {told}: {report}",
            output.status
        )),
    }
}

/// The exit status that belongs to a report, by the command's documentation.
fn exit_status_of(report: &Value) -> Option<i64> {
    let status = report["status"].as_i64()?;
    let unknown = report["outcome_unknown"].as_bool()?;
    Some(if unknown && status != 99 {
        status + 64
    } else {
        status
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    fn ended(code: i32, stdout: &str) -> Output {
        Output {
            status: ExitStatus::from_raw(code << 8),
            stdout: stdout.as_bytes().to_vec(),
            stderr: Vec::new(),
        }
    }

    #[test]
    fn any_bytes_can_be_asked_for() {
        assert_eq!(decode("a%20b%00%ff%25").unwrap(), b"a b\0\xff%");
        assert_eq!(decode("").unwrap(), b"");
        for bad in ["%", "%1", "%zz", "a%é"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_exit_status_must_agree_with_the_json() {
        let unknown = "{\"status\":14,\"outcome_unknown\":true}\n";
        assert!(report(&ended(78, unknown)).is_ok());
        assert!(report(&ended(14, unknown)).is_err());
        let known = "{\"status\":14,\"outcome_unknown\":false}\n";
        assert!(report(&ended(14, known)).is_ok());
        assert!(report(&ended(78, known)).is_err());
        let defect = "{\"status\":99,\"outcome_unknown\":true}\n";
        assert!(report(&ended(99, defect)).is_ok());
    }

    #[test]
    fn anything_but_one_report_is_refused() {
        for stdout in ["", "pushed\n", "{}\n", "{\"status\":0}\n", "{}\n{}\n"] {
            assert!(report(&ended(0, stdout)).is_err(), "{stdout}");
        }
    }

    #[test]
    fn a_command_killed_by_a_signal_is_refused() {
        let killed = Output {
            status: ExitStatus::from_raw(9),
            ..ended(0, "{\"status\":0,\"outcome_unknown\":false}\n")
        };
        assert!(report(&killed).is_err());
    }
}
