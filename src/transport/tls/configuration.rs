//! The TLS configuration of a client: what it trusts, what it shows, and rustls with ring.

use std::sync::Arc;

use rustls::client::{ResolvesClientCert, Resumption};
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, SignatureScheme};

use super::client_certificate::{ClientCertificate, client_identity};
use super::current_handshake::CurrentHandshake;
use super::trust::{Trust, authorities};
use super::verifier::CertificateVerifier;
use crate::environment::Variables;
use crate::file::Waiting;
use crate::report::Error;

/// The TLS configuration of a client.
#[derive(Clone)]
pub(crate) struct TlsConfiguration {
    pub(crate) tls: ClientConfig,
    /// The authorities that were left out or could not be read, each as a message.
    pub(crate) left_out: Vec<String>,
}

/// Makes the TLS configuration of a client, reading what it trusts and what it shows.
pub(crate) fn tls_configuration(
    trust: &Trust,
    client: Option<&ClientCertificate>,
    variables: &Variables,
    waiting: Waiting<'_>,
) -> Result<TlsConfiguration, Error> {
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
    tls.client_auth_cert_resolver = Arc::new(CertificateRequestObserver(resolver));
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConfiguration { tls, left_out })
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

/// Notes in the current handshake that the server asks for a client certificate, and answers as
/// another resolver does.
#[derive(Debug)]
struct CertificateRequestObserver(Arc<dyn ResolvesClientCert>);

impl ResolvesClientCert for CertificateRequestObserver {
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
