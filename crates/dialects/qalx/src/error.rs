//! Errors in the dialect's form: `{"field": ["message"]}` where fields are complained of, else `{"detail": "message"}`.
//!
//! The client reads no key of it and shows the whole, so what counts is that it reads well.

use axum::Json;
use axum::response::{IntoResponse, Response};
use edge::{RequestInfo, status_of};
use http::StatusCode;
use http::header::{HeaderValue, WWW_AUTHENTICATE};
use model::{Class, Error};
use query::{Cause, Refusal};
use serde_json::{Map, Value, json};

/// Gives an error its body.
pub(crate) fn render(error: &Error, _: &RequestInfo) -> Response {
    let mut response = (status(error.class()), Json(body(error))).into_response();
    if error.class() == Class::Unauthenticated {
        let challenge = HeaderValue::from_static(r#"Token realm="stockyard""#);
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// The body of an error; also what bulk creation says of one item.
pub(crate) fn body(error: &Error) -> Value {
    if error.details().is_empty() {
        return json!({ "detail": error.message() });
    }
    let mut fields = Map::new();
    for detail in error.details() {
        let messages = fields.entry(&detail.field).or_insert_with(|| json!([]));
        if let Value::Array(messages) = messages {
            messages.push(json!(detail.message));
        }
    }
    Value::Object(fields)
}

/// The status of each class: the documentation knows no 422.
fn status(class: Class) -> StatusCode {
    match class {
        Class::Invalid => StatusCode::BAD_REQUEST,
        other => status_of(other),
    }
}

/// What the query core refuses, as a complaint about the parameter or field that it came by.
pub(crate) fn refused(field: &str, refusal: &Refusal) -> Error {
    match refusal.cause {
        Cause::Damaged => Error::internal(refusal),
        Cause::Query | Cause::Limit => Error::bad_value(field, refusal.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use model::{Code, Error};

    use super::body;

    #[test]
    fn complaints_are_grouped_by_field() {
        let plain = Error::new(Code::NotFound, "item not found: x");
        assert_eq!(body(&plain).to_string(), r#"{"detail":"item not found: x"}"#);
        let two = Error::bad_value("plan", "first")
            .with_detail("name", "other")
            .with_detail("plan", "second");
        assert_eq!(
            body(&two).to_string(),
            r#"{"plan":["first","second"],"name":["other"]}"#
        );
    }
}
