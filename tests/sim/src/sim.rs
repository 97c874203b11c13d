//! A running service, from a program's point of view: start it, ask it, drop it.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::account::Pushed;
use crate::authority::Authority;
use crate::failures::{Failure, Operation};
use crate::identity::{IamCounts, Identity};
use crate::ledger::{Connections, ReceivedRequest};
use crate::network::wide_listener;
use crate::options::SimOptions;
use crate::planned::PlannedAnswer;
use crate::scenario::Answer;
use crate::server::{Role, Server};
use crate::service::Service;

/// A simulated service on a thread of its own. It stops, and closes all its connections, when
/// dropped.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// use certpush_sim::{Sim, SimOptions};
///
/// let sim = Sim::start(SimOptions::default())?;
/// // … push something to sim.https_url(), trusting sim.ca_pem() …
/// assert!(sim.received().is_empty());
/// # Ok(())
/// # }
/// ```
pub struct Sim {
    server: Arc<Server>,
    addresses: Addresses,
    ca_pem: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sim {
    /// Starts a service. Its ports accept connections when this returns.
    ///
    /// # Errors
    ///
    /// When a port is taken, or the system has no sockets or threads left.
    pub fn start(options: SimOptions) -> io::Result<Sim> {
        let authority = Authority::new(options.server_certificate).map_err(io::Error::other)?;
        let http = bind(options.http_port)?;
        let https = bind(options.https_port)?;
        let elsewhere = bind(0)?;
        let addresses = Addresses {
            http: http.local_addr()?,
            https: https.local_addr()?,
            elsewhere: elsewhere.local_addr()?,
        };
        let service = Service::new(options, format!("http://{}", addresses.elsewhere));
        let server = Arc::new(Server::new(service, TlsAcceptor::from(authority.server)));
        let runtime = Builder::new_current_thread().enable_all().build()?;
        for (listener, role) in [
            (http, Role::Http),
            (https, Role::Https),
            (elsewhere, Role::Elsewhere),
        ] {
            let _in_runtime = runtime.enter();
            let listener = tokio::net::TcpListener::from_std(listener)?;
            runtime.spawn(server.clone().listen(listener, role));
        }
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("certpush-sim".to_owned())
            .spawn(move || run_until(runtime, stopped))?;
        Ok(Sim {
            server,
            addresses,
            ca_pem: authority.ca_pem,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The service's base URL without TLS.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.addresses.http)
    }

    /// The service's base URL under TLS; the certificate is valid for localhost, 127.0.0.1 and ::1.
    pub fn https_url(&self) -> String {
        format!("https://{}", self.addresses.https)
    }

    /// The base URL of the host to which redirect scenarios point. Nothing must ever connect to it.
    pub fn elsewhere_url(&self) -> String {
        format!("http://{}", self.addresses.elsewhere)
    }

    /// The certificate that a client must trust, in PEM. Each service has its own.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Writes [`Sim::ca_pem`] to a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write_ca(&self, path: impl AsRef<Path>) -> io::Result<()> {
        std::fs::write(path, &self.ca_pem)
    }

    /// The requests received, oldest first, at most the last 100,000.
    pub fn received(&self) -> Vec<ReceivedRequest> {
        self.server.service.ledger().received()
    }

    /// How many requests were received, of those that are remembered.
    pub fn received_count(&self) -> usize {
        self.server.service.ledger().received_count()
    }

    /// The copies that pushes left on the targets, oldest first.
    pub fn pushed(&self) -> Vec<Pushed> {
        self.server.service.account().copies().to_vec()
    }

    /// How many connections there were. All that were made before this call are counted.
    ///
    /// # Errors
    ///
    /// When the system has no sockets left.
    pub fn connections(&self) -> io::Result<Connections> {
        let Addresses {
            http,
            https,
            elsewhere,
        } = self.addresses;
        for listener in [http, https, elsewhere] {
            self.server.markers.pass_through(listener)?;
        }
        Ok(self.server.service.ledger().connections)
    }

    /// Plans the answer to the next `count` pushes, whatever they push, after those planned before. The
    /// certificate gets to the target all the same if `carried_out` and nothing is wrong with the push.
    pub fn answer_next(&self, answer: Answer, carried_out: bool, count: u64) {
        let planned = PlannedAnswer {
            answer,
            carried_out,
        };
        self.server.service.planned().plan(planned, count);
    }

    /// Forgets all requests, copies and counts, and the answers planned for pushes. Tokens, keys and
    /// locks stay.
    pub fn reset(&self) {
        self.server.service.reset();
    }

    /// What was asked of IAM and the metadata service, and what came of it.
    pub fn iam(&self) -> IamCounts {
        self.identity().state().counts
    }

    /// Makes all tokens worthless that IAM has issued so far.
    pub fn revoke_tokens(&self) {
        self.identity().state().tokens.revoke_issued();
    }

    /// Makes one token worthless, whether IAM issued it or it was known from the start.
    pub fn revoke_token(&self, token: &str) {
        self.identity().state().tokens.revoke(token.to_owned());
    }

    /// Plans a failure for the next `count` requests of an operation, after those planned before.
    pub fn fail_next(&self, operation: Operation, failure: Failure, count: u64) {
        let failures = &mut self.identity().state().failures;
        failures.plan(operation, failure, count);
    }

    /// Sets how many seconds the services' clock is ahead of the system's. Everything that ends,
    /// ends by that clock: tokens, temporary keys and locks.
    pub fn set_clock_offset(&self, seconds: i32) {
        self.identity().clock.set_ahead(seconds);
    }

    /// Locks all users and access keys, as five refusals in a row do.
    pub fn lock(&self) {
        self.identity().lock();
    }

    /// Ends all locks of users and access keys.
    pub fn unlock(&self) {
        self.identity().unlock();
    }

    /// The temporary key of the instance: what its metadata service gives out now.
    pub fn instance_key(&self) -> InstanceKey {
        let key = self
            .server
            .service
            .metadata
            .instance_key_of(self.identity());
        InstanceKey {
            access_key: key.access_key,
            secret_key: key.secret_key,
            security_token: key.security_token,
        }
    }

    fn identity(&self) -> &Identity {
        &self.server.service.identity
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in the service has been printed where it happened.
            let _ = thread.join();
        }
    }
}

/// The temporary key of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceKey {
    /// The public half.
    pub access_key: String,
    /// The secret half.
    pub secret_key: String,
    /// What a request must bring besides.
    pub security_token: String,
}

/// The addresses of the listeners.
#[derive(Clone, Copy, Debug)]
struct Addresses {
    http: SocketAddr,
    https: SocketAddr,
    elsewhere: SocketAddr,
}

fn bind(port: u16) -> io::Result<TcpListener> {
    let listener = wide_listener(port)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Runs the service until its owner drops the other end of `stopped`. All connections close then.
fn run_until(runtime: Runtime, stopped: oneshot::Receiver<()>) {
    let _ = runtime.block_on(stopped);
}
