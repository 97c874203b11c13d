//! `certpush check`: what a push would send, where and with which credentials. It sends nothing.

use certpush::{Client, Error, PushRequest, Status};
use clap::ArgMatches;
use serde_json::{Value, json};

use crate::command_line::{CONNECT, Target, has_target};
use crate::configuration::configuration;
use crate::output::{Format, Output};

pub(crate) fn run(given: &ArgMatches) -> Output {
    let format = Format::given(given);
    match check(given) {
        Ok(found) => Output::success(format, || found.in_words(), found.fields()),
        Err(error) => Output::failure(format, &error),
    }
}

fn check(given: &ArgMatches) -> Result<Found, Error> {
    let request = if has_target(given) {
        let target = Target::given(given)?;
        Some(PushRequest::new(
            target.certificate_id,
            target.project,
            target.service,
        )?)
    } else {
        None
    };
    let client = Client::to_look_at(&configuration(given)?)?;
    let connected = given.get_flag(CONNECT);
    if connected {
        client.connect()?;
    }
    Ok(Found {
        description: client.describe().to_owned(),
        url: request.as_ref().map(|request| client.url(request)),
        request,
        connected,
    })
}

/// What a check found to be in order.
struct Found {
    description: String,
    /// Where a push would be sent.
    url: Option<String>,
    request: Option<PushRequest>,
    connected: bool,
}

impl Found {
    fn summary(&self) -> &'static str {
        if self.connected {
            "connected; no request was sent"
        } else {
            "nothing was sent"
        }
    }

    fn in_words(&self) -> String {
        let request = match (&self.request, &self.url) {
            (Some(request), Some(url)) => format!("request: POST {url} {}\n", body(request)),
            _ => String::new(),
        };
        format!("{}\n{request}{}", self.description, self.summary())
    }

    fn fields(&self) -> Value {
        json!({
            "status": Status::Ok.number(),
            "status_name": Status::Ok.c_name(),
            "message": self.summary(),
            "connected": self.connected,
            "description": self.description.lines().collect::<Vec<_>>(),
            "request": self.request.as_ref().map(|request| json!({
                "method": "POST",
                "url": self.url,
                "path": self.url.as_deref().map(path_of),
                "body": body(request),
            })),
        })
    }
}

/// The path of a URL that has one.
fn path_of(url: &str) -> &str {
    url.match_indices('/')
        .nth(2)
        .map_or("", |(at, _)| &url[at..])
}

fn body(request: &PushRequest) -> String {
    String::from_utf8_lossy(&request.body()).into_owned()
}
