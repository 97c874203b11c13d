use std::os::unix::fs::PermissionsExt;

use certpush_sim::Connections;
use serde_json::json;

use crate::fixture::{ID, Service, TOKEN, certpush, run, target};

#[test]
fn a_check_shows_what_would_be_sent_and_sends_nothing() {
    let service = Service::start();
    let ended = run(service.command("check").args(target(ID)));
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let lines = ended.stdout.lines().collect::<Vec<_>>();
    assert_eq!(
        lines[0],
        format!(
            "endpoint: {}, from option endpoint",
            service.sim.https_url()
        )
    );
    assert_eq!(
        lines[1],
        format!(
            "credentials: token of 36 characters, in {}, from option token_file",
            service.token_file().display()
        )
    );
    let request = format!(
        r#"request: POST {}/v3/scm/certificates/scs1600313391074/push {{"target_project":"ap-southeast-3","target_service":"ELB"}}"#,
        service.sim.https_url()
    );
    assert_eq!(lines[lines.len() - 2..], [&request, "nothing was sent"]);
    assert_eq!(service.sim.connections().unwrap(), Connections::default());
}

#[test]
fn a_check_shows_which_of_the_official_sdks_lists_named_the_endpoint() {
    let service = Service::start();
    let list = service.file(
        "regions.yaml",
        "SCM: [{id: r-1, endpoints: ['https://a.example', b]}]",
    );
    let check = || {
        let mut command = certpush(["check", "--region", "r-1", "--trust", "mozilla"]);
        command.arg("--token-file").arg(service.token_file());
        command.env("HUAWEICLOUD_SDK_REGIONS_FILE", &list);
        command
    };
    let first_line =
        |ended: &crate::fixture::Ended| ended.stdout.lines().next().unwrap().to_owned();
    assert_eq!(
        first_line(&run(&mut check())),
        format!(
            "endpoint: https://a.example, from HUAWEICLOUD_SDK_REGIONS_FILE {}, the first of 2, for region r-1 of option region",
            list.display()
        )
    );
    let by_variable = run(check().env("HUAWEICLOUD_SDK_REGION_SCM_R_1", "https://c.example"));
    assert_eq!(
        first_line(&by_variable),
        "endpoint: https://c.example, from variable HUAWEICLOUD_SDK_REGION_SCM_R_1, for region r-1 of option region"
    );
    let bad = run(check().env("HUAWEICLOUD_SDK_REGION_SCM_R_1", "http://c.example"));
    assert_eq!(bad.status, Some(2), "{bad:?}");
    assert!(
        bad.stderr
            .contains("variable HUAWEICLOUD_SDK_REGION_SCM_R_1"),
        "{bad:?}"
    );
}

#[test]
fn a_check_tells_that_others_can_read_the_secret() {
    let service = Service::start();
    let open = service.file("open-token", TOKEN);
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).unwrap();
    let ended = run(service.anonymous("check").arg("--token-file").arg(&open));
    assert!(
        ended.stdout.contains("(other users can read the file)"),
        "{ended:?}"
    );
}

#[test]
fn a_check_needs_no_certificate() {
    let service = Service::start();
    let ended = run(&mut service.command("check"));
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(!ended.stdout.contains("request:"), "{ended:?}");
}

#[test]
fn a_connecting_check_ends_before_a_request() {
    let service = Service::start();
    let ended = run(service.command("check").args(target(ID)).arg("--connect"));
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(
        ended.stdout.ends_with("\nconnected; no request was sent\n"),
        "{ended:?}"
    );
    assert_eq!(service.sim.connections().unwrap().handshakes, 1);
    assert!(service.sim.received().is_empty());
}

#[test]
fn a_connecting_check_fails_where_a_push_would() {
    let service = Service::start();
    let another = Service::start();
    let ended = run(certpush(["check", "--connect", "--endpoint"])
        .arg(another.sim.https_url())
        .arg("--ca-file")
        .arg(service.ca_file())
        .arg("--token-file")
        .arg(service.token_file()));
    assert_eq!(ended.status, Some(12), "{ended:?}");
    assert_eq!(another.sim.connections().unwrap().failed_handshakes, 1);
}

#[test]
fn a_check_refuses_what_a_push_would_refuse() {
    let service = Service::start();
    let bad_id = run(service.command("check").args(target("short")));
    assert_eq!(bad_id.status, Some(1), "{bad_id:?}");
    let no_token = run(&mut service.without_credentials("check"));
    assert_eq!(no_token.status, Some(3), "{no_token:?}");
}

#[test]
fn a_check_is_told_as_json() {
    let service = Service::start();
    let told = run(service
        .command("check")
        .args(target(ID))
        .args(["--connect", "--json"]))
    .json();
    let description = told["description"].as_array().unwrap();
    assert_eq!(
        description[0],
        format!(
            "endpoint: {}, from option endpoint",
            service.sim.https_url()
        )
    );
    assert_eq!(told["status"], 0);
    assert_eq!(told["connected"], true);
    assert_eq!(
        told["request"],
        json!({
            "method": "POST",
            "url": format!("{}/v3/scm/certificates/{ID}/push", service.sim.https_url()),
            "path": format!("/v3/scm/certificates/{ID}/push"),
            "body": r#"{"target_project":"ap-southeast-3","target_service":"ELB"}"#,
        })
    );
}

#[test]
fn a_check_shows_the_whole_url_and_warns_of_a_path_that_repeats() {
    let check = |path: &str| {
        let mut command = certpush(["check", "--trust", "mozilla", "--verbose", "--endpoint"]);
        command
            .arg(format!("https://relay.example{path}"))
            .env("CERTPUSH_TOKEN", TOKEN)
            .args(target(ID));
        command
    };
    for (path, repeated) in [
        ("", None),
        ("/scm", None),
        ("/v3/scm", Some("/v3/scm")),
        ("/relay/v3/", Some("/v3")),
    ] {
        let ended = run(&mut check(path));
        let base = path.trim_end_matches('/');
        let sent = format!("{base}/v3/scm/certificates/{ID}/push");
        let url = format!("request: POST https://relay.example{sent} {{");
        assert!(ended.stdout.contains(&url), "{ended:?}");
        let told = run(check(path).arg("--json"));
        assert!(
            told.stdout.contains(&format!("\"path\":\"{sent}\"")),
            "{told:?}"
        );
        for text in [&ended.stdout, &ended.stderr] {
            assert_eq!(
                text.contains("is one too many"),
                repeated.is_some(),
                "{ended:?}"
            );
            if let Some(repeated) = repeated {
                assert!(text.contains(&format!("ends in {repeated}, ")), "{ended:?}");
            }
        }
    }
}

#[test]
fn a_check_without_certificate_or_connection_says_so_as_json() {
    let service = Service::start();
    let told = run(service.command("check").arg("--json")).json();
    assert_eq!(told["connected"], false);
    assert_eq!(told["request"], json!(null));
}
