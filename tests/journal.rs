//! The journal of a client: what single pushes make of it, and what is refused.

mod faults;

use std::fs;
use std::io::{Read, Seek, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use certpush::{
    CallOptions, Cancel, Config, Error, JournalChange, JournalLost, Level, Outcome, Receipt,
    Status, settle, unsettled,
};
use faults::{Client, FaultServer, ID, Kind, TOKEN};

const PUSHED: &str = "HTTP/1.1 204 No Content\r\nX-Request-Id: r-1\r\n\r\n";
const REFUSED: &str = "HTTP/1.1 400 X\r\nContent-Length: 25\r\n\r\n{\"error_code\":\"SCM.0201\"}";
const FAILED: &str = "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n";
const OTHER: &str = "scs1590053258704";

/// A service that answers so, and counts.
struct Service {
    server: FaultServer,
    asked: Arc<AtomicUsize>,
    folder: tempfile::TempDir,
}

impl Service {
    /// Answers with each of these in turn, and then with the last.
    fn answering(answers: &[&str]) -> Service {
        let answers: Vec<String> = answers.iter().map(|it| (*it).to_owned()).collect();
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let server = FaultServer::start(Kind::Plain, move |peer| {
            while peer.read_request().is_some() {
                let number = counted.fetch_add(1, Ordering::SeqCst);
                peer.write(answers[number.min(answers.len() - 1)].as_bytes());
            }
        });
        Service {
            server,
            asked,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    fn config(&self) -> Config {
        self.server.config().journal(self.path())
    }

    fn client(&self) -> Client {
        Client::new(&self.config()).unwrap()
    }

    /// The push of a client of its own.
    fn push(&self, service: &str) -> Result<Receipt, Error> {
        self.client().push(ID, "p", service)
    }

    fn settle(&self, service: &str, pushed: bool) -> Result<(), Error> {
        settle(self.path(), ID, "p", service, pushed)
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }

    /// What a client with this journal is refused for. The file stays as it was.
    fn refusal(&self, text: &[u8]) -> String {
        fs::write(self.path(), text).unwrap();
        let told = refusal(&self.config());
        assert_eq!(fs::read(self.path()).unwrap(), text);
        let name = format!("journal {} ", self.path().display());
        told.strip_prefix(&name)
            .unwrap_or_else(|| panic!("{told}"))
            .to_owned()
    }
}

fn refusal(config: &Config) -> String {
    let error = Client::new(config).expect_err("it must be refused");
    assert_eq!(error.status(), Status::InvalidConfig, "{error}");
    assert!(!error.message().contains('\n'));
    assert!(error.hint().is_some(), "{error}");
    error.message().to_owned()
}

#[test]
fn a_push_that_is_over_before_it_begins_is_not_kept() {
    let service = Service::answering(&[PUSHED]);
    let client = service.client();
    let before = service.text();
    let cancel = Cancel::new();
    cancel.trigger();
    let options = CallOptions::new().cancel(&cancel);
    let error = client.push_with(ID, "p", "ELB", &options).unwrap_err();
    assert_eq!(error.status(), Status::Cancelled);
    assert!(!error.outcome_unknown());
    assert_eq!(error.attempts(), 0);
    assert!(error.message().starts_with("push of "), "{error}");
    assert_eq!(service.text(), before);
    assert_eq!(service.asked(), 0);
}

#[test]
fn what_is_no_journal_is_refused_and_left_alone() {
    let service = Service::answering(&[PUSHED]);
    for text in [
        TOKEN,
        "\n",
        "{}\n",
        "certificate_id,target_project,target_service\n",
        "{\"certpush_journal\":1}\n",
        "{\"certpush_journal\":1,\"endpoint\":\"ftp",
        "\0\0\0\0",
    ] {
        let told = service.refusal(text.as_bytes());
        assert_eq!(
            told, "is no journal of certpush: its first line is not one's",
            "{text:?}"
        );
        let error = service.settle("ELB", true).unwrap_err();
        assert_eq!(error.status(), Status::InvalidConfig, "{error}");
    }
    let long = [b"{\"a\":\"".as_slice(), &[b'x'; 70_000], b"\"}\n"].concat();
    assert_eq!(service.refusal(&long), "has no line of a journal in line 1");
}

#[test]
fn what_is_no_regular_file_in_a_folder_that_can_be_written_is_refused() {
    let service = Service::answering(&[PUSHED]);
    let folder = service.folder.path();
    let fifo = folder.join("fifo");
    let made = std::process::Command::new("mkfifo")
        .arg(&fifo)
        .status()
        .unwrap();
    assert!(made.success());
    symlink("nowhere", folder.join("dangling")).unwrap();
    symlink("round", folder.join("round")).unwrap();
    for (path, why) in [
        (folder.to_owned(), "is a directory, not a file"),
        (fifo, "is no regular file"),
        (PathBuf::from("/dev/null"), "is no regular file"),
        (
            folder.join("dangling"),
            "is a symbolic link to a file that is not there",
        ),
        (
            folder.join("round"),
            "cannot be opened: Too many levels of symbolic links",
        ),
        (
            folder.join("none/journal"),
            "cannot be opened: No such file or directory",
        ),
        (
            PathBuf::from("/proc/certpush-journal"),
            "cannot be opened: No such file or directory",
        ),
    ] {
        let told = refusal(&service.server.config().journal(&path));
        assert_eq!(told, format!("journal {} {why}", path.display()));
    }
    // Root may write everywhere.
    if !rustix::process::geteuid().is_root() {
        let locked = folder.join("locked");
        fs::create_dir(&locked).unwrap();
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
        let told = refusal(&service.server.config().journal(locked.join("j")));
        assert!(
            told.ends_with("cannot be opened: Permission denied"),
            "{told}"
        );
    }
    let there: Vec<_> = fs::read_dir(folder).unwrap().collect();
    assert!(there.len() >= 3);
    assert!(!folder.join("nowhere").exists());
}

#[test]
fn a_client_that_cannot_be_made_leaves_no_journal_behind() {
    let service = Service::answering(&[PUSHED]);
    let config = Config::new().endpoint(service.server.url());
    let config = config.token_file("/nowhere/token").journal(service.path());
    assert!(Client::new(&config).is_err());
    assert!(!service.path().exists());
}

fn header(service: &Service) -> String {
    format!(
        "{{\"certpush_journal\":1,\"endpoint\":\"{}\"}}\n",
        service.server.url()
    )
}

fn line(event: &str, rest: &str) -> String {
    format!(
        "{{\"event\":\"{event}\",\"time\":\"2026-11-24T03:00:00Z\",\"certificate_id\":\"{ID}\",\"target_project\":\"p\",\"target_service\":\"ELB\"{rest}}}\n"
    )
}

const WAS_PUSHED: &str = ",\"outcome\":\"pushed\"";
const WAS_NOT: &str = ",\"outcome\":\"not_pushed\"";

#[test]
fn another_endpoint_and_a_newer_version_are_refused() {
    let service = Service::answering(&[PUSHED]);
    let told = service.refusal(b"{\"certpush_journal\":2,\"endpoint\":7}\n");
    assert!(
        told.starts_with("is of version 2, and this certpush knows version 1"),
        "{told}"
    );
    let url = service.server.url();
    for other in [
        "http://127.0.0.1:1",
        "https://127.0.0.1",
        &format!("{url}/v3"),
    ] {
        let text = format!("{{\"certpush_journal\":1,\"endpoint\":\"{other}\"}}\n");
        let told = service.refusal(text.as_bytes());
        assert_eq!(told, format!("is of pushes to {other}, not to {url}"));
    }
}

#[test]
fn a_name_that_no_journal_can_have_is_an_argument_that_is_refused() {
    for (name, why) in [("", "must not be empty"), ("a\0b", "has a NUL inside")] {
        for error in [
            settle(name, ID, "p", "ELB", true).unwrap_err(),
            unsettled(name).unwrap_err(),
        ] {
            assert_eq!(error.status(), Status::InvalidArgument, "{error}");
            assert_eq!(
                error.message(),
                format!("journal {why}; nothing was sent"),
                "{error}"
            );
        }
    }
}

#[test]
fn one_endpoint_has_one_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    for url in [
        "https://SCM.example",
        "https://scm.example:443/",
        "https://scm.example",
    ] {
        let config = Config::new().endpoint(url).token(TOKEN).journal(&path);
        Client::new(&config).unwrap();
    }
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(
        text,
        "{\"certpush_journal\":1,\"endpoint\":\"https://scm.example\"}\n"
    );
}

#[test]
fn a_damaged_line_in_the_middle_is_refused_by_its_number() {
    let service = Service::answering(&[PUSHED]);
    let (header, begin) = (header(&service), line("begin", ""));
    let end = line("end", WAS_PUSHED);
    for (text, why) in [
        (
            format!("{header}{begin}{}", end.replace("end", "and")),
            "has no line of a journal in line 3: it was changed or damaged",
        ),
        (
            format!("{header}{}{end}", begin.replace('}', "")),
            "has no line of a journal in line 2: it was changed or damaged",
        ),
        (
            format!("{header}\0\0\n{begin}"),
            "has no line of a journal in line 2: it was changed or damaged",
        ),
        (
            format!("{header}{header}"),
            "has no line of a journal in line 2: it was changed or damaged",
        ),
        (
            format!("{header}{end}"),
            "tells in line 2 of what cannot have come then: it was changed or damaged",
        ),
        (
            format!("{header}{begin}{end}{end}"),
            "tells in line 4 of what cannot have come then: it was changed or damaged",
        ),
        (
            format!("{header}{begin}{begin}"),
            "tells in line 3 of what cannot have come then: it was changed or damaged",
        ),
        (
            format!("{header}{}", line("settle", WAS_PUSHED)),
            "tells in line 2 of what cannot have come then: it was changed or damaged",
        ),
        (
            format!("{header}{begin}{end}{}", line("settle", WAS_NOT)),
            "tells in line 4 of what cannot have come then: it was changed or damaged",
        ),
    ] {
        assert_eq!(service.refusal(text.as_bytes()), why, "{text}");
    }
    let long = format!("{header}{}", "x".repeat(70_000));
    assert_eq!(
        service.refusal(long.as_bytes()),
        "has no line of a journal in line 2"
    );
}

#[test]
fn one_client_has_a_journal_at_a_time() {
    let service = Service::answering(&[PUSHED]);
    let first = service.client();
    let told = refusal(&service.config());
    assert!(told.contains("is in use by another client"), "{told}");
    let error = service.settle("ELB", true).unwrap_err();
    assert!(
        error.message().contains("is in use by another client"),
        "{error}"
    );
    first.push(ID, "p", "ELB").unwrap();
    // A clone is the same client.
    let clone = certpush::Client::clone(&first);
    drop(first);
    assert!(refusal(&service.config()).contains("in use"));
    drop(clone);
    assert_eq!(service.push("ELB").unwrap().attempts(), 0);
}

#[test]
fn a_new_journal_is_its_owners_alone_and_says_what_was_pushed() {
    let service = Service::answering(&[PUSHED]);
    let client = service.client();
    assert!(
        client
            .describe()
            .contains(&format!("journal: {}", service.path().display()))
    );
    let receipt = client.push(ID, "p", "ELB").unwrap();
    assert_eq!((receipt.http_status(), receipt.attempts()), (204, 1));
    let mode = fs::metadata(service.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = service.text();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(format!("{}\n", lines[0]), header(&service));
    let target =
        format!("\"certificate_id\":\"{ID}\",\"target_project\":\"p\",\"target_service\":\"ELB\"");
    assert!(
        lines[1].starts_with("{\"event\":\"begin\",\"time\":\"20")
            && lines[1].ends_with(&format!("{target}}}"))
    );
    assert!(lines[2].starts_with("{\"event\":\"end\",\"time\":\"20") && lines[2].contains(&target));
    assert!(lines[2].ends_with(",\"outcome\":\"pushed\",\"status\":\"CERTPUSH_OK\",\"http_status\":204,\"service_code\":\"\",\"request_id\":\"r-1\"}"));
    assert!(!text.contains(TOKEN));
}

#[test]
fn what_was_pushed_is_not_sent_again_unless_it_is_asked_for() {
    let service = Service::answering(&[PUSHED, PUSHED, REFUSED]);
    service.push("elb").unwrap();
    for name in ["elb", "ELB"] {
        let receipt = service.push(name).unwrap();
        assert_eq!((receipt.attempts(), receipt.http_status()), (0, 0));
        assert_eq!(receipt.report().outcome(), Outcome::Pushed);
        assert_eq!(receipt.target_service(), name);
        let expected = format!("{ID} was pushed to {name} in p on 20");
        assert!(
            receipt.message().starts_with(&expected),
            "{}",
            receipt.message()
        );
        assert!(receipt.message().ends_with("; nothing was sent now"));
        assert!(receipt.hint().unwrap().contains("not yet bound"));
    }
    assert_eq!(service.asked(), 1);
    let again = CallOptions::new().again(true);
    let receipt = service.client().push_with(ID, "p", "ELB", &again).unwrap();
    assert_eq!((receipt.attempts(), service.asked()), (1, 2));
    // One that is refused takes nothing back.
    let error = service
        .client()
        .push_with(ID, "p", "ELB", &again)
        .unwrap_err();
    assert_eq!(error.status(), Status::BadRequest);
    assert_eq!(service.push("ELB").unwrap().attempts(), 0);
    assert_eq!(service.asked(), 3);
    // Another target is another push.
    assert!(service.client().push(ID, "P", "ELB").is_err());
    assert!(service.client().push(OTHER, "p", "ELB").is_err());
    assert_eq!(service.asked(), 5);
}

#[test]
fn what_was_not_pushed_is_sent_again() {
    let service = Service::answering(&[REFUSED, REFUSED, PUSHED]);
    for _ in 0..2 {
        assert_eq!(
            service.push("ELB").unwrap_err().status(),
            Status::BadRequest
        );
    }
    assert_eq!(service.push("ELB").unwrap().attempts(), 1);
    assert_eq!((service.asked(), service.text().lines().count()), (3, 7));
}

#[test]
fn what_was_refused_for_its_arguments_is_not_in_the_journal() {
    let service = Service::answering(&[PUSHED]);
    let error = service.client().push("short", "p", "ELB").unwrap_err();
    assert_eq!(error.status(), Status::InvalidArgument);
    assert_eq!(service.text(), header(&service));
}

#[test]
fn what_may_have_been_pushed_is_unsettled_until_a_person_has_looked() {
    let service = Service::answering(&[FAILED, PUSHED, FAILED]);
    assert!(service.push("ELB").unwrap_err().outcome_unknown());
    let again = CallOptions::new().again(true);
    for options in [CallOptions::new(), again] {
        let error = service
            .client()
            .push_with(ID, "p", "elb", &options)
            .unwrap_err();
        assert_eq!((error.status(), error.attempts()), (Status::Unsettled, 0));
        assert!(error.outcome_unknown() && !error.retryable());
        assert!(
            error
                .message()
                .contains("it ended with CERTPUSH_SERVER_ERROR on 20"),
            "{error}"
        );
        assert!(
            error
                .message()
                .ends_with("; nothing was sent now; it may have been pushed"),
            "{error}"
        );
        assert!(error.hint().unwrap().contains("settle it"));
        assert_eq!(error.target_service(), Some("elb"));
    }
    assert_eq!(service.asked(), 1);
    service.settle("Elb", false).unwrap();
    assert_eq!(service.push("ELB").unwrap().attempts(), 1);
    assert!(
        service
            .client()
            .push(ID, "p", "WAF")
            .unwrap_err()
            .outcome_unknown()
    );
    service.settle("waf", true).unwrap();
    let receipt = service.client().push(ID, "p", "WAF").unwrap();
    assert!(
        receipt.message().contains("settled on 20"),
        "{}",
        receipt.message()
    );
    assert_eq!((receipt.attempts(), service.asked()), (0, 3));
}

#[test]
fn a_push_that_a_crash_has_ended_is_unsettled() {
    let service = Service::answering(&[PUSHED]);
    let text = format!("{}{}", header(&service), line("begin", ""));
    fs::write(service.path(), &text).unwrap();
    let error = service.push("ELB").unwrap_err();
    assert_eq!((error.status(), service.asked()), (Status::Unsettled, 0));
    assert!(
        error
            .message()
            .contains("it was begun on 2026-11-24T03:00:00Z, and journal "),
        "{error}"
    );
    assert_eq!(service.text(), text);
}

#[test]
fn a_person_has_the_last_word_on_what_a_person_has_said() {
    let service = Service::answering(&[FAILED, PUSHED]);
    service.push("ELB").unwrap_err();
    for pushed in [true, true, false, false, true] {
        service.settle("ELB", pushed).unwrap();
    }
    assert_eq!(service.push("ELB").unwrap().attempts(), 0);
    service.settle("ELB", false).unwrap();
    assert_eq!(service.push("ELB").unwrap().attempts(), 1);
    // What the service has said nobody can take back.
    let before = service.text();
    service.settle("ELB", true).unwrap();
    let error = service.settle("ELB", false).unwrap_err();
    assert_eq!(error.status(), Status::InvalidConfig);
    assert!(
        error.message().contains("has it that")
            && error.message().ends_with("there is nothing to settle")
    );
    assert_eq!(service.text(), before);
}

#[test]
fn only_what_is_unknown_can_be_settled() {
    let service = Service::answering(&[REFUSED, FAILED]);
    let missing = service.settle("ELB", true).unwrap_err();
    assert_eq!(missing.status(), Status::InvalidConfig);
    assert!(
        missing
            .message()
            .ends_with("cannot be opened: No such file or directory"),
        "{missing}"
    );
    assert!(!service.path().exists());
    fs::write(service.path(), "").unwrap();
    let empty = service.settle("ELB", true).unwrap_err();
    assert!(empty.message().ends_with(" is empty"), "{empty}");
    service.push("ELB").unwrap_err();
    service.client().push(ID, "p", "WAF").unwrap_err();
    let before = service.text();
    for (id, project, name) in [(ID, "p", "ELB"), (ID, "q", "WAF"), (OTHER, "p", "WAF")] {
        let error = settle(service.path(), id, project, name, true).unwrap_err();
        assert_eq!(error.status(), Status::InvalidConfig);
        let expected =
            format!("knows of no push of {id} to {name} in {project} that is to be settled");
        assert!(error.message().ends_with(&expected), "{error}");
    }
    let error = settle(service.path(), "short", "p", "WAF", true).unwrap_err();
    assert_eq!(error.status(), Status::InvalidArgument);
    assert_eq!(service.text(), before);
}

#[test]
fn what_is_unsettled_is_listed_with_the_oldest_first() {
    let service = Service::answering(&[FAILED]);
    let damaged = line("begin", "").replace(ID, "short");
    let text = header(&service) + &line("begin", "").replace("ELB", "waf") + &damaged;
    fs::write(service.path(), text).unwrap();
    for name in ["ELB", "CDN"] {
        service.push(name).unwrap_err();
    }
    let services = || -> Vec<String> {
        let reports = unsettled(service.path()).unwrap();
        for report in &reports {
            assert_eq!(report.status(), Status::Unsettled);
            assert_eq!(report.outcome(), Outcome::Unknown);
            let of = (report.certificate_id(), report.target_project());
            assert_eq!(of, (Some(ID), Some("p")));
        }
        let services = reports.iter().filter_map(|it| it.target_service());
        services.map(str::to_owned).collect()
    };
    let all = services();
    assert_eq!((all.len(), &*all[0]), (3, "WAF"));
    for name in &all {
        service.settle(name, true).unwrap();
    }
    assert!(services().is_empty());
    let before = service.text();
    let in_use = service.client();
    let error = unsettled(service.path()).unwrap_err();
    assert!(error.message().contains("is in use"), "{error}");
    drop(in_use);
    assert_eq!(service.text(), before);
    let error = unsettled(service.folder.path().join("no")).unwrap_err();
    assert_eq!(error.status(), Status::InvalidConfig);
}

#[test]
fn a_torn_last_line_is_dropped_and_a_whole_one_without_its_end_is_not() {
    let service = Service::answering(&[FAILED, PUSHED]);
    let (header, begin, end) = (header(&service), line("begin", ""), line("end", WAS_NOT));
    for length in [1, 20, end.len() - 2] {
        fs::write(service.path(), format!("{header}{begin}{}", &end[..length])).unwrap();
        let error = service.push("ELB").unwrap_err();
        assert_eq!(error.status(), Status::Unsettled, "{length}");
        assert_eq!(service.text(), format!("{header}{begin}"));
    }
    fs::write(
        service.path(),
        format!("{header}{}\0\0\0", &begin[..begin.len() - 5]),
    )
    .unwrap();
    assert_eq!(
        service.push("ELB").unwrap_err().status(),
        Status::ServerError
    );
    // As an editor leaves it.
    for (whole, status) in [(end.as_str(), Status::Ok), ("", Status::Unsettled)] {
        let text = format!("{header}{begin}{whole}");
        fs::write(service.path(), text.trim_end()).unwrap();
        let told = service
            .push("ELB")
            .map_or_else(|error| error.status(), |_| Status::Ok);
        assert_eq!(told, status);
        assert!(service.text().starts_with(&text));
    }
}

#[test]
fn a_journal_whose_making_was_cut_off_is_made_anew() {
    let service = Service::answering(&[PUSHED]);
    let header = header(&service);
    for length in [0, 1, 25, header.len() - 1] {
        fs::write(service.path(), &header[..length]).unwrap();
        service.push("ELB").unwrap();
        assert!(service.text().starts_with(&header), "{length}");
    }
    assert_eq!(service.asked(), 4);
}

type Change = fn(&Path);

fn aside(path: &Path) -> PathBuf {
    path.with_extension("aside")
}

fn remove(path: &Path) {
    fs::remove_file(path).unwrap();
}

fn move_away(path: &Path) {
    fs::rename(path, aside(path)).unwrap();
}

fn replace_by_a_copy(path: &Path) {
    fs::copy(path, aside(path)).unwrap();
    fs::rename(aside(path), path).unwrap();
}

fn empty(path: &Path) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_len(0).unwrap();
}

fn lengthen(path: &Path) {
    let mut file = fs::File::options().append(true).open(path).unwrap();
    file.write_all(b"\n").unwrap();
}

/// What others do to a file that is in use, and how that is told.
const CHANGES: [(Change, &str); 5] = [
    (remove, "was removed while it was in use"),
    (move_away, "was moved while it was in use"),
    (
        replace_by_a_copy,
        "was replaced by another file while it was in use",
    ),
    (
        empty,
        "was made shorter by another program while it was in use",
    ),
    (
        lengthen,
        "was made longer by another program while it was in use",
    ),
];

#[test]
fn what_happens_to_the_file_in_use_stops_the_next_push() {
    for (change, why) in CHANGES {
        let service = Service::answering(&[PUSHED]);
        let client = service.client();
        client.push(ID, "p", "ELB").unwrap();
        change(&service.path());
        for _ in 0..2 {
            let error = client.push(ID, "p", "WAF").unwrap_err();
            assert_eq!(error.status(), Status::InvalidConfig, "{error}");
            assert!(error.hint().is_some(), "{error}");
            assert!(
                !error.outcome_unknown() && error.message().contains(why),
                "{error}"
            );
        }
        // It still knows what it knew.
        assert_eq!(client.push(ID, "p", "ELB").unwrap().attempts(), 0);
        assert_eq!(service.asked(), 1);
    }
}

/// A push during whose first answer others change the journal, and what is told of it.
struct Changed {
    server: FaultServer,
    folder: tempfile::TempDir,
    log: Arc<Mutex<Vec<String>>>,
    message: String,
    lost: Option<JournalLost>,
}

impl Changed {
    fn by(change: Change) -> Changed {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (changed, is_done) = (path.clone(), AtomicUsize::new(0));
        let server = FaultServer::start(Kind::Plain, move |peer| {
            while peer.read_request().is_some() {
                if is_done.fetch_add(1, Ordering::SeqCst) == 0 {
                    change(&changed);
                }
                peer.write(PUSHED.as_bytes());
            }
        });
        let log = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&log);
        let config = server.config().journal(&path).log(move |level, line| {
            if level == Level::Warning {
                lines.lock().unwrap().push(line.to_owned());
            }
        });
        let client = certpush::Client::new(&config).unwrap();
        assert_eq!(client.journal_lost(), None);
        let receipt = client.push(ID, "p", "ELB").unwrap();
        Changed {
            message: receipt.report().message().to_owned(),
            lost: client.journal_lost(),
            server,
            folder,
            log,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    /// The same push of a later client with the same journal.
    fn again(&self) -> Result<Receipt, Error> {
        let client = certpush::Client::new(&self.server.config().journal(self.path()))?;
        client.push(ID, "p", "ELB")
    }
}

#[test]
fn what_happens_to_the_file_while_a_push_is_under_way_is_told_as_it_is() {
    for (change, why) in CHANGES {
        let changed = Changed::by(change);
        let lost = changed.lost.as_ref().unwrap();
        assert!(
            changed.message.contains(why) && lost.to_string().contains(why),
            "{}",
            changed.message
        );
        // Whoever reads the log alone is warned of it.
        let log = changed.log.lock().unwrap().join("\n");
        assert!(log.contains(why), "{log}");
        let told = &changed.message;
        let says_once_more = told.contains("a later run may make this push once more");
        let is_kept = lost.change() == JournalChange::Lengthened;
        assert_eq!(says_once_more, !is_kept, "{told}");
        match changed.again() {
            Ok(receipt) => assert!(says_once_more && receipt.attempts() == 1, "{told}"),
            // A copy that was made before, or what is in the file still, has its beginning.
            Err(error) => {
                assert_eq!(error.status(), Status::Unsettled, "{error}");
                assert!(
                    why.contains("replaced") || told.contains("calls the push unknown"),
                    "{told}"
                );
            }
        }
    }
}

#[test]
fn a_journal_that_is_put_back_has_what_ended_while_it_was_away() {
    let changed = Changed::by(move_away);
    assert!(
        changed
            .message
            .ends_with("unless it is put back, a later run may make this push once more"),
        "{}",
        changed.message
    );
    assert!(!changed.message.contains("does not have this"));
    assert_eq!(
        changed.lost.as_ref().unwrap().change(),
        JournalChange::Moved
    );
    fs::rename(aside(&changed.path()), changed.path()).unwrap();
    assert_eq!(changed.again().unwrap().attempts(), 0);
}

#[test]
fn a_journal_that_has_nothing_yet_is_new() {
    let service = Service::answering(&[PUSHED]);
    // Also one that a client has made which has pushed nothing.
    for _ in 0..2 {
        let client = service.client();
        assert!(client.journal_is_new());
        client.push("short", "p", "ELB").unwrap_err();
    }
    service.push("ELB").unwrap();
    assert!(!service.client().journal_is_new());
    fs::write(service.path(), "").unwrap();
    assert!(service.client().journal_is_new());
    let without = certpush::Client::new(&service.server.config()).unwrap();
    assert!(!without.journal_is_new());
}

#[test]
fn what_a_journal_is_refused_for_comes_with_what_to_do() {
    let service = Service::answering(&[PUSHED]);
    let hint = |config: &Config| {
        let error = Client::new(config).expect_err("it must be refused");
        error.hint().unwrap_or_default().to_owned()
    };
    let client = service.client();
    assert!(hint(&service.config()).starts_with("Wait until the other client has ended"));
    let settled = service.settle("ELB", true).unwrap_err();
    assert!(settled.hint().unwrap().starts_with("Wait until"));
    drop(client);
    fs::write(service.path(), header(&service) + "damage\n").unwrap();
    assert!(hint(&service.config()).starts_with("Mend or restore it"));
    let listed = unsettled(service.path()).unwrap_err();
    assert!(listed.hint().unwrap().starts_with("Mend or restore it"));
    fs::write(service.path(), "something else\n").unwrap();
    assert!(hint(&service.config()).starts_with("If it was a journal, restore it"));
    for path in ["none/journal", "."] {
        let path = service.folder.path().join(path);
        let told = hint(&service.server.config().journal(path));
        assert!(told.starts_with("Name a regular file"), "{told}");
    }
}

#[test]
fn a_client_that_is_looked_at_makes_no_journal_and_keeps_none_from_others() {
    let service = Service::answering(&[PUSHED]);
    let look = || certpush::Client::to_look_at(&service.config());
    let told = look().unwrap().describe().to_owned();
    assert!(told.contains("journal (not there yet: "), "{told}");
    assert!(!service.path().exists());
    let client = service.client();
    client.push(ID, "p", "ELB").unwrap();
    let before = service.text();
    let looked = look().unwrap();
    let told = looked.describe();
    assert!(
        told.contains("journal (1 pushed, 0 unsettled or under way)"),
        "{told}"
    );
    client.push(ID, "p", "WAF").unwrap();
    drop((client, looked));
    // What another client writes just now is not judged, and all else is.
    let torn = before.clone() + &before[before.rfind("{").unwrap()..before.len() - 9];
    fs::write(service.path(), &torn).unwrap();
    look().unwrap();
    assert_eq!(service.text(), torn);
    fs::write(service.path(), "").unwrap();
    assert!(look().unwrap().describe().contains("journal (empty: "));
    for (text, why) in [
        (before.clone() + "damage\n", "has no line of a journal"),
        ("something else\n".to_owned(), "is no journal of certpush"),
        ("something else".to_owned(), "is no journal of certpush"),
    ] {
        fs::write(service.path(), &text).unwrap();
        let error = look().unwrap_err();
        assert!(error.message().contains(why), "{error}");
        assert_eq!(service.text(), text);
    }
    let nowhere = service.server.config().journal("/no/such/folder/journal");
    let error = certpush::Client::to_look_at(&nowhere).unwrap_err();
    assert_eq!(error.status(), Status::InvalidConfig, "{error}");
}

#[test]
fn empty_lines_in_a_journal_say_nothing() {
    let service = Service::answering(&[PUSHED]);
    service.push("ELB").unwrap();
    let text = service.text().replace('\n', "\n\n");
    fs::write(service.path(), format!("{text}\r\n \n")).unwrap();
    assert_eq!(service.push("ELB").unwrap().attempts(), 0);
    service.push("WAF").unwrap();
    assert_eq!(service.push("WAF").unwrap().attempts(), 0);
}

/// A daemon closes all descriptors, and what it opens next gets their numbers.
#[test]
fn a_strangers_file_under_the_journals_number_is_left_alone() {
    let service = Service::answering(&[PUSHED]);
    let client = service.client();
    client.push(ID, "p", "ELB").unwrap();
    let is_journal =
        |link: &fs::DirEntry| fs::read_link(link.path()).is_ok_and(|path| path == service.path());
    let descriptors = fs::read_dir("/proc/self/fd").unwrap().map(Result::unwrap);
    let numbers: Vec<i32> = descriptors
        .filter(is_journal)
        .map(|link| link.file_name().to_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!(numbers.len(), 1);
    assert!(numbers[0] >= 3);
    let mut stranger = tempfile::tempfile().unwrap();
    // SAFETY: the number is open, and whoever owns it looks whether it still is the journal's.
    let mut number = unsafe { OwnedFd::from_raw_fd(numbers[0]) };
    rustix::io::dup2(&stranger, &mut number).unwrap();
    let error = client.push(ID, "p", "WAF").unwrap_err();
    assert_eq!(
        (error.status(), error.outcome_unknown()),
        (Status::InvalidConfig, false)
    );
    assert!(
        error.message().contains("was closed by the program"),
        "{error}"
    );
    assert_eq!(client.push(ID, "p", "ELB").unwrap().attempts(), 0);
    drop(client);
    // It is still open, and nothing was written to it.
    let mut copy = fs::File::from(number);
    copy.write_all(b"its own").unwrap();
    let mut text = String::new();
    stranger.rewind().unwrap();
    stranger.read_to_string(&mut text).unwrap();
    assert_eq!((text.as_str(), service.asked()), ("its own", 1));
}

#[test]
fn one_off_calls_keep_it_too() {
    let service = Service::answering(&[PUSHED]);
    for attempts in [1, 0, 0] {
        let client = certpush::Client::one_off(&service.config()).unwrap();
        assert_eq!(client.push(ID, "p", "ELB").unwrap().attempts(), attempts);
    }
    assert_eq!(service.asked(), 1);
}

#[test]
fn what_a_journal_cannot_keep_is_not_made() {
    let service = Service::answering(&[PUSHED]);
    let error = service
        .client()
        .batch_push(ID, &["p", "q"], "ELB")
        .unwrap_err();
    let error = error.error();
    assert_eq!(error.status(), Status::InvalidConfig);
    assert!(
        error
            .message()
            .starts_with("option journal keeps no batch_push:"),
        "{error}"
    );
    // Whose variable it was is told so.
    let mut config = service.server.config();
    let path = service.path().into_os_string();
    config.set_environment([("CERTPUSH_JOURNAL".into(), path)]);
    config.load_env().unwrap();
    for error in [
        certpush::Client::check_batch_push(&config).unwrap_err(),
        Client::new(&config)
            .unwrap()
            .batch_push(ID, &["p", "q"], "ELB")
            .unwrap_err()
            .error()
            .clone(),
    ] {
        let start = "variable CERTPUSH_JOURNAL keeps no batch_push:";
        assert!(error.message().starts_with(start), "{error}");
    }
    assert!(certpush::Client::check_batch_push(&service.server.config()).is_ok());
    assert_eq!((service.asked(), service.text()), (0, header(&service)));
    // To connect changes nothing.
    service.client().connect().unwrap();
}

#[test]
fn a_relative_path_is_where_the_program_was_then() {
    let service = Service::answering(&[PUSHED]);
    let mut config = service.server.config();
    config
        .set("journal", "target/no-such-folder/journal")
        .unwrap();
    let here = std::env::current_dir().unwrap();
    let told = refusal(&config);
    assert!(
        told.contains(&format!("journal {}/target/no-such-folder", here.display())),
        "{told}"
    );
    assert!(config.set("journal", "").is_err());
}
