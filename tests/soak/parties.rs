//! Who pushes: clients of every kind, each to the server that suits it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use certpush::{CallOptions, Client, Config};
use fastrand::Rng;
use rustls::version::{TLS12, TLS13};
use socket2::{Domain, Socket, Type};

use crate::faults::TOKEN;
use crate::record::Record;
use crate::server::{Manner, Server};

/// The time of a call that is not given one of its own.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(300);

/// A client, and its share of the calls.
pub(crate) struct Party {
    pub(crate) client: Client,
    pub(crate) retries: u32,
    share: u32,
}

/// All clients and what they push to.
pub(crate) struct Parties {
    // Dropped before the servers, which wait for their connections to end.
    all: Vec<Party>,
    _servers: Vec<Server>,
    _nowhere: Vec<Socket>,
}

impl Parties {
    pub(crate) fn gather(record: &Arc<Record>, random: &mut Rng) -> Parties {
        let mut start = |tls, is_large| {
            let manner = Manner { tls, is_large };
            Server::start(manner, record, random.fork())
        };
        let plain = start(None, false);
        let tls13 = start(Some(&TLS13), false);
        let tls12 = start(Some(&TLS12), false);
        let plain_large = start(None, true);
        let tls_large = start(Some(&TLS13), true);
        let (refusing, refuses) = refusing();
        let (mut nowhere, silence) = black_hole();
        nowhere.push(refusing);
        let single_use = |server: &Server| server.config().max_idle_connections(0);
        let short_lived = |server: &Server| server.config().idle_timeout(Duration::from_millis(2));
        let all = vec![
            Party::new(plain.config(), 3, 220),
            Party::new(plain.config(), 0, 120),
            Party::new(short_lived(&plain), 1, 60),
            Party::new(single_use(&plain), 2, 80),
            Party::new(tls13.config(), 2, 220),
            Party::new(tls13.config(), 1, 80),
            Party::new(short_lived(&tls13), 3, 40),
            Party::new(single_use(&tls13), 0, 60),
            Party::new(tls12.config(), 1, 60),
            Party::new(plain_large.config(), 0, 8),
            Party::new(tls_large.config(), 1, 8),
            Party::new(refuses, 2, 20),
            Party::new(silence, 1, 3),
        ];
        Parties {
            all,
            _servers: vec![plain, tls13, tls12, plain_large, tls_large],
            _nowhere: nowhere,
        }
    }

    pub(crate) fn draw(&self, random: &mut Rng) -> &Party {
        let mut left = random.u32(0..self.all.iter().map(|party| party.share).sum());
        for party in &self.all {
            match left.checked_sub(party.share) {
                Some(rest) => left = rest,
                None => return party,
            }
        }
        unreachable!("what is left is smaller than the shares' sum")
    }
}

impl Party {
    fn new(config: Config, retries: u32, share: u32) -> Party {
        let config = config
            .timeout(TIMEOUT)
            .retries(retries)
            .retry_base(Duration::from_millis(2));
        // The limit is the calls': a busy machine may read the authorities' file for longer.
        let unhurried = CallOptions::new().timeout(Duration::from_secs(20));
        Party {
            client: Client::new_with(&config, &unhurried).expect("the options are good"),
            retries,
            share,
        }
    }
}

/// An address that refuses connections, as long as its socket lives.
fn refusing() -> (Socket, Config) {
    let bound = bound();
    let config = towards(&bound);
    (bound, config)
}

/// An address whose connects are not answered: a listener whose backlog is full.
fn black_hole() -> (Vec<Socket>, Config) {
    let listener = bound();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let config = towards(&listener);
    let mut sockets = vec![listener];
    sockets.extend((0..4).map(|_| {
        let filler = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        filler.set_nonblocking(true).unwrap();
        // It is under way, which is all that is needed.
        let _ = filler.connect(&address);
        filler
    }));
    (sockets, config)
}

fn bound() -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    socket.bind(&any.into()).unwrap();
    socket
}

fn towards(socket: &Socket) -> Config {
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    Config::new()
        .endpoint(format!("http://{address}"))
        .token(TOKEN)
}
