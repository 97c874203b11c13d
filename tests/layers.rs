//! The core's files form layers without circles: CONTRIBUTING.md draws them, and a file imports from
//! its own layer or from below, never from above.
//!
//! Imports are resolved to the file that defines the name, through `crate::`, `super::` and what a
//! `mod.rs` hands on; the tests within the core do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// A module: the file that it stands in, and what its names mean.
#[derive(Default)]
struct Module {
    file: String,
    children: BTreeSet<String>,
    /// What `use` brings: a name, and the whole path that it stands for.
    imports: BTreeMap<String, Vec<String>>,
    /// Whole paths that end in `*`.
    globs: Vec<Vec<String>>,
}

/// The core's modules by their path from the root.
struct Core {
    modules: BTreeMap<Vec<String>, Module>,
    /// From file to file, and the paths that lead there.
    arrows: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let tokens = match &attribute.meta {
            syn::Meta::List(list) => list.tokens.to_string(),
            _ => String::new(),
        };
        let mut words = tokens.split(|letter: char| !letter.is_alphanumeric());
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg") && words.any(|word| word == "test"))
    })
}

/// The paths of a `use`, each with the name that it brings; "*" for all.
fn leaves(tree: &syn::UseTree, before: &[String], found: &mut Vec<(String, Vec<String>)>) {
    let and = |name: &syn::Ident| [before, &[name.to_string()]].concat();
    match tree {
        syn::UseTree::Path(path) => leaves(&path.tree, &and(&path.ident), found),
        syn::UseTree::Name(name) if name.ident == "self" => {
            found.push((before.last().cloned().unwrap_or_default(), before.to_vec()));
        }
        syn::UseTree::Name(name) => found.push((name.ident.to_string(), and(&name.ident))),
        syn::UseTree::Rename(rename) => {
            found.push((rename.rename.to_string(), and(&rename.ident)));
        }
        syn::UseTree::Glob(_) => found.push(("*".to_owned(), before.to_vec())),
        syn::UseTree::Group(group) => {
            for tree in &group.items {
                leaves(tree, before, found);
            }
        }
    }
}

impl Core {
    fn read() -> Core {
        let mut core = Core {
            modules: BTreeMap::new(),
            arrows: BTreeMap::new(),
        };
        let mut files = Vec::new();
        core.read_file(&root().join("lib.rs"), Vec::new(), &mut files);
        for (module, items) in &files {
            core.read_imports(module, items);
        }
        for (module, items) in &files {
            let mut paths = Paths::default();
            for item in items {
                paths.visit_item(item);
            }
            for path in paths.found {
                core.point(module, &path);
            }
        }
        core
    }

    /// Reads a file and those of its modules.
    fn read_file(
        &mut self,
        file: &Path,
        module: Vec<String>,
        files: &mut Vec<(Vec<String>, Vec<syn::Item>)>,
    ) {
        let text = fs::read_to_string(file).unwrap();
        let items = syn::parse_file(&text).unwrap().items;
        let name = file.strip_prefix(root()).unwrap().to_str().unwrap();
        let mut children = BTreeSet::new();
        let folder = match file.file_name().and_then(|name| name.to_str()) {
            Some("lib.rs" | "mod.rs") => file.parent().unwrap().to_owned(),
            _ => file.with_extension(""),
        };
        for item in &items {
            let syn::Item::Mod(child) = item else {
                continue;
            };
            if is_test(&child.attrs) || child.content.is_some() {
                continue;
            }
            let own = child.ident.to_string();
            let beside = folder.join(format!("{own}.rs"));
            let below = folder.join(&own).join("mod.rs");
            let path = if beside.exists() { beside } else { below };
            children.insert(own.clone());
            self.read_file(&path, [&*module, &[own]].concat(), files);
        }
        let entry = Module {
            file: name.to_owned(),
            children,
            ..Module::default()
        };
        self.modules.insert(module.clone(), entry);
        files.push((module, items));
    }

    fn read_imports(&mut self, module: &[String], items: &[syn::Item]) {
        for item in items {
            let syn::Item::Use(import) = item else {
                continue;
            };
            if is_test(&import.attrs) {
                continue;
            }
            let mut found = Vec::new();
            leaves(&import.tree, &[], &mut found);
            for (name, path) in found {
                let Some(path) = self.absolute(module, &path) else {
                    continue;
                };
                let entry = self.modules.get_mut(module).unwrap();
                if name == "*" {
                    entry.globs.push(path);
                } else {
                    entry.imports.insert(name, path);
                }
            }
        }
    }

    /// A path from the core's root, if it leads to something of the core.
    fn absolute(&self, module: &[String], path: &[String]) -> Option<Vec<String>> {
        let mut base = match path.first()?.as_str() {
            "crate" => Vec::new(),
            "self" => module.to_vec(),
            "super" => module[..module.len().checked_sub(1)?].to_vec(),
            first if self.modules[module].children.contains(first) => [module, &path[..1]].concat(),
            _ => return None,
        };
        for segment in &path[1..] {
            match segment.as_str() {
                "super" => {
                    base.pop()?;
                }
                segment => base.push(segment.to_owned()),
            }
        }
        Some(base)
    }

    /// The file that defines what a path from the root names.
    fn file_of(&self, path: &[String], depth: usize) -> Option<String> {
        assert!(depth < 32, "{path:?} is handed on in a circle");
        let mut at = Vec::new();
        for (position, segment) in path.iter().enumerate() {
            let module = &self.modules[&at];
            if module.children.contains(segment) {
                at.push(segment.clone());
                continue;
            }
            if let Some(import) = module.imports.get(segment) {
                let whole = [import, &path[position + 1..]].concat();
                return self.file_of(&whole, depth + 1);
            }
            for glob in &module.globs {
                let whole = [glob, &path[position..]].concat();
                if let Some(file) = self.file_of(&whole, depth + 1) {
                    return Some(file);
                }
            }
            break;
        }
        Some(self.modules[&at].file.clone())
    }

    /// Draws the arrow from a module's file to what a path leads to.
    fn point(&mut self, module: &[String], path: &[String]) {
        // Alone it is no import, but how far a name can be seen.
        if matches!(path, [only] if only == "crate" || only == "super" || only == "self") {
            return;
        }
        let Some(whole) = self.absolute(module, path) else {
            return;
        };
        let from = self.modules[module].file.clone();
        let to = self.file_of(&whole, 0).unwrap();
        if from != to && !from.ends_with("mod.rs") && from != "lib.rs" {
            let arrows = self.arrows.entry(from).or_default();
            arrows.entry(to).or_default().insert(path.join("::"));
        }
    }

    fn files(&self) -> impl Iterator<Item = &str> {
        self.modules.values().map(|module| module.file.as_str())
    }
}

/// Every path in a file, outside of its tests.
#[derive(Default)]
struct Paths {
    found: Vec<Vec<String>>,
}

impl Paths {
    /// The paths in the arguments of a macro, which are not parsed.
    fn in_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) if colons == 2 => path.push(name.to_string()),
                TokenTree::Ident(name) => {
                    self.found
                        .push(std::mem::replace(&mut path, vec![name.to_string()]));
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Group(group) => self.in_tokens(group.stream()),
                _ => self.found.push(std::mem::take(&mut path)),
            }
            colons = 0;
        }
        self.found.push(path);
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Mod(it) => &it.attrs,
            syn::Item::Fn(it) => &it.attrs,
            syn::Item::Use(it) => &it.attrs,
            syn::Item::Impl(it) => &it.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_use(&mut self, import: &'ast syn::ItemUse) {
        let mut found = Vec::new();
        leaves(&import.tree, &[], &mut found);
        self.found.extend(found.into_iter().map(|(_, path)| path));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter();
        self.found
            .push(segments.map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.in_tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}

/// The layers that CONTRIBUTING.md draws, the top one first: a name, and files and folders.
fn layers() -> Vec<(String, Vec<String>)> {
    let text = fs::read_to_string(root().with_file_name("CONTRIBUTING.md")).unwrap();
    let drawing = text
        .split_once("```layers\n")
        .and_then(|(_, after)| after.split_once("```"))
        .expect("CONTRIBUTING.md draws the layers")
        .0;
    let mut layers: Vec<(String, Vec<String>)> = Vec::new();
    for line in drawing.lines().filter(|line| !line.trim().is_empty()) {
        let mut words = line.split_whitespace().map(str::to_owned);
        if !line.starts_with(' ') {
            layers.push((words.next().unwrap(), Vec::new()));
        }
        layers.last_mut().unwrap().1.extend(words);
    }
    layers
}

/// The number of a file's layer, counted from the top.
fn layer_of(layers: &[(String, Vec<String>)], file: &str) -> usize {
    let is_in = |place: &String| file == place || (place.ends_with('/') && file.starts_with(place));
    let has = |(_, places): &&(String, Vec<String>)| places.iter().any(is_in);
    let found: Vec<_> = layers.iter().filter(has).map(|(name, _)| name).collect();
    assert_eq!(found.len(), 1, "{file} stands in {found:?}");
    layers
        .iter()
        .position(|(name, _)| name == found[0])
        .unwrap()
}

#[test]
fn no_file_of_the_core_imports_in_a_circle() {
    let core = Core::read();
    let mut done = BTreeSet::new();
    for file in core.files() {
        let mut way = Vec::new();
        follow(&core, file, &mut way, &mut done);
    }
    assert!(done.len() > 40, "the core's files were read: {done:?}");
}

/// Follows the arrows from a file; `way` is how it was come by.
fn follow<'a>(core: &'a Core, file: &'a str, way: &mut Vec<&'a str>, done: &mut BTreeSet<&'a str>) {
    if let Some(start) = way.iter().position(|earlier| *earlier == file) {
        panic!("a circle: {} -> {file}", way[start..].join(" -> "));
    }
    if done.contains(file) {
        return;
    }
    way.push(file);
    for next in core.arrows.get(file).into_iter().flat_map(BTreeMap::keys) {
        follow(core, next, way, done);
    }
    way.pop();
    done.insert(file);
}

#[test]
fn no_file_of_the_core_imports_from_a_layer_above() {
    let (core, layers) = (Core::read(), layers());
    let mut upward = Vec::new();
    for (from, arrows) in &core.arrows {
        for (to, paths) in arrows {
            if layer_of(&layers, from) > layer_of(&layers, to) {
                upward.push(format!("{from} -> {to} by {paths:?}"));
            }
        }
    }
    assert!(upward.is_empty(), "arrows upward:\n{}", upward.join("\n"));
}

#[test]
fn the_drawing_has_every_file_and_no_other() {
    let (core, layers) = (Core::read(), layers());
    let is_hall = |file: &&str| *file != "lib.rs";
    for file in core.files().filter(is_hall) {
        layer_of(&layers, file);
    }
    for place in layers.iter().flat_map(|(_, places)| places) {
        let known = core.files().any(|file| file.starts_with(place.as_str()));
        assert!(known, "there is no {place}");
    }
}

#[test]
fn what_a_folder_hands_on_is_all_that_its_mod_has() {
    let core = Core::read();
    for file in core.files().filter(|file| file.ends_with("mod.rs")) {
        let text = fs::read_to_string(root().join(file)).unwrap();
        for item in syn::parse_file(&text).unwrap().items {
            let hands_on = matches!(item, syn::Item::Mod(_) | syn::Item::Use(_));
            assert!(hands_on, "{file} has more in it than names");
        }
    }
}
