//! The certificate authorities in a file that the program names (`ca_file`).
//!
//! The file is used as a whole, or refused by the line where it is broken. A certificate in it that
//! cannot be used is left out and told.

use std::path::Path;

use rustls::RootCertStore;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{TrustAnchor, UnixTime};

use super::authorities::{Authorities, LONGEST_FILE, Validity, join_first_few, seconds_of};
use super::certificates::{PemCertificate, certificates};
use crate::file::{self, Waiting};
use crate::report::Error;

/// Reads the authorities of a file.
pub(super) fn read_ca_file(
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
        match usable_root(line, &read, algorithms, now) {
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
            join_first_few(&left_out)
        )));
    }
    Ok(Authorities {
        validity,
        left_out,
        ..Authorities::from(roots)
    })
}

/// The root that a certificate is, or why it cannot be used.
fn usable_root(
    line: usize,
    read: &PemCertificate,
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
    use crate::transport::tls::pem;

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
        CallContext::for_tests(|waiting| read_ca_file(file.path(), &algorithms, waiting))
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
        assert!(found.left_out.is_empty() && found.roots_valid_at(at(2030)).is_none());
        assert_eq!(found.left_out_at(at(2030)), "");
        for (year, why) in [
            (2071, "\"Long lived\" (line 1) expired on 2070-01-01"),
            (
                2019,
                "\"Long lived\" (line 1) is not valid before 2020-01-01",
            ),
        ] {
            assert!(found.roots_valid_at(at(year)).unwrap().is_empty());
            assert_eq!(found.left_out_at(at(year)), why);
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
}
