//! Temporary keys of the machine or the container, and what it means that there are none.

use std::rc::Rc;

use super::hints::{self, Provider};
use super::iam::unreachable;
use super::keys::KeyPair;
use super::metadata::{Metadata, NoKeys, PodIdentity};
use super::refreshing_cache::Fetched;
use crate::call_context::CallContext;
use crate::phase::Phase;
use crate::report::{Error, Report};
use crate::status::Status;

/// Where temporary keys come from.
pub(super) struct Temporary {
    pub(super) metadata: Metadata,
    pub(super) pod: Option<PodIdentity>,
    /// Whether they were asked for by name: then their absence is a failure of theirs.
    pub(super) asked_for: bool,
}

impl Temporary {
    /// Asks the metadata service, then the container's, in the official SDKs' order.
    pub(super) fn fetch(
        &self,
        skipped: &[String],
        context: &Rc<CallContext>,
    ) -> Result<Fetched<KeyPair>, Error> {
        let no_keys = match self.metadata.fetch(context) {
            Ok(fetched) => return Ok(fetched),
            Err(no_keys) => no_keys,
        };
        // The call's own time or its caller may have ended it, not the service's three seconds.
        context
            .check(Phase::Credentials)
            .map_err(|ended| unreachable(Provider::Metadata, &ended))?;
        if let Some(pod) = &self.pod {
            return pod.fetch(context);
        }
        let service = self.metadata.service.endpoint().url();
        let elsewhere = || {
            let mut elsewhere =
                vec!["the options token, token_file, access_key and user_name".to_owned()];
            elsewhere.extend(skipped.iter().cloned());
            elsewhere.join("; ")
        };
        let looked_at = |what: &str| {
            let here = format!("the metadata service at {service} ({what})");
            if self.asked_for {
                format!("{here} alone, for credentials is metadata")
            } else {
                format!("{}; {here}", elsewhere())
            }
        };
        let may_pass = |failure: Error| {
            let failure = failure.into_report();
            // Its three seconds were over, not the call's time.
            let status = match failure.status {
                Status::Timeout => Status::CredentialsUnavailable,
                status => status,
            };
            let hint = match status {
                Status::CredentialsUnavailable => {
                    Provider::Metadata.unavailable(failure.http_status)
                }
                _ => failure.hint.clone(),
            };
            Error::new(Report {
                status,
                hint,
                ..failure
            })
        };
        Err(match no_keys {
            NoKeys::Failed(failure) => {
                let mut error = may_pass(failure);
                if !self.asked_for {
                    error.report_mut().message = format!(
                        "{}; there are no other credentials: looked at {}",
                        error.message(),
                        elsewhere()
                    );
                }
                error
            }
            NoKeys::NoAgency(failure) | NoKeys::Unreachable(failure, _) if self.asked_for => {
                may_pass(failure)
            }
            NoKeys::Unreachable(_, what) => no_credentials(&looked_at(&what)),
            NoKeys::Foreign(how) => no_credentials(&looked_at(&how)),
            NoKeys::NoAgency(failure) => {
                let mut error = no_credentials(&looked_at(failure.message()));
                error.report_mut().hint = hints::NO_AGENCY.into();
                error
            }
        })
    }
}

/// Nothing was set or found: where was looked.
pub(super) fn no_credentials(looked_at: &str) -> Error {
    Error::new(Report {
        hint: hints::nothing_found().into(),
        ..Report::new(
            Status::NoCredentials,
            Phase::Credentials,
            format!("no credentials: looked at {looked_at}"),
        )
    })
}
