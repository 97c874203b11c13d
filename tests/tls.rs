//! TLS: each fault of a certificate has its own words, and nothing is sent after one.

mod faults;

use std::io::Write;
use std::path::Path;

use certpush::{Config, Error, Phase, Status};
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
        .trust("mozilla")
        .token(faults::TOKEN)
        .client_cert_file(cert)
        .client_key_file(key);
    let error = Client::new(&config).err().expect("must be refused");
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
        .trust("mozilla")
        .token(faults::TOKEN)
        .client_cert_file(&cert);
    let error = Client::new(&half).err().expect("must be refused");
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
    let error = Client::new(&config).err().expect("must be refused");
    assert_eq!(error.status(), Status::InvalidConfig);
    assert!(
        error.message().contains("has no PEM certificate"),
        "{error}"
    );
}
