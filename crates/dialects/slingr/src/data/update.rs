//! `PUT /data/{entity}/{id}`: fields that are not sent stay, null clears.

use axum::extract::Request;
use axum::response::Response;
use edge::Fault;
use engine::records::EntityRef;

use super::note;
use crate::call::Call;
use crate::{answer, body};

/// Changes a record and shows it.
pub(super) async fn update(
    call: Call,
    entity: &EntityRef,
    id: &str,
    request: Request,
) -> Result<Response, Fault> {
    let sent = body::object(&call.slingr, request).await?;
    let engine = &call.slingr.engine;
    let changed = engine.update_record(&call.records(), entity, id, sent).await?;
    note(&call, entity, &changed, "changed");
    Ok(answer::stored(&changed)?)
}
