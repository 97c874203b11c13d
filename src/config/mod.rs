//! The options as given, by whom, and what they come to.
//!
//! Data flows one way: [`Config`] takes options as text and keeps them typed, in a layer for each
//! source; `Settings` and a `CredentialSpec` are what the layers come to.

mod builder;
mod credential_options;
mod option_layers;
mod option_values;
mod options_text;
mod settings;
#[cfg(test)]
mod tests;
mod variables;

pub use builder::Config;
pub(crate) use settings::Settings;
