//! The client: immutable, shared by threads.

use std::ffi::CString;
use std::ptr;

use certpush::{CallOptions, Client, Error};
use libc::c_char;

use crate::answer::answer_call;
use crate::cancel::certpush_cancel;
use crate::config::certpush_config;
use crate::guard::guard;
use crate::report::certpush_report;
use crate::text::{borrow, c_string};

/// Pushes certificates to one endpoint with one credential: made by certpush_client_new(), freed
/// by certpush_client_free(). It never changes, and any number of threads may share it.
pub struct certpush_client {
    pub(crate) client: Client,
    description: CString,
}

/// Makes a client from a config, which is only read and may be freed or changed afterwards. Reads
/// the files that the options name; sends nothing. *client is set to the new client, or to NULL
/// after a failure. Free it with certpush_client_free().
///
/// Returns CERTPUSH_OK; CERTPUSH_INVALID_CONFIG for options that are missing or exclude each other
/// and for files that cannot be read; CERTPUSH_TIMEOUT if a FIFO among them has not come to its end
/// within timeout_ms; CERTPUSH_NO_CREDENTIALS, unless the machine may have some of its own, for
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
            if client.is_null() {
                return Err(Error::invalid_argument("client", "is NULL"));
            }
            client.write(ptr::null_mut());
            let made = Client::new(&borrow(config, "config")?.0)?;
            client.write(Box::into_raw(Box::new(certpush_client {
                description: c_string(made.describe()),
                client: made,
            })));
            Ok(())
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
    // SAFETY: the header's contract for handles and outputs.
    unsafe {
        answer_call(report, || {
            let client = borrow(client, "client")?;
            let options = match cancel.as_ref() {
                Some(cancel) => CallOptions::new().cancel(&cancel.0),
                None => CallOptions::new(),
            };
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
