//! `PATCH /qalx/{kind}/{guid}/archive` and `/unarchive`, without a body.

use axum::response::Response;
use edge::Fault;
use http::StatusCode;

use super::Answer;
use crate::call::{Call, guid};
use crate::noun::Noun;

pub(crate) async fn archive(noun: &'static Noun, call: Call, id: String) -> Result<Response, Fault> {
    set(noun, call, id, true).await
}

pub(crate) async fn unarchive(noun: &'static Noun, call: Call, id: String) -> Result<Response, Fault> {
    set(noun, call, id, false).await
}

async fn set(noun: &'static Noun, call: Call, id: String, archived: bool) -> Result<Response, Fault> {
    let guid = guid(noun, &id)?;
    let engine = &call.qalx.engine;
    let entity = engine
        .archive_entity(&call.actor, noun.kind, guid, archived)
        .await?;
    Ok(Answer::new(&call, noun).send(StatusCode::OK, &entity).await?)
}
