//! Whom to trust: the system's certificate authorities, Mozilla's, or those of a file.

use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::socket::in_words;
use crate::config::Trust;
use crate::environment::Variables;
use crate::report::Error;

/// Certificate authorities, and where there may be more.
pub(super) struct Authorities {
    pub(super) roots: RootCertStore,
    /// Folders with a file for each authority. Reading them takes longer than a handshake, so they
    /// are left for a certificate whose issuer is not among the roots.
    pub(super) folders: Vec<PathBuf>,
}

impl From<RootCertStore> for Authorities {
    fn from(roots: RootCertStore) -> Authorities {
        Authorities {
            roots,
            folders: Vec::new(),
        }
    }
}

/// Reads the authorities to trust.
pub(super) fn authorities(trust: &Trust, variables: &Variables) -> Result<Authorities, Error> {
    match trust {
        Trust::System => {
            let found = of_system(variables);
            if found.roots.is_empty() {
                return Err(Error::invalid_config(
                    "trust is system, but the system has no certificate authorities: install them (package ca-certificates), or set trust to mozilla or ca_file",
                ));
            }
            Ok(found)
        }
        Trust::Mozilla => Ok(Authorities::from(RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        })),
        Trust::File(path) => of_file(path).map(Authorities::from),
    }
}

#[cfg(any(target_os = "macos", windows))]
fn of_system(_: &Variables) -> Authorities {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Authorities::from(roots)
}

/// As OpenSSL's programs find them: by `SSL_CERT_FILE` and `SSL_CERT_DIR`, or where the system's
/// distribution has them.
#[cfg(not(any(target_os = "macos", windows)))]
fn of_system(variables: &Variables) -> Authorities {
    let file = variables.get("SSL_CERT_FILE").map(PathBuf::from);
    let folders: Vec<PathBuf> = variables
        .get("SSL_CERT_DIR")
        .iter()
        .flat_map(std::env::split_paths)
        .collect();
    if file.is_some() || !folders.is_empty() {
        return of_file_or_folders(file.as_deref(), folders);
    }
    let folders = openssl_probe::candidate_cert_dirs().map(Path::to_owned);
    let file = USUAL_FILES.iter().map(Path::new).find(|file| file.exists());
    of_file_or_folders(file, folders.collect())
}

/// The files that openssl_probe knows; it tells them only together with what it finds by reading the
/// variables itself, which a setuid program must not, and a program that changes them meanwhile.
#[cfg(not(any(target_os = "macos", windows)))]
const USUAL_FILES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt", // Debian, Arch, Gentoo, Solaris
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, Red Hat
    "/etc/pki/tls/certs/ca-bundle.crt",   // older ones
    "/etc/ssl/ca-bundle.pem",             // SUSE
    "/etc/pki/tls/cacert.pem",            // OpenELEC
    "/etc/ssl/cert.pem",                  // Alpine, OpenBSD
    "/opt/etc/ssl/certs/ca-certificates.crt", // Entware
    "/etc/ssl/certs/cacert.pem",          // OpenHarmony
    "/etc/ssl/cacert.pem",                // illumos
    "/usr/local/etc/ssl/cert.pem",        // FreeBSD
    "/usr/local/share/certs/ca-root-nss.crt", // DragonFly
    "/etc/openssl/certs/ca-certificates.crt", // NetBSD
    "/data/data/com.termux/files/usr/etc/tls/cert.pem", // Termux
    "/boot/system/data/ssl/CARootCertificates.pem", // Haiku
];

/// The authorities of the file; of the folders at once only if the file has none.
fn of_file_or_folders(file: Option<&Path>, folders: Vec<PathBuf>) -> Authorities {
    let mut roots = RootCertStore::empty();
    if file.is_some() {
        let found = rustls_native_certs::load_certs_from_paths(file, None);
        roots.add_parsable_certificates(found.certs);
    }
    if roots.is_empty() {
        return Authorities::from(of_folders(&folders));
    }
    Authorities { roots, folders }
}

/// The authorities that lie in folders, in files of their own.
pub(super) fn of_folders(folders: &[PathBuf]) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    for folder in folders {
        let found = rustls_native_certs::load_certs_from_paths(None, Some(folder));
        roots.add_parsable_certificates(found.certs);
    }
    roots
}

fn of_file(path: &Path) -> Result<RootCertStore, Error> {
    let refuse = |why: String| Error::invalid_config(format!("ca_file {} {why}", path.display()));
    let pem = std::fs::read(path)
        .map_err(|error| refuse(format!("cannot be read: {}", in_words(&error))))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|_| refuse("has a broken PEM block".to_owned()))?;
        roots
            .add(certificate)
            .map_err(|_| refuse("has a certificate that cannot be used".to_owned()))?;
    }
    if roots.is_empty() {
        return Err(refuse("has no PEM certificate in it".to_owned()));
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_authority(path: &Path) {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut authority = rcgen::CertificateParams::new([]).unwrap();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        std::fs::write(path, authority.self_signed(&key).unwrap().pem()).unwrap();
    }

    #[test]
    fn folders_are_left_for_later_if_the_file_has_authorities() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        write_authority(&file);
        let found = of_file_or_folders(Some(&file), vec![folder.path().into()]);
        assert_eq!(found.roots.len(), 1);
        assert_eq!(found.folders, [folder.path()]);
    }

    #[test]
    fn folders_are_read_at_once_if_there_is_no_authority_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        write_authority(&folder.path().join("one.pem"));
        write_authority(&folder.path().join("other.pem"));
        for file in [None, Some(Path::new("/nowhere"))] {
            let found = of_file_or_folders(file, vec![folder.path().into()]);
            assert_eq!(found.roots.len(), 2);
            assert!(found.folders.is_empty());
        }
    }
}
