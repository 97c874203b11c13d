//! Who asks for a token, and whether it is really them.

use std::collections::HashMap;

use super::errors::{console_only, locked, wrong_passcode, wrong_password};
use super::token_request::{DomainName, Passcode, TokenRequest, UserName};
use crate::clock::Moment;
use crate::identity::{IamCounts, IamOptions, Lockout, Named, PASSWORD, User};
use crate::reply::Reply;

/// The user whom a request proves to be. A wrong password counts towards a lock.
pub(crate) fn prove<'a>(
    request: &TokenRequest,
    account: &'a IamOptions,
    passwords: &mut HashMap<String, Lockout>,
    counts: &mut IamCounts,
    now: Moment,
) -> Result<&'a User, Reply> {
    let named = |user: &&User| is_user(&request.user, user, &account.domain);
    let Some(user) = account.users.iter().find(named) else {
        counts.wrong_passwords += 1;
        return Err(wrong_password("there is no such user"));
    };
    let lockout = passwords.entry(user.id.clone()).or_default();
    if lockout.is_locked(PASSWORD, now) {
        return Err(locked());
    }
    if request.password != user.password {
        counts.wrong_passwords += 1;
        counts.user_locks += u64::from(lockout.fail(PASSWORD, now));
        return Err(wrong_password("the password is wrong"));
    }
    lockout.clear();
    if user.console_only {
        return Err(console_only());
    }
    if let Some(problem) = passcode_problem(user, request.passcode.as_ref(), &account.domain) {
        counts.wrong_passcodes += 1;
        return Err(wrong_passcode(problem));
    }
    Ok(user)
}

/// What is wrong with a passcode that is there or not. A user without one must give none.
fn passcode_problem(user: &User, given: Option<&Passcode>, domain: &Named) -> Option<&'static str> {
    match (&user.passcode, given) {
        (None, None) => None,
        (None, Some(_)) => Some("the user has no passcode"),
        (Some(_), None) => Some("the user's passcode is missing"),
        (Some(_), Some(given)) if !is_user(&given.user, user, domain) => {
            Some("the passcode is given for another user")
        }
        (Some(right), Some(given)) if given.passcode != *right => Some("the passcode is wrong"),
        (Some(_), Some(_)) => None,
    }
}

fn is_user(name: &UserName, user: &User, domain: &Named) -> bool {
    fits(name.id.as_deref(), &user.id)
        && fits(name.name.as_deref(), &user.name)
        && name
            .domain
            .as_ref()
            .is_none_or(|name| is_domain(name, domain))
}

/// Whether a request means this account. One with neither id nor name means none.
pub(crate) fn is_domain(name: &DomainName, domain: &Named) -> bool {
    is_named(name.id.as_deref(), name.name.as_deref(), domain)
}

/// Whether id and name, as far as they are given, are those of a thing.
pub(crate) fn is_named(id: Option<&str>, name: Option<&str>, thing: &Named) -> bool {
    (id.is_some() || name.is_some()) && fits(id, &thing.id) && fits(name, &thing.name)
}

fn fits(given: Option<&str>, real: &str) -> bool {
    given.is_none_or(|given| given == real)
}
