//! What programs were compiled against: `bindings/c/abi/`, to which a change may add, and no more.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::{env, fs};

use certpush::{OPTIONS, REPORT_FIELDS};

use crate::declarations::{Declarations, Function};
use crate::generated::path_of;

const WHAT_TO_DO: &str = "
What is not listed yet: `make abi` lists it.
What changed or is gone: a program that was built before still takes it for what it was. Leave it as it was, and give
what is new another name or number. Before 1.0 an incompatible change raises ABI in bindings/c/build.rs. While nothing
is released, or when ABI was raised, `make abi` writes the lists anew: CONTRIBUTING.md, \"The ABI is kept\".
";

/// A list that is committed: what each of its lines is about, and what it says of that.
struct List {
    file: &'static str,
    what: &'static str,
    between: &'static str,
    rows: Vec<(String, String)>,
}

#[test]
fn the_abi_is_kept_and_what_was_added_is_listed() {
    let declared = crate::declared();
    let lists = [symbols(&declared), baseline(&declared)];
    if env::var_os("CERTPUSH_UPDATE").is_some_and(|update| update == "abi") {
        for list in &lists {
            fs::write(path_of(list.file), list.written()).unwrap();
        }
        return;
    }
    let wrong: String = lists
        .iter()
        .map(|list| {
            let kept = fs::read_to_string(path_of(list.file)).unwrap_or_default();
            list.differences(&kept)
        })
        .collect();
    assert!(wrong.is_empty(), "\n{wrong}{WHAT_TO_DO}");
}

/// Every export, with the version that it came in.
fn symbols(declared: &Declarations) -> List {
    let functions = declared.functions.iter();
    List {
        file: "bindings/c/abi/symbols.txt",
        what: "The library's exports, and the version that each came in.",
        between: " ",
        rows: functions
            .map(|it| (it.name.clone(), it.since().to_owned()))
            .collect(),
    }
}

/// Types, prototypes, numbers, and the names by which options and report fields are asked for.
fn baseline(declared: &Declarations) -> List {
    let mut rows = vec![("library".to_owned(), crate::library())];
    let mut add = |kind: &str, name: &str, what: &str| {
        rows.push((format!("{kind} {name}"), what.to_owned()));
    };
    for it in &declared.handles {
        add("handle", &it.name, "opaque");
    }
    for it in &declared.callbacks {
        add("callback", &it.name, &prototype(it));
    }
    for it in &declared.functions {
        add("function", &it.name, &prototype(it));
    }
    for it in &declared.enumerations {
        for constant in &it.constants {
            add(&it.name, &constant.number.to_string(), &constant.name);
        }
    }
    for it in OPTIONS {
        add("option", it.key, crate::description::kind(it));
    }
    for it in REPORT_FIELDS {
        add("field", it.name, it.json_type());
    }
    List {
        file: "bindings/c/abi/baseline.txt",
        what: "What programs were compiled against.",
        between: ": ",
        rows,
    }
}

/// The types alone: a parameter's name may change.
fn prototype(function: &Function) -> String {
    let kinds = function.parameters.iter().map(|it| it.kind.as_str());
    let kinds = kinds.collect::<Vec<_>>().join(", ");
    format!("{} ({kinds})", function.returns)
}

impl List {
    fn written(&self) -> String {
        let mut text = format!("# {} Written by `make abi`.\n", self.what);
        for (about, says) in &self.rows {
            writeln!(text, "{about}{}{says}", self.between).unwrap();
        }
        text
    }

    /// What is not as it was kept, a line for each.
    fn differences(&self, kept: &str) -> String {
        let rows = self.rows.iter();
        let mut now: BTreeMap<_, _> = rows.map(|(about, says)| (&**about, &**says)).collect();
        let mut wrong = String::new();
        for line in kept.lines().filter(|line| !line.starts_with('#')) {
            let (about, was) = line
                .split_once(self.between)
                .unwrap_or_else(|| panic!("{}: {line}", self.file));
            match now.remove(about) {
                Some(is) if is == was => {}
                Some(is) => writeln!(wrong, "changed: {about}\n  was {was}\n  is  {is}").unwrap(),
                None => writeln!(wrong, "gone: {about}, which was {was}").unwrap(),
            }
        }
        for (about, says) in now {
            writeln!(
                wrong,
                "not listed in {}: {about}{}{says}",
                self.file, self.between
            )
            .unwrap();
        }
        wrong
    }
}

fn list(rows: &[(&str, &str)]) -> List {
    let rows = rows.iter();
    List {
        file: "some/list.txt",
        what: "Some.",
        between: ": ",
        rows: rows
            .map(|&(about, says)| (about.to_owned(), says.to_owned()))
            .collect(),
    }
}

#[test]
fn abi_that_changed_or_is_gone_or_new_is_found() {
    let before = list(&[("function f", "void ()"), ("status 7", "LOST")]);
    let kept = before.written();
    assert_eq!(before.differences(&kept), "");
    for (now, expected) in [
        (
            list(&[("function f", "int32_t ()"), ("status 7", "LOST")]),
            "changed: function f\n  was void ()\n  is  int32_t ()\n",
        ),
        (
            list(&[("function f", "void ()"), ("status 7", "FOUND")]),
            "changed: status 7\n  was LOST\n  is  FOUND\n",
        ),
        (
            list(&[("function f", "void ()")]),
            "gone: status 7, which was LOST\n",
        ),
        (
            list(&[
                ("function f", "void ()"),
                ("status 7", "LOST"),
                ("status 8", "NEW"),
            ]),
            "not listed in some/list.txt: status 8: NEW\n",
        ),
    ] {
        assert_eq!(now.differences(&kept), expected);
    }
}
