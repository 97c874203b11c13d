//! The reading of PEM files, judged by the command openssl on files that are put together at random.

use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fastrand::Rng;
use rcgen::{CertificateParams, DnType, KeyPair};

use super::certificates;
use crate::transport::tls::pem::find;

/// How many files are judged.
const FILES: usize = 150;

/// A certificate, and what `openssl x509 -trustout` makes of it.
struct Known {
    der: Vec<u8>,
    trusted: Vec<u8>,
}

/// What a file was put together from.
#[derive(Default)]
struct Made {
    text: Vec<u8>,
    /// The certificates that must be read, by number.
    whole: Vec<usize>,
    /// The lines of what is broken first.
    broken: Option<(usize, usize)>,
}

impl Made {
    fn line(&self) -> usize {
        1 + self.text.iter().filter(|byte| **byte == b'\n').count()
    }

    fn add_broken(&mut self, text: &str) {
        let first = self.line();
        self.text.extend_from_slice(text.as_bytes());
        let last = self.line();
        self.broken.get_or_insert((first, last));
    }
}

fn openssl(arguments: &[&str], path: &Path) -> Option<Vec<u8>> {
    let done = Command::new("openssl")
        .args(arguments)
        .arg(path)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    done.status.success().then_some(done.stdout)
}

fn make_known(folder: &Path) -> Vec<Known> {
    (0..5)
        .map(|number| {
            let mut params = CertificateParams::new([]).unwrap();
            let name = format!("Authority {number}");
            params.distinguished_name.push(DnType::CommonName, name);
            let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
            let path = folder.join("known.pem");
            std::fs::write(&path, made.pem()).unwrap();
            let settings = ["x509", "-trustout", "-addtrust", "serverAuth", "-in"];
            let trusted = openssl(&settings, &path).unwrap();
            let trusted = String::from_utf8(trusted).unwrap();
            let base64: String = trusted
                .lines()
                .filter(|line| !line.starts_with('-'))
                .collect();
            Known {
                der: made.der().to_vec(),
                trusted: STANDARD.decode(base64).unwrap(),
            }
        })
        .collect()
}

/// Base64 in lines of some length.
fn lines(der: &[u8], random: &mut Rng) -> Vec<String> {
    let width = random.choice([64, 64, 64, 76, 20, 4]).unwrap();
    let base64 = STANDARD.encode(der);
    let lines = base64.as_bytes().chunks(width);
    lines
        .map(|line| String::from_utf8(line.to_vec()).unwrap())
        .collect()
}

fn block(label: &str, lines: &[String]) -> String {
    let body = lines.join("\n");
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

fn add_whole(made: &mut Made, known: &[Known], random: &mut Rng) {
    let number = random.usize(..known.len());
    let certificate = &known[number];
    let (label, der) = match random.usize(..4) {
        0 => ("X509 CERTIFICATE", &certificate.der),
        1 => ("TRUSTED CERTIFICATE", &certificate.trusted),
        2 => ("TRUSTED CERTIFICATE", &certificate.der),
        _ => ("CERTIFICATE", &certificate.der),
    };
    let mut text = block(label, &lines(der, random));
    match random.usize(..10) {
        0 => text = text.replace('\n', "\r\n"),
        1 => text = text.lines().map(|line| format!("  {line}\n")).collect(),
        2 => text = text.lines().map(|line| format!("{line} \t\n")).collect(),
        3 => text = format!("\u{feff}{text}"),
        4 => text = text.replace('\n', " ") + "\n",
        5 => text = text.replacen("-----\n", "-----\nComment: old\n\n", 1),
        6 | 7 => _ = text.pop(),
        _ => {}
    }
    made.whole.push(number);
    made.text.extend_from_slice(text.as_bytes());
}

fn add_other(made: &mut Made, known: &[Known], random: &mut Rng) {
    // What was joined to the end of a block is on its line.
    let der = &random.choice(known).unwrap().der;
    let text = match random.usize(..9) {
        0 => "# a comment\n".to_owned(),
        1 => "subject=CN = Authority\nissuer=CN = Authority\n".to_owned(),
        2 => "Bag Attributes\n    localKeyID: 01 00 00 00\nKey Attributes: <No Attributes>\n"
            .to_owned(),
        3 => "\n  \n\r\n".to_owned(),
        4 => "Authority\n=========\n".to_owned(),
        5 => block("CERTIFICATE REQUEST", &lines(b"any", random)),
        6 => block("DH PARAMETERS", &lines(b"any", random)),
        7 => {
            let block = block("CERTIFICATE", &lines(der, random));
            block.lines().map(|line| format!("# {line}\n")).collect()
        }
        _ => KeyPair::generate().unwrap().serialize_pem(),
    };
    made.text.extend_from_slice(text.as_bytes());
    if random.bool() {
        made.text.extend_from_slice(b"Z\xfcrich\n");
    }
}

fn add_broken(made: &mut Made, known: &[Known], random: &mut Rng) {
    if made.text.last().is_some_and(|byte| *byte != b'\n') {
        made.text.push(b'\n');
    }
    let der = &random.choice(known).unwrap().der;
    let plain = block("CERTIFICATE", &lines(der, random));
    let cut = random.usize(1..der.len());
    let text = match random.usize(..10) {
        0 => plain.replacen('M', "?", 1),
        1 => block("CERTIFICATE", &lines(&der[..cut], random)),
        2 => plain.replace("-----END CERTIFICATE-----\n", ""),
        3 => plain.replace("-----END CERTIFICATE-----", "-----END X-----"),
        4 => plain.replace("-----BEGIN CERTIFICATE-----", "----BEGIN CERTIFICATE----"),
        5 => plain.replace("-----BEGIN", "words -----BEGIN"),
        6 => plain.replace("-----", "–––––"),
        7 => plain.replace("-----BEGIN CERTIFICATE-----\n", ""),
        8 => plain.to_lowercase(),
        _ => block("PKCS7", &lines(der, random)),
    };
    made.add_broken(&text);
}

fn make_file(known: &[Known], random: &mut Rng) -> Made {
    let mut made = Made::default();
    for _ in 0..random.usize(1..8) {
        match random.usize(..12) {
            0 => add_broken(&mut made, known, random),
            1..5 => add_other(&mut made, known, random),
            _ => add_whole(&mut made, known, random),
        }
    }
    made
}

#[test]
fn a_file_is_read_as_openssl_reads_it_or_more_or_is_refused_by_its_line() {
    if Command::new("openssl").arg("version").output().is_err() {
        assert!(
            std::env::var_os("CERTPUSH_REQUIRE_TOOLS").is_none_or(|it| it != "1"),
            "openssl is not installed (Debian package openssl)"
        );
        println!("skipped: openssl is not installed (Debian package openssl)");
        return;
    }
    let seed =
        std::env::var("PEM_SEED").map_or_else(|_| fastrand::u64(..), |it| it.parse().unwrap());
    println!("PEM_SEED={seed}");
    let mut random = Rng::with_seed(seed);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.pem");
    let known = make_known(folder.path());
    let (mut read_by_openssl, mut refused) = (0, 0);
    for number in 0..FILES {
        let made = make_file(&known, &mut random);
        let shown = || {
            format!(
                "PEM_SEED={seed}, file {number}:\n{}",
                String::from_utf8_lossy(&made.text)
            )
        };
        std::fs::write(&path, &made.text).unwrap();
        let judge = openssl(
            &["crl2pkcs7", "-nocrl", "-outform", "DER", "-certfile"],
            &path,
        );
        let theirs = judge.map(|bytes| {
            let has = |it: &&Known| find(&bytes, &it.der).is_some();
            known
                .iter()
                .filter(has)
                .map(|it| &it.der)
                .collect::<Vec<_>>()
        });
        let ours = certificates(&made.text);
        match (&ours, made.broken) {
            (Ok(found), None) => {
                let found: Vec<_> = found.iter().map(|(_, read)| read.der().to_vec()).collect();
                let whole: Vec<_> = made.whole.iter().map(|it| known[*it].der.clone()).collect();
                assert_eq!(found, whole, "{}", shown());
                for their in theirs.iter().flatten() {
                    assert!(found.contains(their), "{}", shown());
                }
                read_by_openssl += usize::from(theirs.is_some());
            }
            (Err(why), Some((first, last))) => {
                let told = (first..=last).any(|line| why.contains(&format!("line {line} ")));
                assert!(told, "{why}, not {first} to {last}; {}", shown());
                refused += 1;
            }
            (Err(why), None) => {
                let none = why == "has no PEM certificate in it" && made.whole.is_empty();
                assert!(none, "{why}; {}", shown());
                let theirs = theirs.unwrap_or_default();
                assert!(theirs.is_empty(), "{}", shown());
            }
            (Ok(_), Some(_)) => panic!("what is broken was passed over; {}", shown()),
        }
    }
    println!(
        "{FILES} files: openssl read {read_by_openssl} of those that were whole, {refused} were broken"
    );
    assert!(read_by_openssl > 0 && refused > 0);
}
