//! Host names to addresses, within the deadline, and remembered for a short time.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use certpush_system::with_signals_blocked;

use crate::call_context::CallContext;
use crate::failure::TransportFailure;
use crate::phase::Phase;
use crate::status::Status;

/// How long looked-up addresses are used without another look.
const REMEMBERED: Duration = Duration::from_secs(30);

type Resolver = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// The addresses of the one host that a transport talks to.
///
/// There is one look-up at a time, which all calls share that need it: however many calls end
/// before a name server answers, one thread is left behind.
pub(super) struct Addresses {
    resolver: Arc<Resolver>,
    remembered: Mutex<Option<(Instant, Vec<SocketAddr>)>>,
    under_way: Mutex<Weak<LookUp>>,
    /// The address that could be connected to when those before it could not.
    preferred: Mutex<Option<SocketAddr>>,
}

impl Default for Addresses {
    /// Asks the system's resolver.
    fn default() -> Addresses {
        Addresses::asking(|host, port| Ok((host, port).to_socket_addrs()?.collect()))
    }
}

impl fmt::Debug for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Addresses")
    }
}

impl Addresses {
    pub(super) fn asking(
        resolver: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Addresses {
        Addresses {
            resolver: Arc::new(resolver),
            remembered: Mutex::default(),
            under_way: Mutex::default(),
            preferred: Mutex::default(),
        }
    }

    /// The addresses of `host`, remembered or looked up, a preferred one first.
    pub(super) fn of(
        &self,
        host: &str,
        port: u16,
        context: &CallContext,
    ) -> Result<Vec<SocketAddr>, TransportFailure> {
        let mut addresses = self.found(host, port, context)?;
        let preferred = *lock(&self.preferred);
        if let Some(place) = addresses.iter().position(|it| Some(*it) == preferred) {
            addresses[..=place].rotate_right(1);
        }
        Ok(addresses)
    }

    /// Has an address tried first from now on, if it is still the host's: where IPv6 leads nowhere,
    /// only the first connect waits for it.
    pub(super) fn prefer(&self, address: SocketAddr) {
        *lock(&self.preferred) = Some(address);
    }

    fn found(
        &self,
        host: &str,
        port: u16,
        context: &CallContext,
    ) -> Result<Vec<SocketAddr>, TransportFailure> {
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        if let Some((when, addresses)) = &*lock(&self.remembered)
            && when.elapsed() < REMEMBERED
        {
            return Ok(addresses.clone());
        }
        context.check(Phase::Resolve)?;
        let found = match self.look_up(host, port) {
            Ok(look_up) => look_up.wait(context)?,
            Err(error) => Err(format!("no thread could be started: {error}")),
        };
        let addresses = found.and_then(|addresses| match addresses.as_slice() {
            [] => Err("it has no address".to_owned()),
            _ => Ok(addresses),
        });
        let addresses = addresses.map_err(|why| {
            TransportFailure::new(
                Status::Resolve,
                Phase::Resolve,
                format!("the host name {host} could not be resolved: {why}"),
            )
        })?;
        *lock(&self.remembered) = Some((Instant::now(), addresses.clone()));
        Ok(addresses)
    }

    /// Forgets the addresses: none of them could be connected to.
    pub(super) fn forget(&self) {
        *lock(&self.remembered) = None;
    }

    /// The look-up that is under way, or a new one. The resolver cannot be interrupted, so it works
    /// on a thread of its own, which is left behind when all calls must end first; the resolver's
    /// own time-out ends it.
    fn look_up(&self, host: &str, port: u16) -> io::Result<Arc<LookUp>> {
        let mut under_way = lock(&self.under_way);
        if let Some(look_up) = under_way.upgrade()
            && lock(&look_up.found).is_none()
        {
            return Ok(look_up);
        }
        let look_up = Arc::new(LookUp::default());
        let answer = AnswerOnDrop(Arc::clone(&look_up));
        let (resolver, host) = (Arc::clone(&self.resolver), host.to_owned());
        let thread = std::thread::Builder::new()
            .name("certpush-resolve".into())
            .stack_size(STACK_BYTES);
        // The host's signal handlers must not run on a thread that the host does not know.
        with_signals_blocked(|| {
            thread.spawn(move || {
                let found = resolver(&host, port).map_err(|error| error.to_string());
                answer.0.answer(found);
            })
        })?;
        *under_way = Arc::downgrade(&look_up);
        Ok(look_up)
    }
}

/// What Rust gives a thread, too, but only after a look at the environment (`RUST_MIN_STACK`), which
/// a host may be changing while it pushes.
const STACK_BYTES: usize = 2 * 1024 * 1024;

/// Addresses, or why there are none.
type LookUpResult = Result<Vec<SocketAddr>, String>;

/// A look-up, which goes on until it has found something or nothing.
#[derive(Default)]
struct LookUp {
    found: Mutex<Option<LookUpResult>>,
    ended: Condvar,
}

impl LookUp {
    fn answer(&self, found: LookUpResult) {
        lock(&self.found).get_or_insert(found);
        self.ended.notify_all();
    }

    /// What is found, within the time of a call.
    fn wait(&self, context: &CallContext) -> Result<LookUpResult, TransportFailure> {
        loop {
            let found = lock(&self.found);
            let (found, _) = self
                .ended
                .wait_timeout_while(found, context.next_wait(), |found| found.is_none())
                .unwrap_or_else(PoisonError::into_inner);
            if let Some(found) = &*found {
                return Ok(found.clone());
            }
            // The check may run the caller's own code: not with the lock held.
            drop(found);
            context.check_after_wait(Phase::Resolve)?;
        }
    }
}

/// Answers when the thread ends, whatever ends it.
struct AnswerOnDrop(Arc<LookUp>);

impl Drop for AnswerOnDrop {
    fn drop(&mut self) {
        self.0.answer(Err("the resolver failed".to_owned()));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;
    use crate::Cancel;

    fn context(allowed: Duration) -> CallContext {
        CallContext::start(allowed, None, Cancel::new(), None)
    }

    #[test]
    fn calls_end_in_time_and_leave_one_look_up_behind() {
        let asked = Arc::new(AtomicUsize::new(0));
        let (name_server, answers) = channel::<()>();
        let answers = Mutex::new(answers);
        let address: SocketAddr = "192.0.2.1:443".parse().unwrap();
        let count = Arc::clone(&asked);
        let addresses = Addresses::asking(move |_, _| {
            count.fetch_add(1, Ordering::Relaxed);
            let _ = lock(&answers).recv();
            Ok(vec![address])
        });
        let allowed = Duration::from_millis(100);
        let call = || {
            let started = Instant::now();
            let failure = addresses
                .of("a.example", 443, &context(allowed))
                .unwrap_err();
            assert_eq!(failure.status, Status::Timeout);
            assert_eq!(failure.phase, Phase::Resolve);
            started.elapsed()
        };
        let longest_of_eight = || {
            thread::scope(|scope| {
                let calls: Vec<_> = (0..8).map(|_| scope.spawn(call)).collect();
                calls.into_iter().map(|call| call.join().unwrap()).max()
            })
        };
        // A machine that is busy may be late once.
        let bound = allowed + Duration::from_millis(100);
        assert!((0..3).any(|_| longest_of_eight() < Some(bound)));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        let left_behind = addresses.look_up("a.example", 443).unwrap();
        drop(name_server);
        let found = left_behind.wait(&context(Duration::from_secs(10)));
        assert_eq!(found.unwrap().unwrap(), [address]);
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn the_address_that_worked_is_first_as_long_as_it_is_the_hosts() {
        let [one, other, third] = ["192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1"]
            .map(|address| address.parse::<SocketAddr>().unwrap());
        let asked = AtomicUsize::new(0);
        let addresses = Addresses::asking(move |_, _| {
            Ok(match asked.fetch_add(1, Ordering::Relaxed) {
                0 | 1 => vec![one, other, third],
                _ => vec![one, third],
            })
        });
        let found = || {
            let patient = context(Duration::from_secs(10));
            addresses.of("a.example", 1, &patient).unwrap()
        };
        assert_eq!(found(), [one, other, third]);
        addresses.prefer(other);
        assert_eq!(found(), [other, one, third]);
        addresses.forget();
        assert_eq!(found(), [other, one, third]);
        addresses.forget();
        assert_eq!(found(), [one, third]);
    }

    #[test]
    fn a_failed_look_up_is_made_again_by_the_next_call() {
        let asked = AtomicUsize::new(0);
        let addresses =
            Addresses::asking(move |_, _| match asked.fetch_add(1, Ordering::Relaxed) {
                0 => Err(io::Error::other("no such host")),
                1 => Ok(Vec::new()),
                2 => panic!("a defect of the resolver"),
                _ => Ok(vec!["192.0.2.1:443".parse().unwrap()]),
            });
        let patient = context(Duration::from_secs(10));
        for why in ["no such host", "no address", "the resolver failed"] {
            let failure = addresses.of("a.example", 443, &patient).unwrap_err();
            assert_eq!(failure.status, Status::Resolve);
            assert!(failure.message.contains(why), "{}", failure.message);
        }
        assert!(addresses.of("a.example", 443, &patient).is_ok());
    }
}
