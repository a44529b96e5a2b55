//! Errors in the dialect's form: a sentence, and the complaints by field.

use axum::Json;
use axum::response::{IntoResponse, Response};
use edge::{RequestInfo, status_of};
use http::StatusCode;
use http::header::{HeaderValue, WWW_AUTHENTICATE};
use model::{Class, Detail, Error};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

/// The body of an error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// What is wrong, in a sentence.
    pub(crate) error: String,
    /// The complaints by field or parameter; may be empty.
    pub(crate) details: Vec<FieldError>,
}

/// One complaint about one field or parameter.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// The field or parameter.
    pub(crate) field: String,
    /// What is wrong with it, naming the value.
    pub(crate) message: String,
}

impl From<&Detail> for FieldError {
    fn from(detail: &Detail) -> Self {
        Self {
            field: detail.field.clone(),
            message: detail.message.clone(),
        }
    }
}

/// The status of each class. The document knows no 409: what the state of a job does not allow is a 422.
fn status(class: Class) -> StatusCode {
    match class {
        Class::Conflict => StatusCode::UNPROCESSABLE_ENTITY,
        other => status_of(other),
    }
}

/// Gives an error its body.
pub(crate) fn render(error: &Error, _: &RequestInfo) -> Response {
    let body = ErrorBody {
        error: error.message().to_owned(),
        details: error.details().iter().map(Into::into).collect(),
    };
    let mut response = (status(error.class()), Json(body)).into_response();
    if error.class() == Class::Unauthenticated {
        let challenge = HeaderValue::from_static(r#"Bearer realm="stockyard""#);
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// The errors that every route may answer.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only for the document")]
pub(crate) enum Failures {
    /// The request cannot be read: an escape in the address is incomplete, or the body broke off.
    #[response(status = 400)]
    BadRequest(#[to_schema] ErrorBody),
    /// No valid credentials. The header `WWW-Authenticate` carries the challenge.
    #[response(status = 401)]
    Unauthorized(#[to_schema] ErrorBody),
    /// The caller lacks the right.
    #[response(status = 403)]
    Forbidden(#[to_schema] ErrorBody),
    /// Not there, or not visible to the caller.
    #[response(status = 404)]
    NotFound(#[to_schema] ErrorBody),
    /// The path is there, the method is not.
    #[response(status = 405)]
    MethodNotAllowed(#[to_schema] ErrorBody),
    /// It took too long.
    #[response(status = 408)]
    Timeout(#[to_schema] ErrorBody),
    /// A parameter or the state of the job does not allow it; `details` names the parameter.
    #[response(status = 422)]
    Unprocessable(#[to_schema] ErrorBody),
    /// More requests than allowed.
    #[response(status = 429)]
    TooMany(#[to_schema] ErrorBody),
    /// A fault of the server.
    #[response(status = 500)]
    Internal(#[to_schema] ErrorBody),
    /// Cannot be done now, can be tried again.
    #[response(status = 503)]
    Unavailable(#[to_schema] ErrorBody),
}
