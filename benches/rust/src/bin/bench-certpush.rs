//! certpush from Rust, for `make bench`.

use certpush::Config;
use certpush_benches::{CERTIFICATE_ID, Client, TARGET_PROJECT, TARGET_SERVICE, Target, run};

struct Certpush(certpush::Client);

impl Certpush {
    fn new(target: &Target) -> Certpush {
        let mut config = Config::new();
        let mut set = |key, value: &str| config.set(key, value).expect("the option is good");
        set("endpoint", &target.endpoint);
        set("token", &target.token);
        if let Some(ca_file) = &target.ca_file {
            set("ca_file", ca_file.to_str().expect("the path is UTF-8"));
        }
        Certpush(certpush::Client::new(&config).expect("the options are good"))
    }
}

impl Client for Certpush {
    fn push(&self) {
        let pushed = self.0.push(CERTIFICATE_ID, TARGET_PROJECT, TARGET_SERVICE);
        let _ = pushed.expect("the answer is 204");
    }
}

fn main() {
    run(Certpush::new);
}
