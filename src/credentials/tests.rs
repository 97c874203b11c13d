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

mod what_is_found {
    use crate::credentials::client_credentials::CredentialKind;
    use crate::credentials::{AccountSpec, CredentialInputs, CredentialSpec, Credentials};
    use crate::environment::Variables;

    /// The account that signs, and where IAM is, with the SDKs' variables.
    fn found(
        account: AccountSpec,
        iam_endpoint: Option<&str>,
        more: &[(&'static str, &'static str)],
    ) -> (AccountSpec, Option<String>) {
        let keys = [("HUAWEICLOUD_SDK_AK", "A"), ("HUAWEICLOUD_SDK_SK", "S")];
        let variables = keys.iter().chain(more);
        let variables =
            Variables::snapshot(variables.map(|(name, value)| (name.into(), value.into())));
        let spec = CredentialSpec::Chain {
            profile_file: None,
            profile: None,
            account,
            usual_iam: Some("https://usual.example".to_owned()),
        };
        CredentialInputs::for_tests(iam_endpoint, &variables, |inputs| {
            let made = Credentials::from_spec(spec, inputs).unwrap();
            let CredentialKind::AccessKey(key) = made.kind else {
                panic!("it is an access key");
            };
            let (account, iam) = key.account_and_iam();
            (account.clone(), iam.map(str::to_owned))
        })
    }

    #[test]
    fn what_is_found_says_where_iam_is_before_the_region_does_and_after_the_options() {
        let nothing = AccountSpec::default;
        let own = [("HUAWEICLOUD_SDK_IAM_ENDPOINT", "https://found.example")];
        for (option, more, iam) in [
            (None, &[][..], "https://usual.example"),
            (None, &own[..], "https://found.example"),
            (
                Some("https://option.example"),
                &own[..],
                "https://option.example",
            ),
        ] {
            assert_eq!(found(nothing(), option, more).1.as_deref(), Some(iam));
        }
    }

    #[test]
    fn an_account_that_the_options_name_has_no_other_beside_it() {
        let of_options = AccountSpec {
            project_id: None,
            domain_id: Some("d1".to_owned()),
        };
        let more = [("HUAWEICLOUD_SDK_PROJECT_ID", "p2")];
        let (account, _) = found(of_options, None, &more);
        assert_eq!(account.domain_id.as_deref(), Some("d1"));
        assert_eq!(account.project_id, None);
        let (account, _) = found(AccountSpec::default(), None, &more);
        assert_eq!(account.project_id.as_deref(), Some("p2"));
    }
}
