//! A certificate authority of one run, and the server certificate that it issues.

use std::str::FromStr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ALL_VERSIONS, ServerConfig};

/// The names for which the server has a certificate.
const SERVER_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

type Error = Box<dyn std::error::Error + Send + Sync>;

/// The certificate that the server proves itself with: a good one, or one that no client may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServerCertificate {
    /// From the authority, valid, and for localhost.
    #[default]
    Valid,
    /// It was valid in the past.
    Expired,
    /// It will be valid in the future.
    NotYetValid,
    /// For another host.
    OtherHost,
    /// From nobody but itself.
    SelfSigned,
}

impl FromStr for ServerCertificate {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "valid" => Ok(ServerCertificate::Valid),
            "expired" => Ok(ServerCertificate::Expired),
            "not-yet-valid" => Ok(ServerCertificate::NotYetValid),
            "other-host" => Ok(ServerCertificate::OtherHost),
            "self-signed" => Ok(ServerCertificate::SelfSigned),
            _ => Err("must be valid, expired, not-yet-valid, other-host or self-signed".to_owned()),
        }
    }
}

/// What a client must trust, and what the server proves itself with.
pub(crate) struct Authority {
    pub(crate) ca_pem: String,
    pub(crate) server: Arc<ServerConfig>,
}

impl Authority {
    /// Makes a new authority and a server certificate. The authority's key is forgotten.
    pub(crate) fn new(kind: ServerCertificate) -> Result<Self, Error> {
        let ca = CertifiedIssuer::self_signed(ca_params(), KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let params = server_params(kind)?;
        let certificate = match kind {
            ServerCertificate::SelfSigned => params.self_signed(&key)?,
            _ => params.signed_by(&key, &ca)?,
        };
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let mut server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(ALL_VERSIONS)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Authority {
            ca_pem: ca.pem(),
            server: Arc::new(server),
        })
    }
}

fn ca_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "certpush-sim CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn server_params(kind: ServerCertificate) -> Result<CertificateParams, rcgen::Error> {
    let names = match kind {
        ServerCertificate::OtherHost => vec!["scm.example".to_owned()],
        _ => SERVER_NAMES.map(str::to_owned).to_vec(),
    };
    let mut params = CertificateParams::new(names)?;
    match kind {
        ServerCertificate::Expired => params.not_after = date_time_ymd(2020, 1, 1),
        ServerCertificate::NotYetValid => params.not_before = date_time_ymd(3000, 1, 1),
        _ => {}
    }
    params
        .distinguished_name
        .push(DnType::CommonName, "certpush-sim");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Strict verifiers, Python's since 3.13 among them, refuse certificates without it.
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}
