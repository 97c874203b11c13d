//! What the identity services count.

use serde::Serialize;

/// What was asked of IAM and the metadata service, and what came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IamCounts {
    /// Requests for a token, whatever came of them.
    pub token_requests: u64,
    /// Tokens issued.
    pub tokens_issued: u64,
    /// Wrong passwords, unknown users included.
    pub wrong_passwords: u64,
    /// Wrong or missing passcodes.
    pub wrong_passcodes: u64,
    /// How often a user was locked.
    pub user_locks: u64,
    /// Look-ups of the account's id.
    pub domain_requests: u64,
    /// Look-ups of projects.
    pub project_requests: u64,
    /// Requests for a token of the metadata service.
    pub metadata_token_requests: u64,
    /// Requests for the temporary keys of an instance.
    pub instance_key_requests: u64,
    /// Requests for the temporary keys of a pod.
    pub pod_key_requests: u64,
    /// Temporary keys issued; keys that are still fresh are given out more than once.
    pub keys_issued: u64,
    /// Signatures that were right.
    pub signatures_accepted: u64,
    /// Signed requests that were refused, whatever was wrong with key, date or signature.
    pub signatures_refused: u64,
    /// How often an access key was locked.
    pub key_locks: u64,
    /// Requests that were answered as a planned failure says.
    pub failures_injected: u64,
}
