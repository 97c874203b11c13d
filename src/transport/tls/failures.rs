//! What a failure of TLS is to a call: before, in and after the handshake.

use std::io;

use rustls::AlertDescription;

use super::errors::{Refusal, refusal_for, refusal_for_alert};
use crate::failure::TransportFailure;
use crate::io_error::message_of;
use crate::phase::Phase;
use crate::status::Status;

/// A connection that broke in the handshake.
pub(super) fn lost_in_handshake(why: &str) -> TransportFailure {
    TransportFailure::new(Status::ConnectionLost, Phase::Tls, why)
}

/// A handshake that this side or the server refused.
pub(super) fn handshake_refused(why: &Refusal) -> TransportFailure {
    TransportFailure {
        hint: Some(why.hint),
        ..TransportFailure::new(Status::Tls, Phase::Tls, format!("TLS: {why}"))
    }
}

/// The alert that an error stands for, if it is one with which a server refuses a client's
/// certificate. It is about one only where the server asked for a certificate and has not answered
/// any request.
pub(in crate::transport) fn certificate_alert(error: &io::Error) -> Option<AlertDescription> {
    use AlertDescription as Alert;
    match rustls_error(error)? {
        rustls::Error::AlertReceived(
            alert @ (Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied),
        ) => Some(*alert),
        _ => None,
    }
}

/// The server's refusal of the client's certificate, which under TLS 1.3 comes only after the
/// request was sent.
pub(in crate::transport) fn client_refused(alert: AlertDescription) -> TransportFailure {
    handshake_refused(&refusal_for_alert(alert, true))
}

/// A connection that broke after the handshake.
pub(in crate::transport) fn connection_broken(error: &io::Error, phase: Phase) -> TransportFailure {
    let why = match rustls_error(error) {
        Some(rustls::Error::AlertReceived(alert)) => format!(
            "the server broke the TLS connection off (alert {})",
            u8::from(*alert)
        ),
        Some(other) => format!("the TLS connection broke: {}", refusal_for(other)),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the connection was closed early".to_owned()
        }
        None => message_of(error),
    };
    TransportFailure::new(Status::ConnectionLost, phase, why)
}

fn rustls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}
