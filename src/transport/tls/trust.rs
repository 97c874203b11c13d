//! Whom to trust: the system's certificate authorities, Mozilla's, or those of a file.

use std::path::PathBuf;

use rustls::RootCertStore;
use rustls::crypto::WebPkiSupportedAlgorithms;

use super::authorities::Authorities;
use super::ca_file::read_ca_file;
use super::system_authorities::system_authorities;
use crate::environment::Variables;
use crate::file::Waiting;
use crate::report::Error;

/// Whose certificate authorities to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The system's.
    System,
    /// Mozilla's, as compiled in.
    Mozilla,
    /// Those of a PEM file only.
    File(PathBuf),
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
            let found = system_authorities(variables, waiting)?;
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
        Trust::File(path) => read_ca_file(path, algorithms, waiting),
    }
}
