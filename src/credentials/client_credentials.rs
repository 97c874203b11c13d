//! What authorises a client's requests: the headers of each, another credential after a refusal, and
//! what to do about an answer that is about the credential.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use super::access_key::{AccessKey, UsedPair};
use super::hints as advice;
use super::password::{IamToken, Password};
use super::program::{self, TokenSource};
use super::refusals::{Refusals, TryPermit};
use super::secret_source::SecretSource;
use crate::call_context::CallContext;
use crate::endpoint::Endpoint;
use crate::hints::Used;
use crate::log::Log;
use crate::mask::Masker;
use crate::report::{Error, Report};
use crate::secret::{Secret, SecretHeader};
use crate::transport::Request;

/// The credential of a client.
pub(crate) struct Credentials {
    pub(super) kind: CredentialKind,
    /// What was refused to this client.
    refused: Refusals,
    /// Whether the process's refusals count instead: each one-off call has a client of its own.
    is_one_off: bool,
    description: String,
    /// Where no credential was found.
    skipped: Vec<String>,
}

/// The kinds of credential.
pub(super) enum CredentialKind {
    Token(SecretSource),
    Program(Arc<dyn TokenSource>),
    Password(Box<Password>),
    AccessKey(Box<AccessKey>),
}

/// What was used to authorise a request.
#[derive(Clone)]
enum UsedCredential {
    Token(Arc<Secret>),
    IamToken(IamToken),
    Pair(UsedPair),
}

impl PartialEq for UsedCredential {
    fn eq(&self, other: &UsedCredential) -> bool {
        match (self, other) {
            (UsedCredential::Token(one), UsedCredential::Token(two)) => one == two,
            (UsedCredential::IamToken(one), UsedCredential::IamToken(two)) => Arc::ptr_eq(one, two),
            (UsedCredential::Pair(one), UsedCredential::Pair(two)) => one == two,
            _ => false,
        }
    }
}

/// The headers that authorise a request.
pub(crate) struct Authorization {
    pub(crate) headers: Vec<SecretHeader>,
    credential: UsedCredential,
    /// The permit to try what was refused a while ago, or was never tried.
    permit: Option<TryPermit>,
}

impl Authorization {
    /// What authorises the request, for hints.
    pub(crate) fn used(&self) -> Used {
        match &self.credential {
            UsedCredential::Token(_) => Used::Token,
            UsedCredential::IamToken(_) => Used::Password,
            UsedCredential::Pair(_) => Used::AccessKey,
        }
    }
}

impl Credentials {
    pub(super) fn of_kind(
        kind: CredentialKind,
        description: String,
        skipped: Vec<String>,
    ) -> Credentials {
        Credentials {
            kind,
            refused: Refusals::new(),
            is_one_off: false,
            description,
            skipped,
        }
    }

    /// The credential and where it came from, without its secrets; and where none was found.
    pub(crate) fn describe(&self) -> String {
        if self.skipped.is_empty() {
            self.description.clone()
        } else {
            format!(
                "{}; passed over: {}",
                self.description,
                self.skipped.join(", ")
            )
        }
    }

    /// Remembers what is refused in the process, and not in a client that ends with its one call.
    pub(crate) fn of_one_off_call(&mut self) {
        self.is_one_off = true;
    }

    /// Whether one-off calls must refuse it: in a loop of them, each logs in anew.
    pub(crate) fn is_password(&self) -> bool {
        matches!(self.kind, CredentialKind::Password(_))
    }

    /// The headers for a request to an endpoint. Fetches what is needed, within the call's time.
    pub(crate) fn authorize(
        &self,
        request: &Request,
        endpoint: &Endpoint,
        context: &Rc<CallContext>,
        log: &Log,
    ) -> Result<Authorization, Error> {
        self.obtain(None, context, log)
            .and_then(|credential| self.authorization(credential, request, endpoint, context))
    }

    /// The headers with another credential than a refused one, if there is another by now.
    pub(crate) fn renew(
        &self,
        refused: &Authorization,
        request: &Request,
        endpoint: &Endpoint,
        context: &Rc<CallContext>,
        log: &Log,
    ) -> Option<Result<Authorization, Error>> {
        let credential = match self.obtain(Some(&refused.credential), context, log) {
            Ok(credential) if credential == refused.credential => return None,
            Ok(credential) => credential,
            Err(error) => return Some(Err(error)),
        };
        Some(self.authorization(credential, request, endpoint, context))
    }

    /// Takes note of what came of an authorised request. The report is the attempt's own.
    pub(crate) fn settle(
        &self,
        authorization: &Authorization,
        endpoint: &Endpoint,
        report: &Report,
    ) {
        if let (UsedCredential::Pair(used), CredentialKind::AccessKey(key)) =
            (&authorization.credential, &self.kind)
        {
            let permit = authorization.permit.as_ref();
            key.settle(&used.pair, permit, endpoint, self.refusals(), report);
        }
    }

    /// What to do about a response that is about the credential, in words about the one that was
    /// used. `date` is the response's own.
    pub(crate) fn hint(
        &self,
        authorization: &Authorization,
        report: &Report,
        date: Option<SystemTime>,
    ) -> Option<Cow<'static, str>> {
        let masked_key;
        let used = match (&authorization.credential, &self.kind) {
            (UsedCredential::Pair(used), CredentialKind::AccessKey(key)) => {
                masked_key = used.pair.masked_key();
                advice::Used::Key(key.described(&used.pair, &masked_key))
            }
            (UsedCredential::IamToken(_), CredentialKind::Password(password)) => {
                advice::Used::Issued(password.iam_url())
            }
            (_, CredentialKind::Program(_)) => advice::Used::Program,
            _ => advice::Used::Token,
        };
        advice::for_service(&used, report, date)
    }

    /// Hides what a request was authorised with, and what that was got with, where the service
    /// echoes it: it quotes the signed headers of a request whose signature it refuses.
    pub(crate) fn masker(&self, authorization: &Authorization, others: Masker) -> Masker {
        let masker = match &self.kind {
            CredentialKind::Password(password) => password.hidden(others),
            _ => others,
        };
        match &authorization.credential {
            UsedCredential::Token(token) => masker.made(token),
            UsedCredential::IamToken(token) => masker.made(&token.value),
            UsedCredential::Pair(used) => used.pair.hidden(masker),
        }
    }

    fn refusals(&self) -> &Refusals {
        if self.is_one_off {
            Refusals::of_the_process()
        } else {
            &self.refused
        }
    }

    /// What authorises requests now; another than `refused`, if that is given and there is one.
    fn obtain(
        &self,
        refused: Option<&UsedCredential>,
        context: &Rc<CallContext>,
        log: &Log,
    ) -> Result<UsedCredential, Error> {
        match &self.kind {
            CredentialKind::Token(source) => Ok(UsedCredential::Token(match refused {
                Some(UsedCredential::Token(token)) => source
                    .other_than(token, log)
                    .unwrap_or_else(|| Arc::clone(token)),
                _ => source.current(log),
            })),
            CredentialKind::Program(source) => {
                program::ask(source, context).map(UsedCredential::Token)
            }
            CredentialKind::Password(password) => {
                let refused = match refused {
                    Some(UsedCredential::IamToken(token)) => Some(token),
                    _ => None,
                };
                password
                    .token(refused, self.refusals(), context, log)
                    .map(UsedCredential::IamToken)
            }
            CredentialKind::AccessKey(key) => {
                let refused = match refused {
                    Some(UsedCredential::Pair(used)) => Some(used),
                    _ => None,
                };
                key.pair(refused, &self.skipped, context, log)
                    .map(UsedCredential::Pair)
            }
        }
    }

    fn authorization(
        &self,
        credential: UsedCredential,
        request: &Request,
        endpoint: &Endpoint,
        context: &Rc<CallContext>,
    ) -> Result<Authorization, Error> {
        let token_header = |value: &Arc<Secret>| {
            vec![SecretHeader {
                name: "x-auth-token",
                value: Arc::clone(value),
            }]
        };
        let (headers, permit) = match (&credential, &self.kind) {
            (UsedCredential::Token(token), _) => (token_header(token), None),
            (UsedCredential::IamToken(token), _) => (token_header(&token.value), None),
            (UsedCredential::Pair(used), CredentialKind::AccessKey(key)) => {
                key.sign(&used.pair, request, endpoint, self.refusals(), context)?
            }
            // Only an access key's kind obtains a pair.
            (UsedCredential::Pair(_), _) => (Vec::new(), None),
        };
        Ok(Authorization {
            headers,
            credential,
            permit,
        })
    }
}
