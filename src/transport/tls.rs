//! TLS by rustls with ring: its configuration, the handshake, and its failures in words.

use std::io;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{AlertDescription, ClientConfig, ClientConnection};

use super::Failure;
use super::refusal::{words_for, words_for_alert};
use super::socket::{Socket, in_words, is_wait};
use super::trust::authorities;
use super::verifier::TellingVerifier;
use super::watch::Watch;
use crate::config::{ClientCertificate, Trust};
use crate::file::{self, Waiting};
use crate::report::{Error, Phase};
use crate::status::Status;

/// Largest client certificate file, in bytes.
const LONGEST_CERTIFICATE_FILE: usize = 1024 * 1024;
/// Largest client key file, in bytes.
const LONGEST_KEY_FILE: usize = 64 * 1024;

/// The TLS configuration of a client, which reads what it trusts.
pub(crate) fn configuration(
    trust: &Trust,
    client: Option<&ClientCertificate>,
    waiting: Waiting<'_>,
) -> Result<ClientConfig, Error> {
    let authorities = authorities(trust, waiting)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = TellingVerifier::new(authorities, provider.signature_verification_algorithms);
    let configuration = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::invalid_config(format!("TLS cannot be set up: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut configuration = match client {
        None => configuration.with_no_client_auth(),
        Some(client) => {
            let (chain, key) = read_client_certificate(client, waiting)?;
            configuration
                .with_client_auth_cert(chain, key)
                .map_err(|error| refused_client_certificate(client, &error))?
        }
    };
    configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(configuration)
}

/// The same configuration with a session store of its own: the store has a lock, which a forked
/// child must not inherit.
pub(super) fn for_this_process(configuration: &ClientConfig) -> Arc<ClientConfig> {
    let mut own = configuration.clone();
    own.resumption = Resumption::default();
    Arc::new(own)
}

type ClientIdentity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn read_client_certificate(
    client: &ClientCertificate,
    waiting: Waiting<'_>,
) -> Result<ClientIdentity, Error> {
    let of_chain = |why: &str| {
        Error::invalid_config(format!(
            "client_cert_file {} {why}",
            client.cert_file.display()
        ))
    };
    let of_key = |why: &str| {
        Error::invalid_config(format!(
            "client_key_file {} {why}",
            client.key_file.display()
        ))
    };
    let pem = file::read(&client.cert_file, LONGEST_CERTIFICATE_FILE, waiting)
        .map_err(|fault| fault.of(&format!("client_cert_file {}", client.cert_file.display())))?
        .bytes;
    let chain = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| of_chain("has a broken PEM block"))?;
    if chain.is_empty() {
        return Err(of_chain("has no PEM certificate in it"));
    }
    let pem = file::read(&client.key_file, LONGEST_KEY_FILE, waiting)
        .map_err(|fault| fault.of(&format!("client_key_file {}", client.key_file.display())))?
        .bytes;
    let is_encrypted = [&b"ENCRYPTED PRIVATE KEY"[..], b"Proc-Type: 4,ENCRYPTED"]
        .iter()
        .any(|mark| pem.windows(mark.len()).any(|window| window == *mark));
    if is_encrypted {
        return Err(of_key(
            "is encrypted, and nobody is there to type the password: store it decrypted, readable by its user only",
        ));
    }
    let key = PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|_| of_key("has no private key in PEM (PKCS#8, SEC1 or PKCS#1) in it"))?;
    Ok((chain, key))
}

fn refused_client_certificate(client: &ClientCertificate, error: &rustls::Error) -> Error {
    let (certificate, key) = (client.cert_file.display(), client.key_file.display());
    Error::invalid_config(match error {
        rustls::Error::InconsistentKeys(_) => format!(
            "client_key_file {key} does not belong to the certificate in client_cert_file {certificate}"
        ),
        _ => format!("client_cert_file {certificate} or client_key_file {key} cannot be used"),
    })
}

/// The name that the server's certificate must be for.
pub(super) fn server_name(host: &str) -> Result<ServerName<'static>, Error> {
    ServerName::try_from(host.to_owned())
        .map_err(|_| Error::invalid_config("endpoint has a host that no certificate can be for"))
}

/// Negotiates TLS on a connected socket.
pub(super) fn handshake(
    socket: &Socket,
    configuration: &Arc<ClientConfig>,
    name: &ServerName<'static>,
    watch: &Watch,
) -> Result<ClientConnection, Failure> {
    let mut tls = ClientConnection::new(Arc::clone(configuration), name.clone())
        .map_err(|error| refused(&words_for(&error)))?;
    while tls.is_handshaking() || tls.wants_write() {
        watch.check(Phase::Tls)?;
        let done = if tls.wants_write() {
            tls.write_tls(&mut &*socket)
        } else {
            tls.read_tls(&mut &*socket)
        };
        match done {
            Ok(0) if tls.is_handshaking() => {
                return Err(lost(
                    "the server closed the connection during the TLS handshake",
                ));
            }
            Ok(_) => {}
            Err(error) if is_wait(&error) => watch.check_after_wait(Phase::Tls)?,
            Err(error) => {
                return Err(lost(&format!(
                    "{} during the TLS handshake",
                    in_words(&error)
                )));
            }
        }
        if let Err(error) = tls.process_new_packets() {
            // The alert that tells the server why; it is all the same if that fails.
            let _ = tls.write_tls(&mut &*socket);
            return Err(refused(&match error {
                rustls::Error::AlertReceived(alert) => {
                    words_for_alert(alert, tls.negotiated_cipher_suite().is_some())
                }
                other => words_for(&other),
            }));
        }
    }
    Ok(tls)
}

fn lost(why: &str) -> Failure {
    Failure::new(Status::ConnectionLost, Phase::Tls, why)
}

fn refused(why: &str) -> Failure {
    Failure::new(Status::Tls, Phase::Tls, format!("TLS: {why}"))
}

/// What an error after the handshake means for the exchange.
pub(super) enum LateFailure {
    /// The server refused the client's certificate, before it looked at the request.
    ClientCertificate(Failure),
    /// Anything else: the connection is broken.
    Broken(Failure),
}

/// Tells whether an error is the server's refusal of a client certificate, which under TLS 1.3
/// comes only after the request was sent.
pub(super) fn late_failure(error: &io::Error, phase: Phase) -> LateFailure {
    use AlertDescription as Alert;
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match tls {
        Some(rustls::Error::AlertReceived(
            alert @ (Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied),
        )) => LateFailure::ClientCertificate(refused(&words_for_alert(*alert, true))),
        Some(other) => LateFailure::Broken(Failure::new(
            Status::ConnectionLost,
            phase,
            format!("the TLS connection broke: {}", words_for(other)),
        )),
        None => LateFailure::Broken(Failure::new(Status::ConnectionLost, phase, in_words(error))),
    }
}
