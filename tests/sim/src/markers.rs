//! Marker connections: how a count of connections includes all that were made before it.
//!
//! A listener accepts in the order of arrival. When a connection of our own has been accepted,
//! whatever came before it has been counted.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// How long a listener may take to get to a marker.
const PATIENCE: Duration = Duration::from_secs(30);

/// The markers on their way, by the address they come from.
#[derive(Debug, Default)]
pub(crate) struct Markers {
    expected: Mutex<HashMap<SocketAddr, mpsc::Sender<()>>>,
}

impl Markers {
    /// Returns once `listener` has accepted every connection made before this call.
    pub(crate) fn pass_through(&self, listener: SocketAddr) -> io::Result<()> {
        let marker = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        marker.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        // Closed by a reset, a marker leaves no port in TIME_WAIT.
        marker.set_linger(Some(Duration::ZERO))?;
        let from = marker
            .local_addr()?
            .as_socket()
            .ok_or(io::ErrorKind::Unsupported)?;
        let (arrived, arrival) = mpsc::channel();
        self.expected().insert(from, arrived);
        marker.connect(&listener.into())?;
        arrival
            .recv_timeout(PATIENCE)
            .map_err(|_| io::ErrorKind::TimedOut.into())
    }

    /// Whether a connection from this address is a marker, and no client's.
    pub(crate) fn take(&self, from: SocketAddr) -> bool {
        match self.expected().remove(&from) {
            Some(arrived) => {
                // The one who waits may have lost patience.
                let _ = arrived.send(());
                true
            }
            None => false,
        }
    }

    fn expected(&self) -> std::sync::MutexGuard<'_, HashMap<SocketAddr, mpsc::Sender<()>>> {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
