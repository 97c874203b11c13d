//! What a build with fewer features can do: this test passes with each set of them.

mod faults;

use certpush::{Client, Config, Status, TrustStore};
use faults::{FaultServer, ID, Kind, TOKEN};

const PUSHED: &str = "HTTP/1.1 204 No Content\r\n\r\n";

fn made(config: Config) -> Result<Client, String> {
    Client::new(&config).map_err(|error| {
        assert_eq!(error.status(), Status::InvalidConfig, "{error}");
        error.message().to_owned()
    })
}

fn config() -> Config {
    Config::new()
        .endpoint("https://scm.example.com")
        .token(TOKEN)
}

#[test]
fn an_authority_of_a_file_needs_no_feature() {
    let server = FaultServer::answering(Kind::Tls, PUSHED);
    let ca_file = server.ca_file().unwrap();
    let config = Config::new()
        .endpoint(server.url())
        .token(TOKEN)
        .ca_file(ca_file);
    let client = faults::Client::new(&config).unwrap();
    assert!(client.push(ID, "p", "ELB").is_ok());
}

#[test]
fn http_on_this_machine_needs_no_feature() {
    let server = FaultServer::answering(Kind::Plain, PUSHED);
    assert!(made(server.config()).is_ok());
}

#[test]
fn mozillas_authorities_are_there_or_refused_by_their_feature() {
    let made = made(config().trust(TrustStore::Mozilla));
    if cfg!(feature = "mozilla-roots") {
        made.unwrap();
    } else {
        let message = made.unwrap_err();
        let begin = "trust is mozilla, which this program was built without: set ";
        assert!(message.starts_with(begin), "{message}");
        assert!(message.contains("the feature mozilla-roots of the crate certpush"));
        let is_offered = message.contains("system");
        assert_eq!(is_offered, cfg!(feature = "native-roots"), "{message}");
    }
}

#[test]
fn the_systems_authorities_are_the_default_and_no_other_takes_their_place() {
    for config in [config(), config().trust(TrustStore::System)] {
        let made = made(config);
        if cfg!(feature = "native-roots") {
            // This machine may have none.
            let message = made.err().unwrap_or_default();
            assert!(!message.contains("feature"), "{message}");
        } else {
            let message = made.unwrap_err();
            let begin = "trust is system, which this program was built without: set ";
            assert!(message.starts_with(begin), "{message}");
            assert!(message.contains("the feature native-roots of the crate certpush"));
            let is_offered = message.contains("mozilla");
            assert_eq!(is_offered, cfg!(feature = "mozilla-roots"), "{message}");
        }
    }
}
