//! Why TLS was refused, in words for people. Rust's own debug words never get into a message.

use rustls::{AlertDescription, CertificateError, Error};

use super::verifier::SelfSigned;

const NO_GOOD_CLIENT_CERTIFICATE: &str =
    "the server requires a client certificate that it accepts (client_cert_file)";

/// What went wrong on this side, or the server's alert after the handshake.
pub(super) fn words_for(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(certificate) => {
            format!("the server's certificate {}", fault_of(certificate))
        }
        Error::AlertReceived(alert) => words_for_alert(*alert, true),
        Error::PeerIncompatible(_) => {
            "the server speaks no version or cipher of TLS that is safe (1.2 and 1.3 are)"
                .to_owned()
        }
        Error::InvalidMessage(_) => "the server does not speak TLS on this port".to_owned(),
        _ => error.to_string(),
    }
}

/// What is wrong with a certificate, after the words "the server's certificate".
fn fault_of(certificate: &CertificateError) -> String {
    let words = match certificate {
        CertificateError::UnknownIssuer => "is from an authority that is not trusted (unknown CA)",
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "is not valid yet"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "is for another host (its subjectAltName counts, a common name alone does not)"
        }
        CertificateError::Revoked => "is revoked",
        CertificateError::BadSignature => {
            "has a bad signature, or a key that is too short (RSA needs 2048 bits)"
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "is signed in a way that is not safe, such as with SHA-1"
        }
        CertificateError::BadEncoding => "cannot be read",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "is not meant for servers"
        }
        CertificateError::Other(other) if other.0.is::<SelfSigned>() => {
            "is self-signed and not trusted"
        }
        CertificateError::Other(other) => match other.0.downcast_ref() {
            Some(webpki::Error::CaUsedAsEndEntity) => {
                "is an authority's (CA:TRUE), as a self-signed one often is: a server's own must not be"
            }
            Some(webpki::Error::UnsupportedCertVersion) => {
                "is of an X.509 version before 3, so it names no host"
            }
            Some(error) => return format!("is refused ({error})"),
            None => "is refused",
        },
        _ => "is refused",
    };
    words.to_owned()
}

/// What a server's alert says, which may come before or after it `agreed` on a version and cipher:
/// afterwards, only the client's certificate is left to fail a handshake.
pub(super) fn words_for_alert(alert: AlertDescription, agreed: bool) -> String {
    use AlertDescription as Alert;
    let words = match alert {
        Alert::CertificateRequired
        | Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateUnknown
        | Alert::AccessDenied => NO_GOOD_CLIENT_CERTIFICATE,
        Alert::HandshakeFailure if agreed => NO_GOOD_CLIENT_CERTIFICATE,
        Alert::UnknownCA => "the server does not trust the client certificate's authority",
        Alert::CertificateExpired => "the server says that the client certificate has expired",
        Alert::CertificateRevoked => "the server says that the client certificate is revoked",
        Alert::HandshakeFailure | Alert::ProtocolVersion => {
            "the server refused every version or cipher of TLS that is safe (1.2 and 1.3 are)"
        }
        Alert::UnrecognisedName => "the server knows no such host",
        _ => {
            return format!(
                "the server refused the handshake (alert {})",
                u8::from(alert)
            );
        }
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_handshake_is_about_the_client_once_version_and_cipher_are_agreed() {
        let words = |agreed| words_for_alert(AlertDescription::HandshakeFailure, agreed);
        assert!(words(false).contains("version or cipher"));
        assert!(words(true).contains("requires a client certificate"));
    }

    #[test]
    fn no_fault_of_a_certificate_is_told_in_rusts_debug_words() {
        for fault in [
            webpki::Error::CaUsedAsEndEntity,
            webpki::Error::UnsupportedCertVersion,
            webpki::Error::NameConstraintViolation,
        ] {
            let other = rustls::OtherError(std::sync::Arc::new(fault));
            let words = fault_of(&CertificateError::Other(other));
            assert!(!words.contains("Error") && !words.contains('{'), "{words}");
        }
        let weak = CertificateError::UnsupportedSignatureAlgorithmContext {
            signature_algorithm_id: vec![6, 9],
            supported_algorithms: Vec::new(),
        };
        assert!(fault_of(&weak).contains("not safe"));
    }
}
