//! Which proxy a client goes through, if any: from the options, else from the environment.
//!
//! A value that cannot be used is an error. It never means "go direct".

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine;
use zeroize::Zeroizing;

use crate::endpoint::{Endpoint, is_loopback};
use crate::environment::Environment;
use crate::mask::Masker;
use crate::report::Error;
use crate::secret::Secret;

/// An HTTP proxy.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The value of Proxy-Authorization, if the URL has a user name.
    pub(crate) authorization: Option<Secret>,
    /// Where it was set, for people.
    pub(crate) origin: String,
}

/// What the options say of proxies: each with where it was set.
#[derive(Default)]
pub(crate) struct ProxyOptions {
    pub(crate) proxy: Option<(Secret, String)>,
    pub(crate) no_proxy: Option<String>,
}

impl Proxy {
    /// The proxy for an endpoint.
    pub(crate) fn choose(
        endpoint: &Endpoint,
        options: &ProxyOptions,
        environment: &dyn Environment,
    ) -> Result<Option<Proxy>, Error> {
        if let Some((url, origin)) = &options.proxy {
            let url = url.expose();
            let exempt = options
                .no_proxy
                .as_deref()
                .is_some_and(|list| is_exempt(endpoint, list));
            return if url.is_empty() || exempt {
                Ok(None)
            } else {
                Proxy::parse(url, origin).map(Some)
            };
        }
        if is_loopback(&endpoint.host) {
            return Ok(None);
        }
        let Some((name, url)) = from_environment(endpoint, environment)? else {
            return Ok(None);
        };
        let list = match &options.no_proxy {
            Some(list) => list.clone(),
            None => either_case("no_proxy", environment)?
                .map(|(_, list)| list.to_string())
                .unwrap_or_default(),
        };
        if is_exempt(endpoint, &list) {
            return Ok(None);
        }
        Proxy::parse(&url, &format!("variable {name}")).map(Some)
    }

    /// Reads `[http://][USER[:PASSWORD]@]HOST:PORT`. The message never shows the value, which
    /// may hold a password.
    fn parse(url: &str, origin: &str) -> Result<Proxy, Error> {
        let refuse = |why: &str| {
            Error::invalid_config(format!(
                "the proxy of {origin} {why}; it must be http://[USER:PASSWORD@]HOST:PORT"
            ))
        };
        let authority = match url.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
            Some(_) => return Err(refuse("is no http:// proxy")),
            None => url,
        };
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        let (user, address) = match authority.rsplit_once('@') {
            Some((user, address)) => (Some(user), address),
            None => (None, authority),
        };
        let (host, port) = address
            .rsplit_once(':')
            .ok_or_else(|| refuse("has no port"))?;
        let port = port
            .parse()
            .ok()
            .filter(|port| *port != 0)
            .ok_or_else(|| refuse("has no usable port"))?;
        let host = match host.strip_prefix('[') {
            Some(inner) => inner
                .strip_suffix(']')
                .ok_or_else(|| refuse("has a broken host"))?,
            None => host,
        };
        let is_host = !host.is_empty()
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte));
        if !is_host {
            return Err(refuse("has a broken host"));
        }
        let authorization = match user {
            Some(user) => Some(
                basic_authorization(user)
                    .ok_or_else(|| refuse("has a broken user name or password"))?,
            ),
            None => None,
        };
        Ok(Proxy {
            host: host.to_owned(),
            port,
            authorization,
            origin: origin.to_owned(),
        })
    }

    /// Hides user name and password, encoded as they are sent and as given.
    pub(crate) fn masker(&self) -> Masker {
        let Some(authorization) = &self.authorization else {
            return Masker::none();
        };
        let sent = authorization.expose().trim_start_matches("Basic ");
        let masker = Masker::none().made(&Arc::new(Secret::new(sent)));
        let pair = Zeroizing::new(
            base64::engine::general_purpose::STANDARD
                .decode(sent)
                .unwrap_or_default(),
        );
        let password = pair.iter().position(|byte| *byte == b':');
        match std::str::from_utf8(&pair[password.map_or(0, |colon| colon + 1)..]) {
            Ok(password) => masker.chosen(&Arc::new(Secret::new(password))),
            Err(_) => masker,
        }
    }

    /// The proxy's URL without user name and password, for people.
    pub(crate) fn url_without_user(&self) -> String {
        let host = &self.host;
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        format!("http://{host}:{}", self.port)
    }
}

/// The header value for a user name and password that may be percent-encoded, as URLs demand.
fn basic_authorization(user: &str) -> Option<Secret> {
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    let mut pair = percent_decoded(name)?;
    pair.push(b':');
    pair.extend_from_slice(&percent_decoded(password)?);
    let encoded = Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(&*pair));
    let value = Zeroizing::new(format!("Basic {}", *encoded));
    Some(Secret::new(&value))
}

fn percent_decoded(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut decoded = Zeroizing::new(Vec::with_capacity(text.len() * 2 + 2));
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = char::from(bytes.next()?).to_digit(16)?;
            let low = char::from(bytes.next()?).to_digit(16)?;
            decoded.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    Some(decoded)
}

/// The proxy variable for the endpoint's scheme. HTTP_PROXY is ignored in a CGI program, where a
/// request's header `Proxy:` would set it.
fn from_environment(
    endpoint: &Endpoint,
    environment: &dyn Environment,
) -> Result<Option<Found>, Error> {
    if endpoint.secure {
        either_case("https_proxy", environment)
    } else if environment.raw("REQUEST_METHOD").is_some() {
        let url = environment.variable("http_proxy")?;
        Ok(url.map(|url| ("http_proxy".to_owned(), url)))
    } else {
        either_case("http_proxy", environment)
    }
}

/// A variable's name and its value.
type Found = (String, Zeroizing<String>);

fn either_case(lower: &str, environment: &dyn Environment) -> Result<Option<Found>, Error> {
    for name in [lower.to_owned(), lower.to_ascii_uppercase()] {
        if let Some(value) = environment.variable(&name)? {
            return Ok(Some((name, value)));
        }
    }
    Ok(None)
}

/// The variable for all proxies that some programs read, if it is set: certpush does not read it,
/// and says so.
pub(crate) fn unread_variable(environment: &dyn Environment) -> Option<&'static str> {
    ["all_proxy", "ALL_PROXY"]
        .into_iter()
        .find(|name| environment.raw(name).is_some())
}

/// Whether a list names the endpoint's host: `*`, names with their subdomains, addresses, blocks
/// such as `10.0.0.0/8`, each with or without a port.
fn is_exempt(endpoint: &Endpoint, list: &str) -> bool {
    list.split(separates)
        .filter(|entry| !entry.is_empty())
        .any(|entry| entry_names(entry, endpoint))
}

/// What lists are written with: commas, and the blanks, line ends, quotes and invisible characters
/// that files and forms leave in them.
fn separates(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(
            character,
            ',' | ';' | '"' | '\'' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'
        )
}

fn entry_names(entry: &str, endpoint: &Endpoint) -> bool {
    if entry == "*" {
        return true;
    }
    let (host, port) = split_port(entry);
    if port.is_some_and(|port| port != endpoint.port) {
        return false;
    }
    let address: Option<IpAddr> = endpoint.host.parse().ok();
    if let Some(address) = address {
        return match host.split_once('/') {
            Some((network, bits)) => is_within(address, network, bits),
            None => host.parse() == Ok(address),
        };
    }
    let name = host.trim_start_matches("*.").trim_start_matches('.');
    let own = endpoint.host.trim_end_matches('.').to_ascii_lowercase();
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    !name.is_empty() && (own == name || own.ends_with(&format!(".{name}")))
}

/// Splits `host:port` and `[v6]:port`; a bare IPv6 address has no port.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    if let Some(rest) = entry.strip_prefix('[')
        && let Some((host, after)) = rest.split_once(']')
    {
        return (
            host,
            after.strip_prefix(':').and_then(|port| port.parse().ok()),
        );
    }
    match entry.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

fn is_within(address: IpAddr, network: &str, bits: &str) -> bool {
    let Ok(bits) = bits.parse::<u32>() else {
        return false;
    };
    match (address, network.parse()) {
        (IpAddr::V4(address), Ok(IpAddr::V4(network))) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            u32::from(address) & mask == u32::from(network) & mask
        }
        (IpAddr::V6(address), Ok(IpAddr::V6(network))) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            u128::from(address) & mask == u128::from(network) & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
