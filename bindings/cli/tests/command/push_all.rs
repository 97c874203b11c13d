//! A list of pushes: what is sent, what is told, and what is refused before anything is sent.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::fixture::{Ended, ID, Service, TOKEN, certpush, run, run_with_input};

const OTHER: &str = "scs1590053258704";
const FAILING: &str = "scs0000000000500";
const REFUSED: &str = "scs0000000000201";

/// A service that fails some ids, and takes the built-in ones.
fn service() -> Service {
    Service::with_projects(
        r#"{"scenarios": [
            {"certificate_id": "scs0000000000500", "answer": {"status": 500,
                "json": {"error_code": "SCM.3000", "error_msg": "oh"}}},
            {"certificate_id": "scs0000000001000", "answer": {"steps": [
                {"wait_ms": 1000}, {"send": "HTTP/1.1 204 No Content\r\n\r\n"}]}},
            {"certificate_id": "scs0000000000201", "answer": {"status": 400,
                "json": {"error_code": "SCM.0201", "error_msg": "quota exceeded"}}}
        ]}"#,
        false,
    )
}

fn entry(id: &str, project: &str, service: &str) -> String {
    format!("{id},{project},{service}")
}

/// Two that are pushed, two that are refused alike, one that is refused in another way, and one that
/// may have been pushed.
fn mixed(service: &Service) -> PathBuf {
    service.list(
        "targets.csv",
        &[
            entry(ID, "cn-north-4", "ELB"),
            entry(ID, "no-such-1", "ELB"),
            entry(REFUSED, "cn-north-4", "ELB"),
            entry(ID, "no-such-2", "ELB"),
            entry(FAILING, "cn-north-4", "WAF"),
            entry(OTHER, "cn-north-4", "ELB"),
        ],
    )
}

fn beside(list: &Path) -> PathBuf {
    let mut path = list.as_os_str().to_owned();
    path.push(".journal");
    path.into()
}

/// The end of what was told, without how long it took.
fn end(ended: &Ended) -> String {
    let lines = ended.stderr.lines();
    let told: Vec<_> = lines.filter(|it| !it.starts_with("certpush: ")).collect();
    let (first, rest) = told.split_first().unwrap();
    let (counts, took) = first.rsplit_once("; ").unwrap();
    assert!(took.ends_with(" s"), "{first}");
    [&[counts], rest].concat().join("\n")
}

#[test]
fn every_push_that_was_made_is_told_by_its_line_and_the_count_last() {
    let service = service();
    let pushes = [entry(ID, "cn-north-4", "ELB"), entry(ID, "", "CDN")];
    let list = service.list("targets.csv", &pushes);
    let ended = run(&mut service.push_all(&list));
    let new = format!("certpush: journal {} is new\n", beside(&list).display());
    assert_eq!((ended.status, ended.stderr), (Some(0), new));
    let mut lines: Vec<_> = ended.stdout.lines().collect();
    let count = lines.pop().unwrap();
    lines.sort_unstable();
    assert!(lines[0].starts_with("line 2: scs1600313391074 was pushed to ELB in cn-north-4 ("));
    assert!(lines[1].starts_with("line 3: scs1600313391074 was pushed to CDN ("));
    assert!(count.starts_with("2 targets: 2 pushed, 0 not pushed, 0 unknown, 0 not tried; 0."));
    assert_eq!(service.sim.pushed().len(), 2);
}

#[test]
fn failures_are_told_by_their_lines_and_counted_by_kind_at_the_end() {
    let service = service();
    let list = mixed(&service);
    let ended = run(&mut service.push_all(&list));
    assert_eq!(ended.status, Some(94), "{ended:?}");
    assert_eq!(ended.stdout.lines().count(), 2, "{ended:?}");
    for line in [
        "certpush: line 3: push of scs1600313391074 to ELB in no-such-1: the service answered 400 SCM.0069 ",
        "certpush: line 4: push of scs0000000000201 to ELB in cn-north-4: the service answered 400 SCM.0201 ",
        "certpush: line 6: push of scs0000000000500 to WAF in cn-north-4: the service answered 500 SCM.3000 oh; it may have been pushed",
    ] {
        assert!(ended.stderr.contains(line), "{line}: {ended:?}");
    }
    let journal = beside(&list).display().to_string();
    let expected = format!(
        "6 targets: 2 pushed, 3 not pushed, 1 unknown, 0 not tried
  2 × SCM.0069  {}
  1 × SCM.0201  The target's quota of certificates is used up: delete old ones there, or ask for more; then push again.
  unknown: line 6, scs0000000000500 to WAF in cn-north-4 (the service answered 5xx, SCM.3000); settle it, then run again
next: look on the target and write down what is there: certpush settle {journal} scs0000000000500 cn-north-4 WAF --pushed, or --not-pushed; correct what failed; run the same command again: only 3 will be sent, and what was settled as not pushed",
        certpush::explain("SCM.0069").unwrap().hint.unwrap(),
    );
    assert_eq!(end(&ended), expected);
}

#[test]
fn the_same_command_again_sends_what_was_not_pushed_and_nothing_else() {
    let service = service();
    let list = mixed(&service);
    run(&mut service.push_all(&list));
    let sent = service.sim.received().len();
    assert_eq!(sent, 6);
    let again = run(&mut service.push_all(&list));
    assert_eq!(again.status, Some(94), "{again:?}");
    assert_eq!(again.stdout, "");
    assert_eq!(service.sim.received().len(), sent + 3);
    let told = end(&again);
    assert!(told.starts_with("6 targets: 2 pushed (2 earlier), 3 not pushed, 1 unknown, "));
    assert!(told.contains("(since an earlier run); settle it"), "{told}");
    // All is corrected: the list, and what is unknown.
    let settled = run(certpush(["settle"]).arg(beside(&list)).args([
        FAILING,
        "cn-north-4",
        "WAF",
        "--pushed",
    ]));
    assert_eq!(settled.status, Some(0), "{settled:?}");
    let text = fs::read_to_string(&list).unwrap();
    let text = text
        .replace("no-such-1", "ap-southeast-1")
        .replace("no-such-2", "ap-southeast-3");
    fs::write(&list, text.replace(REFUSED, "scs1554192131150")).unwrap();
    let last = run(&mut service.push_all(&list));
    assert_eq!(last.status, Some(0), "{last:?}");
    assert!(
        last.stdout
            .contains("6 targets: 6 pushed (3 earlier), 0 not pushed"),
        "{last:?}"
    );
    let quiet = run(service.push_all(&list).arg("-q"));
    assert_eq!(
        (quiet.status, quiet.stdout.as_str(), quiet.stderr.as_str()),
        (Some(0), "", "")
    );
}

#[test]
fn what_is_next_fits_what_came() {
    let service = service();
    let good = service.list("good.csv", &[entry(ID, "cn-north-4", "ELB")]);
    let bad = service.list("bad.csv", &[entry(ID, "no-such-1", "ELB")]);
    let open = service.list("open.csv", &[entry(FAILING, "cn-north-4", "ELB")]);
    let mixed = mixed(&service);
    let next = |list: &Path, flags: &[&str]| {
        let ended = run(service.push_all(list).args(flags));
        let told = [ended.stdout, ended.stderr].concat();
        let next = told.lines().find_map(|line| line.strip_prefix("next: "));
        next.map(|it| it.replace(&*beside(list).to_string_lossy(), "JOURNAL"))
    };
    assert_eq!(next(&good, &[]), None);
    assert_eq!(
        next(&bad, &[]).unwrap(),
        "correct what failed; run the same command again: all 1 will be sent"
    );
    assert_eq!(
        next(&bad, &["--no-journal"]).unwrap(),
        "correct what failed; run the same command again: all 1 will be sent"
    );
    let settle = "look on the target and write down what is there: certpush settle JOURNAL scs0000000000500 cn-north-4 ELB --pushed, or --not-pushed; ";
    assert_eq!(
        next(&open, &[]).unwrap(),
        format!(
            "{settle}run the same command again: only what was settled as not pushed will be sent"
        )
    );
    assert_eq!(
        next(&open, &["--again"]).unwrap(),
        format!("{settle}run the same command without --again: what is pushed by now is not sent")
    );
    let without = "do not run the same command again, for without a journal it would push all ";
    assert_eq!(
        next(&open, &["--no-journal"]).unwrap(),
        format!("look on the target; {without}1 once more: make a list of what was not pushed")
    );
    assert_eq!(
        next(&mixed, &["--no-journal"]).unwrap(),
        format!(
            "look on the target; correct what failed; {without}6 once more: make a list of what was not pushed"
        )
    );
    // Only what was not tried.
    let two = service.list(
        "two.csv",
        &[
            entry(ID, "no-such-1", "ELB"),
            entry(ID, "cn-north-4", "ELB"),
        ],
    );
    assert_eq!(
        next(&two, &["--max-failures", "1", "--jobs", "1"]).unwrap(),
        "correct what failed; run the same command again: all 2 will be sent"
    );
}

#[test]
fn no_more_than_ten_unknown_are_told_at_the_end() {
    let service = service();
    let pushes: Vec<_> = (0..12)
        .map(|it| entry(FAILING, &format!("p-{it}"), "ELB"))
        .collect();
    let list = service.list("targets.csv", &pushes);
    let ended = run(&mut service.push_all(&list));
    assert_eq!(ended.status, Some(90), "{ended:?}");
    let told = end(&ended);
    assert_eq!(told.matches("  unknown: line ").count(), 10, "{told}");
    let journal = beside(&list).display().to_string();
    assert!(told.contains(&format!(
        "\n  and 2 more: certpush settle {journal} lists them\n"
    )));
    assert!(told.contains("ID PROJECT SERVICE"), "{told}");
    let without = run(service.push_all(&list).arg("--no-journal"));
    assert!(
        end(&without).contains("\n  and 2 more, each with its line above\n"),
        "{without:?}"
    );
    let list = run(certpush(["settle"]).arg(&journal));
    assert!(list.stdout.contains("12 pushes are unsettled"), "{list:?}");
}

#[test]
fn an_object_for_each_entry_and_one_of_the_whole_are_printed_as_json() {
    let service = service();
    let list = mixed(&service);
    let ended = run(service.push_all(&list).arg("--json"));
    assert_eq!(ended.status, Some(94), "{ended:?}");
    let mut objects = ended.objects();
    let whole = objects.pop().unwrap();
    objects.sort_by_key(|it| it["index"].as_u64());
    let of = |name: &str| -> Vec<Value> { objects.iter().map(|it| it[name].clone()).collect() };
    assert_eq!(of("index"), [0, 1, 2, 3, 4, 5]);
    assert_eq!(of("line"), [2, 3, 4, 5, 6, 7]);
    assert_eq!(of("status"), [0, 20, 20, 20, 26, 0]);
    let single = run(service.push(ID).arg("--json")).json();
    for object in &objects {
        let members: Vec<_> = object.as_object().unwrap().keys().cloned().collect();
        let mut expected: Vec<_> = single.as_object().unwrap().keys().cloned().collect();
        expected.extend(["index", "line"].map(str::to_owned));
        assert_eq!(members, expected);
    }
    assert_eq!(whole["status_name"], "CERTPUSH_INCOMPLETE");
    assert_eq!(whole["exit_status"], 94);
    assert_eq!(whole["outcome_unknown"], true);
    assert_eq!(whole["stopped"], Value::Null);
    assert_eq!(whole["journal"], beside(&list).display().to_string());
    assert!(whole["seconds"].as_f64().unwrap() > 0.0);
    assert!(
        whole["hint"]
            .as_str()
            .unwrap()
            .starts_with("look on the target")
    );
    assert_eq!(
        whole["counts"],
        json!({"pushed": 2, "pushed_earlier": 0, "not_pushed": 3, "unknown": 1, "not_tried": 0})
    );
    let again = run(service.push_all(&list).arg("--json"));
    assert_eq!(
        again.objects().pop().unwrap()["counts"]["pushed_earlier"],
        2
    );
}

#[test]
fn the_exit_status_is_the_one_that_all_failures_share() {
    let service = service();
    let refused = entry(ID, "no-such-1", "ELB");
    let pushed = entry(ID, "cn-north-4", "ELB");
    let open = entry(FAILING, "cn-north-4", "ELB");
    let quota = entry(REFUSED, "cn-north-4", "ELB");
    for (pushes, status) in [
        (&[&pushed][..], 0),
        (&[&pushed, &refused], 20),
        (&[&refused, &quota], 20),
        (&[&pushed, &open], 90),
        (&[&pushed, &open, &refused], 94),
    ] {
        let list = service.list("targets.csv", pushes);
        let ended = run(service.push_all(&list).arg("--no-journal"));
        assert_eq!(ended.status, Some(status), "{ended:?}");
    }
    // Since an earlier run.
    let list = service.list("targets.csv", &[&open]);
    assert_eq!(run(&mut service.push_all(&list)).status, Some(90));
    assert_eq!(run(&mut service.push_all(&list)).status, Some(92));
    let list = service.list("targets.csv", &[&open, &refused]);
    assert_eq!(run(&mut service.push_all(&list)).status, Some(94));
}

#[test]
fn what_stopped_a_run_is_its_exit_status_and_not_what_was_left() {
    let service = service();
    let pushes: Vec<_> = (0..50)
        .map(|it| entry(ID, &format!("p-{it}"), "ELB"))
        .collect();
    let list = service.list("targets.csv", &pushes);
    let wrong = run(service
        .anonymous("push-all")
        .arg(&list)
        .env("CERTPUSH_TOKEN", "another-token-that-nobody-knows-here"));
    assert_eq!(wrong.status, Some(21), "{wrong:?}");
    assert_eq!(service.sim.received().len(), 1);
    let told = end(&wrong);
    assert!(
        told.starts_with(
            "50 targets: 0 pushed, 1 not pushed, 0 unknown, 49 not tried\n  stopped: the credentials were refused (CERTPUSH_UNAUTHORIZED)"
        ),
        "{told}"
    );
    assert!(
        told.ends_with("run the same command again: all 50 will be sent"),
        "{told}"
    );
    // One line for the one that failed, and none for what was not tried.
    assert_eq!(wrong.stderr.matches("certpush: line ").count(), 1);
}

#[test]
fn what_would_not_end_in_the_time_of_the_run_is_not_tried() {
    let service = service();
    // Each takes a second: behind the first one there is no time for another.
    let pushes = ["cn-north-4", "ap-southeast-1", "ap-southeast-3"]
        .map(|project| entry("scs0000000001000", project, "ELB"));
    let list = service.list("targets.csv", &pushes);
    let flags = ["--deadline-ms", "2500", "--jobs", "1"];
    let late = run(service.push_all(&list).args(flags));
    assert_eq!(late.status, Some(29), "{late:?}");
    assert_eq!(
        end(&late),
        "3 targets: 1 pushed, 0 not pushed, 0 unknown, 2 not tried
  stopped: the time for it was up
next: run the same command again: only 2 will be sent"
    );
    let told = run(service.push_all(&list).args(flags).arg("--json")).objects();
    assert_eq!(told.len(), 4);
    assert_eq!(told[3]["stopped"], "the time for it was up");
    assert_eq!(told[3]["exit_status"], 29);
}

#[test]
fn as_many_failures_as_are_allowed_stop_the_run_and_are_named_by_the_flag() {
    let service = service();
    let pushes: Vec<_> = (0..9)
        .map(|it| entry(ID, &format!("no-{it}"), "ELB"))
        .collect();
    let list = service.list("targets.csv", &pushes);
    let flags = ["--max-failures", "1", "--jobs", "1"];
    let ended = run(service.push_all(&list).args(flags));
    assert_eq!(ended.status, Some(20), "{ended:?}");
    assert!(
        end(&ended).contains("8 not tried\n  stopped: 1 push had failed (--max-failures)\n"),
        "{ended:?}"
    );
    let told = run(service.push_all(&list).args(flags).arg("--json")).objects();
    for object in &told[1..] {
        let message = object["message"].as_str().unwrap();
        assert!(message.contains("(--max-failures)"), "{message}");
    }
    assert_eq!(told[9]["stopped"], "1 push had failed (--max-failures)");
}

#[test]
fn a_list_is_refused_by_its_lines_before_anything_is_sent() {
    let service = service();
    for (text, word) in [
        ("", "the list is empty"),
        (
            "certificate_id,target_project\nx,y\n",
            "the column target_service is missing",
        ),
        (
            "certificate_id,target_project,target_service\nscs1600313391074,cn-north-4,ELB\nshort,cn-north-4,ELB\n",
            "line 3: certificate_id must",
        ),
        (
            "certificate_id,target_project,target_service\nscs1600313391074,p,ELB\nscs1600313391074,p,elb\n",
            "line 3: is in the list already, in line 2",
        ),
        (
            "{\"certificate_id\":1}\n",
            "line 1: certificate_id must be a text",
        ),
    ] {
        let list = service.file("targets", text);
        let ended = run(&mut service.push_all(&list));
        assert_eq!(ended.status, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(word), "{word}: {ended:?}");
        let start = format!("certpush: {}: the list ", list.display());
        assert!(ended.stderr.starts_with(&start), "{ended:?}");
        assert!(!beside(&list).exists());
        let told = run(service.push_all(&list).arg("--json")).json();
        assert_eq!((&told["status"], &told["attempts"]), (&json!(2), &json!(0)));
    }
    let unnamed = run(&mut service.push_all(Path::new("")));
    assert_eq!(
        (unnamed.status, unnamed.stderr.as_str()),
        (Some(2), "certpush: FILE must not be empty\n")
    );
    for file in ["/no/such/file", "/"] {
        let ended = run(&mut service.push_all(Path::new(file)));
        assert_eq!(ended.status, Some(2), "{ended:?}");
        assert!(
            ended
                .stderr
                .starts_with(&format!("certpush: {file}: cannot be read: "))
        );
    }
    assert!(service.sim.received().is_empty());
}

#[test]
fn a_list_may_come_from_standard_input() {
    let service = service();
    let list = format!("certificate_id,target_project,target_service\n{ID},cn-north-4,ELB\n");
    let from_input = |flags: &[&str]| {
        let mut command = service.push_all(Path::new("-"));
        run_with_input(command.args(flags), list.as_bytes())
    };
    assert_eq!(from_input(&[]).status, Some(0));
    let journal = service.file("journal", "");
    let kept = ["--journal", journal.to_str().unwrap()];
    assert_eq!(from_input(&kept).status, Some(0));
    assert_eq!(from_input(&kept).status, Some(0));
    assert_eq!(service.sim.received().len(), 2);
    let both = run_with_input(
        service
            .anonymous("push-all")
            .args(["-", "--token-file", "-"]),
        list.as_bytes(),
    );
    assert_eq!(both.status, Some(2), "{both:?}");
    assert!(
        both.stderr.contains("FILE and --token-file are both -"),
        "{both:?}"
    );
    let token = run_with_input(
        service
            .anonymous("push-all")
            .arg(service.file("targets.csv", &list))
            .args(["--token-file", "-"]),
        TOKEN.as_bytes(),
    );
    assert_eq!(token.status, Some(0), "{token:?}");
}

#[test]
fn the_journal_is_beside_the_list_or_where_it_was_named_or_nowhere() {
    let service = service();
    let list = service.list("targets.csv", &[entry(ID, "cn-north-4", "ELB")]);
    let named = service.token_file().with_file_name("named");
    let other = service.token_file().with_file_name("other");
    let mut command = service.push_all(&list);
    assert_eq!(
        run(command.arg("--no-journal").env("CERTPUSH_JOURNAL", &named)).status,
        Some(0)
    );
    assert!(!named.exists() && !beside(&list).exists());
    assert_eq!(
        run(service.push_all(&list).env("CERTPUSH_JOURNAL", &named)).status,
        Some(0)
    );
    assert!(named.exists() && !beside(&list).exists());
    let mut command = service.push_all(&list);
    command
        .arg("--journal")
        .arg(&other)
        .env("CERTPUSH_JOURNAL", &named);
    assert_eq!(run(&mut command).status, Some(0));
    assert!(other.exists() && !beside(&list).exists());
    assert_eq!(run(&mut service.push_all(&list)).status, Some(0));
    assert!(beside(&list).exists());
    assert_eq!(service.sim.received().len(), 4);
    let both = run(service
        .push_all(&list)
        .args(["--no-journal", "--journal", "x"]));
    assert_eq!(both.status, Some(1), "{both:?}");
    // A variable of a script that is not set must not mean that there is none.
    let empty = run(service.push_all(&list).arg("--journal="));
    assert_eq!(empty.status, Some(2), "{empty:?}");
    assert!(
        empty.stderr.contains("--journal must not be empty"),
        "{empty:?}"
    );
}

#[test]
fn a_journal_that_is_refused_exits_2_and_nothing_is_sent() {
    let service = service();
    let list = service.list("targets.csv", &[entry(ID, "cn-north-4", "ELB")]);
    fs::write(beside(&list), "something else\n").unwrap();
    let ended = run(&mut service.push_all(&list));
    assert_eq!(ended.status, Some(2), "{ended:?}");
    assert!(
        ended.stderr.contains("is no journal of certpush"),
        "{ended:?}"
    );
    assert!(
        ended
            .stderr
            .contains("\nhint: If it was a journal, restore it: by another one, or none, all that was pushed would be pushed once more."),
        "{ended:?}"
    );
    assert_eq!(fs::read(beside(&list)).unwrap(), b"something else\n");
    assert!(service.sim.received().is_empty());
}

#[test]
fn the_object_of_what_may_have_been_pushed_has_the_command_that_settles_it() {
    let service = service();
    let list = service.list("open.csv", &[entry(FAILING, "cn-north-4", "ELB")]);
    let settle = format!(
        "certpush settle {} {FAILING} cn-north-4 ELB --pushed, or --not-pushed; then run again.",
        beside(&list).display()
    );
    // Now, and since an earlier run.
    for _ in 0..2 {
        let told = run(service.push_all(&list).arg("--json")).objects();
        let hint = told[0]["hint"].as_str().unwrap();
        assert!(hint.ends_with(&settle), "{hint}");
    }
    let without = run(service.push_all(&list).args(["--json", "--no-journal"])).objects();
    let hint = without[0]["hint"].as_str().unwrap();
    assert!(!hint.contains("settle"), "{hint}");
}

#[test]
fn a_journal_that_is_new_is_told_once() {
    let service = service();
    let list = service.list("targets.csv", &[entry(ID, "cn-north-4", "ELB")]);
    let new = "journal_is_new";
    let told = |flags: &[&str]| run(service.push_all(&list).args(flags));
    assert_eq!(told(&["--json"]).objects().pop().unwrap()[new], true);
    assert_eq!(told(&["--json"]).objects().pop().unwrap()[new], false);
    assert_eq!(told(&[]).stderr, "");
    // An empty one is as new as one that was not there.
    for form in ["", "-q"] {
        let journal = service.file("my journal", "");
        let mut command = service.push_all(&list);
        command.arg("--journal").arg(&journal);
        if !form.is_empty() {
            command.arg(form);
        }
        let ended = run(&mut command);
        let expected = format!("certpush: journal '{}' is new\n", journal.display());
        assert_eq!(ended.stderr, if form.is_empty() { &expected } else { "" });
    }
    let without = told(&["--json", "--no-journal"]).objects().pop().unwrap();
    assert_eq!(
        (&without[new], &without["journal"]),
        (&json!(false), &Value::Null)
    );
}

#[test]
fn a_list_beside_which_no_journal_can_be_needs_one_that_is_named() {
    let service = service();
    let header = "certificate_id,target_project,target_service";
    let text = format!("{header}\n{ID},cn-north-4,ELB\n");
    let journal = service.token_file().with_file_name("named");
    let in_folder = |name: &[u8]| {
        let path = service.token_file().with_file_name(OsStr::from_bytes(name));
        fs::write(&path, &text).unwrap();
        path
    };
    for (list, why) in [
        (in_folder(b"targets\xff.csv"), "whose name is not UTF-8"),
        (
            in_folder(b"two\nlines.csv"),
            "whose name has control characters",
        ),
        (
            "/dev/stdin".into(),
            "which is no regular file with a name of its own",
        ),
    ] {
        let push_all = |flags: &[&str]| {
            let mut command = service.push_all(&list);
            run_with_input(command.args(flags), text.as_bytes())
        };
        let refused = push_all(&[]);
        let told = format!(
            "certpush: no journal can be beside FILE, {why}: name one with --journal, or use --no-journal\n"
        );
        assert_eq!((refused.status, refused.stderr), (Some(2), told));
        assert!(!beside(&list).exists());
        let named = push_all(&["--journal", journal.to_str().unwrap()]);
        assert_eq!(named.status, Some(0), "{named:?}");
    }
    // One was sent, and the others were in the journal.
    assert_eq!(service.sim.received().len(), 1);
    let list = in_folder(b"targets.csv");
    let name = OsStr::from_bytes(b"\xff");
    // What was named by the flag is told by the flag.
    let flag = run(service.push_all(&list).arg("--journal").arg(name));
    assert_eq!(
        (flag.status, flag.stderr.as_str()),
        (
            Some(1),
            "certpush: --journal is not UTF-8; nothing was sent\n"
        )
    );
}

#[test]
fn again_pushes_what_was_pushed_once_more() {
    let service = service();
    let list = service.list("targets.csv", &[entry(ID, "cn-north-4", "ELB")]);
    for (flags, sent) in [(&[][..], 1), (&[], 1), (&["--again"], 2)] {
        let ended = run(service.push_all(&list).args(flags));
        assert_eq!(ended.status, Some(0), "{ended:?}");
        assert_eq!(service.sim.received().len(), sent);
    }
    // A single push, too.
    let mut single = service.command("push");
    single
        .args([ID, "cn-north-4", "ELB", "--journal"])
        .arg(beside(&list));
    assert_eq!(run(&mut single).status, Some(0));
    assert_eq!(service.sim.received().len(), 2);
    assert_eq!(run(single.arg("--again")).status, Some(0));
    assert_eq!(service.sim.received().len(), 3);
}

#[test]
fn a_deadline_that_is_none_is_refused() {
    let service = service();
    let list = service.list("targets.csv", &[entry(ID, "cn-north-4", "ELB")]);
    for bad in ["0", "-1", "+1", "soon", "", "1.5", "99999999999999999999"] {
        let ended = run(service.push_all(&list).arg(format!("--deadline-ms={bad}")));
        assert_eq!(ended.status, Some(2), "{ended:?}");
        let told = "--deadline-ms must be decimal digits, 1 to 18446744073709551615";
        assert!(ended.stderr.contains(told), "{ended:?}");
    }
    assert!(service.sim.received().is_empty());
}

#[test]
fn the_log_has_a_line_for_each_push_and_no_secret() {
    let service = service();
    let list = mixed(&service);
    for form in [&["-v"][..], &["-v", "--json"]] {
        let ended = run(service.push_all(&list).args(form).arg("--no-journal"));
        assert_eq!(
            ended.stderr.matches("outcome=not_pushed").count(),
            3,
            "{ended:?}"
        );
        assert!(!ended.stderr.contains(TOKEN) && !ended.stdout.contains(TOKEN));
    }
}
