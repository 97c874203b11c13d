//! A relay that makes loopback as long as a path to another continent: `bench-relay PORT MS`
//! relays to 127.0.0.1:PORT, and everything takes MS milliseconds in each direction.
//!
//! It prints the port that it listens on, and ends when its standard input does. Whoever connects
//! is connected at once, for the kernel answers; so the relay adds the round trip that TCP's own
//! handshake takes to what comes first.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes under way and when they arrive; none is the end of the stream.
type Parcel = (Instant, Vec<u8>);

fn main() {
    let arguments: Vec<u64> = std::env::args()
        .skip(1)
        .map(|argument| argument.parse().expect("arguments: PORT MS"))
        .collect();
    let [port, milliseconds] = arguments.as_slice() else {
        panic!("arguments: PORT MS");
    };
    let port = u16::try_from(*port).expect("a port");
    let delay = Duration::from_millis(*milliseconds);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    println!("{}", listener.local_addr().expect("it is bound").port());
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.expect("a connection");
            relay(client, port, delay);
        }
    });
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).expect("standard input");
}

fn relay(client: TcpStream, port: u16, delay: Duration) {
    let server = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
    let connected = Instant::now() + 2 * delay;
    for (from, to) in [(&client, &server), (&server, &client)] {
        to.set_nodelay(true).expect("TCP");
        let (from, to) = (clone(from), clone(to));
        let (sender, receiver) = channel();
        thread::spawn(move || collect(from, &sender, connected, delay));
        thread::spawn(move || deliver(to, &receiver));
    }
}

fn clone(stream: &TcpStream) -> TcpStream {
    stream.try_clone().expect("a descriptor is free")
}

/// Takes what is sent, at once, and says when it arrives.
fn collect(mut from: TcpStream, parcels: &Sender<Parcel>, connected: Instant, delay: Duration) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut buffer).unwrap_or(0);
        let sent = Instant::now().max(connected);
        let parcel = (sent + delay, buffer[..count].to_vec());
        if parcels.send(parcel).is_err() || count == 0 {
            return;
        }
    }
}

/// Hands over what has arrived, in the order in which it was sent.
fn deliver(mut to: TcpStream, parcels: &Receiver<Parcel>) {
    for (arrival, bytes) in parcels {
        thread::sleep(arrival.saturating_duration_since(Instant::now()));
        if bytes.is_empty() || to.write_all(&bytes).is_err() {
            // The other side may have gone already.
            let _ = to.shutdown(Shutdown::Write);
            return;
        }
    }
}
