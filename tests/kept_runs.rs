//! Runs of many pushes with a journal: what a later run sends, and what is left after a run that was
//! killed or had no room on the disk. Every target is pushed once, but for what is named as unknown.

mod faults;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use certpush::{
    Config, Level, PushAllError, PushAllOptions, PushAllReport, PushList, Report, Status, settle,
};
use faults::{Client, FaultServer, Kind, TOKEN};

const PUSHED: &str = "HTTP/1.1 204 No Content\r\nX-Request-Id: r-1\r\n\r\n";
const REFUSED: &str = "HTTP/1.1 400 X\r\nContent-Length: 25\r\n\r\n{\"error_code\":\"SCM.0201\"}";
const FAILED: &str = "HTTP/1.1 500 X\r\nContent-Length: 25\r\n\r\n{\"error_code\":\"SCM.0222\"}";

/// A service that knows how often each certificate was pushed.
struct Service {
    server: FaultServer,
    pushed: Arc<Mutex<BTreeMap<String, usize>>>,
    asked: Arc<AtomicUsize>,
    folder: tempfile::TempDir,
}

impl Service {
    fn start(answer: impl Fn(usize, &str) -> &'static str + Send + Sync + 'static) -> Service {
        let pushed: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
        let asked = Arc::new(AtomicUsize::new(0));
        let (kept, counted) = (Arc::clone(&pushed), Arc::clone(&asked));
        let server = FaultServer::start(Kind::Plain, move |peer| {
            while let Some(request) = peer.read_request() {
                // One that was cut off in the middle is none.
                if !request.ends_with('}') {
                    return;
                }
                let id = request.split('/').nth(4).unwrap().to_owned();
                let number = counted.fetch_add(1, Ordering::SeqCst);
                let answer = answer(number, &id);
                if answer == PUSHED {
                    *kept.lock().unwrap().entry(id).or_default() += 1;
                }
                peer.write(answer.as_bytes());
            }
        });
        Service {
            server,
            pushed,
            asked,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn journal(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    fn config(&self) -> Config {
        self.server.config().journal(self.journal()).jobs(4)
    }

    /// A run of a client of its own.
    fn run(&self, list: &PushList) -> PushAllReport {
        self.run_with(list, &PushAllOptions::new())
    }

    fn run_with(&self, list: &PushList, options: &PushAllOptions) -> PushAllReport {
        let client = Client::new(&self.config()).unwrap();
        whole(client.push_all_with(list, options, |_, _| ControlFlow::Continue(())))
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn pushed(&self) -> BTreeMap<String, usize> {
        self.pushed.lock().unwrap().clone()
    }
}

fn whole(outcome: Result<PushAllReport, PushAllError>) -> PushAllReport {
    match outcome {
        Ok(report) => report,
        Err(PushAllError::Incomplete(report)) => report,
        Err(PushAllError::Failed(error)) => panic!("{error}"),
    }
}

fn id_of(number: usize) -> String {
    format!("scs{number:013}")
}

fn list_of(numbers: impl IntoIterator<Item = usize>) -> PushList {
    let mut list = PushList::new();
    for number in numbers {
        list.add(&id_of(number), "p", "ELB").unwrap();
    }
    list
}

fn statuses(report: &PushAllReport) -> BTreeMap<Status, usize> {
    let mut counts = BTreeMap::new();
    for report in report.reports() {
        *counts.entry(report.status()).or_default() += 1;
    }
    counts
}

#[test]
fn a_later_run_sends_what_was_not_pushed_and_nothing_else() {
    let is_mended = Arc::new(AtomicBool::new(false));
    let mended = Arc::clone(&is_mended);
    let service = Service::start(move |_, id| match id[3..].parse::<usize>().unwrap() % 5 {
        _ if mended.load(Ordering::SeqCst) => PUSHED,
        0 => REFUSED,
        1 => FAILED,
        _ => PUSHED,
    });
    let list = list_of(0..50);
    let first = service.run(&list);
    let expected = [
        (Status::Ok, 30),
        (Status::BadRequest, 10),
        (Status::ServerError, 10),
    ];
    assert_eq!(statuses(&first), BTreeMap::from(expected));
    is_mended.store(true, Ordering::SeqCst);
    let second = service.run(&list);
    let expected = [(Status::Ok, 40), (Status::Unsettled, 10)];
    assert_eq!(statuses(&second), BTreeMap::from(expected));
    let counts = second.counts();
    assert_eq!(
        (counts.pushed_earlier, counts.unknown, service.asked()),
        (30, 10, 60)
    );
    assert_eq!(
        second.report().message(),
        "50 targets: 40 pushed (30 earlier), 0 not pushed, 10 unknown, 0 not tried"
    );
    for report in second
        .reports()
        .iter()
        .filter(|it| it.status() == Status::Unsettled)
    {
        assert!(
            report
                .message()
                .contains("ended with CERTPUSH_SERVER_ERROR on 20")
        );
        assert_eq!((report.attempts(), report.outcome_unknown()), (0, true));
    }
    for number in (0..50).filter(|number| number % 5 == 1) {
        settle(
            service.journal(),
            &id_of(number),
            "p",
            "elb",
            number % 2 == 0,
        )
        .unwrap();
    }
    let third = service.run(&list);
    assert_eq!((third.counts().pushed, service.asked()), (50, 65));
    assert!(third.into_result().is_ok());
    // All are known now, and none is asked for.
    let fourth = service.run(&list);
    assert_eq!((fourth.counts().pushed_earlier, service.asked()), (50, 65));
    assert_eq!(fourth.report().attempts(), 0);
}

#[test]
fn once_more_is_for_what_was_pushed_and_leaves_what_is_unknown_alone() {
    let service = Service::start(|number, _| if number == 3 { FAILED } else { PUSHED });
    let list = list_of(0..10);
    assert_eq!(service.run(&list).counts().unknown, 1);
    let again = PushAllOptions::new().again(true);
    let report = service.run_with(&list, &again);
    let expected = [(Status::Ok, 9), (Status::Unsettled, 1)];
    assert_eq!(statuses(&report), BTreeMap::from(expected));
    assert_eq!((report.counts().pushed_earlier, service.asked()), (0, 19));
}

#[test]
fn another_list_may_have_the_same_journal() {
    let service = Service::start(|_, _| PUSHED);
    service.run(&list_of(0..20)).into_result().unwrap();
    // A place in a list means nothing, and nor does a service's case.
    let mut other = PushList::new();
    for number in (10..30).rev() {
        other.add(&id_of(number), "p", "elb").unwrap();
    }
    let report = service.run(&other);
    assert_eq!(
        (report.counts().pushed, report.counts().pushed_earlier),
        (20, 10)
    );
    let client = Client::new(&service.config()).unwrap();
    assert_eq!(client.push(&id_of(29), "p", "ELB").unwrap().attempts(), 0);
    assert!(service.pushed().values().all(|count| *count == 1));
}

#[test]
fn of_two_runs_at_once_with_one_journal_the_second_is_refused() {
    let service = Service::start(|_, _| PUSHED);
    let client = Client::new(&service.config()).unwrap();
    let mut run = client
        .start_push_all(&list_of(0..20), &PushAllOptions::new())
        .unwrap();
    run.wait(Duration::from_secs(30));
    let error = Client::new(&service.config()).err().unwrap();
    assert_eq!(error.status(), Status::InvalidConfig);
    assert!(
        error.message().contains("is in use by another client"),
        "{error}"
    );
    assert_eq!(run.finish().counts().pushed, 20);
}

#[test]
fn two_runs_of_one_client_push_no_target_twice() {
    let service = Service::start(|_, _| {
        thread::sleep(Duration::from_millis(2));
        PUSHED
    });
    let client = Client::new(&service.config()).unwrap();
    let lists = [list_of(0..60), list_of((20..80).rev())];
    thread::scope(|scope| {
        let runs = [0, 1].map(|number| {
            let (client, list) = (&client, &lists[number]);
            scope.spawn(move || whole(client.push_all(list)))
        });
        for run in runs {
            let report = run.join().unwrap();
            // What the other run was pushing at that moment is unsettled for this one.
            let counts = report.counts();
            assert_eq!(
                counts.pushed + counts.unknown,
                60,
                "{}",
                report.report().message()
            );
            let is_known = |it: &&Report| matches!(it.status(), Status::Ok | Status::Unsettled);
            assert!(report.reports().iter().all(|it| is_known(&it)));
        }
    });
    assert_eq!(service.pushed().len(), 80);
    assert!(service.pushed().values().all(|count| *count == 1));
    drop(client);
    let last = service.run(&list_of(0..80));
    assert_eq!(last.counts().pushed_earlier, 80);
}

#[test]
fn a_journal_that_is_lost_is_warned_of_when_the_run_ends_and_not_when_it_is_dropped() {
    for is_dropped in [false, true] {
        let service = Service::start(|_, _| PUSHED);
        let warnings = Arc::new(Mutex::new(Vec::new()));
        let (told, here) = (Arc::clone(&warnings), thread::current().id());
        let config = service.config().log(move |level, line| {
            assert_eq!(thread::current().id(), here);
            if level == Level::Warning {
                told.lock().unwrap().push(line.to_owned());
            }
        });
        let client = certpush::Client::new(&config).unwrap();
        let list = list_of(0..1);
        let mut run = client
            .start_push_all(&list, &PushAllOptions::new())
            .unwrap();
        while run.report(0).is_none() {
            let _ = run.wait(Duration::from_millis(10));
        }
        // All has ended, and nobody has been told that it is over.
        fs::remove_file(service.journal()).unwrap();
        if is_dropped {
            drop(run);
        } else {
            let _ = run.finish();
        }
        let warnings = warnings.lock().unwrap().join("\n");
        assert_eq!(warnings.contains("was removed"), !is_dropped, "{warnings}");
    }
}

#[test]
fn a_journal_that_is_lost_in_the_middle_stops_the_run() {
    let service = Service::start(|_, _| {
        thread::sleep(Duration::from_millis(2));
        PUSHED
    });
    let client = Client::new(&service.config()).unwrap();
    let list = list_of(0..200);
    let path = service.journal();
    let mut told = 0;
    let outcome = client.push_all_with(&list, &PushAllOptions::new(), |_, _| {
        told += 1;
        if told == 20 {
            fs::rename(&path, path.with_extension("old")).unwrap();
        }
        ControlFlow::Continue(())
    });
    let report = whole(outcome);
    let why = format!(
        "the journal could not be kept: journal {} was moved while it was in use",
        path.display()
    );
    assert_eq!(report.stopped(), Some(&*why));
    let counts = report.counts();
    assert!((20..60).contains(&counts.pushed), "{counts:?}");
    assert_eq!((counts.pushed, counts.unknown), (service.asked(), 0));
    let refused = report
        .reports()
        .iter()
        .find(|it| it.status() == Status::InvalidConfig);
    assert!(
        refused
            .unwrap()
            .message()
            .contains("was moved while it was in use")
    );
    // What was pushed is where the file is now.
    drop(client);
    fs::rename(path.with_extension("old"), &path).unwrap();
    let report = service.run(&list);
    assert_eq!(
        (report.counts().pushed, report.counts().pushed_earlier),
        (200, counts.pushed)
    );
    assert!(service.pushed().values().all(|count| *count == 1));
}

// What follows runs in processes of its own, which are killed or get no room on the disk.

/// What a process of its own is told by variables.
const ENDPOINT: &str = "CERTPUSH_TEST_ENDPOINT";
const JOURNAL: &str = "CERTPUSH_TEST_JOURNAL";
const RESULT: &str = "CERTPUSH_TEST_RESULT";
const ENTRIES: &str = "CERTPUSH_TEST_ENTRIES";
/// How long a file of that process may be, if that is limited.
const LONGEST_FILE: &str = "CERTPUSH_TEST_LONGEST_FILE";
/// After so many entries the disk of that process fills up, if it does.
const FULL_AFTER: &str = "CERTPUSH_TEST_FULL_AFTER";

/// Pushes a list as the variables say, and writes down what became of each entry. Without them it has
/// a process do that.
#[test]
fn a_run_in_a_process_of_its_own() {
    if env::var_os(ENDPOINT).is_none() {
        let service = Service::start(|_, _| PUSHED);
        let run = OwnProcess::of(&service, 40);
        assert!(run.start(&[]).wait().unwrap().success());
        assert_eq!(
            run.told(),
            BTreeMap::from_iter((0..40).map(|it| (id_of(it), "OK".to_owned())))
        );
        assert_eq!(service.pushed().len(), 40);
        return;
    }
    let variable = |name| env::var(name).unwrap();
    if let Ok(longest) = env::var(LONGEST_FILE) {
        limit_files(Some(longest.parse().unwrap()));
    }
    let config = Config::new()
        .endpoint(variable(ENDPOINT))
        .token(TOKEN)
        .journal(variable(JOURNAL))
        .jobs(8)
        .retries(0);
    let client = Client::new(&config).unwrap();
    let list = list_of(0..variable(ENTRIES).parse().unwrap());
    let full_after = env::var(FULL_AFTER).map_or(usize::MAX, |count| count.parse().unwrap());
    let filler = Path::new(&variable(JOURNAL)).with_extension("filler");
    let mut ended = 0;
    let outcome = client.push_all_with(&list, &PushAllOptions::new(), |_, _| {
        ended += 1;
        if ended == full_after {
            fill_up(&filler);
        }
        ControlFlow::Continue(())
    });
    let report = whole(outcome);
    if env::var_os(LONGEST_FILE).is_some() {
        limit_files(None);
    }
    let lines = report.reports().iter().map(|report| {
        let id = report.certificate_id().unwrap();
        format!("{id} {} {}\n", report.status(), report.message())
    });
    fs::write(variable(RESULT), lines.collect::<String>()).unwrap();
    fs::write(
        Path::new(&variable(RESULT)).with_extension("whole"),
        report.report().message(),
    )
    .unwrap();
    let _ = fs::remove_file(filler);
}

fn limit_files(current: Option<u64>) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limit = Rlimit {
        current,
        maximum: None,
    };
    setrlimit(Resource::Fsize, limit).unwrap();
}

fn fill_up(path: &Path) {
    use std::io::Write;
    let mut file = fs::File::create(path).unwrap();
    for size in [4096, 512, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

/// Runs of one list with one journal, each in a process of its own.
struct OwnProcess {
    endpoint: String,
    journal: PathBuf,
    result: PathBuf,
    entries: usize,
}

impl OwnProcess {
    fn of(service: &Service, entries: usize) -> OwnProcess {
        OwnProcess {
            endpoint: service.server.url(),
            journal: service.journal(),
            result: service.folder.path().join("result"),
            entries,
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "a_run_in_a_process_of_its_own", "--nocapture"]);
        self.with_variables(command)
    }

    fn with_variables(&self, mut command: Command) -> Command {
        let _ = fs::remove_file(&self.result);
        command
            .env(ENDPOINT, &self.endpoint)
            .env(JOURNAL, &self.journal)
            .env(RESULT, &self.result)
            .env(ENTRIES, self.entries.to_string())
            // Its files may be limited; what is told is that of other runs.
            .env_remove("TRANSCRIPTS")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    fn start(&self, more: &[(&str, String)]) -> Child {
        let mut command = self.command();
        command.envs(more.iter().map(|(name, value)| (name, value)));
        command.spawn().unwrap()
    }

    /// The status of each entry, as the last run has written it.
    fn told(&self) -> BTreeMap<String, String> {
        let text = fs::read_to_string(&self.result).unwrap();
        let entries = text.lines().map(|line| {
            let mut words = line.split(' ').map(str::to_owned);
            (words.next().unwrap(), words.next().unwrap())
        });
        entries.collect()
    }

    fn whole(&self) -> String {
        fs::read_to_string(self.result.with_extension("whole")).unwrap()
    }

    /// Each target was pushed once, but for those that the last run names as unknown; and once those
    /// are settled as they are, all are.
    fn check(&self, service: &Service, seed: u64) -> usize {
        let told = self.told();
        assert_eq!(told.len(), self.entries, "seed {seed}");
        let pushed = service.pushed();
        let unknown: BTreeSet<_> = told
            .iter()
            .filter(|(_, status)| *status == "UNSETTLED")
            .map(|(id, _)| id.clone())
            .collect();
        for (id, status) in &told {
            let times = pushed.get(id).copied().unwrap_or_default();
            assert!(times <= 1, "seed {seed}: {id} was pushed {times} times");
            if !unknown.contains(id) {
                assert_eq!((status.as_str(), times), ("OK", 1), "seed {seed}: {id}");
            }
        }
        for id in &unknown {
            settle(&self.journal, id, "p", "ELB", pushed.contains_key(id)).unwrap();
        }
        assert!(self.start(&[]).wait().unwrap().success());
        assert!(
            self.told().values().all(|status| status == "OK"),
            "seed {seed}"
        );
        let pushed = service.pushed();
        assert_eq!(pushed.len(), self.entries, "seed {seed}");
        assert!(pushed.values().all(|times| *times == 1), "seed {seed}");
        unknown.len()
    }
}

fn seed() -> u64 {
    let seed =
        env::var("CERTPUSH_TEST_SEED").map_or_else(|_| fastrand::u64(..), |it| it.parse().unwrap());
    println!("CERTPUSH_TEST_SEED={seed}");
    seed
}

#[test]
fn after_kill_9_at_any_moment_every_target_is_pushed_once() {
    const KILLS: usize = 50;
    let seed = seed();
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut kills, mut runs, mut unknown) = (0, 0, 0);
    while kills < KILLS {
        let slow = random.u64(1..6);
        let service = Service::start(move |_, _| {
            thread::sleep(Duration::from_millis(slow));
            PUSHED
        });
        let run = OwnProcess::of(&service, random.usize(20..120));
        // Until a run is faster than its end.
        let mut is_through = false;
        while kills < KILLS && !is_through {
            let mut child = run.start(&[]);
            runs += 1;
            let until = service.asked() + random.usize(0..40);
            let begun = Instant::now();
            while service.asked() < until && child.try_wait().unwrap().is_none() {
                assert!(begun.elapsed() < Duration::from_secs(60), "seed {seed}");
                thread::yield_now();
            }
            (0..random.usize(..2000)).for_each(|_| std::hint::spin_loop());
            is_through = child.try_wait().unwrap().is_some();
            if !is_through {
                child.kill().unwrap();
                kills += 1;
            }
            child.wait().unwrap();
        }
        assert!(run.start(&[]).wait().unwrap().success(), "seed {seed}");
        unknown += run.check(&service, seed);
    }
    println!("{kills} of {runs} runs were killed; {unknown} targets had to be settled");
    assert!(
        unknown > 0,
        "seed {seed}: no kill was in the middle of a push"
    );
}

#[test]
fn where_a_file_may_grow_no_longer_every_target_is_pushed_once() {
    let seed = seed();
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..6 {
        let service = Service::start(|_, _| PUSHED);
        let run = OwnProcess::of(&service, 200);
        let mut longest = random.usize(2_000..20_000);
        let mut stopped = 0;
        loop {
            let limit = (LONGEST_FILE, longest.to_string());
            // SIGXFSZ would end the process.
            assert!(run.start(&[limit]).wait().unwrap().success(), "seed {seed}");
            let told = run.told();
            // What was answered was written down: no end had no room.
            assert!(
                !told.values().any(|status| status == "UNSETTLED"),
                "seed {seed}"
            );
            if told.values().all(|status| status == "OK") {
                break;
            }
            // Where it was the last entry that had no room, nothing was left to stop.
            let was_stopped = told.values().any(|status| status == "NOT_TRIED");
            assert_eq!(
                run.whole().contains("the journal could not be kept"),
                was_stopped,
                "seed {seed}: {}",
                run.whole()
            );
            let text = fs::read_to_string(&run.result).unwrap();
            assert!(
                text.contains("that a file of this process may have (ulimit -f)"),
                "{text}"
            );
            stopped += 1;
            longest += random.usize(5_000..40_000);
        }
        assert!(stopped > 0, "seed {seed}");
        assert_eq!(run.check(&service, seed), 0);
    }
}

/// A command that runs another with a small disk of its own at a folder, if the system allows that.
fn with_small_disk(folder: &Path, kilobytes: usize) -> Option<Command> {
    let mount = format!(
        "mount -t tmpfs -o size={kilobytes}k,mode=700 certpush-test '{}'",
        folder.display()
    );
    for own in [
        ["--mount", "--"].as_slice(),
        &["--mount", "--map-root-user", "--"],
    ] {
        let mut command = Command::new("unshare");
        command.args(own).args(["sh", "-c"]);
        let mut trial = Command::new("unshare");
        trial
            .args(own)
            .args(["sh", "-c", &mount])
            .stderr(Stdio::null());
        if trial.status().is_ok_and(|status| status.success()) {
            command.arg(format!("{mount} && \"$@\"")).arg("sh");
            return Some(command);
        }
    }
    None
}

/// Runs of one list whose disk fills up at a random moment of each, all in one process that has the
/// disk; `a_file_may_grow_no_longer` stands in for it where no disk can be made.
#[test]
fn on_a_full_disk_every_target_is_pushed_once() {
    let seed = seed();
    let mut random = fastrand::Rng::with_seed(seed);
    let service = Service::start(|_, _| PUSHED);
    let disk = service.folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let Some(mut command) = with_small_disk(&disk, 640) else {
        println!("no disk can be made here: see a_file_may_grow_no_longer");
        return;
    };
    let run = OwnProcess {
        journal: disk.join("journal"),
        ..OwnProcess::of(&service, 900)
    };
    // The disk lives as long as the shell: it runs the list until it is through, and once more.
    let this = env::current_exe().unwrap();
    let runs: Vec<_> = (0..6).map(|_| random.usize(1..140).to_string()).collect();
    let script = format!(
        "for full in {}; do {FULL_AFTER}=$full \"$0\" \"$@\" || exit 1; cp \"${RESULT}\" \"${RESULT}.$full\"; done; \"$0\" \"$@\"",
        runs.join(" ")
    );
    command.args(["sh", "-c", &script]).arg(this);
    command.args(["--exact", "a_run_in_a_process_of_its_own", "--nocapture"]);
    let status = run.with_variables(command).status().unwrap();
    assert!(status.success(), "seed {seed}");
    let mut stopped = 0;
    for full in &runs {
        let text = fs::read_to_string(run.result.with_extension(full)).unwrap_or_else(|_| {
            fs::read_to_string(format!("{}.{full}", run.result.display())).unwrap()
        });
        assert!(!text.contains(" UNSETTLED "), "seed {seed}");
        stopped += usize::from(text.contains("cannot be written: No space left on device"));
    }
    println!(
        "{stopped} of {} runs were stopped by a full disk",
        runs.len()
    );
    assert!(stopped > 0, "seed {seed}");
    assert!(
        run.told().values().all(|status| status == "OK"),
        "seed {seed}: {}",
        run.whole()
    );
    let pushed = service.pushed();
    assert_eq!(pushed.len(), run.entries, "seed {seed}");
    assert!(pushed.values().all(|times| *times == 1), "seed {seed}");
}
