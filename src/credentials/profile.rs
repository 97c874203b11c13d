//! The profile file that the official SDKs read: `~/.huaweicloud/credentials`, an INI file with the
//! sections `[global]` and `[basic]`. What is in it means what it means to them, or is refused.

use std::path::{Path, PathBuf};

use super::ini::{Entry, Ini};
use crate::file::{self, Waiting};
use crate::options::OptionKey;
use crate::report::Error;
use crate::sanitize::{quoted_path, sanitize};

/// Largest profile file, in bytes.
const LONGEST_FILE: usize = 1024 * 1024;
/// How much of a section's name a message shows, in characters.
const NAME_SHOWN: usize = 31;
/// The sections that are looked at if none is named.
const USUAL: [&str; 2] = ["global", "basic"];

/// One section.
pub(super) struct Profile {
    file: String,
    name: String,
    entries: Vec<Entry>,
}

impl Profile {
    /// Where the SDKs look, if nothing else is said.
    pub(super) fn usual_path(home: Option<PathBuf>) -> Option<PathBuf> {
        Some(home?.join(".huaweicloud/credentials"))
    }

    /// Reads a section: the named one, else `global`, else `basic`. `None` if neither of those has
    /// an access key.
    pub(super) fn read(
        path: &Path,
        named: Option<&str>,
        waiting: Waiting<'_>,
    ) -> Result<Option<Profile>, Error> {
        let file = quoted_path(path);
        let refuse = |why: String| Error::invalid_config(format!("profile_file {file} {why}"));
        let of_line = |why: String| Error::invalid_config(format!("profile_file {file}: {why}"));
        let contents = file::read(path, LONGEST_FILE, waiting)
            .map_err(|fault| fault.of(&format!("profile_file {file}")))?;
        let ini = Ini::read(&contents.bytes).map_err(of_line)?;
        let section = |name: &str| {
            let entries = ini.section(name).map_err(of_line)?;
            Ok::<_, Error>(entries.map(|entries| Profile {
                file: file.clone(),
                name: name.to_owned(),
                entries,
            }))
        };
        if let Some(name) = named {
            return match section(name)? {
                Some(profile) => Ok(Some(profile)),
                None => Err(refuse(format!(
                    "has no section [{}]",
                    sanitize(name, NAME_SHOWN)
                ))),
            };
        }
        for name in USUAL {
            if let Some(profile) = section(name)?
                && (profile.entry("ak").is_some() || profile.federation().is_some())
            {
                return Ok(Some(profile));
            }
        }
        Ok(None)
    }

    /// An entry that is there and not empty: to the SDKs, an empty one is none.
    fn entry(&self, key: &str) -> Option<&Entry> {
        let found = self.entries.iter().find(|entry| entry.key == key)?;
        (!found.value.is_empty()).then_some(found)
    }

    /// What makes the SDKs ask an identity provider for keys, whatever `ak` and `sk` say.
    fn federation(&self) -> Option<&Entry> {
        self.entry("id_token_file").and(self.entry("idp_id"))
    }

    /// Refuses a section whose keys the SDKs would not use, or that has not both of them.
    pub(super) fn check_keys(&self) -> Result<(), Error> {
        if let Some(entry) = self.federation() {
            return Err(Error::invalid_config(format!(
                "profile_file {}: line {} has an idp_id, and its section [{}] an id_token_file too: the official SDKs then take keys from an identity provider, which certpush cannot; name another section with profile",
                self.file,
                entry.line,
                sanitize(&self.name, NAME_SHOWN)
            )));
        }
        if self.entry("ak").is_some() && self.entry("sk").is_some() {
            return Ok(());
        }
        Err(Error::invalid_config(format!(
            "profile_file {} has no ak and sk in its section [{}]",
            self.file,
            sanitize(&self.name, NAME_SHOWN)
        )))
    }

    /// The value that stands for an option, checked as the option's.
    pub(super) fn value(&self, option: OptionKey) -> Result<Option<&str>, Error> {
        let key = key_of(option);
        let Some(entry) = self.entry(key) else {
            return Ok(None);
        };
        match option.spec().fault(&entry.value) {
            None => Ok(Some(&entry.value)),
            Some(why) => Err(Error::invalid_config(format!(
                "{} has a value of {key} that {why}; nothing was sent",
                self.place_of(option)
            ))),
        }
    }

    /// The file and the line of what stands for an option, for people.
    pub(super) fn place_of(&self, option: OptionKey) -> String {
        let line = self.entry(key_of(option)).map_or(0, |entry| entry.line);
        format!("profile_file {}: line {line}", self.file)
    }

    /// Whether the SDKs say which account signs by the key `project_id`, or by `domain_id`: that
    /// follows from the section's name. Where they know no such section, either may stand in it.
    pub(super) fn account_is(&self, option: OptionKey) -> bool {
        match option {
            OptionKey::project_id => !self.name.starts_with("global"),
            _ => !self.name.starts_with("basic"),
        }
    }

    /// The file and the section, for people.
    pub(super) fn describe(&self) -> String {
        format!("{} [{}]", self.file, sanitize(&self.name, NAME_SHOWN))
    }
}

/// The key that stands for an option in a profile.
fn key_of(option: OptionKey) -> &'static str {
    match option {
        OptionKey::access_key => "ak",
        OptionKey::secret_key => "sk",
        other => other.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call_context::CallContext;

    fn read(content: impl AsRef<[u8]>, named: Option<&str>) -> Result<Option<Profile>, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        CallContext::for_tests(|waiting| Profile::read(file.path(), named, waiting))
            .map_err(|error| error.message().to_owned())
    }

    fn value(profile: &Profile, key: &str) -> String {
        profile
            .entry(key)
            .map(|entry| entry.value.to_string())
            .unwrap_or_default()
    }

    const FILE: &str = "# of the SDK\n[basic]\nak = BASIC\nsk=basic-secret\nproject_id: p1\n\n[global]\nak=GLOBAL\nsk = glo=bal\ndomain_id = d1\n";

    #[test]
    fn the_global_section_comes_first_and_any_can_be_named() {
        let global = read(FILE, None).unwrap().unwrap();
        assert_eq!(value(&global, "ak"), "GLOBAL");
        assert_eq!(value(&global, "sk"), "glo=bal");
        assert_eq!(value(&global, "domain_id"), "d1");
        let basic = read(FILE, Some("basic")).unwrap().unwrap();
        assert_eq!(value(&basic, "ak"), "BASIC");
        assert_eq!(value(&basic, "project_id"), "p1");
    }

    #[test]
    fn a_section_is_named_exactly() {
        for (content, name) in [
            ("[global] # ticket: OPS-1\nak=A", "global"),
            ("[global] ; = owner: ops\nak=A", "global"),
            ("[ global ]\nak=A", " global "),
            ("[Global]\nak=A", "Global"),
            ("  [global]x\nak=A", "global"),
        ] {
            assert!(read(content, Some(name)).unwrap().is_some(), "{content:?}");
        }
        for content in ["", "[ global ]\nak=A", "[Global]\nak=A", "[other]\nak=A"] {
            assert!(read(content, None).unwrap().is_none(), "{content:?}");
            let message = read(content, Some("global")).err().unwrap();
            assert!(message.contains("no section [global]"), "{message}");
        }
        let message = read("[DEFAULT]\nak=A", Some("DEFAULT")).err().unwrap();
        assert!(message.contains("no section [DEFAULT]"), "{message}");
    }

    #[test]
    fn what_cannot_be_read_is_told_by_line_and_without_its_content() {
        for (content, line) in [
            (b"[global]\nsk hunter2\n".as_slice(), "line 2 "),
            (b"[basic]\n[global]]\nsk = hunter2\n", "line 2 "),
            (b"\xef\xbb\xbf[global]\nsk = hunter2\n", "line 1 "),
            (b"[global]\r\rsk = hunter2\xe4\n", "line 3 "),
            (b"[global]\nsk = hunter2\n\xff", "line 3 "),
            (b"[global]\nsk = 100%hunter2\n", "line 2 "),
        ] {
            let message = read(content, None).err().unwrap();
            assert!(
                message.contains(line) && !message.contains("hunter2"),
                "{message}"
            );
        }
    }

    #[test]
    fn keys_that_the_sdks_would_not_use_are_refused() {
        let keys = "[global]\nak = A\nsk = S\nidp_id = i\n";
        let profile = read(keys, None).unwrap().unwrap();
        assert!(profile.check_keys().is_ok());
        let with_both = format!("{keys}id_token_file = /f\n");
        let profile = read(&with_both, None).unwrap().unwrap();
        let message = profile.check_keys().unwrap_err().to_string();
        assert!(message.contains("line 4 "), "{message}");
    }

    #[test]
    fn half_a_pair_is_refused() {
        for content in ["[global]\nak = A\n", "[global]\nak = A\nsk =\n"] {
            let profile = read(content, None).unwrap().unwrap();
            assert!(profile.check_keys().is_err(), "{content}");
        }
    }
}
