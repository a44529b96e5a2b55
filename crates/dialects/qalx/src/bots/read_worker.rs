//! `GET /qalx/bot/{guid}/worker/{worker_guid}`: workers ask here whether they are to end.

use axum::response::Response;
use edge::{Fault, Path};
use engine::entities::EntityKind;

use super::{answer, find, ids};
use crate::call::Call;

pub(crate) async fn read(call: Call, Path((bot, worker)): Path<(String, String)>) -> Result<Response, Fault> {
    let (bot, worker) = ids(&bot, &worker)?;
    let bot = call.qalx.engine.entity(&call.actor, EntityKind::Bot, bot).await?;
    let (_, worker) = find(&bot, worker)?;
    Ok(answer(&call, worker)?)
}
