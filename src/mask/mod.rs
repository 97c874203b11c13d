//! Hides the secrets of a call in text from a peer that echoes them.

mod masker;
mod views;

pub(crate) use masker::Masker;
