//! The client: immutable, shared by threads.

use std::ffi::CString;
use std::ptr;

use certpush::{Client, Config, Error};
use libc::{c_char, size_t};

use crate::answer::answer_call;
use crate::cancel::certpush_cancel;
use crate::config::certpush_config;
use crate::guard::guard;
use crate::interrupt::{Interrupt, call_options, interrupted_by};
use crate::report::certpush_report;
use crate::text::{borrow, c_string, text_n};

/// Pushes certificates to one endpoint with one credential: made by certpush_client_new() or
/// certpush_client_open(), freed by certpush_client_free(). It never changes, and any number of
/// threads may share it.
pub struct certpush_client {
    pub(crate) client: Client,
    pub(crate) interrupt: Option<Interrupt>,
    description: CString,
}

impl certpush_client {
    fn new(options: &Config, interrupt: Option<Interrupt>) -> Result<certpush_client, Error> {
        let client = Client::new_with(options, &interrupted_by(interrupt))?;
        Ok(certpush_client {
            description: c_string(client.describe()),
            interrupt,
            client,
        })
    }
}

/// Makes a client and puts it into `slot`, which is NULL if it could not be made.
///
/// # Safety
///
/// `slot` is NULL or can be written to.
unsafe fn make(
    slot: *mut *mut certpush_client,
    make: impl FnOnce() -> Result<certpush_client, Error>,
) -> Result<(), Error> {
    if slot.is_null() {
        return Err(Error::invalid_argument("client", "is NULL"));
    }
    // SAFETY: not NULL, so writable by the caller's promise.
    unsafe { slot.write(ptr::null_mut()) };
    let made = Box::into_raw(Box::new(make()?));
    // SAFETY: as above.
    unsafe { slot.write(made) };
    Ok(())
}

/// Makes a client from a config, which is only read and may be freed or changed afterwards. Reads
/// the files that the options name; sends nothing. *client is set to the new client, or to NULL
/// after a failure. Free it with certpush_client_free().
///
/// Returns CERTPUSH_OK; CERTPUSH_INVALID_CONFIG for options that are missing or exclude each other
/// and for files that cannot be read; CERTPUSH_TIMEOUT if a FIFO among them has not come to its end
/// within timeout_ms, CERTPUSH_CANCELLED if the config's interrupt has ended that;
/// CERTPUSH_NO_CREDENTIALS, unless the machine may have some of its own, for
/// which only a call looks; CERTPUSH_INVALID_ARGUMENT if config or client is NULL or a token file
/// holds no token.
///
/// Threads: any; none may change the config meanwhile. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_client_new(
    config: *const certpush_config,
    client: *mut *mut certpush_client,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles and outputs.
    unsafe {
        answer_call(report, || {
            make(client, || {
                let config = borrow(config, "config")?;
                certpush_client::new(&config.options, config.interrupt)
            })
        })
    }
}

/// Makes a client from one text of options, of so many bytes: certpush_config_new(),
/// certpush_config_set_options(), certpush_client_new() and certpush_config_free() in one call.
/// *client is set to the new client, or to NULL after a failure. Free it with
/// certpush_client_free().
///
/// Returns what those return.
///
/// Threads: any; none may change the environment meanwhile. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_client_open(
    options: *const c_char,
    length: size_t,
    client: *mut *mut certpush_client,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for strings with a length and outputs.
    unsafe {
        answer_call(report, || {
            make(client, || {
                let mut config = Config::new();
                config.set_options(text_n(options, length, "options")?)?;
                certpush_client::new(&config, None)
            })
        })
    }
}

/// Makes a connection, TLS handshake included, and keeps it for the next push. Sends no request.
/// Use it to test the options at a program's start, or to have the first push go out sooner.
/// cancel may be NULL.
///
/// Returns CERTPUSH_OK, or what certpush_push() returns up to the handshake. Nothing is ever
/// pushed: certpush_report_outcome_unknown() is 0.
///
/// Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_client_connect(
    client: *const certpush_client,
    cancel: *const certpush_cancel,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the caller's promises are passed on as they are.
    unsafe { certpush_client_connect_within(client, 0, cancel, report) }
}

/// As certpush_client_connect(), with a time limit of its own for the whole call: timeout_ms is
/// within the range of the option timeout_ms, or 0 for the client's.
///
/// Threads: any number at once. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_client_connect_within(
    client: *const certpush_client,
    timeout_ms: i64,
    cancel: *const certpush_cancel,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles and outputs.
    unsafe {
        answer_call(report, || {
            let client = borrow(client, "client")?;
            let options = call_options(client.interrupt, timeout_ms, cancel.as_ref())?;
            client.client.connect_with(&options)
        })
    }
}

/// What the client is: endpoint, credentials and where they came from, trust and time limits, one
/// item on each line. Secrets are not in it. "" if client is NULL. It lives until the client is
/// freed.
///
/// Threads: any number at once. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_client_describe(client: *const certpush_client) -> *const c_char {
    guard(c"".as_ptr(), || {
        // SAFETY: the header's contract for handles.
        match unsafe { client.as_ref() } {
            Some(client) => client.description.as_ptr(),
            None => c"".as_ptr(),
        }
    })
}

/// Ends the client's running calls and refuses later ones: they return CERTPUSH_CANCELLED, running
/// ones within 100 ms. The client still has to be freed. NULL is ignored.
///
/// Threads: any, while others use the client. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_client_close(client: *const certpush_client) {
    guard((), || {
        // SAFETY: the header's contract for handles.
        if let Some(client) = unsafe { client.as_ref() } {
            client.client.close();
        }
    });
}

/// Frees a client and closes its idle connections. NULL is ignored.
///
/// Threads: one, when no call on the client is running: certpush_client_close() ends them, but
/// they must have returned. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_client_free(client: *mut certpush_client) {
    guard((), || {
        if !client.is_null() {
            // SAFETY: made by Box::into_raw and, by the header's contract, freed once.
            drop(unsafe { Box::from_raw(client) });
        }
    });
}

const fn assert_shared_by_threads<T: Send + Sync>() {}
const _: () = assert_shared_by_threads::<certpush_client>();
