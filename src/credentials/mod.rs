//! The credential of a client: where it comes from, what it puts on a request, how it is renewed,
//! and what was refused and must not be tried again.

mod chain;
mod iam;
mod ini;
mod keys;
mod metadata;
mod profile;
mod program;
mod refusals;
mod renewing;
mod secret_source;
mod temporary;
mod words;

use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwapOption;

use crate::endpoint::Endpoint;
use crate::environment::Environment;
use crate::file::Waiting;
use crate::hints::Used as UsedForHints;
use crate::log::Log;
use crate::mask::Masker;
use crate::options::OptionSpec;
use crate::report::{Error, Phase, Report};
use crate::secret::Secret;
use crate::status::Status;
use crate::transport::{Transport, Watch};
use iam::NotGiven;
pub(crate) use iam::{Login, base_url};
pub(crate) use keys::ToSign;
use keys::{Account, KeyPair};
use metadata::Metadata;
pub use program::TokenSource;
use refusals::{Entry, Fingerprint, Refusals, Turn};
use renewing::{Fetched, Renewing};
pub(crate) use secret_source::SecretGiven;
use secret_source::SecretSource;
use temporary::{Temporary, no_credentials};

/// A header whose value is a secret. It never enters ureq: the transport writes it itself.
#[derive(Clone, Debug)]
pub(crate) struct SecretHeader {
    pub(crate) name: &'static str,
    pub(crate) value: Arc<Secret>,
}

/// The credential as the options give it.
pub(crate) enum CredentialGiven {
    Token(SecretGiven),
    Program(Arc<dyn TokenSource>),
    Password(PasswordGiven),
    Keys(KeysGiven),
    /// Temporary keys of the machine or the container, asked for by name.
    Metadata(AccountGiven),
    /// Nothing was set: whatever is lying around.
    Chain {
        profile_file: Option<std::path::PathBuf>,
        profile: Option<String>,
        account: AccountGiven,
        /// IAM's base URL, if neither the options nor what is found say another.
        usual_iam: Option<String>,
    },
    /// The kind that was asked for is set nowhere: what it would take.
    Nowhere(String),
}

/// A user's password, with what IAM must know besides.
pub(crate) struct PasswordGiven {
    pub(crate) login: Login,
    pub(crate) password: SecretGiven,
    pub(crate) totp: Option<SecretGiven>,
}

/// An access key, with its halves.
pub(crate) struct KeysGiven {
    pub(crate) access_key: String,
    pub(crate) secret_key: SecretGiven,
    pub(crate) security_token: Option<SecretGiven>,
    pub(crate) account: AccountGiven,
}

/// What the options say of the account that signs.
#[derive(Clone, Default)]
pub(crate) struct AccountGiven {
    pub(crate) project_id: Option<String>,
    pub(crate) domain_id: Option<String>,
}

impl AccountGiven {
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
    method: Method,
    /// What was refused to this client.
    refused: Refusals,
    /// Whether the process's refusals count instead: each one-off call has a client of its own.
    is_one_off: bool,
    description: String,
    passed_over: Vec<String>,
}

enum Method {
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
    token: Renewing<Arc<Secret>>,
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
    pairs: Pairs,
    /// Where the pair comes from, for hints.
    origin: String,
    account: AccountGiven,
    iam: Option<Transport>,
    domain_id: Renewing<String>,
}

enum Pairs {
    Given {
        access_key: String,
        secret_key: SecretSource,
        security_token: Option<SecretSource>,
    },
    Found(KeyPair),
    Temporary {
        from: Temporary,
        keys: Renewing<KeyPair>,
    },
}

/// What was used to authorise a request.
#[derive(Clone)]
enum Proof {
    Token(Arc<Secret>),
    Fetched(Arc<Fetched<Arc<Secret>>>),
    Pair(KeyPair, Option<Arc<Fetched<KeyPair>>>),
}

/// The headers that authorise a request.
pub(crate) struct Authorization {
    pub(crate) headers: Vec<SecretHeader>,
    proof: Proof,
    /// The one try of what was refused a while ago, if it is that.
    turn: Option<Turn>,
}

impl Authorization {
    /// What authorises the request, for hints.
    pub(crate) fn used(&self) -> UsedForHints {
        match &self.proof {
            Proof::Token(_) => UsedForHints::Token,
            Proof::Fetched(_) => UsedForHints::Password,
            Proof::Pair(..) => UsedForHints::AccessKey,
        }
    }
}

impl Credentials {
    /// Takes what the options give, reading the files that they name. Sends nothing.
    pub(crate) fn new(
        given: CredentialGiven,
        iam_endpoint: Option<&str>,
        connections: &dyn Connections,
        environment: &dyn Environment,
        waiting: Waiting<'_>,
        log: &Log,
    ) -> Result<Credentials, Error> {
        let mut passed_over = Vec::new();
        let secret =
            |key: &'static str, given| SecretSource::new(option(key)?, given, waiting, log);
        let keys = |pairs, origin: &str, account: AccountGiven, iam_endpoint: Option<&str>| {
            Ok::<_, Error>(Method::Keys(Box::new(Keys {
                pairs,
                origin: origin.to_owned(),
                account,
                iam: connections.iam(iam_endpoint)?,
                domain_id: Renewing::new(),
            })))
        };
        let temporary = |asked_for| -> Result<Pairs, Error> {
            let from = Temporary {
                metadata: Metadata {
                    service: connections.direct(connections.metadata_endpoint()?)?,
                },
                pod: chain::pod_identity(connections, environment)?,
                asked_for,
            };
            Ok(Pairs::Temporary {
                from,
                keys: Renewing::new(),
            })
        };
        let (method, description) = match given {
            CredentialGiven::Token(given) => {
                let source = secret("token", given)?;
                let length = source.current(log).expose().len();
                let description = format!("token of {length} characters, {}", source.describe());
                (Method::Token(source), description)
            }
            CredentialGiven::Program(source) => {
                (Method::Program(source), "token of the program's own source".into())
            }
            CredentialGiven::Password(given) => {
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
                    token: Renewing::new(),
                    used: ArcSwapOption::empty(),
                };
                (Method::Password(Box::new(method)), description)
            }
            CredentialGiven::Keys(given) => {
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
                let pairs = Pairs::Given {
                    access_key: given.access_key,
                    secret_key,
                    security_token,
                };
                (
                    keys(pairs, &origin, given.account, iam_endpoint)?,
                    description,
                )
            }
            CredentialGiven::Metadata(account) => (
                keys(temporary(true)?, OF_THIS_MACHINE, account, iam_endpoint)?,
                "temporary keys of this machine or container, fetched when needed".into(),
            ),
            CredentialGiven::Chain {
                profile_file,
                profile,
                account,
                usual_iam,
            } => match chain::find(
                profile_file.as_deref(),
                profile.as_deref(),
                environment,
                waiting,
                &mut passed_over,
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
                        keys(Pairs::Found(found.pair), &origin, account, iam_endpoint)?,
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
            CredentialGiven::Nowhere(what) => {
                return Err(no_credentials(&what));
            }
        };
        Ok(Credentials {
            method,
            refused: Refusals::new(),
            is_one_off: false,
            description,
            passed_over,
        })
    }

    /// The credential and where it came from, without its secrets; and what was passed over.
    pub(crate) fn describe(&self) -> String {
        if self.passed_over.is_empty() {
            self.description.clone()
        } else {
            format!(
                "{}; passed over: {}",
                self.description,
                self.passed_over.join(", ")
            )
        }
    }

    /// Remembers what is refused in the process, and not in a client that ends with its one call.
    pub(crate) fn of_one_off_call(&mut self) {
        self.is_one_off = true;
    }

    /// Whether one-off calls must refuse it: in a loop of them, each logs in anew.
    pub(crate) fn is_password(&self) -> bool {
        matches!(self.method, Method::Password(_))
    }

    /// The headers for a request. Fetches what is needed, within the call's time.
    pub(crate) fn authorize(
        &self,
        request: &ToSign<'_>,
        watch: &Rc<Watch>,
        log: &Log,
    ) -> Result<Authorization, Error> {
        self.prove(None, watch, log)
            .and_then(|proof| self.authorization(proof, request, watch))
    }

    /// The headers with another credential than a refused one, if there is another by now.
    pub(crate) fn renew(
        &self,
        refused: &Authorization,
        request: &ToSign<'_>,
        watch: &Rc<Watch>,
        log: &Log,
    ) -> Option<Result<Authorization, Error>> {
        let proof = match self.prove(Some(&refused.proof), watch, log) {
            Ok(proof) if proof == refused.proof => return None,
            Ok(proof) => proof,
            Err(error) => return Some(Err(error)),
        };
        Some(self.authorization(proof, request, watch))
    }

    /// Takes note of what came of a signed request. A refusal is kept: a few more would lock the
    /// key. The report is the attempt's own.
    pub(crate) fn settle(
        &self,
        authorization: &Authorization,
        request: &ToSign<'_>,
        report: &Report,
    ) {
        let (Proof::Pair(pair, _), Method::Keys(keys)) = (&authorization.proof, &self.method)
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
        let used = match (&authorization.proof, &self.method) {
            (Proof::Pair(pair, _), Method::Keys(keys)) => {
                shown = pair.shown();
                words::Used::Key(keys.used(pair, &shown))
            }
            (Proof::Fetched(_), Method::Password(password)) => {
                words::Used::Issued(password.iam.endpoint().shown())
            }
            (_, Method::Program(_)) => words::Used::Program,
            _ => words::Used::Token,
        };
        words::for_service(&used, report, date)
    }

    /// Hides what a request was authorised with, and what that was got with, where the service
    /// echoes it: it quotes the signed headers of a request whose signature it refuses.
    pub(crate) fn masker(&self, authorization: &Authorization, others: Masker) -> Masker {
        let masker = match &self.method {
            Method::Password(password) => match &*password.used.load() {
                Some(used) => used.hidden(others),
                None => others,
            },
            _ => others,
        };
        match &authorization.proof {
            Proof::Token(token) => masker.made(token),
            Proof::Fetched(token) => masker.made(&token.value),
            Proof::Pair(pair, _) => pair.hidden(masker),
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
    fn prove(&self, refused: Option<&Proof>, watch: &Rc<Watch>, log: &Log) -> Result<Proof, Error> {
        match &self.method {
            Method::Token(source) => Ok(Proof::Token(match refused {
                Some(Proof::Token(token)) => source
                    .other_than(token, log)
                    .unwrap_or_else(|| Arc::clone(token)),
                _ => source.current(log),
            })),
            Method::Program(source) => program::ask(&**source, watch).map(Proof::Token),
            Method::Password(password) => {
                let refused = match refused {
                    Some(Proof::Fetched(token)) => Some(token),
                    _ => None,
                };
                self.token_for(password, refused, watch, log)
                    .map(Proof::Fetched)
            }
            Method::Keys(keys) => self.pair_of(keys, refused, watch, log),
        }
    }

    fn token_for(
        &self,
        given: &Password,
        refused: Option<&Arc<Fetched<Arc<Secret>>>>,
        watch: &Rc<Watch>,
        log: &Log,
    ) -> Result<Arc<Fetched<Arc<Secret>>>, Error> {
        given.token.get(refused, watch, || {
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
                watch,
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
                        let hint = words::for_login(&given.login, &origin, iam, &error);
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
        refused: Option<&Proof>,
        watch: &Rc<Watch>,
        log: &Log,
    ) -> Result<Proof, Error> {
        Ok(match &keys.pairs {
            Pairs::Given {
                access_key,
                secret_key,
                security_token,
            } => {
                let pair = KeyPair {
                    access_key: access_key.clone(),
                    secret_key: secret_key.current(log),
                    security_token: security_token.as_ref().map(|token| token.current(log)),
                };
                Proof::Pair(pair, None)
            }
            Pairs::Found(pair) => Proof::Pair(pair.clone(), None),
            Pairs::Temporary { from, keys } => {
                let refused = match refused {
                    Some(Proof::Pair(_, Some(fetched))) => Some(fetched),
                    _ => None,
                };
                let fetched = keys.get(refused, watch, || from.fetch(&self.passed_over, watch))?;
                Proof::Pair(fetched.value.clone(), Some(fetched))
            }
        })
    }

    fn authorization(
        &self,
        proof: Proof,
        request: &ToSign<'_>,
        watch: &Rc<Watch>,
    ) -> Result<Authorization, Error> {
        let token_header = |value: &Arc<Secret>| {
            vec![SecretHeader {
                name: "x-auth-token",
                value: Arc::clone(value),
            }]
        };
        let (headers, turn) = match (&proof, &self.method) {
            (Proof::Token(token), _) => (token_header(token), None),
            (Proof::Fetched(token), _) => (token_header(&token.value), None),
            (Proof::Pair(pair, _), Method::Keys(keys)) => {
                let of = fingerprint_of_pair(keys, pair, request);
                let turn = self.turn_of(of, watch)?;
                let may_count = Cell::new(false);
                let account = self.account(keys, pair, request, watch, &may_count);
                if let (Err(_), Some(turn)) = (&account, &turn)
                    && !may_count.get()
                {
                    turn.give_back();
                }
                (pair.sign(request, &account?, SystemTime::now()), turn)
            }
            (Proof::Pair(pair, _), _) => {
                let headers = pair.sign(request, &Account::Unsaid, SystemTime::now());
                (headers, None)
            }
        };
        Ok(Authorization {
            headers,
            proof,
            turn,
        })
    }

    /// Waits for the right to try a key, as long as another call does.
    fn turn_of(&self, of: Option<Fingerprint>, watch: &Watch) -> Result<Option<Turn>, Error> {
        loop {
            match self.refusals().enter(of)? {
                Entry::Free(turn) => return Ok(turn),
                Entry::Wait => std::thread::sleep(watch.next_wait().min(POLL)),
            }
            watch.check(Phase::Credentials).map_err(|ended| {
                let mut report = Report::from(&ended);
                report
                    .message
                    .push_str(", while another call tried the access key for the first time");
                if ended.status == Status::Timeout {
                    report.hint = words::ANOTHER_TRIES.into();
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
        watch: &Rc<Watch>,
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
        let fetched = keys.domain_id.get(None, watch, || {
            let request = ToSign {
                method: "GET",
                endpoint: iam.endpoint(),
                path: iam::DOMAINS_PATH,
                body: b"",
            };
            let headers = pair.sign(&request, &Account::Unsaid, SystemTime::now());
            let masker = pair.hidden(iam.masker());
            let fetched = iam::fetch_domain_id(iam, headers, watch, &masker);
            fetched.map_err(|not_given| {
                let mut error = not_given.error;
                may_count.set(not_given.may_count);
                if error.status() == Status::CredentialsRefused {
                    let shown = pair.shown();
                    let key = keys.used(pair, &shown);
                    let iam = iam.endpoint().shown();
                    let hint = words::for_look_up(key, iam, &error, not_given.date);
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
    fn used<'a>(&'a self, pair: &KeyPair, shown: &'a str) -> words::KeyUsed<'a> {
        words::KeyUsed {
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

impl PartialEq for Proof {
    fn eq(&self, other: &Proof) -> bool {
        match (self, other) {
            (Proof::Token(one), Proof::Token(two)) => one == two,
            (Proof::Fetched(one), Proof::Fetched(two)) => Arc::ptr_eq(one, two),
            (Proof::Pair(one, _), Proof::Pair(two, _)) => one == two,
            _ => false,
        }
    }
}

fn option(key: &'static str) -> Result<&'static OptionSpec, Error> {
    OptionSpec::find(key).ok_or_else(|| Error::invalid_config(format!("{key} is no option")))
}

#[cfg(test)]
mod tests;
