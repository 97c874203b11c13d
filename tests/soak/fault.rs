//! What the server does with a push, what is true then, and what the call must tell.

use std::fmt;

use fastrand::Rng;

/// Whether the server executes a push that meets a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    /// It never does: it has not read the whole request, or its answer documents that.
    Never,
    /// It always does.
    Always,
    /// It does or does not, and no answer tells which.
    Either,
}

impl Truth {
    pub(crate) fn decide(self, random: &mut Rng) -> bool {
        match self {
            Truth::Never => false,
            Truth::Always => true,
            Truth::Either => random.bool(),
        }
    }
}

/// What a call tells of the certificate's whereabouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Outcome {
    Pushed,
    NotPushed,
    Unknown,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Outcome::Pushed => "pushed",
            Outcome::NotPushed => "not pushed",
            Outcome::Unknown => "unknown",
        })
    }
}

/// Where a fault can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// To any request.
    Anywhere,
    /// To a request that one write hands over.
    Small,
    /// To a request that is larger than the buffers on its way.
    Large,
    /// To a request over TLS 1.3.
    Tls13,
    /// To a TLS connection before its first request.
    Handshake,
    /// To a kept connection while no request is on it.
    Idle,
}

macro_rules! faults {
    ($($(#[$doc:meta])* $fault:ident $name:literal $weight:literal $truth:ident [$($tells:ident)*] $setting:ident;)*) => {
        /// One way in which the server treats a request, or the wait for one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Fault {
            $($(#[$doc])* $fault,)*
        }

        impl Fault {
            pub(crate) const ALL: &'static [Fault] = &[$(Fault::$fault,)*];

            /// The name in the table.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Fault::$fault => $name,)* }
            }

            /// How often it happens, beside the others of its setting.
            fn weight(self) -> u32 {
                match self { $(Fault::$fault => $weight,)* }
            }

            pub(crate) fn truth(self) -> Truth {
                match self { $(Fault::$fault => Truth::$truth,)* }
            }

            /// What a call tells that met this fault last and was not stopped before its end. The
            /// first of them must be seen in a soak. Empty for faults of which the server cannot
            /// say which call met them: it has read no request.
            pub(crate) fn tells(self) -> &'static [Outcome] {
                match self { $(Fault::$fault => &[$(Outcome::$tells,)*],)* }
            }

            pub(crate) fn setting(self) -> Setting {
                match self { $(Fault::$fault => Setting::$setting,)* }
            }
        }
    };
}

faults! {
    /// 204: the documented success, in one piece or in several.
    Success "204" 600 Always [Pushed] Anywhere;
    /// 204, a few bytes at a time.
    InPieces "204 in many pieces" 30 Always [Pushed] Anywhere;
    /// 200 with a JSON object, framed in each of three ways.
    OkObject "200 {}" 40 Always [Pushed] Anywhere;
    /// Up to 16 answers 1xx before the 204.
    Interim "1xx, then 204" 30 Always [Pushed] Anywhere;
    /// The request is read in drops before the 204.
    SlowDrain "slow drain, then 204" 25 Always [Pushed] Anywhere;
    /// Session tickets and key updates around the 204: TLS records without application data.
    TlsChatter "tickets, key updates, 204" 40 Always [Pushed] Tls13;
    /// 204 with a whole answer behind it that belongs to no request.
    StrayBehind "204 with a stray answer" 30 Always [Pushed] Anywhere;
    /// 204, and bytes that are no answer at some time later.
    StrayLater "204, stray bytes later" 20 Always [Pushed] Anywhere;
    /// 204 that promises to keep the connection, which closes at once.
    SuccessThenFin "204, closed at once" 40 Always [Pushed] Anywhere;

    /// A 4xx with a code that says why, before anything was done. A deadline between the head and
    /// the body of a 400 hides the code.
    Refused "4xx" 40 Never [NotPushed Unknown] Anywhere;
    /// A 4xx other than 400 whose body is cut short.
    LostRefusal "4xx, half a body" 20 Never [NotPushed] Anywhere;
    /// 429, with and without Retry-After: tried again.
    Throttled "429" 50 Never [NotPushed] Anywhere;
    /// A 5xx whose code was given before the push began: tried again. A deadline between head and
    /// body hides the code.
    NothingDecided "5xx APIGW.0613, SCM.4001" 40 Never [NotPushed Unknown] Anywhere;
    /// Such a 5xx whose code is lost: nothing is left that excuses it.
    LostExcuse "5xx, code lost" 20 Never [Unknown] Anywhere;
    /// 400 with a code that says that a push failed on its way.
    GenericFailure "400 SCM.0028, SCM.0203" 30 Either [Unknown] Anywhere;
    /// Such a 400 whose code is lost.
    LostGenericFailure "400 SCM.0028, code lost" 20 Either [Unknown] Anywhere;
    /// A 400 with such a code where it is not looked for at first, or where it may be hidden.
    HiddenFailure "400, code hidden" 30 Either [Unknown] Anywhere;
    /// A 408 of a gateway that did not wait for its backend.
    TimedOut "408" 20 Either [Unknown] Anywhere;
    /// A 5xx with a code that would excuse it, if it were the only one or could be trusted.
    DoubtfulExcuse "5xx, doubtful SCM.4001" 20 Either [Unknown] Anywhere;
    /// Any other 5xx.
    ServerError "5xx" 40 Either [Unknown] Anywhere;
    /// A 5xx whose body is cut short.
    LostServerError "5xx, half a body" 20 Either [Unknown] Anywhere;
    /// 200 with a page, as a captive portal sends it.
    OkHtml "200 HTML" 20 Either [Unknown] Anywhere;
    /// 200 with an error in its body, at any depth.
    OkError "200 with an error" 15 Either [Unknown] Anywhere;
    /// A success that the API does not define.
    Undefined "201, 202" 15 Either [Unknown] Anywhere;
    /// A redirect back to the same server.
    Redirect "3xx" 20 Either [Unknown] Anywhere;

    /// The answer's head is cut short.
    HalfHead "half a head" 25 Either [Unknown] Anywhere;
    /// 200 whose body is cut short.
    LostSuccess "200, half a body" 20 Always [Unknown] Anywhere;
    /// Something that is not HTTP.
    NotHttp "no HTTP" 15 Either [Unknown] Anywhere;
    /// Closed after the request was read, which is not executed.
    GoneUnexecuted "gone, not executed" 25 Never [Unknown] Anywhere;
    /// Closed after the request was executed.
    GoneExecuted "gone, executed" 25 Always [Unknown] Anywhere;
    /// No answer until the client gives up.
    Silence "silence" 12 Either [Unknown] Anywhere;

    /// 431 before the request was read whole.
    EarlyRefusal "early 431" 25 Never [NotPushed] Anywhere;
    /// Closed in the middle of a request that was handed over as a whole.
    GoneMidRequest "gone in mid-request" 25 Never [Unknown] Small;
    /// Closed in the middle of a request that cannot have been handed over, unless the system took
    /// it all into its buffers: tried again.
    GoneMidLarge "gone in mid-large-request" 400 Never [NotPushed Unknown] Large;
    /// Closed before a byte of the request was read.
    GoneBeforeReading "gone before reading" 30 Never [] Anywhere;
    /// A kept connection is closed at a random moment, in a race with its next use.
    GoneIdle "gone while idle" 1 Never [] Idle;
    /// The TLS handshake is cut: tried again.
    GoneInHandshake "gone in the handshake" 1 Never [] Handshake;
}

/// What is known of a connection when a fault is chosen for its next request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Situation {
    pub(crate) is_large: bool,
    pub(crate) is_tls13: bool,
}

impl Situation {
    fn allows(self, fault: Fault) -> bool {
        match fault.setting() {
            Setting::Anywhere => true,
            Setting::Small => !self.is_large,
            Setting::Large => self.is_large,
            Setting::Tls13 => self.is_tls13,
            Setting::Handshake | Setting::Idle => false,
        }
    }
}

impl Fault {
    /// Chooses what happens to the next request.
    pub(crate) fn draw(situation: Situation, random: &mut Rng) -> Fault {
        let possible = || {
            Fault::ALL
                .iter()
                .copied()
                .filter(|fault| situation.allows(*fault))
        };
        let mut left = random.u32(0..possible().map(Fault::weight).sum());
        for fault in possible() {
            match left.checked_sub(fault.weight()) {
                Some(rest) => left = rest,
                None => return fault,
            }
        }
        unreachable!("what is left is smaller than the weights' sum")
    }

    /// Whether a call may send the same push again after this: it knows that nothing was pushed,
    /// and what stopped it may pass.
    pub(crate) fn may_be_sent_again(self) -> bool {
        matches!(
            self,
            Fault::Throttled | Fault::NothingDecided | Fault::GoneMidLarge
        )
    }
}
