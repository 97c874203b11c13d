//! The credential of a client: where it comes from, what it puts on a request, how it is renewed,
//! and what was refused and must not be tried again.

mod chain;
mod iam;
mod ini;
mod keys;
mod metadata;
mod profile;
mod renewing;
mod secret_source;

use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwapOption;
use zeroize::Zeroizing;

use crate::endpoint::Endpoint;
use crate::environment::Environment;
use crate::file::Waiting;
use crate::hints::{self, Used};
use crate::log::Log;
use crate::options::OptionSpec;
use crate::panics::caught;
use crate::report::{Cause, Error, Phase, Report};
use crate::request::check_token;
use crate::secret::Secret;
use crate::status::Status;
use crate::transport::{Transport, Watch};
pub(crate) use iam::Login;
pub(crate) use keys::ToSign;
use keys::{Account, KeyPair};
use metadata::{Metadata, PodIdentity};
use renewing::{Fetched, Renewing};
pub(crate) use secret_source::SecretGiven;
use secret_source::SecretSource;

/// A header whose value is a secret. It never enters ureq: the transport writes it itself.
#[derive(Clone, Debug)]
pub(crate) struct SecretHeader {
    pub(crate) name: &'static str,
    pub(crate) value: Arc<Secret>,
}

/// Gives tokens to a client, for programs that get them in a way of their own.
///
/// It is asked before each push, on the calling thread, and once more when the service says that
/// the token must be renewed. Any closure `Fn() -> Result<String, E>` is one. Since 0.1.0.
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

/// Makes transports to the givers of credentials.
pub(crate) trait Connections {
    /// A transport to IAM, `None` if nobody said where it is.
    fn iam(&self, endpoint: Option<&str>) -> Result<Option<Transport>, Error>;
    /// A transport to a metadata service, which no proxy is ever asked for.
    fn direct(&self, endpoint: Endpoint) -> Result<Transport, Error>;
    /// Where the machine's metadata service is.
    fn metadata_endpoint(&self) -> Result<Endpoint, Error>;
}

/// The credential of a client.
pub(crate) struct Credentials {
    method: Method,
    refused: ArcSwapOption<Refusal>,
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
}

struct Keys {
    pairs: Pairs,
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
        metadata: Metadata,
        pod: Option<PodIdentity>,
        /// Whether they were asked for by name: then their absence is a failure of theirs.
        asked_for: bool,
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
}

impl Authorization {
    /// Whether the request is signed with an access key.
    pub(crate) fn is_signed(&self) -> bool {
        matches!(self.proof, Proof::Pair(..))
    }

    /// What authorises the request, for hints.
    pub(crate) fn used(&self) -> Used {
        match &self.proof {
            Proof::Token(_) => Used::Token,
            Proof::Fetched(_) => Used::Password,
            Proof::Pair(..) => Used::AccessKey,
        }
    }
}

/// A refusal, and of what: repeating it would lock the account or the key.
struct Refusal {
    error: Error,
    of: Refused,
}

#[derive(PartialEq)]
enum Refused {
    Password(Arc<Secret>, Option<Arc<Secret>>),
    Pair(KeyPair),
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
        let keys = |pairs, account: AccountGiven, iam_endpoint: Option<&str>| {
            Ok::<_, Error>(Method::Keys(Box::new(Keys {
                pairs,
                account,
                iam: connections.iam(iam_endpoint)?,
                domain_id: Renewing::new(),
            })))
        };
        let temporary = |asked_for| -> Result<Pairs, Error> {
            Ok(Pairs::Temporary {
                metadata: Metadata {
                    service: connections.direct(connections.metadata_endpoint()?)?,
                },
                pod: chain::pod_identity(connections, environment)?,
                asked_for,
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
                let pairs = Pairs::Given {
                    access_key: given.access_key,
                    secret_key,
                    security_token,
                };
                (keys(pairs, given.account, iam_endpoint)?, description)
            }
            CredentialGiven::Metadata(account) => (
                keys(temporary(true)?, account, iam_endpoint)?,
                "temporary keys of this machine or container, fetched when needed".into(),
            ),
            CredentialGiven::Chain {
                profile_file,
                profile,
                account,
            } => match chain::find(
                profile_file.as_deref(),
                profile.as_deref(),
                environment,
                waiting,
                &mut passed_over,
            )? {
                Some(found) => {
                    let description = format!("access key {}, from {}", found.pair.shown(), found.origin);
                    let account = AccountGiven {
                        project_id: account.project_id.or(found.account.project_id),
                        domain_id: account.domain_id.or(found.account.domain_id),
                    };
                    let iam_endpoint = iam_endpoint.or(found.iam_endpoint.as_deref());
                    (keys(Pairs::Found(found.pair), account, iam_endpoint)?, description)
                }
                None => (
                    keys(temporary(false)?, account, iam_endpoint)?,
                    "none was set or found: this machine's or container's temporary keys, if it has any".into(),
                ),
            },
            CredentialGiven::Nowhere(what) => {
                return Err(no_credentials(&what));
            }
        };
        Ok(Credentials {
            method,
            refused: ArcSwapOption::empty(),
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

    /// Keeps a refusal of signed requests: a few more would lock the key.
    pub(crate) fn keep_refusal(&self, authorization: &Authorization, report: &Report) {
        if let Proof::Pair(pair, _) = &authorization.proof {
            self.refuse(Refused::Pair(pair.clone()), report);
        }
    }

    /// Masks the access key and the security token where the service echoes them: it quotes the
    /// signed headers of a request whose signature it refuses.
    pub(crate) fn mask(&self, authorization: &Authorization, report: &mut Report) {
        if let Proof::Pair(pair, _) = &authorization.proof {
            pair.mask(report);
        }
    }

    fn refuse(&self, of: Refused, report: &Report) {
        let error = Error::new(Report {
            attempts: 0,
            retryable: false,
            ..report.clone()
        });
        self.refused.store(Some(Arc::new(Refusal { error, of })));
    }

    fn check_refused(&self, of: &Refused) -> Result<(), Error> {
        match &*self.refused.load() {
            Some(refusal) if refusal.of == *of => Err(refusal.error.clone()),
            _ => Ok(()),
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
            Method::Program(source) => ask_program(&**source).map(Proof::Token),
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
            let password = given.password.current(log);
            let totp = given.totp.as_ref().map(|totp| totp.current(log));
            let of = Refused::Password(Arc::clone(&password), totp.clone());
            self.check_refused(&of)?;
            let fetched =
                iam::fetch_token(&given.iam, &given.login, &password, totp.as_deref(), watch);
            if let Err(error) = &fetched
                && error.status() == Status::CredentialsRefused
            {
                self.refuse(of, error);
            }
            fetched
        })
    }

    fn pair_of(
        &self,
        keys: &Keys,
        refused: Option<&Proof>,
        watch: &Rc<Watch>,
        log: &Log,
    ) -> Result<Proof, Error> {
        let proof = match &keys.pairs {
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
            Pairs::Temporary {
                metadata,
                pod,
                asked_for,
                keys,
            } => {
                let refused = match refused {
                    Some(Proof::Pair(_, Some(fetched))) => Some(fetched),
                    _ => None,
                };
                let fetched = keys.get(refused, watch, || {
                    self.fetch_temporary(metadata, pod.as_ref(), *asked_for, watch)
                })?;
                Proof::Pair(fetched.value.clone(), Some(fetched))
            }
        };
        if let Proof::Pair(pair, _) = &proof
            && refused.is_none()
        {
            self.check_refused(&Refused::Pair(pair.clone()))?;
        }
        Ok(proof)
    }

    /// Asks the metadata service, then the container's, in the official SDKs' order.
    fn fetch_temporary(
        &self,
        metadata: &Metadata,
        pod: Option<&PodIdentity>,
        asked_for: bool,
        watch: &Rc<Watch>,
    ) -> Result<Fetched<KeyPair>, Error> {
        let failure = match metadata.fetch(watch) {
            Ok(fetched) => return Ok(fetched),
            Err(failure) => failure,
        };
        // The call's own time or its caller may have ended it, not the service's three seconds.
        watch
            .check(Phase::Credentials)
            .map_err(|ended| Error::new(Report::from(&ended)))?;
        if let Some(pod) = pod {
            return pod.fetch(watch);
        }
        if asked_for || !metadata::is_absent(&failure) {
            return Err(if failure.status() == Status::Timeout {
                Error::new(Report {
                    status: Status::CredentialsUnavailable,
                    ..failure.into_report()
                })
            } else {
                failure
            });
        }
        let mut looked_at =
            vec!["the options token, token_file, access_key and user_name".to_owned()];
        looked_at.extend(self.passed_over.iter().cloned());
        looked_at.push(format!("the metadata service ({})", failure.message()));
        Err(no_credentials(&looked_at.join("; ")))
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
        let headers = match (&proof, &self.method) {
            (Proof::Token(token), _) => token_header(token),
            (Proof::Fetched(token), _) => token_header(&token.value),
            (Proof::Pair(pair, _), Method::Keys(keys)) => {
                let account = self.account(keys, pair, watch)?;
                pair.sign(request, &account, SystemTime::now())
            }
            (Proof::Pair(pair, _), _) => pair.sign(request, &Account::Unsaid, SystemTime::now()),
        };
        Ok(Authorization { headers, proof })
    }

    /// The account that a signed request names: as given, or looked up once.
    fn account(&self, keys: &Keys, pair: &KeyPair, watch: &Rc<Watch>) -> Result<Account, Error> {
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
            let fetched = iam::fetch_domain_id(iam, headers, watch);
            fetched.map_err(|mut error| {
                let report = error.report_mut();
                pair.mask(report);
                if report.status() == Status::CredentialsRefused {
                    self.refuse(Refused::Pair(pair.clone()), report);
                }
                error
            })
        })?;
        Ok(Account::Domain(fetched.value.clone()))
    }
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

/// Asks the program's own source for a token.
fn ask_program(source: &dyn TokenSource) -> Result<Arc<Secret>, Error> {
    let failed = |status, retryable, message: String| {
        Error::new(Report {
            retryable,
            hint: hints::for_status(status).into(),
            ..Report::new(status, Phase::Credentials, message)
        })
    };
    // Its text is taken at once: that may panic, too.
    let asked = caught(|| source.token().map_err(|cause| (cause.to_string(), cause)));
    let answered = asked.map_err(|_| {
        failed(
            Status::Internal,
            false,
            "the program's own token source panicked".to_owned(),
        )
    })?;
    let token = answered.map_err(|(text, cause)| {
        let what = crate::clean::clean(&text, crate::clean::SERVICE_MESSAGE_LIMIT);
        let failure = failed(
            Status::CredentialsUnavailable,
            true,
            format!("the program's token source failed: {what}"),
        );
        Error::new(Report {
            cause: Some(Cause::new(cause)),
            ..failure.into_report()
        })
    })?;
    let token = Zeroizing::new(token);
    check_token(&token).map_err(|why| {
        failed(
            Status::InvalidArgument,
            false,
            format!("the token of the program's token source {why}"),
        )
    })?;
    Ok(Arc::new(Secret::try_new(&token)?))
}

fn no_credentials(looked_at: &str) -> Error {
    Error::new(Report {
        hint: hints::for_status(Status::NoCredentials).into(),
        ..Report::new(
            Status::NoCredentials,
            Phase::Credentials,
            format!("no credentials: looked at {looked_at}"),
        )
    })
}
