//! `PATCH /qalx/bot/{guid}/worker/{worker_guid}`: each of `signal`, `state` and `status` that is sent replaces the one
//! that was there.

use axum::extract::Request;
use axum::response::Response;
use edge::{Fault, Path};
use engine::entities::{Change, Entity, EntityKind};
use jsonb::{Jsonb, Kind, Value};
use model::{Error, Timestamp, Uuid};

use super::{answer, find, ids};
use crate::call::Call;
use crate::dto::read::normalised;
use crate::dto::{status, wrong_kind};

/// The states of a worker.
const STATES: [&str; 4] = ["idle", "active", "stopped", "terminated"];

pub(crate) async fn save(
    call: Call,
    Path((bot, worker)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Fault> {
    let (bot, worker) = ids(&bot, &worker)?;
    let body = call.object(request).await?;
    let engine = &call.qalx.engine;
    let sent = sent(body.root(), engine.env().now())?;
    let change = move |bot: &Entity| changed(bot, worker, &sent);
    let bot = engine
        .change_entity_with(&call.actor, EntityKind::Bot, bot, change)
        .await?;
    let (_, worker) = find(&bot, worker)?;
    Ok(answer(&call, worker)?)
}

/// What is sent of a worker, in stored form.
pub(crate) fn sent(body: Value<'_>, now: Timestamp) -> Result<Jsonb, Error> {
    let mut sent = jsonb::object();
    for name in ["signal", "state", "status"] {
        let Some(value) = body.get(name).map_err(Error::internal)? else {
            continue;
        };
        let stored = match name {
            "signal" if value.kind() != Kind::Object => return Err(wrong_kind(name, "an object", value)),
            "signal" => normalised(name, value)?,
            "state" => state(value)?,
            _ => status::stored(name, value, now)?,
        };
        sent = sent.field_body(name, &stored);
    }
    Ok(sent.finish())
}

fn state(value: Value<'_>) -> Result<Jsonb, Error> {
    let word = value.as_str().map_err(Error::internal)?;
    let word = word.ok_or_else(|| wrong_kind("state", "a text", value))?;
    if STATES.contains(&&*word) {
        return Ok(Jsonb::from_stored(value.as_bytes().to_vec()));
    }
    let (states, shown) = (STATES.join(", "), query::cut(&word));
    Err(Error::bad_value(
        "state",
        format!("state: expected one of {states}, got {shown:?}"),
    ))
}

/// The bot's workers with the one changed.
pub(crate) fn changed(bot: &Entity, guid: Uuid, sent: &Jsonb) -> Result<Change, Error> {
    let (at, worker) = find(bot, guid)?;
    let worker = jsonb::merge_fields(worker, sent.root()).map_err(Error::internal)?;
    let workers = bot.body.root().get("workers").map_err(Error::internal)?;
    let mut list = jsonb::array();
    for (place, old) in workers.into_iter().flat_map(Value::elements).enumerate() {
        let old = old.map_err(Error::internal)?;
        list = list.item_raw(if place == at { worker.root() } else { old });
    }
    Ok(Change::of(
        jsonb::object().field_body("workers", &list.finish()).finish(),
    ))
}
