//! A run of many pushes that is ended before its time: by a signal, or by whoever reads no more.

use std::fs;
use std::io::{BufRead, BufReader, Write, pipe};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fixture::{Ended, ID, TOKEN, certpush, start};

/// A service that the test plays: it answers so many pushes, and keeps the others waiting.
struct Slow {
    url: String,
    folder: tempfile::TempDir,
    asked: Arc<AtomicUsize>,
    /// Told of each push that is kept waiting.
    held: Receiver<()>,
    /// Whether those are answered, too.
    released: Arc<(Mutex<bool>, Condvar)>,
}

impl Slow {
    /// A service that answers so many pushes of a list that is so long.
    fn start(answers: usize, entries: usize) -> Slow {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let released = Arc::new((Mutex::new(false), Condvar::new()));
        let (holds, held) = channel();
        let (counted, goes_on) = (Arc::clone(&asked), Arc::clone(&released));
        std::thread::spawn(move || {
            for peer in listener.incoming() {
                let (counted, goes_on) = (Arc::clone(&counted), Arc::clone(&goes_on));
                let holds = holds.clone();
                std::thread::spawn(move || {
                    let mut peer = peer.unwrap();
                    let mut reader = BufReader::new(peer.try_clone().unwrap());
                    while read_request(&mut reader) {
                        if counted.fetch_add(1, Ordering::SeqCst) >= answers {
                            let _ = holds.send(());
                            let (lock, changed) = &*goes_on;
                            let held = lock.lock().unwrap();
                            drop(changed.wait_while(held, |released| !*released));
                        }
                        if peer.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").is_err() {
                            return;
                        }
                    }
                });
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let mut list = String::from("certificate_id,target_project,target_service\n");
        for number in 0..entries {
            list.push_str(&format!("scs{number:013},cn-north-4,ELB\n"));
        }
        fs::write(folder.path().join("targets.csv"), list).unwrap();
        Slow {
            url,
            folder,
            asked,
            held,
            released,
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn release(&self) {
        *self.released.0.lock().unwrap() = true;
        self.released.1.notify_all();
    }

    fn push_all(&self) -> Command {
        let mut command = certpush(["push-all", "--endpoint", &self.url]);
        command
            .arg(self.folder.path().join("targets.csv"))
            .env("CERTPUSH_TOKEN", TOKEN);
        command
    }

    /// A single push that is kept in the same journal.
    fn push(&self) -> Command {
        let mut command = certpush(["push", ID, "p", "ELB", "--endpoint", &self.url]);
        command
            .arg("--journal")
            .arg(self.journal())
            .env("CERTPUSH_TOKEN", TOKEN);
        command
    }

    fn journal(&self) -> PathBuf {
        self.folder.path().join("targets.csv.journal")
    }
}

/// Reads a request, to the end of its body.
fn read_request(reader: &mut impl BufRead) -> bool {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return false;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            return reader.read_exact(&mut vec![0; length]).is_ok();
        }
    }
}

/// Started by env(1) so that a signal which the tests were started to ignore (nohup) counts.
fn with_signals(command: &Command) -> Command {
    let variables = command.get_envs();
    let mut env = Command::new("/usr/bin/env");
    env.arg("--default-signal=HUP,INT,TERM")
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .envs(variables.filter_map(|(name, value)| Some((name, value?))))
        .stdin(Stdio::null());
    env
}

fn send(signal: &str, pid: u32) {
    let sent = Command::new("sh")
        .args(["-c", "kill -s \"$1\" \"$2\"", "sh", signal])
        .arg(pid.to_string())
        .status();
    assert!(sent.unwrap().success());
}

#[test]
fn a_signal_ends_what_is_under_way_at_once_and_the_end_is_told() {
    for signal in ["INT", "TERM", "HUP"] {
        let service = Slow::start(9, 60);
        let child = start(&mut with_signals(&service.push_all()));
        for _ in 0..4 {
            service.held.recv().unwrap();
        }
        let signalled = Instant::now();
        send(signal, child.id());
        let ended = Ended::from(child.wait_with_output().unwrap());
        assert!(signalled.elapsed() < Duration::from_secs(5), "{signal}");
        assert_eq!(ended.status, Some(81), "{signal}: {ended:?}");
        let told = &ended.stderr;
        let counts = "60 targets: 9 pushed, 0 not pushed, 4 unknown, 47 not tried; ";
        assert!(told.contains(counts), "{told}");
        assert!(told.contains("\n  stopped: it was interrupted\n"), "{told}");
        assert!(told.contains("only 47 will be sent"), "{told}");
        assert_eq!(service.asked(), 13);
    }
}

/// What others do to a journal while a push is under way.
type Change = fn(&Path);

fn remove(path: &Path) {
    fs::remove_file(path).unwrap();
}

fn aside(path: &Path) -> PathBuf {
    path.with_extension("aside")
}

fn move_away(path: &Path) {
    fs::rename(path, aside(path)).unwrap();
}

fn move_and_put_back(path: &Path) {
    move_away(path);
    fs::rename(aside(path), path).unwrap();
}

fn lengthen(path: &Path) {
    let mut file = fs::File::options().append(true).open(path).unwrap();
    file.write_all(b"\n").unwrap();
}

/// A run or a push during which others change the journal.
fn changed(service: &Slow, command: &mut Command, change: Change) -> Ended {
    let child = start(command);
    service.held.recv().unwrap();
    change(&service.journal());
    service.release();
    Ended::from(child.wait_with_output().unwrap())
}

#[test]
fn a_journal_that_is_lost_is_told_and_no_second_run_advised() {
    for (entries, more, status) in [
        (1, None, 0),
        (2, None, 30),
        (1, Some("--quiet"), 0),
        (1, Some("--json"), 0),
        (2, Some("--json"), 30),
    ] {
        let service = Slow::start(0, entries);
        let ended = changed(&service, service.push_all().args(more), remove);
        assert_eq!(ended.status, Some(status), "{ended:?}");
        let why =
            "was removed while it was in use: a later run pushes once more what it had as pushed";
        // People read of it, whoever reads the objects.
        assert!(ended.stderr.contains(why), "{ended:?}");
        let told = match more {
            Some("--json") => &ended.stdout,
            _ => &ended.stderr,
        };
        assert!(told.contains(why), "{ended:?}");
        assert!(
            told.contains("do not run the same command again, for it would push 1 once more"),
            "{ended:?}"
        );
    }
}

#[test]
fn of_a_journal_that_was_moved_is_told_that_it_be_put_back() {
    let service = Slow::start(0, 1);
    let ended = changed(&service, &mut service.push_all(), move_away);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(
        ended.stderr.ends_with(
            "\nnext: put the journal back, for without it the same command may push up to 1 once more\n"
        ),
        "{ended:?}"
    );
    fs::rename(aside(&service.journal()), service.journal()).unwrap();
    let again = Ended::from(service.push_all().output().unwrap());
    assert!(again.stdout.contains("1 pushed (1 earlier)"), "{again:?}");
    // It is as if it had not been moved.
    let service = Slow::start(0, 1);
    let ended = changed(&service, service.push_all().arg("-q"), move_and_put_back);
    assert_eq!((ended.status, &*ended.stderr), (Some(0), ""));
    let again = Ended::from(service.push_all().output().unwrap());
    assert!(again.stdout.contains("1 pushed (1 earlier)"), "{again:?}");
    assert_eq!(service.asked(), 1);
}

/// As an editor does.
fn save_anew(path: &Path) {
    fs::copy(path, aside(path)).unwrap();
    fs::rename(aside(path), path).unwrap();
}

#[test]
fn of_a_journal_that_was_replaced_is_told_to_look_at_the_one_that_is_there() {
    let service = Slow::start(0, 1);
    let ended = changed(&service, &mut service.push_all(), save_anew);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(
        ended.stderr.contains(
            "was replaced by another file while it was in use: a later run goes by that one"
        ),
        "{ended:?}"
    );
    assert!(
        ended.stderr.contains("\nnext: do not run the same command again before you have seen that the journal which is there now has what was pushed, for it may push up to 1 once more"),
        "{ended:?}"
    );
    assert!(!ended.stderr.contains("would push"), "{ended:?}");
    let again = Ended::from(service.push_all().output().unwrap());
    assert_eq!((again.status, service.asked()), (Some(92), 1));
}

#[test]
fn of_a_journal_that_was_made_longer_no_second_push_is_told() {
    for entries in [1, 2] {
        let service = Slow::start(0, entries);
        let ended = changed(&service, &mut service.push_all(), lengthen);
        let told = [&*ended.stdout, &ended.stderr].concat();
        assert!(
            told.contains("was made longer by another program while it was in use"),
            "{told}"
        );
        assert!(!told.contains("would push"), "{told}");
        assert!(!told.contains("may make this push once more"), "{told}");
        assert!(
            ended.stderr.contains("next: take away what another program has written to the journal, and settle what has no end in it"),
            "{told}"
        );
        let again = Ended::from(service.push_all().output().unwrap());
        assert!(again.stderr.contains("1 unknown, 0 not tried"), "{again:?}");
        assert_eq!(service.asked(), entries);
    }
}

#[test]
fn a_push_whose_journal_is_lost_says_so_on_standard_error() {
    for (form, change, is_made_again) in [
        (None, remove as Change, true),
        (Some("--json"), remove, true),
        (Some("--json"), lengthen, false),
    ] {
        let service = Slow::start(0, 1);
        let ended = changed(&service, service.push().args(form), change);
        assert_eq!(ended.status, Some(0), "{ended:?}");
        let line = ended.stderr.lines().last().unwrap();
        let start = format!("certpush: journal {} was ", service.journal().display());
        assert!(line.starts_with(&start), "{ended:?}");
        let again = "a later run pushes once more what it had as pushed";
        assert_eq!(line.ends_with(again), is_made_again, "{ended:?}");
        if form.is_some() {
            let told: Value = serde_json::from_str(&ended.stdout).unwrap();
            assert_eq!(
                line,
                format!("certpush: {}", told["journal_lost"].as_str().unwrap())
            );
            assert_eq!(told["journal_is_new"], true);
            assert_eq!(told["journal"], service.journal().display().to_string());
        }
    }
}

#[test]
fn the_log_warns_of_a_journal_that_is_lost() {
    for command in [Slow::push, Slow::push_all] {
        for form in [&["-v"][..], &["-v", "--json"]] {
            let service = Slow::start(0, 1);
            let ended = changed(&service, command(&service).args(form), remove);
            let warning = "Z warning journal ";
            assert!(ended.stderr.contains(warning), "{ended:?}");
        }
    }
}

#[test]
fn standard_output_that_is_closed_from_the_start_is_as_nothing_that_is_read() {
    let service = Slow::start(usize::MAX, 9);
    let mut closed = Command::new("sh");
    let command = service.push_all();
    closed
        .args(["-c", "exec \"$@\" >&- 2>&- <&-", "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .env("CERTPUSH_TOKEN", TOKEN);
    let ended = Ended::from(closed.output().unwrap());
    assert_eq!((ended.status, service.asked()), (Some(0), 9));
    // Nothing that was printed is in the journal.
    let again = Ended::from(service.push_all().output().unwrap());
    assert!(again.stdout.contains("9 pushed (9 earlier)"), "{again:?}");
}

#[test]
fn a_reader_that_does_not_read_keeps_no_push_and_no_signal_waiting() {
    // What is printed of so many entries fills any pipe.
    let service = Slow::start(2000, 2100);
    let (unread, writer) = pipe().unwrap();
    let mut command = with_signals(service.push_all().arg("--json"));
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn();
    let child = child.unwrap();
    drop(command);
    service.held.recv().unwrap();
    let signalled = Instant::now();
    send("TERM", child.id());
    let ended = Ended::from(child.wait_with_output().unwrap());
    assert!(signalled.elapsed() < Duration::from_secs(10));
    assert_eq!(ended.status, Some(81), "{ended:?}");
    let counts = "2100 targets: 2000 pushed, 0 not pushed, ";
    assert!(ended.stderr.starts_with(counts), "{ended:?}");
    drop(unread);
}

#[test]
fn a_reader_that_went_away_ends_the_run_and_loses_no_outcome() {
    for form in [&["--json"][..], &[]] {
        let service = Slow::start(1, 1000);
        let mut child = start(service.push_all().args(form));
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        lines.read_line(&mut String::new()).unwrap();
        service.held.recv().unwrap();
        drop(lines);
        service.release();
        let ended = Ended::from(child.wait_with_output().unwrap());
        let sent = service.asked();
        assert!(sent < 1000);
        assert_eq!(ended.status, Some(29), "{ended:?}");
        let told = &ended.stderr;
        let counts = format!("1000 targets: {sent} pushed, 0 not pushed, 0 unknown, ");
        assert!(told.contains(&counts), "{told}");
        assert!(
            told.contains("\n  stopped: standard output was closed\n"),
            "{told}"
        );
        // What was pushed by then the journal knows.
        let again = Ended::from(service.push_all().output().unwrap());
        assert_eq!(again.status, Some(0), "{again:?}");
        assert_eq!(service.asked(), 1000);
    }
}

#[test]
fn a_full_disk_behind_standard_output_ends_the_run_unless_nothing_is_written_there() {
    let service = Slow::start(usize::MAX, 1000);
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    let ended = Ended::from(service.push_all().stdout(full()).output().unwrap());
    assert_eq!(ended.status, Some(29), "{ended:?}");
    let why = "\n  stopped: standard output cannot be written: ";
    assert!(ended.stderr.contains(why), "{ended:?}");
    let mut quiet = service.push_all();
    let quiet = Ended::from(quiet.arg("-q").stdout(full()).output().unwrap());
    assert_eq!((quiet.status, &*quiet.stderr), (Some(0), ""));
}

#[test]
fn a_file_that_standard_output_may_not_make_longer_ends_the_run_and_nothing_is_cut_off() {
    let service = Slow::start(usize::MAX, 300);
    let printed = service.folder.path().join("printed");
    fs::write(&printed, vec![b'\n'; 1 << 20]).unwrap();
    let mut limited = Command::new("sh");
    let command = service.push_all();
    // In blocks of 512 or 1024 bytes: the journal may grow as long as it needs.
    limited
        .args(["-c", "ulimit -f 1024; exec \"$@\" >>\"$0\""])
        .arg(&printed)
        .arg(command.get_program())
        .args(command.get_args())
        .env("CERTPUSH_TOKEN", TOKEN);
    let ended = Ended::from(limited.output().unwrap());
    assert_eq!(ended.status, Some(29), "{ended:?}");
    let why = "\n  stopped: standard output cannot be written: File too large";
    assert!(ended.stderr.contains(why), "{ended:?}");
    let again = Ended::from(service.push_all().output().unwrap());
    assert_eq!(again.status, Some(0), "{again:?}");
    assert_eq!(service.asked(), 300);
}

#[test]
fn a_second_run_is_told_to_wait_and_sends_nothing() {
    let service = Slow::start(0, 9);
    let mut child = start(&mut service.push_all());
    service.held.recv().unwrap();
    let second = Ended::from(service.push_all().output().unwrap());
    assert_eq!(second.status, Some(2), "{second:?}");
    assert!(second.stderr.contains("is in use by another client"));
    assert!(
        second
            .stderr
            .contains("\nhint: Wait until the other client has ended"),
        "{second:?}"
    );
    // The credentials are not proved yet: one goes alone.
    assert_eq!(service.asked(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_run_that_is_killed_goes_on_where_it_was() {
    let service = Slow::start(9, 60);
    let mut child = start(&mut service.push_all());
    for _ in 0..4 {
        service.held.recv().unwrap();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    service.release();
    let ended = Ended::from(service.push_all().output().unwrap());
    assert_eq!(ended.status, Some(92), "{ended:?}");
    let counts = "60 targets: 56 pushed (9 earlier), 0 not pushed, 4 unknown, 0 not tried; ";
    assert!(ended.stderr.contains(counts), "{ended:?}");
    let end = "only what was settled as not pushed will be sent\n";
    assert!(ended.stderr.ends_with(end), "{ended:?}");
    assert_eq!(service.asked(), 60);
}
