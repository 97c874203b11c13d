//! A secret from standard input: it stands in no argument, no variable and no file.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;

use certpush::{Error, limits};
use zeroize::Zeroizing;

/// The longest secret, and a line end.
const LONGEST: usize = *limits::TOKEN_LENGTH.end() + 2;

/// Reads standard input to its end, into memory that is wiped. `name` is the option's that asks.
pub(crate) fn read_secret(name: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let refuse = |why: String| Error::invalid_config(format!("{name} -: standard input {why}"));
    let bytes = read().map_err(|error| refuse(format!("cannot be read: {error}")))?;
    if bytes.len() > LONGEST {
        return Err(refuse(format!("is longer than {LONGEST} bytes")));
    }
    Ok(bytes)
}

/// Reads past all buffers of the standard library, which would keep a copy.
fn read() -> io::Result<Zeroizing<Vec<u8>>> {
    let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut read = 0;
    // Room for one byte too many tells that there are too many, and the buffer never moves.
    let mut bytes = Zeroizing::new(vec![0; LONGEST + 1]);
    while read < bytes.len() {
        match (&input).read(&mut bytes[read..]) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(read);
    Ok(bytes)
}
