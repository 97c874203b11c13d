//! Which credential counts. It comes whole from one layer: half of one and half of another is none
//! that anybody meant.

use std::path::PathBuf;
use std::sync::Arc;

use super::option_layers::{Given, OptionLayer, OptionsInEffect, Slot, Source, exclude_each_other};
use crate::credentials::{
    AccountSpec, CredentialSpec, KeysSpec, Login, PasswordSpec, SecretSpec, TokenSource,
};
use crate::message::Word;
use crate::options::{CredentialChoice, OptionKey};
use crate::report::Error;
use crate::secret::Secret;

/// What the choice of a credential depends on.
pub(super) struct CredentialOptions<'a> {
    pub(super) program: &'a OptionLayer,
    pub(super) environment: &'a OptionLayer,
    pub(super) in_effect: &'a OptionsInEffect<'a>,
    pub(super) token_source: Option<&'a Arc<dyn TokenSource>>,
    /// The service's region, where it is known.
    pub(super) region: Option<&'a str>,
    /// IAM's base URL as it follows from the service's, unless an option gives it.
    pub(super) usual_iam: Option<String>,
}

impl CredentialOptions<'_> {
    /// The credential, from the highest layer that has one of the kind that is wanted, and IAM's
    /// base URL.
    pub(super) fn choose(self) -> Result<(CredentialSpec, Option<String>), Error> {
        let wanted = self.in_effect.credentials();
        let layers = [
            (Source::Program, self.program),
            (Source::Environment, self.environment),
        ];
        for (source, layer) in layers {
            let given: Vec<(CredentialKind, OptionKey)> = CredentialKind::ALL
                .into_iter()
                .filter(|kind| kind.is_wanted(wanted))
                .filter_map(|kind| Some((kind, kind.first_in(layer)?)))
                .collect();
            if let Some(token_source) = self.token_source
                && source == Source::Program
                && CredentialKind::Token.is_wanted(wanted)
            {
                if let Some((_, key)) = given.first() {
                    let token_source = Word::text("the token source");
                    return Err(exclude_each_other(token_source, source.word(*key)));
                }
                let credential = CredentialSpec::Program(Arc::clone(token_source));
                return Ok((credential, self.usual_iam));
            }
            match given.as_slice() {
                [] => {}
                [(kind, _)] => {
                    let iam = text(&layer.iam_endpoint).or(self.usual_iam);
                    return Ok((kind.spec(layer, self.region)?, iam));
                }
                [(kind, key), (other_kind, other_key), ..] => {
                    return Err(Error::invalid_options(vec![
                        source.word(*key),
                        Word::text(" and "),
                        source.word(*other_key),
                        Word::text(" are two kinds of credential: remove one, or set "),
                        Word::name("credentials"),
                        Word::text(format!(
                            " to {} or {}",
                            kind.choice().as_str(),
                            other_kind.choice().as_str()
                        )),
                    ]));
                }
            }
        }
        Ok(self.beside_the_options(wanted))
    }

    /// The credential where the options give none.
    fn beside_the_options(self, wanted: CredentialChoice) -> (CredentialSpec, Option<String>) {
        let text = |given: Option<&Given<Arc<Secret>>>| given.map(|it| it.text().to_owned());
        let account = AccountSpec {
            project_id: text(self.in_effect.project_id),
            domain_id: text(self.in_effect.domain_id),
        };
        // Where the credential is not the options', IAM may be named by itself.
        let iam = text(self.in_effect.iam_endpoint);
        match wanted {
            CredentialChoice::Metadata => {
                (CredentialSpec::Metadata(account), iam.or(self.usual_iam))
            }
            CredentialChoice::Auto => {
                let chain = CredentialSpec::Chain {
                    profile_file: self.in_effect.profile_file.map(|it| it.value.clone()),
                    profile: text(self.in_effect.profile),
                    account,
                    usual_iam: self.usual_iam,
                };
                (chain, iam)
            }
            CredentialChoice::Token => (CredentialKind::Token.missing(), iam),
            CredentialChoice::Keys => (CredentialKind::Keys.missing(), iam),
            CredentialChoice::Password => (CredentialKind::Password.missing(), iam),
        }
    }
}

/// A kind of credential that options give.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CredentialKind {
    Token,
    Keys,
    Password,
}

impl CredentialKind {
    const ALL: [CredentialKind; 3] = [
        CredentialKind::Token,
        CredentialKind::Keys,
        CredentialKind::Password,
    ];

    /// The value of the option `credentials` that asks for this kind alone.
    fn choice(self) -> CredentialChoice {
        match self {
            CredentialKind::Token => CredentialChoice::Token,
            CredentialKind::Keys => CredentialChoice::Keys,
            CredentialKind::Password => CredentialChoice::Password,
        }
    }

    fn is_wanted(self, wanted: CredentialChoice) -> bool {
        wanted == CredentialChoice::Auto || wanted == self.choice()
    }

    /// The options that make one.
    fn options(self) -> &'static [OptionKey] {
        match self {
            CredentialKind::Token => &[OptionKey::token, OptionKey::token_file],
            CredentialKind::Keys => &[
                OptionKey::access_key,
                OptionKey::secret_key,
                OptionKey::secret_key_file,
                OptionKey::security_token,
                OptionKey::security_token_file,
            ],
            CredentialKind::Password => &[
                OptionKey::user_password,
                OptionKey::user_password_file,
                OptionKey::user_name,
                OptionKey::user_id,
                OptionKey::user_domain,
                OptionKey::totp,
                OptionKey::totp_file,
            ],
        }
    }

    /// The first of its options that a layer has.
    fn first_in(self, layer: &OptionLayer) -> Option<OptionKey> {
        self.options().iter().copied().find(|key| layer.has(*key))
    }

    fn missing(self) -> CredentialSpec {
        let options: Vec<_> = self.options().iter().map(|key| key.name()).collect();
        CredentialSpec::Missing(format!(
            "the options {} and their CERTPUSH_ variables, for credentials is {}",
            options.join(", "),
            self.choice().as_str()
        ))
    }

    fn spec(self, layer: &OptionLayer, region: Option<&str>) -> Result<CredentialSpec, Error> {
        Ok(match self {
            CredentialKind::Token => CredentialSpec::Token(needed(
                secret(&layer.token, &layer.token_file)?,
                OptionKey::token,
                OptionKey::token_file,
            )?),
            CredentialKind::Keys => CredentialSpec::Keys(keys(layer)?),
            CredentialKind::Password => CredentialSpec::Password(password(layer, region)?),
        })
    }
}

fn keys(layer: &OptionLayer) -> Result<KeysSpec, Error> {
    Ok(KeysSpec {
        access_key: needed_text(
            &layer.access_key,
            OptionKey::access_key,
            OptionKey::secret_key,
        )?,
        secret_key: needed(
            secret(&layer.secret_key, &layer.secret_key_file)?,
            OptionKey::secret_key,
            OptionKey::secret_key_file,
        )?,
        security_token: secret(&layer.security_token, &layer.security_token_file)?,
        account: AccountSpec {
            project_id: text(&layer.project_id),
            domain_id: text(&layer.domain_id),
        },
    })
}

fn password(layer: &OptionLayer, region: Option<&str>) -> Result<PasswordSpec, Error> {
    let user_id = text(&layer.user_id);
    let (user_name, user_domain) = match &user_id {
        Some(_) => (String::new(), text(&layer.user_domain).unwrap_or_default()),
        None => (
            needed_text(
                &layer.user_name,
                OptionKey::user_name,
                OptionKey::user_password,
            )?,
            needed_text(
                &layer.user_domain,
                OptionKey::user_domain,
                OptionKey::user_name,
            )?,
        ),
    };
    let totp = secret(&layer.totp, &layer.totp_file)?;
    if totp.is_some() && user_id.is_none() {
        return Err(Error::invalid_options(vec![
            Word::name("totp"),
            Word::text(" needs "),
            Word::name("user_id"),
            Word::text(": IAM takes the user's id with it, not the name"),
        ]));
    }
    let (scope_project, scope_domain) =
        match (text(&layer.scope_project), text(&layer.scope_domain)) {
            (None, None) => match region {
                Some(region) => (region.to_owned(), String::new()),
                None => (String::new(), user_domain.clone()),
            },
            (project, domain) => (project.unwrap_or_default(), domain.unwrap_or_default()),
        };
    if scope_project.is_empty() && scope_domain.is_empty() {
        return Err(Error::invalid_options(vec![
            Word::name("scope_project"),
            Word::text(" or "),
            Word::name("scope_domain"),
            Word::text(" must be set: what the token is for cannot be told from the endpoint"),
        ]));
    }
    Ok(PasswordSpec {
        login: Login {
            user_name,
            user_id: user_id.unwrap_or_default(),
            user_domain,
            scope_project,
            scope_domain,
        },
        password: needed(
            secret(&layer.user_password, &layer.user_password_file)?,
            OptionKey::user_password,
            OptionKey::user_password_file,
        )?,
        totp,
    })
}

fn text(given: &Slot<Arc<Secret>>) -> Option<String> {
    given.as_ref().map(|given| given.text().to_owned())
}

/// A text without which those beside it are no credential.
fn needed_text(
    given: &Slot<Arc<Secret>>,
    key: OptionKey,
    beside: OptionKey,
) -> Result<String, Error> {
    text(given).ok_or_else(|| {
        Error::invalid_options(vec![
            Word::name(key.name()),
            Word::text(" must be set in the same place as "),
            Word::name(beside.name()),
        ])
    })
}

/// A secret or the file that holds it; both are too many.
fn secret(text: &Slot<Arc<Secret>>, file: &Slot<PathBuf>) -> Result<Option<SecretSpec>, Error> {
    match (text, file) {
        (Some(text), Some(file)) => Err(exclude_each_other(text.word(), file.word())),
        (Some(given), None) => {
            // A token may be of 2 MiB: without memory for another that is an error.
            let secret = Secret::try_new(given.text())?;
            Ok(Some(SecretSpec::Text(secret, given.origin())))
        }
        (None, Some(given)) => {
            let path = given.value.clone();
            Ok(Some(SecretSpec::File(path, given.origin())))
        }
        (None, None) => Ok(None),
    }
}

/// A secret without which the rest is no credential.
fn needed(
    secret: Option<SecretSpec>,
    text: OptionKey,
    file: OptionKey,
) -> Result<SecretSpec, Error> {
    secret.ok_or_else(|| {
        Error::invalid_options(vec![
            Word::name(text.name()),
            Word::text(" or "),
            Word::name(file.name()),
            Word::text(" must be set in the same place as the rest of the credential"),
        ])
    })
}
