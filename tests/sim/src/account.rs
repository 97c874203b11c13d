//! The account behind the simulated service: its certificates and where they were pushed.

use std::collections::HashMap;
use std::str::FromStr;

use serde::Serialize;

use crate::faults::{self, Fault};
use crate::push::{Push, TargetProjects};

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
    /// The id of the copy on the target. A batch push tells it, a push does not.
    pub target_certificate_id: String,
    /// The X-Request-Id of the push that made the copy.
    pub request_id: String,
}

/// A service that certificates can be pushed to.
struct TargetService {
    name: &'static str,
    has_regions: bool,
    /// What it says of a certificate that it has.
    refusal: &'static Fault,
}

static ELB: TargetService = TargetService {
    name: "ELB",
    has_regions: true,
    refusal: &faults::REFUSED_BY_ELB,
};
static WAF: TargetService = TargetService {
    name: "WAF",
    has_regions: true,
    refusal: &faults::REFUSED_BY_WAF,
};
static CDN: TargetService = TargetService {
    name: "CDN",
    has_regions: false,
    refusal: &faults::REFUSED_BY_CDN,
};

/// What a batch push says of a project that got the certificate, and of one that does not exist.
const SUCCESS: &str = "success";
const INVALID_REGION: &str = "Invalid region id.";

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
    /// The first of a certificate's copies on a target.
    first_copies: HashMap<CopyKey, usize>,
    /// How many copies were ever made.
    made: u64,
}

/// A certificate, a project and a service.
type CopyKey = (String, String, &'static str);

/// The first id that a copy gets: the one in the documentation of the batch push.
const FIRST_TARGET_CERTIFICATE_ID: u64 = 16_751_254_852_691;

/// What a batch push tells of one project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct BatchResult {
    project_name: String,
    /// "" if it failed.
    cert_id: String,
    message: String,
}

/// What is carried out: nothing more to say, or what became of each project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CarriedOut {
    Push,
    BatchPush(Vec<BatchResult>),
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
            first_copies: HashMap::new(),
            made: 0,
        }
    }

    /// Carries out a push, or says why the service refuses it.
    pub(crate) fn push(
        &mut self,
        push: &Push,
        request_id: &str,
        english: bool,
    ) -> Result<CarriedOut, &'static Fault> {
        if !self.certificates.contains(&push.certificate_id) {
            return Err(&faults::ABNORMAL_CERTIFICATE);
        }
        let service = match push.target_service.to_ascii_uppercase().as_str() {
            "ELB" => &ELB,
            "CDN" => &CDN,
            "WAF" => &WAF,
            _ => return Err(&faults::UNSUPPORTED_SERVICE),
        };
        let id = &push.certificate_id;
        match &push.target_projects {
            TargetProjects::One(project) => {
                self.push_to(service, project, id, request_id)?;
                Ok(CarriedOut::Push)
            }
            TargetProjects::Several(projects) => {
                let result = |project: &String| {
                    let (cert_id, message) = match self.push_to(service, project, id, request_id) {
                        Ok(target_certificate_id) => (target_certificate_id, SUCCESS),
                        Err(fault) if *fault == faults::NO_PROJECTS => {
                            (String::new(), INVALID_REGION)
                        }
                        Err(fault) => (String::new(), fault.message(english)),
                    };
                    BatchResult {
                        project_name: project.clone(),
                        cert_id,
                        message: message.to_owned(),
                    }
                };
                Ok(CarriedOut::BatchPush(projects.iter().map(result).collect()))
            }
        }
    }

    /// Makes a copy on one target; its id there.
    fn push_to(
        &mut self,
        service: &TargetService,
        project: &str,
        certificate_id: &str,
        request_id: &str,
    ) -> Result<String, &'static Fault> {
        if service.has_regions && !self.projects.has(project) {
            return Err(&faults::NO_PROJECTS);
        }
        let key = (certificate_id.to_owned(), project.to_owned(), service.name);
        let earlier = self.first_copies.get(&key);
        let earlier = earlier.and_then(|index| self.copies.get(*index));
        match (self.repeat_policy, earlier) {
            (RepeatPolicy::Refuse, Some(_)) => return Err(service.refusal),
            (RepeatPolicy::Accept, Some(copy)) => return Ok(copy.target_certificate_id.clone()),
            (_, None) | (RepeatPolicy::SecondCopy, _) => {}
        }
        let id = format!("scs{}", FIRST_TARGET_CERTIFICATE_ID + self.made);
        self.made += 1;
        self.first_copies.entry(key).or_insert(self.copies.len());
        self.copies.push(Pushed {
            certificate_id: certificate_id.to_owned(),
            target_project: project.to_owned(),
            target_service: service.name.to_owned(),
            target_certificate_id: id.clone(),
            request_id: request_id.to_owned(),
        });
        Ok(id)
    }

    /// The copies on all targets, oldest first.
    pub(crate) fn copies(&self) -> &[Pushed] {
        &self.copies
    }

    pub(crate) fn forget_copies(&mut self) {
        self.copies.clear();
        self.first_copies.clear();
    }
}
