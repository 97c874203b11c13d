//! A user's password: IAM gives a token for it, which is kept and renewed.

use std::rc::Rc;
use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::hints;
use super::iam::{self, ProviderFailure};
use super::refreshing_cache::{Fetched, RefreshingCache};
use super::refusals::{Fingerprint, Refusals};
use super::secret_source::SecretSource;
use super::spec::Login;
use crate::call_context::CallContext;
use crate::log::Log;
use crate::mask::Masker;
use crate::report::Error;
use crate::secret::Secret;
use crate::status::Status;
use crate::transport::Transport;

/// A token that IAM gave.
pub(super) type IamToken = Arc<Fetched<Arc<Secret>>>;

/// A password, and the token that was got for it last.
pub(super) struct Password {
    login: Login,
    password: SecretSource,
    totp: Option<SecretSource>,
    iam: Transport,
    token: RefreshingCache<Arc<Secret>>,
    /// What the last token was asked for with.
    used: ArcSwapOption<LoginSecrets>,
}

/// A password and a passcode.
#[derive(Clone)]
struct LoginSecrets {
    password: Arc<Secret>,
    totp: Option<Arc<Secret>>,
}

impl LoginSecrets {
    fn hidden(&self, masker: Masker) -> Masker {
        let masker = masker.chosen(&self.password);
        match &self.totp {
            Some(totp) => masker.chosen(totp),
            None => masker,
        }
    }
}

impl Password {
    pub(super) fn new(
        login: Login,
        password: SecretSource,
        totp: Option<SecretSource>,
        iam: Transport,
    ) -> Password {
        Password {
            login,
            password,
            totp,
            iam,
            token: RefreshingCache::new(),
            used: ArcSwapOption::empty(),
        }
    }

    /// Whose password it is, where it comes from and who takes it, for people.
    pub(super) fn describe(&self) -> String {
        let who = if self.login.user_id.is_empty() {
            format!("{} of {}", self.login.user_name, self.login.user_domain)
        } else {
            format!("id {}", self.login.user_id)
        };
        format!(
            "password of user {who}, {}, for a token from {}",
            self.password.describe(),
            self.iam_url()
        )
    }

    /// The base URL of the IAM that gives the token.
    pub(super) fn iam_url(&self) -> &str {
        self.iam.endpoint().url()
    }

    /// Hides the password and the passcode that the last token was asked for with.
    pub(super) fn hidden(&self, masker: Masker) -> Masker {
        match &*self.used.load() {
            Some(used) => used.hidden(masker),
            None => masker,
        }
    }

    /// A token: the one that is kept, or another from IAM. `refused` is one that the service did not
    /// take.
    pub(super) fn token(
        &self,
        refused: Option<&IamToken>,
        refusals: &Refusals,
        context: &Rc<CallContext>,
        log: &Log,
    ) -> Result<IamToken, Error> {
        self.token.get(refused, context, || {
            let used = LoginSecrets {
                password: self.password.current(log),
                totp: self.totp.as_ref().map(|totp| totp.current(log)),
            };
            let permit = refusals.check(self.fingerprint(&used))?;
            self.used.store(Some(Arc::new(used.clone())));
            let fetched = iam::fetch_token(
                &self.iam,
                &self.login,
                &used.password,
                used.totp.as_deref(),
                context,
                &used.hidden(self.iam.masker()),
            );
            let fetched = fetched.map_err(|failure| {
                let ProviderFailure {
                    mut error,
                    may_count,
                    ..
                } = failure;
                if error.status() == Status::CredentialsRefused {
                    let origin = self.password.describe();
                    let hint =
                        hints::for_login(&self.login, &origin, self.iam_url(), error.report());
                    error.report_mut().hint = hint;
                    refusals.remember(self.fingerprint(&used), error.report());
                } else if let Some(permit) = &permit
                    && !may_count
                {
                    permit.give_back();
                }
                error
            })?;
            if let Some(permit) = &permit {
                refusals.accept(permit);
            }
            Ok(fetched)
        })
    }

    /// Stands for the password with all that decides whether IAM accepts it.
    fn fingerprint(&self, used: &LoginSecrets) -> Option<Fingerprint> {
        let login = &self.login;
        Fingerprint::of(&[
            "password",
            self.iam_url(),
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
