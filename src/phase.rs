//! How far a call had come: the phases, written once.

use std::fmt;

macro_rules! phases {
    ($($variant:ident $name:literal $doc:literal;)*) => {
        /// How far a call had come when it failed. More may be added. Since 0.1.0.
        ///
        /// ```
        /// use certpush::{Client, Config, Phase};
        ///
        /// let error = Client::new(&Config::new()).unwrap_err();
        /// assert_eq!(error.phase(), Phase::Config);
        /// assert_eq!(error.phase().to_string(), "config");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Phase {
            $(#[doc = $doc] $variant,)*
        }

        impl Phase {
            /// Every phase, in the order in which a call goes through them.
            pub const ALL: &'static [Phase] = &[$(Phase::$variant,)*];

            /// The name of the phase.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Phase::$variant => $name,)*
                }
            }

            /// What it means, in one sentence.
            pub const fn doc(self) -> &'static str {
                match self {
                    $(Phase::$variant => $doc,)*
                }
            }
        }
    };
}

phases! {
    Start "start" "The call had just begun.";
    Arguments "arguments" "The arguments were looked at.";
    Config "config" "The options were looked at.";
    Credentials "credentials" "Credentials were obtained.";
    Resolve "resolve" "The host name was looked up.";
    Connect "connect" "A TCP connection was made.";
    Tls "tls" "TLS was negotiated.";
    Proxy "proxy" "A proxy was asked for a connection.";
    Send "send" "The request was being sent.";
    Receive "receive" "The answer was awaited or read.";
    Pause "pause" "A pause before another attempt.";
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
