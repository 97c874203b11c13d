//! The bytes of one connection, shared between the HTTP server and a scenario.
//!
//! A scenario that plays raw steps writes past the server: while it does, and for the answer that
//! the server then believes to give, the server's own output goes nowhere.

use std::future::{pending, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_rustls::server::TlsStream;

use crate::scenario::Step;

/// A connection, plain or under TLS.
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    fn tcp(&self) -> &TcpStream {
        match self {
            Stream::Plain(tcp) => tcp,
            Stream::Tls(tls) => tls.get_ref().0,
        }
    }
}

/// Whether a connection can go on after a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Played {
    StillOpen,
    Ended,
}

struct Shared {
    stream: Stream,
    server_is_muted: bool,
}

/// A handle to a connection. Server and scenario run in one task, so its lock is never contended.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Mutex<Shared>>);

impl Wire {
    pub(crate) fn new(stream: Stream) -> Self {
        Wire(Arc::new(Mutex::new(Shared {
            stream,
            server_is_muted: false,
        })))
    }

    /// Lets the server's output through again: a new request has come.
    pub(crate) fn unmute_server(&self) {
        self.shared().server_is_muted = false;
    }

    /// Plays a scenario's steps, with the server muted from here on.
    pub(crate) async fn play(&self, steps: &[Step]) -> io::Result<Played> {
        self.shared().server_is_muted = true;
        for step in steps {
            match step {
                Step::Send(text) => self.send(text.as_str().as_bytes()).await?,
                Step::SendHex(bytes) => self.send(bytes.as_bytes()).await?,
                Step::Trickle { text, pause_ms } => {
                    for byte in text.as_str().as_bytes() {
                        self.send(std::slice::from_ref(byte)).await?;
                        sleep(Duration::from_millis(*pause_ms)).await;
                    }
                }
                Step::WaitMs(milliseconds) => sleep(Duration::from_millis(*milliseconds)).await,
                // The server notices when the peer closes, and drops this future.
                Step::Hold => pending().await,
                Step::Close => {
                    poll_fn(|cx| self.poll_stream(cx, |stream, cx| stream.poll_shutdown(cx)))
                        .await?;
                    return Ok(Played::Ended);
                }
                Step::Cut => return Ok(Played::Ended),
                Step::Reset => {
                    self.shared().stream.tcp().set_zero_linger()?;
                    return Ok(Played::Ended);
                }
            }
        }
        Ok(Played::StillOpen)
    }

    async fn send(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let written =
                poll_fn(|cx| self.poll_stream(cx, |stream, cx| stream.poll_write(cx, bytes)))
                    .await?;
            bytes = &bytes[written..];
        }
        poll_fn(|cx| self.poll_stream(cx, |stream, cx| stream.poll_flush(cx))).await
    }

    fn poll_stream<T>(
        &self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut Stream>, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        poll(Pin::new(&mut self.shared().stream), cx)
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_stream(cx, |stream, cx| stream.poll_read(cx, buffer))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut shared = self.shared();
        if shared.server_is_muted {
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut shared.stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_stream(cx, |stream, cx| stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_stream(cx, |stream, cx| stream.poll_shutdown(cx))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_read(cx, buffer),
            Stream::Tls(tls) => Pin::new(tls).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Stream::Tls(tls) => Pin::new(tls).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Stream::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Stream::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}
