use certpush::OPTIONS;

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
        ended
            .stderr
            .contains("--region and --endpoint exclude each other"),
        "{ended:?}"
    );
}

/// No message names an argument or option by the core's name: that of the flag is known here.
fn assert_names_no_key(text: &str) {
    let keys = OPTIONS.iter().map(|option| option.key);
    let arguments = ["target_project", "target_service"];
    for key in keys.chain(arguments).filter(|key| key.contains('_')) {
        let is_named = text
            .split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
            .any(|word| word == key);
        assert!(!is_named, "{key}: {text}");
    }
}

#[test]
fn messages_and_hints_name_flags() {
    let region = &["--region", "cn-north-4"][..];
    for (arguments, name) in [
        (&["push", ID, "", "ELB"][..], "--project is empty"),
        (&["push", ID, "p", ""], "--service must have"),
        (
            &["push", ID, "p\n", "ELB"],
            "--project has a control character",
        ),
        (&["push", "short", "p", "ELB"], "ID must be"),
        (&["push", ID, "--service", "ELB"], "--project is empty"),
        (&["check", "--timeout-ms", "soon"], "--timeout-ms must be"),
        (
            &["check", "--metadata-endpoint", "x"],
            "--metadata-endpoint must begin",
        ),
        (&["check", "--ca-file="], "--ca-file must not be empty"),
        (&["check", "--user-agent", "ü"], "--user-agent must be"),
        (&["check", "--language="], "--language must not be empty"),
        (&["check", "--allow-http=maybe"], "--allow-http must be"),
        (
            &["check", "--client-cert-file", "a.pem"],
            "--client-cert-file and --client-key-file",
        ),
        (
            &["check", "--access-key", "A", "--user-name", "u"],
            "--access-key and --user-name",
        ),
    ] {
        for json in [&[][..], &["--json"]] {
            let ended = run(certpush(arguments)
                .args(region)
                .args(json)
                .env("CERTPUSH_TOKEN", TOKEN));
            assert!(
                matches!(ended.status, Some(1 | 2)),
                "{arguments:?} {ended:?}"
            );
            let told = ended.stdout + &ended.stderr;
            assert!(told.contains(name), "{name}: {told}");
            let message = match serde_json::from_str::<serde_json::Value>(&told) {
                Ok(json) => format!("{} {}", json["message"], json["hint"]),
                Err(_) => told,
            };
            assert_names_no_key(&message);
        }
    }
    for (flag, value, name) in [
        ("--region", "moon-1", "the target's region is --project"),
        ("--endpoint", "x", "--endpoint must begin"),
        ("--endpoint", "http://192.0.2.1", "set --allow-http to true"),
    ] {
        let ended = run(certpush(["check", flag, value]).env("CERTPUSH_TOKEN", TOKEN));
        assert_eq!(ended.status, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(name), "{ended:?}");
        assert_names_no_key(&ended.stderr);
    }
    let no_region = run(certpush(["check"]).env("CERTPUSH_TOKEN", TOKEN));
    assert!(
        no_region
            .stderr
            .contains("no --region or --endpoint is set"),
        "{no_region:?}"
    );
    let no_credentials =
        run(certpush(["push", ID, "p", "ELB", "--credentials", "token"]).args(region));
    assert_eq!(no_credentials.status, Some(3), "{no_credentials:?}");
    let hint = no_credentials.stderr.lines().nth(1).unwrap();
    assert!(hint.contains("--token-file"), "{hint}");
    assert_names_no_key(hint);
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
