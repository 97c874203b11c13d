//! A client in words: where it sends, with what credential, through which proxy, trusting whom. No
//! secret is in it.

use crate::config::Settings;
use crate::credentials::Credentials;
use crate::endpoint::Endpoint;
use crate::environment::Environment;
use crate::operations::PATH_OF_CERTIFICATES;
use crate::sanitize::quoted_path;
use crate::transport::Trust;
use crate::transport::proxy::{self, Proxy};

/// How many variables that are no option's are named.
const VARIABLES_SHOWN: usize = 20;

/// The description of a client, and what in it is worth a warning.
pub(crate) struct Description {
    pub(crate) text: String,
    pub(crate) warnings: Vec<String>,
}

/// Describes a client: one item a line. `journal_state` is what its journal has, if that was looked at.
pub(crate) fn describe(
    settings: &Settings,
    journal_state: Option<&str>,
    credentials: &Credentials,
    proxy: Option<&Proxy>,
    left_out: &[String],
    environment: &dyn Environment,
) -> Description {
    let mut warnings: Vec<String> = left_out
        .iter()
        .map(|what| format!("left out of what is trusted: {what}"))
        .collect();
    let repeated = describe_repeated(&settings.endpoint);
    let endpoint = format!(
        "endpoint: {}, from {}{}",
        settings.endpoint.url(),
        settings.endpoint_origin,
        repeated
            .as_ref()
            .map_or_else(String::new, |why| format!(" ({why})")),
    );
    warnings.extend(repeated);
    let mut lines = vec![
        endpoint,
        format!("credentials: {}", credentials.describe()),
        format!(
            "proxy: {}",
            describe_proxy(proxy, settings.endpoint.secure, environment)
        ),
        format!("trust: {}", describe_trust(settings, left_out)),
        format!(
            "timeout: {} ms for a call, {} ms for a connect",
            settings.timeout.as_millis(),
            settings.connect_timeout.as_millis()
        ),
    ];
    if let Some(journal) = &settings.journal {
        let state = journal_state.map_or_else(String::new, |state| format!(" ({state})"));
        lines.push(format!("journal: {}{state}", quoted_path(journal)));
    }
    if let Some(unknown) = describe_unknown(&settings.unknown_variables) {
        warnings.push(unknown.clone());
        lines.push(unknown);
    }
    Description {
        text: lines.join("\n"),
        warnings,
    }
}

fn describe_trust(settings: &Settings, left_out: &[String]) -> String {
    let trust = if !settings.endpoint.secure {
        "nothing is encrypted (http)".to_owned()
    } else {
        match &settings.trust {
            Trust::System => "the system's certificate authorities".to_owned(),
            Trust::Mozilla => "Mozilla's certificate authorities".to_owned(),
            Trust::File(path) => {
                format!("only the certificate authorities in {}", path.display())
            }
        }
    };
    if left_out.is_empty() {
        trust
    } else {
        format!("{trust}; left out: {}", left_out.join(", "))
    }
}

fn describe_proxy(proxy: Option<&Proxy>, secure: bool, environment: &dyn Environment) -> String {
    let chosen = match proxy {
        None => "none".to_owned(),
        Some(proxy) => format!(
            "{}{}, from {}{}",
            proxy.url_without_user(),
            if proxy.authorization.is_some() {
                " with user name and password"
            } else {
                ""
            },
            proxy.origin,
            if secure {
                ""
            } else {
                "; it sees the token, for the endpoint is http"
            },
        ),
    };
    match proxy::unread_variable(environment) {
        None => chosen,
        Some(name) => format!(
            "{chosen} ({name} is set, but never read: the option proxy, HTTPS_PROXY and HTTP_PROXY are)"
        ),
    }
}

/// What is odd about an endpoint with the beginning of the API's own paths in its path.
fn describe_repeated(endpoint: &Endpoint) -> Option<String> {
    let repeated = endpoint.repeated(&format!("{PATH_OF_CERTIFICATES}/"))?;
    Some(format!(
        "the endpoint's path ends in {repeated}, and the requests' begin with it: they go to {}{PATH_OF_CERTIFICATES}/…; most likely {repeated} is one too many",
        endpoint.url()
    ))
}

/// Names the variables that look like an option's and are none's.
fn describe_unknown(variables: &[String]) -> Option<String> {
    if variables.is_empty() {
        return None;
    }
    let shown = variables.iter().take(VARIABLES_SHOWN).map(String::as_str);
    let more = match variables.len().saturating_sub(VARIABLES_SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "variables that are no option's, and not read: {}{more}",
        shown.collect::<Vec<_>>().join(", ")
    ))
}
