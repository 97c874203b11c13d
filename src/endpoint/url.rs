//! A base URL, checked: what `endpoint`, `iam_endpoint` and `metadata_endpoint` take.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::Uri;

use super::sites::SITES;
use crate::message::Word;
use crate::report::Error;

/// Longest base URL, in bytes.
const LONGEST_URL: usize = 2048;

/// A checked base URL: scheme, host, port and a path without its final slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) secure: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Whether it is http, allowed only because the host's name is this machine's: then no other
    /// machine is connected to, whatever the name resolves to.
    pub(crate) only_here: bool,
    base: String,
    /// How much of `base` is scheme, host and port.
    origin_length: usize,
}

impl Endpoint {
    /// The SCM endpoint of a region.
    pub(crate) fn for_region(region: &str) -> Result<Endpoint, Error> {
        match SITES.iter().find(|site| site.region == region) {
            Some(site) => Ok(Endpoint {
                secure: true,
                host: site.host.to_owned(),
                port: 443,
                only_here: false,
                origin_length: "https://".len() + site.host.len(),
                base: format!("https://{}", site.host),
            }),
            None => {
                let known: Vec<_> = SITES.iter().map(|site| site.region).collect();
                Err(Error::invalid_options(vec![
                    Word::name("region"),
                    Word::text(format!(
                        " \"{}\" has no SCM: it is served in {}, and pushes to any region from there; the target's region is ",
                        crate::sanitize::sanitize(region, 31),
                        known.join(", ")
                    )),
                    Word::name("target_project"),
                ]))
            }
        }
    }

    /// The endpoint with this base URL. `subject` names where it stands, as a message begins with it.
    pub(crate) fn from_url(url: &str, allow_http: bool, subject: &Word) -> Result<Endpoint, Error> {
        let refuse = |why: &str| Error::invalid_option(subject.clone(), why);
        if url.len() > LONGEST_URL {
            return Err(refuse("is longer than 2048 bytes"));
        }
        if url.contains('#') {
            return Err(refuse("must not have a fragment"));
        }
        let uri: Uri = url.parse().map_err(|_| refuse("is no URL"))?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(refuse("must begin with https:// or http://")),
        };
        let authority = uri.authority().ok_or_else(|| refuse("has no host"))?;
        if authority.as_str().contains('@') {
            return Err(refuse("must not have a user name or password in it"));
        }
        if uri.query().is_some() {
            return Err(refuse("must not have a query"));
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err(refuse("has no host"));
        }
        let after_host = &authority.as_str()[authority.host().len()..];
        let has_bad_port =
            !after_host.is_empty() && authority.port_u16().is_none_or(|port| port == 0);
        if has_bad_port {
            return Err(refuse("has no usable port"));
        }
        if !secure && !allow_http && !is_loopback(&host) {
            return Err(Error::invalid_options(vec![
                subject.clone(),
                Word::text(
                    " uses http:// to another machine, which would show the token to the network: use https://, or set ",
                ),
                Word::name("allow_http"),
                Word::text(" to true"),
            ]));
        }
        let path = uri.path().trim_end_matches('/');
        let scheme = if secure { "https" } else { "http" };
        Ok(Endpoint {
            secure,
            host,
            port: authority
                .port_u16()
                .unwrap_or(if secure { 443 } else { 80 }),
            only_here: !secure && !allow_http,
            origin_length: scheme.len() + "://".len() + authority.as_str().len(),
            base: format!("{scheme}://{authority}{path}"),
        })
    }

    /// The endpoint with this base URL, for tests that are not about what is wrong with one.
    #[cfg(test)]
    pub(crate) fn for_tests(url: &str, allow_http: bool) -> Endpoint {
        Endpoint::from_url(url, allow_http, &Word::name("endpoint")).unwrap()
    }

    /// The region that a host of Huawei Cloud's own names: `scm.<region>.…`.
    pub(crate) fn region(&self) -> Option<String> {
        let rest = self.host.strip_prefix("scm.")?;
        let (region, cloud) = rest.split_once('.')?;
        let is_own = matches!(cloud, "myhuaweicloud.com" | "myhuaweicloud.eu");
        is_own.then(|| region.to_owned())
    }

    /// The base URL of another service beside SCM, on a host of Huawei Cloud's own.
    pub(crate) fn sibling(&self, service: &str) -> Option<String> {
        self.region()?;
        let rest = self.host.strip_prefix("scm.")?;
        Some(format!("https://{service}.{rest}"))
    }

    /// Host and port as a CONNECT names them.
    pub(crate) fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The value of the header Host: the port only where it is not the scheme's own.
    pub(crate) fn host_header(&self) -> String {
        let authority = self.authority();
        let usual = if self.secure { ":443" } else { ":80" };
        match authority.strip_suffix(usual) {
            Some(host) => host.to_owned(),
            None => authority,
        }
    }

    /// Scheme, host and port without a path: what a plain proxy is told before the path.
    pub(crate) fn origin(&self) -> &str {
        &self.base[..self.origin_length]
    }

    /// A path with the endpoint's own before it, as it stands in a request.
    pub(crate) fn path_below(&self, path: &str) -> String {
        [&self.base[self.origin_length..], path].concat()
    }

    /// The end of the base URL's path that `path` begins with: a request would have it twice.
    pub(crate) fn repeated(&self, path: &str) -> Option<&str> {
        let own = &self.base[self.origin_length..];
        let starts = own.match_indices('/').map(|(at, _)| &own[at..]);
        let mut repeated = starts.filter(|end| {
            let same = path.get(..end.len());
            same.is_some_and(|same| same.eq_ignore_ascii_case(end))
                && path[end.len()..].starts_with('/')
        });
        repeated.next()
    }

    /// The base URL. It holds no secret: a user name and a query are refused.
    pub(crate) fn url(&self) -> &str {
        &self.base
    }
}

pub(crate) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse().is_ok_and(|ip: Ipv4Addr| ip.is_loopback())
        || host.parse().is_ok_and(|ip: Ipv6Addr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_url(url: &str, allow_http: bool) -> Result<Endpoint, Error> {
        Endpoint::from_url(url, allow_http, &Word::name("endpoint"))
    }

    #[test]
    fn a_region_is_a_sites_host() {
        let endpoint = Endpoint::for_region("eu-west-101").unwrap();
        assert_eq!(endpoint.url(), "https://scm.eu-west-101.myhuaweicloud.eu");
    }

    #[test]
    fn a_targets_region_is_told_from_a_site() {
        let message = Endpoint::for_region("cn-north-1").unwrap_err().to_string();
        assert!(
            message.contains("ap-southeast-1") && message.contains("target_project"),
            "{message}"
        );
    }

    #[test]
    fn http_is_for_this_machine_only_unless_allowed() {
        for url in [
            "http://127.0.0.1:8080",
            "http://localhost",
            "http://[::1]:1",
        ] {
            assert!(from_url(url, false).is_ok(), "{url}");
        }
        assert!(from_url("http://10.0.0.1", false).is_err());
        assert!(from_url("http://127.0.0.1.example.com", false).is_err());
        assert!(from_url("http://10.0.0.1", true).is_ok());
    }

    #[test]
    fn a_base_url_keeps_its_path_and_port() {
        let endpoint = from_url("https://relay.example:8443/scm/", false).unwrap();
        assert_eq!(endpoint.url(), "https://relay.example:8443/scm");
        assert_eq!(endpoint.path_below("/v3"), "/scm/v3");
        assert_eq!(
            (endpoint.host.as_str(), endpoint.port),
            ("relay.example", 8443)
        );
        let endpoint = from_url("https://[::1]", false).unwrap();
        assert_eq!((endpoint.host.as_str(), endpoint.port), ("::1", 443));
    }

    #[test]
    fn a_path_that_the_requests_repeat_is_found() {
        for (base, repeated) in [
            ("https://a.example/v3/scm", Some("/v3/scm")),
            ("https://a.example/V3/SCM/", Some("/V3/SCM")),
            ("https://a.example/v3", Some("/v3")),
            (
                "https://a.example/relay/v3/scm/certificates",
                Some("/v3/scm/certificates"),
            ),
            ("https://a.example/v3/scm/v3", Some("/v3")),
            ("https://a.example", None),
            ("https://a.example/scm", None),
            ("https://a.example/v3x", None),
            ("https://a.example/v", None),
            ("https://a.example/v3/scm/other", None),
        ] {
            let endpoint = from_url(base, false).unwrap();
            let found = endpoint.repeated("/v3/scm/certificates/scs1600313391074/push");
            assert_eq!(found, repeated, "{base}");
        }
    }

    #[test]
    fn iam_is_beside_scm_on_every_site() {
        let iam = |region| Endpoint::for_region(region).unwrap().sibling("iam");
        assert_eq!(
            iam("eu-west-101").as_deref(),
            Some("https://iam.eu-west-101.myhuaweicloud.eu")
        );
        assert_eq!(
            iam("cn-north-4").as_deref(),
            Some("https://iam.cn-north-4.myhuaweicloud.com")
        );
        let other = from_url("https://scm.evil.example", false).unwrap();
        assert_eq!(other.sibling("iam"), None);
    }

    #[test]
    fn urls_that_hide_something_are_refused() {
        for url in [
            "",
            "scm.example",
            "ftp://scm.example",
            "https://user:secret@scm.example",
            "https://scm.example?x=1",
            "https://scm.example/#x",
            "https://scm.example:",
            "https://scm.example:0",
            "https://scm.example:99999",
            "https:///v3",
        ] {
            assert!(from_url(url, true).is_err(), "{url}");
        }
    }
}
