//! The profile file that the official SDKs read: `~/.huaweicloud/credentials`, an INI file with the
//! sections `[global]` and `[basic]`.

use std::path::{Path, PathBuf};

use crate::clean::clean;
use crate::file::{self, Waiting};
use crate::report::Error;
use crate::secret::Secret;

/// Largest profile file, in bytes.
const LONGEST_FILE: usize = 1024 * 1024;

/// One section's keys, of those that certpush knows.
#[derive(Default)]
pub(crate) struct Profile {
    pub(crate) section: String,
    pub(crate) ak: Option<String>,
    pub(crate) sk: Option<Secret>,
    pub(crate) security_token: Option<Secret>,
    pub(crate) project_id: Option<String>,
    pub(crate) domain_id: Option<String>,
    pub(crate) iam_endpoint: Option<String>,
}

impl Profile {
    /// Where the SDKs look, if nothing else is said.
    pub(crate) fn usual_path(home: Option<&str>) -> Option<PathBuf> {
        Some(Path::new(home?).join(".huaweicloud/credentials"))
    }

    /// Reads a section: the named one, else `global`, else `basic`. `None` if there is none with
    /// an access key in it. Values stay in memory that is wiped.
    pub(crate) fn read(
        path: &Path,
        named: Option<&str>,
        waiting: Waiting<'_>,
    ) -> Result<Option<Profile>, Error> {
        let refuse =
            |why: String| Error::invalid_config(format!("profile_file {} {why}", path.display()));
        let contents = file::read(path, LONGEST_FILE, waiting)
            .map_err(|fault| fault.of(&format!("profile_file {}", path.display())))?;
        let text = file::text(&contents.bytes).map_err(|why| refuse(why.to_owned()))?;
        if let Some(name) = named {
            return match section(text, name).map_err(refuse)? {
                Some(profile) => Ok(Some(profile)),
                None => Err(refuse(format!("has no section [{}]", clean(name, 31)))),
            };
        }
        for name in ["global", "basic"] {
            if let Some(profile) = section(text, name).map_err(refuse)?
                && profile.ak.is_some()
            {
                return Ok(Some(profile));
            }
        }
        Ok(None)
    }
}

/// The keys of a section. Comments begin with `#` or `;`, as in the SDKs' own examples.
fn section(text: &str, wanted: &str) -> Result<Option<Profile>, String> {
    let mut found: Option<Profile> = None;
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            inside = name.trim() == wanted;
            if inside {
                found.get_or_insert_with(|| Profile {
                    section: wanted.to_owned(),
                    ..Profile::default()
                });
            }
            continue;
        }
        let Some((key, value)) = line.split_once(['=', ':']) else {
            return Err(format!("is no INI file: line {} has no \"=\"", index + 1));
        };
        let Some(profile) = found.as_mut().filter(|_| inside) else {
            continue;
        };
        let value = value.trim();
        if value.is_empty() {
            continue;
        }
        match key.trim().to_ascii_lowercase().as_str() {
            "ak" => profile.ak = Some(value.to_owned()),
            "sk" => profile.sk = Some(Secret::new(value)),
            "security_token" => profile.security_token = Some(Secret::new(value)),
            "project_id" => profile.project_id = Some(value.to_owned()),
            "domain_id" => profile.domain_id = Some(value.to_owned()),
            "iam_endpoint" => profile.iam_endpoint = Some(value.to_owned()),
            _ => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Watch;

    const FILE: &str = "# of the SDK\n[basic]\nak = BASIC\nsk=basic-secret\nproject_id: p1\n\n[global]\nak=GLOBAL\nsk = glo=bal\ndomain_id = d1\n";

    fn read(path: &Path, named: Option<&str>) -> Result<Option<Profile>, Error> {
        Watch::for_tests(|waiting| Profile::read(path, named, waiting))
    }

    fn file(content: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        file
    }

    #[test]
    fn the_global_section_comes_first_and_any_can_be_named() {
        let file = file(FILE);
        let global = read(file.path(), None).unwrap().unwrap();
        assert_eq!(
            (global.ak.as_deref(), global.domain_id.as_deref()),
            (Some("GLOBAL"), Some("d1"))
        );
        assert_eq!(global.sk.unwrap().expose(), "glo=bal");
        let basic = read(file.path(), Some("basic")).unwrap().unwrap();
        assert_eq!(
            (basic.ak.as_deref(), basic.project_id.as_deref()),
            (Some("BASIC"), Some("p1"))
        );
    }

    #[test]
    fn what_cannot_be_read_is_told_without_its_content() {
        let error = read(file(FILE).path(), Some("other")).err().unwrap();
        assert!(error.message().contains("no section [other]"), "{error}");
        let error = read(file("[global]\nsk hunter2\n").path(), None)
            .err()
            .unwrap();
        assert!(
            error.message().contains("line 2") && !error.message().contains("hunter2"),
            "{error}"
        );
        assert!(read(file("").path(), None).unwrap().is_none());
    }
}
