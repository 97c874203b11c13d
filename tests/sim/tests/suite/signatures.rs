//! Signed requests: which are accepted, and what is said of the others.

use certpush_sim::{
    AccessKey, DEFAULT_ACCESS_KEY, DEFAULT_DOMAIN_ID, DEFAULT_PROJECT_ID, DEFAULT_TOKEN,
    IamOptions, Sim, SimOptions,
};

use crate::client::{Answer, Request, connect};
use crate::signer::{Signer, ask_signed};

fn start() -> Sim {
    Sim::start(SimOptions::default()).expect("the service starts")
}

fn push(sim: &Sim, signer: &Signer<'_>) -> Answer {
    ask_signed(sim, signer, Request::new(sim))
}

/// Sends a push that was changed after it was signed.
fn push_changed(sim: &Sim, change: impl FnOnce(&mut Request)) -> Answer {
    let mut request = Request::new(sim);
    Signer::default().sign(&mut request);
    change(&mut request);
    connect(sim).ask(&request)
}

/// Checks that a request was refused by the gateway, which says why.
fn refused(answer: &Answer, detail: &str) {
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (401, "APIGW.0301")
    );
    let message = format!("Incorrect IAM authentication information: {detail}");
    assert!(answer.body.contains(&message), "{}", answer.body);
}

const MISMATCH: &str = "verify aksk signature fail, canonicalRequest:";
const LOCKED: &str = "AK access failed to reach the limit,forbidden";

fn wrong() -> Signer<'static> {
    Signer {
        secret_key: "not-the-secret-key",
        ..Signer::default()
    }
}

#[test]
fn a_signed_push_is_carried_out() {
    let sim = start();
    assert_eq!(push(&sim, &Signer::default()).status, 204);
    assert_eq!(sim.received()[0].problem, None);
    let counts = sim.iam();
    assert_eq!(
        (counts.signatures_accepted, counts.signatures_refused),
        (1, 0)
    );
}

#[test]
fn a_key_can_be_chosen() {
    let sim = Sim::start(SimOptions {
        iam: IamOptions {
            access_keys: vec![AccessKey {
                access_key: "ANOTHER".to_owned(),
                secret_key: "secret".to_owned(),
            }],
            ..IamOptions::default()
        },
        ..SimOptions::default()
    })
    .expect("the service starts");
    let another = Signer {
        access_key: "ANOTHER",
        secret_key: "secret",
        ..Signer::default()
    };
    assert_eq!(push(&sim, &another).status, 204);
    refused(
        &push(&sim, &Signer::default()),
        &format!("ak {DEFAULT_ACCESS_KEY} not exist"),
    );
}

#[test]
fn a_wrong_secret_is_refused_with_the_request_as_the_gateway_reads_it() {
    let sim = start();
    let answer = push(&sim, &wrong());
    let host = sim.http_url().replace("http://", "");
    refused(
        &answer,
        &format!(
            "{MISMATCH}POST|/v3/scm/certificates/scs1600313391074/push/||content-length:58|\
             content-type:application/json|host:{host}|x-language:en-us|x-sdk-date:"
        ),
    );
    assert_eq!(sim.iam().signatures_refused, 1);
}

#[test]
fn what_was_signed_cannot_be_changed() {
    let sim = start();
    refused(
        &push_changed(&sim, |request| {
            request.set_body(&request.body.replace("ap-southeast-3", "ap-southeast-1"));
        }),
        MISMATCH,
    );
    refused(
        &push_changed(&sim, |request| request.set("X-Language", "en-US")),
        MISMATCH,
    );
    refused(
        &push_changed(&sim, |request| {
            request.path = request.path.replace("1074", "1075");
        }),
        MISMATCH,
    );
    assert!(sim.pushed().is_empty());
}

#[test]
fn a_header_that_was_signed_must_be_there() {
    refused(
        &push_changed(&start(), |request| request.remove("Content-Type")),
        "calc aksk signature fail:signed header content-type not found",
    );
}

#[test]
fn a_header_that_was_not_signed_may_be_anything() {
    let answer = push_changed(&start(), |request| request.set("User-Agent", "any"));
    assert_eq!(answer.status, 204);
}

#[test]
fn a_clock_may_be_a_quarter_of_an_hour_off() {
    let sim = start();
    for minutes in [-14, 14] {
        let signer = Signer {
            clock_offset_s: minutes * 60,
            ..Signer::default()
        };
        assert_eq!(push(&sim, &signer).status, 204, "{minutes} minutes");
    }
    for minutes in [-16, 16] {
        let signer = Signer {
            clock_offset_s: minutes * 60,
            ..Signer::default()
        };
        refused(
            &push(&sim, &signer),
            "calc aksk signature fail:signature expired, signature time:",
        );
    }
}

#[test]
fn the_service_tells_its_own_time() {
    let sim = Sim::start(SimOptions {
        clock_offset_s: 16 * 60,
        ..SimOptions::default()
    })
    .expect("the service starts");
    let answer = push(&sim, &Signer::default());
    refused(
        &answer,
        "calc aksk signature fail:signature expired, signature time:",
    );
    let date = answer.header("Date").expect("a date");
    let date = httpdate::parse_http_date(date).expect("an HTTP date");
    let ahead = date
        .duration_since(std::time::SystemTime::now())
        .expect("it is ahead");
    assert!((900..=960).contains(&ahead.as_secs()), "{ahead:?}");
    let right = Signer {
        clock_offset_s: 16 * 60,
        ..Signer::default()
    };
    assert_eq!(push(&sim, &right).status, 204);
}

#[test]
fn a_date_is_needed_in_its_one_form() {
    let sim = start();
    for change in [
        (|request| request.remove("X-Sdk-Date")) as fn(&mut Request),
        |request| request.set("X-Sdk-Date", "Mon, 08 Jun 2020 02:39:00 GMT"),
    ] {
        refused(
            &push_changed(&sim, change),
            "calc aksk signature fail:x-sdk-date is invalid",
        );
    }
}

#[test]
fn an_authorization_of_another_form_is_refused() {
    let sim = start();
    for authorization in ["Basic QUs6U0s=", "SDK-HMAC-SHA256 Access=A"] {
        refused(
            &push_changed(&sim, |request| request.set("Authorization", authorization)),
            "authorization header is invalid",
        );
    }
    assert_eq!(sim.iam().signatures_refused, 2);
}

#[test]
fn five_wrong_signatures_lock_even_the_right_one() {
    let sim = start();
    for _ in 0..5 {
        refused(&push(&sim, &wrong()), MISMATCH);
    }
    refused(&push(&sim, &Signer::default()), LOCKED);
    refused(&push(&sim, &wrong()), LOCKED);
    assert_eq!(sim.iam().key_locks, 1);
    sim.unlock();
    assert_eq!(push(&sim, &Signer::default()).status, 204);
}

#[test]
fn a_key_can_be_locked_without_a_wrong_signature() {
    let sim = start();
    sim.lock();
    refused(&push(&sim, &Signer::default()), LOCKED);
}

#[test]
fn a_locked_key_is_free_after_five_minutes() {
    let sim = start();
    for _ in 0..5 {
        push(&sim, &wrong());
    }
    for (minutes, status) in [(4, 401), (5, 204)] {
        sim.set_clock_offset(minutes * 60);
        assert_eq!(push(&sim, &Signer::default()).status, status);
    }
}

#[test]
fn a_right_signature_forgives_the_wrong_ones() {
    let sim = start();
    for _ in 0..2 {
        for _ in 0..4 {
            refused(&push(&sim, &wrong()), MISMATCH);
        }
        assert_eq!(push(&sim, &Signer::default()).status, 204);
    }
}

#[test]
fn an_account_that_is_named_must_be_the_keys_own() {
    let sim = start();
    for (header, own) in [
        ("X-Domain-Id", DEFAULT_DOMAIN_ID),
        ("X-Project-Id", DEFAULT_PROJECT_ID),
    ] {
        for (id, status) in [(own, 204), ("0123456789abcdef0123456789abcdef", 403)] {
            let mut request = Request::new(&sim);
            request.set(header, id);
            let answer = ask_signed(&sim, &Signer::default(), request);
            assert_eq!(answer.status, status, "{header}: {id}");
        }
    }
}

#[test]
fn a_permanent_key_has_no_security_token() {
    let signer = Signer {
        security_token: Some("SecTok"),
        ..Signer::default()
    };
    refused(&push(&start(), &signer), "decrypt token fail");
}

#[test]
fn a_token_counts_more_than_a_signature() {
    let sim = start();
    let answer = push_changed(&sim, |request| {
        request.set("X-Auth-Token", DEFAULT_TOKEN);
        request.set("Authorization", "whatever");
    });
    assert_eq!(answer.status, 204);
}

#[test]
fn a_signature_is_never_shown() {
    let sim = start();
    push(&sim, &Signer::default());
    let received = sim.received();
    let shown = received[0].header("authorization").expect("the header");
    assert!(shown.contains("fingerprint"), "{shown}");
}
