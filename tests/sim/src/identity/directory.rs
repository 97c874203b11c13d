//! Who exists: an account (IAM says domain), its users, its projects and its access keys.

/// The name of the account unless told otherwise.
pub const DEFAULT_DOMAIN: &str = "IAMDomain";
/// The id of the account unless told otherwise.
pub const DEFAULT_DOMAIN_ID: &str = "d0a1b2c3d4e5f60718293a4b5c6d7e8f";
/// The name of the user unless told otherwise.
pub const DEFAULT_USER: &str = "IAMUser";
/// The id of the user unless told otherwise.
pub const DEFAULT_USER_ID: &str = "c0a1b2c3d4e5f60718293a4b5c6d7e8f";
/// The user's password unless told otherwise.
pub const DEFAULT_PASSWORD: &str = "IAMPassword@1";
/// The public half of the access key unless told otherwise.
pub const DEFAULT_ACCESS_KEY: &str = "SIMACCESSKEY00000001";
/// The secret half of the access key unless told otherwise.
pub const DEFAULT_SECRET_KEY: &str = "simulated-secret-key-of-forty-characters";
/// The first of [`DEFAULT_PROJECTS`].
pub const DEFAULT_PROJECT: &str = DEFAULT_PROJECTS[0].0;
/// The id of the first of [`DEFAULT_PROJECTS`].
pub const DEFAULT_PROJECT_ID: &str = DEFAULT_PROJECTS[0].1;
/// Names and ids of the projects unless told otherwise: one is named after each region, and one is
/// a project inside a region.
pub const DEFAULT_PROJECTS: [(&str, &str); 6] = [
    ("cn-north-4", "a0010000000000000000000000000001"),
    ("ap-southeast-1", "a0010000000000000000000000000002"),
    ("ap-southeast-3", "a0010000000000000000000000000003"),
    ("eu-west-101", "a0010000000000000000000000000004"),
    ("my-kualalumpur-1", "a0010000000000000000000000000005"),
    ("cn-north-4_test", "a0010000000000000000000000000006"),
];

/// A thing with a name for people and an id for machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The id, 32 hexadecimal digits if it is like a real one.
    pub id: String,
}

impl Named {
    /// A name and an id.
    pub fn new(name: &str, id: &str) -> Self {
        Named {
            name: name.to_owned(),
            id: id.to_owned(),
        }
    }
}

/// A user of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub name: String,
    /// The id.
    pub id: String,
    /// The password.
    pub password: String,
    /// The passcode that this user must give beside the password. It never changes.
    pub passcode: Option<String>,
    /// Whether the user may use the console only, and no API.
    pub console_only: bool,
}

impl Default for User {
    fn default() -> Self {
        User {
            name: DEFAULT_USER.to_owned(),
            id: DEFAULT_USER_ID.to_owned(),
            password: DEFAULT_PASSWORD.to_owned(),
            passcode: None,
            console_only: false,
        }
    }
}

/// A permanent access key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// The public half.
    pub access_key: String,
    /// The secret half.
    pub secret_key: String,
}

impl Default for AccessKey {
    fn default() -> Self {
        AccessKey {
            access_key: DEFAULT_ACCESS_KEY.to_owned(),
            secret_key: DEFAULT_SECRET_KEY.to_owned(),
        }
    }
}
