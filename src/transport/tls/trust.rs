//! Whom to trust: the system's certificate authorities, Mozilla's, or those of a file.

use std::path::PathBuf;

use rustls::crypto::WebPkiSupportedAlgorithms;

use super::authorities::Authorities;
use super::ca_file::read_ca_file;
#[cfg(feature = "native-roots")]
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
        Trust::System => system(variables, waiting),
        Trust::Mozilla => mozilla(),
        Trust::File(path) => read_ca_file(path, algorithms, waiting),
    }
}

#[cfg(feature = "native-roots")]
fn system(variables: &Variables, waiting: Waiting<'_>) -> Result<Authorities, Error> {
    let found = system_authorities(variables, waiting)?;
    if found.roots.is_empty() {
        return Err(Error::invalid_config(if found.left_out.is_empty() {
            format!(
                "trust is system, but the system has no certificate authorities: install them (package ca-certificates), or {OTHERWISE}"
            )
        } else {
            format!(
                "trust is system, but no certificate authority was found: {}; correct that, or {OTHERWISE}",
                found.left_out.join("; ")
            )
        }));
    }
    Ok(found)
}

#[cfg(not(feature = "native-roots"))]
fn system(_: &Variables, _: Waiting<'_>) -> Result<Authorities, Error> {
    Err(left_out_of_the_build("system", "native-roots"))
}

#[cfg(feature = "mozilla-roots")]
fn mozilla() -> Result<Authorities, Error> {
    Ok(Authorities::from(rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    }))
}

#[cfg(not(feature = "mozilla-roots"))]
fn mozilla() -> Result<Authorities, Error> {
    Err(left_out_of_the_build("mozilla", "mozilla-roots"))
}

/// What else can be trusted than the system's authorities.
const OTHERWISE: &str = if cfg!(feature = "mozilla-roots") {
    "set trust to mozilla or ca_file"
} else {
    "set ca_file"
};

/// A trust that a program which depends on the crate has left out.
#[cfg(not(all(feature = "native-roots", feature = "mozilla-roots")))]
fn left_out_of_the_build(trust: &str, feature: &str) -> Error {
    let otherwise = match trust {
        "system" => OTHERWISE,
        _ if cfg!(feature = "native-roots") => "set trust to system or ca_file",
        _ => "set ca_file",
    };
    Error::invalid_config(format!(
        "trust is {trust}, which this program was built without: {otherwise}, or build it with the feature {feature} of the crate certpush"
    ))
}
