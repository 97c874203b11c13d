//! What the header declares, read from its text: cbindgen writes it in one way only.

/// Everything that a header declares, in its order.
pub(crate) struct Declarations {
    pub(crate) enumerations: Vec<Enumeration>,
    pub(crate) handles: Vec<Handle>,
    pub(crate) callbacks: Vec<Function>,
    pub(crate) functions: Vec<Function>,
    /// The same as text, without comments and directives.
    pub(crate) plain: Vec<String>,
}

/// `typedef enum { ... } name;`
pub(crate) struct Enumeration {
    pub(crate) name: String,
    pub(crate) constants: Vec<Constant>,
    pub(crate) doc: String,
}

pub(crate) struct Constant {
    pub(crate) name: String,
    pub(crate) number: i32,
    pub(crate) doc: String,
}

/// `typedef struct name name;`
pub(crate) struct Handle {
    pub(crate) name: String,
    pub(crate) doc: String,
}

/// A function, or a pointer to one that has a name.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) returns: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) doc: String,
}

pub(crate) struct Parameter {
    pub(crate) name: String,
    /// As C writes it, such as `const char *`.
    pub(crate) kind: String,
}

impl Function {
    /// The version that it came in.
    pub(crate) fn since(&self) -> &str {
        let (_, since) = self
            .doc
            .rsplit_once("Since ")
            .expect("a function tells its age");
        since.trim_end_matches('.')
    }
}

impl Declarations {
    pub(crate) fn read(header: &str) -> Declarations {
        let mut found = Declarations {
            enumerations: Vec::new(),
            handles: Vec::new(),
            callbacks: Vec::new(),
            functions: Vec::new(),
            plain: Vec::new(),
        };
        let documented = header
            .split("\n\n")
            .filter_map(|block| block.trim_start().split_once(" */\n"))
            .filter(|(comment, code)| comment.starts_with("/**") && !code.starts_with('#'));
        for (comment, code) in documented {
            found.add(text_of(comment), code);
        }
        found
    }

    fn add(&mut self, doc: String, code: &str) {
        if let Some(body) = code.strip_prefix("typedef enum {") {
            let (constants, name) = body.rsplit_once('}').expect("an enumeration ends");
            self.enumerations.push(Enumeration {
                name: name.trim_matches([' ', ';']).to_owned(),
                constants: read_constants(constants),
                doc,
            });
        } else if let Some(names) = code.strip_prefix("typedef struct ") {
            let (name, _) = names.split_once(' ').expect("a handle has a name");
            let name = name.to_owned();
            self.handles.push(Handle { name, doc });
        } else if let Some(pointer) = code.strip_prefix("typedef ") {
            let named = pointer.replacen("(*", "", 1).replacen(')', "", 1);
            self.callbacks.push(read_function(&named, doc));
        } else {
            self.functions.push(read_function(code, doc));
        }
        // A constant has its line; a function is on several for want of room alone.
        let (trim, between): (fn(&str) -> &str, _) = if code.starts_with("typedef enum") {
            (str::trim_end, "\n")
        } else {
            (str::trim, " ")
        };
        let plain = code
            .lines()
            .filter(|line| !line.trim().starts_with(['/', '*']))
            .map(trim)
            .collect::<Vec<_>>()
            .join(between);
        self.plain.push(plain);
    }
}

/// The text of a comment, paragraphs apart by an empty line.
fn text_of(comment: &str) -> String {
    let mut paragraphs = vec![String::new()];
    for line in comment.lines() {
        let line = line.trim().trim_start_matches('/').trim_start_matches('*');
        match (line.trim(), paragraphs.last_mut()) {
            ("", Some(last)) if !last.is_empty() => paragraphs.push(String::new()),
            (text, Some(last)) => {
                if !last.is_empty() {
                    last.push(' ');
                }
                last.push_str(text);
            }
            _ => {}
        }
    }
    paragraphs.join("\n\n").trim().to_owned()
}

fn read_constants(body: &str) -> Vec<Constant> {
    let mut constants = Vec::new();
    let mut comment = String::new();
    for line in body.lines().map(str::trim) {
        if let Some((name, number)) = line.trim_end_matches(',').split_once(" = ") {
            constants.push(Constant {
                name: name.to_owned(),
                number: number.parse().expect("constants are numbers"),
                doc: text_of(comment.trim_end_matches("*/\n")),
            });
            comment.clear();
        } else {
            comment.push_str(line);
            comment.push('\n');
        }
    }
    constants
}

/// `type name(type name, type name);`, on any number of lines.
fn read_function(code: &str, doc: String) -> Function {
    let (named, parameters) = code.split_once('(').expect("a function has parameters");
    let (kind, name) = apart(named);
    let parameters = parameters.trim_end_matches([')', ';']);
    Function {
        name,
        returns: kind,
        parameters: match parameters {
            "void" => Vec::new(),
            some => some.split(',').map(apart).map(parameter).collect(),
        },
        doc,
    }
}

fn parameter((kind, name): (String, String)) -> Parameter {
    Parameter { name, kind }
}

/// The type and the name in `const char *name`.
fn apart(declared: &str) -> (String, String) {
    let declared = declared.trim();
    let at = declared
        .rfind([' ', '*'])
        .expect("what is declared has a type");
    let (kind, name) = declared.split_at(at + 1);
    (kind.trim().to_owned(), name.to_owned())
}
