use std::sync::Arc;

use rustls::pki_types::{ServerName, UnixTime};
use rustls::{CertRevocationListError, InconsistentKeys, OtherError};

use super::*;

#[test]
fn a_failed_handshake_is_about_the_client_once_version_and_cipher_are_agreed() {
    let words = |agreed| refusal_for_alert(AlertDescription::HandshakeFailure, agreed).message;
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
        let told = refusal_for(&error);
        for word in told.message.split([' ', '(', ')', ',', ';']) {
            let known = ["subjectAltName", "client_cert_file"].contains(&word);
            assert!(known || !is_rusts(word), "{error:?}: {}", told.message);
        }
        assert!(
            !told.message.contains(['{', '}', '"', '[']),
            "{}",
            told.message
        );
        assert_ne!(told.message, error.to_string());
        assert!(!told.hint.is_empty(), "{error:?}");
    }
}

#[test]
fn each_usual_fault_has_its_own_hint() {
    let of = |error: CertificateError| refusal_for(&Error::InvalidCertificate(error)).hint;
    let hints = [
        of(CertificateError::UnknownIssuer),
        of(CertificateError::Expired),
        of(CertificateError::NotValidForName),
        of(CertificateError::BadSignature),
        refusal_for(&Error::InvalidMessage(InvalidMessage::InvalidContentType)).hint,
        refusal_for_alert(AlertDescription::ProtocolVersion, false).hint,
        refusal_for_alert(AlertDescription::CertificateRequired, true).hint,
        refusal_for(&Error::DecryptError).hint,
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
        let untrusted = Untrusted {
            self_signed,
            left_out: "\"Old CA\" (line 3) expired on 2020-01-01".to_owned(),
        };
        let other = CertificateError::Other(OtherError(Arc::new(untrusted)));
        let told = refusal_for(&Error::InvalidCertificate(other)).message;
        assert!(
            told.contains("Old CA") && told.contains("not trusted"),
            "{told}"
        );
    }
}
