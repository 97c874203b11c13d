//! The certificates in a PEM file. Who reads a file decides whether a broken block refuses it.

use rustls::pki_types::{CertificateDer, TrustAnchor};

use super::pem::{self, Block, Blocks, BrokenBlock};
use super::x509::Certificate;

/// A certificate that a block holds.
pub(super) struct PemCertificate {
    /// The certificate, and OpenSSL's settings for it if it has any.
    bytes: Vec<u8>,
    /// Whether it is a TRUSTED CERTIFICATE, which may have such settings.
    trusted: bool,
}

impl PemCertificate {
    /// What it says of itself.
    pub(super) fn parsed(&self) -> Option<Certificate<'_>> {
        Certificate::read(&self.bytes)
    }

    /// The certificate alone, without OpenSSL's settings for it.
    pub(super) fn der(&self) -> CertificateDer<'static> {
        let der = self.parsed().map_or(&self.bytes[..], |it| it.der);
        CertificateDer::from(der.to_vec())
    }

    /// Whether its own settings forbid to trust it for servers.
    pub(super) fn is_distrusted(&self) -> bool {
        self.trusted && self.parsed().is_some_and(|it| it.is_distrusted())
    }

    /// The root that it is, if webpki can use it.
    pub(super) fn anchor(&self) -> Option<TrustAnchor<'static>> {
        let der = CertificateDer::from(self.parsed()?.der);
        let anchor = webpki::anchor_from_trusted_cert(&der).ok()?;
        Some(anchor.to_owned())
    }
}

/// The certificate in a block, `None` if it is a block of another kind.
pub(super) fn certificate(block: &Block<'_>) -> Result<Option<PemCertificate>, BrokenBlock> {
    let broken = |why| {
        Err(BrokenBlock {
            line: block.line,
            why,
        })
    };
    let trusted = match block.label {
        "CERTIFICATE" | "X509 CERTIFICATE" => false,
        "TRUSTED CERTIFICATE" => true,
        other => {
            let label = other.to_ascii_uppercase();
            let is_other = ["REQUEST", "ATTRIBUTE"]
                .iter()
                .any(|kind| label.contains(kind));
            if label.contains("CERTIFICATE") && !is_other {
                return broken("begins a block whose label is unknown");
            }
            if label.contains("PKCS7") || label.contains("PKCS #7") || label == "CMS" {
                return broken(
                    "begins a PKCS#7 bundle: take the certificates out of it (openssl pkcs7 -print_certs)",
                );
            }
            return Ok(None);
        }
    };
    let bytes = block.decode()?;
    match Certificate::read(&bytes) {
        Some(read) if read.has_valid_trailer(trusted) => {
            Ok(Some(PemCertificate { bytes, trusted }))
        }
        _ => broken("begins a block that is no X.509 certificate"),
    }
}

/// The certificates of a file that must be whole, each with its line.
pub(super) fn certificates(text: &[u8]) -> Result<Vec<(usize, PemCertificate)>, String> {
    pem::check_encoding(text)?;
    let cannot_be_read =
        |broken: BrokenBlock| format!("cannot be read: line {} {}", broken.line, broken.why);
    let mut found = Vec::new();
    for block in Blocks::of(text) {
        let block = block.map_err(cannot_be_read)?;
        let read = certificate(&block).map_err(cannot_be_read)?;
        found.extend(read.map(|read| (block.line, read)));
    }
    if found.is_empty() {
        return Err("has no PEM certificate in it".to_owned());
    }
    Ok(found)
}

#[cfg(test)]
mod against_openssl;
