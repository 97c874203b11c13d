use std::fs::File;
use std::io::pipe;
use std::process::Command;

use crate::fixture::{ID, Service, certpush, run};

/// Runs a command whose standard output nobody reads.
fn run_unread(command: &mut Command) -> (Option<i32>, String) {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let output = command.stdout(writer).output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_reader_that_went_away_changes_nothing() {
    let service = Service::start();
    for form in [&[][..], &["--json"]] {
        let ended = run_unread(service.push(ID).args(form));
        assert_eq!(ended, (Some(0), String::new()));
    }
    assert_eq!(service.sim.pushed().len(), 2);
}

#[test]
fn a_failure_keeps_its_exit_status_when_nobody_reads() {
    let service = Service::start();
    let ended = run_unread(service.push("short").arg("--json"));
    assert_eq!(ended, (Some(1), String::new()));
}

#[test]
fn help_that_nobody_reads_is_no_failure() {
    for arguments in [&["--help"][..], &["push", "--help"], &["explain", "14"]] {
        let ended = run_unread(&mut certpush(arguments));
        assert_eq!(ended, (Some(0), String::new()), "{arguments:?}");
    }
}

#[test]
fn errors_that_nobody_reads_keep_their_exit_status() {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let service = Service::start();
    let status = service
        .push("short")
        .arg("-v")
        .stderr(writer)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1));
}

#[test]
fn a_full_disk_is_told_and_the_push_is_still_a_success() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let service = Service::start();
    let ended = run(service.push(ID).stdout(full));
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(
        ended
            .stderr
            .starts_with("certpush: standard output cannot be written: "),
        "{ended:?}"
    );
}
