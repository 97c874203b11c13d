//! TLS by rustls: what is trusted, the handshake, and what its failures are called.

mod authorities;
mod ca_file;
mod certificates;
mod client_certificate;
mod configuration;
mod current_handshake;
mod errors;
mod failures;
mod folders;
mod handshake;
mod pem;
mod stream;
#[cfg(feature = "native-roots")]
mod system_authorities;
mod trust;
mod verifier;
mod x509;

pub(crate) use client_certificate::ClientCertificate;
pub(crate) use configuration::{TlsConfiguration, tls_configuration};
pub(in crate::transport) use configuration::{for_this_process, server_name};
pub(in crate::transport) use failures::{certificate_alert, client_refused, connection_broken};
pub(in crate::transport) use handshake::handshake;
pub(in crate::transport) use stream::TlsStream;
pub(crate) use trust::Trust;
