//! Host names to addresses, within the deadline, and remembered for a short time.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Failure, watch::Watch};
use crate::report::Phase;
use crate::status::Status;

/// How long looked-up addresses are used without another look.
const REMEMBERED: Duration = Duration::from_secs(30);

/// The addresses of the one host that a transport talks to.
#[derive(Debug, Default)]
pub(super) struct Addresses(Mutex<Option<(Instant, Vec<SocketAddr>)>>);

impl Addresses {
    /// The addresses of `host`, remembered or looked up.
    pub(super) fn of(
        &self,
        host: &str,
        port: u16,
        watch: &Watch,
    ) -> Result<Vec<SocketAddr>, Failure> {
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        if let Some((when, addresses)) = &*self.remembered()
            && when.elapsed() < REMEMBERED
        {
            return Ok(addresses.clone());
        }
        let addresses = look_up(host, port, watch)?;
        *self.remembered() = Some((Instant::now(), addresses.clone()));
        Ok(addresses)
    }

    /// Forgets the addresses: none of them could be connected to.
    pub(super) fn forget(&self) {
        *self.remembered() = None;
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, Option<(Instant, Vec<SocketAddr>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks the system's resolver. It cannot be interrupted, so it works on a thread of its own, which
/// is left behind when the call must end first; the resolver's own time-out ends it.
fn look_up(host: &str, port: u16, watch: &Watch) -> Result<Vec<SocketAddr>, Failure> {
    let failed = |why: String| {
        Failure::new(
            Status::Resolve,
            Phase::Resolve,
            format!("the host name {host} could not be resolved: {why}"),
        )
    };
    watch.check(Phase::Resolve)?;
    let (answer, answers) = channel();
    let name = host.to_owned();
    std::thread::Builder::new()
        .name("certpush-resolve".into())
        .spawn(move || {
            let found = (name.as_str(), port).to_socket_addrs();
            // Nobody listens any more when the call has ended first.
            let _ = answer.send(found.map(Iterator::collect::<Vec<_>>));
        })
        .map_err(|error| failed(format!("no thread could be started: {error}")))?;
    loop {
        match answers.recv_timeout(watch.next_wait()) {
            Ok(Ok(addresses)) if addresses.is_empty() => {
                return Err(failed("it has no address".into()));
            }
            Ok(Ok(addresses)) => return Ok(addresses),
            Ok(Err(error)) => return Err(failed(error.to_string())),
            Err(RecvTimeoutError::Timeout) => watch.check_after_wait(Phase::Resolve)?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(failed("the resolver failed".into()));
            }
        }
    }
}
