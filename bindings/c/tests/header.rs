//! `include/certpush.h` is what the sources say, and says everything that a C programmer needs.

use std::path::Path;
use std::{env, fs};

use certpush::{Level, Status};

/// The header as it must be.
fn generated() -> String {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(crate_dir.join("cbindgen.toml"))
        .expect("cbindgen.toml is readable");
    let mut header = Vec::new();
    cbindgen::Builder::new()
        .with_src(crate_dir.join("src/lib.rs"))
        .with_config(config)
        .with_after_include(version_macros())
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

#[test]
fn the_committed_header_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../include/certpush.h");
    let generated = generated();
    if env::var_os("CERTPUSH_UPDATE").is_some_and(|value| value == "1") {
        fs::write(&path, &generated).expect("the header can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "include/certpush.h is not what bindings/c says; run `make header` and commit it"
    );
}

fn cpp_header() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../include/certpush.hpp");
    fs::read_to_string(path).expect("certpush.hpp is there")
}

/// The constants of an enum: name, number and comment on one line.
fn constants(header: &str, closing: &str) -> Vec<(String, i32, String)> {
    let end = header.find(closing).expect("the enum is in the header");
    let start = header[..end].rfind("typedef enum").expect("it begins");
    let mut comment = Vec::new();
    let mut found = Vec::new();
    for line in header[start..end].lines().map(str::trim) {
        if let Some((name, number)) = line.trim_end_matches(',').split_once(" = ") {
            let number = number.parse().expect("constants are numbers");
            found.push((name.to_owned(), number, comment.join(" ")));
            comment.clear();
        } else if let Some(text) = line.strip_prefix("* ") {
            comment.push(text.to_owned());
        }
    }
    found
}

#[test]
fn the_statuses_are_the_cores() {
    let header: Vec<_> = constants(&generated(), "} certpush_status;");
    let core = Status::ALL.iter().map(|status| {
        let mut sentence = status.message().to_owned() + ".";
        sentence[..1].make_ascii_uppercase();
        (status.c_name().to_owned(), status.number(), sentence)
    });
    for (in_header, in_core) in header.iter().zip(core) {
        if in_core.1 == Status::Ok.number() {
            // In C other calls than a push return it too.
            assert_eq!((in_header.0.as_str(), in_header.1), ("CERTPUSH_OK", 0));
        } else {
            assert_eq!(*in_header, in_core);
        }
    }
    assert_eq!(header.len(), Status::ALL.len());
}

#[test]
fn the_log_levels_are_the_cores() {
    let names_and_numbers: Vec<_> = constants(&generated(), "} certpush_log_level;")
        .into_iter()
        .map(|(name, number, _)| (name, number))
        .collect();
    assert_eq!(
        names_and_numbers,
        [
            ("CERTPUSH_LOG_INFO".to_owned(), Level::Info.number()),
            ("CERTPUSH_LOG_WARNING".to_owned(), Level::Warning.number()),
            ("CERTPUSH_LOG_ERROR".to_owned(), Level::Error.number()),
        ]
    );
}

/// Comment and prototype of each function.
fn functions(header: &str) -> Vec<(&str, &str)> {
    header
        .split("\n\n")
        .filter_map(|block| block.split_once(" */\n"))
        .filter(|(_, declared)| declared.ends_with(");") && !declared.starts_with("typedef"))
        .collect()
}

fn exports_in_the_sources() -> usize {
    fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
        .expect("the sources are there")
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .map(|source| source.matches("#[unsafe(no_mangle)]").count())
        .sum()
}

#[test]
fn every_export_is_there_and_tells_its_threads_and_its_age() {
    let header = generated();
    let functions = functions(&header);
    assert_eq!(functions.len(), exports_in_the_sources());
    for (comment, prototype) in functions {
        assert!(comment.contains("Threads: "), "no threads: {prototype}");
        assert!(comment.contains("Since 0."), "no age: {prototype}");
    }
}

#[test]
fn cpp_has_every_status() {
    let header = cpp_header();
    for status in Status::ALL {
        let line = format!("{} = {},", status.name().to_lowercase(), status.c_name());
        assert!(header.contains(&line), "not in certpush.hpp: {line}");
    }
}

/// What C++ does in another way: strings have lengths, and a message is read through a view.
const NOT_IN_CPP: [&str; 5] = [
    "certpush_version_number",
    "certpush_config_set",
    "certpush_push",
    "certpush_push_fields",
    "certpush_report_copy_message",
];

#[test]
fn cpp_can_do_what_c_can() {
    let (header, cpp) = (generated(), cpp_header());
    for (_, prototype) in functions(&header) {
        let until_parameters = prototype.split('(').next().unwrap_or_default();
        let name = until_parameters
            .rsplit([' ', '*'])
            .next()
            .unwrap_or_default();
        // Called, or the _free function of an owner.
        let is_used = ["(", ">", ")"]
            .map(|after| format!("{name}{after}"))
            .iter()
            .any(|use_of| cpp.contains(use_of));
        assert_ne!(is_used, NOT_IN_CPP.contains(&name), "{name}");
    }
}
