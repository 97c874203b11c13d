//! How far a call had come: the phases, written once.

use std::fmt;

/// How far a call had come when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Phase {
    /// The call succeeded.
    #[default]
    Done,
    /// The call had just begun.
    Start,
    /// The arguments were looked at.
    Arguments,
    /// The options were looked at.
    Config,
    /// Credentials were obtained.
    Credentials,
    /// The host name was looked up.
    Resolve,
    /// A TCP connection was made.
    Connect,
    /// TLS was negotiated.
    Tls,
    /// A proxy was asked for a connection.
    Proxy,
    /// The request was being sent.
    Send,
    /// The answer was awaited or read.
    Receive,
    /// A pause before another attempt.
    Pause,
}

impl Phase {
    /// The name of the phase, "" for [`Phase::Done`] alone.
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Done => "",
            Phase::Start => "start",
            Phase::Arguments => "arguments",
            Phase::Config => "config",
            Phase::Credentials => "credentials",
            Phase::Resolve => "resolve",
            Phase::Connect => "connect",
            Phase::Tls => "tls",
            Phase::Proxy => "proxy",
            Phase::Send => "send",
            Phase::Receive => "receive",
            Phase::Pause => "pause",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
