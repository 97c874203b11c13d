//! The tests of the test: clients that lie must be caught.

use std::cell::RefCell;

use certpush::Status;

use crate::call::Told;
use crate::check::Rule;
use crate::run::{Push, honestly, soak};

const CALLS: u64 = 800;

/// Fails unless a soak with `lie` finds the rule broken that the lie breaks.
fn is_caught(rule: Rule, lie: Push) {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let violations = soak(CALLS, seed, lie).violations;
    assert!(
        violations.iter().any(|violation| violation.rule == rule),
        "{rule:?} not found in {} violations",
        violations.len()
    );
}

#[test]
fn who_says_not_pushed_in_doubt_is_caught() {
    is_caught(Rule::SaidNotPushedButWas, |client, id, options| {
        let told = honestly(client, id, options);
        Told {
            outcome_unknown: false,
            ..told
        }
    });
}

#[test]
fn who_calls_every_answer_a_success_is_caught() {
    is_caught(Rule::SaidPushedButWasNot, |client, id, options| {
        let mut told = honestly(client, id, options);
        if (200..400).contains(&told.http_status) {
            told.status = Status::Ok;
        }
        told
    });
}

#[test]
fn who_pushes_again_in_doubt_is_caught() {
    let again: Push = |client, id, options| {
        let told = honestly(client, id, options);
        if told.outcome_unknown {
            honestly(client, id, options)
        } else {
            told
        }
    };
    is_caught(Rule::PushedTwice, again);
    is_caught(Rule::SentAgainInDoubt, again);
}

#[test]
fn who_mixes_up_answers_is_caught() {
    thread_local! {
        static PREVIOUS: RefCell<String> = RefCell::default();
    }
    is_caught(Rule::AnswerOfAnother, |client, id, options| {
        let told = honestly(client, id, options);
        let request_id = PREVIOUS.replace(told.request_id.clone());
        Told { request_id, ..told }
    });
}

#[test]
fn who_never_knows_is_caught() {
    is_caught(Rule::FaultMisread, |client, id, options| {
        let told = honestly(client, id, options);
        Told {
            outcome_unknown: told.status != Status::Ok,
            ..told
        }
    });
}
