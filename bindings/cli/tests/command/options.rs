use crate::fixture::{Ended, ID, Service, TOKEN, certpush, run, target};

/// Checks a configuration that needs no service.
fn check(flags: &[&str], variables: &[(&str, &str)]) -> Ended {
    run(certpush(["check"])
        .args(flags)
        .env("CERTPUSH_TOKEN", TOKEN)
        .envs(variables.iter().copied()))
}

#[test]
fn a_flag_hides_its_variable() {
    let ended = check(
        &["--timeout-ms", "1234", "--region", "cn-north-4"],
        &[("CERTPUSH_TIMEOUT_MS", "4321")],
    );
    assert!(ended.stdout.contains("1234 ms for a call"), "{ended:?}");
}

#[test]
fn a_variable_hides_the_default() {
    let ended = check(
        &["--region", "cn-north-4"],
        &[("CERTPUSH_TIMEOUT_MS", "4321")],
    );
    assert!(ended.stdout.contains("4321 ms for a call"), "{ended:?}");
}

#[test]
fn an_endpoint_flag_hides_the_region_variable() {
    let ended = check(
        &["--endpoint", "https://scm.example"],
        &[("CERTPUSH_REGION", "cn-north-4")],
    );
    assert!(
        ended
            .stdout
            .starts_with("endpoint: https://scm.example, from option endpoint\n"),
        "{ended:?}"
    );
}

#[test]
fn a_token_file_flag_hides_the_token_variable() {
    let service = Service::start();
    let ended = run(service
        .push(ID)
        .env("CERTPUSH_TOKEN", "another-token-that-nobody-knows-here"));
    assert_eq!(ended.status, Some(0), "{ended:?}");
}

#[test]
fn options_that_exclude_each_other_are_both_named() {
    let ended = check(
        &[
            "--endpoint",
            "https://scm.example",
            "--region",
            "cn-north-4",
        ],
        &[],
    );
    assert_eq!(ended.status, Some(2), "{ended:?}");
    assert!(
        ended.stderr.contains("option region and option endpoint"),
        "{ended:?}"
    );
}

#[test]
fn a_bad_variable_is_named() {
    let ended = check(
        &["--region", "cn-north-4"],
        &[("CERTPUSH_TIMEOUT_MS", "a minute")],
    );
    assert_eq!(ended.status, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("CERTPUSH_TIMEOUT_MS"), "{ended:?}");
}

#[test]
fn a_boolean_flag_needs_no_value() {
    let endpoint = ["--endpoint", "http://192.0.2.1"];
    let with = |flag| check(&[&endpoint[..], &[flag]].concat(), &[]).status;
    assert_eq!(with("--allow-http"), Some(0));
    assert_eq!(with("--allow-http=true"), Some(0));
    assert_eq!(with("--allow-http=false"), Some(2));
    assert_eq!(with("--allow-http=yes"), Some(2));
}

#[test]
fn an_empty_value_is_the_cores_to_judge() {
    let region = ["--region", "cn-north-4"];
    let with = |flag| check(&[&region[..], &[flag]].concat(), &[]).status;
    assert_eq!(with("--user-agent="), Some(0));
    assert_eq!(with("--language="), Some(2));
}

#[test]
fn the_language_and_user_agent_reach_the_service() {
    let service = Service::start();
    run(service.command("push").args(target(ID)).args([
        "--language",
        "zh-cn",
        "--user-agent",
        "nightly/7",
    ]));
    let received = service.sim.received();
    assert_eq!(received[0].header("x-language"), Some("zh-cn"));
    let user_agent = received[0].header("user-agent").unwrap();
    assert!(user_agent.ends_with(" nightly/7"), "{user_agent}");
}
