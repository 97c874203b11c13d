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

    /// Hides user name and password, as they are sent and as they are.
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

    /// The proxy for people, without user name and password.
    pub(crate) fn shown(&self) -> String {
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
/// such as `10.0.0.0/8`, each with or without a port, separated by whatever stands in none of them.
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
mod tests {
    use std::collections::HashMap;
    use std::ffi::OsString;

    use super::*;

    fn endpoint(url: &str) -> Endpoint {
        Endpoint::for_tests(url, true)
    }

    fn try_choosing<V: Clone + Into<OsString>>(
        url: &str,
        variables: &[(&'static str, V)],
    ) -> Result<Option<Proxy>, Error> {
        let environment: HashMap<_, _> = variables.iter().cloned().collect();
        Proxy::choose(&endpoint(url), &ProxyOptions::default(), &environment)
    }

    fn chosen(url: &str, variables: &[(&'static str, &'static str)]) -> Option<Proxy> {
        try_choosing(url, variables).unwrap()
    }

    #[test]
    fn each_scheme_has_its_variable_lower_case_first() {
        let both = [
            ("HTTPS_PROXY", "http://upper:1"),
            ("https_proxy", "lower:2"),
        ];
        let proxy = chosen("https://scm.example", &both).unwrap();
        assert_eq!((proxy.host.as_str(), proxy.port), ("lower", 2));
        assert!(chosen("http://scm.example", &both).is_none());
        let http = [("HTTP_PROXY", "http://plain:3")];
        assert_eq!(chosen("http://scm.example", &http).unwrap().port, 3);
        assert!(chosen("https://scm.example", &http).is_none());
    }

    #[test]
    fn a_cgi_program_does_not_take_http_proxy_from_its_caller() {
        let cgi = [("HTTP_PROXY", "http://evil:1"), ("REQUEST_METHOD", "GET")];
        assert!(chosen("http://scm.example", &cgi).is_none());
    }

    #[test]
    fn this_machine_is_not_reached_through_an_environment_proxy() {
        let both = [("HTTPS_PROXY", "p:1"), ("HTTP_PROXY", "p:1")];
        for url in ["https://localhost", "https://127.0.0.9:1", "http://[::1]"] {
            assert!(chosen(url, &both).is_none(), "{url}");
        }
    }

    #[test]
    fn no_proxy_takes_names_blanks_ports_and_blocks() {
        let exempt = |url, list| is_exempt(&endpoint(url), list);
        for (url, list) in [
            ("https://scm.example.com", "example.com"),
            ("https://scm.example.com", " a.org , .example.com "),
            ("https://scm.example.com", "a.org scm.example.com:443"),
            ("https://SCM.example.com", "*.EXAMPLE.com"),
            ("https://scm.example.com", "*"),
            ("https://10.1.2.3", "10.0.0.0/8"),
            ("https://10.1.2.3:8443", "10.1.2.3:8443"),
            ("https://[fd00::5]", "fd00::/8"),
            ("https://[fd00::5]:1", "[fd00::5]:1"),
            ("https://[fd00::5]", "fd00::5"),
            ("https://10.1.2.3", "10.1.2.3\n"),
            ("https://10.1.2.3", "a.example,\r\n10.1.2.3\r\n"),
            ("https://10.1.2.3", "\u{b}10.1.2.3\u{c}"),
            ("https://10.1.2.3", "a.example\u{a0}10.1.2.3\u{85}b.example"),
            ("https://10.1.2.3", "a.example;10.1.2.3;"),
            ("https://10.1.2.3", "\u{1b}10.1.2.3\u{7f}"),
            ("https://10.1.2.3", "\u{feff}\"a.example,10.1.2.3\u{200b}\""),
            ("https://scm.example.com", "a.example\n*\n"),
        ] {
            assert!(exempt(url, list), "{url} {list}");
        }
        for (url, list) in [
            ("https://scm.example.com", "ample.com"),
            ("https://scm.example.com", "scm.example.com:80"),
            ("https://10.1.2.3", "11.0.0.0/8"),
            ("https://10.1.2.3", "10.0.0.0/33"),
            ("https://10.1.2.3", "0.1.2.3"),
            ("https://scm.example.com", ""),
            ("https://scm.example.com", ". , *."),
        ] {
            assert!(!exempt(url, list), "{url} {list}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_utf_8_is_refused_by_name_and_never_means_direct() {
        use std::os::unix::ffi::OsStringExt;

        let latin_1 = || OsString::from_vec(b"http://user:hunter2\xe4@p:1".to_vec());
        let good = || OsString::from("p:1");
        for (url, variables, name) in [
            (
                "http://a.example",
                vec![("http_proxy", latin_1())],
                "http_proxy",
            ),
            (
                "http://a.example",
                vec![("HTTP_PROXY", latin_1())],
                "HTTP_PROXY",
            ),
            (
                "https://a.example",
                vec![("https_proxy", latin_1())],
                "https_proxy",
            ),
            (
                "https://a.example",
                vec![("https_proxy", latin_1()), ("HTTPS_PROXY", good())],
                "https_proxy",
            ),
            (
                "https://a.example",
                vec![("https_proxy", good()), ("NO_PROXY", latin_1())],
                "NO_PROXY",
            ),
            (
                "http://a.example",
                vec![("http_proxy", latin_1()), ("REQUEST_METHOD", good())],
                "http_proxy",
            ),
        ] {
            let error = try_choosing(url, &variables).err().expect(url);
            assert_eq!(error.message(), format!("variable {name} is not UTF-8"));
        }
        // What is asked for another scheme, or nobody, is not looked at.
        let other = [("http_proxy", latin_1())];
        assert!(try_choosing("https://a.example", &other).unwrap().is_none());
        let alone = [("no_proxy", latin_1())];
        assert!(try_choosing("https://a.example", &alone).unwrap().is_none());
    }

    #[test]
    fn an_option_is_taken_before_the_environment_and_empty_turns_it_off() {
        let environment = HashMap::from([("https_proxy", "http://environment:1")]);
        let options = |proxy: &str| ProxyOptions {
            proxy: Some((Secret::new(proxy), "option proxy".to_owned())),
            no_proxy: None,
        };
        let at = endpoint("https://scm.example");
        let choose = |proxy: &str| Proxy::choose(&at, &options(proxy), &environment).unwrap();
        assert!(choose("").is_none());
        assert_eq!(choose("own:2").unwrap().host, "own");
    }

    #[test]
    fn unusable_values_are_errors_and_never_shown() {
        for url in [
            "socks5://p:1",
            "https://p:1",
            "p",
            "p:0",
            "p:99999",
            "p:x",
            "http://",
            "http://user:hunter2@:1",
            "http://us%zz:hunter2@p:1",
            "http://a b:1",
        ] {
            let error = Proxy::parse(url, "option proxy").err().expect(url);
            assert!(error.message().contains("option proxy"), "{error}");
            assert!(!error.message().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_user_and_password_become_basic_authorization() {
        let proxy = Proxy::parse("http://us%40er:p%3Aw@p:1/", "").unwrap();
        assert_eq!(proxy.authorization.unwrap().expose(), "Basic dXNAZXI6cDp3");
    }
}
