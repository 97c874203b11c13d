//! Another library in Rust, for a program that has certpush inside, too. It uses what both bring: Rust's standard
//! library, rustls and ring.

use std::panic::{catch_unwind, resume_unwind};
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use rustls::crypto::ring::default_provider;
use rustls::{ClientConfig, ClientConnection, RootCertStore};

/// 1 if all of it works.
#[unsafe(no_mangle)]
pub extern "C" fn beside_works() -> i32 {
    let thread = std::thread::spawn(|| catch_unwind(|| resume_unwind(Box::new(()))).is_err());
    let panic_is_caught = thread.join().is_ok_and(|caught| caught);
    i32::from(hashes() && greets().is_some() && panic_is_caught)
}

/// ring: the hash of nothing is e3b0c442….
fn hashes() -> bool {
    digest(&SHA256, b"")
        .as_ref()
        .starts_with(&[0xe3, 0xb0, 0xc4, 0x42])
}

/// rustls: a client's first words.
fn greets() -> Option<Vec<u8>> {
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let mut client = ClientConnection::new(Arc::new(config), "localhost".try_into().ok()?).ok()?;
    let mut hello = Vec::new();
    client.write_tls(&mut hello).ok()?;
    hello.starts_with(&[22]).then_some(hello)
}
