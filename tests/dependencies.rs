//! docs/dependencies.md has every crate of what ships, and no other; and none ships twice.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What `cargo tree` tells of the C library.
fn tree(offline: bool) -> Option<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let told = Command::new(cargo)
        .args(["tree", "--locked", "--package", "certpush-c"])
        .args(["--edges", "normal", "--prefix", "none"])
        .args(["--target", "x86_64-unknown-linux-gnu"])
        .args(offline.then_some("--offline"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let is_told = told.status.success();
    is_told.then(|| String::from_utf8(told.stdout).unwrap())
}

/// The crates that the C library is made of, each as "name version".
fn shipped() -> BTreeSet<String> {
    // What this test was built with is there; another platform's build may have to be asked for.
    let told = tree(true).or_else(|| tree(false)).expect("cargo tree");
    let crates = told.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some(format!("{} {}", words.next()?, words.next()?))
    });
    crates.filter(|it| !it.starts_with("certpush")).collect()
}

#[test]
fn the_page_names_every_crate_that_ships_and_no_other() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/dependencies.md");
    let page = fs::read_to_string(page).unwrap();
    let told: BTreeSet<_> = page
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| ")?.split_once(" | ")?.0.to_owned()))
        .filter(|name| name != "crate")
        .collect();
    let shipped = shipped();
    let there = shipped.iter().map(|it| it.split_once(' ').unwrap().0);
    assert_eq!(told, there.map(str::to_owned).collect());
}

#[test]
fn no_crate_ships_in_two_versions() {
    let mut names = BTreeSet::new();
    for it in shipped() {
        let name = it.split_once(' ').unwrap().0.to_owned();
        assert!(names.insert(name), "{it} is there in another version, too");
    }
}
