//! The scripts in docs/command.md, run as they are printed there.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use tempfile::TempDir;

use crate::fixture::{Ended, ID, Service, run};

const PAGE: &str = include_str!("../../../../docs/command.md");

/// The script that the page prints under this comment.
fn script(comment: &str) -> &'static str {
    PAGE.split("```")
        .filter_map(|block| block.strip_prefix("sh\n"))
        .find(|script| script.lines().nth(1) == Some(comment))
        .unwrap()
}

/// The settings that the page prints, with other values for some, and without the region: the tests
/// have an endpoint.
fn settings_of(values: &[(&str, String)]) -> String {
    let printed = PAGE
        .split("```")
        .find(|block| block.starts_with("\n# /etc/certpush/settings\n"))
        .unwrap();
    let mut lines = Vec::new();
    for line in printed.trim().lines() {
        let name = line.split('=').next().unwrap();
        match values.iter().find(|(key, _)| *key == name) {
            Some((_, value)) => lines.push(format!("{name}={value}\n")),
            None if name == "CERTPUSH_REGION" => {}
            None => lines.push(format!("{line}\n")),
        }
    }
    assert_eq!(lines.len(), values.len() + 1, "{lines:?}");
    lines.concat()
}

/// A machine on which the command and the page's scripts are installed.
struct Machine {
    programs: TempDir,
    state: TempDir,
    configuration: TempDir,
}

impl Machine {
    fn new() -> Machine {
        let machine = Machine {
            programs: TempDir::new().unwrap(),
            state: TempDir::new().unwrap(),
            configuration: TempDir::new().unwrap(),
        };
        symlink(
            env!("CARGO_BIN_EXE_certpush"),
            machine.programs.path().join("certpush"),
        )
        .unwrap();
        machine.install(
            "push-once",
            script("# /usr/local/bin/push-once ID PROJECT SERVICE"),
        );
        machine.install(
            "push-certificate",
            script("# /etc/letsencrypt/renewal-hooks/deploy/push-certificate"),
        );
        machine
    }

    fn install(&self, name: &str, script: &str) {
        let path = self.programs.path().join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs a program as cron and certbot do, with hardly any variables: the settings are in the file
    /// that the page prints, and this machine's folders with them.
    fn run(&self, service: &Service, program: &str, arguments: &[&str]) -> Ended {
        let settings = settings_of(&[
            (
                "PATH",
                format!("{}:/usr/bin:/bin", self.programs.path().display()),
            ),
            (
                "CERTPUSH_TOKEN_FILE",
                service.token_file().display().to_string(),
            ),
        ]) + &format!(
            "CERTPUSH_ENDPOINT={}\nCERTPUSH_CA_FILE={}\nSTATE_DIRECTORY={}\n",
            service.sim.https_url(),
            service.ca_file().display(),
            self.state.path().display(),
        );
        fs::write(self.configuration.path().join("settings"), settings).unwrap();
        run(Command::new(self.programs.path().join(program))
            .args(arguments)
            .env_clear()
            .env("CONFIGURATION_DIRECTORY", self.configuration.path())
            .env("RENEWED_LINEAGE", "/etc/letsencrypt/live/example.com"))
    }

    fn push_once(&self, service: &Service, id: &str) -> Ended {
        self.run(service, "push-once", &[id, "ap-southeast-3", "ELB"])
    }
}

#[test]
fn push_once_pushes_once() {
    let (machine, service) = (Machine::new(), Service::start());
    assert_eq!(machine.push_once(&service, ID).status, Some(0));
    let again = machine.push_once(&service, ID);
    assert_eq!(again.status, Some(0), "{again:?}");
    assert_eq!(service.sim.received().len(), 1);
}

#[test]
fn push_once_tries_again_when_the_certificate_was_surely_not_pushed() {
    let machine = Machine::new();
    let refusing = Service::answering(
        r#"{"scenarios": [{"certificate_id": "scs1600313391074", "answer": {"status": 403}}]}"#,
    );
    let refused = machine.push_once(&refusing, ID);
    assert_eq!(refused.status, Some(22), "{refused:?}");
    let service = Service::start();
    let pushed = machine.push_once(&service, ID);
    assert_eq!(pushed.status, Some(0), "{pushed:?}");
    assert_eq!(service.sim.pushed().len(), 1);
}

#[test]
fn push_once_asks_for_a_person_when_nobody_can_tell() {
    let machine = Machine::new();
    let failing = Service::answering(
        r#"{"scenarios": [{"certificate_id": "scs1600313391074", "answer": {"status": 500}}]}"#,
    );
    assert_eq!(machine.push_once(&failing, ID).status, Some(90));
    let service = Service::start();
    let again = machine.push_once(&service, ID);
    assert_eq!(again.status, Some(1), "{again:?}");
    assert!(
        again
            .stderr
            .contains("may have been pushed to ELB in ap-southeast-3")
    );
    assert!(service.sim.received().is_empty());
}

#[test]
fn push_once_takes_a_services_name_in_any_case_for_one() {
    let (machine, service) = (Machine::new(), Service::start());
    for name in ["ELB", "elb", "Elb"] {
        let ended = machine.run(&service, "push-once", &[ID, "ap-southeast-3", name]);
        assert_eq!(ended.status, Some(0), "{ended:?}");
    }
    assert_eq!(service.sim.received().len(), 1);
    let other = machine.run(&service, "push-once", &[ID, "ap-southeast-3", "WAF"]);
    assert_eq!(other.status, Some(0), "{other:?}");
    assert_eq!(service.sim.received().len(), 2);
}

#[test]
fn push_once_without_settings_leaves_no_trace() {
    let machine = Machine::new();
    let program = machine.programs.path().join("push-once");
    let ended = run(Command::new(program)
        .args([ID, "ap-southeast-3", "ELB"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("STATE_DIRECTORY", machine.state.path())
        .env("CONFIGURATION_DIRECTORY", machine.configuration.path()));
    assert_ne!(ended.status, Some(0), "{ended:?}");
    assert_eq!(fs::read_dir(machine.state.path()).unwrap().count(), 0);
}

#[test]
fn push_once_without_the_command_leaves_no_trace() {
    let (machine, service) = (Machine::new(), Service::start());
    fs::remove_file(machine.programs.path().join("certpush")).unwrap();
    assert_ne!(machine.push_once(&service, ID).status, Some(0));
    assert_eq!(fs::read_dir(machine.state.path()).unwrap().count(), 0);
}

#[test]
fn the_certbot_hook_pushes_what_was_imported_and_notes_its_id() {
    let (machine, service) = (Machine::new(), Service::start());
    machine.install("import-into-scm", &format!("#!/bin/sh\necho {ID}\n"));
    let ended = machine.run(&service, "push-certificate", &[]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!(service.sim.pushed()[0].certificate_id, ID);
    let current = fs::read_to_string(machine.state.path().join("current")).unwrap();
    assert_eq!(current, format!("{ID}\n"));
    // The cron table's next run has nothing left to do.
    let again = machine.push_once(&service, ID);
    assert_eq!(again.status, Some(0), "{again:?}");
    assert_eq!(service.sim.received().len(), 1);
}
