//! `certpush.h` as the sources and the core's list of statuses make it.

use std::fmt::Write;
use std::path::Path;

use certpush::Status;

use crate::generated::{sentence, wrapped};

/// Longest line of the header.
const WIDTH: usize = 100;

/// The header as it must be.
pub(crate) fn header() -> String {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(crate_dir.join("cbindgen.toml"))
        .expect("cbindgen.toml is readable");
    let mut header = Vec::new();
    cbindgen::Builder::new()
        .with_src(crate_dir.join("src/lib.rs"))
        .with_config(config)
        .with_after_include(format!("{}\n\n{}", version_macros(), statuses()))
        .generate()
        .expect("the sources can be read")
        .write(&mut header);
    String::from_utf8(header).expect("a header is text")
}

fn version_macros() -> String {
    let [major, minor, patch] = [
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
        env!("CARGO_PKG_VERSION_PATCH"),
    ];
    format!(
        r#"
/** The version of this header; certpush_version() has the library's. Since 0.1.0. */
#define CERTPUSH_VERSION_MAJOR {major}
#define CERTPUSH_VERSION_MINOR {minor}
#define CERTPUSH_VERSION_PATCH {patch}
#define CERTPUSH_VERSION_STRING "{major}.{minor}.{patch}"

/** major * 10000 + minor * 100 + patch: for comparisons. Since 0.1.0. */
#define CERTPUSH_VERSION_NUMBER \
  (CERTPUSH_VERSION_MAJOR * 10000 + CERTPUSH_VERSION_MINOR * 100 + CERTPUSH_VERSION_PATCH)"#
    )
}

/// The enumeration of the statuses: the core has the list, and the C ABI no other.
fn statuses() -> String {
    let mut constants = String::new();
    for status in Status::ALL {
        let meaning = match status {
            // In C other calls than a push return it too.
            Status::Ok => "The certificate was pushed, or the call did what it is for.".to_owned(),
            status => sentence(status.message()),
        };
        let comment = comment("  ", &meaning);
        let (name, number) = (status.c_name(), status.number());
        writeln!(constants, "{comment}  {name} = {number},").expect("a string takes all");
    }
    let what = comment(
        "",
        "What became of a call: the numbers that the functions return as int32_t.\n\
         \n\
         They are below 100, never change and are never reused; new ones may be added. Since 0.1.0.",
    );
    format!("{what}typedef enum {{\n{constants}}} certpush_status;")
}

fn comment(indent: &str, text: &str) -> String {
    let mut lines = format!("{indent}/**\n");
    for paragraph in text.lines() {
        for line in wrapped(paragraph, WIDTH - indent.len() - " * ".len()) {
            lines.push_str(format!("{indent} * {line}").trim_end());
            lines.push('\n');
        }
    }
    lines + indent + " */\n"
}
