use crate::fixture::{Ended, ID, PART_OF_TOKEN, Service, TOKEN, run, run_with_input, target};

fn assert_no_secret(ended: &Ended) {
    for stream in [&ended.stdout, &ended.stderr] {
        assert!(!stream.contains(PART_OF_TOKEN), "{ended:?}");
    }
}

#[test]
fn no_output_of_a_push_has_the_token() {
    let service = Service::answering(
        r#"{"scenarios": [{"certificate_id": "scs0000000000401", "answer": {"status": 401}}]}"#,
    );
    for id in [ID, "scs0000000000401", "short"] {
        for form in [&["-v"][..], &["-v", "--json"]] {
            let from_file = run(service.push(id).args(form));
            let from_variable = run(service
                .anonymous("push")
                .args(target(id))
                .args(form)
                .env("CERTPUSH_TOKEN", TOKEN));
            let from_input = run_with_input(
                service
                    .anonymous("push")
                    .args(target(id))
                    .args(form)
                    .args(["--token-file", "-"]),
                TOKEN.as_bytes(),
            );
            assert_eq!(from_file.status, from_variable.status);
            assert_eq!(from_file.status, from_input.status);
            for ended in [from_file, from_variable, from_input] {
                assert_no_secret(&ended);
            }
        }
    }
}

#[test]
fn no_output_of_a_check_has_the_token() {
    let service = Service::start();
    for form in [&["-v", "--connect"][..], &["-v", "--connect", "--json"]] {
        let ended = run(service.command("check").args(target(ID)).args(form));
        assert_eq!(ended.status, Some(0), "{ended:?}");
        assert_no_secret(&ended);
    }
}

#[test]
fn a_token_that_is_refused_for_its_form_is_not_shown() {
    let service = Service::start();
    let with_blank = format!("{TOKEN} {TOKEN}");
    let bad_file = service.file("bad-token", &with_blank);
    let from_file = run(service
        .anonymous("push")
        .args(target(ID))
        .arg("--token-file")
        .arg(bad_file));
    let from_variable = run(service
        .anonymous("push")
        .args(target(ID))
        .env("CERTPUSH_TOKEN", &with_blank));
    let from_input = run_with_input(
        service
            .anonymous("push")
            .args(target(ID))
            .args(["--token-file", "-"]),
        with_blank.as_bytes(),
    );
    for ended in [from_file, from_variable, from_input] {
        assert_eq!(ended.status, Some(1), "{ended:?}");
        assert_no_secret(&ended);
    }
}

#[test]
fn a_token_given_as_an_argument_is_not_shown() {
    let service = Service::start();
    let ended = run(&mut service.push(TOKEN));
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert_no_secret(&ended);
}
