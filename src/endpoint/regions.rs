//! Finds a region's SCM in the lists that the official SDKs are configured by: a variable, else a
//! YAML file of regions. They are read where the option `region` is set, never for an `endpoint`.
//! What is wrong in them is an error and not a reason to look further: a token must not go to another
//! host than was meant.

use super::document::{self, Node, Value};
use crate::endpoint::Endpoint;
use crate::environment::Environment;
use crate::file::{self, Waiting};
use crate::message::Word;
use crate::report::Error;
use crate::sanitize::quoted_path;

/// The service whose regions are looked for. The SDKs compare it without case.
const SERVICE: &str = "SCM";
/// The variable that names the file.
const FILE_VARIABLE: &str = "HUAWEICLOUD_SDK_REGIONS_FILE";
/// Largest file of regions, in bytes.
const LONGEST_FILE: usize = 1024 * 1024;

/// The endpoint that the SDKs' lists have for a region, and where it was found. Of several it is
/// the first: the SDKs try the next one when the first cannot be reached, certpush does not.
pub(crate) fn listed(
    region: &str,
    allow_http: bool,
    environment: &dyn Environment,
    waiting: Waiting<'_>,
) -> Result<Option<(Endpoint, String)>, Error> {
    let variable = variable_of(region);
    if let Some(endpoints) = environment.variable(&variable)? {
        let endpoints: Vec<_> = endpoints.split(',').map(str::to_owned).collect();
        return first(&endpoints, allow_http, format!("variable {variable}")).map(Some);
    }
    let (path, named) = match environment.path(FILE_VARIABLE) {
        Some(path) => {
            let named = format!("{FILE_VARIABLE} {}", quoted_path(&path));
            (path, named)
        }
        None => {
            let Some(home) = environment.path("HOME") else {
                return Ok(None);
            };
            let path = home.join(".huaweicloud/regions.yaml");
            if !path.exists() {
                return Ok(None);
            }
            let named = quoted_path(&path);
            (path, named)
        }
    };
    let refuse = |why: &str| Error::invalid_config(format!("{named}: {why}"));
    let contents = file::read(&path, LONGEST_FILE, waiting)
        .map_err(|fault| fault.of(&format!("{named}: the file")))?;
    let text = file::text(&contents.bytes).map_err(|why| refuse(&format!("the file {why}")))?;
    let document =
        document::read(text).map_err(|why| refuse(&format!("the list of regions {why}")))?;
    match endpoints_in(&document, region).map_err(|why| refuse(&why))? {
        Some(endpoints) => first(&endpoints, allow_http, named).map(Some),
        None => Ok(None),
    }
}

fn variable_of(region: &str) -> String {
    let region = region.replace('-', "_").to_ascii_uppercase();
    format!("HUAWEICLOUD_SDK_REGION_{SERVICE}_{region}")
}

fn first(
    endpoints: &[String],
    allow_http: bool,
    origin: String,
) -> Result<(Endpoint, String), Error> {
    let first = endpoints.first().map_or("", String::as_str);
    // As the SDKs do; a scheme of another kind is refused below.
    let url = if first.starts_with("http") || first.contains("://") {
        first.to_owned()
    } else {
        format!("https://{first}")
    };
    let subject = Word::text(format!("{origin}: endpoint"));
    let endpoint = Endpoint::from_url(&url, allow_http, &subject)?;
    let origin = match endpoints.len() {
        1 => origin,
        count => format!("{origin}, the first of {count}"),
    };
    Ok((endpoint, origin))
}

/// The endpoints of a region: what its entry has as `endpoints`, then its `endpoint`.
fn endpoints_in(document: &Node, region: &str) -> Result<Option<Vec<String>>, String> {
    let Value::Map(services) = (match &document.value {
        Value::Nothing => return Ok(None),
        value => value,
    }) else {
        return Err(at(document, "is no map of services"));
    };
    let mut ours = services
        .iter()
        .filter(|(service, _)| service.eq_ignore_ascii_case(SERVICE));
    let Some((_, regions)) = ours.next() else {
        return Ok(None);
    };
    if let Some((_, twice)) = ours.next() {
        return Err(at(twice, "has SCM a second time"));
    }
    let Value::List(regions) = &regions.value else {
        return Err(at(regions, "has no list of regions for SCM"));
    };
    let mut found = None;
    for node in regions {
        let Value::Map(entry) = &node.value else {
            return Err(at(node, "is no region with an id and an endpoint"));
        };
        let id = match entry.get("id").map(|id| &id.value) {
            Some(Value::Text(id)) => id,
            _ => return Err(at(node, "is a region without an id")),
        };
        if id != region {
            continue;
        }
        if found.is_some() {
            return Err(at(node, "has the region a second time"));
        }
        let mut endpoints = Vec::new();
        match entry.get("endpoints") {
            None => {}
            Some(list) => match &list.value {
                Value::List(items) => {
                    for item in items {
                        endpoints.push(text(item)?);
                    }
                }
                _ => return Err(at(list, "has endpoints that are no list")),
            },
        }
        if let Some(endpoint) = entry.get("endpoint") {
            endpoints.push(text(endpoint)?);
        }
        if endpoints.is_empty() {
            return Err(at(node, "has the region without an endpoint"));
        }
        found = Some(endpoints);
    }
    Ok(found)
}

fn text(node: &Node) -> Result<String, String> {
    match &node.value {
        Value::Text(text) if !text.is_empty() => Ok(text.clone()),
        _ => Err(at(node, "has no endpoint where one should be")),
    }
}

#[cold]
#[inline(never)]
fn at(node: &Node, what: &str) -> String {
    format!("the list of regions, line {}, {what}", node.line)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::call_context::CallContext;

    type Variables = HashMap<&'static str, String>;

    fn variables<const N: usize>(set: [(&'static str, &str); N]) -> Variables {
        set.map(|(name, value)| (name, value.to_owned())).into()
    }

    fn found(region: &str, environment: &Variables) -> Result<Option<(String, String)>, String> {
        CallContext::for_tests(|waiting| listed(region, false, environment, waiting))
            .map(|found| found.map(|(endpoint, origin)| (endpoint.url().to_owned(), origin)))
            .map_err(|error| error.message().to_owned())
    }

    /// What a file has for cn-north-4.
    fn in_file(content: impl AsRef<[u8]>) -> Result<Option<(String, String)>, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        let path = file.path().to_str().unwrap();
        let found = found("cn-north-4", &variables([(FILE_VARIABLE, path)]));
        let named = format!("{FILE_VARIABLE} {path}");
        match &found {
            Ok(Some((_, origin))) => assert!(origin.starts_with(&named), "{origin}"),
            Ok(None) => {}
            Err(message) => assert!(message.starts_with(&named), "{message}"),
        }
        found
    }

    const VARIABLE: &str = "HUAWEICLOUD_SDK_REGION_SCM_CN_NORTH_4";

    #[test]
    fn a_variable_is_looked_at_before_the_file() {
        let environment = variables([(VARIABLE, "https://a.example"), (FILE_VARIABLE, "/none")]);
        let (endpoint, origin) = found("cn-north-4", &environment).unwrap().unwrap();
        assert_eq!(endpoint, "https://a.example");
        assert_eq!(origin, format!("variable {VARIABLE}"));
    }

    #[test]
    fn the_first_of_several_endpoints_counts_and_https_need_not_be_said() {
        let environment = variables([(VARIABLE, "a.example:8443,https://b.example")]);
        let (endpoint, origin) = found("cn-north-4", &environment).unwrap().unwrap();
        assert_eq!(endpoint, "https://a.example:8443");
        assert!(origin.ends_with(", the first of 2"), "{origin}");
    }

    #[test]
    fn an_endpoint_in_a_variable_is_checked_as_the_option_is() {
        for bad in [
            "http://a.example",
            "ftp://a.example",
            "https://user:hunter2@a.example",
            "https://a.example?b",
            " https://a.example",
            ",https://a.example",
        ] {
            let message = found("cn-north-4", &variables([(VARIABLE, bad)])).unwrap_err();
            assert!(
                message.starts_with(&format!("variable {VARIABLE}: ")),
                "{message}"
            );
            assert!(!message.contains("hunter2"), "{message}");
        }
        let plain = variables([(VARIABLE, "http://a.example")]);
        let found = CallContext::for_tests(|waiting| listed("cn-north-4", true, &plain, waiting));
        assert!(found.is_ok());
    }

    #[test]
    fn a_file_that_nobody_writes_to_ends_with_the_call() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("regions.yaml");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.unwrap().success());
        let environment = variables([(FILE_VARIABLE, fifo.to_str().unwrap())]);
        let found = CallContext::for_tests(|waiting| {
            let context = waiting.context.within(std::time::Duration::from_millis(50));
            let waiting = Waiting {
                context: &context,
                ..waiting
            };
            listed("cn-north-4", false, &environment, waiting)
        });
        assert_eq!(found.unwrap_err().status(), crate::Status::Timeout);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_file() {
        let list = "SCM:\n- id: cn-north-4\n  endpoint: https://x.example\n";
        let plain = in_file(list).unwrap().unwrap().0;
        let marked = in_file(format!("\u{feff}{list}")).unwrap().unwrap().0;
        assert_eq!(
            (plain.as_str(), marked.as_str()),
            ("https://x.example", "https://x.example")
        );
        let utf_16: Vec<u8> = list.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert!(in_file(utf_16).unwrap_err().contains("UTF-16"));
    }

    #[test]
    fn the_file_of_the_home_directory_is_the_usual_one() {
        let home = tempfile::tempdir().unwrap();
        let environment = variables([("HOME", home.path().to_str().unwrap())]);
        assert_eq!(found("cn-north-4", &environment), Ok(None));
        std::fs::create_dir(home.path().join(".huaweicloud")).unwrap();
        let path = home.path().join(".huaweicloud/regions.yaml");
        std::fs::write(&path, "SCM:\n- id: x-1\n  endpoint: https://x.example\n").unwrap();
        let (endpoint, origin) = found("x-1", &environment).unwrap().unwrap();
        assert_eq!(endpoint, "https://x.example");
        assert_eq!(origin, path.to_str().unwrap());
        assert_eq!(found("cn-north-4", &environment), Ok(None));
        let named = variables([
            ("HOME", home.path().to_str().unwrap()),
            (FILE_VARIABLE, "/does/not/exist"),
        ]);
        let message = found("x-1", &named).unwrap_err();
        assert!(
            message.contains("/does/not/exist: the file cannot be read"),
            "{message}"
        );
    }

    #[test]
    fn good_files_are_read() {
        for content in [
            "SCM:\n  - id: 'cn-north-4'\n    endpoint: 'https://a.example'\n",
            "# of the SDK\n---\nscm:\n- id: cn-north-4\n  endpoint: https://a.example # here\n",
            "ECS:\n  - id: cn-north-4\n    endpoint: https://ecs.example\nSCM:\n  - {id: cn-north-4, endpoint: 'https://a.example'}\n",
            "SCM:\r\n  - id: \"cn-north-4\"\r\n    endpoints: [\"https://a.example\", b]\r\n",
            "\u{feff}SCM:\n  - name: x\n    id: cn-north-4\n    endpoints:\n      - a.example\n      - b.example\n    endpoint: c.example\n",
            "SCM:\n  - id: ap-southeast-1\n    endpoint: https://other.example\n  - endpoint: https://a.example\n    id: cn-north-4\n",
            "\"SCM\": [{\"id\": \"cn-north-4\", \"endpoint\": \"https://a.example\"}]",
        ] {
            let (endpoint, _) = in_file(content).unwrap().unwrap();
            assert_eq!(endpoint, "https://a.example", "{content}");
        }
    }

    #[test]
    fn a_region_that_is_not_in_the_file_is_the_built_in_one() {
        for content in [
            "",
            "# nothing\n",
            "ECS:\n  - id: cn-north-4\n    endpoint: https://ecs.example\n",
            "SCM: []\n",
            "SCM:\n  - id: CN-NORTH-4\n    endpoint: https://a.example\n",
            "SCMX:\n  - id: cn-north-4\n    endpoint: https://a.example\n",
        ] {
            assert_eq!(in_file(content), Ok(None), "{content}");
        }
    }

    #[test]
    fn bad_files_are_refused_by_line() {
        let entry = "  - id: cn-north-4\n    endpoint: https://a.example\n";
        for (content, expected) in [
            ("SCM".to_owned(), "line 1, is no map"),
            ("- SCM".to_owned(), "line 1, is no map"),
            ("ECS: []\nSCM: x".to_owned(), "line 2, has no list"),
            ("SCM:\n".to_owned(), "line 1, has no list"),
            ("SCM:\n  - cn-north-4".to_owned(), "line 2, is no region"),
            (
                "SCM:\n  - endpoint: a".to_owned(),
                "line 2, is a region without an id",
            ),
            (
                "SCM:\n  - id: cn-north-4".to_owned(),
                "line 2, has the region without",
            ),
            (
                "SCM:\n  - id: cn-north-4\n    endpoint:".to_owned(),
                "line 3, has no endpoint",
            ),
            (
                "SCM:\n  - id: cn-north-4\n    endpoint: ''".to_owned(),
                "line 3, has no endpoint",
            ),
            (
                "SCM:\n  - id: cn-north-4\n    endpoints: a".to_owned(),
                "line 3, has endpoints",
            ),
            (
                "SCM:\n  - id: cn-north-4\n    endpoints: [[a]]".to_owned(),
                "line 3, has no endpoint",
            ),
            (
                format!("SCM:\n{entry}{entry}"),
                "line 4, has the region a second time",
            ),
            (
                format!("SCM:\n{entry}scm:\n{entry}"),
                "has SCM a second time",
            ),
            (
                format!("SCM:\n{entry}SCM:\n{entry}"),
                "line 4 has a key that is there before",
            ),
            (
                format!("SCM:\n{entry}    id: b\n"),
                "line 4 has a key that is there before",
            ),
            (format!("SCM:\n\t{entry}"), "line 2 is indented with a tab"),
            ("ECS: &a []\n".to_owned(), "line 1 has an anchor"),
            (
                "SCM:\n  - id: cn-north-4\n    endpoint: ftp://a".to_owned(),
                "must begin with https",
            ),
            (
                "SCM:\n  - id: cn-north-4\n    endpoint: http://a".to_owned(),
                "uses http:// to another",
            ),
        ] {
            let message = in_file(&content).unwrap_err();
            assert!(message.contains(expected), "{content:?}: {message}");
        }
        for (content, why) in [
            (b"SCM: \xff".as_slice(), "is not UTF-8 in line 1"),
            (b"# a\nSCM:\n\xff", "is not UTF-8 in line 3"),
            (b"\xff\xfeS\0C\0M\0:\0", "is UTF-16"),
        ] {
            let message = in_file(content).unwrap_err();
            assert!(message.contains(why), "{message}");
        }
        let large = in_file(vec![b'#'; LONGEST_FILE + 1]).unwrap_err();
        assert!(large.contains("larger than"), "{large}");
    }
}
