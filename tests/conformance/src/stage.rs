//! Where one driver at a time plays one scenario: a simulated service, and the files it needs.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use certpush_sim::{InstanceKey, ServerCertificate, Sim, SimOptions};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde::Serialize;
use serde_json::Value;
use socket2::{Domain, Socket, Type};
use tempfile::TempDir;

use crate::driver::{Driver, Launcher, Orders, Run};
use crate::lines::LineDrivers;
use crate::list::{Scenario, decoded};
use crate::memory::Growth;
use crate::obstacles::Obstacles;
use crate::secrets::{secrets, shows_one_of};
use crate::seen::wrongly_seen;
use crate::verdict::{Verdict, judge};

/// How a scenario's request travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// Under TLS.
    Https,
    /// Without.
    Http,
}

/// One driver in one scenario.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job<'a> {
    pub(crate) number: usize,
    pub(crate) driver: &'a Driver,
    pub(crate) scenario: &'a Scenario,
    pub(crate) transport: Transport,
}

/// What came of a job.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) verdict: Verdict,
    /// All that the driver reported.
    pub(crate) report: Option<Value>,
    /// How long the driver ran.
    pub(crate) took: Duration,
    /// What became of its memory, where it pushed many times.
    pub(crate) memory: Option<Growth>,
}

impl Played {
    /// Notes what else is wrong, if anything.
    pub(crate) fn fail_with(&mut self, wrong: Vec<String>) {
        self.verdict = self.verdict.clone().and_also(wrong);
    }
}

/// A simulated service, and the file with the certificate that its clients must trust.
struct Service {
    sim: Sim,
    ca_file: PathBuf,
}

impl Service {
    fn new(sim: Sim, ca_file: PathBuf) -> io::Result<Self> {
        sim.write_ca(&ca_file)?;
        Ok(Service { sim, ca_file })
    }

    fn base_url(&self, transport: Transport) -> String {
        match transport {
            Transport::Https => self.sim.https_url(),
            Transport::Http => self.sim.http_url(),
        }
    }
}

/// A service of one worker's own, so that whatever it sees comes from the driver at play.
pub(crate) struct Stage<'a> {
    scenarios: &'a [Scenario],
    /// Takes any token. Scenarios with an identity have a service of their own.
    service: Service,
    files: TempDir,
    /// Bound, but not listening: a connection to its port is refused for as long as it lives.
    closed: Socket,
    obstacles: &'a Obstacles,
    launcher: Launcher,
    at_work: LineDrivers,
}

impl<'a> Stage<'a> {
    /// Sets up a service with the scenarios' answers.
    pub(crate) fn new(
        scenarios: &'a [Scenario],
        obstacles: &'a Obstacles,
        patience: Duration,
    ) -> io::Result<Self> {
        let files = tempfile::Builder::new()
            .prefix("certpush-conformance-")
            .tempdir()?;
        let stage = Stage {
            scenarios,
            service: Service::new(start_sim(scenarios)?, files.path().join("ca.pem"))?,
            closed: Socket::new(Domain::IPV4, Type::STREAM, None)?,
            obstacles,
            launcher: Launcher::new(patience)?,
            at_work: LineDrivers::default(),
            files,
        };
        stage
            .closed
            .bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        // Another service's authority: as good a certificate as any, but not ours.
        Sim::start(SimOptions::default())?.write_ca(stage.file("other-ca.pem"))?;
        Ok(stage)
    }

    /// Has a driver play a scenario, and judges what it printed and what the service saw.
    pub(crate) fn play(&mut self, job: Job<'_>) -> io::Result<Played> {
        let Job {
            scenario,
            transport,
            ..
        } = job;
        if scenario.identity.is_none() {
            fs::write(self.token_file(), decoded(&scenario.request.token))?;
        }
        let own = match (&scenario.identity, &scenario.server_certificate) {
            (Some(identity), _) => Some(identity.start(own_options(scenario)?)?),
            (None, Some(_)) => Some(Sim::start(own_options(scenario)?)?),
            (None, None) => {
                self.service.sim.reset();
                None
            }
        };
        let own = own
            .map(|sim| Service::new(sim, self.file("own-ca.pem")))
            .transpose()?;
        let service = own.as_ref().unwrap_or(&self.service);
        self.write_files(scenario, transport, service)?;
        let key = service.sim.instance_key();
        let orders = Orders {
            arguments: self.arguments(scenario, transport, service)?,
            env: self.environment(scenario, transport, service, &key)?,
        };
        let secrets = secrets(scenario, &orders.env, &key);
        let started = Instant::now();
        let (run, memory) = match scenario.repeat {
            Some(pushes) => {
                let received = || service.sim.received_count();
                self.launcher
                    .run_watched(job.driver, &orders, pushes, received)
            }
            None if job.driver.lines && scenario.is_usual() => (
                self.at_work.answer(&self.launcher, job, &orders, &secrets),
                None,
            ),
            None => (self.launcher.run(job.driver, &orders), None),
        };
        let took = started.elapsed();
        let (verdict, report) = judge(scenario, &run);
        let sent = scenario.sent && !matches!(verdict, Verdict::Cannot(_));
        let mut wrong = wrongly_seen(scenario, transport, &service.sim, sent)?;
        if shows_one_of(&secrets, &run) {
            wrong.push("the driver showed a secret".to_owned());
        }
        if let (Some(pushes), Some(_)) = (scenario.repeat, &report) {
            wrong.extend(match memory {
                Some(memory) => memory.wrong(pushes),
                None => Some("the driver's memory could not be watched".to_owned()),
            });
        }
        let verdict = verdict.and_also(wrong);
        if own.is_none() && matches!(run, Run::TimedOut) {
            // What the killed driver left on its way must not be taken for the next one's.
            self.service = Service::new(start_sim(self.scenarios)?, self.file("ca.pem"))?;
        }
        Ok(Played {
            verdict,
            report,
            took,
            memory,
        })
    }

    /// Ends the drivers that read lines. Gives what is wrong with how they end, by the number of the
    /// job that each did last.
    pub(crate) fn finish(self) -> Vec<(usize, Vec<String>)> {
        self.at_work.end(&self.launcher)
    }

    /// Writes the scenario's files. The driver's home has no others.
    fn write_files(
        &self,
        scenario: &Scenario,
        transport: Transport,
        service: &Service,
    ) -> io::Result<()> {
        let home = self.file("home");
        if home.exists() {
            fs::remove_dir_all(&home)?;
        }
        fs::create_dir(&home)?;
        for (name, content) in &scenario.files {
            let path = self.file(name);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let content = self
                .with_addresses(content, service)?
                .replace("{service}", &service.base_url(transport));
            fs::write(path, content)?;
        }
        Ok(())
    }

    fn arguments(
        &self,
        scenario: &Scenario,
        transport: Transport,
        service: &Service,
    ) -> io::Result<Vec<String>> {
        let request = &scenario.request;
        let endpoint = match &request.endpoint {
            Some(endpoint) => self.with_addresses(endpoint, service)?,
            None => service.base_url(transport),
        };
        let token_file = match scenario.identity {
            Some(_) => Vec::new(),
            None => self.token_file().into_os_string().into_encoded_bytes(),
        };
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

    fn environment(
        &self,
        scenario: &Scenario,
        transport: Transport,
        service: &Service,
        key: &InstanceKey,
    ) -> io::Result<Vec<(String, String)>> {
        let path = |path: PathBuf| path.to_string_lossy().into_owned();
        let mut env = vec![
            // Nothing that lies around on this machine may be found, nor its metadata service.
            ("HOME".to_owned(), path(self.file("home"))),
            (
                "CERTPUSH_METADATA_ENDPOINT".to_owned(),
                self.with_addresses("http://{closed}", service)?,
            ),
        ];
        if let Some(operation) = &scenario.operation {
            env.push(("CERTPUSH_DRIVER_OPERATION".to_owned(), operation.clone()));
        }
        if let Some(pushes) = scenario.repeat {
            env.push(("CERTPUSH_DRIVER_REPEAT".to_owned(), pushes.to_string()));
        }
        if transport == Transport::Https {
            env.push(("CERTPUSH_CA_FILE".to_owned(), path(service.ca_file.clone())));
        }
        for (name, value) in &scenario.env {
            let mut value = self
                .with_addresses(value, service)?
                .replace("{service}", &service.base_url(transport))
                .replace("{other_ca}", &path(self.file("other-ca.pem")))
                .replace("{access_key}", &key.access_key)
                .replace("{secret_key}", &key.secret_key)
                .replace("{security_token}", &key.security_token);
            for file in scenario.files.keys() {
                value = value.replace(&format!("{{{file}}}"), &path(self.file(file)));
            }
            env.push((name.clone(), value));
        }
        Ok(env)
    }

    fn with_addresses(&self, text: &str, service: &Service) -> io::Result<String> {
        let closed = self.closed.local_addr()?.as_socket();
        let closed = closed.map_or_else(String::new, |address| address.to_string());
        let http = service.sim.http_url();
        Ok(self
            .obstacles
            .named_in(text)
            .replace("{closed}", &closed)
            .replace("{http}", http.trim_start_matches("http://")))
    }

    fn token_file(&self) -> PathBuf {
        self.file("token")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }
}

fn start_sim(scenarios: &[Scenario]) -> io::Result<Sim> {
    Sim::start(SimOptions {
        any_token: true,
        scenarios: scenarios.iter().filter_map(answered).collect(),
        ..SimOptions::default()
    })
}

/// The options of a service of the scenario's own, in which its certificate exists. It judges
/// credentials.
fn own_options(scenario: &Scenario) -> io::Result<SimOptions> {
    let server_certificate = match &scenario.server_certificate {
        Some(kind) => kind.parse().map_err(io::Error::other)?,
        None => ServerCertificate::default(),
    };
    Ok(SimOptions {
        server_certificate,
        tokens: Vec::new(),
        certificates: vec![scenario.certificate_id.as_str().to_owned()],
        any_project: false,
        scenarios: answered(scenario).into_iter().collect(),
        ..SimOptions::default()
    })
}

fn answered(scenario: &Scenario) -> Option<certpush_sim::Scenario> {
    Some(certpush_sim::Scenario {
        certificate_id: scenario.certificate_id.as_str().to_owned(),
        answer: scenario.answer.clone()?,
    })
}
