//! What an error response says, whoever sent it: masked, and fit to be shown.

use super::errors::first_error;
use crate::json::{BYTE_ORDER_MARK, Document};
use crate::mask::Masker;
use crate::phase::Phase;
use crate::report::Report;
use crate::sanitize::{REQUEST_ID_LIMIT, SERVICE_CODE_LIMIT, SERVICE_MESSAGE_LIMIT};
use crate::status::Status;
use crate::transport::{Body, Response};

/// How much of a body is looked at for the tags of a page, in bytes.
const START_OF_A_PAGE: usize = 1024;
/// The longest pause that is told: the largest whole number that every reader of JSON has.
const LONGEST_PAUSE_MS: u128 = (1 << 53) - 1;

/// What a response says of an error.
#[derive(Debug, Default)]
pub(crate) struct ErrorResponse {
    /// The error's code, "" if none is told.
    pub(crate) code: String,
    /// The error's message, "" if none is told.
    pub(crate) message: String,
    /// The request's id, from the header or else from the body.
    pub(crate) request_id: String,
    /// What is odd about the body, in words that continue a sentence; "" if nothing is.
    pub(crate) remark: String,
}

impl ErrorResponse {
    /// Reads the body of a response, if it came and can be read.
    pub(crate) fn read(response: &Response, masker: &Masker) -> ErrorResponse {
        let mut error = ErrorResponse::of_head(response, masker);
        match (&response.body, &response.coding) {
            (Body::Complete(body), None) => {
                let document = Document::read(body);
                let is_told = document.is_some_and(|document| error.take_body(&document, masker));
                if !is_told && !body.is_empty() {
                    let what = if is_page(response) {
                        " with a page that is not the API's: "
                    } else {
                        " with the body "
                    };
                    error.remark = quoted(what, body, masker);
                }
            }
            (Body::Complete(_), Some(coding)) => {
                error.remark = format!(", but its body is {coding}")
            }
            (Body::Missing(_, why), _) => error.remark = format!(", but {why}"),
        }
        error
    }

    /// What the head alone says.
    pub(crate) fn of_head(response: &Response, masker: &Masker) -> ErrorResponse {
        ErrorResponse {
            request_id: masker.field(response.request_id.trim(), REQUEST_ID_LIMIT),
            ..ErrorResponse::default()
        }
    }

    /// Adds what a body says: the error, and the request's id if the head has none. `false` if it
    /// tells of no error.
    pub(crate) fn take_body(&mut self, document: &Document<'_>, masker: &Masker) -> bool {
        self.take_request_id(document, masker);
        let Some((code, message)) = first_error(document.values()) else {
            return false;
        };
        self.code = masker.field(&code, SERVICE_CODE_LIMIT);
        self.message = masker.field(&message, SERVICE_MESSAGE_LIMIT);
        true
    }

    /// Takes the request's id from a body, if the head has none.
    pub(crate) fn take_request_id(&mut self, document: &Document<'_>, masker: &Masker) {
        let member = document.root().get("request_id");
        if let Some(request_id) = member.and_then(|member| member.text())
            && self.request_id.is_empty()
        {
            self.request_id = masker.field(request_id.trim(), REQUEST_ID_LIMIT);
        }
    }

    /// Code and message, each behind a blank; not a code that repeats the HTTP status, as IAM's do.
    pub(crate) fn in_words(&self, http_status: u16) -> String {
        let repeated = http_status.to_string();
        [&self.code, &self.message]
            .into_iter()
            .filter(|text| !text.is_empty() && **text != repeated)
            .flat_map(|text| [" ", text])
            .collect()
    }

    /// The report of the response: everything but the outcome and what to do.
    pub(crate) fn into_report(
        self,
        status: Status,
        response: &Response,
        message: String,
    ) -> Report {
        let phase = match status {
            Status::Ok => None,
            _ => Some(Phase::Receive),
        };
        let asked_for = response.retry_after.filter(|_| response.http_status >= 400);
        Report {
            http_status: response.http_status,
            service_code: self.code,
            service_message: self.message,
            request_id: self.request_id,
            retry_after_ms: asked_for
                .and_then(|pause| u64::try_from(pause.as_millis().min(LONGEST_PAUSE_MS)).ok()),
            ends_retries: response.http_status >= 400 && response.retry_after_is_unreadable,
            ..Report::new(status, phase, message)
        }
    }
}

/// The start of a body behind `before`; or that it is not shown.
pub(crate) fn quoted(before: &str, body: &[u8], masker: &Masker) -> String {
    match masker.quote(body) {
        Some(quote) => format!("{before}\"{quote}\""),
        None => format!("{before}that is not shown, for a secret may be in it"),
    }
}

/// Whether the body is a page for people: no API here has one.
pub(crate) fn is_page(response: &Response) -> bool {
    let Body::Complete(body) = &response.body else {
        return false;
    };
    let start = body[..body.len().min(START_OF_A_PAGE)].to_ascii_lowercase();
    let has = |tag: &[u8]| start.windows(tag.len()).any(|window| window == tag);
    let text = start.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&start);
    text.trim_ascii_start().starts_with(b"<") && (has(b"<html") || has(b"<!doctype html"))
}
