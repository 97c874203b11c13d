//! The files that options name: what each may be, how long it is waited for, and what is read anew.

mod faults;

use std::io::Write;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use certpush::{CallOptions, Cancel, Config, Error, Phase, Status, TrustStore};
use faults::{Authority, Client, FaultServer, ID, Kind, TOKEN};

/// Longer than any of these calls may take, on however slow a machine.
const FAR_TOO_LONG: Duration = Duration::from_secs(60);

/// Runs what might never end.
fn ends<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, ended) = mpsc::channel();
    std::thread::spawn(move || done.send(call()));
    ended.recv_timeout(FAR_TOO_LONG).expect("the call must end")
}

/// Every option for a file, in a configuration that has the file read when a client is made.
fn each_option(path: &Path) -> Vec<(&'static str, Config)> {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap().keep();
    let good = folder.join("good.pem");
    std::fs::write(&good, authority.pem()).unwrap();
    let endpoint = || Config::new().endpoint("https://127.0.0.1:1");
    let base = || endpoint().trust(TrustStore::Mozilla);
    let with_token = || base().token(TOKEN);
    let keys = || base().access_key("AK").project_id("p");
    let user = || {
        base()
            .iam_endpoint("https://127.0.0.1:1")
            .scope_project("p")
    };
    let named = || user().user_name("u").user_domain("d");
    vec![
        ("token_file", base().token_file(path)),
        ("secret_key_file", keys().secret_key_file(path)),
        (
            "security_token_file",
            keys().secret_key("SK").security_token_file(path),
        ),
        ("user_password_file", named().user_password_file(path)),
        (
            "totp_file",
            user().user_id("i").user_password("p").totp_file(path),
        ),
        ("profile_file", base().profile_file(path)),
        ("ca_file", endpoint().token(TOKEN).ca_file(path)),
        (
            "client_cert_file",
            with_token().client_cert_file(path).client_key_file(path),
        ),
        (
            "client_key_file",
            with_token().client_cert_file(good).client_key_file(path),
        ),
    ]
}

fn fifo() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fifo");
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    (folder, path)
}

fn refusal(config: Config) -> Error {
    ends(move || Client::new(&config).err()).expect("must be refused")
}

#[test]
fn a_fifo_that_nobody_writes_to_is_waited_for_until_the_time_is_up_whichever_option_names_it() {
    let (_folder, path) = fifo();
    for (key, config) in each_option(&path) {
        let error = refusal(config.timeout(Duration::from_millis(200)));
        assert_eq!(
            (error.status(), error.phase()),
            (Status::Timeout, Phase::Config),
            "{key}: {error}"
        );
        assert!(error.message().contains(key), "{key}: {error}");
        assert!(error.message().contains("200 ms"), "{key}: {error}");
        assert!(!error.outcome_unknown());
    }
}

#[test]
fn what_is_no_file_or_has_no_end_is_refused_by_name_whichever_option_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let _listening = UnixListener::bind(&socket).unwrap();
    for (path, why) in [
        (folder.path(), "is a directory"),
        (socket.as_path(), "is a socket"),
        (Path::new("/dev/zero"), "is larger than"),
        (Path::new("/nowhere/at/all"), "No such file"),
        (
            Path::new("/nowhere/~/at/all"),
            "only a shell knows what ~ is",
        ),
    ] {
        for (key, config) in each_option(path) {
            let error = refusal(config);
            assert_eq!(error.status(), Status::InvalidConfig, "{key}: {error}");
            let message = error.message();
            assert!(
                message.contains(key) && message.contains(why),
                "{key}, {why}: {message}"
            );
            assert!(!message.contains("os error"), "{message}");
        }
    }
}

#[test]
fn an_empty_device_is_an_empty_file() {
    for (key, config) in each_option(Path::new("/dev/null")) {
        // A profile without keys is no fault: the machine may have some of its own.
        if key == "profile_file" {
            continue;
        }
        let error = refusal(config);
        assert!(
            matches!(
                error.status(),
                Status::InvalidArgument | Status::InvalidConfig
            ),
            "{key}: {error}"
        );
        assert!(error.message().contains(key), "{key}: {error}");
    }
}

#[test]
fn a_fifo_is_read_once_to_its_end() {
    let server = FaultServer::start(Kind::Plain, |peer| {
        while let Some(request) = peer.read_request() {
            assert!(request.contains(&format!("x-auth-token: {TOKEN}\r\n")));
            peer.write(b"HTTP/1.1 204 No Content\r\n\r\n");
        }
    });
    let (_folder, path) = fifo();
    let config = Config::new().endpoint(server.url()).token_file(&path);
    let writer = std::thread::spawn(move || {
        // One that writes nothing is not the one that is waited for.
        drop(std::fs::File::create(&path).unwrap());
        let mut fifo = std::fs::File::create(&path).unwrap();
        for piece in TOKEN.as_bytes().chunks(7) {
            fifo.write_all(piece).unwrap();
        }
        fifo.write_all(b"\n").unwrap();
    });
    let client = ends(move || Client::new(&config)).unwrap();
    writer.join().unwrap();
    let client = ends(move || {
        for _ in 0..3 {
            assert!(client.push(ID, "p", "ELB").is_ok());
        }
        client
    });
    drop(client);
}

#[test]
fn a_pipe_of_the_process_is_a_file_too() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let number = std::os::fd::AsRawFd::as_raw_fd(&reader);
    writer.write_all(TOKEN.as_bytes()).unwrap();
    drop(writer);
    for folder in ["/dev/fd", "/proc/self/fd"] {
        let config = Config::new()
            .endpoint("https://127.0.0.1:1")
            .token_file(format!("{folder}/{number}"));
        let made = ends(move || Client::new(&config));
        // The first takes all there is; nobody can write to it for the second.
        match made {
            Ok(client) => assert!(folder == "/dev/fd" && client.describe().contains("token of")),
            Err(error) => {
                assert_eq!(folder, "/proc/self/fd");
                assert_eq!(error.status(), Status::InvalidArgument, "{error}");
            }
        }
    }
}

#[test]
fn a_file_that_became_a_fifo_is_not_waited_for() {
    let server = FaultServer::start(Kind::Plain, |peer| {
        while let Some(request) = peer.read_request() {
            assert!(request.contains(&format!("x-auth-token: {TOKEN}\r\n")));
            peer.write(b"HTTP/1.1 204 No Content\r\n\r\n");
        }
    });
    let (folder, fifo) = fifo();
    let path = folder.path().join("token");
    std::fs::write(&path, TOKEN).unwrap();
    let config = Config::new().endpoint(server.url()).token_file(&path);
    let client = Client::new(&config).unwrap();
    std::fs::rename(fifo, &path).unwrap();
    let client = ends(move || {
        assert!(client.push(ID, "p", "ELB").is_ok());
        client
    });
    drop(client);
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_secret_and_utf_16_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    let utf_16 = |little: bool, mark: bool| -> Vec<u8> {
        let text = format!("{}{TOKEN}", if mark { "\u{feff}" } else { "" });
        text.encode_utf16()
            .flat_map(|unit| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            })
            .collect()
    };
    for (key, config) in each_option(&path) {
        let is_secret = !matches!(
            key,
            "profile_file" | "ca_file" | "client_cert_file" | "client_key_file"
        );
        if is_secret {
            std::fs::write(&path, format!("\u{feff}{TOKEN}\r\n")).unwrap();
            if let Err(error) = Client::new(&config) {
                panic!("{key}: {error}");
            }
        }
        for (little, mark) in [(true, true), (false, true), (true, false), (false, false)] {
            std::fs::write(&path, utf_16(little, mark)).unwrap();
            let error = refusal(config.clone());
            assert!(
                error.message().contains(key) && error.message().contains("UTF-16"),
                "{key}: {error}"
            );
        }
    }
    let error = Config::new()
        .set("user_password", "\u{feff}correct horse")
        .unwrap_err();
    assert!(error.message().contains("byte order mark"), "{error}");
}

#[test]
fn a_relative_path_is_where_it_was_when_it_was_set() {
    let here = std::env::current_dir().unwrap();
    for (key, config) in each_option(Path::new("does/not/../exist")) {
        let error = refusal(config);
        let whole = here.join("does/not/../exist");
        assert!(
            error.message().contains(whole.to_str().unwrap()),
            "{key}: {error}"
        );
    }
}

#[test]
fn a_cancel_and_an_interrupt_end_the_making_of_a_client() {
    let (_folder, path) = fifo();
    for (key, config) in each_option(&path) {
        for cancelled in [true, false] {
            let config = config.clone();
            let error = ends(move || {
                let cancel = Cancel::new();
                let asked = AtomicUsize::new(0);
                let trigger = cancel.clone();
                let options = CallOptions::new().cancel(&cancel).interrupt(move || {
                    let times = asked.fetch_add(1, Ordering::SeqCst) + 1;
                    if cancelled {
                        trigger.trigger();
                    }
                    !cancelled && times == 2
                });
                Client::new_with(&config, &options).err()
            });
            let error = error.expect("must be ended");
            assert_eq!(error.status(), Status::Cancelled, "{key}: {error}");
            assert!(error.message().contains(key), "{key}: {error}");
        }
    }
}
