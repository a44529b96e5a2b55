//! `POST /api/v1/admin/user/renew`: a new token for a user, in place of all he had.

use axum::extract::State;
use axum::response::Response;
use edge::Fault;
use engine::Engine;

use super::delete_user::UserToFind;
use super::form::{Body, Form};
use super::{Admin, UserWithToken};
use crate::envelope;

/// Renew token (admin)
///
/// Revokes all personal access tokens of a user and makes a new one.
#[utoipa::path(
    post,
    path = "/api/v1/admin/user/renew",
    tag = "Admin",
    request_body(content = UserToFind, content_type = "application/json", example = json!({
        "email": "schneider.herta@example.com"
    })),
    responses(
        (status = 200, description = "The user and the token, which is shown this once.", body = UserWithToken,
         example = json!({
            "email": "schneider.herta@example.com", "name": "Herta", "admin": false, "token": "sy_…"
        })),
        (status = 404, description = "There is no such user.", example = json!({
            "message": "User not found: schneider.herta@example.com."
        })),
    )
)]
pub(crate) async fn renew(
    Admin(actor): Admin,
    State(engine): State<Engine>,
    body: Body,
) -> Result<Response, Fault> {
    let form = Form::new(body);
    let user = engine.renew_token(&actor, form.required("email")?).await?;
    Ok(envelope::bare(&UserWithToken::from(user))?)
}
