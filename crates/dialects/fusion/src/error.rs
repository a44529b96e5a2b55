//! Errors in the dialect's form: a sentence, and the complaints by field.

use axum::Json;
use axum::response::{IntoResponse, Response};
use edge::{RequestInfo, status_of};
use http::StatusCode;
use http::header::{HeaderValue, WWW_AUTHENTICATE};
use model::{Class, Detail, Error};
use serde::Serialize;
use utoipa::ToSchema;

/// The body of an error.
#[derive(Debug, Serialize)]
struct ErrorBody {
    /// What is wrong, in a sentence.
    error: String,
    /// The complaints by field or parameter; may be empty.
    details: Vec<FieldError>,
}

/// One complaint about one field or parameter.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// The field or parameter.
    field: String,
    /// What is wrong with it, naming the value.
    message: String,
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
