//! `GET /qalx/{kind}`.

use axum::response::Response;
use edge::Fault;
use engine::entities::Find;
use http::StatusCode;

use super::Answer;
use crate::call::{Call, json};
use crate::dto::fields::Wanted;
use crate::dto::lists::Asked;
use crate::noun::Noun;
use crate::queues;

pub(crate) async fn list(noun: &'static Noun, call: Call) -> Result<Response, Fault> {
    let limits = call.qalx.engine.options().query.limits();
    let asked = Asked::read(call.query(), &call.json_limits(), &limits)?;
    let wanted = Wanted::read(call.query())?;
    let find = Find {
        filter: asked.filter.clone(),
        sort: asked.sort.clone(),
        skip: asked.skip,
        limit: asked.limit,
    };
    let found = call
        .qalx
        .engine
        .find_entities(&call.actor, noun.kind, find)
        .await?;
    let access = queues::access(&call, noun, &wanted, &found.rows).await?;
    let mut out = b"{\"query\":".to_vec();
    asked.write(&mut out, noun, call.query(), found.total);
    out.extend_from_slice(b",\"data\":[");
    for (place, entity) in found.rows.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        Answer::new(&call, noun).write(
            &mut out,
            entity,
            &wanted,
            access.get(place).and_then(Option::as_ref),
        )?;
    }
    out.extend_from_slice(b"]}");
    Ok(json(StatusCode::OK, out))
}
