//! The certificates in a PEM file.

use rustls::pki_types::{CertificateDer, TrustAnchor};

use super::pem::{self, Block, Blocks, Broken};
use super::x509::Certificate;

/// A certificate that a block holds.
pub(super) struct Read {
    bytes: Vec<u8>,
    trusted: bool,
}

impl Read {
    /// What it says of itself.
    pub(super) fn parsed(&self) -> Option<Certificate<'_>> {
        Certificate::read(&self.bytes)
    }

    /// The certificate alone, without OpenSSL's settings for it.
    pub(super) fn der(&self) -> CertificateDer<'static> {
        let der = self.parsed().map_or(&self.bytes[..], |it| it.der);
        CertificateDer::from(der.to_vec())
    }

    pub(super) fn is_distrusted(&self) -> bool {
        self.trusted && self.parsed().is_some_and(|it| it.is_distrusted())
    }

    pub(super) fn anchor(&self) -> Option<TrustAnchor<'static>> {
        let der = CertificateDer::from(self.parsed()?.der);
        let anchor = webpki::anchor_from_trusted_cert(&der).ok()?;
        Some(anchor.to_owned())
    }
}

/// The certificate in a block, `None` if it is a block of another kind.
pub(super) fn certificate(block: &Block<'_>) -> Result<Option<Read>, Broken> {
    let broken = |why| {
        Err(Broken {
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
        Some(read) if read.ends_as(trusted) => Ok(Some(Read { bytes, trusted })),
        _ => broken("begins a block that is no X.509 certificate"),
    }
}

/// The certificates of a file that must be whole, each with its line.
pub(super) fn certificates(text: &[u8]) -> Result<Vec<(usize, Read)>, String> {
    pem::check_encoding(text)?;
    let in_words = |broken: Broken| format!("cannot be read: line {} {}", broken.line, broken.why);
    let mut found = Vec::new();
    for block in Blocks::of(text) {
        let block = block.map_err(in_words)?;
        let read = certificate(&block).map_err(in_words)?;
        found.extend(read.map(|read| (block.line, read)));
    }
    if found.is_empty() {
        return Err("has no PEM certificate in it".to_owned());
    }
    Ok(found)
}

#[cfg(test)]
mod against_openssl;
