//! The `CERTPUSH_*` variables: those of the options, and names that are no option's.

use super::option_layers::{OptionLayer, Source};
use crate::environment::Environment;
use crate::options::{OPTIONS, OptionKey, OptionSpec};
use crate::report::Error;
use crate::sanitize::sanitize;

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
    let mut unknown = Vec::new();
    for name in environment.names() {
        let name = name.to_string_lossy();
        let prefix = name.get(..OptionKey::PREFIX.len()).unwrap_or_default();
        if !prefix.eq_ignore_ascii_case(OptionKey::PREFIX) {
            continue;
        }
        let is_known = |option: &OptionSpec| option.environment_name() == name;
        if OPTIONS.iter().any(is_known) {
            continue;
        }
        let given = &name[OptionKey::PREFIX.len()..];
        let shown = sanitize(&name, NAME_SHOWN);
        if let Some(option) = OPTIONS.iter().find(|option| option.is_meant_by(given)) {
            return Err(Error::invalid_config(format!(
                "variable {shown} is no option's: the one that is read is {}{}",
                option.environment_name(),
                option.unit()
            )));
        }
        let at = unknown.partition_point(|other| *other < shown);
        unknown.insert(at, shown);
    }
    Ok(unknown)
}
