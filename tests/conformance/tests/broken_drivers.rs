//! The test of the test: a driver that is wrong must turn the runner red, and be named.

use std::fs;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::NamedTempFile;

const HONEST_DRIVER: &str = env!("CARGO_BIN_EXE_driver-rust");

/// A scenario whose outcome is unknown.
const UNKNOWN: &str = "a_push_that_failed_at_the_elb_may_have_pushed";
/// A batch push of which one target is refused.
const BATCH: &str = "one_project_that_does_not_exist_was_not_pushed_to";
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

/// A driver with this fault, as the runner takes it.
fn broken(fault: &str) -> String {
    let broken = env!("CARGO_BIN_EXE_broken_driver");
    format!("broken='{broken}' {fault} '{HONEST_DRIVER}'")
}

/// Runs a driver with this fault and returns what the runner printed about it.
fn found(fault: &str, scenario: &str) -> String {
    let output = run(&broken(fault), &["--only", scenario]);
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
    for (scenario, played) in [(UNKNOWN, 1), (REFUSED, 1), (BATCH, 2)] {
        let output = run(&driver, &["--only", scenario]);
        assert!(output.status.success(), "{}", printed(&output));
        assert!(printed(&output).ends_with(&format!("\n{played} passed, 0 failed\n")));
    }
}

#[test]
fn calling_everything_a_success_passes_nowhere() {
    let output = run(&broken("says-success"), &[]);
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
fn what_is_wrong_with_the_results_of_a_batch_is_found() {
    for (fault, difference) in [
        (
            "calls-every-target-pushed",
            "the result of cn-north-5: status: expected 27, got 0",
        ),
        ("forgets-a-target", "results: expected 2, got 1"),
        ("forgets-the-results", "there are no results"),
        (
            "tells-the-results-in-another-order",
            r#"the result of cn-north-4: target_project: expected "cn-north-4", got "cn-north-5""#,
        ),
        (
            "ignores-the-operation",
            r#"the service received the body {"target_project":"cn-north-4,cn-north-5""#,
        ),
    ] {
        let output = run(&broken(fault), &["--only", BATCH]);
        let printed = printed(&output);
        assert_eq!(output.status.code(), Some(1), "{printed}");
        assert!(printed.contains(difference), "{fault}: {printed}");
        assert!(printed.ends_with("\n0 passed, 2 failed\n"), "{printed}");
    }
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
    let output = run(
        &broken("follows-redirects"),
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
fn a_binding_with_nothing_but_excuses_has_run_nothing() {
    let output = run(
        &broken("says-cannot"),
        &["--only", "an_id_that_is_not_utf_8_is_refused"],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(printed(&output).contains("cannot broken: an_id_that_is_not_utf_8"));
}

#[test]
fn an_operation_that_is_taken_for_a_push_is_found() {
    const OPERATION: &str = "an_operation_that_no_driver_knows_is_told";
    assert!(found("ignores-the-operation", OPERATION).contains("took it for something else"));
    assert!(found("fails-without-a-word", OPERATION).contains("did not say that it does not know"));
}

/// A topic of one entry, that is pushed this often.
fn repeated(times: usize) -> NamedTempFile {
    let topic = json!({
        "about": "One entry, pushed many times.",
        "scenarios": [{
            "name": MANY,
            "repeat": times,
            "may_be_impossible": true,
            "answer": {"status": 204},
        }],
    });
    let file = NamedTempFile::new().expect("a file for the topic");
    fs::write(&file, topic.to_string()).expect("the topic is written");
    file
}

const MANY: &str = "many_pushes_on_one_client_need_no_more_memory";

/// What the runner says of a driver that is told to push this often.
fn found_in_repeats(fault: &str, times: usize) -> String {
    let topic = repeated(times);
    let path = topic.path().to_str().expect("a path in UTF-8");
    let output = run(&broken(fault), &["--scenarios", path]);
    assert_eq!(output.status.code(), Some(1), "{}", printed(&output));
    printed(&output)
}

#[test]
fn an_honest_driver_needs_no_more_memory_for_more_pushes() {
    let output = run(&format!("rust='{HONEST_DRIVER}'"), &["--only", MANY]);
    assert!(output.status.success(), "{}", printed(&output));
}

#[test]
fn a_leak_is_found() {
    let found = found_in_repeats("leaks", 2000);
    assert!(found.contains("KiB after 200 pushes and "), "{found}");
}

#[test]
fn one_push_instead_of_many_is_found() {
    let found = found_in_repeats("pushes-once", 40);
    assert!(found.contains("the service received 1 requests"), "{found}");
}

#[test]
fn a_client_for_each_push_is_found() {
    let found = found_in_repeats("makes-a-client-for-each-push", 40);
    assert!(found.contains("40 pushes made 40 connections"), "{found}");
}

#[test]
fn an_excuse_after_the_push_is_found() {
    let found = found_in_repeats("says-cannot-after-all", 40);
    assert!(found.contains("the service received a request"), "{found}");
}

#[test]
fn a_difference_that_the_list_does_not_know_is_found_among_bindings() {
    let output = run(
        &format!("rust='{HONEST_DRIVER}'"),
        &[
            "--driver",
            &broken("tells-another-phase"),
            "--only",
            UNKNOWN,
        ],
    );
    assert_eq!(output.status.code(), Some(1));
    let printed = printed(&output);
    let difference = r#"phase: "receive" with other bindings, got "start""#;
    assert!(
        printed.contains("FAILED broken") && printed.contains(difference),
        "{printed}"
    );
    assert!(printed.ends_with("\n1 passed, 1 failed\n"), "{printed}");
}

/// What the runner says of a driver that reads two lines.
fn played_by_lines(fault: &str) -> (Option<i32>, String) {
    const TWO: &str = "an_id_of_15";
    let driver = broken(fault);
    let mut arguments = vec!["--lines", "broken", "--only", TWO, "--workers", "1"];
    arguments.extend(["--driver-timeout-ms", "2000"]);
    let output = run(&driver, &arguments);
    (output.status.code(), printed(&output))
}

#[test]
fn a_driver_may_answer_lines() {
    let (status, printed) = played_by_lines("none");
    assert_eq!(status, Some(0), "{printed}");
    assert!(printed.ends_with("\n2 passed, 0 failed\n"), "{printed}");
}

#[test]
fn one_line_too_few_is_found() {
    let (status, printed) = played_by_lines("answers-one-line-too-few");
    assert_eq!(status, Some(1), "{printed}");
    assert!(printed.contains("did not end in time"), "{printed}");
    assert!(printed.ends_with("\n1 passed, 1 failed\n"), "{printed}");
}

#[test]
fn what_else_is_wrong_with_lines_is_found() {
    for (fault, difference) in [
        ("answers-with-two-lines", "printed 2 lines, not one"),
        ("answers-with-half-a-line", "printed 0 lines, not one"),
        ("answers-one-line", "printed 0 lines, not one"),
        ("has-a-last-word", r#"more lines than it read: "goodbye"#),
        ("fails-at-the-end", "after its last line"),
        ("does-not-end", "did not end with its standard input"),
    ] {
        let (status, printed) = played_by_lines(fault);
        assert_eq!(status, Some(1), "{fault}: {printed}");
        assert!(printed.contains(difference), "{fault}: {printed}");
    }
}

#[test]
fn lines_of_no_driver_are_an_error() {
    let driver = format!("rust='{HONEST_DRIVER}'");
    let output = run(&driver, &["--lines", "ruts", "--only", UNKNOWN]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_skipped_binding_is_named_and_counted() {
    let driver = format!("rust='{HONEST_DRIVER}'");
    let skipped = [
        "--skipped",
        "cobol=cobc is not installed",
        "--only",
        UNKNOWN,
    ];
    let printed = printed(&run(&driver, &skipped));
    assert!(
        printed.contains("# SKIPPED: the binding cobol: cobc is not installed\n"),
        "{printed}"
    );
    assert!(
        printed.ends_with("\n1 passed, 0 failed, 1 skipped\n"),
        "{printed}"
    );
}

#[test]
fn a_driver_that_hangs_is_killed() {
    let output = run(
        &broken("hangs"),
        &["--only", UNKNOWN, "--driver-timeout-ms", "200"],
    );
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
fn the_results_file_has_counts_for_each_binding_and_scenario() {
    let files = tempfile::tempdir().expect("a directory for the results");
    let path = files.path().join("results.json");
    let output = run(
        &format!("rust='{HONEST_DRIVER}'"),
        &[
            "--driver",
            &broken("knows-the-outcome"),
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
    assert_eq!(results["bindings"]["rust"]["passed"], 1);
    assert_eq!(results["bindings"]["broken"]["failed"], 1);
    assert_eq!(results["scenarios"][0]["name"], UNKNOWN);
    let bindings = &results["scenarios"][0]["bindings"];
    assert_eq!(bindings["rust"]["verdict"], "passed");
    assert!(bindings["rust"]["took_ms"].is_u64());
    assert!(bindings["broken"]["verdict"]["failed"].is_array());
}
