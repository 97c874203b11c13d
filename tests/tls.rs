//! TLS: each fault of a certificate has its own words, and nothing is sent after one.

mod faults;

use std::io::Write;
use std::path::Path;

use certpush::{Config, Error, Phase, Status, TrustStore};
use faults::{Authority, Client, FaultServer, ID, Identity, Peer};
use rcgen::date_time_ymd;

const OK: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

fn answer(peer: &mut Peer) {
    while peer.read_request().is_some() {
        peer.write(OK);
    }
}

/// How a push to a server with this certificate fails; its clients trust `authority`.
fn refusal(authority: &Authority, identity: &Identity) -> Error {
    let server = FaultServer::tls(
        identity.server(None, rustls::ALL_VERSIONS),
        &authority.pem(),
        |_| panic!("the handshake must fail"),
    );
    let error = Client::new(&server.config())
        .unwrap()
        .push(ID, "p", "ELB")
        .unwrap_err();
    assert_eq!(
        (error.status(), error.phase()),
        (Status::Tls, Phase::Tls),
        "{error}"
    );
    assert!(!error.outcome_unknown() && !error.retryable());
    error
}

#[test]
fn each_fault_of_a_certificate_has_its_own_words() {
    let authority = Authority::new();
    let words = |identity: &Identity| refusal(&authority, identity).message().to_owned();
    for (identity, expected) in [
        (Authority::new().identity(|_| {}), "unknown CA"),
        (Identity::self_signed(), "self-signed"),
        (
            authority.identity(|params| params.not_after = date_time_ymd(2020, 1, 1)),
            "has expired",
        ),
        (
            authority.identity(|params| params.not_before = date_time_ymd(2999, 1, 1)),
            "is not valid yet",
        ),
        (
            authority.identity(|params| params.subject_alt_names.clear()),
            "is for another host",
        ),
    ] {
        let words = words(&identity);
        assert!(words.contains(expected), "{expected}: {words}");
    }
}

#[test]
fn both_safe_versions_of_tls_are_spoken_and_sessions_resume() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let authority = Authority::new();
        let resumed = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&resumed);
        let server = FaultServer::tls(
            authority.identity(|_| {}).server(None, &[version]),
            &authority.pem(),
            move |peer| {
                if peer.is_resumed() {
                    counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                }
                answer(peer);
            },
        );
        let client = Client::new(&server.config().max_idle_connections(0)).unwrap();
        for _ in 0..3 {
            assert!(client.push(ID, "p", "ELB").is_ok(), "{version:?}");
        }
        assert_eq!(server.accepted(), 3);
        drop(server);
        assert_eq!(
            resumed.load(std::sync::atomic::Ordering::SeqCst),
            2,
            "{version:?}"
        );
    }
}

#[test]
fn a_missing_client_certificate_pushed_nothing() {
    // Under TLS 1.3 the refusal comes only after the request has been sent.
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let authority = Authority::new();
        let server = FaultServer::tls(
            authority
                .identity(|_| {})
                .server(Some(&authority), &[version]),
            &authority.pem(),
            |_| panic!("the handshake must fail"),
        );
        let error = Client::new(&server.config())
            .unwrap()
            .push(ID, "p", "ELB")
            .unwrap_err();
        assert_eq!(
            (error.status(), error.phase()),
            (Status::Tls, Phase::Tls),
            "{version:?}: {error}"
        );
        assert!(!error.outcome_unknown() && !error.retryable(), "{error}");
        assert!(
            error.message().contains("client certificate"),
            "{version:?}: {error}"
        );
    }
}

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Files {
        Files {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn write(&self, name: &str, content: &str) -> std::path::PathBuf {
        let path = self.folder.path().join(name);
        std::fs::File::create(&path)
            .unwrap()
            .write_all(content.as_bytes())
            .unwrap();
        path
    }
}

#[test]
fn a_client_certificate_is_shown() {
    let authority = Authority::new();
    let server = FaultServer::tls(
        authority
            .identity(|_| {})
            .server(Some(&authority), rustls::ALL_VERSIONS),
        &authority.pem(),
        answer,
    );
    let files = Files::new();
    let own = authority.identity(|_| {});
    let config = server
        .config()
        .client_cert_file(files.write("cert.pem", &own.certificate.pem()))
        .client_key_file(files.write("key.pem", &own.key.serialize_pem()));
    let client = Client::new(&config).unwrap();
    assert!(client.push(ID, "p", "ELB").is_ok());
    drop(client);
}

/// What is said of a client certificate and key when the client is made.
fn refused_files(cert: &Path, key: &Path) -> String {
    let config = Config::new()
        .region("cn-north-4")
        .trust(TrustStore::Mozilla)
        .token(faults::TOKEN)
        .client_cert_file(cert)
        .client_key_file(key);
    let error = Client::new(&config).expect_err("must be refused");
    assert_eq!(error.status(), Status::InvalidConfig);
    error.message().to_owned()
}

#[test]
fn unusable_client_certificates_and_keys_are_refused_when_the_client_is_made() {
    let files = Files::new();
    let own = Identity::self_signed();
    let cert = files.write("cert.pem", &own.certificate.pem());
    let key = files.write("key.pem", &own.key.serialize_pem());
    let other = files.write("other.pem", &Identity::self_signed().key.serialize_pem());
    let empty = files.write("empty.pem", "");
    let broken = files.write(
        "broken.pem",
        "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
    );
    let encrypted = files.write(
        "encrypted.pem",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    assert!(refused_files(&cert, &other).contains("does not belong to the certificate"));
    assert!(refused_files(&empty, &key).contains("has no PEM certificate"));
    assert!(refused_files(&broken, &key).contains("client_cert_file"));
    assert!(refused_files(&cert, &empty).contains("has no private key"));
    assert!(refused_files(&cert, &encrypted).contains("is encrypted"));
    assert!(refused_files(&cert, Path::new("/does/not/exist")).contains("cannot be read"));

    let half = Config::new()
        .region("cn-north-4")
        .trust(TrustStore::Mozilla)
        .token(faults::TOKEN)
        .client_cert_file(&cert);
    let error = Client::new(&half).expect_err("must be refused");
    assert!(error.message().contains("belong together"), "{error}");
}

#[test]
fn a_ca_file_without_certificates_is_refused_when_the_client_is_made() {
    let files = Files::new();
    let empty = files.write("ca.pem", "no certificates here\n");
    let config = Config::new()
        .region("cn-north-4")
        .token(faults::TOKEN)
        .ca_file(empty);
    let error = Client::new(&config).expect_err("must be refused");
    assert_eq!(error.status(), Status::InvalidConfig);
    assert!(
        error.message().contains("has no PEM certificate"),
        "{error}"
    );
}

/// A lasting server of an authority, and what a push says that trusts a file.
struct Trusting {
    server: FaultServer,
    files: Files,
}

impl Trusting {
    fn new(authority: &Authority) -> Trusting {
        let identity = authority.identity(|_| {});
        Trusting {
            server: FaultServer::tls(
                identity.server(None, rustls::ALL_VERSIONS),
                &authority.pem(),
                answer,
            ),
            files: Files::new(),
        }
    }

    fn client(&self, pem: &str) -> Result<Client, Error> {
        let config = Config::new()
            .endpoint(self.server.url())
            .token(faults::TOKEN);
        Client::new(&config.ca_file(self.files.write("ca.pem", pem)))
    }
}

#[test]
fn a_root_that_cannot_be_used_is_left_out_and_told_and_refused_only_if_none_is_left() {
    let authority = Authority::new();
    let other = Authority::new();
    let expired = |it: &Authority| it.as_of((2000, 1, 1), (2020, 1, 2)).pem();
    let trusting = Trusting::new(&authority);
    let error = trusting.client(&expired(&authority)).unwrap_err();
    assert_eq!(error.status(), Status::InvalidConfig);
    for words in [
        "ca_file",
        "no certificate that can be used",
        "expired on 2020-01-02",
        "line 1",
    ] {
        assert!(error.message().contains(words), "{words}: {error}");
    }
    let bundle = [other.pem(), expired(&authority)].concat();
    let client = trusting.client(&bundle).unwrap();
    assert!(
        client.describe().contains("expired on 2020-01-02"),
        "{}",
        client.describe()
    );
    let error = client.push(ID, "p", "ELB").unwrap_err();
    for words in ["unknown CA", "expired on 2020-01-02"] {
        assert!(error.message().contains(words), "{words}: {error}");
    }
    // The same authority with other dates is another root.
    let bundle = [expired(&authority), authority.pem()].concat();
    let client = trusting.client(&bundle).unwrap();
    assert!(client.push(ID, "p", "ELB").is_ok());
    let future = authority.as_of((2999, 1, 1), (2999, 2, 1)).pem();
    let client = trusting.client(&future).unwrap();
    let error = client.push(ID, "p", "ELB").unwrap_err();
    assert!(
        error.message().contains("not valid before 2999-01-01"),
        "{error}"
    );
}

#[test]
fn what_is_left_out_is_a_warning_too() {
    let authority = Authority::new();
    let files = Files::new();
    let bundle = [
        authority.pem(),
        authority.as_of((2000, 1, 1), (2020, 1, 2)).pem(),
    ]
    .concat();
    let lines = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = std::sync::Arc::clone(&lines);
    let config = Config::new()
        .region("cn-north-4")
        .token(faults::TOKEN)
        .ca_file(files.write("ca.pem", &bundle))
        .log(move |level, line| kept.lock().unwrap().push((level, line.to_owned())));
    drop(Client::new(&config).unwrap());
    let lines = lines.lock().unwrap();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0].0, certpush::Level::Warning);
    assert!(lines[0].1.contains("expired on 2020-01-02"), "{lines:?}");
}

#[test]
fn a_broken_block_of_a_ca_file_is_refused_by_its_line() {
    let authority = Authority::new();
    let trusting = Trusting::new(&authority);
    let broken = authority
        .pem()
        .replace("-----END CERTIFICATE-----", "-----END CERTIFICATE----");
    let error = trusting
        .client(&[authority.pem(), broken].concat())
        .err()
        .unwrap();
    let line = authority.pem().lines().count() + 1;
    assert!(
        error.message().contains(&format!("line {line} ")),
        "{error}"
    );
}

#[test]
fn a_joined_marked_or_labelled_root_is_trusted() {
    let (authority, other) = (Authority::new(), Authority::new());
    let trusting = Trusting::new(&authority);
    let pem = authority.pem();
    for bundle in [
        format!("{}{pem}", other.pem().trim_end()),
        format!("\u{feff}{pem}"),
        pem.replace("CERTIFICATE", "X509 CERTIFICATE"),
        pem.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
        pem.replace('\n', "\r\n"),
    ] {
        let client = trusting.client(&bundle).unwrap();
        assert!(client.push(ID, "p", "ELB").is_ok(), "{bundle}");
    }
}

/// Takes a DER value's head off: its tag, its contents, what follows.
fn value(der: &[u8]) -> (u8, &[u8], &[u8]) {
    let (head, length) = match der[1] {
        short @ ..=0x7f => (2, usize::from(short)),
        0x81 => (3, usize::from(der[2])),
        _ => (4, usize::from(der[2]) << 8 | usize::from(der[3])),
    };
    (der[0], &der[head..head + length], &der[head + length..])
}

fn sequence(contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len()).unwrap().to_be_bytes();
    [&[0x30, 0x82][..], &length, contents].concat()
}

/// A certificate as X.509 version 1 has it: without version and extensions. Nothing looks at its
/// signature here.
fn of_version_1(identity: &Identity) -> String {
    let (_, whole, _) = value(identity.certificate.der());
    let (_, signed, signature) = value(whole);
    let (_, _, mut rest) = value(signed);
    let mut kept = Vec::new();
    while !rest.is_empty() {
        let (tag, _, behind) = value(rest);
        if tag != 0xa3 {
            kept.extend_from_slice(&rest[..rest.len() - behind.len()]);
        }
        rest = behind;
    }
    let der = sequence(&[sequence(&kept), signature.to_vec()].concat());
    use base64::Engine;
    let base64 = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
}

#[test]
fn a_client_certificate_of_version_1_can_be_shown_and_must_be_its_keys() {
    let files = Files::new();
    let own = Identity::self_signed();
    let cert = files.write("v1.pem", &of_version_1(&own));
    let config = |key: &Path| {
        Config::new()
            .region("cn-north-4")
            .trust(TrustStore::Mozilla)
            .token(faults::TOKEN)
            .client_cert_file(&cert)
            .client_key_file(key)
    };
    let key = files.write("key.pem", &format!("\u{feff}{}", own.key.serialize_pem()));
    if let Err(error) = Client::new(&config(&key)) {
        panic!("{error}");
    }
    let other = files.write("other.pem", &Identity::self_signed().key.serialize_pem());
    let error = Client::new(&config(&other)).unwrap_err();
    assert!(error.message().contains("does not belong"), "{error}");
}

#[test]
fn a_chain_that_does_not_begin_with_the_keys_own_certificate_is_told_by_its_line() {
    let files = Files::new();
    let authority = Authority::new();
    let own = authority.identity(|_| {});
    let cert = files.write(
        "chain.pem",
        &[authority.pem(), own.certificate.pem()].concat(),
    );
    let key = files.write("key.pem", &own.key.serialize_pem());
    let line = authority.pem().lines().count() + 1;
    assert!(refused_files(&cert, &key).contains(&format!("which is on line {line}")));
}

#[test]
fn each_usual_fault_has_a_hint_of_its_own() {
    let authority = Authority::new();
    let hint = |identity: &Identity| refusal(&authority, identity).hint().unwrap().to_owned();
    for (identity, expected) in [
        (Authority::new().identity(|_| {}), "TLS-inspecting proxy"),
        (Identity::self_signed(), "your own server"),
        (
            authority.identity(|params| params.not_after = date_time_ymd(2020, 1, 1)),
            "clock",
        ),
        (
            authority.identity(|params| params.not_before = date_time_ymd(2999, 1, 1)),
            "clock",
        ),
        (
            authority.identity(|params| params.subject_alt_names.clear()),
            "host name",
        ),
    ] {
        let hint = hint(&identity);
        assert!(hint.contains(expected), "{expected}: {hint}");
        assert_eq!(hint.contains("clock"), expected == "clock", "{hint}");
    }
}

#[test]
fn a_server_that_speaks_something_else_is_told_as_that() {
    let authority = Authority::new();
    for greeting in [
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "220 mail.example ESMTP\r\n",
        "-ERR unknown command\r\n",
        "J\0\0\0\n8.0.36\0",
    ] {
        let server = FaultServer::start(faults::Kind::Plain, move |peer| {
            peer.write(greeting.as_bytes());
            peer.wait_for_close();
        });
        let files = Files::new();
        let config = Config::new()
            .endpoint(server.url().replace("http:", "https:"))
            .token(faults::TOKEN)
            .retries(0)
            .ca_file(files.write("ca.pem", &authority.pem()));
        let error = Client::new(&config)
            .unwrap()
            .push(ID, "p", "ELB")
            .unwrap_err();
        assert_eq!(error.status(), Status::Tls, "{greeting:?}: {error}");
        assert!(
            error.message().contains("does not speak TLS"),
            "{greeting:?}: {error}"
        );
        assert!(
            error.hint().unwrap().contains("scheme and port"),
            "{}",
            error.hint().unwrap()
        );
    }
}

#[test]
fn a_fault_of_iams_certificate_has_its_own_hint_too() {
    let (authority, other) = (Authority::new(), Authority::new());
    let trusting = Trusting::new(&authority);
    let config = Config::new()
        .endpoint("http://127.0.0.1:1")
        .iam_endpoint(trusting.server.url())
        .user_name("u")
        .user_domain("d")
        .user_password("correct horse")
        .scope_project("p")
        .retries(0)
        .ca_file(trusting.files.write("ca.pem", &other.pem()));
    let error = Client::new(&config)
        .unwrap()
        .push(ID, "p", "ELB")
        .unwrap_err();
    assert_eq!(error.status(), Status::CredentialsUnavailable, "{error}");
    assert!(
        error.hint().unwrap().contains("TLS-inspecting proxy"),
        "{}",
        error.hint().unwrap()
    );
}
