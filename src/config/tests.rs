//! Which option counts, and what the options come to.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::option_layers::{OptionLayer, Source};
use super::{Config, Settings};
use crate::Status;
use crate::call_context::CallContext;
use crate::credentials::{CredentialSpec, SecretSpec};
use crate::environment::Environment;
use crate::options::{OPTIONS, OptionKey};
use crate::report::Error;
use crate::transport::Trust;

/// An environment without variables, so that nothing of this machine is found.
fn bare() -> HashMap<&'static str, String> {
    HashMap::new()
}

impl Config {
    fn settings(&self, environment: &dyn Environment) -> Result<(Settings, CredentialSpec), Error> {
        CallContext::for_tests(|waiting| self.settings_within(environment, waiting))
    }
}

fn refusal(config: &Config) -> String {
    match config.settings(&bare()) {
        Ok(_) => panic!("must be refused"),
        Err(error) => {
            assert_eq!(error.status(), Status::InvalidConfig);
            error.message().to_owned()
        }
    }
}

fn environment(config: &mut Config, key: &str, value: &str) {
    let key = OptionKey::find(key).unwrap();
    let layer = &mut config.environment;
    layer.put(key, Source::Environment, value).unwrap();
}

#[test]
fn every_default_is_a_value_and_an_empty_one_is_as_the_option_says() {
    for key in OptionKey::ALL {
        let option = key.spec();
        let mut layer = OptionLayer::default();
        if !option.default.is_empty() {
            layer.put(*key, Source::Program, option.default).unwrap();
            assert!(layer.has(*key), "{}", option.key);
        }
        let empty = layer.put(*key, Source::Program, "");
        assert_eq!(empty.is_ok(), option.may_be_empty, "{}", option.key);
    }
}

#[test]
fn a_copy_has_the_same_options_and_shares_what_is_secret() {
    let mut config = Config::new().token("t".repeat(64)).retries(1);
    let copy = config.clone();
    let token = |config: &Config| Arc::clone(&config.program.token.as_ref().unwrap().value);
    assert!(Arc::ptr_eq(&token(&config), &token(&copy)));
    config.set("token", &"u".repeat(64)).unwrap();
    assert_eq!(token(&copy).expose(), "t".repeat(64));
    assert_eq!(copy.program.retries.as_ref().unwrap().value, 1);
}

#[test]
fn bad_values_are_refused_by_name_and_leave_what_was_set() {
    for (key, good, value) in [
        ("timeout_ms", "86400000", "0"),
        ("timeout_ms", "1", "86400001"),
        ("timeout_ms", "5", "+5"),
        ("timeout_ms", "5", "1e3"),
        ("timeout_ms", "5", " 5"),
        ("timeout_ms", "5", "-1"),
        ("timeout_ms", "5", "99999999999999999999999"),
        ("retries", "10", "11"),
        ("retries", "0", "4294967296"),
        ("allow_http", "true", "yes"),
        ("trust", "mozilla", "none"),
        ("region", "cn-north-4", ""),
        ("language", "zh-cn", "en\r\nX-Evil: 1"),
        ("ca_file", "/a", "a\0b"),
    ] {
        let mut config = Config::new();
        config.set(key, good).unwrap();
        let error = config.set(key, value).unwrap_err();
        assert!(error.message().starts_with(key), "{error}");
        assert!(config.program.has(OptionKey::find(key).unwrap()));
    }
}

#[test]
fn a_bad_variable_is_named_once_and_its_option_too() {
    for (name, value, message) in [
        (
            "CERTPUSH_TIMEOUT_MS",
            "0",
            "variable CERTPUSH_TIMEOUT_MS: timeout_ms must be decimal digits, 1 to 86400000, but is \"0\"",
        ),
        (
            "CERTPUSH_ACCESS_KEY",
            "A,K",
            "variable CERTPUSH_ACCESS_KEY: access_key has a character that none has (a blank, a comma or one outside ASCII)",
        ),
        (
            "CERTPUSH_SECRET_KEY",
            "S K",
            "variable CERTPUSH_SECRET_KEY: secret_key has a character that no key has (a blank, a control character or one outside ASCII); nothing was sent",
        ),
    ] {
        let error = Config::new().load(&HashMap::from([(name, value)]));
        assert_eq!(error.unwrap_err().message(), message);
    }
}

#[test]
fn defaults_are_the_tables() {
    let settings = Config::new()
        .region("cn-north-4")
        .settings(&bare())
        .unwrap()
        .0;
    assert_eq!(settings.timeout, Duration::from_secs(60));
    assert_eq!(settings.connect_timeout, Duration::from_secs(5));
    assert_eq!(settings.trust, Trust::System);
    assert_eq!(
        settings.user_agent,
        concat!("certpush/", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn options_that_exclude_each_other_are_both_named() {
    let both = Config::new()
        .region("cn-north-4")
        .endpoint("https://a.example");
    let message = refusal(&both);
    assert!(
        message.contains("option region") && message.contains("option endpoint"),
        "{message}"
    );
}

#[test]
fn the_program_hides_the_environment_whatever_the_order() {
    let mut config = Config::new().timeout(Duration::from_secs(1));
    environment(&mut config, "timeout_ms", "7");
    environment(&mut config, "endpoint", "https://b.example");
    config.set("region", "cn-north-4").unwrap();
    let settings = config.settings(&bare()).unwrap().0;
    assert_eq!(settings.timeout, Duration::from_secs(1));
    assert_eq!(settings.endpoint.host, "scm.cn-north-4.myhuaweicloud.com");
}

#[test]
fn a_token_file_hides_the_environments_token() {
    let mut config = Config::new().region("cn-north-4").token_file("/a");
    environment(&mut config, "token", &"t".repeat(32));
    assert!(matches!(
        config.settings(&bare()).unwrap().1,
        CredentialSpec::Token(SecretSpec::File(..))
    ));
}

const RELAY: &str = "HUAWEICLOUD_SDK_REGION_SCM_EU_WEST_101";

/// An environment in which one of the official SDK's variables names a relay.
fn with_relay() -> HashMap<&'static str, String> {
    HashMap::from([(RELAY, "https://relay.example/scm".to_owned())])
}

#[test]
fn a_region_is_where_the_official_sdks_list_says() {
    let config = Config::new()
        .region("eu-west-101")
        .user_name("u")
        .user_domain("d")
        .user_password("p");
    let (settings, credential) = config.settings(&with_relay()).unwrap();
    assert_eq!(settings.endpoint.url(), "https://relay.example/scm");
    assert_eq!(
        settings.endpoint_origin,
        format!("variable {RELAY}, for region eu-west-101 of option region")
    );
    // IAM, and what a token is for, go by the region: the relay's name tells neither.
    let iam = "https://iam.eu-west-101.myhuaweicloud.eu";
    assert_eq!(settings.iam_endpoint.as_deref(), Some(iam));
    assert!(matches!(
        credential,
        CredentialSpec::Password(given) if given.login.scope_project == "eu-west-101"
    ));
}

#[test]
fn the_official_sdks_list_has_no_say_in_other_regions_or_an_endpoint() {
    let settings = |config: Config| config.settings(&with_relay()).unwrap().0;
    let other = settings(Config::new().region("cn-north-4"));
    assert_eq!(other.endpoint.host, "scm.cn-north-4.myhuaweicloud.com");
    let endpoint = settings(Config::new().endpoint("https://a.example"));
    assert_eq!(endpoint.endpoint.host, "a.example");
    let mut both = Config::new().endpoint("https://a.example");
    environment(&mut both, "region", "eu-west-101");
    assert_eq!(settings(both).endpoint.host, "a.example");
}

#[test]
fn a_bad_typed_value_is_told_when_the_client_is_made() {
    assert!(refusal(&Config::new().trust("none").region("cn-north-4")).starts_with("trust"));
}

#[test]
fn an_unknown_option_is_told_with_the_known_ones() {
    let error = Config::new().set("tiemout_ms", "1").unwrap_err();
    assert!(error.message().contains("timeout_ms"));
}

#[test]
fn a_variable_that_can_only_be_meant_for_an_option_is_refused_with_the_right_name() {
    for (name, right) in [
        ("CERTPUSH_TIMEOUT", "CERTPUSH_TIMEOUT_MS, in milliseconds"),
        ("CERTPUSH_TIMEOUTMS", "CERTPUSH_TIMEOUT_MS"),
        ("CERTPUSH_CONNECT_TIMEOUT", "CERTPUSH_CONNECT_TIMEOUT_MS"),
        ("CERTPUSH_RETRYBASE", "CERTPUSH_RETRY_BASE_MS"),
        ("CERTPUSH_TOKENFILE", "CERTPUSH_TOKEN_FILE"),
        ("CERTPUSH_Token", "CERTPUSH_TOKEN"),
        ("CERTPUSH__REGION_", "CERTPUSH_REGION"),
        ("certpush_region", "CERTPUSH_REGION"),
        ("Certpush_NoProxy", "CERTPUSH_NO_PROXY"),
    ] {
        let environment = HashMap::from([(name, "hunter2"), ("CERTPUSH_TIMEOUT_MS", "30")]);
        let error = Config::new().load(&environment).unwrap_err();
        assert_eq!(error.status(), Status::InvalidConfig);
        let message = error.message();
        assert!(
            message.contains(name) && message.contains(right) && !message.contains("hunter2"),
            "{message}"
        );
        assert!(Config::new().load(&HashMap::from([(name, "")])).is_ok());
    }
}

#[test]
fn other_variables_that_are_no_options_are_told() {
    let environment = HashMap::from([
        ("CERTPUSH_SERVICE_HOST", "10.0.0.1"),
        ("CERTPUSH_PORT", "tcp://10.0.0.1:443"),
        ("CERTPUSH_", "a"),
        ("CERTPUSH_EMPTY", ""),
        ("CERTPUSH_RETRIES", "1"),
        ("CERTPUS_REGION", "a"),
        ("XCERTPUSH_REGION", "a"),
        ("CERTPUSH", "a"),
        ("证书_CERTPUSH_REGION", "a"),
    ]);
    let mut config = Config::new().region("cn-north-4");
    config.load(&environment).unwrap();
    let settings = config.settings(&bare()).unwrap().0;
    assert_eq!(
        settings.unknown_variables,
        ["CERTPUSH_", "CERTPUSH_PORT", "CERTPUSH_SERVICE_HOST"]
    );
    assert_eq!(settings.retry.retries, 1);
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_refused_by_name() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    for option in OPTIONS {
        let name: &str = option.environment_name().leak();
        let environment = HashMap::from([(name, OsString::from_vec(b"/a\xe4".to_vec()))]);
        let error = Config::new().load(&environment).unwrap_err();
        assert_eq!(error.status(), Status::InvalidConfig);
        assert_eq!(error.message(), format!("variable {name} is not UTF-8"));
    }
}

#[test]
fn no_value_is_in_the_debug_form() {
    let config = Config::new().token("very-secret-token-of-32-characters");
    assert!(!format!("{config:?}").contains("very-secret"));
}
