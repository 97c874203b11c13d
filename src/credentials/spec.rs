//! A credential as the options give it: nothing of it has been read or looked up.

use std::path::PathBuf;
use std::sync::Arc;

use super::program::TokenSource;
use crate::secret::Secret;

/// The credential as the options give it.
pub(crate) enum CredentialSpec {
    Token(SecretSpec),
    Program(Arc<dyn TokenSource>),
    Password(PasswordSpec),
    Keys(KeysSpec),
    /// Temporary keys of the machine or the container, asked for by name.
    Metadata(AccountSpec),
    /// Nothing was set: what the official SDKs' variables and profile file have, else temporary keys.
    Chain {
        profile_file: Option<PathBuf>,
        profile: Option<String>,
        account: AccountSpec,
        /// IAM's base URL, if neither the options nor what is found say another.
        usual_iam: Option<String>,
    },
    /// The kind that was asked for is set nowhere: what it would take.
    Missing(String),
}

/// A user's password, with what IAM must know besides.
pub(crate) struct PasswordSpec {
    pub(crate) login: Login,
    pub(crate) password: SecretSpec,
    pub(crate) totp: Option<SecretSpec>,
}

/// An access key, with its halves.
pub(crate) struct KeysSpec {
    pub(crate) access_key: String,
    pub(crate) secret_key: SecretSpec,
    pub(crate) security_token: Option<SecretSpec>,
    pub(crate) account: AccountSpec,
}

/// What the options say of the account that signs.
#[derive(Clone, Default)]
pub(crate) struct AccountSpec {
    pub(crate) project_id: Option<String>,
    pub(crate) domain_id: Option<String>,
}

impl AccountSpec {
    pub(super) fn is_given(&self) -> bool {
        self.project_id.is_some() || self.domain_id.is_some()
    }
}

/// Who logs in, and for what.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) user_name: String,
    pub(crate) user_id: String,
    pub(crate) user_domain: String,
    pub(crate) scope_project: String,
    pub(crate) scope_domain: String,
}

/// A secret as the options give it, with where it came from.
#[derive(Clone)]
pub(crate) enum SecretSpec {
    /// The secret itself.
    Text(Secret, String),
    /// The file that holds it.
    File(PathBuf, String),
}
