//! The credential of a client: where it comes from, what it puts on a request, how it is renewed,
//! and what was refused and must not be tried again.

mod access_key;
mod chain;
mod client_credentials;
mod from_spec;
mod hints;
mod iam;
mod ini;
mod keys;
mod metadata;
mod password;
mod profile;
mod program;
mod refreshing_cache;
mod refusals;
mod secret_source;
mod signer;
mod spec;
mod temporary;
#[cfg(test)]
mod tests;

pub(crate) use client_credentials::{Authorization, Credentials};
pub(crate) use from_spec::CredentialInputs;
pub use program::TokenSource;
pub(crate) use spec::{AccountSpec, CredentialSpec, KeysSpec, Login, PasswordSpec, SecretSpec};
