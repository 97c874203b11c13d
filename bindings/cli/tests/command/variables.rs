//! Variables that are no option's, that cannot be read, or that hold no key.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;

use crate::fixture::{Ended, ID, Service, TOKEN, certpush, push_to, run, target};

const SECRET: &str = "hunter2hunter2";
/// Not UTF-8, with something that must not be shown.
const LATIN_1: &[u8] = b"http://user:hunter2hunter2\xe4@127.0.0.1:1";

/// Checks a configuration that needs no service, and tells the log.
fn check(variables: &[(&str, &[u8])]) -> Ended {
    let variables = variables
        .iter()
        .map(|(name, value)| (name, OsStr::from_bytes(value)));
    run(certpush(["check", "--verbose", "--trust", "mozilla"])
        .env("CERTPUSH_TOKEN", TOKEN)
        .env("CERTPUSH_REGION", "cn-north-4")
        .envs(variables))
}

#[test]
fn a_name_that_can_only_be_meant_for_an_option_is_refused_with_the_right_one() {
    for (name, right) in [
        ("CERTPUSH_TIMEOUT", "CERTPUSH_TIMEOUT_MS"),
        ("CERTPUSH_TOKENFILE", "CERTPUSH_TOKEN_FILE"),
        ("certpush_endpoint", "CERTPUSH_ENDPOINT"),
    ] {
        let ended = check(&[(name, SECRET.as_bytes())]);
        assert_eq!(ended.status, Some(2), "{ended:?}");
        assert!(
            ended
                .stderr
                .contains(&format!("variable {name} is no option's"))
        );
        assert!(ended.stderr.contains(right), "{ended:?}");
        assert!(!ended.stderr.contains(SECRET), "{ended:?}");
    }
}

#[test]
fn other_names_are_told_without_their_values() {
    let ended = check(&[
        ("CERTPUSH_PORT", SECRET.as_bytes()),
        ("CERTPUSH_SIM", LATIN_1),
        ("CERTPUSH_EMPTY", b""),
    ]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    for text in [&ended.stdout, &ended.stderr] {
        assert!(
            text.contains("no option's, and not read: CERTPUSH_PORT, CERTPUSH_SIM\n"),
            "{ended:?}"
        );
        assert!(!text.contains(SECRET), "{ended:?}");
    }
    assert!(!check(&[]).stdout.contains("not read"));
}

#[test]
fn a_variable_that_is_not_utf_8_is_refused_by_name_and_never_shown() {
    for name in [
        "CERTPUSH_PROXY",
        "CERTPUSH_TOKEN",
        "CERTPUSH_TOKEN_FILE",
        "CERTPUSH_NO_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "HUAWEICLOUD_SDK_REGION_SCM_CN_NORTH_4",
    ] {
        let ended = check(&[(name, LATIN_1)]);
        assert_eq!(ended.status, Some(2), "{name}: {ended:?}");
        let message = format!("variable {name} is not UTF-8");
        assert!(ended.stderr.contains(&message), "{ended:?}");
        assert!(!ended.stderr.contains(SECRET), "{ended:?}");
    }
}

#[test]
fn a_variable_for_all_proxies_is_not_read_and_that_is_told() {
    for name in ["ALL_PROXY", "all_proxy"] {
        let ended = check(&[(name, LATIN_1)]);
        assert_eq!(ended.status, Some(0), "{ended:?}");
        let told = format!("proxy: none ({name} is set, but never read");
        assert!(ended.stdout.contains(&told), "{ended:?}");
        assert!(!ended.stdout.contains(SECRET), "{ended:?}");
    }
    let ended = check(&[("ALL_PROXY", b"http://a:1"), ("HTTPS_PROXY", b"http://b:2")]);
    assert!(
        ended
            .stdout
            .contains("proxy: http://b:2, from variable HTTPS_PROXY (ALL_PROXY")
    );
}

#[test]
fn without_a_region_the_message_says_how_to_set_one() {
    let ended = run(certpush(["check"]).env("CERTPUSH_TOKEN", TOKEN));
    assert_eq!(ended.status, Some(2), "{ended:?}");
    for needed in [
        "--region",
        "CERTPUSH_REGION",
        "--endpoint",
        "CERTPUSH_ENDPOINT",
        "cn-north-4 (China)",
        "ap-southeast-1 (International)",
        "eu-west-101 (Europe)",
        "my-kualalumpur-1 (Kuala Lumpur)",
        "hint: The region is the site",
    ] {
        assert!(ended.stderr.contains(needed), "{needed}: {ended:?}");
    }
}

#[test]
fn a_message_that_says_all_has_no_hint() {
    let ended = check(&[("CERTPUSH_TIMEOUT_MS", b"soon")]);
    assert_eq!(ended.status, Some(2), "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
}

#[test]
fn a_secret_key_of_the_official_sdks_that_is_none_is_refused_before_anything_is_sent() {
    for (name, value) in [
        ("HUAWEICLOUD_SDK_SK", format!("{SECRET}\n")),
        ("HUAWEICLOUD_SDK_SK", format!("\"{SECRET}\"")),
        (
            "HUAWEICLOUD_SDK_SECURITY_TOKEN",
            format!("{SECRET}\u{200b}"),
        ),
        ("HUAWEICLOUD_SDK_DOMAIN_ID", format!("{SECRET}\r\n")),
        ("HUAWEICLOUD_SDK_AK", format!("{SECRET} # of ops")),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let ended = run(push_to(&listener)
            .env_remove("CERTPUSH_TOKEN")
            .env("HUAWEICLOUD_SDK_AK", "SIMACCESSKEY")
            .env("HUAWEICLOUD_SDK_SK", SECRET)
            .env(name, &value));
        assert!(matches!(ended.status, Some(1 | 2)), "{ended:?}");
        assert!(ended.stderr.contains(name), "{ended:?}");
        assert!(!ended.stderr.contains(SECRET), "{ended:?}");
        assert!(listener.accept().is_err(), "nothing was sent");
    }
}

#[test]
fn a_token_with_something_around_it_is_refused_by_what_it_begins_with() {
    let service = Service::start();
    for (token, why) in [
        (format!("\"{TOKEN}\""), "begins with a quote"),
        (format!("'{TOKEN}'"), "begins with a quote"),
        (format!("{{\"token\":\"{TOKEN}\"}}"), "begins as JSON does"),
        (
            format!("X-Subject-Token: {TOKEN}"),
            "begins with the name of a header",
        ),
        (
            format!("Bearer {TOKEN}"),
            "begins with the name of a header or a scheme",
        ),
        (format!("<{TOKEN}>"), "begins as HTML"),
        (format!("${{{TOKEN}}}"), "begins as a variable does"),
    ] {
        let mut push = service.anonymous("push");
        let ended = run(push.args(target(ID)).env("CERTPUSH_TOKEN", &token));
        assert_eq!(ended.status, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(why), "{ended:?}");
        assert!(!ended.stderr.contains(TOKEN), "{ended:?}");
    }
    assert!(service.sim.received().is_empty());
}
