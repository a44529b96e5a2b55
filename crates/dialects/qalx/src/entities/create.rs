//! `POST /qalx/{kind}`.

use axum::extract::Request;
use axum::response::Response;
use edge::Fault;
use engine::entities::EntityKind;
use http::StatusCode;

use super::{Answer, create_many};
use crate::bulk::is_bulk;
use crate::call::Call;
use crate::dto::read::{Reading, Sent};
use crate::noun::Noun;

pub(crate) async fn create(noun: &'static Noun, call: Call, request: Request) -> Result<Response, Fault> {
    let many = noun.kind == EntityKind::Item && is_bulk(request.headers());
    let body = call.object(request).await?;
    if many {
        return Ok(create_many::create(noun, &call, body.root()).await?);
    }
    let engine = &call.qalx.engine;
    let sent = Sent::read(noun, body.root(), Reading::Whole, engine.env().now())?;
    let sends_file = sent.has_file;
    let new = sent.into_new(noun)?;
    let (entity, token) = match noun.kind {
        EntityKind::Bot => {
            let (bot, token) = engine.create_bot(&call.actor, new).await?;
            (bot, Some(token))
        }
        kind => (engine.create_entity(&call.actor, kind, new).await?, None),
    };
    let answer = Answer {
        sends_file,
        token,
        ..Answer::new(&call, noun)
    };
    Ok(answer.send(StatusCode::CREATED, &entity).await?)
}
