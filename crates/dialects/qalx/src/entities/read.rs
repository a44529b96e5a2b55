//! `GET /qalx/{kind}/{guid}`.

use axum::response::Response;
use edge::Fault;
use http::StatusCode;

use super::Answer;
use crate::call::{Call, guid};
use crate::noun::Noun;

pub(crate) async fn read(noun: &'static Noun, call: Call, id: String) -> Result<Response, Fault> {
    let engine = &call.qalx.engine;
    let entity = engine.entity(&call.actor, noun.kind, guid(noun, &id)?).await?;
    Ok(Answer::new(&call, noun).send(StatusCode::OK, &entity).await?)
}
