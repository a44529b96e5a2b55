//! Calls that manage users and their tokens; for administrators only. One file per call.
//!
//! They answer bare objects and refuse input with one list of sentences per field, as documented.

pub(crate) mod create_user;
pub(crate) mod delete_user;
mod form;
pub(crate) mod renew;
pub(crate) mod users;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use edge::{Caller, Fault, require_admin};
use engine::identity::CreatedUser;
use http::request::Parts;
use model::Actor;
use serde::Serialize;
use utoipa::ToSchema;

/// Extracts the caller, who must be an administrator. It comes before the body, so nobody else learns what is wrong
/// with that.
pub(crate) struct Admin(pub(crate) Arc<Actor>);

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let Caller(actor) = Caller::from_request_parts(parts, state).await?;
        require_admin(&actor)?;
        Ok(Self(actor))
    }
}

/// A user with a new token.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserWithToken {
    email: String,
    name: String,
    admin: bool,
    /// Shown this once.
    token: String,
}

impl From<CreatedUser> for UserWithToken {
    fn from(user: CreatedUser) -> Self {
        Self {
            email: user.email,
            name: user.name,
            admin: user.roles.admin,
            token: user.token,
        }
    }
}
