//! Makes a client's transports: to the service, to IAM, to a metadata service. What is trusted is
//! read once, by the first of them that needs it.

use std::cell::OnceCell;

use super::http_transport::{Transport, TransportOptions};
use super::proxy::{Proxy, ProxyOptions};
use super::tls::{ClientCertificate, TlsConfiguration, Trust, tls_configuration};
use crate::endpoint::Endpoint;
use crate::environment::Variables;
use crate::file::Waiting;
use crate::report::Error;

/// What all transports of a client are made from.
pub(crate) struct TransportFactory<'a> {
    options: TransportOptions,
    proxies: &'a ProxyOptions,
    trust: &'a Trust,
    client_certificate: Option<&'a ClientCertificate>,
    variables: &'a Variables,
    waiting: Waiting<'a>,
    tls: OnceCell<TlsConfiguration>,
}

impl<'a> TransportFactory<'a> {
    pub(crate) fn new(
        options: TransportOptions,
        proxies: &'a ProxyOptions,
        trust: &'a Trust,
        client_certificate: Option<&'a ClientCertificate>,
        variables: &'a Variables,
        waiting: Waiting<'a>,
    ) -> TransportFactory<'a> {
        TransportFactory {
            options,
            proxies,
            trust,
            client_certificate,
            variables,
            waiting,
            tls: OnceCell::new(),
        }
    }

    /// The proxy that leads to an endpoint, if one does.
    pub(crate) fn proxy_for(&self, endpoint: &Endpoint) -> Result<Option<Proxy>, Error> {
        Proxy::choose(endpoint, self.proxies, self.variables)
    }

    /// A transport to an endpoint, through the proxy that leads there if one does.
    pub(crate) fn to(&self, endpoint: Endpoint) -> Result<Transport, Error> {
        let proxy = self.proxy_for(&endpoint)?;
        self.through(endpoint, proxy)
    }

    /// A transport to a metadata service, which no proxy is ever asked for.
    pub(crate) fn direct(&self, endpoint: Endpoint) -> Result<Transport, Error> {
        self.through(endpoint, None)
    }

    fn through(&self, endpoint: Endpoint, proxy: Option<Proxy>) -> Result<Transport, Error> {
        Transport::new(endpoint, proxy, &self.options, || {
            if let Some(known) = self.tls.get() {
                return Ok(known.tls.clone());
            }
            let made = tls_configuration(
                self.trust,
                self.client_certificate,
                self.variables,
                self.waiting,
            )?;
            Ok(self.tls.get_or_init(|| made).tls.clone())
        })
    }

    /// The certificate authorities that were left out or could not be read.
    pub(crate) fn left_out(&self) -> &[String] {
        self.tls.get().map_or(&[], |tls| &tls.left_out)
    }
}
