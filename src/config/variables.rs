//! The `CERTPUSH_*` variables: those of the options, and names that are no option's.

use super::option_layers::{OptionLayer, Source};
use crate::environment::Environment;
use crate::options::{Kind, OPTIONS, OptionKey, OptionSpec};
use crate::report::Error;
use crate::sanitize::sanitize;

/// How the variables that are read begin.
const PREFIX: &str = "CERTPUSH_";
/// How much of a variable's name a message shows, in characters.
const NAME_SHOWN: usize = 64;

/// Puts the options' variables into a layer. Returns the names with the prefix that are no option's.
pub(super) fn load(
    layer: &mut OptionLayer,
    environment: &dyn Environment,
) -> Result<Vec<String>, Error> {
    let unknown = unknown(environment)?;
    for key in OptionKey::ALL {
        if let Some(text) = environment.variable(&key.spec().environment_name())? {
            layer.put(*key, Source::Environment, &text)?;
        }
    }
    Ok(unknown)
}

/// The names with the prefix that are no option's. Refuses one that differs from an option's in
/// underscores, case or unit alone: whoever set it would not notice that it is ignored.
fn unknown(environment: &dyn Environment) -> Result<Vec<String>, Error> {
    let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
    let mut unknown = Vec::new();
    for name in environment.names() {
        let name = name.to_string_lossy();
        let prefix = name.get(..PREFIX.len()).unwrap_or_default();
        if !prefix.eq_ignore_ascii_case(PREFIX) {
            continue;
        }
        let is_known = |option: &OptionSpec| option.environment_name() == name;
        if OPTIONS.iter().any(is_known) {
            continue;
        }
        let given = plain(&name[PREFIX.len()..]);
        let is_meant = |option: &&OptionSpec| {
            let without_unit = option.key.strip_suffix("_ms").unwrap_or(option.key);
            given == plain(option.key) || given == plain(without_unit)
        };
        let shown = sanitize(&name, NAME_SHOWN);
        if let Some(option) = OPTIONS.iter().find(is_meant) {
            let unit = match option.kind {
                Kind::Milliseconds { .. } => ", in milliseconds",
                _ => "",
            };
            return Err(Error::invalid_config(format!(
                "variable {shown} is no option's: the one that is read is {}{unit}",
                option.environment_name()
            )));
        }
        unknown.push(shown);
    }
    unknown.sort_unstable();
    Ok(unknown)
}
