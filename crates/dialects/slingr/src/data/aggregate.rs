//! `PUT /data/{entity}/aggregate`: a list of stages, or one object whose keys are stages in their order.

use axum::extract::Request;
use axum::response::Response;
use edge::Fault;
use engine::records::EntityRef;
use model::{Code, Error};

use crate::call::Call;
use crate::{answer, body};

/// Computes something of records.
pub(super) async fn aggregate(call: Call, entity: &EntityRef, request: Request) -> Result<Response, Fault> {
    let stages = body::any(&call.slingr, request).await?;
    let missing = || {
        Error::new(
            Code::BadRequest,
            "the body is empty, a list of stages is required",
        )
    };
    let stages = stages.ok_or_else(missing)?;
    let engine = &call.slingr.engine;
    let found = engine
        .aggregate_records(&call.records(), entity, stages.root())
        .await?;
    Ok(answer::listing(found.len() as u64, None, &found)?)
}
