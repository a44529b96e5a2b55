//! Errors in the dialect's form: `{"code", "message"}`, with `errors` where values were complained of.
//!
//! Clients look for the key `message` to tell an error, so no other answer has it at its top. Source:
//! `contracts/slingr.md` §1.3.

use std::borrow::Cow;

use axum::Json;
use axum::response::{IntoResponse, Response};
use edge::{RequestInfo, status_of};
use http::StatusCode;
use http::header::{HeaderValue, WWW_AUTHENTICATE};
use model::{Class, Code, Detail, Error, Thrown, Validation};
use serde_json::{Value, json};

/// Gives an error its body.
pub(crate) fn render(error: &Error, info: &RequestInfo) -> Response {
    let login = info.path().ends_with("/auth/login");
    let mut response = (status(error), Json(body(error, login))).into_response();
    if error.class() == Class::Unauthenticated {
        let challenge = HeaderValue::from_static(r#"Token realm="stockyard""#);
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

fn body(error: &Error, login: bool) -> Value {
    if is_validation(error) {
        let errors: Vec<Value> = error.details().iter().map(item).collect();
        return json!({ "code": "validationErrors", "message": "There are validation errors", "errors": errors });
    }
    if let Some(thrown) = error.what_was_thrown() {
        return of_script(thrown, error.message());
    }
    let message = match error.class() {
        // A client knows by the beginning of it that it has to log in again.
        Class::Unauthenticated if !login => format!("Invalid token. {}", error.message()),
        _ => error.message().to_owned(),
    };
    json!({ "code": word(error), "message": message })
}

/// What a function of the app threw, in its own words.
fn of_script(thrown: &Thrown, message: &str) -> Value {
    let mut body = json!({ "code": thrown.code, "message": message });
    let info = thrown.info.as_deref();
    if let Some(info) = info.and_then(|info| serde_json::from_str::<Value>(info).ok()) {
        body["additionalInfo"] = info;
    }
    body
}

/// Whether the complaints are about values of a record, a user or a log.
pub(crate) fn is_validation(error: &Error) -> bool {
    error.details().iter().any(|detail| detail.validation.is_some())
}

/// One complaint.
fn item(detail: &Detail) -> Value {
    let said = detail.validation.as_ref();
    let additional = said
        .and_then(|said| said.rejected.as_ref())
        .map(|rejected| json!({ "rejectedValue": rejected }));
    json!({
        "field": detail.field,
        "fieldLabel": said.and_then(|said| said.label.as_ref()),
        "code": said.map_or("invalid", |said| &said.code),
        "message": detail.message,
        "additionalInfo": additional,
    })
}

/// What fields of a body are called.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Labels {
    /// They have no labels.
    None,
    /// Names and their labels.
    Known(&'static [(&'static str, &'static str)]),
}

/// A complaint about a field of a body that is no record, as a validation error. Any other error stays as it is.
pub(crate) fn as_validation(error: Error, labels: Labels) -> Error {
    if error.class() != Class::Invalid || error.details().is_empty() || is_validation(&error) {
        return error;
    }
    let code = match error.code() {
        Code::MissingField => "required",
        Code::AlreadyExists => "notUnique",
        Code::UnknownField => "invalidStructure",
        _ => "invalid",
    };
    let complaint = |detail: &Detail| {
        let name = detail.field.split(['.', '[']).next().unwrap_or_default();
        let label = match labels {
            Labels::None => None,
            Labels::Known(labels) => labels.iter().find(|(known, _)| *known == name),
        };
        Detail {
            validation: Some(Validation {
                label: label.map(|(_, label)| (*label).to_owned()),
                code: Cow::Borrowed(code),
                rejected: None,
            }),
            ..detail.clone()
        }
    };
    Error::invalid(error.details().iter().map(complaint).collect())
}

fn word(error: &Error) -> &'static str {
    match error.class() {
        Class::Unauthenticated => "unauthorized",
        Class::Forbidden => "forbidden",
        Class::NotFound => "notFound",
        Class::Conflict if error.code() == Code::VersionConflict => "optimisticLocking",
        Class::Timeout => "timeout",
        Class::Unavailable => "applicationUnavailable",
        Class::Internal | Class::StorageFull => "systemException",
        _ => "badRequest",
    }
}

/// The status: the documents know neither 422 nor a 409 for anything but a stale version. A function that throws one of
/// the codes of refusals is answered as they are; all others are 400, because clients try again after 408 and every 5xx.
fn status(error: &Error) -> StatusCode {
    if let Some(thrown) = error.what_was_thrown() {
        return match thrown.code.as_str() {
            "forbidden" => StatusCode::FORBIDDEN,
            "notFound" => StatusCode::NOT_FOUND,
            "optimisticLocking" => StatusCode::CONFLICT,
            _ => StatusCode::BAD_REQUEST,
        };
    }
    match error.class() {
        Class::Invalid => StatusCode::BAD_REQUEST,
        Class::Conflict if error.code() != Code::VersionConflict => StatusCode::BAD_REQUEST,
        other => status_of(other),
    }
}

#[cfg(test)]
mod tests {
    use model::{Code, Detail, Error, Validation};
    use serde_json::json;

    use super::{Labels, as_validation, body, status};

    #[test]
    fn complaints_about_values_are_listed() {
        let detail = Detail {
            field: "state".to_owned(),
            message: "Not a valid choice".to_owned(),
            validation: Some(Validation {
                label: Some("State".to_owned()),
                code: "invalid".into(),
                rejected: Some("sdfsdfsd".to_owned()),
            }),
        };
        let expected = json!({
            "code": "validationErrors", "message": "There are validation errors",
            "errors": [{
                "field": "state", "fieldLabel": "State", "code": "invalid", "message": "Not a valid choice",
                "additionalInfo": { "rejectedValue": "sdfsdfsd" },
            }],
        });
        assert_eq!(body(&Error::invalid(vec![detail]), false), expected);
    }

    #[test]
    fn everything_else_is_a_code_and_a_message() {
        let body = |error: Error| body(&error, false);
        let bad = Error::bad_value("_size", "_size must be a number");
        assert_eq!(
            body(bad),
            json!({ "code": "badRequest", "message": "_size must be a number" })
        );
        let token = Error::new(Code::Unauthenticated, "log in again");
        assert_eq!(body(token)["message"], "Invalid token. log in again");
        let stale = Error::new(Code::VersionConflict, "changed");
        assert_eq!(
            (status(&stale).as_u16(), body(stale)["code"].as_str()),
            (409, Some("optimisticLocking"))
        );
        let running = Error::new(Code::Conflict, "it runs");
        assert_eq!(
            (status(&running).as_u16(), body(running)["code"].as_str()),
            (400, Some("badRequest"))
        );
    }

    #[test]
    fn complaints_about_other_bodies_become_validation_errors() {
        let labels = Labels::Known(&[("groups", "Groups")]);
        let error = as_validation(Error::bad_value("groups[0]", "no such group"), labels);
        let shown = body(&error, false);
        assert_eq!(shown["errors"][0]["fieldLabel"], "Groups");
        assert_eq!(shown["errors"][0]["code"], "invalid");
        let missing = as_validation(Error::missing("message"), Labels::None);
        assert_eq!(body(&missing, false)["errors"][0]["code"], "required");
        let other = Error::new(Code::Forbidden, "no");
        assert_eq!(as_validation(other.clone(), labels), other);
    }
}
