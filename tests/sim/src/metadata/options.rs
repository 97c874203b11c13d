//! What kind of metadata service there is.

use std::str::FromStr;
use std::time::Duration;

/// The path of the pod identity unless told otherwise.
pub const DEFAULT_POD_PATH: &str = "/pod-identity/credentials";
/// What a pod's Authorization must be unless told otherwise.
pub const DEFAULT_POD_AUTHORIZATION: &str = "simulated-token-of-a-service-account";

/// What an instance finds when it asks for its keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MetadataMode {
    /// Keys for whoever brings a token of the metadata service.
    #[default]
    V2,
    /// Keys with a token and without one, but not with a wrong one.
    Optional,
    /// Keys without a token. Who asks for one gets this status: 404, 405 or 503 from real ones.
    V1 {
        /// The status.
        status: u16,
    },
    /// Tokens, but no keys: no agency is bound to the instance.
    NoAgency,
    /// No metadata service at all: its paths do not exist.
    Off,
}

impl FromStr for MetadataMode {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "v2" => Ok(MetadataMode::V2),
            "optional" => Ok(MetadataMode::Optional),
            "v1" | "v1-404" => Ok(MetadataMode::V1 { status: 404 }),
            "v1-405" => Ok(MetadataMode::V1 { status: 405 }),
            "v1-503" => Ok(MetadataMode::V1 { status: 503 }),
            "no-agency" => Ok(MetadataMode::NoAgency),
            "off" => Ok(MetadataMode::Off),
            _ => Err("must be v2, optional, v1, v1-405, v1-503, no-agency or off".to_owned()),
        }
    }
}

/// The metadata service and the pod identity.
#[derive(Clone, Debug)]
pub struct MetadataOptions {
    /// What kind of metadata service there is.
    pub mode: MetadataMode,
    /// How long a temporary key is good for. After three quarters of it there is a new one.
    pub key_lifetime: Duration,
    /// The path at which a container asks for its keys.
    pub pod_path: String,
    /// What its Authorization must be.
    pub pod_authorization: String,
}

impl Default for MetadataOptions {
    fn default() -> Self {
        MetadataOptions {
            mode: MetadataMode::default(),
            key_lifetime: Duration::from_secs(24 * 60 * 60),
            pod_path: DEFAULT_POD_PATH.to_owned(),
            pod_authorization: DEFAULT_POD_AUTHORIZATION.to_owned(),
        }
    }
}
