//! The system's certificate authorities, as OpenSSL's programs find them.
//!
//! What of them cannot be read or used is left out and told. It never refuses the others: the program
//! has not chosen them, and cannot correct them.

use std::path::{Path, PathBuf};

use rustls::RootCertStore;

use super::authorities::{Authorities, LONGEST_FILE};
use super::folders::{add_folder, add_readable_certificates};
use super::pem;
use crate::environment::{Environment, Variables};
use crate::file::{self, Fault, Waiting};
use crate::report::Error;

#[cfg(any(target_os = "macos", windows))]
pub(super) fn system_authorities(_: &Variables, _: Waiting<'_>) -> Result<Authorities, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Ok(Authorities::from(roots))
}

/// As OpenSSL's programs find them: by `SSL_CERT_FILE` and `SSL_CERT_DIR`, or where the system's
/// distribution has them.
#[cfg(not(any(target_os = "macos", windows)))]
pub(super) fn system_authorities(
    variables: &Variables,
    waiting: Waiting<'_>,
) -> Result<Authorities, Error> {
    const FILE: &str = "SSL_CERT_FILE";
    const FOLDERS: &str = "SSL_CERT_DIR";
    let file = variables.raw(FILE);
    let folders = variables.raw(FOLDERS).unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&folders)
        .filter(|folder| !folder.as_os_str().is_empty())
        .collect();
    if file.is_some() || !folders.is_empty() {
        let named = |path: &Path, variable: &str| format!("{variable} {}", path.display());
        let file = file.map(PathBuf::from);
        // A folder may be read when the program has long changed its directory.
        let folders = folders.iter().map(std::path::absolute);
        let folders: Vec<_> = folders.filter_map(Result::ok).collect();
        return read_file_or_folders(
            file.as_deref(),
            &|path| named(path, FILE),
            folders,
            &|path| named(path, FOLDERS),
            waiting,
        );
    }
    let folders = openssl_probe::candidate_cert_dirs().map(Path::to_owned);
    let file = USUAL_FILES.iter().map(Path::new).find(|file| file.exists());
    let named = |path: &Path| path.display().to_string();
    let mut found = read_file_or_folders(file, &named, folders.collect(), &named, waiting)?;
    // Nobody chose them, and of several usual places most are not there.
    found.left_out.clear();
    Ok(found)
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

/// What a path is called in a message.
type Named<'a> = &'a dyn Fn(&Path) -> String;

/// The authorities of the file; of the folders at once only if the file has none.
fn read_file_or_folders(
    file: Option<&Path>,
    file_named: Named<'_>,
    folders: Vec<PathBuf>,
    folder_named: Named<'_>,
    waiting: Waiting<'_>,
) -> Result<Authorities, Error> {
    let mut roots = RootCertStore::empty();
    let mut left_out = Vec::new();
    if let Some(path) = file {
        let named = file_named(path);
        match file::read(path, LONGEST_FILE, waiting) {
            Ok(contents) => {
                let text = contents.no_secret();
                if let Err(why) = pem::check_encoding(&text) {
                    left_out.push(format!("{named} {why}"));
                }
                let broken = add_readable_certificates(&text, &mut roots, waiting)
                    .map_err(|fault| fault.of(&named))?;
                let broken = broken
                    .iter()
                    .map(|it| format!("{named}: line {} {}", it.line, it.why));
                left_out.extend(broken);
                if roots.is_empty() && left_out.is_empty() {
                    left_out.push(format!("{named} has no PEM certificate in it"));
                }
            }
            Err(fault @ Fault::Unusable(_)) => {
                left_out.push(fault.of(&named).message().to_owned());
            }
            Err(fault) => return Err(fault.of(&named)),
        }
    }
    if !roots.is_empty() {
        return Ok(Authorities {
            folders,
            left_out,
            ..Authorities::from(roots)
        });
    }
    for folder in &folders {
        let before = roots.len();
        let named = folder_named(folder);
        match add_folder(folder, &mut roots, waiting) {
            Ok(()) if roots.len() > before => {}
            Ok(()) => left_out.push(format!("{named} has no PEM certificate in it")),
            Err(fault @ Fault::Ended { .. }) => return Err(fault.of(&named)),
            Err(fault) => left_out.push(fault.of(&named).message().to_owned()),
        }
    }
    Ok(Authorities {
        left_out,
        ..Authorities::from(roots)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call_context::CallContext;

    fn found_in(file: Option<&Path>, folder: &Path) -> Authorities {
        let named: Named<'_> = &|path| path.display().to_string();
        CallContext::for_tests(|waiting| {
            read_file_or_folders(file, named, vec![folder.into()], named, waiting).unwrap()
        })
    }

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
        let found = found_in(Some(&file), folder.path());
        assert_eq!(found.roots.len(), 1);
        assert_eq!(found.folders, [folder.path()]);
    }

    #[test]
    fn folders_are_read_at_once_if_there_is_no_authority_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        write_authority(&folder.path().join("one.pem"));
        write_authority(&folder.path().join("other.pem"));
        for file in [None, Some(Path::new("/nowhere"))] {
            let found = found_in(file, folder.path());
            assert_eq!(found.roots.len(), 2);
            assert!(found.folders.is_empty());
        }
    }

    #[test]
    fn files_and_folders_that_are_not_there_are_told_by_name() {
        let nowhere = Path::new("/nowhere");
        let named: Named<'_> = &|path| format!("VARIABLE {}", path.display());
        let found = CallContext::for_tests(|waiting| {
            read_file_or_folders(Some(nowhere), named, vec![nowhere.into()], named, waiting)
                .unwrap()
        });
        assert_eq!(found.left_out.len(), 2);
        for told in &found.left_out {
            assert!(
                told.starts_with("VARIABLE /nowhere cannot be read"),
                "{told}"
            );
        }
    }

    #[test]
    fn a_bundle_that_nobody_named_is_never_refused_for_what_is_broken_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        write_authority(&file);
        let mut text = std::fs::read(&file).unwrap();
        text.extend_from_slice(b"-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n");
        write_authority(&file);
        text.extend_from_slice(&std::fs::read(&file).unwrap());
        std::fs::write(&file, &text).unwrap();
        let found = found_in(Some(&file), folder.path());
        assert_eq!((found.roots.len(), found.left_out.len()), (2, 1));
    }
}
