//! Tokens of the program's own: asked for before each push, on the thread that makes it.

use std::sync::Arc;
use std::time::Instant;

use zeroize::Zeroizing;

use crate::call_context::CallContext;
use crate::limits::check_token;
use crate::phase::Phase;
use crate::report::{Cause, Error, Report};
use crate::secret::Secret;
use crate::status::Status;
use certpush_system::caught;

/// Gives tokens to a client, for programs that get them in a way of their own.
///
/// It is asked before each push, on the calling thread, and once more when the service says that
/// the token must be renewed. Any closure `Fn() -> Result<String, E>` is one. No call can stop it:
/// if it takes longer than the call may, that ends with `TIMEOUT` in the phase `credentials` once
/// it returns. Since 0.1.0.
///
/// ```
/// use std::error::Error;
/// use certpush::{Config, TokenSource};
///
/// /// A vault that programs of this company have.
/// struct Vault {
///     path: String,
/// }
///
/// impl TokenSource for Vault {
///     fn token(&self) -> Result<String, Box<dyn Error + Send + Sync>> {
///         Ok(std::fs::read_to_string(&self.path)?)
///     }
/// }
///
/// let vault = Vault { path: "/run/vault/scm".to_owned() };
/// let config = Config::new().region("ap-southeast-1").token_source(vault);
/// # let _ = config;
/// ```
pub trait TokenSource: Send + Sync {
    /// The token to use now.
    ///
    /// # Errors
    ///
    /// Whatever it returns becomes the message and the
    /// [`source`](std::error::Error::source) of a `CREDENTIALS_UNAVAILABLE`, once it was asked as
    /// often as `retries` allows. If it panics, the push was not made and is `INTERNAL`.
    fn token(&self) -> Result<String, Box<dyn std::error::Error + Send + Sync>>;
}

impl<F, E> TokenSource for F
where
    F: Fn() -> Result<String, E> + Send + Sync,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn token(&self) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        self().map_err(Into::into)
    }
}

/// Asks the program's own source for a token. How long it takes is the program's: nobody can stop
/// its code.
pub(super) fn ask(
    source: &Arc<dyn TokenSource>,
    context: &CallContext,
) -> Result<Arc<Secret>, Error> {
    let failed = |status, retryable, hint: &'static str, message: String| {
        Error::new(Report {
            retryable,
            hint: hint.into(),
            ..Report::new(status, Phase::Credentials, message)
        })
    };
    let asked = Instant::now();
    let source = Arc::clone(source);
    let answered = context.ask_program(Phase::Credentials, move || {
        // Its text is taken at once: that may panic, too.
        caught(|| {
            let token = source.token().map(Zeroizing::new);
            token.map_err(|cause| (cause.to_string(), cause))
        })
    });
    let answered = answered.map_err(|ended| Error::new(Report::from(&ended)))?;
    let answered = answered.map_err(|_| {
        failed(
            Status::Internal,
            false,
            Status::Internal.hint(),
            "the program's own token source panicked".to_owned(),
        )
    })?;
    let token = answered.map_err(|(text, cause)| {
        let what = crate::sanitize::sanitize(&text, crate::sanitize::SERVICE_MESSAGE_LIMIT);
        let failure = failed(
            Status::CredentialsUnavailable,
            true,
            "Look at what the program's token source says: nothing was sent.",
            format!("the program's token source failed: {what}"),
        );
        Error::new(Report {
            cause: Some(Cause::new(cause)),
            ..failure.into_report()
        })
    })?;
    context
        .check_after_wait(Phase::Credentials)
        .map_err(|ended| {
            let report = Report::from(&ended);
            Error::new(if ended.status == Status::Timeout {
                Report {
                    message: format!(
                        "timed out after {} ms: the program's token source took {} ms",
                        context.allowed().as_millis(),
                        asked.elapsed().as_millis()
                    ),
                    hint: "The program's token source took longer than the call may, and no call can stop it: give it a time limit of its own, or allow more with timeout_ms.".into(),
                    ..report
                }
            } else {
                report
            })
        })?;
    check_token(&token).map_err(|why| {
        failed(
            Status::InvalidArgument,
            false,
            Status::InvalidArgument.hint(),
            format!("the token of the program's token source {why}"),
        )
    })?;
    Ok(Arc::new(Secret::try_new(&token)?))
}
