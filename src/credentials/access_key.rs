//! The access key of a client: given, found or fetched; the account that it signs for; and one try
//! at a time until it was accepted, since five refused signatures lock a key.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::hints;
use super::iam;
use super::keys::{Account, KeyPair};
use super::refreshing_cache::{Fetched, RefreshingCache};
use super::refusals::{Admission, Fingerprint, Refusals, TryPermit};
use super::secret_source::SecretSource;
use super::spec::AccountSpec;
use super::temporary::Temporary;
use crate::call_context::CallContext;
use crate::endpoint::Endpoint;
use crate::log::Log;
use crate::phase::Phase;
use crate::report::{Error, Report};
use crate::secret::SecretHeader;
use crate::service_codes;
use crate::status::Status;
use crate::transport::{Request, Transport};

/// How often a call looks whether another has tried a key.
const POLL: Duration = Duration::from_millis(5);

/// An access key, and what is known of its account.
pub(super) struct AccessKey {
    source: KeySource,
    /// Where the pair comes from, for hints.
    origin: String,
    account: AccountSpec,
    iam: Option<Transport>,
    domain_id: RefreshingCache<String>,
}

/// Where the pair comes from.
pub(super) enum KeySource {
    Given {
        access_key: String,
        secret_key: SecretSource,
        security_token: Option<SecretSource>,
    },
    Found(KeyPair),
    Temporary {
        from: Box<Temporary>,
        keys: RefreshingCache<KeyPair>,
    },
}

/// A pair that is used, and where it was fetched, if it was.
#[derive(Clone)]
pub(super) struct UsedPair {
    pub(super) pair: KeyPair,
    fetched: Option<Arc<Fetched<KeyPair>>>,
}

impl PartialEq for UsedPair {
    fn eq(&self, other: &UsedPair) -> bool {
        self.pair == other.pair
    }
}

impl AccessKey {
    pub(super) fn new(
        source: KeySource,
        origin: String,
        account: AccountSpec,
        iam: Option<Transport>,
    ) -> AccessKey {
        AccessKey {
            source,
            origin,
            account,
            iam,
            domain_id: RefreshingCache::new(),
        }
    }

    /// What hints say of a pair.
    pub(super) fn described<'a>(
        &'a self,
        pair: &KeyPair,
        masked_key: &'a str,
    ) -> hints::KeyUsed<'a> {
        hints::KeyUsed {
            masked_key,
            origin: &self.origin,
            is_temporary: pair.security_token.is_some(),
        }
    }

    /// The pair to sign with now; another than `refused`, if that is given and there is one.
    /// `skipped` is where no credential was found, for the message that there is none.
    pub(super) fn pair(
        &self,
        refused: Option<&UsedPair>,
        skipped: &[String],
        context: &Rc<CallContext>,
        log: &Log,
    ) -> Result<UsedPair, Error> {
        Ok(match &self.source {
            KeySource::Given {
                access_key,
                secret_key,
                security_token,
            } => UsedPair {
                pair: KeyPair {
                    access_key: access_key.clone(),
                    secret_key: secret_key.current(log),
                    security_token: security_token.as_ref().map(|token| token.current(log)),
                },
                fetched: None,
            },
            KeySource::Found(pair) => UsedPair {
                pair: pair.clone(),
                fetched: None,
            },
            KeySource::Temporary { from, keys } => {
                let refused = refused.and_then(|refused| refused.fetched.as_ref());
                let fetched = keys.get(refused, context, || from.fetch(skipped, context))?;
                UsedPair {
                    pair: fetched.value.clone(),
                    fetched: Some(fetched),
                }
            }
        })
    }

    /// The headers that sign a request to an endpoint, and the permit to try the key if it has not
    /// been accepted yet.
    pub(super) fn sign(
        &self,
        pair: &KeyPair,
        request: &Request,
        endpoint: &Endpoint,
        refusals: &Refusals,
        context: &Rc<CallContext>,
    ) -> Result<(Vec<SecretHeader>, Option<TryPermit>), Error> {
        let of = self.fingerprint(pair, endpoint);
        let permit = permit_for(of, refusals, context)?;
        let may_count = Cell::new(false);
        let account = self.account(pair, endpoint, refusals, context, &may_count);
        if let (Err(_), Some(permit)) = (&account, &permit)
            && !may_count.get()
        {
            permit.give_back();
        }
        let headers = pair.sign(request, endpoint, &account?, SystemTime::now());
        Ok((headers, permit))
    }

    /// Takes note of what came of a signed request. A refusal is kept: a few more would lock the
    /// key. The report is the attempt's own.
    pub(super) fn settle(
        &self,
        pair: &KeyPair,
        permit: Option<&TryPermit>,
        endpoint: &Endpoint,
        refusals: &Refusals,
        report: &Report,
    ) {
        if is_refused_signature(report) {
            refusals.remember(self.fingerprint(pair, endpoint), report);
        } else if let Some(permit) = permit {
            if report.status() == Status::Ok || report.service_code.starts_with("SCM.") {
                refusals.accept(permit);
            } else if report.http_status != 0 || !report.outcome_unknown() {
                permit.give_back();
            }
        }
    }

    /// The account that a signed request names: as given, or looked up once. `may_count` is set if
    /// the look-up failed and may count against the key.
    fn account(
        &self,
        pair: &KeyPair,
        endpoint: &Endpoint,
        refusals: &Refusals,
        context: &Rc<CallContext>,
        may_count: &Cell<bool>,
    ) -> Result<Account, Error> {
        if let Some(id) = &self.account.project_id {
            return Ok(Account::Project(id.clone()));
        }
        if let Some(id) = &self.account.domain_id {
            return Ok(Account::Domain(id.clone()));
        }
        let Some(iam) = &self.iam else {
            return Ok(Account::Unsaid);
        };
        let fetched = self.domain_id.get(None, context, || {
            let mut request = iam::domain_request();
            request.secret_headers = pair.sign(
                &request,
                iam.endpoint(),
                &Account::Unsaid,
                SystemTime::now(),
            );
            let masker = pair.hidden(iam.masker());
            let fetched = iam::fetch_domain_id(iam, &request, context, &masker);
            fetched.map_err(|failure| {
                let mut error = failure.error;
                may_count.set(failure.may_count);
                if error.status() == Status::CredentialsRefused {
                    let masked_key = pair.masked_key();
                    let key = self.described(pair, &masked_key);
                    let iam = iam.endpoint().url();
                    let hint = hints::for_look_up(key, iam, error.report(), failure.date);
                    error.report_mut().hint = hint;
                    refusals.remember(self.fingerprint(pair, endpoint), error.report());
                }
                error
            })
        })?;
        Ok(Account::Domain(fetched.value.clone()))
    }

    /// Stands for the pair with all that decides whether it is accepted.
    fn fingerprint(&self, pair: &KeyPair, endpoint: &Endpoint) -> Option<Fingerprint> {
        let iam = self.iam.as_ref().map_or("", |iam| iam.endpoint().url());
        let token = pair.security_token.as_ref();
        Fingerprint::of(&[
            "key",
            endpoint.url(),
            iam,
            self.account.project_id.as_deref().unwrap_or_default(),
            self.account.domain_id.as_deref().unwrap_or_default(),
            &pair.access_key,
            pair.secret_key.expose(),
            token.map_or("", |token| token.expose()),
        ])
    }

    /// What the account is, and where its IAM is.
    #[cfg(test)]
    pub(super) fn account_and_iam(&self) -> (&AccountSpec, Option<&str>) {
        (
            &self.account,
            self.iam.as_ref().map(|iam| iam.endpoint().url()),
        )
    }
}

/// Waits for the permit to try a key, as long as another call tries it.
fn permit_for(
    of: Option<Fingerprint>,
    refusals: &Refusals,
    context: &CallContext,
) -> Result<Option<TryPermit>, Error> {
    loop {
        match refusals.enter(of)? {
            Admission::Free(permit) => return Ok(permit),
            Admission::Wait => std::thread::sleep(context.next_wait().min(POLL)),
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

/// Whether a report is of a 401 that counts against the key that signed.
fn is_refused_signature(report: &Report) -> bool {
    report.status() == Status::Unauthorized
        && service_codes::find(&report.service_code).is_some_and(|code| code.counts_against_key)
}
