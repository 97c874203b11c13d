//! What a simulated service is started with.

use crate::account::RepeatPolicy;
use crate::authority::ServerCertificate;
use crate::identity::IamOptions;
use crate::metadata::MetadataOptions;
use crate::scenario::{Scenario, built_in_scenarios};
use crate::weather::Weather;

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

/// The names of projects that certificates can be pushed to, beside those that IAM knows: one for
/// each region, two inside a region, and a short one for tests.
pub const DEFAULT_TARGET_PROJECTS: [&str; 37] = [
    "ae-ad-1",
    "af-north-1",
    "af-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-3_shop",
    "ap-southeast-4",
    "ap-southeast-5",
    "cn-east-2",
    "cn-east-3",
    "cn-east-4",
    "cn-east-5",
    "cn-north-1",
    "cn-north-2",
    "cn-north-4",
    "cn-north-7",
    "cn-north-7_test",
    "cn-north-9",
    "cn-north-11",
    "cn-north-12",
    "cn-south-1",
    "cn-south-2",
    "cn-south-4",
    "cn-southwest-2",
    "eu-west-0",
    "eu-west-101",
    "la-north-2",
    "la-south-2",
    "me-east-1",
    "my-kualalumpur-1",
    "na-mexico-1",
    "p",
    "ru-moscow-1",
    "ru-northwest-2",
    "sa-brazil-1",
    "tr-west-1",
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
    /// The names of projects that certificates can be pushed to, beside those that IAM knows.
    pub target_projects: Vec<String>,
    /// Push to every project, known or not: so by default, but not in the program.
    pub any_project: bool,
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
    /// How pushes fare that nothing is wrong with.
    pub weather: Weather,
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
            target_projects: DEFAULT_TARGET_PROJECTS.map(str::to_owned).to_vec(),
            any_project: true,
            repeat_policy: RepeatPolicy::default(),
            scenarios: built_in_scenarios(),
            iam: IamOptions::default(),
            metadata: MetadataOptions::default(),
            clock_offset_s: 0,
            weather: Weather::default(),
        }
    }
}
