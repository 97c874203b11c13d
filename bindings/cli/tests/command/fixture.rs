//! A simulated service, and the command started against it.

use std::ffi::OsStr;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use certpush_sim::{Sim, SimOptions, scenarios_from_json};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const ID: &str = "scs1600313391074";
/// No other text has any part of it.
pub(crate) const TOKEN: &str = "Zx9Qv7Zx9Qv7Zx9Qv7Zx9Qv7Zx9Qv7Zx9Qv7";
pub(crate) const PART_OF_TOKEN: &str = "Zx9Qv7";

/// A service that knows one token, and the files that a caller of it needs.
pub(crate) struct Service {
    pub(crate) sim: Sim,
    folder: TempDir,
}

impl Service {
    pub(crate) fn start() -> Service {
        Service::answering(r#"{"scenarios": []}"#)
    }

    /// A service that answers some certificate ids as `scenarios` says.
    pub(crate) fn answering(scenarios: &str) -> Service {
        Service::with_projects(scenarios, true)
    }

    /// As [`answering`](Service::answering); the account has the built-in projects, or any.
    pub(crate) fn with_projects(scenarios: &str, any_project: bool) -> Service {
        let sim = Sim::start(SimOptions {
            tokens: vec![TOKEN.to_owned()],
            scenarios: scenarios_from_json(scenarios).unwrap(),
            any_project,
            ..SimOptions::default()
        })
        .unwrap();
        let folder = TempDir::new().unwrap();
        sim.write_ca(folder.path().join("ca.pem")).unwrap();
        let token_file = folder.path().join("token");
        std::fs::write(&token_file, TOKEN).unwrap();
        // As a secret's file is kept: otherwise there is a warning.
        let own = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&token_file, own).unwrap();
        Service { sim, folder }
    }

    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    pub(crate) fn token_file(&self) -> PathBuf {
        self.folder.path().join("token")
    }

    /// A file of this name beside the token's.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A list of these pushes: id, project and service, with commas between.
    pub(crate) fn list(&self, name: &str, pushes: &[impl AsRef<str>]) -> PathBuf {
        let header = "certificate_id,target_project,target_service";
        let lines = pushes.iter().map(AsRef::as_ref);
        let text: String = std::iter::once(header)
            .chain(lines)
            .map(|line| format!("{line}\n"))
            .collect();
        self.file(name, text)
    }

    /// A push of that list.
    pub(crate) fn push_all(&self, list: &Path) -> Command {
        let mut command = self.command("push-all");
        command.arg(list);
        command
    }

    /// The command with the service's address, and no credentials of its own: a test adds some.
    pub(crate) fn anonymous(&self, verb: &str) -> Command {
        let mut command = certpush([verb]);
        command
            .args(["--endpoint", &self.sim.https_url(), "--ca-file"])
            .arg(self.ca_file());
        command
    }

    /// The command with the service's address, which shall find no credentials: but for the option,
    /// it would ask the machine's metadata service.
    pub(crate) fn without_credentials(&self, verb: &str) -> Command {
        let mut command = self.anonymous(verb);
        command.args(["--credentials", "token"]);
        command
    }

    /// The command with the service's address and a token file.
    pub(crate) fn command(&self, verb: &str) -> Command {
        let mut command = self.anonymous(verb);
        command.arg("--token-file").arg(self.token_file());
        command
    }

    /// A push of `id` to the load balancers of a region.
    pub(crate) fn push(&self, id: &str) -> Command {
        let mut command = self.command("push");
        command.args(target(id));
        command
    }
}

/// The arguments that say what is pushed where.
pub(crate) fn target(id: &str) -> [&str; 5] {
    [id, "--project", "ap-southeast-3", "--service", "ELB"]
}

/// The command in an empty environment, with nothing on standard input.
pub(crate) fn certpush(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certpush"));
    command.args(arguments).env_clear().stdin(Stdio::null());
    command
}

/// A push over plain http to `listener`, which the test plays itself.
pub(crate) fn push_to(listener: &TcpListener) -> Command {
    let mut command = certpush(["push"]);
    command
        .args(target(ID))
        .arg("--endpoint")
        .arg(format!("http://{}", listener.local_addr().unwrap()))
        .env("CERTPUSH_TOKEN", TOKEN);
    command
}

/// What a run of the command left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// The lines on standard output, each as JSON. Nothing else was printed.
    pub(crate) fn objects(&self) -> Vec<Value> {
        assert_eq!(self.stderr, "");
        let lines = self.stdout.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The one line on standard output, as JSON. Nothing else was printed.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{self:?}");
        assert_eq!(self.stderr, "");
        serde_json::from_str(&self.stdout).unwrap()
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        keep(&output.stdout);
        keep(&output.stderr);
        Ended {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Keeps what the command printed for the scan of all that any test was told.
fn keep(printed: &[u8]) {
    if let Some(folder) = std::env::var_os("TRANSCRIPTS") {
        let path = PathBuf::from(folder).join("rust.command.transcript");
        let mut file = std::fs::OpenOptions::new();
        let mut file = file.create(true).append(true).open(path).unwrap();
        file.write_all(printed).unwrap();
    }
}

pub(crate) fn run(command: &mut Command) -> Ended {
    command.output().unwrap().into()
}

/// Runs the command with `input` on standard input.
pub(crate) fn run_with_input(command: &mut Command, input: &[u8]) -> Ended {
    let mut child = start(command.stdin(Stdio::piped()));
    let mut stdin = child.stdin.take().unwrap();
    // A command that has read enough closes the pipe.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().unwrap().into()
}

/// Starts the command, and catches its output.
pub(crate) fn start(command: &mut Command) -> Child {
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}
