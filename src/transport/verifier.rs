//! Certificate verification: rustls' own, with a second look for an issuer that it does not know
//! and one more word for what it refuses.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{VerifierBuilderError, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};

use super::trust::{Authorities, of_folders};

/// Asks rustls' verifier and takes its word. Only when it knows no issuer, asks it once more with
/// the authorities that were left in folders, and tells a certificate that is its own issuer from
/// one of an authority that is not trusted.
#[derive(Debug)]
pub(super) struct TellingVerifier {
    verifier: Arc<WebPkiServerVerifier>,
    provider: Arc<CryptoProvider>,
    folders: Vec<PathBuf>,
}

impl TellingVerifier {
    pub(super) fn new(
        authorities: Authorities,
        provider: Arc<CryptoProvider>,
    ) -> Result<TellingVerifier, VerifierBuilderError> {
        Ok(TellingVerifier {
            verifier: verifier(authorities.roots, &provider)?,
            provider,
            folders: authorities.folders,
        })
    }

    /// A verifier with the authorities that were left in folders. It is not kept: that would take
    /// a lock, which a forked child must not inherit, for a case that is rare.
    fn of_folders(&self) -> Option<Arc<WebPkiServerVerifier>> {
        let roots = of_folders(&self.folders);
        if roots.is_empty() {
            return None;
        }
        verifier(roots, &self.provider).ok()
    }
}

fn verifier(
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, VerifierBuilderError> {
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build()
}

/// The certificate is its own issuer.
#[derive(Debug, thiserror::Error)]
#[error("the certificate is self-signed")]
pub(super) struct SelfSigned;

impl ServerCertVerifier for TellingVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let ask = |verifier: &WebPkiServerVerifier| {
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        let mut verdict = ask(&self.verifier);
        if knows_no_issuer(&verdict)
            && let Some(verifier) = self.of_folders()
        {
            verdict = ask(&verifier);
        }
        verdict.map_err(|error| match error {
            Error::InvalidCertificate(CertificateError::UnknownIssuer)
                if is_self_signed(end_entity) =>
            {
                Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(SelfSigned))))
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
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
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
        let authorities = Authorities {
            roots,
            folders: vec![folder.path().into()],
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = TellingVerifier::new(authorities, provider).unwrap();
        let verdict = || {
            let name = ServerName::try_from("scm.example").unwrap();
            verifier.verify_server_cert(certificate.der(), &[], &name, &[], UnixTime::now())
        };
        assert!(knows_no_issuer(&verdict()));
        std::fs::write(folder.path().join("left.pem"), left.pem()).unwrap();
        verdict().unwrap();
    }
}
