use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use crate::fixture::{ID, Service, TOKEN, certpush, run};

/// A service that fails a push to WAF after it has been sent, and the journal that has it.
struct Unsettled {
    service: Service,
    journal: PathBuf,
}

impl Unsettled {
    fn new() -> Unsettled {
        let service = Service::answering(
            r#"{"scenarios": [{"certificate_id": "scs0000000000500", "answer": {"status": 500}}]}"#,
        );
        let journal = service.file("a journal", "");
        let unsettled = Unsettled { service, journal };
        let ended = run(&mut unsettled.push("scs0000000000500", "WAF"));
        assert_eq!(ended.status, Some(90), "{ended:?}");
        unsettled
    }

    fn push(&self, id: &str, service: &str) -> Command {
        let mut command = self.service.command("push");
        command.args([id, "cn-north-4", service, "--journal"]);
        command.arg(&self.journal);
        command
    }

    fn check(&self) -> Command {
        let mut command = self.service.command("check");
        command.arg("--journal").arg(&self.journal);
        command
    }

    /// Settles as cron would: with no variable, and no option of a client.
    fn settle(&self, arguments: &[&str]) -> Command {
        let mut command = certpush(["settle"]);
        command.arg(&self.journal).args(arguments);
        command
    }
}

#[test]
fn a_push_that_may_have_been_made_is_asked_about_until_it_is_settled() {
    let it = Unsettled::new();
    let again = run(&mut it.push("scs0000000000500", "waf"));
    assert_eq!(again.status, Some(92), "{again:?}");
    let settle = format!(
        "certpush settle '{}' scs0000000000500 cn-north-4 waf --pushed, or --not-pushed",
        it.journal.display()
    );
    assert!(
        again.stderr.ends_with(&format!(
            "\nhint: Look on the target whether the certificate is there, and write it down: {settle}; then run again.\n"
        )),
        "{again:?}"
    );
    assert_eq!(it.service.sim.received().len(), 1);
    let list = run(&mut it.settle(&[]));
    assert_eq!((list.status, list.stderr.as_str()), (Some(0), ""));
    let lines: Vec<_> = list.stdout.lines().collect();
    let [push, count, next] = lines[..] else {
        panic!("{list:?}");
    };
    assert!(push.starts_with("push of scs0000000000500 to WAF in cn-north-4: it ended with "));
    assert_eq!(count, "1 push is unsettled");
    let command = format!(
        "next: look on the target, then certpush settle '{}' scs0000000000500 cn-north-4 WAF --pushed, or --not-pushed",
        it.journal.display()
    );
    assert_eq!(next, command);
    let target = ["scs0000000000500", "cn-north-4", "WAF", "--pushed"];
    let settled = run(&mut it.settle(&target));
    assert_eq!(settled.status, Some(0), "{settled:?}");
    assert_eq!(
        settled.stdout,
        "scs0000000000500 to WAF in cn-north-4 is settled as pushed\n"
    );
    assert_eq!(run(&mut it.settle(&[])).stdout, "nothing is unsettled\n");
    let pushed = run(&mut it.push("scs0000000000500", "WAF"));
    assert_eq!(pushed.status, Some(0), "{pushed:?}");
    assert!(pushed.stdout.contains("settled on"), "{pushed:?}");
    assert_eq!(it.service.sim.received().len(), 1);
}

/// The command line that a hint has ready, as a shell runs it.
fn as_hinted(hint: &str) -> Command {
    let (_, behind) = hint.split_once("certpush settle ").unwrap();
    let (arguments, _) = behind.split_once(", or --not-pushed").unwrap();
    let mut shell = Command::new("sh");
    let command = format!("exec \"$0\" settle {arguments}");
    shell.args(["-c", &command, env!("CARGO_BIN_EXE_certpush")]);
    shell
}

#[test]
fn a_push_that_may_have_been_made_tells_how_to_settle_it_in_words_for_a_shell() {
    let service = Service::answering(
        r#"{"scenarios": [{"certificate_id": "scs0000000000500", "answer": {"status": 500}}]}"#,
    );
    let journal = service.file("it's a journal", "");
    for (number, project) in ["cn-north-4", "a b", "-x", "it's"].into_iter().enumerate() {
        let mut command = service.command("push");
        command
            .args(["scs0000000000500", "--service", "ELB", "--json"])
            .arg(format!("--project={project}"))
            .arg("--journal")
            .arg(&journal);
        let unknown = run(&mut command).json();
        assert_eq!(unknown["status"], 26, "{unknown}");
        let hint = unknown["hint"].as_str().unwrap();
        assert!(hint.starts_with("Look on the target"), "{hint}");
        let unsettled = run(&mut command).json();
        assert_eq!(unsettled["status"], 28, "{unsettled}");
        for hint in [hint, unsettled["hint"].as_str().unwrap()] {
            let settled = run(&mut as_hinted(hint));
            assert_eq!(settled.status, Some(0), "{hint}: {settled:?}");
        }
        let pushed = run(&mut command).json();
        assert_eq!(pushed["status"], 0, "{pushed}");
        assert_eq!(service.sim.received().len(), number + 1);
    }
    // Without a journal there is nothing to settle.
    let without = run(&mut service.push("scs0000000000500"));
    assert!(!without.stderr.contains("settle"), "{without:?}");
}

#[test]
fn what_a_journal_is_refused_for_comes_with_what_to_do() {
    let it = Unsettled::new();
    std::fs::write(&it.journal, "something else\n").unwrap();
    for mut command in [
        it.settle(&[]),
        it.settle(&[ID, "p", "ELB", "--pushed"]),
        it.push(ID, "ELB"),
        it.check(),
    ] {
        let ended = run(&mut command);
        assert_eq!(ended.status, Some(2), "{ended:?}");
        let hint = "\nhint: If it was a journal, restore it: ";
        assert!(ended.stderr.contains(hint), "{ended:?}");
    }
}

#[test]
fn a_check_neither_makes_nor_takes_a_journal() {
    let it = Unsettled::new();
    let before = std::fs::read(&it.journal).unwrap();
    let checked = run(&mut it.check());
    assert_eq!(checked.status, Some(0), "{checked:?}");
    let state = format!(
        "\njournal: {} (0 pushed, 1 unsettled or under way)\n",
        it.journal.display()
    );
    assert!(checked.stdout.contains(&state), "{checked:?}");
    assert_eq!(std::fs::read(&it.journal).unwrap(), before);
    // Of a journal in use, too.
    let config = certpush::Config::new()
        .endpoint(it.service.sim.https_url())
        .token(TOKEN)
        .journal(&it.journal);
    let client = certpush::Client::new(&config).unwrap();
    assert_eq!(run(&mut it.check()).status, Some(0));
    drop(client);
    std::fs::remove_file(&it.journal).unwrap();
    let checked = run(&mut it.check());
    assert_eq!(checked.status, Some(0), "{checked:?}");
    assert!(checked.stdout.contains("(not there yet: "), "{checked:?}");
    assert!(!it.journal.exists());
}

#[test]
fn what_is_settled_as_not_pushed_is_sent_by_the_next_push() {
    let it = Unsettled::new();
    let flags = [
        "--project",
        "cn-north-4",
        "--service",
        "WAF",
        "--not-pushed",
    ];
    let settled = run(it.settle(&["scs0000000000500"]).args(flags));
    assert_eq!(settled.status, Some(0), "{settled:?}");
    assert!(settled.stdout.ends_with("is settled as not pushed\n"));
    run(&mut it.push("scs0000000000500", "WAF"));
    assert_eq!(it.service.sim.received().len(), 2);
}

#[test]
fn it_is_told_as_json() {
    let it = Unsettled::new();
    let list = run(&mut it.settle(&["--json"])).json();
    assert_eq!(list["status"], 0);
    let [push] = &list["unsettled"].as_array().unwrap()[..] else {
        panic!("{list}");
    };
    assert_eq!(push["status_name"], "CERTPUSH_UNSETTLED");
    assert_eq!(push["certificate_id"], "scs0000000000500");
    assert_eq!(push["target_project"], "cn-north-4");
    assert_eq!(push["target_service"], "WAF");
    let target = [
        "scs0000000000500",
        "cn-north-4",
        "waf",
        "--pushed",
        "--json",
    ];
    let settled = run(&mut it.settle(&target)).json();
    assert_eq!(
        settled,
        json!({
            "status": 0,
            "status_name": "CERTPUSH_OK",
            "message": "scs0000000000500 to waf in cn-north-4 is settled as pushed",
        })
    );
    let none = run(&mut it.settle(&["--json"])).json();
    assert_eq!(none["unsettled"], json!([]));
}

#[test]
fn a_push_that_is_refused_before_it_is_sent_makes_no_journal() {
    let service = Service::answering(r#"{"scenarios": []}"#);
    let journal = service.file("journal", "");
    std::fs::remove_file(&journal).unwrap();
    for target in [
        ["short", "cn-north-4", "ELB"],
        [ID, "", "ELB"],
        [ID, "cn-north-4", "\u{7}"],
    ] {
        let mut push = service.command("push");
        let ended = run(push.args(target).arg("--journal").arg(&journal));
        assert_eq!(ended.status, Some(1), "{ended:?}");
        assert!(!journal.exists(), "{ended:?}");
    }
}

#[test]
fn what_cannot_be_settled_is_refused_and_changes_nothing() {
    let it = Unsettled::new();
    let before = std::fs::read(&it.journal).unwrap();
    for (arguments, status, word) in [
        (
            &[ID, "cn-north-4", "ELB", "--pushed"][..],
            2,
            "knows of no push",
        ),
        (&["short", "cn-north-4", "ELB", "--pushed"], 1, "ID must be"),
        (&[ID, "", "ELB", "--pushed"], 1, "--project is empty"),
        (&[ID, "cn-north-4", "ELB"], 1, "--pushed or --not-pushed"),
        (
            &[ID, "cn-north-4", "--pushed"],
            1,
            "unexpected argument: cn-north-4",
        ),
        (
            &[ID, "cn-north-4", "ELB", "--pushed", "--not-pushed"],
            1,
            "these exclude each other: --pushed, --not-pushed",
        ),
        (&["--pushed"], 1, "ID"),
    ] {
        let ended = run(&mut it.settle(arguments));
        assert_eq!(ended.status, Some(status), "{ended:?}");
        assert!(ended.stderr.contains(word), "{word}: {ended:?}");
    }
    assert_eq!(std::fs::read(&it.journal).unwrap(), before);
    let other = run(&mut it.settle(&[ID, "cn-north-4", "ELB", "--pushed"]));
    assert!(
        other
            .stderr
            .contains("\nhint: Name certificate, project and service as the journal does: "),
        "{other:?}"
    );
    for (journal, hint) in [
        (it.service.token_file(), "If it was a journal"),
        (it.service.ca_file(), "If it was a journal"),
        ("no".into(), "Name the file that the option journal named"),
    ] {
        let ended = run(certpush(["settle"]).arg(journal));
        assert_eq!(ended.status, Some(2), "{ended:?}");
        let hint = format!("\nhint: {hint}");
        assert!(ended.stderr.contains(&hint), "{ended:?}");
    }
    let empty = run(&mut certpush(["settle", ""]));
    assert_eq!(empty.stderr, "certpush: JOURNAL must not be empty\n");
}
