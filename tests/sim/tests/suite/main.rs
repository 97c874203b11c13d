//! The simulated service, seen from a connection, from a program that holds it, and as a program.

mod batch_push;
mod client;
mod failures;
mod introspection;
mod look_ups;
mod metadata;
#[cfg(unix)]
mod program;
mod push;
mod repeated_push;
mod scenarios;
mod signatures;
mod signer;
mod tls;
mod tokens;
