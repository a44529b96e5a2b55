//! `GET /api/v1/admin/users`: all users and when they were last seen.

use axum::extract::State;
use axum::response::Response;
use edge::Fault;
use engine::Engine;
use model::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::Admin;
use crate::envelope;

/// A user.
#[derive(Serialize, ToSchema)]
pub(crate) struct User {
    name: String,
    email: String,
    admin: bool,
    #[serde(rename = "hasPersonalAccessToken")]
    has_token: bool,
    /// When one of the tokens was used last, as `YYYY-MM-DD HH:MM:SS` in UTC.
    last_used_at: Option<String>,
}

/// Users list (admin)
///
/// Returns all users in the order in which they were made, with the use of their tokens.
#[utoipa::path(
    get,
    path = "/api/v1/admin/users",
    tag = "Admin",
    responses(
        (status = 200, description = "The users.", body = Vec<User>, example = json!([{
            "name": "quis", "email": "muhammad.davis@example.org", "admin": false,
            "hasPersonalAccessToken": true, "last_used_at": "2026-03-02 15:47:13"
        }])),
    )
)]
pub(crate) async fn users(Admin(actor): Admin, State(engine): State<Engine>) -> Result<Response, Fault> {
    let users = engine.users(&actor).await?.into_iter().map(|found| User {
        name: found.user.name,
        email: found.user.email,
        admin: found.user.roles.admin,
        has_token: found.has_token,
        last_used_at: found.last_used.map(shown),
    });
    Ok(envelope::bare(&users.collect::<Vec<_>>())?)
}

fn shown(time: Timestamp) -> String {
    time.to_zoned().strftime("%Y-%m-%d %H:%M:%S").to_string()
}
