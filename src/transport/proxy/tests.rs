use std::collections::HashMap;
use std::ffi::OsString;

use super::*;

fn endpoint(url: &str) -> Endpoint {
    Endpoint::for_tests(url, true)
}

fn try_choosing<V: Clone + Into<OsString>>(
    url: &str,
    variables: &[(&'static str, V)],
) -> Result<Option<Proxy>, Error> {
    let environment: HashMap<_, _> = variables.iter().cloned().collect();
    Proxy::choose(&endpoint(url), &ProxyOptions::default(), &environment)
}

fn chosen(url: &str, variables: &[(&'static str, &'static str)]) -> Option<Proxy> {
    try_choosing(url, variables).unwrap()
}

#[test]
fn each_scheme_has_its_variable_lower_case_first() {
    let both = [
        ("HTTPS_PROXY", "http://upper:1"),
        ("https_proxy", "lower:2"),
    ];
    let proxy = chosen("https://scm.example", &both).unwrap();
    assert_eq!((proxy.host.as_str(), proxy.port), ("lower", 2));
    assert!(chosen("http://scm.example", &both).is_none());
    let http = [("HTTP_PROXY", "http://plain:3")];
    assert_eq!(chosen("http://scm.example", &http).unwrap().port, 3);
    assert!(chosen("https://scm.example", &http).is_none());
}

#[test]
fn a_cgi_program_does_not_take_http_proxy_from_its_caller() {
    let cgi = [("HTTP_PROXY", "http://evil:1"), ("REQUEST_METHOD", "GET")];
    assert!(chosen("http://scm.example", &cgi).is_none());
}

#[test]
fn this_machine_is_not_reached_through_an_environment_proxy() {
    let both = [("HTTPS_PROXY", "p:1"), ("HTTP_PROXY", "p:1")];
    for url in ["https://localhost", "https://127.0.0.9:1", "http://[::1]"] {
        assert!(chosen(url, &both).is_none(), "{url}");
    }
}

#[test]
fn no_proxy_takes_names_blanks_ports_and_blocks() {
    let exempt = |url, list| is_exempt(&endpoint(url), list);
    for (url, list) in [
        ("https://scm.example.com", "example.com"),
        ("https://scm.example.com", " a.org , .example.com "),
        ("https://scm.example.com", "a.org scm.example.com:443"),
        ("https://SCM.example.com", "*.EXAMPLE.com"),
        ("https://scm.example.com", "*"),
        ("https://10.1.2.3", "10.0.0.0/8"),
        ("https://10.1.2.3:8443", "10.1.2.3:8443"),
        ("https://[fd00::5]", "fd00::/8"),
        ("https://[fd00::5]:1", "[fd00::5]:1"),
        ("https://[fd00::5]", "fd00::5"),
        ("https://10.1.2.3", "10.1.2.3\n"),
        ("https://10.1.2.3", "a.example,\r\n10.1.2.3\r\n"),
        ("https://10.1.2.3", "\u{b}10.1.2.3\u{c}"),
        ("https://10.1.2.3", "a.example\u{a0}10.1.2.3\u{85}b.example"),
        ("https://10.1.2.3", "a.example;10.1.2.3;"),
        ("https://10.1.2.3", "\u{1b}10.1.2.3\u{7f}"),
        ("https://10.1.2.3", "\u{feff}\"a.example,10.1.2.3\u{200b}\""),
        ("https://scm.example.com", "a.example\n*\n"),
    ] {
        assert!(exempt(url, list), "{url} {list}");
    }
    for (url, list) in [
        ("https://scm.example.com", "ample.com"),
        ("https://scm.example.com", "scm.example.com:80"),
        ("https://10.1.2.3", "11.0.0.0/8"),
        ("https://10.1.2.3", "10.0.0.0/33"),
        ("https://10.1.2.3", "0.1.2.3"),
        ("https://scm.example.com", ""),
        ("https://scm.example.com", ". , *."),
    ] {
        assert!(!exempt(url, list), "{url} {list}");
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_refused_by_name_and_never_means_direct() {
    use std::os::unix::ffi::OsStringExt;

    let latin_1 = || OsString::from_vec(b"http://user:hunter2\xe4@p:1".to_vec());
    let good = || OsString::from("p:1");
    for (url, variables, name) in [
        (
            "http://a.example",
            vec![("http_proxy", latin_1())],
            "http_proxy",
        ),
        (
            "http://a.example",
            vec![("HTTP_PROXY", latin_1())],
            "HTTP_PROXY",
        ),
        (
            "https://a.example",
            vec![("https_proxy", latin_1())],
            "https_proxy",
        ),
        (
            "https://a.example",
            vec![("https_proxy", latin_1()), ("HTTPS_PROXY", good())],
            "https_proxy",
        ),
        (
            "https://a.example",
            vec![("https_proxy", good()), ("NO_PROXY", latin_1())],
            "NO_PROXY",
        ),
        (
            "http://a.example",
            vec![("http_proxy", latin_1()), ("REQUEST_METHOD", good())],
            "http_proxy",
        ),
    ] {
        let error = try_choosing(url, &variables).err().expect(url);
        assert_eq!(error.message(), format!("variable {name} is not UTF-8"));
    }
    // What is asked for another scheme, or nobody, is not looked at.
    let other = [("http_proxy", latin_1())];
    assert!(try_choosing("https://a.example", &other).unwrap().is_none());
    let alone = [("no_proxy", latin_1())];
    assert!(try_choosing("https://a.example", &alone).unwrap().is_none());
}

#[test]
fn an_option_is_taken_before_the_environment_and_empty_turns_it_off() {
    let environment = HashMap::from([("https_proxy", "http://environment:1")]);
    let options = |proxy: &str| ProxyOptions {
        proxy: Some((Secret::new(proxy), "option proxy".to_owned())),
        no_proxy: None,
    };
    let at = endpoint("https://scm.example");
    let choose = |proxy: &str| Proxy::choose(&at, &options(proxy), &environment).unwrap();
    assert!(choose("").is_none());
    assert_eq!(choose("own:2").unwrap().host, "own");
}

#[test]
fn unusable_values_are_errors_and_never_shown() {
    for url in [
        "socks5://p:1",
        "https://p:1",
        "p",
        "p:0",
        "p:99999",
        "p:x",
        "http://",
        "http://user:hunter2@:1",
        "http://us%zz:hunter2@p:1",
        "http://a b:1",
    ] {
        let error = Proxy::parse(url, "option proxy").err().expect(url);
        assert!(error.message().contains("option proxy"), "{error}");
        assert!(!error.message().contains("hunter2"), "{error}");
    }
}

#[test]
fn a_user_and_password_become_basic_authorization() {
    let proxy = Proxy::parse("http://us%40er:p%3Aw@p:1/", "").unwrap();
    assert_eq!(proxy.authorization.unwrap().expose(), "Basic dXNAZXI6cDp3");
}
