//! TLS by rustls with ring: its configuration, the handshake, and its failures in words.

use std::io;
use std::rc::Rc;
use std::sync::Arc;

use rustls::client::{ResolvesClientCert, Resumption};
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::{AlertDescription, ClientConfig, ClientConnection, SignatureScheme};

use super::client_certificate::{ClientCertificate, client_identity};
use super::current_handshake::CurrentHandshake;
use super::errors::{Refusal, words_for, words_for_alert};
use super::trust::{Trust, authorities};
use super::verifier::CertificateVerifier;
use crate::call_context::CallContext;
use crate::environment::Variables;
use crate::failure::TransportFailure;
use crate::file::Waiting;
use crate::phase::Phase;
use crate::report::Error;
use crate::status::Status;
use crate::transport::socket::{Socket, in_words, is_wait};

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
    variables: &Variables,
    waiting: Waiting<'_>,
) -> Result<Configuration, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let authorities = authorities(trust, &algorithms, variables, waiting)?;
    let left_out = authorities.left_out.clone();
    let identity = client
        .map(|client| client_identity(client, &provider, waiting))
        .transpose()?;
    let not_set_up = || Error::invalid_config("TLS cannot be set up");
    let verifier =
        CertificateVerifier::new(authorities, Arc::clone(&provider)).map_err(|_| not_set_up())?;
    let configuration = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| not_set_up())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut tls = match identity {
        None => configuration.with_no_client_auth(),
        Some(identity) => configuration.with_client_cert_resolver(Arc::new(identity)),
    };
    let resolver = Arc::clone(&tls.client_auth_cert_resolver);
    tls.client_auth_cert_resolver = Arc::new(NotesCertificateRequest(resolver));
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Configuration { tls, left_out })
}

/// The same configuration with a session store of its own: the store has a lock, which a forked
/// child must not inherit.
pub(in crate::transport) fn for_this_process(configuration: &ClientConfig) -> Arc<ClientConfig> {
    let mut own = configuration.clone();
    own.resumption = Resumption::default();
    Arc::new(own)
}

/// The name that the server's certificate must be for.
pub(in crate::transport) fn server_name(host: &str) -> Result<ServerName<'static>, Error> {
    ServerName::try_from(host.to_owned())
        .map_err(|_| Error::invalid_config("endpoint has a host that no certificate can be for"))
}

/// TLS that was negotiated.
pub(in crate::transport) struct Negotiated {
    pub(in crate::transport) tls: ClientConnection,
    /// Whether the server asked for a client certificate, with or without getting one.
    pub(in crate::transport) asked_for_certificate: bool,
}

/// Negotiates TLS on a connected socket.
pub(in crate::transport) fn handshake(
    socket: &Socket,
    configuration: &Arc<ClientConfig>,
    name: &ServerName<'static>,
    context: &Rc<CallContext>,
) -> Result<Negotiated, TransportFailure> {
    let current = CurrentHandshake::new(context);
    let mut tls = ClientConnection::new(Arc::clone(configuration), name.clone())
        .map_err(|error| refused(&words_for(&error)))?;
    while tls.is_handshaking() || tls.wants_write() {
        context.check(Phase::Tls)?;
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
            Err(error) if is_wait(&error) => context.check_after_wait(Phase::Tls)?,
            Err(error) => {
                return Err(lost(&format!(
                    "{} during the TLS handshake",
                    in_words(&error)
                )));
            }
        }
        if let Err(error) = current.during(|| tls.process_new_packets()) {
            // The alert that tells the server why; it is all the same if that fails.
            let _ = tls.write_tls(&mut &*socket);
            if let Some(ended) = current.take_ended() {
                return Err(ended);
            }
            return Err(refused(&match error {
                rustls::Error::AlertReceived(alert) => {
                    words_for_alert(alert, tls.negotiated_cipher_suite().is_some())
                }
                other => words_for(&other),
            }));
        }
    }
    Ok(Negotiated {
        tls,
        asked_for_certificate: current.asked_for_certificate(),
    })
}

fn lost(why: &str) -> TransportFailure {
    TransportFailure::new(Status::ConnectionLost, Phase::Tls, why)
}

fn refused(why: &Refusal) -> TransportFailure {
    TransportFailure {
        hint: Some(why.hint),
        ..TransportFailure::new(Status::Tls, Phase::Tls, format!("TLS: {why}"))
    }
}

/// The alert that an error stands for, if it is one with which a server refuses a client's
/// certificate. It is about one only where the server asked for a certificate and has not answered
/// any request.
pub(in crate::transport) fn certificate_alert(error: &io::Error) -> Option<AlertDescription> {
    use AlertDescription as Alert;
    match rustls_error(error)? {
        rustls::Error::AlertReceived(
            alert @ (Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied),
        ) => Some(*alert),
        _ => None,
    }
}

/// The server's refusal of the client's certificate, which under TLS 1.3 comes only after the
/// request was sent.
pub(in crate::transport) fn client_refused(alert: AlertDescription) -> TransportFailure {
    refused(&words_for_alert(alert, true))
}

/// A connection that broke after the handshake.
pub(in crate::transport) fn broken(error: &io::Error, phase: Phase) -> TransportFailure {
    let why = match rustls_error(error) {
        Some(rustls::Error::AlertReceived(alert)) => format!(
            "the server broke the TLS connection off (alert {})",
            u8::from(*alert)
        ),
        Some(other) => format!("the TLS connection broke: {}", words_for(other)),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the connection was closed early".to_owned()
        }
        None => in_words(error),
    };
    TransportFailure::new(Status::ConnectionLost, phase, why)
}

fn rustls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

/// Notes in the current handshake that the server asks for a client certificate, and answers as
/// another resolver does.
#[derive(Debug)]
struct NotesCertificateRequest(Arc<dyn ResolvesClientCert>);

impl ResolvesClientCert for NotesCertificateRequest {
    fn resolve(
        &self,
        root_hint_subjects: &[&[u8]],
        sigschemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        if let Some(current) = CurrentHandshake::get() {
            current.note_certificate_request();
        }
        self.0.resolve(root_hint_subjects, sigschemes)
    }

    fn only_raw_public_keys(&self) -> bool {
        self.0.only_raw_public_keys()
    }

    fn has_certs(&self) -> bool {
        self.0.has_certs()
    }
}
