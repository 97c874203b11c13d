use std::fs::File;

use crate::fixture::{ID, PART_OF_TOKEN, Service, TOKEN, run, run_with_input, target};

#[test]
fn a_token_comes_from_a_file() {
    let service = Service::start();
    let token_file = service.file("token-with-line-end", format!("{TOKEN}\n"));
    let ended = run(service
        .anonymous("push")
        .args(target(ID))
        .arg("--token-file")
        .arg(token_file));
    assert_eq!(ended.status, Some(0), "{ended:?}");
}

#[test]
fn a_token_comes_from_the_environment() {
    let service = Service::start();
    let ended = run(service
        .anonymous("push")
        .args(target(ID))
        .env("CERTPUSH_TOKEN", TOKEN));
    assert_eq!(ended.status, Some(0), "{ended:?}");
}

#[test]
fn a_token_file_comes_from_the_environment() {
    let service = Service::start();
    let ended = run(service
        .anonymous("push")
        .args(target(ID))
        .env("CERTPUSH_TOKEN_FILE", service.token_file()));
    assert_eq!(ended.status, Some(0), "{ended:?}");
}

#[test]
fn a_token_comes_from_standard_input_with_or_without_a_line_end() {
    let service = Service::start();
    for line_end in ["", "\n", "\r\n"] {
        let ended = run_with_input(
            service
                .anonymous("push")
                .args(target(ID))
                .args(["--token-file", "-"]),
            format!("{TOKEN}{line_end}").as_bytes(),
        );
        assert_eq!(ended.status, Some(0), "{line_end:?}: {ended:?}");
    }
}

#[test]
fn the_longest_token_fits_through_standard_input() {
    let service = Service::start();
    let input = format!("{}\r\n", "t".repeat(2_097_152));
    let ended = run_with_input(
        service.anonymous("check").args(["--token-file", "-"]),
        input.as_bytes(),
    );
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("2097152 characters"), "{ended:?}");
}

#[test]
fn standard_input_that_is_no_token_is_refused() {
    let service = Service::start();
    let too_long = TOKEN.repeat(100_000);
    let two_lines = format!("{TOKEN}\n\n");
    let not_utf_8 = [TOKEN.as_bytes(), b"\xff"].concat();
    for (input, status, why) in [
        (&b""[..], 1, "has 0"),
        (b"short", 1, "has 5"),
        (two_lines.as_bytes(), 1, "a character that no token has"),
        (&not_utf_8, 1, "not UTF-8"),
        (too_long.as_bytes(), 2, "longer than 2097154 bytes"),
    ] {
        let ended = run_with_input(
            service
                .anonymous("push")
                .args(target(ID))
                .args(["--token-file", "-"]),
            input,
        );
        assert_eq!(ended.status, Some(status), "{why}: {ended:?}");
        assert!(ended.stderr.contains(why), "{why}: {ended:?}");
        assert!(!ended.stderr.contains(PART_OF_TOKEN), "{ended:?}");
    }
    assert!(service.sim.received().is_empty());
}

#[test]
fn standard_input_that_cannot_be_read_is_refused() {
    let service = Service::start();
    let ended = run(service
        .anonymous("push")
        .args(target(ID))
        .args(["--token-file", "-"])
        .stdin(File::open("/").unwrap()));
    assert_eq!(ended.status, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("cannot be read"), "{ended:?}");
}

#[test]
fn a_file_whose_name_is_a_dash_can_be_named() {
    let service = Service::start();
    let folder = service.file("-", TOKEN).parent().unwrap().to_owned();
    let ended = run(service
        .anonymous("push")
        .args(target(ID))
        .args(["--token-file", "./-"])
        .current_dir(folder));
    assert_eq!(ended.status, Some(0), "{ended:?}");
}
