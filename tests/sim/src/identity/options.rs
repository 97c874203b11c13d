//! What the account behind the simulated services looks like.

use std::time::Duration;

use super::directory::{
    AccessKey, DEFAULT_DOMAIN, DEFAULT_DOMAIN_ID, DEFAULT_PROJECTS, Named, User,
};

/// The account, and the tokens that IAM issues for it.
#[derive(Clone, Debug)]
pub struct IamOptions {
    /// The account; IAM says domain.
    pub domain: Named,
    /// Its users.
    pub users: Vec<User>,
    /// Its projects.
    pub projects: Vec<Named>,
    /// Its permanent access keys.
    pub access_keys: Vec<AccessKey>,
    /// How long a token is good for.
    pub token_lifetime: Duration,
    /// How many characters a token has.
    pub token_length: usize,
}

impl Default for IamOptions {
    fn default() -> Self {
        IamOptions {
            domain: Named::new(DEFAULT_DOMAIN, DEFAULT_DOMAIN_ID),
            users: vec![User::default()],
            projects: DEFAULT_PROJECTS
                .map(|(name, id)| Named::new(name, id))
                .to_vec(),
            access_keys: vec![AccessKey::default()],
            token_lifetime: Duration::from_secs(24 * 60 * 60),
            token_length: 2048,
        }
    }
}
