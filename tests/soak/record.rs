//! What the server itself knows of each push: the truth that calls are measured by.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::fault::Fault;

/// One request that the server read at least to its certificate_id.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) fault: Fault,
    /// Whether the server did what the request asks for.
    pub(crate) executed: bool,
    /// The status and code of the answer, if one was begun.
    pub(crate) answer: Option<(u16, &'static str)>,
}

/// All exchanges of a soak, by certificate_id and in their order.
pub(crate) type Exchanges = HashMap<String, Vec<Exchange>>;

/// The server's own account of a soak.
#[derive(Default)]
pub(crate) struct Record {
    exchanges: Mutex<Exchanges>,
    invalid: Mutex<Vec<String>>,
    happened: Mutex<HashMap<Fault, u64>>,
}

impl Record {
    /// Counts a fault that happens.
    pub(crate) fn count(&self, fault: Fault) {
        *self.happened.lock().unwrap().entry(fault).or_default() += 1;
    }

    /// How often a fault has happened.
    pub(crate) fn happened(&self, fault: Fault) -> u64 {
        let happened = self.happened.lock().unwrap();
        happened.get(&fault).copied().unwrap_or_default()
    }

    /// Adds an exchange, before it is answered; gives the request_id that its answer carries.
    pub(crate) fn add(&self, certificate_id: &str, exchange: Exchange) -> String {
        let mut all = self.exchanges.lock().unwrap();
        let of_this_push = all.entry(certificate_id.to_owned()).or_default();
        of_this_push.push(exchange);
        request_id(certificate_id, of_this_push.len())
    }

    /// Adds what came instead of a valid push.
    pub(crate) fn add_invalid(&self, what: String) {
        self.invalid.lock().unwrap().push(what);
    }

    /// What was pushed, and what came instead of valid pushes.
    pub(crate) fn take(&self) -> (Exchanges, Vec<String>) {
        (
            std::mem::take(&mut self.exchanges.lock().unwrap()),
            std::mem::take(&mut self.invalid.lock().unwrap()),
        )
    }
}

/// The X-Request-Id of the answer to the `number`th request for a certificate, from 1.
pub(crate) fn request_id(certificate_id: &str, number: usize) -> String {
    format!("{certificate_id}-{number}")
}
