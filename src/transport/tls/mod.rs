//! TLS by rustls: what is trusted, the handshake, and what its failures are called.

mod client_certificate;
mod errors;
mod handshake;
mod pem;
#[cfg(test)]
mod pem_and_openssl;
mod trust;
mod verifier;
mod x509;

pub(crate) use handshake::{Configuration, configuration};
pub(in crate::transport) use handshake::{
    Negotiated, broken, certificate_alert, client_refused, for_this_process, handshake, server_name,
};
