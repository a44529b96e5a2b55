//! Parameters in the path, with errors of our own kind.

use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path as AxumPath};
use http::request::Parts;
use model::{Code, Error};
use serde::de::DeserializeOwned;

use crate::fault::Fault;
use crate::mount::shorten;
use crate::query::percent;

/// Extracts the path's parameters, percent-decoded strictly.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        percent::check(parts.uri.path())
            .map_err(|complaint| Error::new(Code::BadRequest, format!("the path {complaint}")))?;
        match AxumPath::<T>::from_request_parts(parts, state).await {
            Ok(AxumPath(value)) => Ok(Self(value)),
            Err(rejection) => Err(Fault(complaint(rejection))),
        }
    }
}

fn complaint(rejection: PathRejection) -> Error {
    let PathRejection::FailedToDeserializePathParams(failed) = rejection else {
        return Error::internal(rejection);
    };
    match failed.into_kind() {
        ErrorKind::InvalidUtf8InPathParam { key } => {
            let message = format!("the {key} in the path is not valid UTF-8");
            Error::of_field(Code::BadRequest, key, message)
        }
        ErrorKind::ParseErrorAtKey {
            key,
            value,
            expected_type,
        } => bad_value(key, &value, expected_type),
        ErrorKind::ParseErrorAtIndex {
            index,
            value,
            expected_type,
        } => bad_value(format!("path[{index}]"), &value, expected_type),
        ErrorKind::ParseError { value, expected_type } => bad_value("path".to_owned(), &value, expected_type),
        ErrorKind::DeserializeError { key, value, message } => {
            let message = format!("{key}: {message}, got {:?}", shorten(&value));
            Error::bad_value(key, message)
        }
        ErrorKind::Message(message) => Error::bad_value("path", format!("path: {message}")),
        other => Error::internal(other),
    }
}

fn bad_value(field: String, value: &str, expected: &str) -> Error {
    let message = format!("{field}: expected {expected}, got {:?}", shorten(value));
    Error::bad_value(field, message)
}
