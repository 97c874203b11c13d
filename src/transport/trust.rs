//! Whom to trust: the system's certificate authorities, Mozilla's, or those of a file.

use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::socket::in_words;
use crate::config::Trust;
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
pub(super) fn authorities(trust: &Trust) -> Result<Authorities, Error> {
    match trust {
        Trust::System => {
            let found = of_system();
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
fn of_system() -> Authorities {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Authorities::from(roots)
}

/// As OpenSSL's programs find them: by `SSL_CERT_FILE` and `SSL_CERT_DIR`, or where the system's
/// distribution has them.
#[cfg(not(any(target_os = "macos", windows)))]
fn of_system() -> Authorities {
    use crate::environment::{environment_variable, runs_with_foreign_rights};

    let file = environment_variable("SSL_CERT_FILE").map(PathBuf::from);
    let folders: Vec<PathBuf> = environment_variable("SSL_CERT_DIR")
        .iter()
        .flat_map(std::env::split_paths)
        .collect();
    if file.is_some() || !folders.is_empty() {
        return of_file_or_folders(file.as_deref(), folders);
    }
    let folders = openssl_probe::candidate_cert_dirs().map(Path::to_owned);
    // The probe looks at the variables by itself, which a setuid program must not.
    let file = if runs_with_foreign_rights() {
        None
    } else {
        openssl_probe::probe().cert_file
    };
    of_file_or_folders(file.as_deref(), folders.collect())
}

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
