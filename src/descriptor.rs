//! What a descriptor's number stands for: a daemon closes all descriptors, and what it opens next gets
//! their numbers. What certpush keeps open is looked at before it is used or closed.

use std::io;
use std::os::fd::AsFd;

use rustix::fs::fstat;

/// The lowest descriptor that is used: those below are the standard streams', also where a daemon
/// has closed them, and what the host prints there must get into no connection and no file.
pub(crate) const LOWEST: i32 = 3;

/// Which open file a descriptor stands for: its device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity(u64, u64);

impl Identity {
    pub(crate) fn of(descriptor: impl AsFd) -> io::Result<Identity> {
        let file = fstat(descriptor)?;
        // The types differ from one kind of machine to another.
        #[allow(clippy::useless_conversion, clippy::unnecessary_cast)]
        Ok(Identity(file.st_dev as u64, file.st_ino as u64))
    }

    /// That of a file by its name.
    pub(crate) fn of_metadata(metadata: &std::fs::Metadata) -> Identity {
        use std::os::unix::fs::MetadataExt;
        Identity(metadata.dev(), metadata.ino())
    }
}
