//! Files that are made from the core's lists and committed: a test compares each with what it must
//! be, and with CERTPUSH_UPDATE=1 writes it.

// Each test file uses a part of this.
#![allow(dead_code, unreachable_pub)]

use std::path::{Path, PathBuf};
use std::{env, fs};

/// A file of the repository, by its path there. The tests of every crate of the workspace use it.
pub fn path_of(file: &str) -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package
        .ancestors()
        .find(|folder| folder.join("Cargo.lock").is_file());
    root.expect("the package is in the repository").join(file)
}

pub fn read(file: &str) -> String {
    fs::read_to_string(path_of(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Whether the file is this text.
pub fn assert_is(file: &str, fresh: &str) {
    let path = path_of(file);
    if env::var_os("CERTPUSH_UPDATE").is_some_and(|update| update == "1") {
        // In one go: another test may be reading it.
        let whole = path.with_file_name(format!("{}.new", file.replace('/', "-")));
        fs::write(&whole, fresh)
            .and_then(|()| fs::rename(&whole, &path))
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        return;
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == fresh,
        "{file} is not what the core says; `make header docs` writes it"
    );
}

/// How a language writes the lines between which a part of a file is generated.
#[derive(Clone, Copy)]
pub struct Marks {
    before: &'static str,
    after: &'static str,
}

impl Marks {
    pub const MARKDOWN: Marks = Marks {
        before: "<!-- ",
        after: " -->",
    };
    pub const CPP: Marks = Marks {
        before: "// ",
        after: "",
    };
    pub const PYTHON: Marks = Marks {
        before: "# ",
        after: "",
    };
}

/// Whether the parts of the file that are generated are these: name and text of each.
pub fn assert_has(file: &str, marks: Marks, parts: &[(&str, String)]) {
    let fresh = parts.iter().fold(read(file), |text, (name, part)| {
        with_part(&text, marks, name, part)
    });
    assert_is(file, &fresh);
}

/// The text with `part` between the marks of `name`. What stands before a mark on its line stays.
fn with_part(text: &str, marks: Marks, name: &str, part: &str) -> String {
    let Marks { before, after } = marks;
    let mark = format!("{before}generated: {name}{after}\n");
    let end = format!("{before}end of generated{after}");
    let (head, rest) = text
        .split_once(&mark)
        .unwrap_or_else(|| panic!("no mark for {name}"));
    let rest = rest
        .find(&end)
        .map(|at| &rest[at..])
        .unwrap_or_else(|| panic!("no end of {name}"));
    format!("{head}{mark}{part}{rest}")
}

/// The lines of `text`, none longer than `width` unless a word is.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// A sentence that begins with a capital letter and ends with a stop.
pub fn sentence(text: &str) -> String {
    let mut sentence = text.to_owned();
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}

/// The exceptions of the Python package that stand for one status: name and number, in the order of
/// the package. The names are Python's own, and nowhere else.
pub fn python_classes() -> Vec<(String, i32)> {
    let source = read("bindings/python/python/certpush/_errors.py");
    let classes = source.split("\nclass ").skip(1).filter_map(|class| {
        let (name, _) = class.split_once('(')?;
        let (_, number) = class.split_once("\n    _number = ")?;
        let number = number.lines().next()?.parse().ok()?;
        Some((name.to_owned(), number))
    });
    classes.collect()
}
