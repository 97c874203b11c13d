//! Everything between a call and the socket: it connects, directly or through a proxy, with or without
//! TLS, sends a request and reads the response. Above it, nothing knows a socket; within it, only
//! `ureq_adapter` knows the HTTP client.

mod connect;
mod connection;
mod exchange;
mod factory;
mod http_transport;
mod input;
mod pool;
pub(crate) mod proxy;
mod request;
mod resolve;
mod response;
mod socket;
mod tls;
mod tunnel;
mod unread_headers;
mod ureq_adapter;

pub(crate) use factory::TransportFactory;
pub(crate) use http_transport::{Outcome, Transport, TransportOptions};
pub(crate) use request::{CONTENT_TYPE_JSON, Method, Request, RequestBody};
pub(crate) use response::{Body, PROXY_REFUSED, Response};
pub(crate) use tls::{ClientCertificate, Trust};
pub(crate) use ureq_adapter::AgentSettings;
