//! Where one driver at a time plays one scenario: a simulated service, and the files it needs.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use certpush_sim::{ReceivedRequest, Sim, SimOptions, fingerprint};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde::Serialize;
use socket2::{Domain, Socket, Type};
use tempfile::TempDir;

use crate::driver::{Driver, Launcher, Run};
use crate::list::{Scenario, decoded};
use crate::verdict::{Verdict, judge};

/// The status of a failed TLS handshake: no request, but a connection.
const TLS_STATUS: i32 = 12;

/// How a scenario's request travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// Under TLS.
    Https,
    /// Without.
    Http,
}

/// A service of one worker's own, so that whatever it sees comes from the driver at play.
pub(crate) struct Stage<'a> {
    scenarios: &'a [Scenario],
    sim: Sim,
    files: TempDir,
    /// Bound, but not listening: a connection to its port is refused for as long as it lives.
    closed: Socket,
    launcher: Launcher,
}

impl<'a> Stage<'a> {
    /// Sets up a service with the scenarios' answers.
    pub(crate) fn new(scenarios: &'a [Scenario], patience: Duration) -> io::Result<Self> {
        let files = tempfile::Builder::new()
            .prefix("certpush-conformance-")
            .tempdir()?;
        let stage = Stage {
            scenarios,
            sim: start_service(scenarios)?,
            closed: Socket::new(Domain::IPV4, Type::STREAM, None)?,
            launcher: Launcher::new(patience)?,
            files,
        };
        stage
            .closed
            .bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        stage.sim.write_ca(stage.ca_file())?;
        // Another service's authority: as good a certificate as any, but not ours.
        Sim::start(SimOptions::default())?.write_ca(stage.other_ca_file())?;
        Ok(stage)
    }

    /// Has a driver play a scenario, and judges what it printed and what the service saw.
    pub(crate) fn play(
        &mut self,
        driver: &Driver,
        scenario: &Scenario,
        transport: Transport,
    ) -> io::Result<Verdict> {
        self.sim.reset();
        let token = decoded(&scenario.request.token);
        fs::write(self.token_file(), &token)?;
        let arguments = self.arguments(scenario, transport)?;
        let run = self
            .launcher
            .run(driver, &arguments, &self.environment(scenario, transport));
        let mut wrong = self.wrongly_seen(scenario, transport)?;
        wrong.extend(leaked(&token, &run));
        let verdict = judge(scenario, &run).and_also(wrong);
        if matches!(run, Run::TimedOut) {
            // What the killed driver left on its way must not be taken for the next one's.
            self.sim = start_service(self.scenarios)?;
            self.sim.write_ca(self.ca_file())?;
        }
        Ok(verdict)
    }

    fn arguments(&self, scenario: &Scenario, transport: Transport) -> io::Result<Vec<String>> {
        let request = &scenario.request;
        let http = self.sim.http_url();
        let endpoint = match &request.endpoint {
            Some(endpoint) => {
                let closed = self.closed.local_addr()?.as_socket();
                let closed = closed.map_or_else(String::new, |address| address.to_string());
                endpoint
                    .replace("{closed}", &closed)
                    .replace("{http}", http.trim_start_matches("http://"))
            }
            None => match transport {
                Transport::Https => self.sim.https_url(),
                Transport::Http => http,
            },
        };
        let token_file = self.token_file().into_os_string().into_encoded_bytes();
        Ok([
            endpoint.into_bytes(),
            token_file,
            decoded(&scenario.certificate_id),
            decoded(&request.target_project),
            decoded(&request.target_service),
        ]
        .map(|argument| percent_encode(&argument, NON_ALPHANUMERIC).to_string())
        .to_vec())
    }

    fn environment(&self, scenario: &Scenario, transport: Transport) -> Vec<(String, String)> {
        let mut env = Vec::new();
        if transport == Transport::Https {
            let ca_file = self.ca_file().to_string_lossy().into_owned();
            env.push(("CERTPUSH_CA_FILE".to_owned(), ca_file));
        }
        let other_ca = self.other_ca_file().to_string_lossy().into_owned();
        env.extend(scenario.env.iter().map(|(name, value)| {
            let value = value.replace("{other_ca}", &other_ca);
            (name.clone(), value)
        }));
        env
    }

    /// What the service saw and should not have, or the other way round.
    fn wrongly_seen(&self, scenario: &Scenario, transport: Transport) -> io::Result<Vec<String>> {
        let connections = self.sim.connections()?;
        let received = self.sim.received();
        let mut wrong = Vec::new();
        if connections.elsewhere > 0 {
            wrong.push("a connection went to the host of a redirect".to_owned());
        }
        if !scenario.sent {
            if !received.is_empty() {
                wrong.push("the service received a request".to_owned());
            }
            let connected = connections.http + connections.https > 0;
            if connected && scenario.expect.status != TLS_STATUS {
                wrong.push("a connection was made before the request was refused".to_owned());
            }
            return Ok(wrong);
        }
        let may_repeat = scenario.expect.retryable;
        if received.is_empty() || (received.len() > 1 && !may_repeat) {
            wrong.push(format!("the service received {} requests", received.len()));
        }
        for request in &received {
            wrong.extend(wrong_in(request, scenario, transport));
        }
        Ok(wrong)
    }

    fn token_file(&self) -> PathBuf {
        self.files.path().join("token")
    }

    fn ca_file(&self) -> PathBuf {
        self.files.path().join("ca.pem")
    }

    fn other_ca_file(&self) -> PathBuf {
        self.files.path().join("other-ca.pem")
    }
}

fn start_service(scenarios: &[Scenario]) -> io::Result<Sim> {
    Sim::start(SimOptions {
        any_token: true,
        scenarios: scenarios
            .iter()
            .filter_map(|scenario| {
                Some(certpush_sim::Scenario {
                    certificate_id: scenario.certificate_id.as_str().to_owned(),
                    answer: scenario.answer.clone()?,
                })
            })
            .collect(),
        ..SimOptions::default()
    })
}

/// What is wrong in a request that was meant to be sent.
fn wrong_in(request: &ReceivedRequest, scenario: &Scenario, transport: Transport) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(problem) = &request.problem {
        wrong.push(format!("the service received a request of which {problem}"));
    }
    let certificate_id = scenario.certificate_id.as_str();
    let scheme = match transport {
        Transport::Https => "https",
        Transport::Http => "http",
    };
    if request.scheme != scheme
        || request.path != format!("/v3/scm/certificates/{certificate_id}/push")
    {
        wrong.push(format!(
            "the service received {}, over {}",
            request.path, request.scheme
        ));
    }
    let token = decoded(&scenario.request.token);
    let token = token.trim_ascii_end();
    let shown = format!(
        "<{} characters, fingerprint {}>",
        token.len(),
        fingerprint(token)
    );
    if request.header("x-auth-token") != Some(&shown) {
        wrong.push("the service received another token".to_owned());
    }
    let target = serde_json::json!({
        "target_project": String::from_utf8_lossy(&decoded(&scenario.request.target_project)),
        "target_service": String::from_utf8_lossy(&decoded(&scenario.request.target_service)),
    });
    if serde_json::from_str(&request.body).ok() != Some(target) {
        wrong.push(format!("the service received the body {}", request.body));
    }
    wrong
}

/// Says so if a driver printed the token, or the longest part of it that a limit may leave.
fn leaked(token: &[u8], run: &Run) -> Option<String> {
    const ENOUGH: usize = 16;
    let Run::Ended { stdout, stderr, .. } = run else {
        return None;
    };
    let beginning = token.get(..ENOUGH)?;
    [stdout, stderr]
        .iter()
        .any(|output| output.windows(ENOUGH).any(|window| window == beginning))
        .then(|| "the driver showed the token".to_owned())
}
