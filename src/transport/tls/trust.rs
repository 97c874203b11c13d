//! Whom to trust: the system's certificate authorities, Mozilla's, or those of a file.
//!
//! A file that the program names is used as a whole, or refused by the line where it is broken;
//! what in it cannot be used is left out and told. The system's own bundle is never refused.

use std::collections::HashSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};

use super::pem::{self, Block, Blocks, Broken};
use super::x509::{self, Certificate};
use crate::config::Trust;
use crate::environment::{Environment, Variables};
use crate::file::{self, Waiting};
use crate::report::Error;

/// Largest file of authorities, in bytes.
const LONGEST_FILE: usize = 16 * 1024 * 1024;
/// How many certificates that were left out a message names.
const MOST_NAMED: usize = 3;

/// Certificate authorities, and where there may be more.
#[derive(Debug)]
pub(super) struct Authorities {
    pub(super) roots: Arc<RootCertStore>,
    /// For each root of a file that the program named, when it may be used; for none of another's.
    validity: Vec<Validity>,
    /// Folders with a file for each authority. Reading them takes longer than a handshake, so they
    /// are left for a certificate whose issuer is not among the roots.
    pub(super) folders: Vec<PathBuf>,
    /// What was left out or could not be read, each in words.
    pub(super) left_out: Vec<String>,
}

/// When a root may be used, and how it is told of at other times.
#[derive(Debug)]
struct Validity {
    name: String,
    from: i64,
    until: i64,
}

impl Validity {
    /// Why the root cannot be used now.
    fn fault_at(&self, now: i64) -> Option<String> {
        if now > self.until {
            Some(format!(
                "{} expired on {}",
                self.name,
                x509::day(self.until)
            ))
        } else if now < self.from {
            let from = x509::day(self.from);
            Some(format!("{} is not valid before {from}", self.name))
        } else {
            None
        }
    }
}

impl From<RootCertStore> for Authorities {
    fn from(roots: RootCertStore) -> Authorities {
        Authorities {
            roots: Arc::new(roots),
            validity: Vec::new(),
            folders: Vec::new(),
            left_out: Vec::new(),
        }
    }
}

impl Authorities {
    /// The roots that may be used now, if they are not all: a client may outlive them.
    pub(super) fn of_them_valid(&self, now: UnixTime) -> Option<RootCertStore> {
        let now = seconds_of(now);
        if self.validity.iter().all(|it| it.fault_at(now).is_none()) {
            return None;
        }
        let roots = self.roots.roots.iter().zip(&self.validity);
        Some(RootCertStore {
            roots: roots
                .filter(|(_, validity)| validity.fault_at(now).is_none())
                .map(|(root, _)| root.clone())
                .collect(),
        })
    }

    /// What was left out, with what may not be used now: "" if there is nothing.
    pub(super) fn missing_at(&self, now: UnixTime) -> String {
        let now = seconds_of(now);
        let outdated = self.validity.iter().filter_map(|it| it.fault_at(now));
        let missing: Vec<_> = self.left_out.iter().cloned().chain(outdated).collect();
        first_few(&missing)
    }
}

fn seconds_of(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

/// The first of many things, and how many more there are.
pub(super) fn first_few(things: &[String]) -> String {
    let named = things[..things.len().min(MOST_NAMED)].join(", ");
    match things.len().saturating_sub(MOST_NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// Reads the authorities to trust.
pub(super) fn authorities(
    trust: &Trust,
    algorithms: &WebPkiSupportedAlgorithms,
    variables: &Variables,
    waiting: Waiting<'_>,
) -> Result<Authorities, Error> {
    match trust {
        Trust::System => {
            let found = of_system(variables, waiting)?;
            if found.roots.is_empty() {
                return Err(Error::invalid_config(if found.left_out.is_empty() {
                    "trust is system, but the system has no certificate authorities: install them (package ca-certificates), or set trust to mozilla or ca_file".to_owned()
                } else {
                    format!(
                        "trust is system, but no certificate authority was found: {}; correct that, or set trust to mozilla or ca_file",
                        found.left_out.join("; ")
                    )
                }));
            }
            Ok(found)
        }
        Trust::Mozilla => Ok(Authorities::from(RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        })),
        Trust::File(path) => of_file(path, algorithms, waiting),
    }
}

#[cfg(any(target_os = "macos", windows))]
fn of_system(_: &Variables, _: Waiting<'_>) -> Result<Authorities, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Ok(Authorities::from(roots))
}

/// As OpenSSL's programs find them: by `SSL_CERT_FILE` and `SSL_CERT_DIR`, or where the system's
/// distribution has them.
#[cfg(not(any(target_os = "macos", windows)))]
fn of_system(variables: &Variables, waiting: Waiting<'_>) -> Result<Authorities, Error> {
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
        return of_file_or_folders(
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
    let mut found = of_file_or_folders(file, &named, folders.collect(), &named, waiting)?;
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
fn of_file_or_folders(
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
                let broken = add_what_can_be_read(&text, &mut roots);
                let broken = broken
                    .iter()
                    .map(|it| format!("{named}: line {} {}", it.line, it.why));
                left_out.extend(broken);
                if roots.is_empty() && left_out.is_empty() {
                    left_out.push(format!("{named} has no PEM certificate in it"));
                }
            }
            Err(fault @ file::Fault::Unusable(_)) => {
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
        match add_folder(folder, &mut roots, &mut || true) {
            Ok(()) if roots.len() > before => {}
            Ok(()) => left_out.push(format!(
                "{} has no PEM certificate in it",
                folder_named(folder)
            )),
            Err(error) => {
                let fault = file::Fault::from(error).of(&folder_named(folder));
                left_out.push(fault.message().to_owned());
            }
        }
    }
    Ok(Authorities {
        left_out,
        ..Authorities::from(roots)
    })
}

/// The authorities that lie in folders, in files of their own; fewer if `go_on` says so.
pub(super) fn of_folders(folders: &[PathBuf], go_on: &mut dyn FnMut() -> bool) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    for folder in folders {
        // One that cannot be read has none, as for OpenSSL.
        let _ = add_folder(folder, &mut roots, go_on);
    }
    roots
}

/// Adds what lies in a folder. Most have two names for each file.
fn add_folder(
    folder: &Path,
    roots: &mut RootCertStore,
    go_on: &mut dyn FnMut() -> bool,
) -> std::io::Result<()> {
    let mut seen = HashSet::new();
    for entry in std::fs::read_dir(folder)? {
        if !go_on() {
            break;
        }
        let path = entry?.path();
        let is_new = std::fs::metadata(&path)
            .is_ok_and(|file| file.is_file() && seen.insert((file.dev(), file.ino())));
        if is_new && let Ok(contents) = file::read_regular(&path, LONGEST_FILE) {
            add_what_can_be_read(&contents.no_secret(), roots);
        }
    }
    Ok(())
}

/// Adds the authorities of a file that is nobody's to correct, and gives what is broken in it.
fn add_what_can_be_read(text: &[u8], roots: &mut RootCertStore) -> Vec<Broken> {
    let mut broken = Vec::new();
    for block in Blocks::of(text) {
        match block.and_then(|block| certificate(&block)) {
            Ok(Some(read)) => roots
                .roots
                .extend(read.anchor().filter(|_| !read.is_distrusted())),
            Ok(None) => {}
            Err(fault) => broken.push(fault),
        }
    }
    broken
}

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

    fn is_distrusted(&self) -> bool {
        self.trusted && self.parsed().is_some_and(|it| it.is_distrusted())
    }

    fn anchor(&self) -> Option<TrustAnchor<'static>> {
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

fn of_file(
    path: &Path,
    algorithms: &WebPkiSupportedAlgorithms,
    waiting: Waiting<'_>,
) -> Result<Authorities, Error> {
    let named = format!("ca_file {}", path.display());
    let text = file::read(path, LONGEST_FILE, waiting).map_err(|fault| fault.of(&named))?;
    let certificates = certificates(&text.no_secret())
        .map_err(|why| Error::invalid_config(format!("{named} {why}")))?;
    let mut roots = RootCertStore::empty();
    let mut validity = Vec::new();
    let mut left_out = Vec::new();
    let now = seconds_of(UnixTime::now());
    for (line, read) in certificates {
        match usable(line, &read, algorithms, now) {
            Ok((anchor, valid)) => {
                roots.roots.push(anchor);
                validity.push(valid);
            }
            Err(why) => left_out.push(why),
        }
    }
    if roots.is_empty() {
        return Err(Error::invalid_config(format!(
            "{named} has no certificate that can be used: {}",
            first_few(&left_out)
        )));
    }
    Ok(Authorities {
        validity,
        left_out,
        ..Authorities::from(roots)
    })
}

/// The root that a certificate is, or why it cannot be used.
fn usable(
    line: usize,
    read: &Read,
    algorithms: &WebPkiSupportedAlgorithms,
    now: i64,
) -> Result<(TrustAnchor<'static>, Validity), String> {
    let refuse = |name: &str, why: &str| Err(format!("{name} {why}"));
    let Some(parsed) = read.parsed() else {
        return refuse("a certificate", "cannot be read");
    };
    let name = format!("{} (line {line})", parsed.name());
    if read.is_distrusted() {
        return refuse(&name, "is not trusted for servers by its own settings");
    }
    if !parsed.has_usable_key(algorithms) {
        return refuse(
            &name,
            "has a key that is not supported (RSA of 2048 to 8192 bits, P-256, P-384 and Ed25519 are)",
        );
    }
    let Some((from, until)) = parsed.validity() else {
        return refuse(&name, "has dates that cannot be read");
    };
    let validity = Validity { name, from, until };
    // One that is not valid yet may be by the time it is needed.
    if now > until {
        return Err(validity.fault_at(now).unwrap_or_default());
    }
    match read.anchor() {
        Some(anchor) => Ok((anchor, validity)),
        None => refuse(&validity.name, "has parts that are not supported"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call_context::CallContext;

    fn found_in(file: Option<&Path>, folder: &Path) -> Authorities {
        let named: Named<'_> = &|path| path.display().to_string();
        CallContext::for_tests(|waiting| {
            of_file_or_folders(file, named, vec![folder.into()], named, waiting).unwrap()
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

    /// What a file holds that has these certificates, under these labels.
    fn file_of(blocks: &[(&str, &[u8])]) -> Result<Authorities, Error> {
        use base64::Engine;
        let file = tempfile::NamedTempFile::new().unwrap();
        let pem: String = blocks
            .iter()
            .map(|(label, der)| {
                let base64 = base64::engine::general_purpose::STANDARD.encode(der);
                format!("-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n")
            })
            .collect();
        std::fs::write(file.path(), pem).unwrap();
        let provider = rustls::crypto::ring::default_provider();
        let algorithms = provider.signature_verification_algorithms;
        CallContext::for_tests(|waiting| of_file(file.path(), &algorithms, waiting))
    }

    fn root(name: &str) -> Vec<u8> {
        let mut params = rcgen::CertificateParams::new([]).unwrap();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2070, 1, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    fn at(year: u64) -> UnixTime {
        let since_1970 = std::time::Duration::from_secs((year - 1970) * 31_557_600);
        UnixTime::since_unix_epoch(since_1970)
    }

    #[test]
    fn a_root_is_trusted_as_long_as_it_is_valid() {
        let found = file_of(&[("CERTIFICATE", &root("Long lived"))]).unwrap();
        assert!(found.left_out.is_empty() && found.of_them_valid(at(2030)).is_none());
        assert_eq!(found.missing_at(at(2030)), "");
        for (year, why) in [
            (2071, "\"Long lived\" (line 1) expired on 2070-01-01"),
            (
                2019,
                "\"Long lived\" (line 1) is not valid before 2020-01-01",
            ),
        ] {
            assert!(found.of_them_valid(at(year)).unwrap().is_empty());
            assert_eq!(found.missing_at(at(year)), why);
        }
    }

    #[test]
    fn a_root_whose_key_or_settings_forbid_its_use_is_left_out() {
        // The curve's name ends P-256, and then P-192: 1.2.840.10045.3.1.7 and .1.
        let mut other_curve = root("Other curve");
        let p256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
        let place = pem::find(&other_curve, &p256).unwrap();
        other_curve[place + 7] = 1;
        let servers = [6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];
        let mail = [6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 4];
        let trusted_for =
            |der: Vec<u8>, purpose: &[u8]| [&der, &[0x30, 12, 0x30, 10][..], purpose].concat();
        let rejected_for =
            |der: Vec<u8>, purpose: &[u8]| [&der, &[0x30, 12, 0xa0, 10][..], purpose].concat();
        let label = "TRUSTED CERTIFICATE";
        let found = file_of(&[
            ("CERTIFICATE", &other_curve),
            (label, &trusted_for(root("For mail"), &mail)),
            (label, &rejected_for(root("Not for servers"), &servers)),
            (label, &trusted_for(root("For servers"), &servers)),
            (label, &rejected_for(root("Not for mail"), &mail)),
            (label, &root("For all")),
        ])
        .unwrap();
        assert_eq!(found.roots.len(), 3);
        let told = found.left_out.join("\n");
        for words in [
            "\"Other curve\" (line 1) has a key",
            "\"For mail\" (line 4)",
            "\"Not for servers\" (line 7)",
        ] {
            assert!(told.contains(words), "{words}: {told}");
        }
        let error = file_of(&[("CERTIFICATE", &other_curve)]).unwrap_err();
        assert!(
            error
                .message()
                .contains("\"Other curve\" (line 1) has a key"),
            "{error}"
        );
    }

    #[test]
    fn what_stands_behind_a_certificate_is_refused_by_its_line() {
        let longer = [root("Longer"), vec![0x30, 0]].concat();
        let error = file_of(&[("CERTIFICATE", &root("Whole")), ("CERTIFICATE", &longer)]);
        assert!(error.unwrap_err().message().contains("line 4 "));
    }

    #[test]
    fn files_and_folders_that_are_not_there_are_told_by_name() {
        let nowhere = Path::new("/nowhere");
        let named: Named<'_> = &|path| format!("VARIABLE {}", path.display());
        let found = CallContext::for_tests(|waiting| {
            of_file_or_folders(Some(nowhere), named, vec![nowhere.into()], named, waiting).unwrap()
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
