use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use crate::fixture::{ID, Service, certpush, run};

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
    assert!(
        again.stderr.contains("\nhint: Look on the target")
            && again.stderr.contains("certpush settle JOURNAL"),
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
        "next: look on each target, then certpush settle '{}' ID PROJECT SERVICE --pushed, or --not-pushed",
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
    for journal in [it.service.token_file(), it.service.ca_file(), "no".into()] {
        let ended = run(certpush(["settle"]).arg(journal));
        assert_eq!(ended.status, Some(2), "{ended:?}");
    }
}
