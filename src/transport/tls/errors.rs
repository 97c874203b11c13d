//! Why TLS was refused, for people, and what to do about it. No word of rustls or webpki,
//! which speak to programmers, gets into a message.

use std::fmt;

use rustls::{
    AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible, PeerMisbehaved,
};

use super::verifier::Untrusted;
use super::x509::day;

/// What to do when TLS was refused, by why.
mod hints {
    pub(super) const UNKNOWN_AUTHORITY: &str = "Is a TLS-inspecting proxy or firewall in between? Then put its CA certificate in ca_file. Else update this machine's certificate authorities (package ca-certificates).";
    pub(super) const SELF_SIGNED: &str = "If it is your own server, put its certificate in ca_file; else something other than the service answered.";
    pub(super) const DATES: &str = "Check this machine's clock; if it is right, whoever runs the server must renew its certificate.";
    pub(super) const WRONG_HOST: &str =
        "Check the endpoint's host name, and what it resolves to here: another server answered.";
    pub(super) const NO_TLS: &str = "Check the endpoint's scheme and port: a server that speaks something else answered, such as plain HTTP or a proxy.";
    pub(super) const VERSION: &str = "Check that the endpoint is the service and no old device is in between: TLS 1.2 or 1.3 is needed.";
    pub(super) const CLIENT_CERTIFICATE: &str = "Check client_cert_file and client_key_file with whoever runs the server: it decides which certificates it takes.";
    pub(super) const SERVER_CERTIFICATE: &str =
        "Whoever runs the server must replace its certificate: nothing on this machine mends it.";
    pub(super) const BROKEN: &str = "Something in between, such as a firewall, may have changed the data: ask whoever runs the network or the server.";
    pub(super) const OWN_FAULT: &str = "Report this as a defect of certpush, with the message.";
}

const NO_GOOD_CLIENT_CERTIFICATE: &str =
    "the server requires a client certificate that it accepts (client_cert_file)";
const NO_SAFE_VERSION: &str =
    "the server speaks no version or cipher of TLS that is safe (1.2 and 1.3 are)";

/// Why TLS was refused.
#[derive(Debug)]
pub(super) struct Refusal {
    message: String,
    /// What to do about it.
    pub(super) hint: &'static str,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

fn refusal(message: impl Into<String>, hint: &'static str) -> Refusal {
    Refusal {
        message: message.into(),
        hint,
    }
}

/// What went wrong on this side, or the server's alert after the handshake.
pub(super) fn refusal_for(error: &Error) -> Refusal {
    let (message, hint) = match error {
        Error::InvalidCertificate(certificate) => {
            let fault = fault_of(certificate);
            return refusal(format!("the server's certificate {fault}"), fault.hint);
        }
        Error::AlertReceived(alert) => return refusal_for_alert(*alert, true),
        Error::PeerIncompatible(what) => match what {
            PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => (
                "the server takes no kind of signature that the client's key can make",
                hints::CLIENT_CERTIFICATE,
            ),
            _ => (NO_SAFE_VERSION, hints::VERSION),
        },
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::InvalidEmptyPayload
            | InvalidMessage::MessageTooLarge,
        ) => ("the server does not speak TLS on this port", hints::NO_TLS),
        Error::InvalidMessage(_) => (
            "the server sent a TLS message that cannot be read",
            hints::BROKEN,
        ),
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            ("the server sent a TLS message out of turn", hints::BROKEN)
        }
        Error::PeerMisbehaved(what) => (misbehaviour(what), hints::BROKEN),
        Error::NoCertificatesPresented => {
            ("the server shows no certificate", hints::SERVER_CERTIFICATE)
        }
        Error::UnsupportedNameType => (
            "the host has a name that no certificate can be for",
            hints::WRONG_HOST,
        ),
        Error::DecryptError => (
            "what the server sent cannot be decrypted: it was changed on the way",
            hints::BROKEN,
        ),
        Error::PeerSentOversizedRecord => (
            "the server sent more at once than TLS allows",
            hints::BROKEN,
        ),
        Error::NoApplicationProtocol => ("the server does not speak HTTP/1.1", hints::NO_TLS),
        Error::FailedToGetCurrentTime => ("this machine's clock cannot be read", hints::DATES),
        Error::FailedToGetRandomBytes => ("this machine gives no random numbers", hints::OWN_FAULT),
        // What should not occur: it is about this side's own settings and steps.
        _ => ("it failed on this side", hints::OWN_FAULT),
    };
    refusal(message, hint)
}

fn misbehaviour(what: &PeerMisbehaved) -> &'static str {
    match what {
        PeerMisbehaved::TooManyKeyUpdateRequests => {
            "the server asked for too many new keys in a row"
        }
        PeerMisbehaved::TooManyRenegotiationRequests
        | PeerMisbehaved::TooManyWarningAlertsReceived
        | PeerMisbehaved::TooManyEmptyFragments => {
            "the server sent too many TLS messages that have nothing in them"
        }
        PeerMisbehaved::AttemptedDowngradeToTls12WhenTls13IsSupported => {
            "the server, or something in between, asked for an older TLS than both speak"
        }
        _ => "the server broke the rules of TLS",
    }
}

/// What is wrong with a certificate, to stand behind "the server's certificate".
fn fault_of(certificate: &CertificateError) -> Refusal {
    let message = match certificate {
        CertificateError::UnknownIssuer => return untrusted(false, ""),
        CertificateError::Expired => "has expired",
        CertificateError::ExpiredContext { not_after, .. } => {
            let day = day(i64::try_from(not_after.as_secs()).unwrap_or(i64::MAX));
            return refusal(format!("has expired (on {day})"), hints::DATES);
        }
        CertificateError::NotValidYet => "is not valid yet",
        CertificateError::NotValidYetContext { not_before, .. } => {
            let day = day(i64::try_from(not_before.as_secs()).unwrap_or(i64::MAX));
            return refusal(format!("is not valid yet (before {day})"), hints::DATES);
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "is for another host (its subjectAltName counts, a common name alone does not)"
        }
        CertificateError::Revoked => "is revoked",
        CertificateError::BadSignature => {
            "has a bad signature, or a key that is too short (RSA needs 2048 bits)"
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => WEAK,
        CertificateError::BadEncoding => MALFORMED,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            NOT_FOR_SERVERS
        }
        CertificateError::UnhandledCriticalExtension => UNKNOWN_EXTENSION,
        CertificateError::UnknownRevocationStatus
        | CertificateError::ExpiredRevocationList
        | CertificateError::ExpiredRevocationListContext { .. }
        | CertificateError::InvalidOcspResponse => "may be revoked: that cannot be told",
        CertificateError::Other(other) => match other.0.downcast_ref::<Untrusted>() {
            Some(it) => return untrusted(it.self_signed, &it.left_out),
            None => other.0.downcast_ref().map_or("is refused", fault_found),
        },
        _ => "is refused",
    };
    let hint = match certificate {
        CertificateError::Expired | CertificateError::NotValidYet => hints::DATES,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            hints::WRONG_HOST
        }
        _ => hints::SERVER_CERTIFICATE,
    };
    refusal(message, hint)
}

const WEAK: &str = "is signed in a way that is not safe, such as with SHA-1";
const MALFORMED: &str = "cannot be read: it is malformed";
const NOT_FOR_SERVERS: &str = "is not meant for servers";
const UNKNOWN_EXTENSION: &str = "has an extension, marked critical, that certpush does not know";

fn untrusted(self_signed: bool, left_out: &str) -> Refusal {
    let (message, hint) = if self_signed {
        ("is self-signed and not trusted", hints::SELF_SIGNED)
    } else {
        (
            "is from an authority that is not trusted (unknown CA)",
            hints::UNKNOWN_AUTHORITY,
        )
    };
    if left_out.is_empty() {
        refusal(message, hint)
    } else {
        refusal(
            format!("{message}; left out of those that are: {left_out}"),
            hint,
        )
    }
}

/// What webpki found that rustls has no word for.
fn fault_found(error: &webpki::Error) -> &'static str {
    use webpki::Error as Fault;
    match error {
        Fault::CaUsedAsEndEntity => {
            "is an authority's (CA:TRUE), as a self-signed one often is: a server's own must not be"
        }
        Fault::EndEntityUsedAsCa => "was issued by a certificate that is no authority's (CA:FALSE)",
        Fault::UnsupportedCertVersion => "is of an X.509 version before 3, so it names no host",
        Fault::CertDistrusted => "has a key that is known to be weak",
        Fault::CertRevoked => "is revoked",
        Fault::CertExpired { .. } => "has expired",
        Fault::CertNotValidYet { .. } => "is not valid yet",
        Fault::InvalidCertValidity => "ends before it begins to be valid",
        Fault::NameConstraintViolation => {
            "is for a name that its authority has no right to issue certificates for"
        }
        Fault::MalformedNameConstraint
        | Fault::InvalidNetworkMaskConstraint
        | Fault::MaximumNameConstraintComparisonsExceeded => {
            "is from an authority whose limits of names cannot be checked"
        }
        Fault::PathLenConstraintViolated
        | Fault::MaximumPathDepthExceeded
        | Fault::MaximumPathBuildCallsExceeded
        | Fault::MaximumSignatureChecksExceeded => {
            "has a chain of issuers that is longer than allowed"
        }
        Fault::EmptyEkuExtension | Fault::RequiredEkuNotFoundContext(_) => NOT_FOR_SERVERS,
        Fault::UnsupportedCriticalExtension => UNKNOWN_EXTENSION,
        Fault::SignatureAlgorithmMismatch => "names two different kinds of signature",
        Fault::UnsupportedSignatureAlgorithmContext(_)
        | Fault::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => WEAK,
        Fault::InvalidSignatureForPublicKey => "has a bad signature",
        Fault::BadDer
        | Fault::BadDerTime
        | Fault::ExtensionValueInvalid
        | Fault::InvalidSerialNumber
        | Fault::MalformedDnsIdentifier
        | Fault::MalformedExtensions
        | Fault::TrailingData(_) => MALFORMED,
        _ => "is refused",
    }
}

/// What a server's alert says, which may come before or after it `agreed` on a version and cipher:
/// afterwards, only the client's certificate is left to fail a handshake.
pub(super) fn refusal_for_alert(alert: AlertDescription, agreed: bool) -> Refusal {
    use AlertDescription as Alert;
    let client = hints::CLIENT_CERTIFICATE;
    let (message, hint) = match alert {
        Alert::CertificateRequired
        | Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateUnknown
        | Alert::AccessDenied => (NO_GOOD_CLIENT_CERTIFICATE, client),
        Alert::HandshakeFailure if agreed => (NO_GOOD_CLIENT_CERTIFICATE, client),
        Alert::UnknownCA => (
            "the server does not trust the client certificate's authority",
            client,
        ),
        Alert::CertificateExpired => (
            "the server says that the client certificate has expired",
            client,
        ),
        Alert::CertificateRevoked => (
            "the server says that the client certificate is revoked",
            client,
        ),
        Alert::HandshakeFailure | Alert::ProtocolVersion | Alert::InsufficientSecurity => (
            "the server refused every version or cipher of TLS that is safe (1.2 and 1.3 are)",
            hints::VERSION,
        ),
        Alert::UnrecognisedName => ("the server knows no such host", hints::WRONG_HOST),
        Alert::NoApplicationProtocol => ("the server does not speak HTTP/1.1", hints::NO_TLS),
        _ => {
            return refusal(
                format!(
                    "the server refused the handshake (alert {})",
                    u8::from(alert)
                ),
                hints::BROKEN,
            );
        }
    };
    refusal(message, hint)
}

#[cfg(test)]
mod tests;
