//! Signs the requests of tests. What is written here is written out, not computed cleverly.

use certpush_sim::{DEFAULT_ACCESS_KEY, DEFAULT_SECRET_KEY, Sim};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use crate::client::{Answer, Request, connect};

/// A request that will be signed with a key, at a time that may be wrong.
pub(crate) struct Signer<'a> {
    pub(crate) access_key: &'a str,
    pub(crate) secret_key: &'a str,
    pub(crate) security_token: Option<&'a str>,
    pub(crate) clock_offset_s: i64,
}

impl Default for Signer<'_> {
    fn default() -> Self {
        Signer {
            access_key: DEFAULT_ACCESS_KEY,
            secret_key: DEFAULT_SECRET_KEY,
            security_token: None,
            clock_offset_s: 0,
        }
    }
}

impl Signer<'_> {
    /// Signs all headers that the request has, with a key instead of a token.
    pub(crate) fn sign(&self, request: &mut Request) {
        let date = self.date();
        request.remove("X-Auth-Token");
        request.set("X-Sdk-Date", &date);
        if let Some(security_token) = self.security_token {
            request.set("X-Security-Token", security_token);
        }
        let mut headers: Vec<_> = request
            .headers
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.as_str()))
            .collect();
        headers.sort();
        let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let mut canonical = format!("{}\n{path}/\n{query}\n", request.method);
        for (name, value) in &headers {
            canonical += &format!("{name}:{value}\n");
        }
        canonical += &format!("\n{names}\n{}", sha256(&request.body));
        let text = format!("SDK-HMAC-SHA256\n{date}\n{}", sha256(&canonical));
        let mut hmac = Hmac::<Sha256>::new_from_slice(self.secret_key.as_bytes()).expect("a key");
        hmac.update(text.as_bytes());
        let signature = hex(&hmac.finalize().into_bytes());
        let access_key = self.access_key;
        request.set(
            "Authorization",
            &format!(
                "SDK-HMAC-SHA256 Access={access_key}, SignedHeaders={names}, Signature={signature}"
            ),
        );
    }

    fn date(&self) -> String {
        let now = OffsetDateTime::now_utc() + Duration::seconds(self.clock_offset_s);
        let (year, month, day) = now.to_calendar_date();
        let (hour, minute, second) = now.to_hms();
        let month = u8::from(month);
        format!("{year}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
    }
}

/// Signs a request and sends it.
pub(crate) fn ask_signed(sim: &Sim, signer: &Signer<'_>, mut request: Request) -> Answer {
    signer.sign(&mut request);
    connect(sim).ask(&request)
}

fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
