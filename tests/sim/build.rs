//! Compiles the conformance list in, file by file: a new topic needs no line anywhere.

use std::env;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::PathBuf;

fn main() -> io::Result<()> {
    let from_cargo = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .ok_or_else(|| io::Error::other(format!("cargo did not set {name}")))
    };
    let folder = from_cargo("CARGO_MANIFEST_DIR")?.join("../conformance/scenarios");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    files.sort();
    let mut lists = String::from("[\n");
    for path in files {
        let topic = path.file_stem().unwrap_or_default().to_string_lossy();
        let path = fs::canonicalize(&path)?;
        writeln!(lists, "    ({topic:?}, include_str!({path:?})),").map_err(io::Error::other)?;
    }
    lists.push(']');
    fs::write(from_cargo("OUT_DIR")?.join("topics.rs"), lists)
}
