//! Why TLS was refused, in words for people, and what to do about it. No word of rustls or webpki,
//! which speak to programmers, gets into a message.

use std::fmt;

use rustls::{
    AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible, PeerMisbehaved,
};

use super::verifier::Untrusted;
use super::x509::day;
use crate::hints::tls as hints;

const NO_GOOD_CLIENT_CERTIFICATE: &str =
    "the server requires a client certificate that it accepts (client_cert_file)";
const NO_SAFE_VERSION: &str =
    "the server speaks no version or cipher of TLS that is safe (1.2 and 1.3 are)";

/// Why TLS was refused.
#[derive(Debug)]
pub(super) struct Refusal {
    words: String,
    /// What to do about it.
    pub(super) hint: &'static str,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

fn because(words: impl Into<String>, hint: &'static str) -> Refusal {
    Refusal {
        words: words.into(),
        hint,
    }
}

/// What went wrong on this side, or the server's alert after the handshake.
pub(super) fn words_for(error: &Error) -> Refusal {
    let (words, hint) = match error {
        Error::InvalidCertificate(certificate) => {
            let fault = fault_of(certificate);
            return because(format!("the server's certificate {fault}"), fault.hint);
        }
        Error::AlertReceived(alert) => return words_for_alert(*alert, true),
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
    because(words, hint)
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

/// What is wrong with a certificate, after the words "the server's certificate".
fn fault_of(certificate: &CertificateError) -> Refusal {
    let words = match certificate {
        CertificateError::UnknownIssuer => return untrusted(false, ""),
        CertificateError::Expired => "has expired",
        CertificateError::ExpiredContext { not_after, .. } => {
            let day = day(i64::try_from(not_after.as_secs()).unwrap_or(i64::MAX));
            return because(format!("has expired (on {day})"), hints::DATES);
        }
        CertificateError::NotValidYet => "is not valid yet",
        CertificateError::NotValidYetContext { not_before, .. } => {
            let day = day(i64::try_from(not_before.as_secs()).unwrap_or(i64::MAX));
            return because(format!("is not valid yet (before {day})"), hints::DATES);
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
            Some(it) => return untrusted(it.self_signed, &it.missing),
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
    because(words, hint)
}

const WEAK: &str = "is signed in a way that is not safe, such as with SHA-1";
const MALFORMED: &str = "cannot be read: it is malformed";
const NOT_FOR_SERVERS: &str = "is not meant for servers";
const UNKNOWN_EXTENSION: &str = "has an extension, marked critical, that certpush does not know";

fn untrusted(self_signed: bool, missing: &str) -> Refusal {
    let (words, hint) = if self_signed {
        ("is self-signed and not trusted", hints::SELF_SIGNED)
    } else {
        (
            "is from an authority that is not trusted (unknown CA)",
            hints::UNKNOWN_AUTHORITY,
        )
    };
    if missing.is_empty() {
        because(words, hint)
    } else {
        because(
            format!("{words}; left out of those that are: {missing}"),
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
pub(super) fn words_for_alert(alert: AlertDescription, agreed: bool) -> Refusal {
    use AlertDescription as Alert;
    let client = hints::CLIENT_CERTIFICATE;
    let (words, hint) = match alert {
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
            return because(
                format!(
                    "the server refused the handshake (alert {})",
                    u8::from(alert)
                ),
                hints::BROKEN,
            );
        }
    };
    because(words, hint)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::pki_types::{ServerName, UnixTime};
    use rustls::{CertRevocationListError, InconsistentKeys, OtherError};

    use super::*;

    #[test]
    fn a_failed_handshake_is_about_the_client_once_version_and_cipher_are_agreed() {
        let words = |agreed| words_for_alert(AlertDescription::HandshakeFailure, agreed).words;
        assert!(words(false).contains("version or cipher"));
        assert!(words(true).contains("requires a client certificate"));
    }

    fn of_certificate(fault: webpki::Error) -> Error {
        Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(fault))))
    }

    /// Every error that can be made from outside of rustls and webpki.
    fn every_error() -> Vec<Error> {
        use webpki::Error as W;
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_700_000_000));
        let certificate = [
            CertificateError::BadEncoding,
            CertificateError::Expired,
            CertificateError::ExpiredContext {
                time,
                not_after: time,
            },
            CertificateError::NotValidYet,
            CertificateError::NotValidYetContext {
                time,
                not_before: time,
            },
            CertificateError::Revoked,
            CertificateError::UnhandledCriticalExtension,
            CertificateError::UnknownIssuer,
            CertificateError::UnknownRevocationStatus,
            CertificateError::ExpiredRevocationList,
            CertificateError::ExpiredRevocationListContext {
                time,
                next_update: time,
            },
            CertificateError::BadSignature,
            CertificateError::UnsupportedSignatureAlgorithmContext {
                signature_algorithm_id: vec![6, 9],
                supported_algorithms: Vec::new(),
            },
            CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext {
                signature_algorithm_id: vec![6, 9],
                public_key_algorithm_id: vec![6, 9],
            },
            CertificateError::NotValidForName,
            CertificateError::NotValidForNameContext {
                expected: ServerName::try_from("a.example").unwrap(),
                presented: vec!["DnsName(\"b.example\")".to_owned()],
            },
            CertificateError::InvalidPurpose,
            CertificateError::InvalidPurposeContext {
                required: rustls::ExtendedKeyPurpose::ServerAuth,
                presented: vec![rustls::ExtendedKeyPurpose::ClientAuth],
            },
            CertificateError::InvalidOcspResponse,
            CertificateError::ApplicationVerificationFailure,
            CertificateError::Other(OtherError(Arc::new(std::fmt::Error))),
        ]
        .map(Error::InvalidCertificate);
        let webpki = [
            W::BadDer,
            W::BadDerTime,
            W::CaUsedAsEndEntity,
            W::CertDistrusted,
            W::CertExpired {
                time,
                not_after: time,
            },
            W::CertNotValidYet {
                time,
                not_before: time,
            },
            W::CertRevoked,
            W::CrlExpired {
                time,
                next_update: time,
            },
            W::EmptyEkuExtension,
            W::EndEntityUsedAsCa,
            W::ExtensionValueInvalid,
            W::InvalidCertValidity,
            W::InvalidCrlNumber,
            W::InvalidNetworkMaskConstraint,
            W::InvalidSerialNumber,
            W::InvalidCrlSignatureForPublicKey,
            W::InvalidSignatureForPublicKey,
            W::IssuerNotCrlSigner,
            W::MalformedDnsIdentifier,
            W::MalformedExtensions,
            W::MalformedNameConstraint,
            W::MaximumNameConstraintComparisonsExceeded,
            W::MaximumPathBuildCallsExceeded,
            W::MaximumPathDepthExceeded,
            W::MaximumSignatureChecksExceeded,
            W::NameConstraintViolation,
            W::PathLenConstraintViolated,
            W::SignatureAlgorithmMismatch,
            W::TrailingData(webpki::DerTypeId::Certificate),
            W::UnknownIssuer,
            W::UnknownRevocationStatus,
            W::UnsupportedCertVersion,
            W::UnsupportedCriticalExtension,
            W::UnsupportedCrlIssuingDistributionPoint,
            W::UnsupportedCrlVersion,
            W::UnsupportedDeltaCrl,
            W::UnsupportedIndirectCrl,
            W::UnsupportedNameType,
            W::UnsupportedRevocationReason,
            W::UnsupportedRevocationReasonsPartitioning,
        ]
        .map(of_certificate);
        use InvalidMessage as M;
        let messages = [
            M::CertificatePayloadTooLarge,
            M::HandshakePayloadTooLarge,
            M::InvalidCcs,
            M::InvalidContentType,
            M::InvalidCertificateStatusType,
            M::InvalidCertRequest,
            M::InvalidDhParams,
            M::InvalidEmptyPayload,
            M::InvalidKeyUpdate,
            M::InvalidServerName,
            M::MessageTooLarge,
            M::MessageTooShort,
            M::MissingData("ServerHello"),
            M::MissingKeyExchange,
            M::NoSignatureSchemes,
            M::TrailingData("ServerHello"),
            M::UnexpectedMessage("ServerHello"),
            M::UnknownProtocolVersion,
            M::UnsupportedCompression,
            M::UnsupportedCurveType,
            M::EmptyTicketValue,
            M::IllegalEmptyList("ServerHello"),
            M::IllegalEmptyValue,
            M::DuplicateExtension(1),
            M::PreSharedKeyIsNotFinalExtension,
            M::UnknownHelloRetryRequestExtension,
            M::UnknownCertificateExtension,
        ]
        .map(Error::InvalidMessage);
        use PeerIncompatible as I;
        let incompatible = [
            I::EcPointsExtensionRequired,
            I::ExtendedMasterSecretExtensionRequired,
            I::IncorrectCertificateTypeExtension,
            I::KeyShareExtensionRequired,
            I::NamedGroupsExtensionRequired,
            I::NoCertificateRequestSignatureSchemesInCommon,
            I::NoCipherSuitesInCommon,
            I::NoEcPointFormatsInCommon,
            I::NoKxGroupsInCommon,
            I::NoSignatureSchemesInCommon,
            I::NullCompressionRequired,
            I::ServerDoesNotSupportTls12Or13,
            I::ServerSentHelloRetryRequestWithUnknownExtension,
            I::ServerTlsVersionIsDisabledByOurConfig,
            I::SupportedVersionsExtensionRequired,
            I::Tls12NotOffered,
            I::Tls12NotOfferedOrEnabled,
            I::UncompressedEcPointsRequired,
            I::UnsolicitedCertificateTypeExtension,
            I::ServerRejectedEncryptedClientHello(None),
        ]
        .map(Error::PeerIncompatible);
        use PeerMisbehaved as P;
        let misbehaved = [
            P::AttemptedDowngradeToTls12WhenTls13IsSupported,
            P::BadCertChainExtensions,
            P::CipherSuiteDifferedOnRetry,
            P::DisallowedEncryptedExtension,
            P::DuplicateEncryptedExtensions,
            P::DuplicateServerHelloExtensions,
            P::HandshakeHashVariedAfterRetry,
            P::IllegalMiddleboxChangeCipherSpec,
            P::IllegalTlsInnerPlaintext,
            P::InvalidKeyShare,
            P::KeyEpochWithPendingFragment,
            P::MessageInterleavedWithHandshakeMessage,
            P::MissingKeyShare,
            P::SelectedUnofferedCipherSuite,
            P::SelectedUnofferedKxGroup,
            P::SignedHandshakeWithUnadvertisedSigScheme,
            P::TooManyEmptyFragments,
            P::TooManyKeyUpdateRequests,
            P::TooManyRenegotiationRequests,
            P::TooManyWarningAlertsReceived,
            P::UnsolicitedServerHelloExtension,
            P::WrongGroupForKeyShare,
        ]
        .map(Error::PeerMisbehaved);
        let others = [
            Error::InappropriateMessage {
                expect_types: vec![rustls::ContentType::Handshake],
                got_type: rustls::ContentType::ApplicationData,
            },
            Error::InappropriateHandshakeMessage {
                expect_types: vec![rustls::HandshakeType::ServerHello],
                got_type: rustls::HandshakeType::Finished,
            },
            Error::NoCertificatesPresented,
            Error::UnsupportedNameType,
            Error::DecryptError,
            Error::EncryptError,
            Error::InvalidCertRevocationList(CertRevocationListError::ParseError),
            Error::General("InternalWords { docs.rs }".to_owned()),
            Error::FailedToGetCurrentTime,
            Error::FailedToGetRandomBytes,
            Error::HandshakeNotComplete,
            Error::PeerSentOversizedRecord,
            Error::NoApplicationProtocol,
            Error::BadMaxFragmentSize,
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch),
            Error::Other(OtherError(Arc::new(std::fmt::Error))),
        ];
        let alerts = (0..=u8::MAX).map(|alert| Error::AlertReceived(alert.into()));
        let mut every: Vec<Error> = alerts.collect();
        for kind in [
            &certificate[..],
            &webpki,
            &messages,
            &incompatible,
            &misbehaved,
            &others,
        ] {
            every.extend_from_slice(kind);
        }
        every
    }

    /// Whether a word is a programmer's, such as `EndEntityUsedAsCa` or `presented_names`.
    fn is_rusts(word: &str) -> bool {
        let letters: Vec<char> = word.chars().collect();
        let camel = letters
            .windows(2)
            .any(|it| it[0].is_lowercase() && it[1].is_uppercase());
        camel || word.contains('_') || word.contains("::") || word.contains("docs.rs")
    }

    #[test]
    fn no_error_is_told_in_words_of_rustls_or_webpki() {
        for error in every_error() {
            let told = words_for(&error);
            for word in told.words.split([' ', '(', ')', ',', ';']) {
                let known = ["subjectAltName", "client_cert_file"].contains(&word);
                assert!(known || !is_rusts(word), "{error:?}: {}", told.words);
            }
            assert!(!told.words.contains(['{', '}', '"', '[']), "{}", told.words);
            assert_ne!(told.words, error.to_string());
            assert!(!told.hint.is_empty(), "{error:?}");
        }
    }

    #[test]
    fn each_usual_fault_has_its_own_hint() {
        let of = |error: CertificateError| words_for(&Error::InvalidCertificate(error)).hint;
        let hints = [
            of(CertificateError::UnknownIssuer),
            of(CertificateError::Expired),
            of(CertificateError::NotValidForName),
            of(CertificateError::BadSignature),
            words_for(&Error::InvalidMessage(InvalidMessage::InvalidContentType)).hint,
            words_for_alert(AlertDescription::ProtocolVersion, false).hint,
            words_for_alert(AlertDescription::CertificateRequired, true).hint,
            words_for(&Error::DecryptError).hint,
        ];
        for (at, hint) in hints.iter().enumerate() {
            assert!(!hints[..at].contains(hint), "{hint}");
        }
        assert!(hints[0].contains("TLS-inspecting proxy") && hints[0].contains("ca_file"));
        assert!(hints[1].contains("clock"));
        assert!(
            hints[0..8]
                .iter()
                .filter(|hint| hint.contains("clock"))
                .count()
                == 1
        );
    }

    #[test]
    fn what_was_left_out_is_told_where_no_authority_is_known() {
        for self_signed in [true, false] {
            let untrusted =
                Untrusted::new(self_signed, "\"Old CA\" (line 3) expired on 2020-01-01");
            let other = CertificateError::Other(OtherError(Arc::new(untrusted)));
            let told = words_for(&Error::InvalidCertificate(other)).words;
            assert!(
                told.contains("Old CA") && told.contains("not trusted"),
                "{told}"
            );
        }
    }
}
