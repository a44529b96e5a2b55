//! Workers of bots: they stand in the bot's document, each with a guid, a state, a signal and a status.

pub(crate) mod read_worker;
pub(crate) mod replace_workers;
pub(crate) mod save_worker;

use axum::response::Response;
use engine::entities::{Entity, EntityKind};
use http::StatusCode;
use jsonb::{Jsonb, Value};
use model::{Error, Uuid};

use crate::call::{self, Call, json};
use crate::dto::fields::Wanted;
use crate::dto::guids::guid_of;
use crate::dto::write;
use crate::noun::Noun;

fn noun() -> &'static Noun {
    Noun::of(EntityKind::Bot)
}

/// Bot and worker that a path names.
fn ids(bot: &str, worker: &str) -> Result<(Uuid, Uuid), Error> {
    let worker = worker.parse().map_err(|_| Error::not_found("worker", worker))?;
    Ok((call::guid(noun(), bot)?, worker))
}

/// The place of a worker among those of its bot, and the worker.
pub(crate) fn find(bot: &Entity, guid: Uuid) -> Result<(usize, Value<'_>), Error> {
    let workers = bot.body.root().get("workers").map_err(Error::internal)?;
    for (place, worker) in workers.into_iter().flat_map(Value::elements).enumerate() {
        let worker = worker.map_err(Error::internal)?;
        let own = worker.get("guid").map_err(Error::internal)?;
        if own.map(guid_of).transpose()?.flatten() == Some(guid) {
            return Ok((place, worker));
        }
    }
    Err(Error::not_found("worker", guid))
}

/// A new worker.
fn idle(guid: Uuid) -> Jsonb {
    jsonb::object()
        .field_body("guid", &crate::dto::guids::wrapper(guid))
        .field_body("signal", &jsonb::object().finish())
        .field_str("state", "idle")
        .field_null("status")
        .finish()
}

fn answer(call: &Call, worker: Value<'_>) -> Result<Response, Error> {
    let mut out = Vec::new();
    write::selected(&mut out, worker, &Wanted::read(call.query())?)?;
    Ok(json(StatusCode::OK, out))
}
