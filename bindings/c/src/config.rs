//! The options of a client to be.

use std::ptr;

use certpush::Config;
use libc::{c_char, c_void, size_t};

use crate::answer::answer_call;
use crate::fields::field;
use crate::guard::guard;
use crate::interrupt::{Interrupt, certpush_interrupt_fn};
use crate::log::{certpush_log_fn, hook};
use crate::report::certpush_report;
use crate::text::{borrow_mut, text, text_n};
use crate::token_source::{asking, certpush_token_fn};

/// Options for clients: made by certpush_config_new(), freed by certpush_config_free().
#[derive(Clone)]
pub struct certpush_config {
    pub(crate) options: Config,
    pub(crate) interrupt: Option<Interrupt>,
}

/// A config in which every option has its default. Free it with certpush_config_free().
///
/// Threads: any. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn certpush_config_new() -> *mut certpush_config {
    guard(ptr::null_mut(), || {
        Box::into_raw(Box::new(certpush_config {
            options: Config::new(),
            interrupt: None,
        }))
    })
}

/// A config of its own with the same options and the same functions to call, for clients that differ
/// in a few. Free it with certpush_config_free(). NULL if config is NULL.
///
/// Threads: any; none may change the config meanwhile. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_config_copy(
    config: *const certpush_config,
) -> *mut certpush_config {
    guard(ptr::null_mut(), || {
        // SAFETY: the header's contract for handles.
        match unsafe { config.as_ref() } {
            Some(config) => Box::into_raw(Box::new(config.clone())),
            None => ptr::null_mut(),
        }
    })
}

/// Sets an option, such as "region", "token_file" or "timeout_ms", to a value written as text.
/// Both are copied; a token is wiped from certpush's memory when the config, its copies and its
/// clients are freed. A value set here counts more than one from the environment, whatever the order
/// of the calls.
///
/// Returns CERTPUSH_OK; CERTPUSH_INVALID_CONFIG for an unknown key or a value that the option does
/// not take; CERTPUSH_INVALID_ARGUMENT for NULL, for text that is not UTF-8 and for a token outside
/// its limits. After a failure the option keeps the value that it had.
///
/// Threads: one at a time for one config. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_config_set(
    config: *mut certpush_config,
    key: *const c_char,
    value: *const c_char,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles, strings and outputs.
    unsafe {
        answer_call(report, || {
            let config = borrow_mut(config, "config")?;
            config.options.set(text(key, "key")?, text(value, "value")?)
        })
    }
}

/// As certpush_config_set(), for strings that have a length and need not end with a NUL. A NUL
/// inside one is refused. NULL with the length 0 is "".
///
/// Threads: one at a time for one config. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_config_set_n(
    config: *mut certpush_config,
    key: *const c_char,
    key_length: size_t,
    value: *const c_char,
    value_length: size_t,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles, strings and outputs.
    unsafe {
        answer_call(report, || {
            let config = borrow_mut(config, "config")?;
            let key = text_n(key, key_length, "key")?;
            config
                .options
                .set(key, text_n(value, value_length, "value")?)
        })
    }
}

/// As certpush_config_set(), for languages whose texts are fields of fixed width, such as COBOL and
/// Fortran: nothing is read past a length, and blanks and NULs at a field's end do not count. A
/// value that ends with a blank has to be set by certpush_config_set_n().
///
/// Returns what certpush_config_set() returns; CERTPUSH_INVALID_ARGUMENT for a negative length.
///
/// Threads: one at a time for one config. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_config_set_fields(
    config: *mut certpush_config,
    key: *const c_char,
    key_length: i32,
    value: *const c_char,
    value_length: i32,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles, strings with a length and outputs.
    unsafe {
        answer_call(report, || {
            let config = borrow_mut(config, "config")?;
            let key = field("key", key, key_length)?;
            config
                .options
                .set(key, field("value", value, value_length)?)
        })
    }
}

/// Sets options from one text of so many bytes: a JSON object if its first byte is '{', such as
/// {"region":"ap-southeast-1","timeout_ms":30000}, else lines KEY=VALUE. Each counts as if
/// certpush_config_set() had set it. NULL with the length 0 is "", which sets nothing.
///
/// A line ends with LF or CRLF and is split at its first '='; nothing is trimmed, unquoted or taken
/// for a comment, and an empty line says nothing. In JSON a value is a text, a whole number, true or
/// false. The key load_env with true reads the environment, too, as certpush_config_load_env()
/// does. A byte order mark before it all is dropped. Whoever makes the text of values that may hold
/// a line end makes JSON, or sets each by certpush_config_set_n().
///
/// Returns CERTPUSH_OK; CERTPUSH_INVALID_CONFIG for text that is neither, and for a key that is no
/// option's or stands there twice or with the one that it excludes (token and token_file); what
/// certpush_config_set() and certpush_config_load_env() return. The message names the line, and the
/// key if it is an option's or could be, and never shows a value. After a failure the config is as
/// it was before.
///
/// Threads: one at a time for one config; none may change the environment meanwhile if load_env is
/// true. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_config_set_options(
    config: *mut certpush_config,
    options: *const c_char,
    length: size_t,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles, strings with a length and outputs.
    unsafe {
        answer_call(report, || {
            let config = borrow_mut(config, "config")?;
            config
                .options
                .set_options(text_n(options, length, "options")?)
        })
    }
}

/// Reads the options from the environment: CERTPUSH_REGION, CERTPUSH_TOKEN_FILE,
/// CERTPUSH_TIMEOUT_MS and so on, each named like its option. Empty variables count as unset, and
/// a setuid or setgid program reads none. What certpush_config_set() sets counts more.
///
/// A name that is an option's but for its underscores, its case or _MS (CERTPUSH_TIMEOUT) is
/// CERTPUSH_INVALID_CONFIG, and so is a variable that is not UTF-8. Other CERTPUSH_ names that are
/// no option's are told by certpush_client_describe() and the log.
///
/// Returns CERTPUSH_OK, or what certpush_config_set() returns for a bad value; the message names
/// the variable, and none of them counts.
///
/// Threads: one at a time for one config, and none may change the environment meanwhile.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_config_load_env(
    config: *mut certpush_config,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles and outputs.
    unsafe { answer_call(report, || borrow_mut(config, "config")?.options.load_env()) }
}

/// Has log called with user and a line for each push and each warning of the clients that are made
/// from this config. NULL as log: no lines, which is the default.
///
/// user is never looked at and may be NULL. It must be usable until config, its copies and all their
/// clients are freed.
///
/// Returns CERTPUSH_OK, or CERTPUSH_INVALID_ARGUMENT if config is NULL.
///
/// Threads: one at a time for one config. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_config_set_log(
    config: *mut certpush_config,
    log: certpush_log_fn,
    user: *mut c_void,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles, outputs and the log function.
    unsafe {
        answer_call(report, || {
            let config = borrow_mut(config, "config")?;
            config.options.set_log(hook(log, user));
            Ok(())
        })
    }
}

/// Has source asked for the token of each push of the clients that are made from this config,
/// instead of any credential among the options: with user, on the thread that makes the call, and
/// once more when the service says that the token must be renewed. NULL as source: none, which is
/// the default. No call can stop it: give it a time limit of its own. If it takes longer than the
/// call may, that ends with CERTPUSH_TIMEOUT in the phase "credentials" once it returns.
///
/// user is never looked at and may be NULL. It must be usable until config, its copies and all their
/// clients are freed.
///
/// Returns CERTPUSH_OK, or CERTPUSH_INVALID_ARGUMENT if config is NULL. A source and another
/// credential exclude each other: certpush_client_new() says so.
///
/// Threads: one at a time for one config. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_config_set_token_source(
    config: *mut certpush_config,
    source: certpush_token_fn,
    user: *mut c_void,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles, outputs and the token source.
    unsafe {
        answer_call(report, || {
            let config = borrow_mut(config, "config")?;
            config.options.set_token_source(asking(source, user));
            Ok(())
        })
    }
}

/// Has check asked, with user, whether a call shall go on: every call of the clients that are made
/// from this config, and the making of one. NULL as check: none is asked, which is the default.
///
/// user is never looked at and may be NULL. It must be usable until config, its copies and all their
/// clients are freed.
///
/// Returns CERTPUSH_OK, or CERTPUSH_INVALID_ARGUMENT if config is NULL.
///
/// Threads: one at a time for one config. Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_config_set_interrupt(
    config: *mut certpush_config,
    check: certpush_interrupt_fn,
    user: *mut c_void,
    report: *mut *mut certpush_report,
) -> i32 {
    // SAFETY: the header's contract for handles, outputs and the check.
    unsafe {
        answer_call(report, || {
            borrow_mut(config, "config")?.interrupt = Interrupt::new(check, user);
            Ok(())
        })
    }
}

/// Frees a config. Clients that were made from it do not need it. NULL is ignored.
///
/// Threads: one, and no other call may be using the config. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn certpush_config_free(config: *mut certpush_config) {
    guard((), || {
        if !config.is_null() {
            // SAFETY: made by Box::into_raw and, by the header's contract, freed once.
            drop(unsafe { Box::from_raw(config) });
        }
    });
}
