//! Certificate verification: rustls' own steps, with a second look for an issuer that it does not
//! know and one more word for what it refuses.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};

use super::trust::{Authorities, of_folders};
use crate::phase::Phase;
use crate::transport::exchange::Exchange;

/// Takes the steps of rustls' own `WebPkiServerVerifier`, which would bring the reading of
/// revocation lists along. Only when no issuer is known, looks again with the authorities that were
/// left in folders, and tells a certificate that is its own issuer from one of an authority that is
/// not trusted.
#[derive(Debug)]
pub(super) struct TellingVerifier {
    authorities: Authorities,
    algorithms: WebPkiSupportedAlgorithms,
}

impl TellingVerifier {
    pub(super) fn new(
        authorities: Authorities,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> TellingVerifier {
        TellingVerifier {
            authorities,
            algorithms,
        }
    }

    /// Whether a certificate is from one of the authorities, valid now, and for the server.
    fn verify(
        &self,
        roots: &RootCertStore,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let parsed = ParsedCertificate::try_from(end_entity)?;
        let algorithms = self.algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&parsed, roots, intermediates, now, algorithms)?;
        verify_server_name(&parsed, server_name)?;
        Ok(ServerCertVerified::assertion())
    }
}

/// No authority that is trusted has issued the certificate.
#[derive(Debug, thiserror::Error)]
#[error("the certificate is not trusted")]
pub(super) struct Untrusted {
    /// Whether it is its own issuer.
    pub(super) self_signed: bool,
    /// The authorities that were left out or could not be read, in words.
    pub(super) missing: String,
    /// Whether the call ended before all authorities were looked at.
    cut_short: bool,
}

impl Untrusted {
    #[cfg(test)]
    pub(super) fn new(self_signed: bool, missing: &str) -> Untrusted {
        Untrusted {
            self_signed,
            missing: missing.to_owned(),
            cut_short: false,
        }
    }
}

/// Whether a certificate was only not trusted because the call ended first.
pub(super) fn is_cut_short(error: &Error) -> bool {
    let Error::InvalidCertificate(CertificateError::Other(other)) = error else {
        return false;
    };
    let untrusted = other.0.downcast_ref::<Untrusted>();
    untrusted.is_some_and(|it| it.cut_short)
}

impl ServerCertVerifier for TellingVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verify = |roots| self.verify(roots, end_entity, intermediates, server_name, now);
        let mut cut_short = false;
        let valid = self.authorities.of_them_valid(now);
        let mut verdict = verify(valid.as_ref().unwrap_or(&self.authorities.roots));
        if knows_no_issuer(&verdict) {
            // What the folders have is not kept: that would take a lock, which a forked child must
            // not inherit, for a case that is rare.
            let mut go_on = || {
                cut_short = !has_time();
                !cut_short
            };
            let left = of_folders(&self.authorities.folders, &mut go_on);
            if !left.is_empty() {
                verdict = verify(&left);
            }
        }
        verdict.map_err(|error| match error {
            Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                let untrusted = Untrusted {
                    self_signed: is_self_signed(end_entity),
                    missing: self.authorities.missing_at(now),
                    cut_short,
                };
                Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(untrusted))))
            }
            other => other,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Whether the call under way has time left, and nobody has ended it.
fn has_time() -> bool {
    Exchange::current().is_none_or(|exchange| exchange.context.check(Phase::Tls).is_ok())
}

/// Whether no authority was found, or only one of the same name with another key.
fn knows_no_issuer(verdict: &Result<ServerCertVerified, Error>) -> bool {
    use CertificateError::{BadSignature, UnknownIssuer};
    matches!(
        verdict,
        Err(Error::InvalidCertificate(UnknownIssuer | BadSignature))
    )
}

fn is_self_signed(certificate: &CertificateDer<'_>) -> bool {
    webpki::EndEntityCert::try_from(certificate)
        .is_ok_and(|parsed| parsed.issuer() == parsed.subject())
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

    use super::*;

    fn authority() -> CertifiedIssuer<'static, KeyPair> {
        let mut parameters = CertificateParams::new([]).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
    }

    #[test]
    fn an_authority_that_only_a_folder_has_is_found() {
        let (known, left) = (authority(), authority());
        let folder = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(["scm.example".to_owned()]).unwrap();
        let certificate = parameters.signed_by(&key, &left).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(known.der().clone()).unwrap();
        let mut authorities = Authorities::from(roots);
        authorities.folders.push(folder.path().into());
        let provider = rustls::crypto::ring::default_provider();
        let verifier =
            TellingVerifier::new(authorities, provider.signature_verification_algorithms);
        let verdict = || {
            let name = ServerName::try_from("scm.example").unwrap();
            verifier.verify_server_cert(certificate.der(), &[], &name, &[], UnixTime::now())
        };
        assert!(verdict().is_err());
        std::fs::write(folder.path().join("left.pem"), left.pem()).unwrap();
        verdict().unwrap();
    }
}
