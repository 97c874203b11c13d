//! Credentials that are fetched, renewed or sign: against the simulated IAM, metadata service and
//! signature verifier.

#[path = "faults/recorded.rs"]
mod recorded;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use certpush::{Config, CredentialChoice, Error, Status, push_once};
use certpush_sim::{
    DEFAULT_ACCESS_KEY, DEFAULT_DOMAIN, DEFAULT_PASSWORD, DEFAULT_SECRET_KEY, DEFAULT_TOKEN,
    DEFAULT_USER, Failure, IamOptions, MetadataMode, MetadataOptions, Operation, Sim, SimOptions,
    fingerprint,
};
use recorded::Client;

const ID: &str = "scs1600313391074";

fn sim() -> Sim {
    Sim::start(SimOptions::default()).unwrap()
}

fn base(sim: &Sim) -> Config {
    Config::new()
        .endpoint(sim.http_url())
        .iam_endpoint(sim.http_url())
        .retry_base(Duration::from_millis(1))
}

fn password(sim: &Sim) -> Config {
    base(sim)
        .user_name(DEFAULT_USER)
        .user_domain(DEFAULT_DOMAIN)
        .user_password(DEFAULT_PASSWORD)
}

fn keys(sim: &Sim) -> Config {
    base(sim)
        .access_key(DEFAULT_ACCESS_KEY)
        .secret_key(DEFAULT_SECRET_KEY)
}

fn push(client: &Client) -> Result<certpush::Receipt, Error> {
    client.push(ID, "ap-southeast-3", "ELB")
}

fn file(content: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), content).unwrap();
    file
}

#[test]
fn a_password_gets_one_token_for_all_threads() {
    let sim = sim();
    let client = Client::new(&password(&sim)).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..10 {
                    assert!(push(&client).is_ok());
                }
            });
        }
    });
    assert_eq!(sim.iam().token_requests, 1);
    assert_eq!(sim.pushed().len(), 160);
}

#[test]
fn a_refused_password_is_tried_once() {
    let sim = sim();
    let client = Client::new(&password(&sim).user_password("wrong password")).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..125 {
                    let error = push(&client).unwrap_err();
                    assert_eq!(error.status(), Status::CredentialsRefused);
                    assert_eq!((error.http_status(), error.attempts()), (Some(401), 0));
                    assert_eq!(
                        error.service_message(),
                        Some("The username or password is wrong.")
                    );
                    assert!(!error.outcome_unknown() && !error.retryable());
                }
            });
        }
    });
    assert_eq!(sim.iam().token_requests, 1);
    assert!(sim.pushed().is_empty());
}

#[test]
fn a_corrected_password_file_is_tried_again() {
    let sim = sim();
    let secret = file("wrong password\n");
    let config = base(&sim)
        .user_name(DEFAULT_USER)
        .user_domain(DEFAULT_DOMAIN)
        .user_password_file(secret.path());
    let client = Client::new(&config).unwrap();
    assert_eq!(
        push(&client).unwrap_err().status(),
        Status::CredentialsRefused
    );
    std::fs::write(secret.path(), DEFAULT_PASSWORD).unwrap();
    assert!(push(&client).is_ok());
    assert_eq!(sim.iam().token_requests, 2);
}

#[test]
fn a_token_is_renewed_under_load_and_no_push_fails() {
    let lifetime = Duration::from_millis(400);
    let sim = Sim::start(SimOptions {
        iam: IamOptions {
            token_lifetime: lifetime,
            ..IamOptions::default()
        },
        ..SimOptions::default()
    })
    .unwrap();
    let client = Client::new(&password(&sim)).unwrap();
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while sim.iam().tokens_issued < 21 {
                    if let Err(error) = push(&client) {
                        panic!("{error}");
                    }
                }
            });
        }
    });
    assert_eq!(sim.iam().token_requests, 21);
    // A stampede would have used the tokens up sooner: each is kept for nine tenths of its life.
    assert!(
        started.elapsed() >= 20 * lifetime.mul_f64(0.85),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn a_token_file_is_rewritten_under_load_and_no_push_fails() {
    let tokens: Vec<_> = (0..21)
        .map(|number| format!("the-token-of-number-{number:02}-of-those-in-the-file"))
        .collect();
    let sim = Sim::start(SimOptions {
        tokens: tokens.clone(),
        ..SimOptions::default()
    })
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let write = |token: &str| {
        let new = folder.path().join("new");
        std::fs::write(&new, token).unwrap();
        std::fs::rename(&new, &path).unwrap();
    };
    write(&tokens[0]);
    let client = Client::new(&base(&sim).token_file(&path)).unwrap();
    // The next token is written as soon as the newest was pushed with.
    let newest = AtomicUsize::new(0);
    let arrived = |number: usize| {
        let token = fingerprint(tokens[number].as_bytes());
        sim.received().iter().any(|request| {
            request
                .header("x-auth-token")
                .is_some_and(|shown| shown.contains(&token))
        })
    };
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while newest.load(Ordering::SeqCst) < tokens.len() {
                    if let Err(error) = push(&client) {
                        newest.store(usize::MAX, Ordering::SeqCst);
                        panic!("{error}");
                    }
                }
            });
        }
        for number in 1..=tokens.len() {
            while !arrived(number - 1) && newest.load(Ordering::SeqCst) != usize::MAX {
                std::thread::yield_now();
            }
            if let Some(next) = tokens.get(number) {
                write(next);
            }
            newest.fetch_max(number, Ordering::SeqCst);
        }
    });
}

#[test]
fn a_revoked_token_is_replaced_within_the_push() {
    let sim = sim();
    let client = Client::new(&password(&sim)).unwrap();
    assert!(push(&client).is_ok());
    sim.revoke_tokens();
    let receipt = push(&client).unwrap();
    assert_eq!(receipt.attempts(), 2);
    assert_eq!(sim.iam().token_requests, 2);
}

#[test]
fn a_passing_failure_of_iam_is_tried_again() {
    let sim = sim();
    sim.fail_next(Operation::Token, Failure::Unavailable, 1);
    let client = Client::new(&password(&sim)).unwrap();
    assert!(push(&client).is_ok());
    assert_eq!(sim.iam().token_requests, 2);

    sim.revoke_tokens();
    sim.fail_next(Operation::Token, Failure::ServerError, 10);
    let client = Client::new(&password(&sim).retries(0)).unwrap();
    let error = push(&client).unwrap_err();
    assert_eq!(
        (error.status(), error.http_status()),
        (Status::CredentialsUnavailable, Some(500))
    );
    assert!(error.retryable() && !error.outcome_unknown());
    assert_eq!(error.phase().as_str(), "credentials");
}

#[test]
fn a_deadline_within_a_token_fetch_is_a_time_out_that_pushed_nothing() {
    let sim = sim();
    sim.fail_next(Operation::Token, Failure::Hang, 3);
    let config = password(&sim)
        .timeout(Duration::from_millis(300))
        .retries(0);
    let client = Client::new(&config).unwrap();
    let error = push(&client).unwrap_err();
    assert_eq!(
        (error.status(), error.phase().as_str()),
        (Status::Timeout, "credentials")
    );
    assert!(!error.outcome_unknown());
}

#[test]
fn one_off_calls_refuse_passwords() {
    let sim = sim();
    let error = Client::one_off(&password(&sim)).expect_err("must be refused");
    assert_eq!(error.status(), Status::InvalidConfig);
    assert!(error.message().contains("lock the account"), "{error}");
    assert!(Client::one_off(&keys(&sim)).is_ok());
    assert!(push_once(Some(&sim.http_url()), Some(DEFAULT_TOKEN), ID, "p", "ELB").is_ok());
    assert_eq!(sim.iam().token_requests, 0);
}

#[test]
fn signed_requests_are_accepted_and_the_account_is_looked_up_once() {
    let sim = sim();
    let client = Client::new(&keys(&sim)).unwrap();
    for _ in 0..5 {
        assert!(push(&client).is_ok());
    }
    let counts = sim.iam();
    assert_eq!((counts.domain_requests, counts.signatures_refused), (1, 0));
    let given = keys(&sim).domain_id(certpush_sim::DEFAULT_DOMAIN_ID);
    assert!(push(&Client::new(&given).unwrap()).is_ok());
    let given = keys(&sim).project_id(certpush_sim::DEFAULT_PROJECT_ID);
    assert!(push(&Client::new(&given).unwrap()).is_ok());
    assert_eq!(sim.iam().domain_requests, 1);
}

#[test]
fn a_refused_signature_is_not_repeated_until_the_key_changes() {
    let sim = sim();
    let secret = file("not-the-secret-key");
    let config = base(&sim)
        .access_key(DEFAULT_ACCESS_KEY)
        .secret_key_file(secret.path())
        .domain_id(certpush_sim::DEFAULT_DOMAIN_ID);
    let client = Client::new(&config).unwrap();
    let error = push(&client).unwrap_err();
    assert_eq!(
        (error.status(), error.attempts()),
        (Status::Unauthorized, 1)
    );
    for _ in 0..100 {
        let error = push(&client).unwrap_err();
        assert_eq!(
            (error.status(), error.attempts()),
            (Status::Unauthorized, 0)
        );
        assert_eq!(error.service_code(), Some("APIGW.0301"));
    }
    assert_eq!(sim.iam().signatures_refused, 1);
    std::fs::write(secret.path(), DEFAULT_SECRET_KEY).unwrap();
    assert!(push(&client).is_ok());
}

#[test]
fn an_echoed_access_key_is_masked() {
    let sim = sim();
    let unknown = "UNKNOWNACCESSKEY";
    let config = keys(&sim)
        .access_key(unknown)
        .domain_id(certpush_sim::DEFAULT_DOMAIN_ID);
    let error = push(&Client::new(&config).unwrap()).unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(
        shown.contains("UNKN****") && !shown.contains(unknown),
        "{shown}"
    );
}

#[test]
fn an_echoed_security_token_is_masked() {
    let sim = sim();
    let token = "a-security-token-that-the-gateway-quotes-among-the-signed-headers";
    for padding in [0, 600, 900, 4000] {
        let token = format!("{token}{}", "x".repeat(padding));
        let config = keys(&sim)
            .secret_key("not-the-secret-key")
            .security_token(&token)
            .domain_id(certpush_sim::DEFAULT_DOMAIN_ID);
        let error = push(&Client::new(&config).unwrap()).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("a-security-token"), "{shown}");
        sim.unlock();
    }
}

#[test]
fn a_clock_that_is_off_is_told_by_how_much() {
    let sim = sim();
    sim.set_clock_offset(16 * 60);
    let config = keys(&sim).domain_id(certpush_sim::DEFAULT_DOMAIN_ID);
    let error = push(&Client::new(&config).unwrap()).unwrap_err();
    assert_eq!(error.status(), Status::Unauthorized);
    assert!(
        error.hint().unwrap().contains("behind the service's"),
        "{}",
        error.hint().unwrap()
    );
    assert!(
        error.hint().unwrap().contains("clock is 9"),
        "{}",
        error.hint().unwrap()
    );
}

#[test]
fn a_clock_that_is_off_is_told_where_the_account_is_looked_up_first() {
    for offset in [20 * 60 + 30, -20 * 60 - 30] {
        let sim = sim();
        sim.set_clock_offset(offset);
        let direction = if offset > 0 { "behind" } else { "ahead of" };
        for config in [
            keys(&sim),
            keys(&sim).domain_id(certpush_sim::DEFAULT_DOMAIN_ID),
        ] {
            let error = push(&Client::new(&config).unwrap()).unwrap_err();
            let by = format!("(20 min) {direction}");
            assert!(
                error.hint().unwrap().contains(&by),
                "{error}: {}",
                error.hint().unwrap()
            );
        }
    }
}

#[test]
fn a_key_that_is_refused_is_named_with_what_is_wrong_with_it() {
    let secret = file("not-the-secret-key");
    let path = secret.path().to_str().unwrap().to_owned();
    type Change = fn(Config, &std::path::Path) -> Config;
    let cases: [(&str, bool, Change); 3] = [
        (
            "The secret key is not that of access key SIMA****",
            false,
            |config, path| config.secret_key_file(path),
        ),
        ("is locked for 5 minutes", true, |config, path| {
            config.secret_key_file(path)
        }),
        (
            "The service knows no access key UNKN****",
            false,
            |config, path| config.access_key("UNKNOWNACCESSKEY").secret_key_file(path),
        ),
    ];
    for (words, is_locked, change) in cases {
        for is_looked_up in [true, false] {
            let sim = sim();
            if is_locked {
                sim.lock();
            }
            let config = change(base(&sim).access_key(DEFAULT_ACCESS_KEY), secret.path());
            let config = if is_looked_up {
                config
            } else {
                config.domain_id(certpush_sim::DEFAULT_DOMAIN_ID)
            };
            let error = push(&Client::new(&config).unwrap()).unwrap_err();
            let hint = error.hint().unwrap();
            assert!(hint.contains(words), "{error}: {hint}");
            assert!(hint.contains(&path), "where the secret key is: {hint}");
            assert!(!hint.contains("token"), "{hint}");
            assert!(!hint.contains(DEFAULT_ACCESS_KEY), "{hint}");
        }
    }
}

#[test]
fn a_login_that_is_refused_is_told_with_what_is_wrong_with_it() {
    let sim = sim();
    for (config, words) in [
        (
            password(&sim).user_password("not-the-right-one"),
            "user IAMUser of IAMDomain",
        ),
        (
            password(&sim).user_name("nobody"),
            "user nobody of IAMDomain",
        ),
        (
            password(&sim).scope_project("cn-nord-4"),
            "scope_project \"cn-nord-4\"",
        ),
        (
            password(&sim)
                .scope_project("cn-north-4")
                .scope_domain("other"),
            "scope_domain \"other\"",
        ),
    ] {
        let client = Client::new(&config).unwrap();
        let error = push(&client).unwrap_err();
        assert_eq!(error.status(), Status::CredentialsRefused);
        assert!(
            error.hint().unwrap().contains(words),
            "{error}: {}",
            error.hint().unwrap()
        );
        assert!(error.message().contains("IAM answered 401 The"), "{error}");
    }
}

fn metadata(mode: MetadataMode, key_lifetime: Duration) -> Sim {
    Sim::start(SimOptions {
        metadata: MetadataOptions {
            mode,
            key_lifetime,
            ..MetadataOptions::default()
        },
        ..SimOptions::default()
    })
    .unwrap()
}

const DAY: Duration = Duration::from_secs(86_400);

fn by_metadata(sim: &Sim) -> Client {
    let config = base(sim)
        .metadata_endpoint(sim.http_url())
        .credentials(CredentialChoice::Metadata);
    Client::new(&config).unwrap()
}

#[test]
fn a_machines_temporary_keys_are_fetched_once_with_and_without_a_token() {
    for mode in [
        MetadataMode::V2,
        MetadataMode::V1 { status: 404 },
        MetadataMode::V1 { status: 405 },
    ] {
        let sim = metadata(mode, DAY);
        let client = by_metadata(&sim);
        for _ in 0..5 {
            if let Err(error) = push(&client) {
                panic!("{mode:?}: {error}");
            }
        }
        assert_eq!(sim.iam().instance_key_requests, 1, "{mode:?}");
    }
}

#[test]
fn temporary_keys_are_renewed_before_they_expire() {
    let sim = metadata(MetadataMode::V2, Duration::from_millis(2500));
    let client = by_metadata(&sim);
    while sim.iam().keys_issued < 3 {
        if let Err(error) = push(&client) {
            panic!("{error}");
        }
    }
    assert_eq!(sim.iam().signatures_refused, 0);
}

#[test]
fn a_machine_without_an_agency_is_told() {
    let sim = metadata(MetadataMode::NoAgency, DAY);
    let error = push(&by_metadata(&sim)).unwrap_err();
    assert_eq!(error.status(), Status::CredentialsRefused);
    assert!(error.message().contains("no agency"), "{error}");
    assert!(
        !error.hint().unwrap().contains("lock"),
        "{}",
        error.hint().unwrap()
    );
    assert!(
        error.hint().unwrap().contains("agency"),
        "{}",
        error.hint().unwrap()
    );
}

#[test]
fn a_profile_of_the_official_sdks_is_read() {
    let sim = sim();
    let profile = file(&format!(
        "[global]\nak = {DEFAULT_ACCESS_KEY}\nsk = {DEFAULT_SECRET_KEY}\ndomain_id = {}\n",
        certpush_sim::DEFAULT_DOMAIN_ID
    ));
    let client = Client::new(&base(&sim).profile_file(profile.path())).unwrap();
    assert!(push(&client).is_ok());
    assert!(
        client.describe().contains("[global]"),
        "{}",
        client.describe()
    );
    assert_eq!(sim.iam().domain_requests, 0);
}

#[test]
fn a_programs_own_source_is_asked_for_each_push_and_its_errors_come_through() {
    let sim = sim();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let config = base(&sim).token_source(move || -> Result<String, String> {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(DEFAULT_TOKEN.to_owned())
    });
    let client = Client::new(&config).unwrap();
    assert!(push(&client).is_ok() && push(&client).is_ok());
    assert_eq!(asked.load(Ordering::SeqCst), 2);

    let failing = base(&sim)
        .retries(0)
        .token_source(|| Err(std::io::Error::other("the vault is sealed")));
    let error = push(&Client::new(&failing).unwrap()).unwrap_err();
    assert_eq!(error.status(), Status::CredentialsUnavailable);
    assert!(error.message().contains("the vault is sealed"), "{error}");
    let cause = std::error::Error::source(&error).expect("what the source returned");
    assert!(cause.is::<std::io::Error>(), "{cause}");

    let bad = base(&sim).token_source(|| -> Result<String, String> { Ok("short".to_owned()) });
    let error = push(&Client::new(&bad).unwrap()).unwrap_err();
    assert_eq!(
        (error.status(), error.attempts()),
        (Status::InvalidArgument, 0)
    );
}

#[test]
fn two_kinds_of_credential_need_a_choice() {
    let sim = sim();
    let both = keys(&sim).token(DEFAULT_TOKEN);
    let error = Client::new(&both).expect_err("must be refused");
    assert_eq!(error.status(), Status::InvalidConfig);
    assert!(
        error.message().contains("option token") && error.message().contains("option access_key"),
        "{error}"
    );
    let client = Client::new(&both.clone().credentials(CredentialChoice::Keys)).unwrap();
    assert!(push(&client).is_ok());
    assert_eq!(sim.iam().signatures_accepted, 2, "the look-up and the push");
    assert!(push(&Client::new(&both.credentials(CredentialChoice::Token)).unwrap()).is_ok());
    assert_eq!(sim.iam().signatures_accepted, 2);
}

#[test]
fn an_iam_endpoint_may_end_in_its_version() {
    for ending in ["", "/", "/v3", "/v3/", "/v3/auth/tokens", "/V3"] {
        let sim = sim();
        let url = format!("{}{ending}", sim.http_url());
        for config in [password(&sim), keys(&sim)] {
            let client = Client::new(&config.iam_endpoint(&url)).unwrap();
            let pushed = push(&client);
            assert!(pushed.is_ok(), "{url}: {pushed:?}");
        }
        let profile = file(&format!(
            "[global]\nak = {DEFAULT_ACCESS_KEY}\nsk = {DEFAULT_SECRET_KEY}\niam_endpoint = {url}\n"
        ));
        let config = Config::new()
            .endpoint(sim.http_url())
            .profile_file(profile.path());
        assert!(push(&Client::new(&config).unwrap()).is_ok(), "{url}");
        assert_eq!(sim.iam().domain_requests, 2);
    }
    for ending in ["/v2.0", "/v3.0/OS-USER", "/v3?x=1"] {
        let sim = sim();
        let config = password(&sim).iam_endpoint(format!("{}{ending}", sim.http_url()));
        let error = Client::new(&config).expect_err("must be refused");
        assert_eq!(error.status(), Status::InvalidConfig);
        assert!(error.message().contains("iam_endpoint"), "{error}");
    }
}

#[test]
fn an_iam_that_is_elsewhere_is_told_from_a_wrong_password() {
    let sim = sim();
    let config = password(&sim).iam_endpoint(format!("{}/identity", sim.http_url()));
    let error = push(&Client::new(&config).unwrap()).unwrap_err();
    let told = format!("{error} {}", error.hint().unwrap());
    assert!(told.contains("iam_endpoint"), "{told}");
    assert!(!error.hint().unwrap().contains("lock"), "{told}");
}

#[test]
fn halves_of_a_credential_are_refused_by_name() {
    let sim = sim();
    for (config, missing) in [
        (base(&sim).access_key("AK"), "secret_key"),
        (base(&sim).secret_key("SK"), "access_key"),
        (base(&sim).user_name("u").user_password("p"), "user_domain"),
        (base(&sim).user_password("p").user_domain("d"), "user_name"),
        (password(&sim).totp("123456"), "user_id"),
        (
            base(&sim)
                .credentials(CredentialChoice::Keys)
                .token(DEFAULT_TOKEN),
            "access_key",
        ),
    ] {
        let error = Client::new(&config).expect_err(missing);
        assert!(error.message().contains(missing), "{error}");
    }
}

#[test]
fn no_secret_is_shown_anywhere() {
    let sim = sim();
    let lines = Arc::new(Mutex::new(String::new()));
    let mut shown = String::new();
    for config in [
        password(&sim),
        keys(&sim),
        password(&sim).user_password("a wrong password"),
    ] {
        let kept = Arc::clone(&lines);
        let config = config.log(move |_, line| kept.lock().unwrap().push_str(line));
        let client = Client::new(&config).unwrap();
        let result = push(&client);
        shown += &format!("{config:?} {result:?} {}", client.describe());
    }
    shown += &lines.lock().unwrap();
    for secret in [
        DEFAULT_PASSWORD,
        DEFAULT_SECRET_KEY,
        "a wrong password",
        "MII",
    ] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    assert!(!shown.contains(DEFAULT_ACCESS_KEY), "{shown}");
}
