//! Reads from a certificate what is needed to name it and to tell whether it can be used. Nothing is
//! verified here: webpki checks signatures and names.

use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::alg_id;
use time::{Date, Month, Time, UtcDateTime};

use crate::sanitize::sanitize;

/// How much of a name a message shows, in characters.
const NAME_SHOWN: usize = 64;
/// Key sizes that RSA signatures are verified with.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];
const ORGANIZATIONAL_UNIT: &[u8] = &[0x55, 0x04, 0x0b];
const SERVER_AUTHENTICATION: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
const ANY_PURPOSE: &[u8] = &[0x55, 0x1d, 0x25, 0];

/// A certificate, and what stands behind it.
pub(super) struct Certificate<'a> {
    /// The certificate alone.
    pub(super) der: &'a [u8],
    trailer: &'a [u8],
    subject: &'a [u8],
    not_before: &'a [u8],
    not_after: &'a [u8],
    algorithm: &'a [u8],
    /// The public key, without its algorithm.
    pub(super) key: &'a [u8],
}

/// A DER value: its tag, its contents, and the whole of it.
struct Value<'a> {
    tag: u8,
    contents: &'a [u8],
    whole: &'a [u8],
}

/// Takes the next value of a DER sequence.
fn take<'a>(input: &mut &'a [u8]) -> Option<Value<'a>> {
    let (tag, first) = (*input.first()?, *input.get(1)?);
    let (head, length) = if first < 0x80 {
        (2, usize::from(first))
    } else {
        let count = usize::from(first & 0x7f);
        let bytes = input
            .get(2..2 + count)
            .filter(|_| (1..=4).contains(&count))?;
        let length = bytes
            .iter()
            .fold(0, |length, byte| length << 8 | usize::from(*byte));
        (2 + count, length)
    };
    let whole = input.get(..head.checked_add(length)?)?;
    *input = &input[whole.len()..];
    Some(Value {
        tag,
        contents: &whole[head..],
        whole,
    })
}

/// Takes the next value if it has this tag.
fn take_tag<'a>(input: &mut &'a [u8], tag: u8) -> Option<Value<'a>> {
    let mut rest = *input;
    let value = take(&mut rest).filter(|value| value.tag == tag)?;
    *input = rest;
    Some(value)
}

impl<'a> Certificate<'a> {
    /// Reads the certificate that `bytes` begin with, `None` if there is none.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Certificate<'a>> {
        let mut behind = bytes;
        let whole = take_tag(&mut behind, SEQUENCE)?;
        let mut outer = whole.contents;
        let mut inner = take_tag(&mut outer, SEQUENCE)?.contents;
        take_tag(&mut outer, SEQUENCE)?;
        take_tag(&mut outer, BIT_STRING)?;
        let _version = take_tag(&mut inner, 0xa0);
        take_tag(&mut inner, INTEGER)?;
        take_tag(&mut inner, SEQUENCE)?;
        take_tag(&mut inner, SEQUENCE)?;
        let mut validity = take_tag(&mut inner, SEQUENCE)?.contents;
        let not_before = take(&mut validity)?.whole;
        let not_after = take(&mut validity)?.whole;
        let subject = take_tag(&mut inner, SEQUENCE)?.contents;
        let mut key = take_tag(&mut inner, SEQUENCE)?.contents;
        let algorithm = take_tag(&mut key, SEQUENCE)?.contents;
        let key_bits = take_tag(&mut key, BIT_STRING)?.contents;
        while !inner.is_empty() {
            take(&mut inner)?;
        }
        (outer.is_empty() && validity.is_empty() && key.is_empty()).then_some(Certificate {
            der: whole.whole,
            trailer: behind,
            subject,
            not_before,
            not_after,
            algorithm,
            key: key_bits,
        })
    }

    /// Whether nothing stands behind the certificate, or OpenSSL's settings for it, which only a
    /// TRUSTED CERTIFICATE has.
    pub(super) fn has_valid_trailer(&self, trusted: bool) -> bool {
        self.trailer.is_empty()
            || trusted && {
                let mut behind = self.trailer;
                take_tag(&mut behind, SEQUENCE).is_some() && behind.is_empty()
            }
    }

    /// Whether OpenSSL's settings behind the certificate refuse it for servers: it is rejected for
    /// that, or trusted for something else only.
    pub(super) fn is_distrusted(&self) -> bool {
        let mut behind = self.trailer;
        let Some(settings) = take_tag(&mut behind, SEQUENCE) else {
            return false;
        };
        let names_servers = |mut purposes: &[u8]| {
            std::iter::from_fn(|| take_tag(&mut purposes, OBJECT_IDENTIFIER))
                .any(|it| [SERVER_AUTHENTICATION, ANY_PURPOSE].contains(&it.contents))
        };
        let mut settings = settings.contents;
        let trusts = take_tag(&mut settings, SEQUENCE).map(|it| names_servers(it.contents));
        let rejects = take_tag(&mut settings, 0xa0).map(|it| names_servers(it.contents));
        rejects == Some(true) || trusts == Some(false)
    }

    /// From when to when it is valid, in seconds since 1970, if that can be read.
    pub(super) fn validity(&self) -> Option<(i64, i64)> {
        Some((seconds(self.not_before)?, seconds(self.not_after)?))
    }

    /// Whether signatures of its key can be verified.
    pub(super) fn has_usable_key(&self, algorithms: &WebPkiSupportedAlgorithms) -> bool {
        let is_known = algorithms
            .all
            .iter()
            .any(|known| known.public_key_alg_id().as_ref() == self.algorithm);
        let is_rsa = alg_id::RSA_ENCRYPTION.as_ref() == self.algorithm;
        is_known && (!is_rsa || self.rsa_bits().is_some_and(|bits| RSA_BITS.contains(&bits)))
    }

    fn rsa_bits(&self) -> Option<usize> {
        let mut key = self.key.strip_prefix(&[0])?;
        let mut numbers = take_tag(&mut key, SEQUENCE)?.contents;
        let modulus = take_tag(&mut numbers, INTEGER)?.contents;
        let first = modulus.iter().position(|byte| *byte != 0)?;
        let significant = &modulus[first..];
        let unused = usize::try_from(significant[0].leading_zeros()).ok()?;
        Some(significant.len() * 8 - unused)
    }

    /// The name that people know it by.
    pub(super) fn name(&self) -> String {
        let found = [COMMON_NAME, ORGANIZATION, ORGANIZATIONAL_UNIT]
            .iter()
            .find_map(|kind| self.part_of_subject(kind));
        match found {
            Some(name) => format!("\"{}\"", sanitize(&name, NAME_SHOWN)),
            None => "a certificate without a name".to_owned(),
        }
    }

    fn part_of_subject(&self, kind: &[u8]) -> Option<String> {
        let mut subject = self.subject;
        while let Some(set) = take_tag(&mut subject, SET) {
            let mut parts = set.contents;
            while let Some(part) = take_tag(&mut parts, SEQUENCE) {
                let mut part = part.contents;
                let is_wanted = take_tag(&mut part, OBJECT_IDENTIFIER)?.contents == kind;
                let text = take(&mut part)?;
                if is_wanted {
                    return Some(text_of(&text));
                }
            }
        }
        None
    }
}

/// The text of a name, in whichever of ASN.1's kinds.
fn text_of(text: &Value<'_>) -> String {
    const BMP_STRING: u8 = 0x1e;
    if text.tag == BMP_STRING {
        let units: Vec<u16> = text
            .contents
            .chunks_exact(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
            .collect();
        return String::from_utf16_lossy(&units);
    }
    String::from_utf8_lossy(text.contents).into_owned()
}

/// A time as certificates have it: `YYMMDDhhmmssZ` to the year 2049, else with four digits.
fn seconds(whole: &[u8]) -> Option<i64> {
    const UTC_TIME: u8 = 0x17;
    const GENERALIZED_TIME: u8 = 0x18;
    let mut rest = whole;
    let value = take(&mut rest)?;
    let digits = value.contents.strip_suffix(b"Z")?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let pair = |at: usize| -> Option<u8> {
        let pair = digits.get(at..at + 2)?;
        Some((pair[0] - b'0') * 10 + (pair[1] - b'0'))
    };
    let (year, at) = match (value.tag, digits.len()) {
        (UTC_TIME, 12) => {
            let year = i32::from(pair(0)?);
            (if year < 50 { 2000 + year } else { 1900 + year }, 2)
        }
        (GENERALIZED_TIME, 14) => (i32::from(pair(0)?) * 100 + i32::from(pair(2)?), 4),
        _ => return None,
    };
    let month = Month::try_from(pair(at)?).ok()?;
    let date = Date::from_calendar_date(year, month, pair(at + 2)?).ok()?;
    let time = Time::from_hms(pair(at + 4)?, pair(at + 6)?, pair(at + 8)?).ok()?;
    Some(UtcDateTime::new(date, time).unix_timestamp())
}

/// The public key in its SubjectPublicKeyInfo, without its algorithm.
pub(super) fn key_in(info: &[u8]) -> Option<&[u8]> {
    let mut info = info;
    let mut parts = take_tag(&mut info, SEQUENCE)?.contents;
    take_tag(&mut parts, SEQUENCE)?;
    Some(take_tag(&mut parts, BIT_STRING)?.contents)
}

/// The day of a time, for a message.
pub(super) fn day(seconds: i64) -> String {
    UtcDateTime::from_unix_timestamp(seconds)
        .map_or_else(|_| String::new(), |it| it.date().to_string())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256};

    use super::*;

    fn utc(text: &str) -> Option<i64> {
        let tag = if text.len() == 13 { 0x17 } else { 0x18 };
        let mut whole = vec![tag, u8::try_from(text.len()).unwrap()];
        whole.extend_from_slice(text.as_bytes());
        seconds(&whole)
    }

    #[test]
    fn times_are_read_in_both_forms() {
        assert_eq!(utc("700101000000Z"), Some(0));
        assert_eq!(utc("000229235959Z"), Some(951_868_799));
        assert_eq!(utc("20500101000000Z"), Some(2_524_608_000));
        assert_eq!(utc("491231235959Z").map(day).as_deref(), Some("2049-12-31"));
        assert_eq!(utc("500101000000Z").map(day).as_deref(), Some("1950-01-01"));
        for bad in [
            "001301000000Z",
            "0001010000000",
            "00010100000Z",
            "000101000000+0100",
        ] {
            assert_eq!(utc(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_certificate_tells_its_name_validity_and_key() {
        let mut params = CertificateParams::new([]).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "Its name");
        params.not_before = rcgen::date_time_ymd(2020, 1, 2);
        params.not_after = rcgen::date_time_ymd(2077, 3, 4);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let made = params.self_signed(&key).unwrap();
        let read = Certificate::read(made.der()).unwrap();
        let (from, until) = read.validity().unwrap();
        assert_eq!(
            (read.name().as_str(), day(from).as_str()),
            ("\"Its name\"", "2020-01-02")
        );
        assert_eq!(day(until), "2077-03-04");
        let provider = rustls::crypto::ring::default_provider();
        assert!(read.has_usable_key(&provider.signature_verification_algorithms));
        assert!(read.has_valid_trailer(false) && !read.is_distrusted());
        for length in 0..made.der().len() {
            assert!(
                Certificate::read(&made.der()[..length]).is_none(),
                "{length}"
            );
        }
    }
}
