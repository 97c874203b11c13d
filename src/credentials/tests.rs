//! What is remembered of refusals, over the minutes in which they count. Time is put ahead, for the
//! calls of this thread.

use std::time::Duration;

use certpush_sim::{
    DEFAULT_ACCESS_KEY, DEFAULT_DOMAIN, DEFAULT_DOMAIN_ID, DEFAULT_PASSWORD, DEFAULT_SECRET_KEY,
    DEFAULT_USER, Failure, Operation, Sim, SimOptions,
};

use crate::{Client, Config, Error, Receipt, Status, clock};

const MINUTE: Duration = Duration::from_secs(60);

fn sim() -> Sim {
    Sim::start(SimOptions::default()).unwrap()
}

fn base(sim: &Sim) -> Config {
    Config::new()
        .endpoint(sim.http_url())
        .iam_endpoint(sim.http_url())
        .retries(0)
}

fn keys(sim: &Sim) -> Config {
    base(sim)
        .access_key(DEFAULT_ACCESS_KEY)
        .secret_key(DEFAULT_SECRET_KEY)
        .domain_id(DEFAULT_DOMAIN_ID)
}

fn keys_looked_up(sim: &Sim) -> Config {
    base(sim)
        .access_key(DEFAULT_ACCESS_KEY)
        .secret_key(DEFAULT_SECRET_KEY)
}

fn password(sim: &Sim) -> Config {
    base(sim)
        .user_name(DEFAULT_USER)
        .user_domain(DEFAULT_DOMAIN)
        .user_password(DEFAULT_PASSWORD)
        .scope_project("cn-north-4")
}

fn push(client: &Client) -> Result<Receipt, Error> {
    client.push("scs1600313391074", "ap-southeast-3", "ELB")
}

fn one_off(config: &Config) -> Result<Receipt, Error> {
    push(&Client::one_off(config).unwrap())
}

fn asked(sim: &Sim) -> u64 {
    let counts = sim.iam();
    counts.token_requests + counts.signatures_refused + counts.signatures_accepted
}

type Ways = [(&'static str, fn(&Sim) -> Config, bool); 5];

const WAYS: Ways = [
    ("keys", keys, false),
    ("keys, one-off", keys, true),
    ("keys looked up", keys_looked_up, false),
    ("keys looked up, one-off", keys_looked_up, true),
    ("password", password, false),
];

#[test]
fn a_program_that_runs_for_years_outlives_a_lock() {
    for (way, config, is_one_off) in WAYS {
        let sim = sim();
        let config = config(&sim);
        let client = Client::new(&config).unwrap();
        let push = || {
            if is_one_off {
                one_off(&config)
            } else {
                push(&client)
            }
        };
        sim.lock();
        let first = push().unwrap_err();
        assert!(
            matches!(
                first.status(),
                Status::CredentialsRefused | Status::Unauthorized
            ),
            "{way}: {first}"
        );
        assert_eq!(asked(&sim), 1, "{way}");
        // Still locked after 15 minutes: one try, and then none for as long again.
        for round in 1..=3 {
            clock::ahead::by(14 * MINUTE);
            for _ in 0..3 {
                let error = push().unwrap_err();
                assert_eq!((error.status(), error.attempts()), (first.status(), 0));
            }
            clock::ahead::by(MINUTE);
            for _ in 0..3 {
                assert_eq!(push().unwrap_err().status(), first.status());
            }
            assert_eq!(asked(&sim), 1 + round, "{way}");
        }
        sim.unlock();
        assert!(push().is_err(), "{way}");
        clock::ahead::by(15 * MINUTE);
        for _ in 0..3 {
            let pushed = push();
            assert!(pushed.is_ok(), "{way}: {pushed:?}");
        }
    }
}

#[test]
fn a_try_that_proved_nothing_is_given_to_the_next_call() {
    for failure in [Failure::Unavailable, Failure::ServerError, Failure::Html] {
        let sim = sim();
        let client = Client::new(&password(&sim)).unwrap();
        sim.lock();
        assert_eq!(
            push(&client).unwrap_err().status(),
            Status::CredentialsRefused
        );
        sim.unlock();
        clock::ahead::by(15 * MINUTE);
        sim.fail_next(Operation::Token, failure, 1);
        assert_eq!(
            push(&client).unwrap_err().status(),
            Status::CredentialsUnavailable
        );
        assert!(push(&client).is_ok());
    }
}

#[test]
fn a_try_that_may_have_counted_is_the_only_one() {
    let sim = sim();
    let client = Client::new(&password(&sim).timeout(Duration::from_millis(200))).unwrap();
    sim.lock();
    assert!(push(&client).is_err());
    sim.unlock();
    clock::ahead::by(15 * MINUTE);
    sim.fail_next(Operation::Token, Failure::Hang, 1);
    assert_eq!(push(&client).unwrap_err().status(), Status::Timeout);
    assert_eq!(
        push(&client).unwrap_err().status(),
        Status::CredentialsRefused
    );
    assert_eq!(sim.iam().token_requests, 2);
    clock::ahead::by(15 * MINUTE);
    assert!(push(&client).is_ok());
}

#[test]
fn a_wrong_password_that_was_corrected_is_tried_at_once_and_the_old_one_is_not() {
    let sim = sim();
    let file = tempfile::NamedTempFile::new().unwrap();
    let write = |password: &str| std::fs::write(file.path(), password).unwrap();
    write("a wrong password");
    let config = base(&sim)
        .user_name(DEFAULT_USER)
        .user_domain(DEFAULT_DOMAIN)
        .user_password_file(file.path())
        .scope_project("cn-north-4");
    let client = Client::new(&config).unwrap();
    assert!(push(&client).is_err());
    write("another wrong password!!");
    assert!(push(&client).is_err());
    assert_eq!(sim.iam().wrong_passwords, 2);
    // The first is known, too.
    write("a wrong password");
    assert!(push(&client).is_err());
    assert_eq!(sim.iam().wrong_passwords, 2);
    write(DEFAULT_PASSWORD);
    assert!(push(&client).is_ok());
}
