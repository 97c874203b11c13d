//! The two forms of a list's text: CSV with a header, and JSON Lines. In both an entry is a line: no
//! argument has a line end in it, so that a quote without its end is a fault of its own line and never
//! swallows the entries behind it. That is why this is no reader of CSV in general.

use crate::file;
use crate::json::{Document, Kind};
use crate::sanitize::sanitize;

/// The columns of CSV, and the members of an object.
pub(super) const COLUMNS: [&str; 3] = ["certificate_id", "target_project", "target_service"];
/// The first line of CSV.
const HEADER: &str = "certificate_id,target_project,target_service";
/// How much of a name that is no column's is shown, in characters. Keys and tokens are longer, and
/// not shown at all.
const NAME_SHOWN: usize = 31;

/// An entry as the text has it.
pub(super) struct Row {
    /// Counted from 1.
    pub(super) line: usize,
    /// In the order of [`COLUMNS`], or what is wrong with the line.
    pub(super) values: Result<[String; 3], String>,
}

/// The entries of a text, of which there is at least one, or what is wrong with the whole.
pub(super) fn rows(bytes: &[u8]) -> Result<Vec<Row>, String> {
    let text = file::text(bytes)?;
    let mut lines = text
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .zip(1..)
        .filter(|(line, _)| !line.trim().is_empty())
        .peekable();
    let Some(&(first, number)) = lines.peek() else {
        return Err("is empty".to_owned());
    };
    let rows: Vec<Row> = match first.trim_start().as_bytes() {
        [b'{', ..] => lines
            .map(|(text, line)| Row {
                line,
                values: members(text),
            })
            .collect(),
        [b'[', ..] => {
            return Err(
                "is a JSON array: write one object a line, without brackets and commas around them"
                    .to_owned(),
            );
        }
        _ => {
            let places =
                header(first).map_err(|why| format!("is refused: line {number}: {why}"))?;
            lines
                .skip(1)
                .map(|(text, line)| Row {
                    line,
                    values: record(text, places),
                })
                .collect()
        }
    };
    if rows.is_empty() {
        return Err("has no entry behind its first line".to_owned());
    }
    Ok(rows)
}

/// Where in a record each of [`COLUMNS`] stands.
fn header(line: &str) -> Result<[usize; 3], String> {
    let names = fields(line)?;
    if names.len() == 1 && line.contains([';', '\t']) {
        return Err(format!("commas must stand between the columns: {HEADER}"));
    }
    if !names.iter().any(|name| COLUMNS.contains(&name.as_str())) {
        return Err(format!("the first line must be {HEADER}"));
    }
    if let Some(unknown) = names.iter().find(|name| !COLUMNS.contains(&name.as_str())) {
        return Err(format!("{} is no column: {HEADER}", shown(unknown)));
    }
    let mut places = [0; 3];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let mut found = (0..names.len()).filter(|place| names[*place] == column);
        *place = found
            .next()
            .ok_or_else(|| format!("the column {column} is missing"))?;
        if found.next().is_some() {
            return Err(format!("the column {column} is there twice"));
        }
    }
    Ok(places)
}

fn record(line: &str, places: [usize; 3]) -> Result<[String; 3], String> {
    let mut fields = fields(line)?;
    if fields.len() != COLUMNS.len() {
        let values = match fields.len() {
            1 => "1 value".to_owned(),
            count => format!("{count} values"),
        };
        return Err(format!("has {values} instead of 3"));
    }
    Ok(places.map(|place| std::mem::take(&mut fields[place])))
}

/// The values of a line of CSV, as RFC 4180 has it.
fn fields(line: &str) -> Result<Vec<String>, String> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, behind) = match rest.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let (field, behind) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
                if field.contains('"') {
                    return Err(
                        "has a quote within a value that does not begin with one".to_owned()
                    );
                }
                (field.to_owned(), behind)
            }
        };
        fields.push(field);
        match behind.strip_prefix(',') {
            Some(next) => rest = next,
            None if behind.is_empty() => return Ok(fields),
            None => {
                return Err("has something between a closing quote and the next comma".to_owned());
            }
        }
    }
}

/// A value behind its opening quote, and what comes after its closing one.
fn unquoted(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let (before, behind) = rest
            .split_once('"')
            .ok_or("has a quote that is not closed in its line")?;
        value.push_str(before);
        match behind.strip_prefix('"') {
            Some(more) => {
                value.push('"');
                rest = more;
            }
            None => return Ok((value, behind)),
        }
    }
}

/// The values of a line that is a JSON object.
fn members(line: &str) -> Result<[String; 3], String> {
    let document = Document::read(line.as_bytes())
        .filter(|document| document.root().kind() == Kind::Object)
        .ok_or("is no JSON object")?;
    let mut values = [const { None }; 3];
    for member in document.root().children() {
        let name = member.name().unwrap_or_default();
        let Some(place) = COLUMNS.iter().position(|column| *column == *name) else {
            return Err(format!("{} is no member: {HEADER}", shown(&name)));
        };
        let text = member.text();
        let text = text.ok_or_else(|| format!("{} must be a text", *name))?;
        if values[place].replace(text.to_string()).is_some() {
            return Err(format!("{} is there twice", *name));
        }
    }
    if let Some(place) = values.iter().position(Option::is_none) {
        return Err(format!("{} is missing", COLUMNS[place]));
    }
    Ok(values.map(Option::unwrap_or_default))
}

/// A name that is no column's, unless it may be a secret in the wrong place.
fn shown(name: &str) -> String {
    if name.chars().count() > NAME_SHOWN {
        "a name that is not shown here".to_owned()
    } else {
        format!("\"{}\"", sanitize(name, NAME_SHOWN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(usize, Result<[String; 3], String>)> {
        let rows = rows(text.as_bytes()).unwrap();
        rows.into_iter().map(|row| (row.line, row.values)).collect()
    }

    fn fault(line: &str) -> String {
        let text = format!("{HEADER}\n{line}\n");
        all(&text).remove(0).1.unwrap_err()
    }

    #[test]
    fn quotes_are_read_as_rfc_4180_has_them_or_refused() {
        let good = |line: &str| all(&format!("{HEADER}\n{line}")).remove(0).1.unwrap();
        assert_eq!(good("a,b,c"), ["a", "b", "c"]);
        assert_eq!(good(r#""a","b,""c""",c"#), ["a", r#"b,"c""#, "c"]);
        assert_eq!(good("\"\",,c"), ["", "", "c"]);
        assert_eq!(
            fault(r#"a,b"c,d"#),
            "has a quote within a value that does not begin with one"
        );
        assert_eq!(
            fault(r#"a,"b,c"#),
            "has a quote that is not closed in its line"
        );
        assert_eq!(
            fault(r#"a,"b"c,d"#),
            "has something between a closing quote and the next comma"
        );
        assert_eq!(fault("a"), "has 1 value instead of 3");
        assert_eq!(fault("a,b"), "has 2 values instead of 3");
        assert_eq!(fault("a,b,c,"), "has 4 values instead of 3");
    }

    #[test]
    fn a_quote_without_its_end_swallows_no_other_line() {
        let text = format!("{HEADER}\na,\"b,c\nd,e,f\ng,\"h\",i\n");
        let rows = all(&text);
        assert!(rows[0].1.is_err());
        assert_eq!(rows[1], (3, Ok(["d", "e", "f"].map(str::to_owned))));
        assert_eq!(rows[2].1.as_ref().unwrap()[1], "h");
    }

    #[test]
    fn lines_are_counted_as_an_editor_does() {
        let text = format!("\u{feff}\r\n{HEADER}\r\n\r\na,b,c\r\n  \r\nd,e,f");
        let lines: Vec<_> = all(&text).iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [4, 6]);
    }

    #[test]
    fn columns_may_stand_in_any_order() {
        let rows = all("target_service,certificate_id,target_project\nELB,id,p\n");
        assert_eq!(rows[0].1.as_ref().unwrap(), &["id", "p", "ELB"]);
    }
}
