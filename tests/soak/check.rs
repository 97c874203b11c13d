//! Compares what calls told with what the server did.

use std::collections::HashMap;

use certpush::{Phase, Status};

use crate::call::{Call, Told};
use crate::fault::{Fault, Outcome};
use crate::record::{Exchange, Exchanges, request_id};

/// What no call may ever do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// The central promise: a call that says "not pushed" is never found pushed.
    SaidNotPushedButWas,
    /// A call that says "pushed" was pushed, and answered so.
    SaidPushedButWasNot,
    /// No push is executed twice.
    PushedTwice,
    /// After an exchange that may have pushed, nothing more is sent, whether it did push or not.
    SentAgainInDoubt,
    /// `retryable` goes with a failure that pushed nothing.
    RetryableInDoubt,
    /// A call tells of the last answer to itself, and of no other.
    AnswerOfAnother,
    /// What an answer means does not depend on luck.
    AnswerMisread,
    /// A call that met a fault and was not stopped tells what the fault means: "unknown" is no
    /// way out.
    FaultMisread,
    /// There is nothing unknown about a request that was not sent.
    UnknownWithoutSending,
    /// Attempts are counted, and never more than the options allow.
    AttemptsMiscounted,
    /// Every request is a whole push that some call made.
    MadeUp,
    /// No call meets a defect.
    Internal,
}

/// A broken rule, and by whom.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) rule: Rule,
    /// Printed with `{:?}` when a soak fails.
    #[expect(dead_code, reason = "read by Debug")]
    pub(crate) evidence: String,
}

/// Everything that calls and record disagree in.
pub(crate) fn check(calls: &[Call], exchanges: &Exchanges, invalid: &[String]) -> Vec<Violation> {
    let mut violations: Vec<Violation> = invalid
        .iter()
        .map(|what| Violation {
            rule: Rule::MadeUp,
            evidence: what.clone(),
        })
        .collect();
    let by_id: HashMap<&str, &Call> = calls
        .iter()
        .map(|call| (call.certificate_id.as_str(), call))
        .collect();
    violations.extend(
        exchanges
            .keys()
            .filter(|id| !by_id.contains_key(id.as_str()))
            .map(|id| Violation {
                rule: Rule::MadeUp,
                evidence: format!("no call pushed {id}"),
            }),
    );
    for call in calls {
        let own = exchanges
            .get(&call.certificate_id)
            .map_or(&[][..], Vec::as_slice);
        violations.extend(broken_by(call, own).into_iter().map(|rule| Violation {
            rule,
            evidence: format!("{call:?} met {own:?}"),
        }));
    }
    violations
}

/// The rules that one call breaks, given what the server knows of it.
fn broken_by(call: &Call, exchanges: &[Exchange]) -> Vec<Rule> {
    let told = &call.told;
    let executed = exchanges
        .iter()
        .filter(|exchange| exchange.executed)
        .count();
    let mut broken = Vec::new();
    let mut require = |holds: bool, rule| {
        if !holds {
            broken.push(rule);
        }
    };
    require(
        told.outcome() != Outcome::NotPushed || executed == 0,
        Rule::SaidNotPushedButWas,
    );
    require(
        told.outcome() != Outcome::Pushed || (executed == 1 && is_success(exchanges.last())),
        Rule::SaidPushedButWasNot,
    );
    require(executed <= 1, Rule::PushedTwice);
    require(
        exchanges
            .split_last()
            .is_none_or(|(_, before)| before.iter().all(|met| met.fault.may_be_sent_again())),
        Rule::SentAgainInDoubt,
    );
    require(
        !told.retryable || told.outcome() == Outcome::NotPushed,
        Rule::RetryableInDoubt,
    );
    require(is_own_answer(call, exchanges), Rule::AnswerOfAnother);
    require(
        is_answer_read_rightly(told, exchanges.last()),
        Rule::AnswerMisread,
    );
    require(is_fault_read_rightly(told, exchanges), Rule::FaultMisread);
    require(
        !told.outcome_unknown || may_have_been_sent(told),
        Rule::UnknownWithoutSending,
    );
    let attempts = told.attempts as usize;
    require(
        exchanges.len() <= attempts && told.attempts <= call.retries + 1,
        Rule::AttemptsMiscounted,
    );
    require(told.status != Status::Internal, Rule::Internal);
    broken
}

fn is_success(exchange: Option<&Exchange>) -> bool {
    exchange.is_some_and(|exchange| matches!(exchange.answer, Some((200 | 204, ""))))
}

/// Whether a call that tells of an answer tells of the last one that was given to it.
fn is_own_answer(call: &Call, exchanges: &[Exchange]) -> bool {
    let told = &call.told;
    if told.http_status == 0 {
        return told.request_id.is_empty() && told.service_code.is_empty();
    }
    let Some(Exchange {
        answer: Some((status, code)),
        ..
    }) = exchanges.last()
    else {
        return false;
    };
    told.request_id == request_id(&call.certificate_id, exchanges.len())
        && told.http_status == *status
        && (told.service_code.is_empty() || told.service_code == *code)
}

/// Whether a call tells what the status and the code mean that it has read, and what stands beside
/// the code.
fn is_answer_read_rightly(told: &Told, last: Option<&Exchange>) -> bool {
    let code = told.service_code.as_str();
    let is_doubtful =
        last.is_some_and(|last| matches!(last.fault, Fault::HiddenFailure | Fault::DoubtfulExcuse));
    let expected = match told.http_status {
        0 => return true,
        408 | 499 => Outcome::Unknown,
        400..=599 if is_doubtful => Outcome::Unknown,
        204 => Outcome::Pushed,
        200 if told.status == Status::Ok => Outcome::Pushed,
        // Every 400 has a code: where none was read, it was lost, and may have been one of these.
        400 if matches!(code, "" | "SCM.0028" | "SCM.0203") => Outcome::Unknown,
        400..=499 => Outcome::NotPushed,
        500..=599 if matches!(code, "APIGW.0613" | "APIG.0613" | "SCM.4001") => Outcome::NotPushed,
        _ => Outcome::Unknown,
    };
    told.outcome() == expected
}

/// Whether a call whose last attempt the server saw tells what that attempt met.
fn is_fault_read_rightly(told: &Told, exchanges: &[Exchange]) -> bool {
    let Some(last) = exchanges.last() else {
        return true;
    };
    let was_seen = exchanges.len() == told.attempts as usize;
    told.was_stopped() || !was_seen || last.fault.tells().contains(&told.outcome())
}

fn may_have_been_sent(told: &Told) -> bool {
    matches!(told.phase, Some(Phase::Send | Phase::Receive))
        && told.attempts > 0
        && !matches!(
            told.status,
            Status::InvalidArgument | Status::Resolve | Status::Connect | Status::Tls
        )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const ID: &str = "soak000000000001";

    fn exchange(fault: Fault, executed: bool, answer: (u16, &'static str)) -> Exchange {
        Exchange {
            fault,
            executed,
            answer: Some(answer),
        }
    }

    /// A push that was throttled and then succeeded.
    fn success() -> (Call, Vec<Exchange>) {
        let call = Call {
            certificate_id: ID.to_owned(),
            retries: 1,
            told: Told {
                status: Status::Ok,
                phase: None,
                http_status: 204,
                service_code: String::new(),
                request_id: format!("{ID}-2"),
                retryable: false,
                outcome_unknown: false,
                attempts: 2,
            },
            late: Duration::ZERO,
        };
        let exchanges = vec![
            exchange(Fault::Throttled, false, (429, "APIGW.0308")),
            exchange(Fault::Success, true, (204, "")),
        ];
        (call, exchanges)
    }

    /// A push that failed, in the middle or before.
    fn failure() -> (Call, Vec<Exchange>) {
        let (mut call, mut exchanges) = success();
        call.told.status = Status::ServerError;
        call.told.phase = Some(Phase::Receive);
        call.told.http_status = 500;
        call.told.service_code = "SCM.3000".to_owned();
        call.told.outcome_unknown = true;
        exchanges[1] = exchange(Fault::ServerError, true, (500, "SCM.3000"));
        (call, exchanges)
    }

    #[test]
    fn who_tells_the_truth_breaks_no_rule() {
        for (call, exchanges) in [success(), failure()] {
            assert_eq!(broken_by(&call, &exchanges), []);
        }
    }

    type Change = fn(&mut Call, &mut Vec<Exchange>);

    #[test]
    fn each_lie_about_a_success_breaks_its_rule() {
        let lies: [(Rule, Change); 6] = [
            (Rule::SaidPushedButWasNot, |_, met| met[1].executed = false),
            (Rule::PushedTwice, |_, met| met[0].executed = true),
            (Rule::SentAgainInDoubt, |_, met| {
                met[0].fault = Fault::GoneUnexecuted
            }),
            (Rule::AnswerOfAnother, |call, _| {
                call.told.request_id = format!("{ID}-1")
            }),
            (Rule::AttemptsMiscounted, |call, _| call.told.attempts = 1),
            (Rule::AttemptsMiscounted, |call, _| call.retries = 0),
        ];
        for (rule, lie) in lies {
            let (mut call, mut exchanges) = success();
            lie(&mut call, &mut exchanges);
            let broken = broken_by(&call, &exchanges);
            assert!(broken.contains(&rule), "{rule:?} is not in {broken:?}");
        }
    }

    #[test]
    fn each_lie_about_a_failure_breaks_its_rule() {
        let lies: [(Rule, Change); 7] = [
            (Rule::SaidNotPushedButWas, |call, _| {
                call.told.outcome_unknown = false
            }),
            (Rule::RetryableInDoubt, |call, _| call.told.retryable = true),
            (Rule::AnswerOfAnother, |call, _| {
                call.told.service_code = "SCM.0213".to_owned()
            }),
            (Rule::AnswerMisread, |call, _| {
                call.told.service_code = "SCM.4001".to_owned()
            }),
            (Rule::FaultMisread, |_, met| {
                met[1].fault = Fault::LostRefusal
            }),
            (Rule::UnknownWithoutSending, |call, _| {
                call.told.phase = Some(Phase::Connect)
            }),
            (Rule::Internal, |call, _| {
                call.told.status = Status::Internal
            }),
        ];
        for (rule, lie) in lies {
            let (mut call, mut exchanges) = failure();
            lie(&mut call, &mut exchanges);
            let broken = broken_by(&call, &exchanges);
            assert!(broken.contains(&rule), "{rule:?} is not in {broken:?}");
        }
    }

    #[test]
    fn what_no_call_asked_for_is_made_up() {
        let (call, own) = success();
        let foreign = ("soak000000000002".to_owned(), own.clone());
        let exchanges = Exchanges::from([(ID.to_owned(), own), foreign]);
        let invalid = ["no push: GET /".to_owned()];
        let rules: Vec<_> = check(&[call], &exchanges, &invalid)
            .iter()
            .map(|violation| violation.rule)
            .collect();
        assert_eq!(rules, [Rule::MadeUp, Rule::MadeUp]);
    }
}
