//! The certificate that the client shows to the server, and its key.

use std::path::PathBuf;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use zeroize::Zeroizing;

use super::certificates::{PemCertificate, certificates};
use super::pem::{self, Blocks};
use super::x509;
use crate::file::{self, Waiting};
use crate::report::Error;

/// Largest client certificate file, in bytes.
const LONGEST_CERTIFICATE_FILE: usize = 1024 * 1024;
/// Largest client key file, in bytes.
const LONGEST_KEY_FILE: usize = 64 * 1024;

/// The files of a client's own certificate and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientCertificate {
    pub(crate) cert_file: PathBuf,
    pub(crate) key_file: PathBuf,
}

/// Reads certificate and key. rustls' own way to join them would refuse a certificate of X.509
/// version 1, which `openssl x509 -req` makes: what it is good for is the server's to judge.
pub(super) fn client_identity(
    client: &ClientCertificate,
    provider: &CryptoProvider,
    waiting: Waiting<'_>,
) -> Result<SingleCertAndKey, Error> {
    let certificate_file = format!("client_cert_file {}", client.cert_file.display());
    let key_file = format!("client_key_file {}", client.key_file.display());
    let refuse = |named: &str, why: &str| Error::invalid_config(format!("{named} {why}"));
    let text = file::read(&client.cert_file, LONGEST_CERTIFICATE_FILE, waiting)
        .map_err(|fault| fault.of(&certificate_file))?;
    let chain = certificates(&text.bytes).map_err(|why| refuse(&certificate_file, &why))?;
    // One FIFO for both is read once.
    let key = if client.cert_file == client.key_file {
        private_key(&text.bytes)
    } else {
        let text = file::read(&client.key_file, LONGEST_KEY_FILE, waiting)
            .map_err(|fault| fault.of(&key_file))?;
        private_key(&text.bytes)
    };
    let key = key.map_err(|why| refuse(&key_file, &why))?;
    let key = provider.key_provider.load_private_key(key).map_err(|_| {
        refuse(
            &key_file,
            "has a key that is not supported (RSA of 2048 to 8192 bits, P-256, P-384 and Ed25519 are)",
        )
    })?;
    if let Some(public) = key.public_key() {
        let own = |(_, read): &(usize, PemCertificate)| is_key_of(&public, read);
        match chain.iter().find(|it| own(it)) {
            Some((line, _)) if !chain.first().is_some_and(own) => {
                return Err(refuse(
                    &certificate_file,
                    &format!("must begin with the key's own certificate, which is on line {line}"),
                ));
            }
            Some(_) => {}
            None => {
                return Err(Error::invalid_config(format!(
                    "{key_file} does not belong to the certificate in {certificate_file}"
                )));
            }
        }
    }
    let chain = chain.iter().map(|(_, read)| read.der()).collect();
    Ok(SingleCertAndKey::from(CertifiedKey::new(chain, key)))
}

fn is_key_of(public: &SubjectPublicKeyInfoDer<'_>, read: &PemCertificate) -> bool {
    let parsed = read.parsed();
    parsed.is_some_and(|it| x509::key_in(public).is_some_and(|key| key == it.key))
}

/// The first private key of a file.
fn private_key(text: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    pem::check_encoding(text)?;
    for block in Blocks::of(text) {
        let broken = |it: pem::BrokenBlock| format!("cannot be read: line {} {}", it.line, it.why);
        let block = block.map_err(broken)?;
        let is_encrypted = block.label == "ENCRYPTED PRIVATE KEY" || block.has(b"4,ENCRYPTED");
        match block.label {
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" | "ENCRYPTED PRIVATE KEY"
                if is_encrypted =>
            {
                return Err("is encrypted, and nobody is there to type the password: store it decrypted, readable by its user only".to_owned());
            }
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
                // pki_types decodes secrets without their bits steering it.
                let pem = Zeroizing::new(block.without_headers());
                return PrivateKeyDer::from_pem_slice(&pem)
                    .map_err(|_| format!("cannot be read: line {} begins no key", block.line));
            }
            label if label.contains("PRIVATE KEY") => {
                return Err(format!(
                    "has a key of another kind on line {} ({}): PKCS#8, SEC1 and PKCS#1 are read",
                    block.line,
                    crate::sanitize::sanitize(label, 40)
                ));
            }
            _ => {}
        }
    }
    Err("has no private key in PEM (PKCS#8, SEC1 or PKCS#1) in it".to_owned())
}
