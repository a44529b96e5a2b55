//! `PUT /files/{id}/share`: a link that needs no token, for an hour unless `ttl` says otherwise.

use axum::response::Response;
use edge::{Fault, Path};
use serde_json::json;

use crate::answer;
use crate::call::{Call, One};
use crate::parameters::{Parameters, bad};

/// How long a link is good when nobody says, in milliseconds.
const USUAL: i64 = 3_600_000;

/// Shares a file and says where.
pub(crate) async fn share(call: Call, Path(One { id }): Path<One>) -> Result<Response, Fault> {
    let parameters = Parameters::read(call.query(), &["ttl"])?;
    let ttl = match parameters.text("ttl") {
        None => USUAL,
        Some(text) => text
            .trim()
            .parse()
            .map_err(|_| bad("ttl", "a number of milliseconds", text))?,
    };
    let share = call
        .slingr
        .engine
        .share_file(&call.actor, &id.to_ascii_lowercase(), ttl)
        .await?;
    let id = share.id;
    Ok(answer::json(&json!({
        "sharedFileId": id, "sharedFileLink": format!("/files/shared/{id}"),
    }))?)
}
