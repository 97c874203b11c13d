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
    let config = Config::new().language("").region("cn-north-4");
    assert!(refusal(&config).starts_with("language must not be empty"));
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

/// What a text is refused with; it must leave the config as it was.
fn refusal_of_text(text: &str) -> Error {
    let mut config = Config::new()
        .region("cn-north-4")
        .timeout(Duration::from_secs(7));
    let error = config.set_options(text).unwrap_err();
    let settings = config.settings(&bare()).unwrap().0;
    assert_eq!(settings.endpoint.host, "scm.cn-north-4.myhuaweicloud.com");
    assert_eq!(settings.timeout, Duration::from_secs(7));
    for key in OptionKey::ALL {
        let is_set = matches!(key, OptionKey::region | OptionKey::timeout_ms);
        assert_eq!(
            config.program.has(*key),
            is_set,
            "{text:?} set {}",
            key.name()
        );
    }
    error
}

const TOKEN: &str = "hunter2-hunter2-hunter2-hunter2-hunter2";

#[test]
fn options_are_lines_that_are_split_at_their_first_equals_sign() {
    let mut config = Config::new();
    let text = format!(
        "region=cn-north-4\r\ntoken={TOKEN}==\n\ntimeout_ms=7\n\r\nproxy=\nuser_agent=a = \"b\" # c"
    );
    config.set_options(&text).unwrap();
    let (settings, credential) = config.settings(&bare()).unwrap();
    assert_eq!(settings.endpoint.host, "scm.cn-north-4.myhuaweicloud.com");
    assert_eq!(settings.timeout, Duration::from_millis(7));
    assert!(settings.user_agent.ends_with(" a = \"b\" # c"));
    assert!(config.program.has(OptionKey::proxy));
    let CredentialSpec::Token(SecretSpec::Text(token, _)) = credential else {
        panic!("it is a token");
    };
    assert_eq!(token.expose(), format!("{TOKEN}=="));
}

#[test]
fn options_are_the_members_of_a_json_object() {
    let mut config = Config::new();
    let text = format!(
        r#"{{"region": "cn-north-4", "timeout_ms": 7, "allow_http": true,
             "to\u006ben": "{TOKEN}\u003d\/", "retries": "0", "user_agent": "\ud83d\udd10"}}
        "#
    );
    config.set_options(&text).unwrap();
    assert_eq!(
        config.program.timeout_ms.as_ref().unwrap().value,
        Duration::from_millis(7)
    );
    assert_eq!(
        config.program.token.as_ref().unwrap().text(),
        format!("{TOKEN}=/")
    );
    assert_eq!(config.program.user_agent.as_ref().unwrap().text(), "🔐");
    assert_eq!(config.program.retries.as_ref().unwrap().value, 0);
    assert!(config.program.allow_http.as_ref().unwrap().value);
}

#[test]
fn a_text_that_says_nothing_sets_nothing() {
    for text in [
        "",
        "\n",
        "\r\n\n",
        "\u{feff}",
        "{}",
        "{ }\n",
        "\u{feff}{}",
        "load_env=false",
    ] {
        let mut config = Config::new();
        config.set_options(text).unwrap();
        assert!(
            !OptionKey::ALL.iter().any(|key| config.program.has(*key)),
            "{text:?}"
        );
    }
}

#[test]
fn a_byte_order_mark_before_the_first_key_is_dropped() {
    for text in ["\u{feff}retries=3", "\u{feff}{\"retries\":3}"] {
        let mut config = Config::new();
        config.set_options(text).unwrap();
        assert_eq!(config.program.retries.as_ref().unwrap().value, 3);
    }
}

#[test]
fn a_text_replaces_what_was_set_before_and_is_replaced_by_what_is_set_later() {
    let mut config = Config::new().timeout(Duration::from_secs(1));
    config.set_options("timeout_ms=2").unwrap();
    config.set_options("retries=0").unwrap();
    assert_eq!(config.call_timeout(), Duration::from_millis(2));
    config.set("timeout_ms", "3").unwrap();
    assert_eq!(config.call_timeout(), Duration::from_millis(3));
}

#[test]
fn load_env_reads_the_environment_and_counts_less() {
    let environment = HashMap::from([("CERTPUSH_TIMEOUT_MS", "5"), ("CERTPUSH_RETRIES", "7")]);
    for text in [
        "load_env=true\nretries=1",
        "retries=1\r\nload_env=true\r\n",
        r#"{"load_env": true, "retries": 1}"#,
        r#"{"retries": "1", "load_env": "true"}"#,
    ] {
        let mut config = Config::new();
        config.set_options_within(text, &environment).unwrap();
        assert_eq!(config.call_timeout(), Duration::from_millis(5));
        assert_eq!(config.in_effect().retries(), 1);
    }
    let mut config = Config::new();
    config
        .set_options_within("retries=1", &environment)
        .unwrap();
    assert_eq!(config.call_timeout(), Duration::from_secs(60));
}

#[test]
fn a_text_counts_in_whole_or_not_at_all() {
    let bad_variable = HashMap::from([("CERTPUSH_RETRIES", "3"), ("CERTPUSH_TIMEOUT_MS", "soon")]);
    let mut config = Config::new();
    let error = config.set_options_within("retry_max_ms=9\nload_env=true", &bad_variable);
    assert!(error.unwrap_err().message().contains("CERTPUSH_TIMEOUT_MS"));
    for layer in [&config.program, &config.environment] {
        assert!(!OptionKey::ALL.iter().any(|key| layer.has(*key)));
    }
    assert!(config.load(&bad_variable).is_err());
    assert!(!config.environment.has(OptionKey::retries));
}

#[test]
fn a_refused_text_is_told_by_line_and_key() {
    for (text, message) in [
        (
            "retries=1\nretries=2",
            "options, line 2: retries is set a second time",
        ),
        (
            "load_env=true\n\nload_env=true",
            "options, line 3: load_env is set a second time",
        ),
        (
            "load_env=yes",
            "options, line 1: load_env must be true or false",
        ),
        (
            "load_env=",
            "options, line 1: load_env must be true or false",
        ),
        (
            "token_file=/a\ntoken=b",
            "options, line 2: token and token_file exclude each other",
        ),
        (
            "region=a\nendpoint=b",
            "options, line 2: endpoint and region exclude each other",
        ),
        (
            "ca_file=/a\ntrust=system",
            "options, line 2: trust and ca_file exclude each other",
        ),
        (
            "region=a\nretries=-5",
            "options, line 2: retries must be decimal digits, 0 to 10",
        ),
        (
            "trust=hunter2",
            "options, line 1: trust must be one of system, mozilla",
        ),
        (
            "allow_http=hunter2",
            "options, line 1: allow_http must be true or false",
        ),
        ("region=", "options, line 1: region must not be empty"),
        (
            "region=a\r",
            "options, line 1: region must not have control characters",
        ),
        ("\n\n ", "options, line 3: there is no = in it"),
        (
            "retries=1\n# hunter2",
            "options, line 2: there is no = in it",
        ),
        (" {\"retries\": 1}", "options, line 1: there is no = in it"),
        ("[\"region\"]", "options, line 1: there is no = in it"),
        (
            "{\"retries\": 1,\n\"retries\": 1}",
            "options, line 2: retries is set a second time",
        ),
        (
            r#"{"retries": 1, "\u0072etries": 1}"#,
            "options, line 1: retries is set a second time",
        ),
        (
            "{\"token\": \"hunter2\"\n,\"token_file\": \"/a\"}",
            "options, line 1: token must have 32 to 2097152 characters, but has 7; nothing was sent",
        ),
        (
            "{\"retries\":\n[1]}",
            "options, line 1: retries must be a text, a whole number, true or false",
        ),
        (
            "{\"retries\": 1,\n \"region\": {\"hunter2\": 1}}",
            "options, line 2: region must be a text, a whole number, true or false",
        ),
        (
            "{\"region\": null}",
            "options, line 1: region must be a text, a whole number, true or false",
        ),
        (
            "{\"retries\": 1.0}",
            "options, line 1: retries must be a text, a whole number, true or false",
        ),
        (
            "{\"retries\": 1e0}",
            "options, line 1: retries must be a text, a whole number, true or false",
        ),
        (
            "{\"retries\": true}",
            "options, line 1: retries must be decimal digits, 0 to 10",
        ),
        (
            "{\"load_env\": 1}",
            "options, line 1: load_env must be true or false",
        ),
        (
            "{\"load_env\": null}",
            "options, line 1: load_env must be a text, a whole number, true or false",
        ),
        ("{", "options, line 1: this is not JSON"),
        (
            "{\"region\":\n\n hunter2}",
            "options, line 3: this is not JSON",
        ),
        (
            "{\"retries\": 1}\nregion=hunter2",
            "options, line 2: this is not JSON",
        ),
        ("{\"retries\": 1}{}", "options, line 1: this is not JSON"),
        ("{\"retries\": 1,}", "options, line 1: this is not JSON"),
        (
            "{\"token\": \"hun\nter2\"}",
            "options, line 1: this is not JSON",
        ),
        (
            "{\"token\": \"\\ud800\"}",
            "options, line 1: this is not JSON",
        ),
        ("{region=hunter2", "options, line 1: this is not JSON"),
        (
            "retries=1\ntoken=hun\0ter2",
            "options, line 2 has a NUL inside; nothing was sent",
        ),
        (
            "retries=1\n\0",
            "options, line 2 has a NUL inside; nothing was sent",
        ),
        (
            r#"{"region": "hun\u0000ter2"}"#,
            "options, line 1: region has a NUL inside; nothing was sent",
        ),
    ] {
        let error = refusal_of_text(text);
        assert_eq!(error.message(), message, "{text:?}");
        assert!(!error.report().to_json().contains("hun"), "{error:?}");
        let of_argument = message.ends_with("nothing was sent");
        let status = if of_argument {
            Status::InvalidArgument
        } else {
            Status::InvalidConfig
        };
        assert_eq!((error.status(), error.outcome_unknown()), (status, false));
    }
}

#[test]
fn a_key_that_can_only_be_meant_for_an_option_is_told_the_right_one() {
    for (key, right) in [
        ("timeout", "timeout_ms, in milliseconds"),
        ("timeout-ms", "timeout_ms, in milliseconds"),
        ("CERTPUSH_TOKEN", "token"),
        ("certpush_no_proxy", "no_proxy"),
        ("Region", "region"),
        (" region ", "region"),
        ("NoProxy", "no_proxy"),
    ] {
        for text in [
            format!("{key}=hunter2"),
            format!("{{\"{key}\": \"hunter2\"}}"),
        ] {
            assert_eq!(
                refusal_of_text(&text).message(),
                format!(
                    "options, line 1: the key is not written as an option's: the one that is read is {right}"
                )
            );
        }
    }
}

#[test]
fn an_unknown_key_is_shown_only_if_it_could_be_an_options() {
    let told = |key: &str| {
        refusal_of_text(&format!("retries=1\n{key}=x"))
            .message()
            .to_owned()
    };
    let known = "is no option; the options are load_env, region, ";
    assert!(told("tiemout_ms").starts_with(&format!("options, line 2: \"tiemout_ms\" {known}")));
    for key in [
        "",
        "#retries",
        "Hunter2",
        "hunter2",
        "geheim\u{202e}",
        "tie mout",
        &"k".repeat(32),
    ] {
        let message = told(key);
        assert!(
            message.starts_with(&format!("options, line 2: the key {known}")),
            "{message}"
        );
    }
    // What a token went on with after a line end.
    let split = refusal_of_text("token=hunter2\nMIIhunter2==");
    assert!(!split.message().contains("unter2"), "{split}");
}

#[test]
fn a_huge_text_is_read_or_refused_without_harm() {
    let token = "t".repeat(2_097_152);
    for text in [
        format!("token={token}"),
        format!("{{\"token\":\"{token}\"}}"),
    ] {
        let mut config = Config::new();
        config.set_options(&text).unwrap();
        assert_eq!(config.program.token.as_ref().unwrap().text(), token);
    }
    let many = |count: usize| format!("{{{}}}", vec!["\"x\":1"; count].join(","));
    assert!(refusal_of_text(&many(100_000)).message().contains("JSON"));
    assert!(
        refusal_of_text(&many(60_000))
            .message()
            .contains("is no option")
    );
    let lines = "\n".repeat(1_000_000);
    assert!(Config::new().set_options(&lines).is_ok());
    let last = refusal_of_text(&(lines + "tiemout_ms=hunter2"));
    assert!(
        last.message()
            .starts_with("options, line 1000001: \"tiemout_ms\""),
        "{last}"
    );
}
