//! The C ABI of certpush: `libcertpush.so` and `libcertpush.a`.
//!
//! An export borrows its arguments, calls the core and hands back what the core says; nothing is
//! decided here. The comments on the exports are the header `include/certpush.h`, so they are
//! written for C. That a pointer is what it must be is the contract at the top of that header, and
//! each SAFETY comment refers to it.

#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]
#![allow(non_camel_case_types, reason = "the types have the names that C sees")]
#![allow(
    clippy::missing_safety_doc,
    reason = "the safety contract is the header's, and stands there once for all functions"
)]

// In the order of the header, which follows it.

pub mod version;

pub mod status;

pub mod config;

pub mod log;

pub mod token_source;

pub mod interrupt;

pub mod client;

pub mod push;

pub mod fields;

pub mod push_list;

pub mod push_all;

pub mod journal;

pub mod cancel;

pub mod report;

pub mod report_list;

mod answer;
mod guard;
mod made_once;
mod text;

use certpush_allocator::Wiping;

/// Memory is wiped when it is freed: a secret may have passed through it in hands other than certpush's.
#[global_allocator]
static ALLOCATOR: Wiping = Wiping;
