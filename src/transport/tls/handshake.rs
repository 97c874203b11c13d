//! The TLS handshake, within the time of a call.

use std::rc::Rc;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use super::current_handshake::CurrentHandshake;
use super::errors::{refusal_for, refusal_for_alert};
use super::failures::{handshake_refused, lost_in_handshake};
use super::stream::TlsStream;
use crate::call_context::CallContext;
use crate::failure::TransportFailure;
use crate::io_error::message_of;
use crate::phase::Phase;
use crate::transport::socket::{Socket, is_transient};

/// Negotiates TLS on a connected socket.
pub(in crate::transport) fn handshake(
    socket: &Socket,
    configuration: &Arc<ClientConfig>,
    name: &ServerName<'static>,
    context: &Rc<CallContext>,
) -> Result<TlsStream, TransportFailure> {
    let current = CurrentHandshake::new(context);
    let mut tls = ClientConnection::new(Arc::clone(configuration), name.clone())
        .map_err(|error| handshake_refused(&refusal_for(&error)))?;
    while tls.is_handshaking() || tls.wants_write() {
        context.check(Phase::Tls)?;
        let done = if tls.wants_write() {
            tls.write_tls(&mut &*socket)
        } else {
            tls.read_tls(&mut &*socket)
        };
        match done {
            Ok(0) if tls.is_handshaking() => {
                return Err(lost_in_handshake(
                    "the server closed the connection during the TLS handshake",
                ));
            }
            Ok(_) => {}
            Err(error) if is_transient(&error) => context.check_after_wait(Phase::Tls)?,
            Err(error) => {
                return Err(lost_in_handshake(&format!(
                    "{} during the TLS handshake",
                    message_of(&error)
                )));
            }
        }
        if let Err(error) = current.during(|| tls.process_new_packets()) {
            // The alert that tells the server why; it is all the same if that fails.
            let _ = tls.write_tls(&mut &*socket);
            if let Some(ended) = current.take_ended() {
                return Err(ended);
            }
            return Err(handshake_refused(&match error {
                rustls::Error::AlertReceived(alert) => {
                    refusal_for_alert(alert, tls.negotiated_cipher_suite().is_some())
                }
                other => refusal_for(&other),
            }));
        }
    }
    Ok(TlsStream::new(tls, current.asked_for_certificate()))
}
