//! Answers and refusals in either protocol.

use axum::response::{IntoResponse, Response};
use edge::RequestInfo;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value as Json, json};

use crate::error::Refusal;
use crate::xml;

/// Which protocol a request speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// `X-Amz-Target` and JSON.
    Json,
    /// Forms and XML.
    Form,
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");
const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");
const XML: HeaderValue = HeaderValue::from_static("text/xml");

/// An operation's answer.
pub(crate) fn answer(protocol: Protocol, operation: &str, result: &Json, info: &RequestInfo) -> Response {
    let (kind, body) = match protocol {
        Protocol::Json => (JSON, result.to_string()),
        Protocol::Form => (XML, xml::answer(operation, result, info.id().as_str())),
    };
    with_id(
        (StatusCode::OK, [(CONTENT_TYPE, kind)], body).into_response(),
        info,
    )
}

/// A refusal. What is the server's own fault is logged here.
pub(crate) fn refusal(protocol: Protocol, refusal: &Refusal, info: &RequestInfo) -> Response {
    if !refusal.name.is_senders() {
        let cause = refusal.error.as_deref().and_then(model::Error::internal_text);
        tracing::error!(
            request.id = %info.id(),
            error.code = refusal.name.code,
            error.cause = cause.unwrap_or(&refusal.message),
            "request failed",
        );
    }
    let mut response = match protocol {
        Protocol::Json => refusal_json(refusal, info),
        Protocol::Form => refusal_xml(refusal, info),
    };
    let seconds = refusal.error.as_deref().and_then(model::Error::retry_after);
    if let Some(seconds) = seconds {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A refusal in the form of the JSON protocol.
pub(crate) fn refusal_json(refusal: &Refusal, info: &RequestInfo) -> Response {
    let body = json!({ "__type": refusal.name.full_shape(), "message": refusal.message });
    let status = refusal.name.json_status();
    let mut response = (status, [(CONTENT_TYPE, JSON)], body.to_string()).into_response();
    let code = format!("{};{}", refusal.name.code, sender(refusal));
    if let Ok(code) = HeaderValue::try_from(code) {
        response.headers_mut().insert(QUERY_ERROR, code);
    }
    with_id(response, info)
}

fn refusal_xml(refusal: &Refusal, info: &RequestInfo) -> Response {
    let status = StatusCode::from_u16(refusal.name.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = xml::refusal(
        sender(refusal),
        refusal.name.code,
        &refusal.message,
        info.id().as_str(),
    );
    with_id((status, [(CONTENT_TYPE, XML)], body).into_response(), info)
}

fn sender(refusal: &Refusal) -> &'static str {
    match refusal.name.is_senders() {
        true => "Sender",
        false => "Receiver",
    }
}

fn with_id(mut response: Response, info: &RequestInfo) -> Response {
    if let Ok(id) = HeaderValue::from_str(info.id().as_str()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
