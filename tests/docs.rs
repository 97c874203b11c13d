//! The tables in docs/ are those of the core: `make docs` writes them.

mod generated;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use certpush::{
    Explanation, Getter, OPTIONS, REPORT_FIELDS, SITES, Status, explain, known_service_codes,
    limits,
};

use generated::{Marks, assert_has};

#[test]
fn the_page_of_errors_has_the_cores_lists() {
    assert_are(
        "docs/errors.md",
        &[
            ("report fields", report_fields()),
            ("statuses", statuses()),
            ("service codes", service_codes()),
        ],
    );
}

#[test]
fn the_page_of_options_has_the_cores_lists() {
    assert_are(
        "docs/options.md",
        &[
            ("pairs", pairs()),
            ("options", options()),
            ("regions", regions()),
            ("limits", limits()),
        ],
    );
}

#[test]
fn the_page_for_other_languages_names_every_field_and_the_library() {
    let page = generated::read("docs/c.md");
    let (_, section) = page
        .split_once("## From another language\n")
        .expect("the section is there");
    for field in REPORT_FIELDS {
        assert!(section.contains(&code(field.name)), "{}", field.name);
    }
    let description = generated::read("include/certpush.json");
    let (_, library) = description
        .split_once("\"library\": \"")
        .expect("the library is named");
    let (library, _) = library.split_once('"').expect("its name ends");
    assert!(section.contains(&code(library)), "{library}");
}

/// Whether the parts of the page are these, each with an empty line around it.
fn assert_are(page: &str, parts: &[(&str, String)]) {
    let parts = parts
        .iter()
        .map(|(name, part)| (*name, format!("\n{part}\n")))
        .collect::<Vec<_>>();
    assert_has(page, Marks::MARKDOWN, &parts);
}

fn report_fields() -> String {
    let rows = REPORT_FIELDS.iter().map(|field| {
        let kind = match field.get {
            Getter::Text(_) => "text",
            Getter::Integer(_) => "number",
            Getter::Boolean(_) => "true, false",
            Getter::Milliseconds(_) => "milliseconds",
        };
        [
            code(field.name),
            kind.to_owned(),
            field.since.to_owned(),
            field.doc.to_owned(),
        ]
    });
    table(["field", "type", "since", "meaning"], rows)
}

fn limits() -> String {
    let rows = limits::ALL.iter().map(|limit| {
        let range = match (limit.least, limit.greatest) {
            (least, greatest) if least == greatest => least.to_string(),
            (0, greatest) => format!("at most {greatest}"),
            (least, greatest) => format!("{least} to {greatest}"),
        };
        [
            code(limit.name),
            format!("{range} {}", limit.unit),
            limit.doc.to_owned(),
        ]
    });
    table(["limit", "", "of what"], rows)
}

fn statuses() -> String {
    let rows = Status::ALL.iter().map(|&status| {
        let Explanation {
            meaning,
            hint,
            outcome,
            ..
        } = explain(status.as_str()).unwrap();
        [
            status.number().to_string(),
            code(status.c_name()),
            python_class(status)
                .as_deref()
                .map(code)
                .unwrap_or_default(),
            meaning.to_owned(),
            outcome.to_owned(),
            hint.unwrap_or_default().to_owned(),
        ]
    });
    table(
        ["", "C", "Python", "meaning", "was it pushed?", "what to do"],
        rows,
    )
}

/// Python's exception for a status.
fn python_class(status: Status) -> Option<String> {
    generated::python_classes()
        .into_iter()
        .find_map(|(name, number)| (number == status.number()).then_some(name))
}

fn service_codes() -> String {
    let rows = known_service_codes().map(|known| {
        [
            known.name,
            known.meaning.to_owned(),
            known.outcome.to_owned(),
            known.hint.unwrap_or_default().to_owned(),
        ]
    });
    table(["code", "meaning", "was it pushed?", "what to do"], rows)
}

fn pairs() -> String {
    let mut list = String::new();
    for option in OPTIONS {
        // Each pair stands twice in the table.
        if option.key < option.exclusive_with {
            writeln!(list, "- `{}` and `{}`", option.key, option.exclusive_with).unwrap();
        }
    }
    list
}

#[test]
fn prose_has_lines_of_at_most_120_columns() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).unwrap();
    let pages = docs.map(|page| page.unwrap().path());
    let beside = [
        "README.md",
        "README.zh-CN.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ];
    let beside = [&beside[..], &["bindings/rust/README.md"]].concat();
    let beside = beside.iter().map(|page| root.join(page));
    for page in pages.chain(beside) {
        let text = fs::read_to_string(&page).unwrap();
        let mut is_fenced = false;
        for (number, line) in text.lines().enumerate() {
            is_fenced ^= line.trim_start().starts_with("```");
            let is_prose = !is_fenced && !line.starts_with('|');
            let width = line.chars().count();
            assert!(
                !is_prose || width <= 120,
                "{}:{} has {width} columns",
                page.display(),
                number + 1
            );
        }
    }
}

/// The pages that a reader of either language meets first.
const FRONT_PAGES: [&str; 2] = ["README.md", "README.zh-CN.md"];

#[test]
fn the_first_page_has_the_same_code_in_chinese() {
    let [english, chinese] = FRONT_PAGES.map(|page| {
        let text = generated::read(page);
        let mut is_fenced = false;
        let mut code = Vec::new();
        for line in text.lines() {
            let is_fence = line.starts_with("```");
            if is_fenced || is_fence {
                code.push(line.to_owned());
            }
            is_fenced ^= is_fence;
        }
        code
    });
    assert!(english.contains(&"```c".to_owned()));
    assert_eq!(english, chinese);
}

#[test]
fn the_first_page_leads_to_the_same_places_in_chinese() {
    let [english, chinese] = FRONT_PAGES.map(|page| {
        let text = generated::read(page);
        let mut places = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split_once(')'))
            .map(|(place, _)| place.to_owned())
            // Each leads to the other, and to headings of its own.
            .filter(|place| !place.starts_with('#') && !FRONT_PAGES.contains(&place.as_str()))
            .collect::<Vec<_>>();
        places.sort();
        places
    });
    assert_eq!(english, chinese);
    let first_lines = |page| generated::read(page).lines().take(3).collect::<String>();
    assert!(first_lines("README.md").contains("(README.zh-CN.md)"));
    assert!(first_lines("README.zh-CN.md").contains("(README.md)"));
}

#[test]
fn the_first_page_has_the_same_figures_in_chinese() {
    // Rows of five cells whose second one is a number, without whose they are.
    let [english, chinese] = FRONT_PAGES.map(|page| {
        generated::read(page)
            .lines()
            .filter(|line| line.matches('|').count() == 6)
            .filter_map(|line| line.splitn(3, '|').nth(2))
            .filter(|cells| cells.trim_start().starts_with(|c: char| c.is_ascii_digit()))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    assert!(english.len() >= 5, "{english:?}");
    assert_eq!(english, chinese);
}

#[test]
fn the_first_page_in_chinese_says_of_every_status_what_to_do() {
    let page = generated::read("README.zh-CN.md");
    let told = page
        .lines()
        .filter(|line| line.contains("| `CERTPUSH_"))
        .map(|line| {
            let cells = line.split('|').map(str::trim).collect::<Vec<_>>();
            assert!(cells.len() == 7 && !cells[1..6].contains(&""), "{line}");
            format!("{} {}", cells[1], cells[2])
        })
        .collect::<Vec<_>>();
    let all = Status::ALL
        .iter()
        .map(|status| format!("{} {}", status.number(), code(status.c_name())))
        .collect::<Vec<_>>();
    assert_eq!(told, all);
}

fn options() -> String {
    let rows = OPTIONS.iter().map(|option| {
        [
            code(option.key),
            option.values(),
            if option.default.is_empty() {
                String::new()
            } else {
                code(option.default)
            },
            code(&option.environment_name()),
            if option.is_secret() {
                "none".to_owned()
            } else {
                code(&option.flag())
            },
            option.since.to_owned(),
            option.doc.to_owned(),
        ]
    });
    table(
        [
            "key", "values", "default", "variable", "flag", "since", "meaning",
        ],
        rows,
    )
}

fn regions() -> String {
    let rows = SITES
        .iter()
        .map(|site| [code(site.region), site.name.to_owned(), code(site.host)]);
    table(["region", "site", "host"], rows)
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn table<const COLUMNS: usize>(
    head: [&str; COLUMNS],
    rows: impl Iterator<Item = [String; COLUMNS]>,
) -> String {
    let mut table = row(&head.map(str::to_owned));
    table.push_str(&row(&head.map(|_| "---".to_owned())));
    for cells in rows {
        table.push_str(&row(&cells));
    }
    table
}

fn row(cells: &[String]) -> String {
    let cells = cells
        .iter()
        .map(|cell| cell.replace('|', "\\|"))
        .collect::<Vec<_>>();
    format!("| {} |\n", cells.join(" | "))
}
