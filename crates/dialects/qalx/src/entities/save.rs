//! `PATCH` and `PUT /qalx/{kind}/{guid}`: each field that is sent replaces the one that was there as a whole; with `PUT`
//! those that are not sent go.

use axum::extract::Request;
use axum::response::Response;
use edge::Fault;
use http::StatusCode;

use super::Answer;
use crate::call::{Call, guid};
use crate::dto::read::{Reading, Sent};
use crate::noun::Noun;

pub(crate) async fn patch(
    noun: &'static Noun,
    call: Call,
    id: String,
    request: Request,
) -> Result<Response, Fault> {
    save(noun, call, id, request, Reading::Part).await
}

pub(crate) async fn put(
    noun: &'static Noun,
    call: Call,
    id: String,
    request: Request,
) -> Result<Response, Fault> {
    save(noun, call, id, request, Reading::Whole).await
}

async fn save(
    noun: &'static Noun,
    call: Call,
    id: String,
    request: Request,
    reading: Reading,
) -> Result<Response, Fault> {
    let guid = guid(noun, &id)?;
    let body = call.object(request).await?;
    let engine = &call.qalx.engine;
    let sent = Sent::read(noun, body.root(), reading, engine.env().now())?;
    let sends_file = sent.has_file;
    let entity = match reading {
        Reading::Part => {
            let change = sent.into_patch();
            engine.change_entity(&call.actor, noun.kind, guid, change).await?
        }
        Reading::Whole => {
            let change = move |entity: &engine::entities::Entity| sent.replacement(noun, entity.body.root());
            engine
                .change_entity_with(&call.actor, noun.kind, guid, change)
                .await?
        }
    };
    let answer = Answer {
        sends_file,
        ..Answer::new(&call, noun)
    };
    Ok(answer.send(StatusCode::OK, &entity).await?)
}
