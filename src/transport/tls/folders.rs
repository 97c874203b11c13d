//! Certificate authorities in folders, a file for each. What cannot be read or used is left out.

use std::collections::HashSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;

use super::authorities::LONGEST_FILE;
use super::certificates::certificate;
use super::pem::{Blocks, BrokenBlock};
use crate::failure::TransportFailure;
use crate::file::{self, Fault, Waiting};

/// The authorities that lie in folders, in files of their own, unless the call must end first.
pub(super) fn roots_in_folders(
    folders: &[PathBuf],
    waiting: Waiting<'_>,
) -> Result<RootCertStore, TransportFailure> {
    let mut roots = RootCertStore::empty();
    for folder in folders {
        match add_folder(folder, &mut roots, waiting) {
            Err(Fault::Ended { failure, .. }) => return Err(failure),
            // One that cannot be read has none, as for OpenSSL.
            Ok(()) | Err(Fault::Unusable(_) | Fault::NoMemory) => {}
        }
    }
    Ok(roots)
}

/// Adds what lies in a folder. Most have two names for each file.
pub(super) fn add_folder(
    folder: &Path,
    roots: &mut RootCertStore,
    waiting: Waiting<'_>,
) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    for entry in std::fs::read_dir(folder)? {
        waiting.context.check(waiting.phase)?;
        let path = entry?.path();
        let is_new = std::fs::metadata(&path)
            .is_ok_and(|file| file.is_file() && seen.insert((file.dev(), file.ino())));
        if !is_new {
            continue;
        }
        match file::read_regular_within(&path, LONGEST_FILE, waiting) {
            Ok(contents) => {
                add_readable_certificates(&contents.no_secret(), roots, waiting)?;
            }
            Err(ended @ Fault::Ended { .. }) => return Err(ended),
            Err(Fault::Unusable(_) | Fault::NoMemory) => {}
        }
    }
    Ok(())
}

/// Adds the authorities of a file that can be read, and gives the blocks that are broken.
pub(super) fn add_readable_certificates(
    text: &[u8],
    roots: &mut RootCertStore,
    waiting: Waiting<'_>,
) -> Result<Vec<BrokenBlock>, Fault> {
    let mut broken = Vec::new();
    for block in Blocks::of(text) {
        waiting.context.check(waiting.phase)?;
        match block.and_then(|block| certificate(&block)) {
            Ok(Some(read)) => roots
                .roots
                .extend(read.anchor().filter(|_| !read.is_distrusted())),
            Ok(None) => {}
            Err(fault) => broken.push(fault),
        }
    }
    Ok(broken)
}
