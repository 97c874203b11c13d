//! What stands between a driver and the service: listeners that are no service, each with one bad
//! habit. They are there until the runner ends.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use certpush_sim::{BlackHole, narrow_listener};

/// What a listener does with every connection.
#[derive(Clone, Copy)]
enum Habit {
    /// Reads, and says nothing.
    Silence,
    /// Says this at once.
    Talk(&'static str),
    /// Says this as a proxy, when a request has come.
    Answer(&'static str),
    /// Begins as a proxy that agrees, and goes on for ever, byte by byte.
    Trickle,
}

const HABITS: [(&str, Habit); 6] = [
    ("{silent}", Habit::Silence),
    ("{talking}", Habit::Talk("SSH-2.0-OpenSSH_9.2\r\n")),
    (
        "{asking_proxy}",
        Habit::Answer(
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\nContent-Length: 0\r\n\r\n",
        ),
    ),
    (
        "{refusing_proxy}",
        Habit::Answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
    ),
    (
        "{failing_proxy}",
        Habit::Answer("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"),
    ),
    ("{trickling_proxy}", Habit::Trickle),
];

/// The listeners.
pub(crate) struct Obstacles {
    addresses: Vec<(&'static str, SocketAddr)>,
    _black_hole: BlackHole,
}

impl Obstacles {
    pub(crate) fn new() -> io::Result<Self> {
        let mut addresses = Vec::new();
        for (name, habit) in HABITS {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            addresses.push((name, listener.local_addr()?));
            thread::spawn(move || {
                for connection in listener.incoming().flatten() {
                    // Its end is the driver's affair.
                    thread::spawn(move || habit.show(connection));
                }
            });
        }
        let deaf = narrow_listener()?;
        addresses.push(("{deaf}", deaf.local_addr()?));
        // Its connections are kept, and never read.
        thread::spawn(move || deaf.incoming().collect::<Vec<_>>());
        let black_hole = BlackHole::new()?;
        addresses.push(("{black_hole}", black_hole.address()?));
        Ok(Obstacles {
            addresses,
            _black_hole: black_hole,
        })
    }

    /// Puts the listeners' addresses in place of their names.
    pub(crate) fn named_in(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, address) in &self.addresses {
            text = text.replace(name, &address.to_string());
        }
        text
    }
}

impl Habit {
    fn show(self, mut connection: TcpStream) -> io::Result<()> {
        match self {
            Habit::Silence => {}
            Habit::Talk(line) => connection.write_all(line.as_bytes())?,
            Habit::Answer(answer) => {
                read_head(&connection)?;
                connection.write_all(answer.as_bytes())?;
            }
            Habit::Trickle => {
                read_head(&connection)?;
                connection.write_all(b"HTTP/1.1 200 Connection established\r\nX-Way: ")?;
                loop {
                    connection.write_all(b"a")?;
                    thread::sleep(Duration::from_millis(20));
                }
            }
        }
        connection.read_to_end(&mut Vec::new()).map(drop)
    }
}

fn read_head(connection: &TcpStream) -> io::Result<()> {
    for line in BufReader::new(connection).lines() {
        if line?.is_empty() {
            break;
        }
    }
    Ok(())
}
