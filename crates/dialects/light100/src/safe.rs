//! Keeps HEAD away from the documented GET calls that change something.
//!
//! The router answers HEAD by running the GET handler and dropping the body. A HEAD is sent by link checkers and the
//! like and must never change anything, so these handlers refuse it.

use axum::extract::FromRequestParts;
use edge::Fault;
use http::Method;
use http::request::Parts;
use model::{Code, Error};

/// Extracted by handlers of GET calls that change something.
pub(crate) struct NotHead;

impl<S: Sync> FromRequestParts<S> for NotHead {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        if parts.method == Method::HEAD {
            let message = "the method HEAD is not allowed on a call that changes something";
            return Err(Fault(Error::new(Code::MethodNotAllowed, message)));
        }
        Ok(Self)
    }
}
