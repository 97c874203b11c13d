//! reqwest's blocking client with its default features, for `make bench`.

use certpush_benches::{CERTIFICATE_ID, Client, TARGET_PROJECT, TARGET_SERVICE, Target, run};
use reqwest::Certificate;

struct Reqwest {
    client: reqwest::blocking::Client,
    url: String,
    token: String,
}

impl Reqwest {
    fn new(target: &Target) -> Reqwest {
        let mut builder = reqwest::blocking::Client::builder();
        if let Some(ca_file) = &target.ca_file {
            let pem = std::fs::read(ca_file).expect("the CA file can be read");
            let authorities = Certificate::from_pem_bundle(&pem).expect("the CA file is PEM");
            builder = builder.tls_certs_only(authorities);
        }
        Reqwest {
            client: builder.build().expect("the client can be made"),
            url: format!(
                "{}/v3/scm/certificates/{CERTIFICATE_ID}/push",
                target.endpoint
            ),
            token: target.token.clone(),
        }
    }
}

impl Client for Reqwest {
    fn push(&self) {
        let response = self
            .client
            .post(&self.url)
            .header("Content-Type", "application/json")
            .header("X-Language", "en-us")
            .header("X-Auth-Token", &self.token)
            .body(format!(
                r#"{{"target_project":"{TARGET_PROJECT}","target_service":"{TARGET_SERVICE}"}}"#
            ))
            .send()
            .expect("there is an answer");
        assert_eq!(response.status(), 204);
    }
}

fn main() {
    run(Reqwest::new);
}
