//! `DELETE /api/v1/admin/user`: removes a user who is no administrator, and his tokens.

use axum::extract::State;
use axum::response::Response;
use edge::Fault;
use engine::Engine;
use serde::Serialize;
use utoipa::ToSchema;

use super::Admin;
use super::form::{Body, Form};
use crate::envelope;

/// The user that is meant.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserToFind {
    email: String,
}

/// The user that is gone.
#[derive(Serialize, ToSchema)]
pub(crate) struct Removed {
    email: String,
    message: &'static str,
}

/// Delete user (admin)
///
/// Deletes a user who is no administrator; first all his personal access tokens.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/user",
    tag = "Admin",
    request_body(content = UserToFind, content_type = "application/json", example = json!({ "email": "autem" })),
    responses(
        (status = 200, description = "The user is gone.", body = Removed, example = json!({
            "email": "autem", "message": "User deleted successfully"
        })),
        (status = 404, description = "There is no such user.", example = json!({
            "message": "User not found: autem."
        })),
    )
)]
pub(crate) async fn delete_user(
    Admin(actor): Admin,
    State(engine): State<Engine>,
    body: Body,
) -> Result<Response, Fault> {
    let form = Form::new(body);
    let email = form.required("email")?.to_lowercase();
    engine.delete_user(&actor, &email).await?;
    let removed = Removed {
        email,
        message: "User deleted successfully",
    };
    Ok(envelope::bare(&removed)?)
}
