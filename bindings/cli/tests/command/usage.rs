use certpush::OPTIONS;

use crate::fixture::{ID, PART_OF_TOKEN, Service, TOKEN, certpush, run, target};

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
        &["push-all"],
        &["push-all", "targets.csv", "another.csv"],
        &["settle"],
        &["settle", "journal", ID],
        &["completions"],
    ] {
        let ended = run(&mut certpush(arguments));
        assert_eq!(ended.status, Some(1), "{arguments:?}: {ended:?}");
        assert_eq!(ended.stdout, "", "{arguments:?}");
        assert!(ended.stderr.contains("--help"), "{ended:?}");
    }
}

#[test]
fn a_command_line_that_is_not_understood_is_told_as_json_too() {
    for (arguments, word) in [
        (&["push", "--json"][..], "ID"),
        (&["push", "--json", ID], "--service"),
        (
            &["push", ID, "--json", "--service", "ELB", "--no-such-option"],
            "--no-such-option",
        ),
        (
            &["push", ID, "--service", "ELB", "--json", "--timeout-ms"],
            "--timeout-ms",
        ),
        (
            &["push", ID, "--service", "ELB", "--service", "WAF", "--json"],
            "--service",
        ),
        (
            &["push", ID, "another", "--service", "ELB", "--json"],
            "another",
        ),
        (&["check", ID, "--json"], "--service"),
        (&["check", "--project", "p", "--json"], "ID"),
        (&["explain", "--json"], "CODE"),
        (&["fetch", "--json"], "fetch"),
    ] {
        let ended = run(&mut certpush(arguments));
        assert_eq!(ended.status, Some(1), "{arguments:?}: {ended:?}");
        let told = ended.json();
        assert_eq!(told["status"], 1, "{told}");
        assert_eq!(told["phase"], "arguments");
        assert_eq!(told["outcome_unknown"], false);
        let message = told["message"].as_str().unwrap();
        assert!(message.contains(word), "{word}: {message}");
        assert!(!message.contains('\n') && !told["hint"].as_str().unwrap().contains('\n'));
    }
    // Behind -- it is a word like any other.
    let ended = run(&mut certpush(["push", "--", "--json"]));
    assert_eq!((ended.status, ended.stdout.as_str()), (Some(1), ""));
}

#[test]
fn a_target_may_be_given_by_its_place() {
    let service = Service::start();
    for verb in ["push", "check"] {
        let ended = run(service
            .command(verb)
            .args([ID, "ap-southeast-3", "ELB", "--json"]));
        assert_eq!(ended.status, Some(0), "{ended:?}");
        let told = ended.json().to_string();
        assert!(
            told.contains("ap-southeast-3") && told.contains("ELB"),
            "{told}"
        );
    }
    let without_project = run(service.command("push").args([ID, "", "CDN"]));
    assert_eq!(without_project.status, Some(0), "{without_project:?}");
    let [first, second] = &service.sim.pushed()[..] else {
        panic!("two pushes");
    };
    assert_eq!(
        (&*first.target_project, &*first.target_service),
        ("ap-southeast-3", "ELB")
    );
    assert_eq!(
        (&*second.target_project, &*second.target_service),
        ("", "CDN")
    );
}

#[test]
fn a_target_is_given_by_its_place_or_by_flags_and_as_a_whole() {
    for arguments in [
        &["push", ID, "p"][..],
        &["push", ID, "p", "--service", "ELB"],
        &["push", ID, "p", "ELB", "--service", "ELB"],
        &["push", ID, "p", "ELB", "--project", "p"],
        &["push", ID, "p", "ELB", "more"],
        &["check", ID, "p"],
    ] {
        let ended = run(&mut certpush(arguments));
        assert_eq!(ended.status, Some(1), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains("--help"), "{ended:?}");
    }
}

#[test]
fn a_dry_run_is_a_check() {
    for arguments in [
        &["push", ID, "p", "ELB", "--dry-run"][..],
        &[
            "push",
            "--dry-run",
            ID,
            "--project",
            "p",
            "--service",
            "ELB",
        ],
        &["push", "--dry-run"],
    ] {
        let ended = run(&mut certpush(arguments));
        assert_eq!(ended.status, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("certpush check"), "{ended:?}");
    }
}

#[test]
fn what_is_not_understood_is_told_in_a_line_and_a_hint() {
    for arguments in [
        &["push"][..],
        &["push", ID, "--service", "ELB", "--no-such-option"],
        &[
            "push",
            ID,
            "--service",
            "ELB",
            "--allow-http=maybe",
            "--allow-http=true",
        ],
        &["fetch"],
        &["pusj", ID],
    ] {
        let ended = run(&mut certpush(arguments));
        let lines = ended.stderr.lines().collect::<Vec<_>>();
        assert!(
            lines.len() == 2
                && lines[0].starts_with("certpush: ")
                && lines[1].starts_with("hint: "),
            "{ended:?}"
        );
    }
}

#[test]
fn the_help_of_each_verb_ends_with_examples_and_a_refusal_says_what_it_takes() {
    for (verb, takes) in [
        ("push", "ID PROJECT SERVICE"),
        ("push-all", "FILE"),
        ("settle", "JOURNAL, or JOURNAL ID PROJECT SERVICE"),
        ("batch-push", "ID PROJECT,PROJECT SERVICE"),
        ("explain", "CODE"),
        ("completions", "SHELL"),
    ] {
        let help = run(&mut certpush([verb, "--help"])).stdout;
        let (_, examples) = help.split_once("\nExamples:\n").unwrap();
        let start = format!("  certpush {verb} ");
        assert!(examples.starts_with(&start), "{examples}");
        let refused = run(&mut certpush([verb, "--no-such-option"])).stderr;
        let hint = format!("\nhint: certpush {verb} takes {takes}");
        assert!(refused.contains(&hint), "{refused}");
    }
    let dry = run(&mut certpush(["push-all", "--dry-run", "targets.csv"])).stderr;
    assert!(dry.contains("push-all checks all of FILE before"), "{dry}");
}

#[test]
fn help_and_version_exit_0() {
    for arguments in [
        &["--help"][..],
        &["-h"],
        &["help"],
        &["push", "--help"],
        &["push-all", "--help"],
        &["settle", "--help"],
        &["batch-push", "--help"],
        &["check", "--help"],
        &["explain", "--help"],
        &["completions", "--help"],
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
    for verb in ["push", "push-all", "batch-push", "check"] {
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
