//! The test of the test: a driver that is wrong must turn the runner red, and be named.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

const HONEST_DRIVER: &str = env!("CARGO_BIN_EXE_driver_rust");

/// A scenario whose outcome is unknown.
const UNKNOWN: &str = "a_push_that_failed_at_the_elb_may_have_pushed";
/// An access key that must not be shown.
const MASKED: &str = "an_unknown_access_key_is_masked_where_the_service_echoes_it";
/// A password that must not be tried again.
const REFUSED_PASSWORD: &str = "an_unknown_user_is_refused";
/// A request that must not leave the machine.
const REFUSED: &str = "an_id_of_15_characters_is_refused";

fn run(driver: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_certpush-conformance"))
        .args(["--driver", driver])
        .args(arguments)
        // Some of these drivers show secrets, to be found out.
        .env_remove("TRANSCRIPTS")
        .output()
        .expect("the runner runs")
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("the runner prints UTF-8")
}

/// Runs a driver with this fault and returns what the runner printed about it.
fn found(fault: &str, scenario: &str) -> String {
    let broken = env!("CARGO_BIN_EXE_broken_driver");
    let driver = format!("broken='{broken}' {fault} '{HONEST_DRIVER}'");
    let output = run(&driver, &["--only", scenario]);
    let printed = printed(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(
        printed.contains(&format!("FAILED broken: {scenario}\n")),
        "{printed}"
    );
    assert!(printed.ends_with("\n0 passed, 1 failed\n"), "{printed}");
    printed
}

#[test]
fn an_honest_driver_passes() {
    let driver = format!("rust='{HONEST_DRIVER}'");
    for scenario in [UNKNOWN, REFUSED] {
        let output = run(&driver, &["--only", scenario]);
        assert!(output.status.success(), "{}", printed(&output));
        assert!(printed(&output).ends_with("\n1 passed, 0 failed\n"));
    }
}

#[test]
fn calling_everything_a_success_passes_nowhere() {
    let broken = env!("CARGO_BIN_EXE_broken_driver");
    let driver = format!("broken='{broken}' says-success '{HONEST_DRIVER}'");
    let output = run(&driver, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        printed(&output).contains("\n0 passed, "),
        "{}",
        printed(&output)
    );
}

#[test]
fn a_wrong_outcome_is_found() {
    let found = found("knows-the-outcome", UNKNOWN);
    assert!(
        found.contains("outcome_unknown: expected true, got false"),
        "{found}"
    );
}

#[test]
fn a_wrong_permission_to_retry_is_found() {
    let found = found("is-retryable", UNKNOWN);
    assert!(
        found.contains("retryable: expected false, got true"),
        "{found}"
    );
}

#[test]
fn a_forgotten_code_is_found() {
    let found = found("forgets-the-code", UNKNOWN);
    assert!(
        found.contains(r#"service_code: expected "SCM.0203", got """#),
        "{found}"
    );
}

#[test]
fn garbage_is_found() {
    assert!(found("prints-garbage", UNKNOWN).contains("no report: \"status=0\""));
}

#[test]
fn silence_is_found() {
    assert!(found("prints-nothing", UNKNOWN).contains("printed 0 lines"));
}

#[test]
fn a_second_line_is_found() {
    assert!(found("prints-two-lines", UNKNOWN).contains("printed 2 lines"));
}

#[test]
fn a_crash_after_a_right_report_is_found() {
    assert!(found("crashes", UNKNOWN).contains("the driver ended with signal: 6"));
}

#[test]
fn a_second_push_is_found() {
    assert!(found("pushes-twice", UNKNOWN).contains("the service received 2 requests"));
}

#[test]
fn a_connection_for_a_refused_request_is_found() {
    assert!(found("connects-too-early", REFUSED).contains("a connection was made"));
}

#[test]
fn a_followed_redirect_is_found() {
    let broken = env!("CARGO_BIN_EXE_broken_driver");
    let driver = format!("broken='{broken}' follows-redirects '{HONEST_DRIVER}'");
    let output = run(
        &driver,
        &["--only", "a_302_to_another_host_is_never_followed"],
    );
    assert_eq!(output.status.code(), Some(1));
    let printed = printed(&output);
    assert!(
        printed.contains("a connection went to the host of a redirect"),
        "{printed}"
    );
}

#[test]
fn a_shown_secret_is_found() {
    const SECRET: &str = "the driver showed a secret";
    assert!(found("shows-the-token", UNKNOWN).contains(SECRET));
    assert!(found("shows-the-access-key", MASKED).contains(SECRET));
}

#[test]
fn a_second_login_after_a_refused_one_is_found() {
    assert!(found("pushes-twice", REFUSED_PASSWORD).contains("token_requests: expected 1, got 2"));
}

#[test]
fn an_excuse_that_no_language_needs_is_found() {
    assert!(found("says-cannot", UNKNOWN).contains("but every language can"));
}

#[test]
fn a_face_with_nothing_but_excuses_has_run_nothing() {
    let broken = env!("CARGO_BIN_EXE_broken_driver");
    let driver = format!("broken='{broken}' says-cannot '{HONEST_DRIVER}'");
    let output = run(&driver, &["--only", "an_id_that_is_not_utf_8_is_refused"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(printed(&output).contains("cannot broken: an_id_that_is_not_utf_8"));
}

#[test]
fn a_driver_that_hangs_is_killed() {
    let broken = env!("CARGO_BIN_EXE_broken_driver");
    let driver = format!("broken='{broken}' hangs '{HONEST_DRIVER}'");
    let output = run(&driver, &["--only", UNKNOWN, "--driver-timeout-ms", "200"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(printed(&output).contains("did not end in time"));
}

#[test]
fn a_driver_that_does_not_exist_is_found() {
    let output = run("none=/no/such/driver", &["--only", UNKNOWN]);
    assert_eq!(output.status.code(), Some(1));
    assert!(printed(&output).contains("could not be run"));
}

#[test]
fn running_no_scenario_is_a_failure() {
    let driver = format!("rust='{HONEST_DRIVER}'");
    let output = run(&driver, &["--only", "no scenario has this name"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_results_file_has_counts_for_each_face_and_scenario() {
    let files = tempfile::tempdir().expect("a directory for the results");
    let path = files.path().join("results.json");
    let broken = env!("CARGO_BIN_EXE_broken_driver");
    let output = run(
        &format!("rust='{HONEST_DRIVER}'"),
        &[
            "--driver",
            &format!("broken='{broken}' knows-the-outcome '{HONEST_DRIVER}'"),
            "--only",
            UNKNOWN,
            "--json",
            path.to_str().expect("a path in UTF-8"),
        ],
    );
    assert_eq!(output.status.code(), Some(1));
    let results = fs::read_to_string(path).expect("the results were written");
    let results: Value = serde_json::from_str(&results).expect("the results are JSON");
    assert_eq!(
        (&results["passed"], &results["failed"]),
        (&1.into(), &1.into())
    );
    assert_eq!(results["faces"]["rust"]["passed"], 1);
    assert_eq!(results["faces"]["broken"]["failed"], 1);
    assert_eq!(results["scenarios"][0]["name"], UNKNOWN);
    let faces = &results["scenarios"][0]["faces"];
    assert_eq!(faces["rust"]["verdict"], "passed");
    assert!(faces["rust"]["took_ms"].is_u64());
    assert!(faces["broken"]["verdict"]["failed"].is_array());
}
