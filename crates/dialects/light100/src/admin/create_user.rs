//! `POST /api/v1/admin/create-user`: a new user and his first token.

use axum::extract::State;
use axum::response::Response;
use edge::Fault;
use engine::Engine;
use engine::identity::NewUser;
use serde::Serialize;
use utoipa::ToSchema;

use super::form::{Body, Form};
use super::{Admin, UserWithToken};
use crate::envelope;

/// A user to be made.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserToMake {
    name: String,
    /// Must not be taken.
    email: String,
    /// At least 8 characters.
    #[schema(min_length = 8)]
    password: String,
}

/// Create user (admin)
///
/// Creates a user with the given name, email and password, who is no administrator, and makes a personal access token
/// for him.
#[utoipa::path(
    post,
    path = "/api/v1/admin/create-user",
    tag = "Admin",
    request_body(content = UserToMake, content_type = "application/json", example = json!({
        "name": "quis", "email": "muhammad.davis@example.org", "password": "Z{Vz:Ui?"
    })),
    responses(
        (status = 200, description = "The user and the token, which is shown this once.", body = UserWithToken,
         example = json!({
            "email": "muhammad.davis@example.org", "name": "quis", "admin": false, "token": "sy_…"
        })),
    )
)]
pub(crate) async fn create_user(
    Admin(actor): Admin,
    State(engine): State<Engine>,
    body: Body,
) -> Result<Response, Fault> {
    let form = Form::new(body);
    let new = NewUser {
        name: form.text("name").trim().to_owned(),
        email: form.text("email").to_owned(),
        password: form.text("password").to_owned(),
        ..NewUser::default()
    };
    form.check(&["name", "email", "password"], new.validate())?;
    let user = engine.create_user(&actor, new).await?;
    Ok(envelope::bare(&UserWithToken::from(user))?)
}
