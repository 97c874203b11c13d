//! Advice that more than one table gives, each sentence written once.

/// After a push that may have happened.
pub(crate) const LOOK_BEFORE_RETRY: &str = "Look on the target whether the certificate is there before another push: a push is not idempotent and may leave a second copy.";
/// After a push that happened.
pub(crate) const STORED_NOT_BOUND: &str = "The certificate is stored on the target, not yet bound: select it at the listener (ELB), domain (WAF) or domain name (CDN) that shall serve it.";
/// For a target that refused the certificate.
pub(crate) const MAY_BE_THERE: &str = "It may already be there, or the target has no quota left: list the certificates on the target before another push.";
/// For a path or host that the gateway does not know.
pub(crate) const WRONG_ENDPOINT: &str = "Check region or endpoint: a wrong host or path gives 404, while an unknown certificate_id gives 400.";
/// For a certificate_id with blanks around it.
pub(crate) const BLANKS_AROUND_THE_ID: &str =
    "Remove the blanks around the certificate_id: Huawei's own examples have a leading one.";

/// What to do about an argument that was refused, "" where the message says all there is to say.
pub(crate) fn for_argument(name: &str) -> &'static str {
    match name {
        "certificate_id" => {
            "The certificate_id is shown in the console's certificate list, such as scs1600313391074."
        }
        "target_project" => {
            "target_project is a project's name: a region such as ap-southeast-3, or region_name."
        }
        "target_projects" => {
            "target_projects are 1 to 10 projects' names, each once: regions such as ap-southeast-3, or region_name."
        }
        "target_service" => "The services are CDN, WAF and ELB.",
        "token" => "The token is the whole value of IAM's header X-Subject-Token, on one line.",
        _ => "",
    }
}
