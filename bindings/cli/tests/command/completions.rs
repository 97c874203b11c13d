use std::process::Command;

use certpush::OPTIONS;

use crate::fixture::{Ended, certpush, run};

fn completions(shell: &str) -> Ended {
    run(&mut certpush(["completions", shell]))
}

#[test]
fn bash_completes_verbs_and_flags() {
    let script = completions("bash").stdout;
    for (words, expected) in [
        ("certpush pu", &["push", "push-all"][..]),
        ("certpush settle x y --not", &["--not-pushed"]),
        ("certpush push-all --max-f", &["--max-failures"]),
    ] {
        let ask = r#"eval "$SCRIPT"; read -ra COMP_WORDS <<<"$WORDS"
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$WORDS COMP_POINT=${#WORDS}
            _certpush certpush "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
            printf '%s\n' "${COMPREPLY[@]}""#;
        let told = run(Command::new("bash")
            .args(["-c", ask])
            .env("SCRIPT", &script)
            .env("WORDS", words));
        assert_eq!(told.stderr, "");
        let found: Vec<_> = told.stdout.lines().collect();
        assert_eq!(found, expected, "{words}");
    }
}

#[test]
fn every_shell_is_told_of_every_verb_and_every_flag() {
    for shell in ["bash", "zsh", "fish"] {
        let ended = completions(shell);
        assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""));
        for verb in [
            "push",
            "push-all",
            "settle",
            "batch-push",
            "check",
            "explain",
        ] {
            assert!(ended.stdout.contains(verb), "{shell} {verb}");
        }
        for option in OPTIONS.iter().filter(|option| !option.is_secret()) {
            let flag = option.flag();
            let is_told = ended
                .stdout
                .split(|it: char| !it.is_ascii_alphanumeric() && it != '-')
                .any(|word| word.trim_start_matches('-') == flag.trim_start_matches('-'));
            assert!(is_told, "{shell} {flag}");
        }
    }
}

#[test]
fn another_shell_is_refused() {
    let ended = completions("tcsh");
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert!(
        ended
            .stderr
            .starts_with("certpush: SHELL must be bash, zsh or fish")
    );
}
