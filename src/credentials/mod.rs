//! The credential of a client: where it comes from, what it puts on a request, how it is renewed,
//! and what was refused and must not be tried again.

mod chain;
mod hints;
mod iam;
mod ini;
mod keys;
mod metadata;
mod profile;
mod program;
mod refreshing_cache;
mod refusals;
mod secret_source;
mod signer;
mod temporary;

use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwapOption;

use crate::call_context::CallContext;
use crate::endpoint::Endpoint;
use crate::environment::Environment;
use crate::file::Waiting;
use crate::hints::Used as UsedForHints;
use crate::log::Log;
use crate::mask::Masker;
use crate::options::OptionSpec;
use crate::phase::Phase;
use crate::report::{Error, Report};
use crate::secret::Secret;
use crate::status::Status;
use crate::transport::Transport;
use iam::NotGiven;
pub(crate) use iam::{Login, base_url};
pub(crate) use keys::ToSign;
use keys::{Account, KeyPair};
use metadata::Metadata;
pub use program::TokenSource;
use refreshing_cache::{Fetched, RefreshingCache};
use refusals::{Entry, Fingerprint, Refusals, Turn};
use secret_source::SecretSource;
pub(crate) use secret_source::SecretSpec;
use temporary::{Temporary, no_credentials};

/// A header whose value is a secret. It never enters ureq: the transport writes it itself.
#[derive(Clone, Debug)]
pub(crate) struct SecretHeader {
    pub(crate) name: &'static str,
    pub(crate) value: Arc<Secret>,
}

/// The credential as the options give it.
pub(crate) enum CredentialSpec {
    Token(SecretSpec),
    Program(Arc<dyn TokenSource>),
    Password(PasswordSpec),
    Keys(KeysSpec),
    /// Temporary keys of the machine or the container, asked for by name.
    Metadata(AccountSpec),
    /// Nothing was set: whatever is lying around.
    Chain {
        profile_file: Option<std::path::PathBuf>,
        profile: Option<String>,
        account: AccountSpec,
        /// IAM's base URL, if neither the options nor what is found say another.
        usual_iam: Option<String>,
    },
    /// The kind that was asked for is set nowhere: what it would take.
    Missing(String),
}

/// A user's password, with what IAM must know besides.
pub(crate) struct PasswordSpec {
    pub(crate) login: Login,
    pub(crate) password: SecretSpec,
    pub(crate) totp: Option<SecretSpec>,
}

/// An access key, with its halves.
pub(crate) struct KeysSpec {
    pub(crate) access_key: String,
    pub(crate) secret_key: SecretSpec,
    pub(crate) security_token: Option<SecretSpec>,
    pub(crate) account: AccountSpec,
}

/// What the options say of the account that signs.
#[derive(Clone, Default)]
pub(crate) struct AccountSpec {
    pub(crate) project_id: Option<String>,
    pub(crate) domain_id: Option<String>,
}

impl AccountSpec {
    fn is_given(&self) -> bool {
        self.project_id.is_some() || self.domain_id.is_some()
    }
}

/// Makes transports to the givers of credentials.
pub(crate) trait Connections {
    /// A transport to IAM, `None` if nobody said where it is.
    fn iam(&self, endpoint: Option<&str>) -> Result<Option<Transport>, Error>;
    /// A transport to a metadata service, which no proxy is ever asked for.
    fn direct(&self, endpoint: Endpoint) -> Result<Transport, Error>;
    /// Where the machine's metadata service is.
    fn metadata_endpoint(&self) -> Result<Endpoint, Error>;
}

/// How often a call looks whether another has tried a key.
const POLL: std::time::Duration = std::time::Duration::from_millis(5);

/// Where temporary keys come from, for hints.
const OF_THIS_MACHINE: &str = "of this machine or container";

/// The credential of a client.
pub(crate) struct Credentials {
    method: CredentialKind,
    /// What was refused to this client.
    refused: Refusals,
    /// Whether the process's refusals count instead: each one-off call has a client of its own.
    is_one_off: bool,
    description: String,
    skipped: Vec<String>,
}

enum CredentialKind {
    Token(SecretSource),
    Program(Arc<dyn TokenSource>),
    Password(Box<Password>),
    Keys(Box<Keys>),
}

struct Password {
    login: Login,
    password: SecretSource,
    totp: Option<SecretSource>,
    iam: Transport,
    token: RefreshingCache<Arc<Secret>>,
    /// What the last token was asked for with.
    used: ArcSwapOption<Used>,
}

/// A password and a passcode.
#[derive(Clone)]
struct Used {
    password: Arc<Secret>,
    totp: Option<Arc<Secret>>,
}

impl Used {
    fn hidden(&self, masker: Masker) -> Masker {
        let masker = masker.chosen(&self.password);
        match &self.totp {
            Some(totp) => masker.chosen(totp),
            None => masker,
        }
    }
}

struct Keys {
    pairs: KeySource,
    /// Where the pair comes from, for hints.
    origin: String,
    account: AccountSpec,
    iam: Option<Transport>,
    domain_id: RefreshingCache<String>,
}

enum KeySource {
    Given {
        access_key: String,
        secret_key: SecretSource,
        security_token: Option<SecretSource>,
    },
    Found(KeyPair),
    Temporary {
        from: Temporary,
        keys: RefreshingCache<KeyPair>,
    },
}

/// What was used to authorise a request.
#[derive(Clone)]
enum UsedCredential {
    Token(Arc<Secret>),
    Fetched(Arc<Fetched<Arc<Secret>>>),
    Pair(KeyPair, Option<Arc<Fetched<KeyPair>>>),
}

/// The headers that authorise a request.
pub(crate) struct Authorization {
    pub(crate) headers: Vec<SecretHeader>,
    credential: UsedCredential,
    /// The one try of what was refused a while ago, if it is that.
    turn: Option<Turn>,
}

impl Authorization {
    /// What authorises the request, for hints.
    pub(crate) fn used(&self) -> UsedForHints {
        match &self.credential {
            UsedCredential::Token(_) => UsedForHints::Token,
            UsedCredential::Fetched(_) => UsedForHints::Password,
            UsedCredential::Pair(..) => UsedForHints::AccessKey,
        }
    }
}

impl Credentials {
    /// Takes what the options give, reading the files that they name. Sends nothing.
    pub(crate) fn new(
        given: CredentialSpec,
        iam_endpoint: Option<&str>,
        connections: &dyn Connections,
        environment: &dyn Environment,
        waiting: Waiting<'_>,
        log: &Log,
    ) -> Result<Credentials, Error> {
        let mut skipped = Vec::new();
        let secret =
            |key: &'static str, given| SecretSource::new(option(key)?, given, waiting, log);
        let keys = |pairs, origin: &str, account: AccountSpec, iam_endpoint: Option<&str>| {
            Ok::<_, Error>(CredentialKind::Keys(Box::new(Keys {
                pairs,
                origin: origin.to_owned(),
                account,
                iam: connections.iam(iam_endpoint)?,
                domain_id: RefreshingCache::new(),
            })))
        };
        let temporary = |asked_for| -> Result<KeySource, Error> {
            let from = Temporary {
                metadata: Metadata {
                    service: connections.direct(connections.metadata_endpoint()?)?,
                },
                pod: chain::pod_identity(connections, environment)?,
                asked_for,
            };
            Ok(KeySource::Temporary {
                from,
                keys: RefreshingCache::new(),
            })
        };
        let (method, description) = match given {
            CredentialSpec::Token(given) => {
                let source = secret("token", given)?;
                let length = source.current(log).expose().len();
                let description = format!("token of {length} characters, {}", source.describe());
                (CredentialKind::Token(source), description)
            }
            CredentialSpec::Program(source) => {
                (CredentialKind::Program(source), "token of the program's own source".into())
            }
            CredentialSpec::Password(given) => {
                let password = secret("user_password", given.password)?;
                let totp = given.totp.map(|given| secret("totp", given)).transpose()?;
                let iam = connections.iam(iam_endpoint)?.ok_or_else(|| {
                    Error::invalid_config(
                        "iam_endpoint must be set: the endpoint is not one of Huawei Cloud's own, so where its IAM is cannot be told",
                    )
                })?;
                let who = if given.login.user_id.is_empty() {
                    format!("{} of {}", given.login.user_name, given.login.user_domain)
                } else {
                    format!("id {}", given.login.user_id)
                };
                let description = format!(
                    "password of user {who}, {}, for a token from {}",
                    password.describe(),
                    iam.endpoint().shown()
                );
                let method = Password {
                    login: given.login,
                    password,
                    totp,
                    iam,
                    token: RefreshingCache::new(),
                    used: ArcSwapOption::empty(),
                };
                (CredentialKind::Password(Box::new(method)), description)
            }
            CredentialSpec::Keys(given) => {
                let secret_key = secret("secret_key", given.secret_key)?;
                let security_token = given
                    .security_token
                    .map(|given| secret("security_token", given))
                    .transpose()?;
                let description = format!(
                    "access key {}{}, {}",
                    keys::masked(&given.access_key),
                    if security_token.is_some() { " (temporary)" } else { "" },
                    secret_key.describe()
                );
                let origin = format!("its secret key {}", secret_key.describe());
                let pairs = KeySource::Given {
                    access_key: given.access_key,
                    secret_key,
                    security_token,
                };
                (
                    keys(pairs, &origin, given.account, iam_endpoint)?,
                    description,
                )
            }
            CredentialSpec::Metadata(account) => (
                keys(temporary(true)?, OF_THIS_MACHINE, account, iam_endpoint)?,
                "temporary keys of this machine or container, fetched when needed".into(),
            ),
            CredentialSpec::Chain {
                profile_file,
                profile,
                account,
                usual_iam,
            } => match chain::find(
                profile_file.as_deref(),
                profile.as_deref(),
                environment,
                waiting,
                &mut skipped,
            )? {
                Some(found) => {
                    let origin = format!("from {}", found.origin);
                    let description = format!("access key {}, {origin}", found.pair.shown());
                    // The one that the options name, if any, and not another beside it.
                    let account = if account.is_given() {
                        account
                    } else {
                        found.account
                    };
                    let iam_endpoint = iam_endpoint
                        .or(found.iam_endpoint.as_deref())
                        .or(usual_iam.as_deref());
                    (
                        keys(KeySource::Found(found.pair), &origin, account, iam_endpoint)?,
                        description,
                    )
                }
                None => (
                    keys(
                        temporary(false)?,
                        OF_THIS_MACHINE,
                        account,
                        iam_endpoint.or(usual_iam.as_deref()),
                    )?,
                    "none was set or found: this machine's or container's temporary keys, if it has any".into(),
                ),
            },
            CredentialSpec::Missing(what) => {
                return Err(no_credentials(&what));
            }
        };
        Ok(Credentials {
            method,
            refused: Refusals::new(),
            is_one_off: false,
            description,
            skipped,
        })
    }

    /// The credential and where it came from, without its secrets; and what was passed over.
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
        matches!(self.method, CredentialKind::Password(_))
    }

    /// The headers for a request. Fetches what is needed, within the call's time.
    pub(crate) fn authorize(
        &self,
        request: &ToSign<'_>,
        context: &Rc<CallContext>,
        log: &Log,
    ) -> Result<Authorization, Error> {
        self.obtain(None, context, log)
            .and_then(|credential| self.authorization(credential, request, context))
    }

    /// The headers with another credential than a refused one, if there is another by now.
    pub(crate) fn renew(
        &self,
        refused: &Authorization,
        request: &ToSign<'_>,
        context: &Rc<CallContext>,
        log: &Log,
    ) -> Option<Result<Authorization, Error>> {
        let credential = match self.obtain(Some(&refused.credential), context, log) {
            Ok(credential) if credential == refused.credential => return None,
            Ok(credential) => credential,
            Err(error) => return Some(Err(error)),
        };
        Some(self.authorization(credential, request, context))
    }

    /// Takes note of what came of a signed request. A refusal is kept: a few more would lock the
    /// key. The report is the attempt's own.
    pub(crate) fn settle(
        &self,
        authorization: &Authorization,
        request: &ToSign<'_>,
        report: &Report,
    ) {
        let (UsedCredential::Pair(pair, _), CredentialKind::Keys(keys)) =
            (&authorization.credential, &self.method)
        else {
            return;
        };
        if is_refused_signature(report) {
            let of = fingerprint_of_pair(keys, pair, request);
            self.refusals().remember(of, report);
        } else if let Some(turn) = &authorization.turn {
            if report.status() == Status::Ok || report.service_code().starts_with("SCM.") {
                self.refusals().accept(turn);
            } else if report.http_status() != 0 || !report.outcome_unknown() {
                turn.give_back();
            }
        }
    }

    /// What to do about an answer that is about the credential, in words about the one that was
    /// used.
    pub(crate) fn hint(
        &self,
        authorization: &Authorization,
        report: &Report,
        date: Option<SystemTime>,
    ) -> Option<Cow<'static, str>> {
        let shown;
        let used = match (&authorization.credential, &self.method) {
            (UsedCredential::Pair(pair, _), CredentialKind::Keys(keys)) => {
                shown = pair.shown();
                hints::Used::Key(keys.used(pair, &shown))
            }
            (UsedCredential::Fetched(_), CredentialKind::Password(password)) => {
                hints::Used::Issued(password.iam.endpoint().shown())
            }
            (_, CredentialKind::Program(_)) => hints::Used::Program,
            _ => hints::Used::Token,
        };
        hints::for_service(&used, report, date)
    }

    /// Hides what a request was authorised with, and what that was got with, where the service
    /// echoes it: it quotes the signed headers of a request whose signature it refuses.
    pub(crate) fn masker(&self, authorization: &Authorization, others: Masker) -> Masker {
        let masker = match &self.method {
            CredentialKind::Password(password) => match &*password.used.load() {
                Some(used) => used.hidden(others),
                None => others,
            },
            _ => others,
        };
        match &authorization.credential {
            UsedCredential::Token(token) => masker.made(token),
            UsedCredential::Fetched(token) => masker.made(&token.value),
            UsedCredential::Pair(pair, _) => pair.hidden(masker),
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
        match &self.method {
            CredentialKind::Token(source) => Ok(UsedCredential::Token(match refused {
                Some(UsedCredential::Token(token)) => source
                    .other_than(token, log)
                    .unwrap_or_else(|| Arc::clone(token)),
                _ => source.current(log),
            })),
            CredentialKind::Program(source) => {
                program::ask(&**source, context).map(UsedCredential::Token)
            }
            CredentialKind::Password(password) => {
                let refused = match refused {
                    Some(UsedCredential::Fetched(token)) => Some(token),
                    _ => None,
                };
                self.token_for(password, refused, context, log)
                    .map(UsedCredential::Fetched)
            }
            CredentialKind::Keys(keys) => self.pair_of(keys, refused, context, log),
        }
    }

    fn token_for(
        &self,
        given: &Password,
        refused: Option<&Arc<Fetched<Arc<Secret>>>>,
        context: &Rc<CallContext>,
        log: &Log,
    ) -> Result<Arc<Fetched<Arc<Secret>>>, Error> {
        given.token.get(refused, context, || {
            let used = Used {
                password: given.password.current(log),
                totp: given.totp.as_ref().map(|totp| totp.current(log)),
            };
            let turn = self.refusals().check(given.fingerprint(&used))?;
            given.used.store(Some(Arc::new(used.clone())));
            let fetched = iam::fetch_token(
                &given.iam,
                &given.login,
                &used.password,
                used.totp.as_deref(),
                context,
                &used.hidden(given.iam.masker()),
            );
            let fetched = fetched.map_err(
                |NotGiven {
                     mut error,
                     may_count,
                     ..
                 }| {
                    if error.status() == Status::CredentialsRefused {
                        let origin = given.password.describe();
                        let iam = given.iam.endpoint().shown();
                        let hint = hints::for_login(&given.login, &origin, iam, &error);
                        error.report_mut().hint = hint;
                        self.refusals().remember(given.fingerprint(&used), &error);
                    } else if let Some(turn) = &turn
                        && !may_count
                    {
                        turn.give_back();
                    }
                    error
                },
            )?;
            if let Some(turn) = &turn {
                self.refusals().accept(turn);
            }
            Ok(fetched)
        })
    }

    fn pair_of(
        &self,
        keys: &Keys,
        refused: Option<&UsedCredential>,
        context: &Rc<CallContext>,
        log: &Log,
    ) -> Result<UsedCredential, Error> {
        Ok(match &keys.pairs {
            KeySource::Given {
                access_key,
                secret_key,
                security_token,
            } => {
                let pair = KeyPair {
                    access_key: access_key.clone(),
                    secret_key: secret_key.current(log),
                    security_token: security_token.as_ref().map(|token| token.current(log)),
                };
                UsedCredential::Pair(pair, None)
            }
            KeySource::Found(pair) => UsedCredential::Pair(pair.clone(), None),
            KeySource::Temporary { from, keys } => {
                let refused = match refused {
                    Some(UsedCredential::Pair(_, Some(fetched))) => Some(fetched),
                    _ => None,
                };
                let fetched = keys.get(refused, context, || from.fetch(&self.skipped, context))?;
                UsedCredential::Pair(fetched.value.clone(), Some(fetched))
            }
        })
    }

    fn authorization(
        &self,
        credential: UsedCredential,
        request: &ToSign<'_>,
        context: &Rc<CallContext>,
    ) -> Result<Authorization, Error> {
        let token_header = |value: &Arc<Secret>| {
            vec![SecretHeader {
                name: "x-auth-token",
                value: Arc::clone(value),
            }]
        };
        let (headers, turn) = match (&credential, &self.method) {
            (UsedCredential::Token(token), _) => (token_header(token), None),
            (UsedCredential::Fetched(token), _) => (token_header(&token.value), None),
            (UsedCredential::Pair(pair, _), CredentialKind::Keys(keys)) => {
                let of = fingerprint_of_pair(keys, pair, request);
                let turn = self.turn_of(of, context)?;
                let may_count = Cell::new(false);
                let account = self.account(keys, pair, request, context, &may_count);
                if let (Err(_), Some(turn)) = (&account, &turn)
                    && !may_count.get()
                {
                    turn.give_back();
                }
                (pair.sign(request, &account?, SystemTime::now()), turn)
            }
            (UsedCredential::Pair(pair, _), _) => {
                let headers = pair.sign(request, &Account::Unsaid, SystemTime::now());
                (headers, None)
            }
        };
        Ok(Authorization {
            headers,
            credential,
            turn,
        })
    }

    /// Waits for the right to try a key, as long as another call does.
    fn turn_of(
        &self,
        of: Option<Fingerprint>,
        context: &CallContext,
    ) -> Result<Option<Turn>, Error> {
        loop {
            match self.refusals().enter(of)? {
                Entry::Free(turn) => return Ok(turn),
                Entry::Wait => std::thread::sleep(context.next_wait().min(POLL)),
            }
            context.check(Phase::Credentials).map_err(|ended| {
                let mut report = Report::from(&ended);
                report
                    .message
                    .push_str(", while another call tried the access key for the first time");
                if ended.status == Status::Timeout {
                    report.hint = hints::ANOTHER_TRIES.into();
                }
                Error::new(report)
            })?;
        }
    }

    /// The account that a signed request names: as given, or looked up once. `may_count` is set if
    /// the look-up failed and may count against the key.
    fn account(
        &self,
        keys: &Keys,
        pair: &KeyPair,
        signed: &ToSign<'_>,
        context: &Rc<CallContext>,
        may_count: &Cell<bool>,
    ) -> Result<Account, Error> {
        if let Some(id) = &keys.account.project_id {
            return Ok(Account::Project(id.clone()));
        }
        if let Some(id) = &keys.account.domain_id {
            return Ok(Account::Domain(id.clone()));
        }
        let Some(iam) = &keys.iam else {
            return Ok(Account::Unsaid);
        };
        let fetched = keys.domain_id.get(None, context, || {
            let request = ToSign {
                method: "GET",
                endpoint: iam.endpoint(),
                path: iam::DOMAINS_PATH,
                body: b"",
            };
            let headers = pair.sign(&request, &Account::Unsaid, SystemTime::now());
            let masker = pair.hidden(iam.masker());
            let fetched = iam::fetch_domain_id(iam, headers, context, &masker);
            fetched.map_err(|not_given| {
                let mut error = not_given.error;
                may_count.set(not_given.may_count);
                if error.status() == Status::CredentialsRefused {
                    let shown = pair.shown();
                    let key = keys.used(pair, &shown);
                    let iam = iam.endpoint().shown();
                    let hint = hints::for_look_up(key, iam, &error, not_given.date);
                    error.report_mut().hint = hint;
                    let of = fingerprint_of_pair(keys, pair, signed);
                    self.refusals().remember(of, &error);
                }
                error
            })
        })?;
        Ok(Account::Domain(fetched.value.clone()))
    }
}

impl Password {
    fn fingerprint(&self, used: &Used) -> Option<Fingerprint> {
        let login = &self.login;
        Fingerprint::of(&[
            "password",
            self.iam.endpoint().shown(),
            &login.user_name,
            &login.user_id,
            &login.user_domain,
            &login.scope_project,
            &login.scope_domain,
            used.password.expose(),
            used.totp.as_ref().map_or("", |totp| totp.expose()),
        ])
    }
}

impl Keys {
    fn used<'a>(&'a self, pair: &KeyPair, shown: &'a str) -> hints::KeyUsed<'a> {
        hints::KeyUsed {
            shown,
            origin: &self.origin,
            is_temporary: pair.security_token.is_some(),
        }
    }
}

/// The pair, with all that decides whether it is accepted.
fn fingerprint_of_pair(keys: &Keys, pair: &KeyPair, request: &ToSign<'_>) -> Option<Fingerprint> {
    let text = |given: &Option<String>| given.clone().unwrap_or_default();
    Fingerprint::of(&[
        "key",
        request.endpoint.shown(),
        keys.iam.as_ref().map_or("", |iam| iam.endpoint().shown()),
        &text(&keys.account.project_id),
        &text(&keys.account.domain_id),
        &pair.access_key,
        pair.secret_key.expose(),
        pair.security_token
            .as_ref()
            .map_or("", |token| token.expose()),
    ])
}

/// A 401 that counts against a key's signatures.
fn is_refused_signature(report: &Report) -> bool {
    report.status() == Status::Unauthorized
        && matches!(report.service_code(), "APIGW.0301" | "APIG.0301")
}

impl PartialEq for UsedCredential {
    fn eq(&self, other: &UsedCredential) -> bool {
        match (self, other) {
            (UsedCredential::Token(one), UsedCredential::Token(two)) => one == two,
            (UsedCredential::Fetched(one), UsedCredential::Fetched(two)) => Arc::ptr_eq(one, two),
            (UsedCredential::Pair(one, _), UsedCredential::Pair(two, _)) => one == two,
            _ => false,
        }
    }
}

fn option(key: &'static str) -> Result<&'static OptionSpec, Error> {
    OptionSpec::find(key).ok_or_else(|| Error::invalid_config(format!("{key} is no option")))
}

#[cfg(test)]
mod tests;
