//! The account behind the simulated service: its certificates and where they were pushed.

use std::str::FromStr;

use serde::Serialize;

use crate::faults::{self, Fault};
use crate::push::Push;

/// What the service does with a push that it has carried out before.
///
/// The documentation contradicts itself here, and so do the services: a program that survives all
/// three is ready for the real one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepeatPolicy {
    /// 204, and the target holds the certificate twice.
    #[default]
    SecondCopy,
    /// 400 with the target's own code: SCM.0201 (ELB), SCM.0211 (CDN) or SCM.0221 (WAF).
    Refuse,
    /// 204, and the target still holds it once.
    Accept,
}

impl FromStr for RepeatPolicy {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "second-copy" => Ok(RepeatPolicy::SecondCopy),
            "refuse" => Ok(RepeatPolicy::Refuse),
            "accept" => Ok(RepeatPolicy::Accept),
            _ => Err("must be second-copy, refuse or accept".to_owned()),
        }
    }
}

/// One copy of a certificate that a push left on a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pushed {
    /// The certificate that was pushed.
    pub certificate_id: String,
    /// The project (region) of the target, "" for a CDN push without one.
    pub target_project: String,
    /// The service that holds the copy: ELB, WAF or CDN, in upper case.
    pub target_service: String,
    /// The X-Request-Id of the push that made the copy.
    pub request_id: String,
}

/// The projects that certificates can be pushed to.
#[derive(Debug)]
pub(crate) enum Projects {
    Any,
    Named(Vec<String>),
}

impl Projects {
    fn has(&self, name: &str) -> bool {
        match self {
            Projects::Any => true,
            Projects::Named(names) => names.iter().any(|known| known == name),
        }
    }
}

/// Certificates, and the copies of them that pushes have made.
#[derive(Debug)]
pub(crate) struct Account {
    certificates: Vec<String>,
    projects: Projects,
    repeat_policy: RepeatPolicy,
    copies: Vec<Pushed>,
}

impl Account {
    pub(crate) fn new(
        certificates: Vec<String>,
        projects: Projects,
        repeat_policy: RepeatPolicy,
    ) -> Self {
        Account {
            certificates,
            projects,
            repeat_policy,
            copies: Vec::new(),
        }
    }

    /// Carries out a push, or says why the service refuses it.
    pub(crate) fn push(&mut self, push: &Push, request_id: &str) -> Result<(), &'static Fault> {
        if !self.certificates.contains(&push.certificate_id) {
            return Err(&faults::ABNORMAL_CERTIFICATE);
        }
        let target_service = push.target_service.to_ascii_uppercase();
        let refusal = match target_service.as_str() {
            "ELB" => &faults::REFUSED_BY_ELB,
            "CDN" => &faults::REFUSED_BY_CDN,
            "WAF" => &faults::REFUSED_BY_WAF,
            _ => return Err(&faults::UNSUPPORTED_SERVICE),
        };
        // The CDN has no regions.
        if target_service != "CDN" && !self.projects.has(&push.target_project) {
            return Err(&faults::NO_PROJECTS);
        }
        let repeated = self.copies.iter().any(|copy| {
            copy.certificate_id == push.certificate_id
                && copy.target_project == push.target_project
                && copy.target_service == target_service
        });
        match self.repeat_policy {
            RepeatPolicy::Refuse if repeated => return Err(refusal),
            RepeatPolicy::Accept if repeated => return Ok(()),
            RepeatPolicy::SecondCopy | RepeatPolicy::Refuse | RepeatPolicy::Accept => {}
        }
        self.copies.push(Pushed {
            certificate_id: push.certificate_id.clone(),
            target_project: push.target_project.clone(),
            target_service,
            request_id: request_id.to_owned(),
        });
        Ok(())
    }

    /// The copies on all targets, oldest first.
    pub(crate) fn copies(&self) -> &[Pushed] {
        &self.copies
    }

    pub(crate) fn forget_copies(&mut self) {
        self.copies.clear();
    }
}
