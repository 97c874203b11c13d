//! TLS by rustls: what is trusted, the handshake, and what its failures are called.

mod authorities;
mod ca_file;
mod certificates;
mod client_certificate;
mod current_handshake;
mod errors;
mod handshake;
mod pem;
mod system_authorities;
mod trust;
mod verifier;
mod x509;

pub(crate) use client_certificate::ClientCertificate;
pub(crate) use handshake::{Configuration, configuration};
pub(in crate::transport) use handshake::{
    Negotiated, broken, certificate_alert, client_refused, for_this_process, handshake, server_name,
};
pub(crate) use trust::Trust;
