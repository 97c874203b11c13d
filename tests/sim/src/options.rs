//! What a simulated service is started with.

use crate::account::RepeatPolicy;
use crate::authority::ServerCertificate;
use crate::identity::IamOptions;
use crate::metadata::MetadataOptions;
use crate::scenario::{Scenario, built_in_scenarios};

/// A token that every simulated service knows unless told otherwise: 2,048 characters, about as
/// long as real ones are. It opens nothing anywhere else.
pub const DEFAULT_TOKEN: &str = include_str!("default_token.txt");

/// The certificates that exist unless others are named.
pub const DEFAULT_CERTIFICATES: [&str; 4] = [
    "scs1600313391074",
    "scs1590053258704",
    "scs1554192131150",
    "scs1481110651012",
];

/// How a simulated service behaves. The default suits most tests.
#[derive(Clone, Debug)]
pub struct SimOptions {
    /// Port of the plain listener; 0 takes a free one.
    pub http_port: u16,
    /// Port of the TLS listener; 0 takes a free one.
    pub https_port: u16,
    /// What the TLS listener proves itself with.
    pub server_certificate: ServerCertificate,
    /// The tokens that are accepted beside those that IAM issues.
    pub tokens: Vec<String>,
    /// Accept any token that is well formed, known or not.
    pub any_token: bool,
    /// The certificates that exist.
    pub certificates: Vec<String>,
    /// What a push does that was made before.
    pub repeat_policy: RepeatPolicy,
    /// The certificate ids that are answered as a scenario says.
    pub scenarios: Vec<Scenario>,
    /// The account, and the tokens that IAM issues for it.
    pub iam: IamOptions,
    /// The metadata service and the pod identity.
    pub metadata: MetadataOptions,
    /// How many seconds the services' clock is ahead of the system's.
    pub clock_offset_s: i32,
}

impl Default for SimOptions {
    fn default() -> Self {
        SimOptions {
            http_port: 0,
            https_port: 0,
            server_certificate: ServerCertificate::default(),
            tokens: vec![DEFAULT_TOKEN.to_owned()],
            any_token: false,
            certificates: DEFAULT_CERTIFICATES.map(str::to_owned).to_vec(),
            repeat_policy: RepeatPolicy::default(),
            scenarios: built_in_scenarios(),
            iam: IamOptions::default(),
            metadata: MetadataOptions::default(),
            clock_offset_s: 0,
        }
    }
}
