//! The lines of a cron table and the scripts in docs/command.md, run as they are printed there.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
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

/// The command of the line of a cron table that the page prints, which has this word.
fn cron(word: &str) -> &'static str {
    let lines = PAGE
        .lines()
        .filter_map(|line| line.strip_prefix("17 * * * *  "));
    let mut lines = lines.filter(|line| line.split(' ').any(|it| it == word));
    let line = lines.next().unwrap();
    assert_eq!(lines.next(), None);
    line
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

/// A machine on which the command and the page's hook are installed. Its folders stand in the place of
/// those that the page names.
struct Machine {
    root: TempDir,
}

impl Machine {
    fn new() -> Machine {
        let machine = Machine {
            root: TempDir::new().unwrap(),
        };
        for folder in ["bin", "etc", "state"] {
            fs::create_dir(machine.path(folder)).unwrap();
        }
        symlink(env!("CARGO_BIN_EXE_certpush"), machine.path("bin/certpush")).unwrap();
        machine.write("state/current", &format!("{ID}\n"));
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn settings(&self, service: &Service) {
        let settings = settings_of(&[
            (
                "PATH",
                format!("{}:/usr/bin:/bin", self.path("bin").display()),
            ),
            (
                "CERTPUSH_TOKEN_FILE",
                service.token_file().display().to_string(),
            ),
        ]) + &format!(
            "CERTPUSH_ENDPOINT={}\nCERTPUSH_CA_FILE={}\n",
            service.sim.https_url(),
            service.ca_file().display(),
        );
        self.write("etc/settings", &settings);
    }

    /// Runs a script of the page as cron and certbot do, with hardly any variables.
    fn sh(&self, script: &str) -> Ended {
        self.sh_after_renewal_of("example.com", script)
    }

    /// As certbot does when it has renewed this certificate.
    fn sh_after_renewal_of(&self, name: &str, script: &str) -> Ended {
        let script = script
            .replace("/etc/certpush", &self.path("etc").display().to_string())
            .replace(
                "/var/lib/certpush",
                &self.path("state").display().to_string(),
            );
        run(Command::new("/bin/sh")
            .args(["-c", &script])
            .current_dir("/")
            .env_clear()
            .envs([("SHELL", "/bin/sh"), ("PATH", "/usr/bin:/bin")])
            .env("HOME", self.root.path())
            .env("RENEWED_LINEAGE", format!("/etc/letsencrypt/live/{name}")))
    }

    /// Runs the line of the cron table that pushes one certificate.
    fn push(&self, service: &Service) -> Ended {
        self.settings(service);
        self.sh(cron("push"))
    }

    /// Runs the line of the cron table that pushes a list.
    fn push_all(&self, service: &Service) -> Ended {
        self.settings(service);
        self.sh(cron("push-all"))
    }
}

/// A service that answers the page's certificate so.
fn answering(http_status: u16) -> Service {
    let answer = format!(r#""answer": {{"status": {http_status}}}"#);
    Service::answering(&format!(
        r#"{{"scenarios": [{{"certificate_id": "{ID}", {answer}}}]}}"#
    ))
}

#[test]
fn the_line_of_a_cron_table_pushes_once_and_says_only_that_the_journal_is_new() {
    let (machine, service) = (Machine::new(), Service::start());
    let journal = machine.path("state/journal").display().to_string();
    let new = format!("certpush: journal {journal} is new\n");
    for mailed in [&*new, "", ""] {
        let ended = machine.push(&service);
        assert_eq!(ended.status, Some(0), "{ended:?}");
        assert_eq!((&*ended.stdout, &*ended.stderr), ("", mailed));
    }
    assert_eq!(service.sim.received().len(), 1);
    machine.write("state/current", "scs1590053258704\n");
    assert_eq!(machine.push(&service).status, Some(0));
    assert_eq!(service.sim.received().len(), 2);
}

#[test]
fn it_tries_again_when_the_certificate_was_surely_not_pushed() {
    let (machine, refusing) = (Machine::new(), answering(403));
    for times in 1..3 {
        let refused = machine.push(&refusing);
        assert_eq!(refused.status, Some(22), "{refused:?}");
        assert!(!refused.stderr.is_empty());
        assert_eq!(refusing.sim.received().len(), times);
    }
}

#[test]
fn it_asks_for_a_person_when_nobody_can_tell() {
    let (machine, failing) = (Machine::new(), answering(500));
    assert_eq!(machine.push(&failing).status, Some(90));
    let again = machine.push(&failing);
    assert_eq!(again.status, Some(92), "{again:?}");
    let journal = machine.path("state/journal").display().to_string();
    assert!(
        again
            .stderr
            .contains(&format!("certpush settle {journal} {ID}")),
        "{again:?}"
    );
    assert_eq!(failing.sim.received().len(), 1);
    let settle =
        format!("certpush settle /var/lib/certpush/journal {ID} ap-southeast-3 ELB --pushed");
    let settled = machine.sh(&format!(". /etc/certpush/settings; {settle}"));
    assert_eq!(settled.status, Some(0), "{settled:?}");
    let pushed = machine.push(&failing);
    assert_eq!((pushed.status, &*pushed.stderr), (Some(0), ""));
    assert_eq!(failing.sim.received().len(), 1);
}

#[test]
fn without_settings_or_the_command_nothing_is_left_behind() {
    let (machine, service) = (Machine::new(), Service::start());
    for script in [cron("push"), cron("push-all")] {
        assert_ne!(machine.sh(script).status, Some(0));
    }
    fs::remove_file(machine.path("bin/certpush")).unwrap();
    assert_ne!(machine.push(&service).status, Some(0));
    assert_eq!(fs::read_dir(machine.path("state")).unwrap().count(), 1);
}

#[test]
fn the_line_for_a_list_says_nothing_unless_something_failed() {
    let (machine, service) = (Machine::new(), Service::start());
    let list = "certificate_id,target_project,target_service\n";
    let good = format!("{list}{ID},ap-southeast-3,ELB\n{ID},,CDN\n");
    machine.write("state/targets.csv", &good);
    for _ in 0..2 {
        let ended = machine.push_all(&service);
        assert_eq!(ended.status, Some(0), "{ended:?}");
        assert_eq!((&*ended.stdout, &*ended.stderr), ("", ""));
        assert_eq!(service.sim.received().len(), 2);
    }
    machine.write(
        "state/targets.csv",
        &format!("{good}scs0000000000000,p,ELB\n"),
    );
    let ended = machine.push_all(&service);
    assert_eq!(ended.status, Some(20), "{ended:?}");
    assert!(
        ended
            .stderr
            .contains("3 targets: 2 pushed (2 earlier), 1 not pushed"),
        "{ended:?}"
    );
    assert_eq!(service.sim.received().len(), 3);
}

#[test]
fn the_certbot_hook_pushes_what_was_imported_and_notes_its_id() {
    let (machine, service) = (Machine::new(), Service::start());
    machine.settings(&service);
    let import = machine.path("bin/import-into-scm");
    fs::write(&import, "#!/bin/sh\necho scs1590053258704\n").unwrap();
    fs::set_permissions(&import, Permissions::from_mode(0o755)).unwrap();
    let hook = script("# /etc/letsencrypt/renewal-hooks/deploy/push-certificate");
    let ended = machine.sh(hook);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!(service.sim.pushed()[0].certificate_id, "scs1590053258704");
    let current = fs::read_to_string(machine.path("state/current")).unwrap();
    assert_eq!(current, "scs1590053258704\n");
    // The cron table's next run has nothing left to do.
    let again = machine.push(&service);
    assert_eq!(again.status, Some(0), "{again:?}");
    assert_eq!(service.sim.received().len(), 1);
}

/// certbot runs a hook for every certificate of the machine: another's id in the place of the one that cron pushes
/// would leave that unpushed.
#[test]
fn the_certbot_hook_leaves_other_certificates_alone() {
    let (machine, service) = (Machine::new(), Service::start());
    machine.settings(&service);
    let hook = script("# /etc/letsencrypt/renewal-hooks/deploy/push-certificate");
    let ended = machine.sh_after_renewal_of("other.example.com", hook);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!(service.sim.received().len(), 0);
    let current = fs::read_to_string(machine.path("state/current")).unwrap();
    assert_eq!(current, format!("{ID}\n"));
}
