//! The list of many pushes, from a file or from standard input.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};

use certpush::{Error, PushList};

/// What says that the list comes from standard input.
pub(crate) const STANDARD_INPUT: &str = "-";

/// The longest list, in bytes: about a million entries.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Reads and checks a list as a whole.
pub(crate) fn read(file: &OsStr) -> Result<PushList, Error> {
    if file.is_empty() {
        return Err(Error::invalid_config("FILE must not be empty"));
    }
    let name = if file == STANDARD_INPUT {
        "standard input".to_owned()
    } else {
        file.to_string_lossy().escape_debug().to_string()
    };
    let refuse = |why: &str| Error::invalid_config(format!("{name}: {why}"));
    let text = text(file).map_err(|error| refuse(&format!("cannot be read: {error}")))?;
    if text.len() as u64 > LONGEST {
        return Err(refuse(&format!("is longer than {LONGEST} bytes")));
    }
    let mut list = PushList::new();
    let read = list.read(text);
    read.map_err(|error| refuse(error.report().message()))?;
    Ok(list)
}

fn text(file: &OsStr) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    // One byte too many tells that there are too many.
    let most = LONGEST + 1;
    if file == STANDARD_INPUT {
        io::stdin().take(most).read_to_end(&mut text)?;
    } else {
        File::open(file)?.take(most).read_to_end(&mut text)?;
    }
    Ok(text)
}
