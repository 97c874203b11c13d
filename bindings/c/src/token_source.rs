//! A program's own source of tokens: a C function that is asked before each push.

use std::collections::TryReserveError;
use std::error::Error;
use std::slice;
use std::sync::Arc;

use certpush::TokenSource;
use libc::{c_char, c_void, size_t};
use zeroize::Zeroizing;

use crate::guard::guard;
use crate::text::lossy_text;

/// The question that a token source is asked, and where it puts its answer: made by certpush, and
/// gone when the source returns.
pub struct certpush_token_request {
    answer: Option<Result<Zeroizing<String>, String>>,
}

/// What is asked for a token: user is the pointer given with the function. It answers with
/// certpush_token_request_give() or certpush_token_request_fail() before it returns. If it does
/// neither, it has failed.
///
/// It is called on the thread that makes the call, so by several threads at once if several use
/// the client. The call's time runs meanwhile, but nothing interrupts the function: it must return
/// by itself; no longjmp, no C++ exception and no pthread_exit() may leave it, and pthread_cancel()
/// waits for it. It may call certpush, but not free the client. Since 0.1.0.
pub type certpush_token_fn =
    Option<unsafe extern "C" fn(user: *mut c_void, request: *mut certpush_token_request)>;

/// Answers with a token, of so many bytes: it need not end with a NUL. It is copied at once, so the
/// caller may wipe it, and certpush wipes its copy. The last answer counts. NULL as request is
/// ignored; NULL as token is no answer.
///
/// Threads: the one that the source runs on. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_token_request_give(
    request: *mut certpush_token_request,
    token: *const c_char,
    length: size_t,
) {
    guard((), || {
        // SAFETY: the header's contract for handles.
        let Some(request) = (unsafe { request.as_mut() }) else {
            return;
        };
        request.answer = None;
        if token.is_null() || isize::try_from(length).is_err() {
            return;
        }
        // SAFETY: not NULL, no longer than memory can be, and readable by the header's contract.
        let bytes = unsafe { slice::from_raw_parts(token.cast::<u8>(), length) };
        request.answer = Some(
            copied(bytes).map_err(|_| format!("there is no memory for a token of {length} bytes")),
        );
    });
}

/// Answers that there is no token, and why, in a line that may be shown and logged: the push
/// returns CERTPUSH_CREDENTIALS_UNAVAILABLE with it in its message, after as many further tries as
/// the option retries allows. It is copied at once. The last answer counts. NULL as request is
/// ignored; NULL as message gives no reason.
///
/// Threads: the one that the source runs on. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_token_request_fail(
    request: *mut certpush_token_request,
    message: *const c_char,
) {
    guard((), || {
        // SAFETY: the header's contract for handles.
        let Some(request) = (unsafe { request.as_mut() }) else {
            return;
        };
        // SAFETY: the header's contract for strings.
        let message = unsafe { lossy_text(message) };
        request.answer = Some(Err(
            message.unwrap_or_else(|| "it gave no reason".to_owned())
        ));
    });
}

/// A copy of a token, if there is memory for it. What is not UTF-8 is replaced, and so no token: the
/// core says so.
fn copied(bytes: &[u8]) -> Result<Zeroizing<String>, TryReserveError> {
    let mut token = Zeroizing::new(String::new());
    token.try_reserve_exact(bytes.len())?;
    for chunk in bytes.utf8_chunks() {
        token.try_reserve(chunk.valid().len())?;
        token.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            token.try_reserve(char::REPLACEMENT_CHARACTER.len_utf8())?;
            token.push(char::REPLACEMENT_CHARACTER);
        }
    }
    Ok(token)
}

/// The source that asks `source`, if there is one.
///
/// # Safety
///
/// `source` may be called with `user` from any thread for as long as the result lives.
pub(crate) unsafe fn asking(
    source: certpush_token_fn,
    user: *mut c_void,
) -> Option<Arc<dyn TokenSource>> {
    Some(Arc::new(Source {
        source: source?,
        user,
    }))
}

struct Source {
    source: unsafe extern "C" fn(user: *mut c_void, request: *mut certpush_token_request),
    user: *mut c_void,
}

// SAFETY: `asking`'s caller promises that any thread may call the function with this pointer.
unsafe impl Send for Source {}
// SAFETY: as above, several threads at once included.
unsafe impl Sync for Source {}

impl TokenSource for Source {
    fn token(&self) -> Result<String, Box<dyn Error + Send + Sync>> {
        let mut request = certpush_token_request { answer: None };
        // SAFETY: `asking`'s caller promises that the function may be called; the request lives
        // until it returns.
        unsafe { (self.source)(self.user, &raw mut request) };
        match request.answer {
            Some(Ok(mut token)) => Ok(std::mem::take(&mut *token)),
            Some(Err(message)) => Err(message.into()),
            None => Err("it gave no token".into()),
        }
    }
}
