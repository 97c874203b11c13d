//! IAM: tokens by password, and the ids of accounts and projects.

mod errors;
mod lists;
mod passwords;
mod token_request;
mod tokens;

pub(crate) use errors::{throttled, unavailable, unexpected};
pub(crate) use lists::{list_domains, list_projects};
pub(crate) use token_request::without_secrets;
pub(crate) use tokens::{SUBJECT_TOKEN, create_token};

/// Where IAM says it can be found.
const IAM_URL: &str = "https://iam.myhuaweicloud.com";
