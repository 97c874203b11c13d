//! Certificate verification: rustls' own verifier, with a second look in the folders of authorities
//! for an issuer that it does not know, and with more to tell of a certificate that is not trusted.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{VerifierBuilderError, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};

use super::authorities::Authorities;
use super::current_handshake::CurrentHandshake;
use super::folders::roots_in_folders;

/// Verifies by rustls' `WebPkiServerVerifier`, without revocation lists. Only when that knows no
/// issuer, it is asked again with the authorities that were left in folders; and a certificate that
/// is its own issuer is told from one of an authority that is not trusted.
#[derive(Debug)]
pub(super) struct CertificateVerifier {
    authorities: Authorities,
    /// Trusts all the roots of the authorities.
    webpki: Arc<WebPkiServerVerifier>,
    provider: Arc<CryptoProvider>,
}

impl CertificateVerifier {
    /// Fails if there is no root.
    pub(super) fn new(
        authorities: Authorities,
        provider: Arc<CryptoProvider>,
    ) -> Result<CertificateVerifier, VerifierBuilderError> {
        let webpki = webpki_verifier(Arc::clone(&authorities.roots), &provider)?;
        Ok(CertificateVerifier {
            authorities,
            webpki,
            provider,
        })
    }
}

fn webpki_verifier(
    roots: Arc<RootCertStore>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, VerifierBuilderError> {
    WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider)).build()
}

/// No authority that is trusted has issued the certificate.
#[derive(Debug, thiserror::Error)]
#[error("the certificate is not trusted")]
pub(super) struct Untrusted {
    /// Whether it is its own issuer.
    pub(super) self_signed: bool,
    /// The authorities that were left out or could not be read, for people.
    pub(super) left_out: String,
}

impl ServerCertVerifier for CertificateVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verify_by = |verifier: &WebPkiServerVerifier| {
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        // A verifier without any root cannot be made, and would know no issuer.
        let verify_with = |roots| match webpki_verifier(Arc::new(roots), &self.provider) {
            Ok(verifier) => verify_by(&verifier),
            Err(_) => Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)),
        };
        let mut verdict = match self.authorities.roots_valid_at(now) {
            None => verify_by(&self.webpki),
            Some(valid) => verify_with(valid),
        };
        if knows_no_issuer(&verdict)
            && let Some(handshake) = CurrentHandshake::get()
        {
            // What the folders have is not kept: that would take a lock, which a forked child must
            // not inherit, for a case that is rare.
            match roots_in_folders(&self.authorities.folders, handshake.waiting()) {
                Ok(roots) if roots.is_empty() => {}
                Ok(roots) => verdict = verify_with(roots),
                Err(ended) => handshake.end(ended),
            }
        }
        verdict.map_err(|error| match error {
            Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                let untrusted = Untrusted {
                    self_signed: is_self_signed(end_entity),
                    left_out: self.authorities.left_out_at(now),
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
        self.webpki.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
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
    use std::rc::Rc;
    use std::time::Duration;

    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

    use super::*;
    use crate::Cancel;
    use crate::call_context::CallContext;

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
        let verifier = CertificateVerifier::new(authorities, Arc::new(provider)).unwrap();
        let context = CallContext::start(Duration::from_secs(30), None, Cancel::new(), None);
        let handshake = CurrentHandshake::new(&Rc::new(context));
        let verdict = || {
            let name = ServerName::try_from("scm.example").unwrap();
            handshake.during(|| {
                verifier.verify_server_cert(certificate.der(), &[], &name, &[], UnixTime::now())
            })
        };
        assert!(verdict().is_err());
        std::fs::write(folder.path().join("left.pem"), left.pem()).unwrap();
        verdict().unwrap();
    }
}
