//! Errors in the dialect's two forms.
//!
//! Article and job routes answer `{"status":"error","message":…,"data":null}`. Admin routes answer `{"message":…}`, and
//! `{"message":…,"errors":{field:[…]}}` for refused input. A message names every field that is wrong.

use axum::response::{IntoResponse, Response};
use edge::{RequestInfo, status_of};
use http::HeaderValue;
use http::header::WWW_AUTHENTICATE;
use model::{Class, Error};
use serde_json::{Map, Value, json};

/// Paths of admin routes begin with this.
const ADMIN: &str = "/api/v1/admin";

const UNAUTHENTICATED: &str = "Unauthenticated.";

/// Gives an error the form of the route that was asked.
pub(crate) fn render(error: &Error, info: &RequestInfo) -> Response {
    let body = if is_admin(info.path()) {
        admin(error)
    } else {
        envelope(error)
    };
    let mut response = (status_of(error.class()), axum::Json(body)).into_response();
    if error.class() == Class::Unauthenticated {
        let scheme = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
    }
    response
}

fn is_admin(path: &str) -> bool {
    path.strip_prefix(ADMIN)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn envelope(error: &Error) -> Value {
    json!({ "status": "error", "message": message(error), "data": null })
}

fn message(error: &Error) -> String {
    match (error.class(), error.details()) {
        (Class::Unauthenticated, _) => UNAUTHENTICATED.to_owned(),
        (_, [_, _, ..]) => {
            let all: Vec<&str> = error
                .details()
                .iter()
                .map(|detail| detail.message.as_str())
                .collect();
            all.join("; ")
        }
        _ => error.message().to_owned(),
    }
}

fn admin(error: &Error) -> Value {
    if error.class() == Class::Unauthenticated {
        return json!({ "message": UNAUTHENTICATED });
    }
    let mut body = json!({ "message": sentence(error.message()) });
    if error.class() == Class::Invalid {
        let mut errors = Map::new();
        for detail in error.details() {
            let list = errors.entry(detail.field.as_str()).or_insert_with(|| json!([]));
            list.as_array_mut()
                .expect("only lists are put in")
                .push(Value::String(sentence(&detail.message)));
        }
        body["errors"] = Value::Object(errors);
    }
    body
}

/// A message as the admin routes write it: with a capital and a full stop.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
