use certpush::OPTIONS;

use crate::fixture::{ID, PART_OF_TOKEN, TOKEN, certpush, run, target};

#[test]
fn a_command_line_that_is_not_understood_exits_1() {
    for arguments in [
        &[][..],
        &["fetch"],
        &["push"],
        &["push", ID],
        &["push", ID, "--service", "ELB", "--no-such-option"],
        &["push", ID, "--service", "ELB", "--timeout-ms"],
        &["push", ID, "--service", "ELB", "--service", "WAF"],
        &["push", ID, "another", "--service", "ELB"],
        &["check", ID],
        &["check", "--project", "p"],
        &["explain"],
    ] {
        let ended = run(&mut certpush(arguments));
        assert_eq!(ended.status, Some(1), "{arguments:?}: {ended:?}");
        assert_eq!(ended.stdout, "", "{arguments:?}");
        assert!(ended.stderr.contains("--help"), "{ended:?}");
    }
}

#[test]
fn help_and_version_exit_0() {
    for arguments in [
        &["--help"][..],
        &["-h"],
        &["help"],
        &["push", "--help"],
        &["check", "--help"],
        &["explain", "--help"],
        &["--version"],
    ] {
        let ended = run(&mut certpush(arguments));
        assert_eq!(ended.status, Some(0), "{arguments:?}: {ended:?}");
        assert_eq!(ended.stderr, "", "{arguments:?}");
    }
}

#[test]
fn the_version_is_the_crates() {
    let ended = run(&mut certpush(["--version"]));
    assert_eq!(
        ended.stdout,
        concat!("certpush ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn every_option_but_a_secret_has_a_flag() {
    for verb in ["push", "check"] {
        let help = run(&mut certpush([verb, "--help"])).stdout;
        for option in OPTIONS {
            let flag = option.flag();
            let is_listed = help
                .split([' ', '\n', '['])
                .any(|word| word == flag.as_str());
            assert_eq!(is_listed, !option.is_secret(), "{verb} {flag}");
        }
    }
}

#[test]
fn a_token_on_the_command_line_is_refused_and_not_repeated() {
    for arguments in [
        vec!["--token".to_owned(), TOKEN.to_owned()],
        vec![format!("--token={TOKEN}")],
    ] {
        let ended = run(certpush(["push"]).args(target(ID)).args(arguments));
        assert_eq!(ended.status, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("--token-file"), "{ended:?}");
        assert!(!ended.stderr.contains(PART_OF_TOKEN), "{ended:?}");
    }
}

#[test]
fn a_token_in_the_place_of_another_word_is_refused_and_not_repeated() {
    for arguments in [
        &[TOKEN][..],
        &["push", ID, TOKEN, "--service", "ELB"],
        &["check", ID, TOKEN, "--service", "ELB"],
        &["explain", "14", TOKEN],
    ] {
        let ended = run(&mut certpush(arguments));
        assert_eq!(ended.status, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("36 characters"), "{ended:?}");
        assert!(!ended.stderr.contains(PART_OF_TOKEN), "{ended:?}");
    }
}
