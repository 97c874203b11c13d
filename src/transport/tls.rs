//! TLS by rustls with ring: its configuration, the handshake, and its failures in words.

use std::io;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, ClientConfig, ClientConnection};

use super::Failure;
use super::identity::client_identity;
use super::refusal::{Refusal, words_for, words_for_alert};
use super::socket::{Socket, in_words, is_wait};
use super::trust::authorities;
use super::verifier::{TellingVerifier, is_cut_short};
use super::watch::Watch;
use crate::config::{ClientCertificate, Trust};
use crate::file::Waiting;
use crate::report::{Error, Phase};
use crate::status::Status;

/// The TLS configuration of a client.
#[derive(Clone)]
pub(crate) struct Configuration {
    pub(crate) tls: ClientConfig,
    /// The authorities that were left out or could not be read, each in words.
    pub(crate) left_out: Vec<String>,
}

/// Makes the TLS configuration of a client, reading what it trusts and what it shows.
pub(crate) fn configuration(
    trust: &Trust,
    client: Option<&ClientCertificate>,
    waiting: Waiting<'_>,
) -> Result<Configuration, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let authorities = authorities(trust, &algorithms, waiting)?;
    let left_out = authorities.left_out.clone();
    let identity = client
        .map(|client| client_identity(client, &provider, waiting))
        .transpose()?;
    let verifier = TellingVerifier::new(authorities, algorithms);
    let configuration = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::invalid_config("TLS cannot be set up"))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut tls = match identity {
        None => configuration.with_no_client_auth(),
        Some(identity) => configuration.with_client_cert_resolver(Arc::new(identity)),
    };
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Configuration { tls, left_out })
}

/// The same configuration with a session store of its own: the store has a lock, which a forked
/// child must not inherit.
pub(super) fn for_this_process(configuration: &ClientConfig) -> Arc<ClientConfig> {
    let mut own = configuration.clone();
    own.resumption = Resumption::default();
    Arc::new(own)
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
            if is_cut_short(&error) {
                watch.check(Phase::Tls)?;
            }
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

fn refused(why: &Refusal) -> Failure {
    Failure {
        hint: Some(why.hint),
        ..Failure::new(Status::Tls, Phase::Tls, format!("TLS: {why}"))
    }
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
