//! What the second push of the same certificate to the same target does.

use crate::client::{Answer, CERTIFICATE, Request, connect};
use certpush_sim::{RepeatPolicy, Sim, SimOptions};

fn start(repeat_policy: RepeatPolicy) -> Sim {
    Sim::start(SimOptions {
        repeat_policy,
        ..SimOptions::default()
    })
    .expect("the service starts")
}

fn push(sim: &Sim, project: &str, service: &str) -> Answer {
    connect(sim).ask(&Request::of(sim, CERTIFICATE, project, service))
}

#[test]
fn a_second_copy_is_made_by_default() {
    let sim = start(RepeatPolicy::default());
    let first = push(&sim, "ap-southeast-3", "ELB");
    let second = push(&sim, "ap-southeast-3", "elb");
    assert_eq!((first.status, second.status), (204, 204));
    let pushed = sim.pushed();
    assert_eq!(pushed.len(), 2);
    assert_eq!(pushed[0].target_service, pushed[1].target_service);
    assert_eq!(
        Some(pushed[1].request_id.as_str()),
        second.header("X-Request-Id")
    );
}

#[test]
fn a_repeat_is_refused_with_the_targets_own_code() {
    let sim = start(RepeatPolicy::Refuse);
    for (service, code) in [
        ("ELB", "SCM.0201"),
        ("CDN", "SCM.0211"),
        ("WAF", "SCM.0221"),
    ] {
        assert_eq!(push(&sim, "ap-southeast-3", service).status, 204);
        let repeat = push(&sim, "ap-southeast-3", service);
        assert_eq!((repeat.status, repeat.error_code().as_str()), (400, code));
    }
    assert_eq!(sim.pushed().len(), 3);
}

#[test]
fn a_repeat_is_accepted_without_a_second_copy() {
    let sim = start(RepeatPolicy::Accept);
    assert_eq!(push(&sim, "ap-southeast-3", "ELB").status, 204);
    assert_eq!(push(&sim, "ap-southeast-3", "ELB").status, 204);
    assert_eq!(sim.pushed().len(), 1);
}

#[test]
fn another_target_is_no_repeat() {
    let sim = start(RepeatPolicy::Refuse);
    assert_eq!(push(&sim, "ap-southeast-3", "ELB").status, 204);
    assert_eq!(push(&sim, "ap-southeast-1", "ELB").status, 204);
    assert_eq!(push(&sim, "ap-southeast-3", "WAF").status, 204);
}
