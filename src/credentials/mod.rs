//! The credential of a client: where it comes from, and what is put on a request.

mod token;

use std::sync::Arc;

pub(crate) use token::TokenSource;

use crate::secret::Secret;

/// A header whose value is a secret. It never enters ureq: the transport writes it itself.
#[derive(Clone, Debug)]
pub(crate) struct SecretHeader {
    pub(crate) name: &'static str,
    pub(crate) value: Arc<Secret>,
}
