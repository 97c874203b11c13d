//! IAM's errors, which come in two shapes.
//!
//! The token operation says what Keystone says, with the status as a number and no code of its
//! own; only what Keystone does not know has a code, and the shape that Huawei's services share.

use serde_json::json;

use crate::reply::Reply;

/// 400: something is missing, or is what it must not be.
pub(crate) fn bad_request(problem: impl Into<String>) -> Reply {
    keystone(400, "Bad Request", "The request body is invalid").because(problem)
}

/// 401: no such user, or not this password.
pub(crate) fn wrong_password(problem: &str) -> Reply {
    let message = "The username or password is wrong.";
    keystone(401, "Unauthorized", message).because(problem)
}

/// 401: too many wrong passwords. Now the right one is refused as well.
pub(crate) fn locked() -> Reply {
    keystone(401, "Unauthorized", "The account is locked.").because("the user is locked")
}

/// 401: the user is known, but may not have what is asked for.
pub(crate) fn unauthorized(problem: &str) -> Reply {
    let message = "The request you have made requires authentication.";
    keystone(401, "Unauthorized", message).because(problem)
}

/// 400 IAM.1061: not this passcode.
pub(crate) fn wrong_passcode(problem: &str) -> Reply {
    coded(400, "IAM.1061", "The TOTP verification code is incorrect.").because(problem)
}

/// 403 IAM.0081: the user may use the console only.
pub(crate) fn console_only() -> Reply {
    let message = "This user only supports console access, not programmatic access.";
    coded(403, "IAM.0081", message).because("the user may use the console only")
}

/// 400 IAM.1101: the body is longer than IAM reads.
pub(crate) fn too_long() -> Reply {
    let message = "The size of the request body exceeds 32 KB.";
    coded(400, "IAM.1101", message).because("the body is longer than 32 KB")
}

/// 429 IAM.0012: too many requests.
pub(crate) fn throttled(retry_after_s: u32) -> Reply {
    let message = "The throttling threshold has been reached. Threshold: 60 times per 60 seconds";
    coded(429, "IAM.0012", message).with("Retry-After", retry_after_s.to_string())
}

/// 500 IAM.0006: IAM has failed.
pub(crate) fn unexpected() -> Reply {
    let message = "An unexpected error prevented the server from fulfilling your request.";
    coded(500, "IAM.0006", message)
}

/// 503: IAM is not there.
pub(crate) fn unavailable() -> Reply {
    let message = "The server is currently unable to handle the request.";
    keystone(503, "Service Unavailable", message)
}

fn keystone(status: u16, title: &str, message: &str) -> Reply {
    let error = json!({"error": {"code": status, "message": message, "title": title}});
    Reply::json(status, &error)
}

fn coded(status: u16, error_code: &str, error_msg: &str) -> Reply {
    let error = json!({"error_code": error_code, "error_msg": error_msg});
    Reply::json(status, &error)
}
