//! Runs a client as the harness asks on standard input; `benches/README.md` has the protocol.

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The certificate that every client pushes.
pub const CERTIFICATE_ID: &str = "scs1600313391074";
/// Where every client pushes to.
pub const TARGET_PROJECT: &str = "ap-southeast-3";
/// What serves the certificate there.
pub const TARGET_SERVICE: &str = "ELB";

/// Where to push, and with what.
pub struct Target {
    /// `http://HOST:PORT` or `https://HOST:PORT`.
    pub endpoint: String,
    /// The only authority to trust; `None` trusts what the library trusts by itself.
    pub ca_file: Option<PathBuf>,
    /// The X-Auth-Token.
    pub token: String,
}

impl Target {
    fn from_arguments() -> Target {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let [endpoint, ca_file, token_file] = arguments.as_slice() else {
            panic!("arguments: ENDPOINT CA_FILE TOKEN_FILE");
        };
        let token = std::fs::read_to_string(token_file).expect("the token file can be read");
        Target {
            endpoint: endpoint.clone(),
            ca_file: (!ca_file.is_empty()).then(|| ca_file.into()),
            token: token.trim_end().to_owned(),
        }
    }
}

/// A client that any number of threads may share.
pub trait Client: Sync {
    /// Pushes once. Panics unless the answer is 204.
    fn push(&self);
}

/// Answers the harness until it has nothing more to ask.
pub fn run<C: Client>(new: impl FnOnce(&Target) -> C) {
    let client = new(&Target::from_arguments());
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("the harness writes text");
        let words: Vec<&str> = line.split(' ').collect();
        let number = |text: &str| -> usize { text.parse().expect("a number") };
        let answer = match words.as_slice() {
            ["push", count] => push_many(&client, number(count)),
            ["time", count] => time_many(&client, number(count)),
            ["threads", threads, count] => push_in_threads(&client, number(threads), number(count)),
            _ => panic!("unknown request: {line}"),
        };
        let mut output = std::io::stdout().lock();
        writeln!(output, "{answer}").expect("the harness reads");
    }
}

fn push_many(client: &impl Client, count: usize) -> String {
    for _ in 0..count {
        client.push();
    }
    String::new()
}

fn push_in_threads(client: &impl Client, threads: usize, count: usize) -> String {
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| push_many(client, count / threads));
        }
    });
    String::new()
}

fn time_many(client: &impl Client, count: usize) -> String {
    let mut took = Vec::with_capacity(count);
    let cpu = cpu_time();
    for _ in 0..count {
        let start = Instant::now();
        client.push();
        took.push(start.elapsed());
    }
    let numbers = std::iter::once(cpu_time() - cpu).chain(took);
    let texts: Vec<String> = numbers.map(|time| time.as_nanos().to_string()).collect();
    texts.join(" ")
}

/// The processor time that all threads of this process have used.
fn cpu_time() -> Duration {
    let mut used = std::mem::MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: the pointer can be written to, and after a success all of it is.
    let used = unsafe {
        assert_eq!(libc::getrusage(libc::RUSAGE_SELF, used.as_mut_ptr()), 0);
        used.assume_init()
    };
    [used.ru_utime, used.ru_stime]
        .iter()
        .map(|time| {
            let seconds = u64::try_from(time.tv_sec).expect("not negative");
            let microseconds = u64::try_from(time.tv_usec).expect("not negative");
            Duration::from_secs(seconds) + Duration::from_micros(microseconds)
        })
        .sum()
}
