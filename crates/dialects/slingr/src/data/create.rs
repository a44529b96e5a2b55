//! `POST /data/{entity}`.

use axum::extract::Request;
use axum::response::Response;
use edge::{Fault, Path};

use super::{Named, entity, note};
use crate::call::Call;
use crate::{answer, body};

/// Makes a record and shows it.
pub(super) async fn create(
    call: Call,
    Path(named): Path<Named>,
    request: Request,
) -> Result<Response, Fault> {
    let entity = entity(&call, &named)?;
    let sent = body::object(&call.slingr, request).await?;
    let made = call
        .slingr
        .engine
        .create_record(&call.records(), &entity, sent)
        .await?;
    note(&call, &entity, &made, "created");
    Ok(answer::stored(&made)?)
}
